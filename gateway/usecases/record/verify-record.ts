import type { Clock } from '../../domain/clock.ts';
import type { AuditLog, RecordVerdict, VerifiedTo } from '../../domain/record/audit-log.ts';
import { checkpointOf, type RecordAnchors, type SignedAnchor } from '../../domain/record/record-anchor.ts';
import { currentEpoch, pointsOf, RESUMED_MS_MAX, type RecordProofs } from '../../domain/record/record-proof.ts';

export interface RecordReport {
  readonly verdict: RecordVerdict;
  /** Signed by our key, and compared. */
  readonly checkpoints: number;
  /** Signed by another key, and not compared: set RENKEI_RECORD_KEY to the same file on all nodes. */
  readonly ofOtherKeys: number;
  /** Not what was signed. */
  readonly forged: number;
  /** Days' anchors that were compared. */
  readonly anchors: number;
  /** Of the one that was given: whether it binds. `superseded`: the record began anew since, by the operator's command. */
  readonly given?: 'compared' | 'other-key' | 'forged' | 'superseded';
  /** Entries that an earlier look, which was broken off, had passed. */
  readonly resumedFrom?: number;
}

export interface RecordParts {
  readonly audit: Pick<AuditLog, 'head' | 'verify'>;
  readonly proofs: Pick<RecordProofs, 'read' | 'append' | 'progress' | 'keepProgress'>;
}

/**
 * Walks the record's chain and compares it with what was signed outside the database: checkpoints, each day's anchor, and the anchor that
 * somebody kept on paper. A look that was broken off is taken up where it was, unless it is to begin `anew`. @throws unavailable
 */
export async function verifyRecord(
  { audit, proofs, anchors, clock }: RecordParts & { readonly anchors: Pick<RecordAnchors, 'list' | 'judge'>; readonly clock: Clock },
  { given, anew = false }: { readonly given?: SignedAnchor | undefined; readonly anew?: boolean } = {},
): Promise<RecordReport> {
  const begun = await brokenOff({ proofs, clock }, anew);
  // Before the chain is read: it only grows, so every point must be in it.
  const { proven, ofOtherKeys, forged } = await proofs.read();
  const days = await anchors.list();
  const ours = days.anchors.filter((anchor) => anchors.judge(anchor) === 'ours');
  const judged = given === undefined ? undefined : anchors.judge(given);
  const signed = [...proven, ...ours.map(checkpointOf), ...(given !== undefined && judged === 'ours' ? [checkpointOf(given)] : [])];
  const points = pointsOf(signed);
  const binds = given !== undefined && (given.seq === 0 || points.some(({ seq, hash }) => seq === given.seq && hash === given.hash));
  const verdict = await audit.verify(points, {
    ...(begun.from === undefined ? {} : { from: begun.from }),
    heard: ({ at, ...to }) => proofs.keepProgress({ ...to, at: (at ?? clock.now()).toISOString(), begunAt: begun.at.toISOString() }),
  });
  await proofs.keepProgress(undefined);
  return {
    verdict,
    ...(begun.from === undefined ? {} : { resumedFrom: begun.from.seq }),
    checkpoints: proven.length,
    ofOtherKeys: ofOtherKeys + days.anchors.length - ours.length,
    forged: forged + days.forged,
    anchors: ours.length,
    ...(judged === undefined ? {} : { given: STANDING[judged] ?? (binds ? 'compared' : 'superseded') }),
  };
}

/** When the look began, and how far it had come. */
async function brokenOff(
  { proofs, clock }: { readonly proofs: Pick<RecordProofs, 'progress'>; readonly clock: Clock },
  anew: boolean,
): Promise<{ readonly at: Date; readonly from?: VerifiedTo }> {
  const now = clock.now();
  const kept = anew ? undefined : await proofs.progress();
  if (kept === undefined) return { at: now };
  const at = new Date(kept.begunAt);
  const ageMs = now.getTime() - at.getTime();
  if (!(ageMs >= 0 && ageMs <= RESUMED_MS_MAX)) return { at: now };
  return { at, from: { seq: kept.seq, hash: kept.hash, at: new Date(kept.at), timesBackwards: kept.timesBackwards } };
}

const STANDING = { ours: undefined, other: 'other-key', forged: 'forged' } as const;

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
