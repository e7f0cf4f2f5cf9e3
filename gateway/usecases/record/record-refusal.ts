import { evictOldest } from '../../domain/bounds/evict-oldest.ts';
import type { Log } from '../../domain/operation/log.ts';
import type { RefusalLog, RefusedEntry } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';

/** Refusals of one kind, one asker and one address within this time are one entry, and at its end one more with how often it came again. */
export const REFUSAL_REPEATS_MS = 60_000;
/** Entries a minute about refusals, over all askers; what is beyond is counted by code. */
export const REFUSALS_A_MINUTE_MAX = 300;
/** Of these, from one address: one that tries everything does not use up what others' refusals need. */
export const REFUSALS_A_MINUTE_AND_ADDRESS_MAX = 150;
const KEYS_REMEMBERED_MAX = 5_000;
/** Kinds of refusal that are counted apart from each other beyond the bound. */
const KINDS_MAX = 200;

export interface RefusalRecorder extends RefusalLog {
  /** For whoever must know that a refusal is on record: bounded in the same way. @throws what the record throws */
  append(entries: readonly RefusedEntry[]): Promise<void>;
  /** Writes what was counted; ends the timer. */
  stop(): Promise<void>;
}

/**
 * Puts refusals on record without letting them fill it. Nobody got anything by a refusal, so that one that is only counted, or is lost
 * because the index is away, discloses nothing.
 */
export function createRefusalRecorder(ports: {
  readonly audit: Pick<AuditLog, 'append'>;
  readonly log: Log;
  readonly monotonicMs?: () => number;
}): RefusalRecorder {
  const { audit, log, monotonicMs = () => performance.now() } = ports;
  const seen = new Map<string, { readonly atMs: number; readonly entry: RefusedEntry; repeats: number }>();
  const { write, settled } = createWriter(audit, log);
  /** Beyond the bound, by action and code. */
  const beyond: Beyond = new Map();
  const mayWrite = createMinute(monotonicMs);
  const timer = setInterval(() => void flush(false), REFUSAL_REPEATS_MS / 2);
  timer.unref();

  /** Whether this one is to be written now. */
  function count(entry: RefusedEntry): boolean {
    const key = keyOf(entry);
    const nowMs = monotonicMs();
    const before = seen.get(key);
    if (before !== undefined && nowMs - before.atMs < REFUSAL_REPEATS_MS) {
      before.repeats++;
      return false;
    }
    const due = before === undefined ? [] : take(key);
    if (due.length > 0) void write(due);
    if (!mayWrite(entry.remoteAddress ?? '')) {
      countBeyond(beyond, entry);
      return false;
    }
    seen.set(key, { atMs: nowMs, entry, repeats: 0 });
    evictOldest(seen, KEYS_REMEMBERED_MAX);
    return true;
  }

  function take(key: string): RefusedEntry[] {
    const { entry, repeats } = seen.get(key) ?? { entry: undefined, repeats: 0 };
    seen.delete(key);
    return entry === undefined || repeats === 0 ? [] : [timesMore(entry, repeats)];
  }

  async function flush(all: boolean): Promise<void> {
    const nowMs = monotonicMs();
    const due = [...seen].filter(([, { atMs }]) => all || nowMs - atMs >= REFUSAL_REPEATS_MS).flatMap(([key]) => take(key));
    const others = [...beyond.values()].map(({ entry, count: times }) => timesMore(entry, times));
    beyond.clear();
    await write([...due, ...others]);
  }

  return {
    async refused(entry) {
      if (count(entry)) await write([entry]);
    },
    async append(entries) {
      const wanted = entries.filter(count);
      try {
        if (wanted.length > 0) await audit.append(wanted);
      } catch (thrown) {
        for (const entry of wanted) seen.delete(keyOf(entry));
        throw thrown;
      }
    },
    async stop() {
      clearInterval(timer);
      await flush(true);
      await settled();
    },
  };
}

/** Writing never rejects; `settled` waits for what is under way. */
function createWriter(audit: Pick<AuditLog, 'append'>, log: Pick<Log, 'error'>) {
  const writing = new Set<Promise<void>>();
  return {
    write(entries: readonly RefusedEntry[]): Promise<void> {
      if (entries.length === 0) return Promise.resolve();
      const written = audit.append(entries).catch((thrown: unknown) => {
        log.error('record.refusals-lost', { entries: entries.length }, thrown);
      });
      writing.add(written);
      return written.finally(() => writing.delete(written));
    },
    settled: () => Promise.all(writing),
  };
}

type Beyond = Map<string, { readonly entry: RefusedEntry; count: number }>;

/** What makes two refusals the same one. */
function keyOf({ action, what, refusal, who, remoteAddress }: RefusedEntry): string {
  return JSON.stringify([action, what, refusal, who, remoteAddress]);
}

/** Whether one more entry may be written this minute, of this address and of all; it is counted when it may. */
function createMinute(monotonicMs: () => number): (remoteAddress: string) => boolean {
  let minute = { sinceMs: monotonicMs(), entries: 0, byAddress: new Map<string, number>() };
  return (remoteAddress) => {
    const nowMs = monotonicMs();
    if (nowMs - minute.sinceMs >= 60_000) minute = { sinceMs: nowMs, entries: 0, byAddress: new Map() };
    const ofAddress = minute.byAddress.get(remoteAddress) ?? 0;
    if (minute.entries >= REFUSALS_A_MINUTE_MAX || ofAddress >= REFUSALS_A_MINUTE_AND_ADDRESS_MAX) return false;
    minute.entries++;
    minute.byAddress.set(remoteAddress, ofAddress + 1);
    return true;
  };
}

function countBeyond(beyond: Beyond, entry: RefusedEntry): void {
  const kind = onlyCode(entry);
  const own = JSON.stringify(kind);
  const code = beyond.has(own) || beyond.size < KINDS_MAX ? own : ([...beyond.keys()][0] ?? own);
  const others = beyond.get(code) ?? { entry: kind, count: 0 };
  others.count++;
  beyond.set(code, others);
}

/** Of refusals beyond the bound only their kind is known. */
function onlyCode(entry: RefusedEntry): RefusedEntry {
  const common = { outcome: entry.outcome, who: { kind: 'anonymous' }, ...refusalOf(entry) } as const;
  return entry.action === 'sign-in-failed'
    ? { ...common, action: entry.action, what: entry.what?.failure === undefined ? {} : { failure: entry.what.failure } }
    : { ...common, action: entry.action, what: entry.what?.asked === undefined ? {} : { asked: entry.what.asked } };
}

function refusalOf({ refusal }: RefusedEntry): Pick<RefusedEntry, 'refusal'> {
  return refusal === undefined ? {} : { refusal };
}

/** The same refusal, so many times. */
function timesMore(entry: RefusedEntry, count: number): RefusedEntry {
  return entry.action === 'sign-in-failed' ? { ...entry, what: { ...entry.what, count } } : { ...entry, what: { ...entry.what, count } };
}
