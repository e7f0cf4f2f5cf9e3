import { DAY_MS } from '../../domain/clock.ts';
import { AUDIT_GENESIS_HASH } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import type { RecordAnchors, SignedAnchor } from '../../domain/record/record-anchor.ts';
import { currentEpoch, type RecordPoint, type RecordProofs } from '../../domain/record/record-proof.ts';
import { dayOf, endOfDay } from '../../domain/region-days.ts';

/** Days that are signed for afterwards, when the program did not run at their end. */
export const ANCHOR_DAYS_BACK_MAX = 31;

export interface AnchorParts {
  readonly audit: Pick<AuditLog, 'find'>;
  readonly anchors: Pick<RecordAnchors, 'keep' | 'list'>;
  readonly proofs: Pick<RecordProofs, 'read'>;
  readonly timeZone: string;
}

/**
 * Signs for each day that is over and has no anchor yet, the earliest first, as far as `trusted`, up to where the chain was walked. Nothing is signed
 * for that lies behind. Those that were made.
 */
export async function anchorDays(parts: AnchorParts, trusted: RecordPoint, now: Date): Promise<readonly SignedAnchor[]> {
  const { audit, anchors, proofs, timeZone } = parts;
  const epoch = currentEpoch((await proofs.read()).proven);
  const [newest] = (await anchors.list()).anchors.filter((anchor) => anchor.epoch === epoch);
  const first = await audit.find({ limit: 1, beforeSeq: 2 });
  const firstAt = first[0]?.at;
  if (firstAt === undefined) return [];
  const made: SignedAnchor[] = [];
  let before = newest;
  for (const day of daysToSign(newest?.day, dayOf(firstAt, timeZone), dayOf(now, timeZone))) {
    const last = await lastOf(audit, day, timeZone);
    if (last.seq > trusted.seq) break;
    const start = before?.seq ?? (await lastOf(audit, dayBefore(day), timeZone)).seq;
    before = await anchors.keep({ day, epoch, ...last, count: Math.max(0, last.seq - start) });
    made.push(before);
  }
  return made;
}

/** After the newest that is signed for, or from the first entry's on, up to yesterday. */
function daysToSign(signed: string | undefined, first: string, today: string): readonly string[] {
  const days: string[] = [];
  for (let day = dayBefore(today); day >= first && (signed === undefined || day > signed) && days.length < ANCHOR_DAYS_BACK_MAX; ) {
    days.push(day);
    day = dayBefore(day);
  }
  return days.reverse();
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
}

async function lastOf(audit: Pick<AuditLog, 'find'>, day: string, timeZone: string): Promise<RecordPoint> {
  const [last] = await audit.find({ to: endOfDay(day, timeZone), limit: 1 });
  return last === undefined ? { seq: 0, hash: AUDIT_GENESIS_HASH } : { seq: last.seq, hash: last.hash };
}
