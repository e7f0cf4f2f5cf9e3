import type { AuditLog, RecordVerdict } from '../../domain/record/audit-log.ts';
import { currentEpoch, pointsOf, type RecordProofs } from '../../domain/record/record-proof.ts';

export interface RecordReport {
  readonly verdict: RecordVerdict;
  /** Signed by our key, and compared. */
  readonly checkpoints: number;
  /** Signed by another key, and not compared: set RENKEI_RECORD_KEY to the same file on all nodes. */
  readonly ofOtherKeys: number;
  /** Not what was signed. */
  readonly forged: number;
}

export interface RecordParts {
  readonly audit: Pick<AuditLog, 'head' | 'verify'>;
  readonly proofs: Pick<RecordProofs, 'read' | 'append'>;
}

/** Walks the record's chain and compares it with what was signed outside the database. @throws unavailable */
export async function verifyRecord({ audit, proofs }: RecordParts): Promise<RecordReport> {
  // Before the chain is read: it only grows, so every point must be in it.
  const { proven, ofOtherKeys, forged } = await proofs.read();
  return { verdict: await audit.verify(pointsOf(proven)), checkpoints: proven.length, ofOtherKeys, forged };
}

/**
 * The record goes on as it now is, by the operator's command: put back, rebuilt or begun anew. What was signed of entries that are no longer
 * there, or are others now, does not bind any more; what still fits does. Up to which entry that is.
 */
export async function beginEpoch({ audit, proofs }: RecordParts, why: 'restore' | 'reindex' | 'start-new', now: Date): Promise<number> {
  const { proven } = await proofs.read();
  const { seq, hash } = await audit.head();
  const verdict = await audit.verify(pointsOf(proven));
  const keeps = verdict.intact ? seq : verdict.firstBrokenSeq - 1;
  await proofs.append({ epoch: currentEpoch(proven) + 1, kind: 'begin', seq, hash, keeps, at: now.toISOString(), why });
  return keeps;
}
