/** A share, the right it gives and its entry on record are one transaction: nothing is disclosed that is not on record. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityCode, FacilityId, ShareId, StudyId, UserId } from '../../../gateway/domain/identifiers.ts';
import type { Share, ShareIndex, ShareRequest } from '../../../gateway/domain/sharing/share.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';

const SHARE = `
  SELECT g.grant_id, g.study_id, g.job, g.user_id, g.not_before, g.until, g.may_download, g.held_back, g.created_at, g.created_by, g.withdrawn_at,
    u.name AS created_by_name, u.name_kana AS created_by_kana, p.name AS person_name, p.name_kana AS person_kana, f.facility_id, f.code, f.name
  FROM grants g JOIN facilities f ON f.facility_id = g.facility_id
    LEFT JOIN users u ON u.user_id = g.created_by LEFT JOIN users p ON p.user_id = g.user_id`;

export function shareIndex(db: Database, now: () => Date): ShareIndex {
  return {
    share: (request, entries, proven) =>
      db.transaction(async (tx) => {
        const { studyId, toFacilityId, until } = request;
        const at = now();
        await demandProven(tx, proven, at);
        if (until <= at) throw new DomainError('invalid', 'a share must end in the future');
        // The lock keeps the copied columns in step with a finish that changes them. Order: account, proof, study, access, head of the record.
        const [study] = await tx.rows({
          text: 'SELECT facility_id FROM studies WHERE study_id = $1 FOR NO KEY UPDATE',
          values: [studyId],
        });
        if (study === undefined) throw new DomainError('not-found', 'no such study');
        if (study['facility_id'] === toFacilityId) throw new DomainError('invalid', 'the facility owns the study');
        const shareId = await keepGrant(tx, request, at);
        await giveAccess(tx, shareId, at);
        await tx.rows({ text: 'SELECT lists_changed(ARRAY[$1::bigint])', values: [toFacilityId] });
        const made = await shareById(tx, shareId);
        await appendAudit(tx, entries(made), at);
        return made;
      }),

    revoke: (shareId, studyId, by, audit, proven) =>
      db.transaction(async (tx) => {
        const at = now();
        await demandProven(tx, proven, at);
        if (!/^[0-9]{1,18}$/.test(shareId)) return undefined;
        await tx.rows({ text: 'SELECT FROM studies WHERE study_id = $1 FOR NO KEY UPDATE', values: [studyId] });
        const ended = await tx.rows({
          text: `UPDATE grants SET withdrawn_at = $3, withdrawn_by = $4
            WHERE grant_id = $1 AND study_id = $2 AND kind = 'share' AND withdrawn_at IS NULL RETURNING grant_id`,
          values: [shareId, studyId, at, by],
        });
        if (ended.length === 0) return undefined;
        await tx.rows({
          text: `WITH lost AS (DELETE FROM study_access WHERE study_id = $1 AND grant_id = $2 RETURNING facility_id)
            SELECT lists_changed(array_agg(facility_id)) FROM lost`,
          values: [studyId, shareId],
        });
        await appendAudit(tx, [audit], at);
        return shareById(tx, shareId);
      }),

    async sharesOf(studyId) {
      return (
        await db.rows({ text: `${SHARE} WHERE g.study_id = $1 AND g.kind = 'share' ORDER BY g.grant_id DESC`, values: [studyId] })
      ).map(toShare);
    },
  };
}

/** Of one study and audience there is one share that lives: what it gives is what was said last, and what was not said stays. */
async function keepGrant(tx: Queryable, request: ShareRequest, at: Date): Promise<ShareId> {
  const { studyId, toFacilityId, to = {}, notBefore, until, mayDownload, heldBack, by } = request;
  const [made] = await tx.rows({
    text: `INSERT INTO grants (study_id, facility_id, job, user_id, not_before, until, may_download, created_at, created_by, held_back)
      VALUES ($1, $2, $3, $4, $5, $6, coalesce($7::boolean, true), $8, $9, coalesce($10::text[], '{}'))
      ON CONFLICT (study_id, facility_id, coalesce(job, ''), coalesce(user_id, 0)) WHERE withdrawn_at IS NULL AND kind = 'share'
      DO UPDATE SET not_before = excluded.not_before, until = excluded.until,
        may_download = coalesce($7::boolean, grants.may_download), held_back = coalesce($10::text[], grants.held_back)
      RETURNING grant_id`,
    values: [
      studyId,
      toFacilityId,
      to.job ?? null,
      to.userId ?? null,
      notBefore ?? null,
      until,
      mayDownload ?? null,
      at,
      by ?? null,
      heldBack ?? null,
    ],
  });
  return made?.['grant_id'] as ShareId;
}

