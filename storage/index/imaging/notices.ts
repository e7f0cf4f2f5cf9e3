/** What a facility's people must be told of its own studies, and how two places that claim one UID are settled. */
import type {
  FacilityCode,
  FacilityId,
  NoticeId,
  SOPInstanceUID,
  StudyId,
  StudyInstanceUID,
  UserId,
} from '../../../gateway/domain/identifiers.ts';
import type { Notice, NoticeIndex, SettledNotice } from '../../../gateway/domain/imaging/notice.ts';
import type { IndexedStudy } from '../../../gateway/domain/imaging/study.ts';
import type { Job } from '../../../gateway/domain/people/actor.ts';
import { audiencesOf } from '../../../gateway/domain/sharing/audience.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';
import { BESIDE_COLUMNS, gives, PAGE_COLUMNS, PAGE_OF_STUDIES, STUDY_COLUMNS, toIndexedStudy } from './study-rows.ts';

export const NOTICES_MAX = 200;

/** `dated`: what is written is dated by it. */
export function noticeIndex(db: Database, { now, dated }: { now(): Date; dated(): Date }, seriesQuietMs: number): NoticeIndex {
  return {
    async list(scope, limit) {
      const rows = await db.rows({
        name: 'notices',
        text: `SELECT n.notice_id, n.at, n.kind, n.count, n.settlement, n.sop_instance_uid, n.study_id, n.other_study_id,
            s.study_instance_uid, o.study_instance_uid AS other_study_instance_uid
          FROM notices n JOIN studies s ON s.study_id = n.study_id LEFT JOIN studies o ON o.study_id = n.other_study_id
          WHERE n.facility_id = $1 ORDER BY n.at DESC, n.notice_id DESC LIMIT $2`,
        values: [scope, Math.min(limit, NOTICES_MAX)],
      });
      const studies = await studiesById(db, scope, rows, now());
      return rows.map((row) => toNotice(row, studies));
    },

    settle: ({ noticeId, facilityId, settlement, by }, audit, proven) =>
      db.transaction(async (tx) => {
        const at = dated();
        await demandProven(tx, proven, at);
        const [done] = await tx.rows({
          text: 'SELECT settle_notice($1, $2, $3, $4, $5, $6) AS moved',
          values: [noticeId, facilityId, settlement, by, at, new Date(at.getTime() + seriesQuietMs)],
        });
        if (typeof done?.['moved'] !== 'number') return undefined;
        const settled = await settledNotice(tx, noticeId, done['moved'], { by, at });
        await appendAudit(tx, audit(settled), at);
        return settled;
      }),
  };
}

/** Those of the notices' studies that hold anything. */
async function studiesById(
  db: Database,
  scope: FacilityId,
  notices: readonly Row[],
  at: Date,
): Promise<ReadonlyMap<StudyId, IndexedStudy>> {
  const ids = new Set(notices.flatMap((row) => [row['study_id'], row['other_study_id']]).filter((id) => id !== null));
  const rows = await db.rows({
    name: 'notice-studies',
    text: `WITH page AS MATERIALIZED (
        SELECT ${PAGE_COLUMNS} FROM study_access a WHERE ${gives('a')} AND a.kind = 'owner' AND a.study_id = ANY($4::bigint[]))
      SELECT ${STUDY_COLUMNS}, ${BESIDE_COLUMNS} ${PAGE_OF_STUDIES}`,
    values: [scope, at, audiencesOf({}), [...ids]],
  });
  return new Map(rows.map(toIndexedStudy).map((study) => [study.id, study]));
}

function toNotice(row: Row, studies: ReadonlyMap<StudyId, IndexedStudy>): Notice {
  const other = row['other_study_id'] as StudyId | null;
  return {
    id: row['notice_id'] as NoticeId,
    kind: row['kind'] as Notice['kind'],
    settlement: (row['settlement'] ?? undefined) as Notice['settlement'],
    other:
      other === null ? undefined : { studyInstanceUID: row['other_study_instance_uid'] as StudyInstanceUID, study: studies.get(other) },
    at: row['at'] as Date,
    count: row['count'] as number,
    studyInstanceUID: row['study_instance_uid'] as StudyInstanceUID,
    sopInstanceUID: (row['sop_instance_uid'] ?? undefined) as SOPInstanceUID | undefined,
    study: studies.get(row['study_id'] as StudyId),
  };
}

async function settledNotice(
  tx: Queryable,
  noticeId: NoticeId,
  moved: number,
  { by, at }: { readonly by: UserId; readonly at: Date },
): Promise<SettledNotice> {
  const [row] = await tx.rows({
    text: `SELECT n.kind, s.study_instance_uid, s.ordinal, o.study_instance_uid AS other_uid, o.ordinal AS other_ordinal
      FROM notices n JOIN studies s ON s.study_id = n.study_id JOIN studies o ON o.study_id = n.other_study_id WHERE n.notice_id = $1`,
    values: [noticeId],
  });
  const ended = await tx.rows({
    text: `SELECT f.code, g.job, g.user_id FROM notices n JOIN grants g ON g.study_id = n.other_study_id JOIN facilities f ON f.facility_id = g.facility_id
      WHERE n.notice_id = $1 AND n.settlement = 'correction' AND g.withdrawn_at = $2 AND g.withdrawn_by = $3 ORDER BY g.grant_id`,
    values: [noticeId, at, by],
  });
  return {
    kind: row?.['kind'] as Notice['kind'],
    studyInstanceUID: row?.['study_instance_uid'] as StudyInstanceUID,
    ordinal: row?.['ordinal'] as number,
    other: { studyInstanceUID: row?.['other_uid'] as StudyInstanceUID, ordinal: row?.['other_ordinal'] as number },
    moved,
    endedShares: ended.map((share) => ({
      to: share['code'] as FacilityCode,
      ...(share['job'] !== null && { job: share['job'] as Job }),
      ...(share['user_id'] !== null && { userId: share['user_id'] as UserId }),
    })),
  };
}
