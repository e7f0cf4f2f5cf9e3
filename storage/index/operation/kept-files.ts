/** Files beside images: their rows, from before their bytes get their name until after these are gone (0026-kept-files.sql). */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityCode, FacilityId, ObjectKey, Sha256, UserId } from '../../../gateway/domain/identifiers.ts';
import { type KeptFile, type KeptFileIndex, UNNAMED_FILES_MAX } from '../../../gateway/domain/imaging/kept-file.ts';
import { lockFacility } from '../people/facility-lock.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';

const ROWS_AT_A_TIME = 500;
const COLUMNS = 'f.key, f.kind, f.type, f.sha256, f.bytes, o.code';

export function keptFileIndex(db: Database, now: () => Date): KeptFileIndex {
  return {
    claim: claim(db, now),

    finish: (key, by, entries, proven) =>
      db.transaction(async (tx) => {
        const at = now();
        await demandProven(tx, proven, at);
        await appendAudit(tx, entries(await finishFile(tx, key, by, at)), at);
      }),

    async file(facilityId, key) {
      const [row] = await db.rows({
        text: `SELECT ${COLUMNS} FROM kept_files f JOIN facilities o USING (facility_id)
          WHERE f.key = $1 AND f.facility_id = $2 AND f.kept_at IS NOT NULL`,
        values: [key, facilityId],
      });
      return row && toFile(row);
    },

    removeUnnamed: removeUnnamed(db, now),
    all: (after) => all(db, after),

    async has(key) {
      return (await db.rows({ text: 'SELECT FROM kept_files WHERE key = $1', values: [key] })).length > 0;
    },
  };
}

const claim =
  (db: Database, now: () => Date): KeptFileIndex['claim'] =>
  (facilityId, { key, kind, type, bytes }) =>
    db.transaction(async (tx) => {
      await lockFacility(tx, facilityId);
      const [unnamed] = await tx.rows({
        text: `SELECT count(*)::integer AS files, EXISTS (SELECT FROM kept_files WHERE key = $3) AS known FROM kept_files
          WHERE facility_id = $1 AND kind = $2 AND unnamed_since IS NOT NULL`,
        values: [facilityId, kind, key],
      });
      if (unnamed?.['files'] >= UNNAMED_FILES_MAX && unnamed?.['known'] !== true)
        throw new DomainError('conflict', 'too many files that nothing names', { ids: { reason: 'unnamed-files' } });
      await tx.rows({
        text: `INSERT INTO kept_files AS f (key, facility_id, kind, type, bytes, unnamed_since) VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes, unnamed_since = CASE WHEN f.unnamed_since IS NULL THEN NULL ELSE excluded.unnamed_since END`,
        values: [key, facilityId, kind, type, bytes, now()],
      });
    });

/** Its bytes have their name. The row is held until the transaction ends. @throws busy: it was removed since it was claimed */
export async function finishFile(tx: Queryable, key: ObjectKey, by: UserId | undefined, at: Date): Promise<KeptFile> {
  const [row] = await tx.rows({
    text: `UPDATE kept_files f SET kept_at = coalesce(f.kept_at, $2), kept_by = CASE WHEN f.kept_at IS NULL THEN $3 ELSE f.kept_by END
      FROM facilities o WHERE f.key = $1 AND o.facility_id = f.facility_id RETURNING ${COLUMNS}`,
    values: [key, at, by ?? null],
  });
  if (row === undefined) throw new DomainError('busy', 'the file was removed meanwhile; send it again');
  return toFile(row);
}

/** What is about to be named is held until the transaction ends: nobody removes it. @throws invalid: it is not there, or was removed since it was looked for */
export async function holdFile(tx: Queryable, facilityId: FacilityId, key: ObjectKey | undefined): Promise<void> {
  if (key === undefined) return;
  const held = await tx.rows({
    text: 'SELECT FROM kept_files WHERE key = $1 AND facility_id = $2 AND kept_at IS NOT NULL FOR NO KEY UPDATE',
    values: [key, facilityId],
  });
  if (held.length === 0) throw new DomainError('invalid', 'no such document was sent', { ids: { reason: 'consent-document-missing' } });
}

const removeUnnamed =
  (db: Database, now: () => Date): KeptFileIndex['removeUnnamed'] =>
  (before, remove, entries) =>
    db.transaction(async (tx) => {
      const at = now();
      // The row goes first: were anything to name it after all, this ends here and the bytes stay.
      const [row] = await tx.rows({
        text: `DELETE FROM kept_files f USING facilities o WHERE o.facility_id = f.facility_id AND f.key = (
            SELECT key FROM kept_files WHERE unnamed_since < $1 AND NOT file_is_named(key) ORDER BY unnamed_since LIMIT 1 FOR UPDATE SKIP LOCKED)
          RETURNING ${COLUMNS}, f.kept_at`,
        values: [before],
      });
      if (row === undefined) return undefined;
      const file = toFile(row);
      await tx.rows({ text: 'DELETE FROM damaged_objects WHERE object_key = $1', values: [file.key] });
      await remove(file.key);
      // What was never there was not on record either. Last, since everybody's entries wait for this one.
      if (row['kept_at'] !== null) await appendAudit(tx, entries(file), at);
      return file;
    });

async function* all(db: Database, after: ObjectKey | undefined): AsyncGenerator<KeptFile> {
  for (let last: string = after ?? ''; ; ) {
    const rows = await db.rows({
      text: `SELECT ${COLUMNS} FROM kept_files f JOIN facilities o USING (facility_id)
        WHERE f.key > $1 AND f.kept_at IS NOT NULL ORDER BY f.key LIMIT ${ROWS_AT_A_TIME}`,
      values: [last],
    });
    yield* rows.map(toFile);
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end['key'];
  }
}

function toFile(row: Row): KeptFile {
  return {
    key: row['key'] as ObjectKey,
    facilityCode: row['code'] as FacilityCode,
    kind: row['kind'],
    type: row['type'],
    sha256: (row['sha256'] ?? '') as Sha256,
    bytes: row['bytes'] === null ? undefined : Number(row['bytes']),
  };
}