/** What a grant gives becomes a right. The caller holds the study’s lock. */
export async function giveAccess(tx: Queryable, shareId: string, at: Date): Promise<void> {
  await tx.rows({
    text: `INSERT INTO study_access (study_id, facility_id, audience, kind, grant_id, not_before, until, may_take, held_back, held_back_state, granted_at,
        study_date, study_time, search_text, modalities, listed, opened_at)
      SELECT s.study_id, g.facility_id, CASE WHEN g.job IS NOT NULL THEN 'job:' || g.job WHEN g.user_id IS NOT NULL THEN 'person:' || g.user_id ELSE 'facility' END,
        g.kind, g.grant_id, g.not_before, g.until, g.may_download, g.held_back, (random() * 2 ^ 52)::bigint, greatest($2, g.not_before), s.study_date, sortable_time(s.study_time), s.search_text, s.modalities,
        s.number_of_instances > 0, least(
          (SELECT min(o.opened_at) FROM study_access o WHERE o.study_id = s.study_id AND o.facility_id = g.facility_id),
          (SELECT o.opened_at FROM study_openings o WHERE o.study_id = s.study_id AND o.facility_id = g.facility_id))
      FROM grants g JOIN studies s ON s.study_id = g.study_id WHERE g.grant_id = $1
      -- A share that still lives keeps its place among others under the same UID.
      ON CONFLICT (study_id, facility_id, coalesce(grant_id, 0)) DO UPDATE
      SET not_before = excluded.not_before, until = excluded.until, may_take = excluded.may_take, held_back = excluded.held_back,
        held_back_state = CASE WHEN study_access.held_back = excluded.held_back THEN study_access.held_back_state ELSE excluded.held_back_state END,
        granted_at = CASE WHEN study_access.until > $2 AND study_access.granted_at <= $2 AND excluded.granted_at <= $2
          THEN study_access.granted_at ELSE excluded.granted_at END`,
    values: [shareId, at],
  });
  await tx.rows({ text: 'SELECT rights_given(ARRAY[study_id]) FROM grants WHERE grant_id = $1', values: [shareId] });
}

async function shareById(tx: Queryable, id: ShareId): Promise<Share> {
  const [row] = await tx.rows({ text: `${SHARE} WHERE g.grant_id = $1`, values: [id] });
  if (row === undefined) throw new DomainError('not-found', 'no such share');
  return toShare(row);
}

function toShare(row: Row): Share {
  return {
    id: row['grant_id'] as ShareId,
    studyId: row['study_id'] as StudyId,
    to: { id: row['facility_id'] as FacilityId, code: row['code'] as FacilityCode, name: row['name'] },
    toJob: row['job'] ?? undefined,
    toPerson: toPerson(row, 'user_id', 'person'),
    notBefore: row['not_before'] ?? undefined,
    until: row['until'],
    mayDownload: row['may_download'],
    heldBack: row['held_back'],
    createdAt: row['created_at'],
    createdBy: toPerson(row, 'created_by', 'created_by'),
    revokedAt: row['withdrawn_at'] ?? undefined,
  };
}

function toPerson(row: Row, id: string, named: string): Share['createdBy'] {
  return row[id] === null ? undefined : { id: row[id] as UserId, name: row[`${named}_name`], nameKana: row[`${named}_kana`] };
}
