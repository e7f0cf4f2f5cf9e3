/**
 * Notices that hang in facilities. Putting the first one up or taking the last one down is a short transaction that notes that what stands on it is to be
 * settled (0023-notices-in-pieces.sql); that is done right after, piece by piece, so that nothing else waits for longer than a piece.
 */
import type { ConsentDocument, PostedNotice } from '../../../gateway/domain/consent/consent.ts';
import { POSTED_NOTICES_TOLD_MAX, type PostedNoticeIndex } from '../../../gateway/domain/consent/consent-index.ts';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { ObjectKey, PostedNoticeId } from '../../../gateway/domain/identifiers.ts';
import { holdFile } from '../operation/kept-files.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';
import { type Settlement, settleInPieces, settleLeft } from './in-pieces.ts';

const NOTICES: Settlement = { noted: 'notice_settlements', piece: 'settle_notice' };
const COLUMNS = "notice_id, version, to_char(posted_on, 'YYYY-MM-DD') AS posted_on, document_key, document_type, filed_at, removed_at";

export function postedNoticeIndex(db: Database, now: () => Date): PostedNoticeIndex {
  return {
    post: post(db, now),
    remove: remove(db, now),

    settleLeft: (changedBefore) => settleLeft(db, NOTICES, changedBefore),

    async noticesOf(facilityId) {
      const rows = await db.rows({
        text: `SELECT ${COLUMNS} FROM posted_notices WHERE facility_id = $1 ORDER BY notice_id DESC LIMIT ${POSTED_NOTICES_TOLD_MAX}`,
        values: [facilityId],
      });
      return rows.map(toNotice);
    },
  };
}

const post =
  (db: Database, now: () => Date): PostedNoticeIndex['post'] =>
  async (facilityId, { version, postedOn, document }, by, entries, proven) => {
    const made = await db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      await holdFile(tx, facilityId, document?.key);
      const [row] = await tx.rows({
        text: `INSERT INTO posted_notices (facility_id, version, posted_on, document_key, document_type, filed_at, filed_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
        values: [facilityId, version, postedOn, document?.key ?? null, document?.mediaType ?? null, at, by ?? null],
      });
      const posted = toNotice(row as Row);
      await tx.rows({
        text: `UPDATE posted_notices SET removed_at = $3, removed_by = $4
            WHERE facility_id = $1 AND removed_at IS NULL AND notice_id <> $2`,
        values: [facilityId, posted.id, at, by ?? null],
      });
      await appendAudit(tx, entries(posted), at);
      return posted;
    });
    await settleInPieces(db, NOTICES, facilityId);
    return made;
  };

const remove =
  (db: Database, now: () => Date): PostedNoticeIndex['remove'] =>
  async (facilityId, id, by, entries, proven) => {
    const made = await db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const [row] = await tx.rows({
        text: `UPDATE posted_notices SET removed_at = $3, removed_by = $4
            WHERE facility_id = $1 AND notice_id = $2 AND removed_at IS NULL RETURNING ${COLUMNS}`,
        values: [facilityId, id, at, by ?? null],
      });
      if (row === undefined) throw new DomainError('not-found', 'no such notice hangs here');
      const removed = toNotice(row);
      await appendAudit(tx, entries(removed), at);
      return removed;
    });
    await settleInPieces(db, NOTICES, facilityId);
    return made;
  };

function toNotice(row: Row): PostedNotice {
  return {
    id: row['notice_id'] as PostedNoticeId,
    version: row['version'],
    postedOn: row['posted_on'],
    document: toDocument(row),
    filedAt: row['filed_at'],
    removedAt: row['removed_at'] ?? undefined,
  };
}

export function toDocument(row: Row): ConsentDocument | undefined {
  const key = row['document_key'] as ObjectKey | null;
  return key === null ? undefined : { key, mediaType: row['document_type'] };
}
