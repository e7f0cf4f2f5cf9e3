/** A share, the right it gives and its entry on record are one transaction: nothing is disclosed that is not on record. */

import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityCode, FacilityId, ShareId, StudyId, UserId } from '../../../gateway/domain/identifiers.ts';
import type { AuditEntry } from '../../../gateway/domain/record/audit.ts';
import type { Share, ShareIndex } from '../../../gateway/domain/sharing/share.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';

const SHARE = `
  SELECT h.share_id, h.study_id, h.until, h.created_at, h.created_by, h.revoked_at, u.name AS created_by_name, u.name_kana AS created_by_kana,
    f.facility_id, f.code, f.name
  FROM shares h JOIN facilities f ON f.facility_id = h.to_facility_id LEFT JOIN users u ON u.user_id = h.created_by`;

export function shareIndex(db: Database, now: () => Date): ShareIndex {
  return {
    share: ({ studyId, toFacilityId, until, by }, audit: AuditEntry) =>
      db.transaction(async (tx) => {
        const at = now();
        if (until <= at) throw new DomainError('invalid', 'a share must end in the future');
        // The lock keeps the copied columns in step with a finish that changes them. Order: study, access, head of the record.
        const [study] = await tx.rows({
          text: 'SELECT facility_id FROM studies WHERE study_id = $1 FOR NO KEY UPDATE',
          values: [studyId],
        });
        if (study === undefined) throw new DomainError('not-found', 'no such study');
        if (study['facility_id'] === toFacilityId) throw new DomainError('invalid', 'the facility owns the study');
        const [made] = await tx.rows({
          text: `INSERT INTO shares (study_id, to_facility_id, until, created_at, created_by) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (study_id, to_facility_id) WHERE revoked_at IS NULL DO UPDATE SET until = excluded.until
            RETURNING share_id`,
          values: [studyId, toFacilityId, until, at, by ?? null],
        });
        const shareId = made?.['share_id'] as ShareId;
        await tx.rows({
          text: `INSERT INTO study_access (study_id, facility_id, kind, share_id, until, granted_at, study_date, study_time, search_text, modalities, listed)
            SELECT study_id, $2, 'share', $3, $4, $5, study_date, sortable_time(study_time), search_text, modalities, number_of_instances > 0
            FROM studies WHERE study_id = $1
            -- A share that still lives keeps its place among others under the same UID.
            ON CONFLICT (study_id, facility_id) DO UPDATE SET share_id = excluded.share_id, until = excluded.until,
              granted_at = CASE WHEN study_access.until > excluded.granted_at THEN study_access.granted_at ELSE excluded.granted_at END
            WHERE study_access.kind = 'share'`,
          values: [studyId, toFacilityId, shareId, until, at],
        });
        await tx.rows({ text: 'SELECT lists_changed(ARRAY[$1::bigint])', values: [toFacilityId] });
        await appendAudit(tx, [audit], at);
        return shareById(tx, shareId);
      }),

    revoke: (shareId, studyId, by, audit) =>
      db.transaction(async (tx) => {
        const at = now();
        if (!/^[0-9]{1,18}$/.test(shareId)) return undefined;
        await tx.rows({ text: 'SELECT FROM studies WHERE study_id = $1 FOR NO KEY UPDATE', values: [studyId] });
        const ended = await tx.rows({
          text: 'UPDATE shares SET revoked_at = $3, revoked_by = $4 WHERE share_id = $1 AND study_id = $2 AND revoked_at IS NULL RETURNING share_id',
          values: [shareId, studyId, at, by],
        });
        if (ended.length === 0) return undefined;
        await tx.rows({
          text: `WITH lost AS (DELETE FROM study_access WHERE study_id = $1 AND share_id = $2 RETURNING facility_id)
            SELECT lists_changed(array_agg(facility_id)) FROM lost`,
          values: [studyId, shareId],
        });
        await appendAudit(tx, [audit], at);
        return shareById(tx, shareId);
      }),

    async sharesOf(studyId) {
      return (await db.rows({ text: `${SHARE} WHERE h.study_id = $1 ORDER BY h.share_id DESC`, values: [studyId] })).map(toShare);
    },
  };
}

async function shareById(tx: Queryable, id: ShareId): Promise<Share> {
  const [row] = await tx.rows({ text: `${SHARE} WHERE h.share_id = $1`, values: [id] });
  if (row === undefined) throw new DomainError('not-found', 'no such share');
  return toShare(row);
}

function toShare(row: Row): Share {
  return {
    id: row['share_id'] as ShareId,
    studyId: row['study_id'] as StudyId,
    to: { id: row['facility_id'] as FacilityId, code: row['code'] as FacilityCode, name: row['name'] },
    until: row['until'],
    createdAt: row['created_at'],
    createdBy:
      row['created_by'] === null
        ? undefined
        : { id: row['created_by'] as UserId, name: row['created_by_name'], nameKana: row['created_by_kana'] },
    revokedAt: row['revoked_at'] ?? undefined,
  };
}
