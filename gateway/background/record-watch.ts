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
  readonly proofs: Pick<RecordProofs, 'read' | 'keepNewest' | 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** Signs for each day that is over and has no anchor, as far as to this point. */
  readonly anchorDays?: (trusted: RecordPoint) => Promise<unknown>;
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
  const record = new WatchedRecord(parts);
  const loop = async () => {
    for (let round = 0; !stopping.signal.aborted; round++) {
      await record.look(round % ROUNDS_A_CHECKPOINT === 0);
      await pause(RECORD_WATCH_EVERY_MS, stopping.signal).catch(() => {});
    }
    await record.look(true);
  };
  const ended = loop();
  return {
    intact: () => record.intact,
    stop: async () => {
      stopping.abort(new Error('the watch over the record is stopping'));
      await ended;
    },
  };
}

const GENESIS: RecordPoint = { seq: 0, hash: AUDIT_GENESIS_HASH };

/** What this process knows of the record. */
class WatchedRecord {
  readonly #parts: RecordWatchParts;
  #epoch: number | undefined;
  /** Up to here this process has walked and signed. */
  #trusted = GENESIS;
  #inStore = GENESIS;
  #again = GENESIS;
  #intact = true;
  #suspicions = 0;
  #anchoredOn = '';

  constructor(parts: RecordWatchParts) {
    this.#parts = parts;
  }

  get intact(): boolean {
    return this.#intact;
  }

  /** One round; never rejects. */
  async look(withCheckpoint: boolean): Promise<void> {
    if (!this.#intact) return;
    try {
      if (this.#epoch === undefined) await this.#begin();
      await this.#follow();
      if (!withCheckpoint || this.#suspicions > 0) return;
      if (this.#trusted.seq > this.#inStore.seq) {
        await this.#parts.proofs.append(this.#checkpoint());
        this.#inStore = this.#trusted;
      }
      await this.#lookAgain();
      await this.#anchor();
    } catch (thrown) {
      this.#parts.log.warn('record.not-watched', { kind: asDomainError(thrown).kind });
    }
  }

  async #begin(): Promise<void> {
    const { proofs, log } = this.#parts;
    const { proven, ofOtherKeys, forged } = await proofs.read();
    this.#trusted = pointsOf(proven).at(-1) ?? GENESIS;
    this.#inStore = GENESIS;
    this.#epoch = currentEpoch(proven);
    if (ofOtherKeys > 0 && proven.length === 0) {
      log.warn('record.signed-by-others', { checkpoints: ofOtherKeys, what: 'set RENKEI_RECORD_KEY to the same file on all nodes' });
    }
    if (forged > 0) log.error('record.checkpoints-forged', { checkpoints: forged });
  }

  async #follow(): Promise<void> {
    const { audit, proofs } = this.#parts;
    for (let more = true; more; ) {
      const found = await audit.walk(this.#trusted, NEW_ENTRIES_AT_ONCE);
      if ('brokenSeq' in found) return this.#suspect(found.brokenSeq);
      this.#suspicions = 0;
      if (found.to.seq === this.#trusted.seq) return;
      more = found.to.seq - this.#trusted.seq === NEW_ENTRIES_AT_ONCE;
      this.#trusted = found.to;
      await proofs.keepNewest(this.#checkpoint());
    }
  }

  /** A restore puts another record there and says so a moment later. */
  async #suspect(firstBrokenSeq: number): Promise<void> {
    this.#suspicions += 1;
    await this.#begin();
    this.#again = GENESIS;
    if (this.#suspicions >= LOOKS_BEFORE_TOLD) this.#tell(firstBrokenSeq);
  }

  async #lookAgain(): Promise<void> {
    const found = await this.#parts.audit.walk(this.#again, OLD_ENTRIES_A_ROUND);
    if ('brokenSeq' in found) return this.#suspect(found.brokenSeq);
    this.#again = found.to.seq >= this.#trusted.seq || found.to.seq === this.#again.seq ? GENESIS : found.to;
  }

  /** Days end at another hour in each zone: it is looked once an hour, and made up for when it could not be. */
  async #anchor(): Promise<void> {
    const hour = this.#parts.clock.now().toISOString().slice(0, 'YYYY-MM-DDTHH'.length);
    if (this.#parts.anchorDays === undefined || hour === this.#anchoredOn || this.#suspicions > 0) return;
    await this.#parts.anchorDays(this.#trusted);
    this.#anchoredOn = hour;
  }

  #tell(firstBrokenSeq: number): void {
    this.#intact = false;
    this.#parts.counters.add('record_breaks', 1);
    this.#parts.log.error('record.broken', { firstBrokenSeq, what: 'see npm start -- audit verify' });
  }

  #checkpoint() {
    const at = this.#parts.clock.now().toISOString();
    return { epoch: this.#epoch ?? 1, kind: 'regular' as const, ...this.#trusted, keeps: 0, at, why: '' };
  }
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
