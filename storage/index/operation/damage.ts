/** What is known to be damaged, and the scrub's place and holder. */

import type { FacilityCode, ObjectKey } from '../../../gateway/domain/identifiers.ts';
import { readOriginalKey, readQuarantineKey } from '../../../gateway/domain/imaging/derived.ts';
import type { DamagedObject, DamageIndex, ScrubState } from '../../../gateway/domain/operation/damage.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';

/** Remembered at once. A lost store is told by the counts of the scrub, not object by object. */
export const DAMAGED_OBJECTS_MAX = 100_000;

export function damageIndex(db: Database, now: () => Date): DamageIndex {
  return {
    report: report(db, now),

    mended: mended(db),

    list: list(db),

    count: count(db),

    scrubState: scrubState(db),

    leaseScrub: leaseScrub(db),

    moveScrub: moveScrub(db),
  };
}

const report =
  (db: Database, now: () => Date): DamageIndex['report'] =>
  (key, problem, by) =>
    db.transaction(async (tx) => {
      const at = now();
      const known = await tx.rows({
        text: 'UPDATE damaged_objects SET problem = $2, seen_at = $3 WHERE object_key = $1 RETURNING object_key',
        values: [key, problem, at],
      });
      if (known.length > 0) return false;
      const owner = await ownerOf(tx, key);
      if (owner === undefined) return false;
      const made = await tx.rows({
        text: `INSERT INTO damaged_objects (object_key, facility_id, problem, found_by, found_at, seen_at)
            SELECT $1, $2, $3, $4, $5, $5
            WHERE (SELECT count(*) FROM (SELECT FROM damaged_objects LIMIT ${DAMAGED_OBJECTS_MAX}) AS known) < ${DAMAGED_OBJECTS_MAX}
            ON CONFLICT DO NOTHING RETURNING object_key`,
        values: [key, owner, problem, by, at],
      });
      if (made.length > 0) await tellOwner(tx, key, owner, at);
      return made.length > 0;
    });

const mended =
  (db: Database): DamageIndex['mended'] =>
  async (key) => {
    const gone = await db.rows({ text: 'DELETE FROM damaged_objects WHERE object_key = $1 RETURNING object_key', values: [key] });
    return gone.length > 0;
  };

const list =
  (db: Database): DamageIndex['list'] =>
  async ({ after, limit }) => {
    const rows = await db.rows({
      text: `SELECT d.*, f.code FROM damaged_objects d JOIN facilities f USING (facility_id)
          WHERE $1::text IS NULL OR d.object_key > $1 ORDER BY d.object_key LIMIT $2`,
      values: [after ?? null, limit],
    });
    return rows.map(toDamaged);
  };

const count =
  (db: Database): DamageIndex['count'] =>
  async () => {
    const [row] = await db.rows({ text: 'SELECT count(*) AS count FROM damaged_objects' });
    return Number(row?.['count'] ?? 0);
  };

const scrubState =
  (db: Database): DamageIndex['scrubState'] =>
  async () => {
    const [row] = await db.rows({ text: 'SELECT * FROM scrub' });
    return row === undefined ? undefined : toState(row);
  };

const leaseScrub =
  (db: Database): DamageIndex['leaseScrub'] =>
  async (holder, at, until) => {
    const [row] = await db.rows({
      text: `INSERT INTO scrub AS s (pass, stage, position, pass_began_at, objects, bytes, damaged, held_by, held_until)
          VALUES (1, 'originals', '', $2, 0, 0, 0, $1, $3)
          ON CONFLICT (singleton) DO UPDATE SET held_by = $1, held_until = $3
            WHERE s.held_by IS NULL OR s.held_by = $1 OR s.held_until <= $2
          RETURNING *`,
      values: [holder, at, until],
    });
    return row === undefined ? undefined : toState(row);
  };

const moveScrub =
  (db: Database): DamageIndex['moveScrub'] =>
  async (holder, state, until) => {
    const rows = await db.rows({
      text: `UPDATE scrub SET pass = $2, stage = $3, position = $4, pass_began_at = $5, last_pass_ended_at = $6, objects = $7, bytes = $8,
            damaged = $9, held_until = $10
          WHERE held_by = $1 RETURNING pass`,
      values: [
        holder,
        state.pass,
        state.stage,
        state.position,
        state.passBeganAt,
        state.lastPassEndedAt ?? null,
        state.objects,
        state.bytes,
        state.damaged,
        until,
      ],
    });
    return rows.length > 0;
  };

/** Undefined: no row refers to the object, so that nothing is affected. */
async function ownerOf(tx: Queryable, key: ObjectKey): Promise<string | undefined> {
  const original = readOriginalKey(key);
  const [row] =
    original !== undefined
      ? await tx.rows({
          text: `SELECT facility_id FROM instance_versions WHERE sha256 = decode($1, 'hex') AND object_key = $2 LIMIT 1`,
          values: [original.sha256, key],
        })
      : await tx.rows({
          text:
            readQuarantineKey(key) === undefined
              ? 'SELECT facility_id FROM kept_files WHERE key = $1'
              : 'SELECT facility_id FROM quarantine WHERE object_key = $1 LIMIT 1',
          values: [key],
        });
  return row?.['facility_id'];
}

async function tellOwner(tx: Queryable, key: ObjectKey, facilityId: string, at: Date): Promise<void> {
  const original = readOriginalKey(key);
  if (original === undefined) return;
  // Where the instance is now: a settled correction may have made the object a version of one elsewhere.
  await tx.rows({
    text: `SELECT tell_owner('image-damaged', $1, o.study_id, NULL, o.sop_instance_uid, 1, $2)
      FROM instance_versions v JOIN instances o USING (instance_id)
      WHERE v.sha256 = decode($3, 'hex') AND v.object_key = $4 AND v.facility_id = $1 LIMIT 1`,
    values: [facilityId, at, original.sha256, key],
  });
}

function toDamaged(row: Row): DamagedObject {
  return {
    key: row['object_key'] as ObjectKey,
    facilityCode: row['code'] as FacilityCode,
    problem: row['problem'],
    foundBy: row['found_by'],
    foundAt: row['found_at'],
    seenAt: row['seen_at'],
  };
}

function toState(row: Row): ScrubState {
  return {
    pass: Number(row['pass']),
    stage: row['stage'],
    position: row['position'],
    passBeganAt: row['pass_began_at'],
    lastPassEndedAt: row['last_pass_ended_at'] ?? undefined,
    objects: Number(row['objects']),
    bytes: Number(row['bytes']),
    damaged: Number(row['damaged']),
  };
}
