import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import { asDomainError } from '../domain/errors.ts';
import type { Counters } from '../domain/operation/counters.ts';
import type { Log } from '../domain/operation/log.ts';
import { AUDIT_GENESIS_HASH } from '../domain/record/audit.ts';
import type { AuditLog } from '../domain/record/audit-log.ts';
import { currentEpoch, pointsOf, type RecordPoint, type RecordProofs } from '../domain/record/record-proof.ts';

/** So long at most may the newest entries be without a signature beside this process. */
export const RECORD_WATCH_EVERY_MS = 1_000;
/** Rounds between two checkpoints in the object store, when there is something new. */
export const ROUNDS_A_CHECKPOINT = 30;
/** Entries walked without giving way to others. */
const NEW_ENTRIES_AT_ONCE = 500;
/** Old entries looked at again with each checkpoint round: the whole record passes by in time. */
const OLD_ENTRIES_A_ROUND = 500;
/** Rounds in which the record does not fit before it is called broken. */
export const LOOKS_BEFORE_TOLD = 5;

export interface RecordWatchParts {
  readonly audit: Pick<AuditLog, 'head' | 'walk'>;
  readonly proofs: RecordProofs;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RecordWatch {
  /** False once an entry was found changed, or missing, that this process or an earlier one had signed for. */
  intact(): boolean;
  /** After a last look and checkpoint. */
  stop(): Promise<void>;
}

/**
 * Follows the record: walks what is new from the last point that was signed, signs for it, and looks at all of it again, a stretch at a time.
 * What does not fit is told and not signed for.
 */
export function startRecordWatch(parts: RecordWatchParts): RecordWatch {
  const { pause = realPause } = parts;
  const stopping = new AbortController();
  const state = createState(parts);
  const loop = async () => {
    for (let round = 0; !stopping.signal.aborted; round++) {
      await state.look(round % ROUNDS_A_CHECKPOINT === 0);
      await pause(RECORD_WATCH_EVERY_MS, stopping.signal).catch(() => {});
    }
    await state.look(true);
  };
  const ended = loop();
  return {
    intact: state.intact,
    stop: async () => {
      stopping.abort(new Error('the watch over the record is stopping'));
      await ended;
    },
  };
}

const GENESIS: RecordPoint = { seq: 0, hash: AUDIT_GENESIS_HASH };

function createState({ audit, proofs, clock, log, counters }: RecordWatchParts) {
  let epoch: number | undefined;
  /** Up to here this process has walked and signed. */
  let trusted = GENESIS;
  let inStore = GENESIS;
  let again = GENESIS;
  let intact = true;
  let suspicions = 0;

  async function begin(): Promise<void> {
    const { proven, ofOtherKeys, forged } = await proofs.read();
    trusted = pointsOf(proven).at(-1) ?? GENESIS;
    inStore = GENESIS;
    epoch = currentEpoch(proven);
    if (ofOtherKeys > 0 && proven.length === 0) {
      log.warn('record.signed-by-others', { checkpoints: ofOtherKeys, what: 'set RENKEI_RECORD_KEY to the same file on all nodes' });
    }
    if (forged > 0) log.error('record.checkpoints-forged', { checkpoints: forged });
  }

  async function follow(): Promise<void> {
    for (let more = true; more; ) {
      const found = await audit.walk(trusted, NEW_ENTRIES_AT_ONCE);
      if ('brokenSeq' in found) return suspect(found.brokenSeq);
      suspicions = 0;
      if (found.to.seq === trusted.seq) return;
      more = found.to.seq - trusted.seq === NEW_ENTRIES_AT_ONCE;
      trusted = found.to;
      await proofs.keepNewest(checkpoint());
    }
  }

  /** A restore puts another record there and says so a moment later. */
  async function suspect(firstBrokenSeq: number): Promise<void> {
    suspicions += 1;
    await begin();
    again = GENESIS;
    if (suspicions >= LOOKS_BEFORE_TOLD) tell(firstBrokenSeq);
  }

  async function lookAgain(): Promise<void> {
    const found = await audit.walk(again, OLD_ENTRIES_A_ROUND);
    if ('brokenSeq' in found) return suspect(found.brokenSeq);
    again = found.to.seq >= trusted.seq || found.to.seq === again.seq ? GENESIS : found.to;
  }

  function tell(firstBrokenSeq: number): void {
    intact = false;
    counters.add('record_breaks', 1);
    log.error('record.broken', { firstBrokenSeq, what: 'see npm start -- audit verify' });
  }

  const checkpoint = () => ({ epoch: epoch ?? 1, kind: 'regular' as const, ...trusted, keeps: 0, at: clock.now().toISOString(), why: '' });

  return {
    intact: () => intact,
    /** One round; never rejects. */
    async look(withCheckpoint: boolean): Promise<void> {
      if (!intact) return;
      try {
        if (epoch === undefined) await begin();
        await follow();
        if (!withCheckpoint || suspicions > 0) return;
        if (trusted.seq > inStore.seq) {
          await proofs.append(checkpoint());
          inStore = trusted;
        }
        await lookAgain();
      } catch (thrown) {
        log.warn('record.not-watched', { kind: asDomainError(thrown).kind });
      }
    },
  };
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
