import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { asDomainError } from '../domain/errors.ts';
import type { Counters } from '../domain/operation/counters.ts';
import type { Log } from '../domain/operation/log.ts';
import type { WarningIndex } from '../domain/operation/warnings.ts';
import type { AuditFeed } from '../domain/record/audit-feed.ts';
import { dicomAuditMessage } from '../usecases/export/dicom-audit-message.ts';
import type { SyslogMessage } from './syslog-tls.ts';

export const AUDIT_SEND_EVERY_MS = 1_000;
/** Entries on one connection; no more of the record is held in memory. */
export const AUDIT_SEND_BATCH_MAX = 500;
/** Longer than a batch may take: who died while it sent is followed by another node. */
const LEASE_MS = 120_000;
const PAUSE_AFTER_FAILURE_MS_MAX = 60_000;
/** An entry that waits longer is told of. */
export const AUDIT_LAG_MS_MAX = 5 * 60_000;
const WARN_EVERY_MS = 10 * 60_000;

export interface AuditSenderParts {
  readonly feed: AuditFeed;
  /** host:port. */
  readonly destination: string;
  /** Of this process. */
  readonly holder: string;
  readonly source: string;
  readonly send: (messages: readonly SyslogMessage[]) => Promise<void>;
  readonly warnings: Pick<WarningIndex, 'raise'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Sends the record, from its first entry on, as DICOM audit messages: the record itself is the queue, and how far it was sent stands beside it. */
export function startAuditSender(parts: AuditSenderParts): { stop(): Promise<void> } {
  const { pause = realPause } = parts;
  const stopping = new AbortController();
  const loop = async () => {
    let failures = 0;
    const warn = lagWarner(parts);
    while (!stopping.signal.aborted) {
      const sent = await sendSome(parts);
      failures = sent === undefined ? failures + 1 : 0;
      await warn();
      if (sent === AUDIT_SEND_BATCH_MAX) continue;
      await pause(Math.min(AUDIT_SEND_EVERY_MS * 2 ** failures, PAUSE_AFTER_FAILURE_MS_MAX), stopping.signal).catch(() => {});
    }
  };
  const ended = loop();
  return {
    stop: async () => {
      stopping.abort(new Error('the sender of audit messages is stopping'));
      await ended;
    },
  };
}

/** How many the receiver took; undefined: it did not. Never rejects. */
async function sendSome({ feed, destination, holder, source, send, clock, log, counters }: AuditSenderParts): Promise<number | undefined> {
  try {
    const now = clock.now();
    const from = await feed.lease(destination, holder, now, new Date(now.getTime() + LEASE_MS));
    if (from === undefined) return 0;
    const entries = await feed.after(from, AUDIT_SEND_BATCH_MAX);
    const last = entries.at(-1);
    if (last === undefined) return 0;
    await send(
      entries.map((chained) => ({ at: chained.at, seq: chained.seq, hash: chained.hash, text: dicomAuditMessage(chained, source) })),
    );
    await feed.advance(destination, holder, last.seq);
    counters.add('audit_messages_sent', entries.length);
    return entries.length;
  } catch (thrown) {
    const error = asDomainError(thrown);
    counters.add('audit_sendings_failed', 1);
    log.warn('audit-syslog.not-sent', { destination, kind: error.kind, what: error.message });
    return undefined;
  }
}

function lagWarner({ feed, destination, warnings, clock }: AuditSenderParts): () => Promise<void> {
  let warnedAtMs = Number.NEGATIVE_INFINITY;
  return async () => {
    const nowMs = clock.now().getTime();
    if (nowMs - warnedAtMs < WARN_EVERY_MS) return;
    try {
      const { since } = await feed.waiting(destination);
      if (since === undefined || nowMs - since.getTime() < AUDIT_LAG_MS_MAX) return;
      await warnings.raise('audit-syslog-lags', destination, 1);
      warnedAtMs = nowMs;
    } catch {
      // The database is away: that is told elsewhere.
    }
  };
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
