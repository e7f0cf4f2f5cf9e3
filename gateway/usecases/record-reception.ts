import type { AuditEntry } from '../domain/audit.ts';
import type { Log } from '../domain/log.ts';
import type { AuditLog } from '../domain/ports.ts';
import type { ReceiveOutcome, ReceiveRequest } from '../domain/reception.ts';

/** Instances of one sender and study within this time are one entry on the record. */
export const RECEPTION_WINDOW_MS = 5_000;
/** Past this many open entries they are written at once. */
export const RECEPTIONS_OPEN_MAX = 1_000;

export interface ReceptionRecorder {
  /** For `ReceiverParts.onOutcome`: counts, and never throws. */
  note(request: ReceiveRequest, outcome: ReceiveOutcome): void;
  /** Resolves when all that was noted before is on record, also what another call is writing. @throws what the record throws */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** What came in, from whom, on the record: one entry a sender and study, with how many. */
export function createReceptionRecorder(parts: { audit: Pick<AuditLog, 'append'>; log: Log; windowMs?: number }): ReceptionRecorder {
  const { audit, log, windowMs = RECEPTION_WINDOW_MS } = parts;
  let open = new Map<string, { readonly entry: AuditEntry; count: number }>();
  let timer: NodeJS.Timeout | undefined;
  /** Never rejects. */
  let writing: Promise<void> = Promise.resolve();
  /** Waits for `writing` and will take all that is open by then, so whoever asks meanwhile shares it. */
  let next: Promise<void> | undefined;

  function flush(): Promise<void> {
    next ??= writing.then(() => {
      next = undefined;
      const written = write();
      writing = written.catch(() => {});
      return written;
    });
    return next;
  }

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (open.size === 0) return;
    const closing = open;
    open = new Map();
    const entries = [...closing.values()].map(({ entry, count }) => ({ ...entry, what: { ...entry.what, count } }));
    try {
      await audit.append(entries);
    } catch (thrown) {
      log.warn('reception.not-recorded', { entries: entries.length });
      // Counted again, so that they are written when the index is back.
      for (const [key, { entry, count }] of closing) {
        const newer = open.get(key);
        if (newer === undefined && open.size < RECEPTIONS_OPEN_MAX) open.set(key, { entry, count });
        else if (newer !== undefined) newer.count += count;
      }
      if (open.size > 0) later();
      throw thrown;
    }
  }

  function later(): void {
    timer ??= setTimeout(() => void flush().catch(() => {}), windowMs);
  }

  return {
    note(request, outcome) {
      const entry = entryFor(request, outcome);
      if (entry === undefined) return;
      const key = JSON.stringify(entry);
      const counted = open.get(key);
      if (counted === undefined) open.set(key, { entry, count: 1 });
      else counted.count += 1;
      if (open.size >= RECEPTIONS_OPEN_MAX) void flush().catch(() => {});
      else later();
    },
    flush,
    stop: () => flush().catch(() => {}),
  };
}

function entryFor({ facility, source }: ReceiveRequest, outcome: ReceiveOutcome): AuditEntry | undefined {
  if (outcome.kind === 'skipped' || outcome.kind === 'refused' || outcome.kind === 'duplicate') return undefined;
  const quarantined = outcome.kind === 'quarantined';
  const action = quarantined ? 'instance-quarantined' : outcome.kind === 'new-version' ? 'instance-new-version' : 'study-received';
  const who = {
    kind: source.userId === undefined ? 'system' : 'person',
    facilityCode: facility.code,
    through: source.door,
    ...(source.userId === undefined ? {} : { userId: source.userId }),
    ...(source.job === undefined ? {} : { job: source.job }),
    ...(source.callingAETitle === undefined ? {} : { aeTitle: source.callingAETitle }),
  } as const;
  return {
    action,
    outcome: 'success',
    who,
    ...(source.remoteAddress === undefined ? {} : { remoteAddress: source.remoteAddress }),
    what: {
      ownerFacilityCode: facility.code,
      ...(quarantined ? { detail: outcome.reason } : { studyInstanceUID: outcome.studyInstanceUID }),
    },
    right: 'owner',
  };
}
