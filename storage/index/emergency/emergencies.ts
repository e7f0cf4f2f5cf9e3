/**
 * An emergency, what it opens, who is told of it and its entries on record are one transaction. `settle_emergencies` (0017-emergencies.sql) makes the rights what
 * they should be; triggers call it for what comes later.
 */
import {
  EMERGENCIES_A_READER_MAX,
  EMERGENCIES_LISTED_MAX,
  EMERGENCY_MS,
  type Identified,
} from '../../../gateway/domain/emergency/emergency.ts';
import type {
  EmergencyIndex,
  EmergencyWish,
  FoundPerson,
  OpenedEmergency,
  Reviewing,
} from '../../../gateway/domain/emergency/emergency-index.ts';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { EmergencyId, FacilityCode, FacilityId, PatientNo, PersonId, StudyInstanceUID } from '../../../gateway/domain/identifiers.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Query, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';
import { emergenciesBy } from './emergency-rows.ts';

export function emergencyIndex(db: Database, now: () => Date): EmergencyIndex {
  return {
    findPerson: (asked, asker) => findPerson(db, asked, asker),
    open: open(db, now),
    ofReader: (reader, limit) => emergenciesBy(db, { where: 'g.user_id = $2', values: [reader] }, limit),

    toReview(whose, limit) {
      if (whose === 'region') return emergenciesBy(db, { where: 'true', values: [], first: WAITS }, limit);
      const ofOwner = (more: string) =>
        `EXISTS (SELECT FROM emergency_reviews r WHERE r.grant_id = e.grant_id AND r.facility_id = $2${more})`;
      return emergenciesBy(db, { where: ofOwner(''), values: [whose.facility], first: ofOwner(' AND r.verdict IS NULL') }, limit);
    },

    toldTo(facility, since, limit) {
      const waits = 'EXISTS (SELECT FROM emergency_reviews r WHERE r.grant_id = e.grant_id AND r.facility_id = $2 AND r.verdict IS NULL)';
      const where = `e.grant_id IN (SELECT grant_id FROM emergency_reviews WHERE facility_id = $2 AND verdict IS NULL UNION ${lately('$2', '$3')})`;
      return emergenciesBy(db, { where, values: [facility, since], first: waits }, limit);
    },

    async toldCount(facility, since) {
      const [row] = await db.rows(toldCountQuery(facility, since));
      return { waiting: row?.['waiting'] ?? 0, newestAt: row?.['newest_at'] ?? undefined };
    },

    review: review(db, now),
  };
}

/** Opened since then by others, of a patient whom the facility knows. What it owns is of a patient of its own. */
const lately = (facility: string, since: string) => `SELECT n.grant_id FROM grants n
  WHERE n.kind = 'emergency' AND n.created_at > ${since} AND n.facility_id <> ${facility} AND EXISTS (
    SELECT FROM emergency_patients k JOIN patients p ON p.patient_no = k.patient_no WHERE k.grant_id = n.grant_id AND p.facility_id = ${facility})`;

export function toldCountQuery(facility: FacilityId, since: Date): Query {
  return { text: `SELECT${toldCount('$1', '$2')}`, values: [facility, since] };
}

/** Columns `waiting` and `newest_at`. */
export const toldCount = (facility: string, since: string) => `
      (SELECT count(*)::integer FROM (
        SELECT FROM emergency_reviews WHERE facility_id = ${facility} AND verdict IS NULL LIMIT ${EMERGENCIES_LISTED_MAX}) w) AS waiting,
      greatest(
        (SELECT g.created_at FROM grants g WHERE g.grant_id = (
          SELECT max(r.grant_id) FROM emergency_reviews r WHERE r.facility_id = ${facility} AND r.verdict IS NULL)),
        (SELECT g.created_at FROM grants g WHERE g.grant_id = (${lately(facility, since)} ORDER BY n.created_at DESC LIMIT 1))) AS newest_at`;

const WAITS = 'EXISTS (SELECT FROM emergency_reviews r WHERE r.grant_id = e.grant_id AND r.verdict IS NULL)';

async function findPerson(
  db: Queryable,
  { patientID, birthDate, name }: Identified,
  asker: FacilityId,
): Promise<FoundPerson | 'nobody' | 'several'> {
  const values: unknown[] = [];
  const asked = (value: string) => `$${values.push(value)}`;
  const conditions: string[] = [];
  if (patientID !== undefined) {
    const id = asked(patientID);
    conditions.push(`left(p.patient_id, 64) = left(${id}, 64) AND p.patient_id = ${id}`);
  }
  if (birthDate !== undefined) conditions.push(`p.patient_birth_date = ${asked(birthDate)}`);
  if (name !== undefined) {
    const whole = asked(name);
    const groups = ['alphabetic', 'ideographic', 'phonetic'].map((group) => `replace(p.patient_name_${group}, ' ', '') = ${whole}`);
    conditions.push(`(${groups.join(' OR ')})`);
  }
  if (conditions.length < 2) return 'nobody';
  const rows = await db.rows({
    text: `SELECT DISTINCT ON (p.person_id) p.person_id, p.patient_no, p.patient_id, o.code
      FROM patients p JOIN facilities o ON o.facility_id = p.facility_id
      WHERE ${conditions.join(' AND ')} AND EXISTS (
        SELECT FROM patients q JOIN studies s ON s.patient_no = q.patient_no WHERE q.person_id = p.person_id AND s.number_of_instances > 0)
      ORDER BY p.person_id, p.patient_no LIMIT 2`,
    values,
  });
  const [row] = rows;
  if (row === undefined) return 'nobody';
  if (rows.length > 1) return 'several';
  const personId = row['person_id'] as PersonId;
  return {
    personId,
    patient: { no: row['patient_no'] as PatientNo, owner: row['code'] as FacilityCode, patientID: row['patient_id'] },
    ...(await knownOf(db, personId, asker)),
  };
}

async function knownOf(db: Queryable, person: PersonId, asker: FacilityId): Promise<Pick<FoundPerson, 'facilities' | 'objected'>> {
  const facilities = await db.rows({
    text: `SELECT DISTINCT o.code, o.name FROM patients p JOIN studies s ON s.patient_no = p.patient_no JOIN facilities o ON o.facility_id = s.facility_id
      WHERE p.person_id = $1 AND s.number_of_instances > 0 AND s.facility_id <> $2 ORDER BY o.code`,
    values: [person, asker],
  });
  return {
    facilities: facilities.map((one) => ({ code: one['code'] as FacilityCode, name: one['name'] })),
    objected: await hasObjected(db, person, asker),
  };
}

/** Took a consent back and gave none since, or left this facility or some study out of one that lives. */
async function hasObjected(db: Queryable, person: PersonId, asker: FacilityId): Promise<boolean> {
  const [found] = await db.rows({
    text: `SELECT EXISTS (
        SELECT FROM patients p JOIN consents k ON k.patient_no = p.patient_no JOIN grants g ON g.grant_id = k.grant_id
        WHERE p.person_id = $1 AND CASE WHEN g.withdrawn_at IS NULL THEN $2 = ANY (k.except_facilities) OR k.except_studies <> '{}'
          ELSE NOT EXISTS (
            SELECT FROM patients q JOIN consents l ON l.patient_no = q.patient_no JOIN grants h ON h.grant_id = l.grant_id
            WHERE q.person_id = $1 AND h.withdrawn_at IS NULL AND h.created_at > g.withdrawn_at) END
      ) AS objected`,
    values: [person, asker],
  });
  return found?.['objected'] === true;
}

const open =
  (db: Database, now: () => Date): EmergencyIndex['open'] =>
  (wish, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      const { patient, reader } = wish;
      // The reader's account is held from here on: what they open at the same time waits.
      await demandProven(tx, proven, at);
      const [held] = await tx.rows({ text: 'SELECT hold_person_of($1) AS person_id', values: [patient] });
      const person = held?.['person_id'] as PersonId;
      await mustBeNew(tx, reader.id, person, at);
      await mustHaveRoom(tx, reader.id, at);
      if (!wish.despiteObjection && (await hasObjected(tx, person, reader.facilityId)))
        throw new DomainError('conflict', 'the patient has objected', { ids: { reason: 'patient-objected' } });
      const id = await keep(tx, wish, person, at);
      const opened = await settle(tx, id, person, at);
      if (opened.studies.length === 0)
        throw new DomainError('conflict', 'others hold no images of the patient', { ids: { reason: 'nothing-to-open' } });
      const [emergency] = await emergenciesBy(tx, { where: 'e.grant_id = $2', values: [id] }, 1);
      if (emergency === undefined) throw new DomainError('internal', 'it is not there');
      const made = { ...opened, emergency };
      await appendAudit(tx, entries(made), at);
      return made;
    });

/** What a reviewer ended is not opened again by the same person before it would have ended by itself. */
async function mustBeNew(tx: Queryable, reader: string, person: PersonId, at: Date): Promise<void> {
  const [before] = await tx.rows({
    text: `SELECT g.withdrawn_at FROM grants g JOIN emergencies e ON e.grant_id = g.grant_id JOIN patients p ON p.patient_no = e.patient_no
      WHERE g.kind = 'emergency' AND g.user_id = $1 AND p.person_id = $2 AND g.until > $3 ORDER BY g.withdrawn_at NULLS FIRST LIMIT 1`,
    values: [reader, person, at],
  });
  if (before === undefined) return;
  const reason = before['withdrawn_at'] === null ? 'emergency-runs' : 'emergency-was-ended';
  throw new DomainError('conflict', 'it was opened before', { ids: { reason } });
}

async function mustHaveRoom(tx: Queryable, reader: string, at: Date): Promise<void> {
  const [found] = await tx.rows({
    text: "SELECT count(*)::integer AS running FROM grants WHERE kind = 'emergency' AND user_id = $1 AND until > $2",
    values: [reader, at],
  });
  if (found?.['running'] >= EMERGENCIES_A_READER_MAX)
    throw new DomainError('too-many', 'too many emergencies of one reader in a day', { ids: { reason: 'too-many-emergencies' } });
}

async function keep(tx: Queryable, wish: EmergencyWish, person: PersonId, at: Date): Promise<EmergencyId> {
  const { patient, reader, category, reason, despiteObjection } = wish;
  const until = new Date(Math.min(wish.until.getTime(), at.getTime() + EMERGENCY_MS));
  const [grant] = await tx.rows({
    text: `INSERT INTO grants (kind, facility_id, user_id, until, may_download, created_at, created_by)
      VALUES ('emergency', $1, $2, $3, false, $4, $2) RETURNING grant_id`,
    values: [reader.facilityId, reader.id, until, at],
  });
  const id = grant?.['grant_id'] as EmergencyId;
  await tx.rows({
    text: 'INSERT INTO emergencies (grant_id, patient_no, job, category, reason, despite_objection) VALUES ($1, $2, $3, $4, $5, $6)',
    values: [id, patient, reader.job, category, reason, despiteObjection],
  });
  // Who knows the person without an image of theirs is told too: the clinic that they go to.
  await tx.rows({
    text: 'INSERT INTO emergency_patients (grant_id, patient_no) SELECT $1, p.patient_no FROM patients p WHERE p.person_id = $2',
    values: [id, person],
  });
  return id;
}

/** The person is held. */
async function settle(tx: Queryable, id: EmergencyId, person: PersonId, at: Date): Promise<Omit<OpenedEmergency, 'emergency'>> {
  await tx.rows({ text: 'SELECT settle_emergencies(studies_of_persons(ARRAY[$1::bigint]), $2)', values: [person, at] });
  const rows = await tx.rows({
    text: `SELECT s.study_instance_uid, s.patient_id, o.code FROM study_access a JOIN studies s ON s.study_id = a.study_id
        JOIN facilities o ON o.facility_id = s.facility_id
      WHERE a.grant_id = $1 AND a.kind = 'emergency' AND a.listed ORDER BY o.code, s.patient_id`,
    values: [id],
  });
  const opened = new Map<string, { owner: FacilityCode; patientID: string; studies: number }>();
  for (const row of rows) {
    const key = JSON.stringify([row['code'], row['patient_id']]);
    const before = opened.get(key)?.studies ?? 0;
    opened.set(key, { owner: row['code'] as FacilityCode, patientID: row['patient_id'], studies: before + 1 });
  }
  return { opened: [...opened.values()], studies: toUIDs(rows) };
}

const toUIDs = (rows: readonly Row[]) => [...new Set(rows.map((row) => row['study_instance_uid'] as StudyInstanceUID))];

const review =
  (db: Database, now: () => Date): EmergencyIndex['review'] =>
  (id, { whose, verdict, words, by }, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      if (!/^[0-9]{1,18}$/.test(id)) throw noSuchEmergency();
      // Two who decide at once: the second finds it decided.
      const [grant] = await tx.rows({
        text: "SELECT user_id, until, withdrawn_at FROM grants WHERE grant_id = $1 AND kind = 'emergency' FOR NO KEY UPDATE",
        values: [id],
      });
      await mustBeTheirs(tx, id, whose);
      if (grant === undefined) throw noSuchEmergency();
      if (grant['user_id'] === by) throw new DomainError('denied', 'nobody reviews their own', { ids: { reason: 'reviews-own' } });
      const owners = await decide(tx, id, { whose, verdict, words, by }, at);
      const ends = verdict === 'not-justified' && grant['withdrawn_at'] === null && grant['until'] > at;
      const studies = ends ? await end(tx, id, by, at) : [];
      const [emergency] = await emergenciesBy(tx, { where: 'e.grant_id = $2', values: [id] }, 1);
      if (emergency === undefined) throw noSuchEmergency();
      const made = { emergency, owners, ended: ends, studies };
      await appendAudit(tx, entries(made), at);
      return made;
    });

const noSuchEmergency = () => new DomainError('not-found', 'there is no such emergency access here');

/** Who owns nothing of it hears not-found. */
async function mustBeTheirs(tx: Queryable, id: EmergencyId, whose: Reviewing): Promise<void> {
  if (whose === 'region') return;
  const found = await tx.rows({
    text: 'SELECT FROM emergency_reviews WHERE grant_id = $1 AND facility_id = $2',
    values: [id, whose.facility],
  });
  if (found.length === 0) throw noSuchEmergency();
}

type Decision = Parameters<EmergencyIndex['review']>[1];

async function decide(tx: Queryable, id: EmergencyId, { whose, verdict, words, by }: Decision, at: Date): Promise<readonly FacilityCode[]> {
  const region = whose === 'region';
  const decided = await tx.rows({
    text: `UPDATE emergency_reviews r SET verdict = $3, words = $4, decided_at = $5, decided_by = $6, by_region = $7
      FROM facilities f WHERE f.facility_id = r.facility_id AND r.grant_id = $1 AND ($2::bigint IS NULL OR r.facility_id = $2) AND r.verdict IS NULL
      RETURNING f.code`,
    values: [id, region ? null : whose.facility, verdict, words, at, by, region],
  });
  if (decided.length === 0) throw new DomainError('conflict', 'it was decided before', { ids: { reason: 'emergency-reviewed' } });
  return decided.map((row) => row['code'] as FacilityCode).sort();
}

async function end(tx: Queryable, id: EmergencyId, by: string, at: Date): Promise<readonly StudyInstanceUID[]> {
  await tx.rows({ text: 'UPDATE grants SET withdrawn_at = $2, withdrawn_by = $3 WHERE grant_id = $1', values: [id, at, by] });
  const lost = await tx.rows({
    text: `WITH lost AS (DELETE FROM study_access WHERE grant_id = $1 AND kind = 'emergency' RETURNING study_id, facility_id),
        told AS (SELECT lists_changed(array_agg(DISTINCT facility_id)) FROM lost)
      SELECT DISTINCT s.study_instance_uid FROM lost JOIN studies s ON s.study_id = lost.study_id CROSS JOIN told`,
    values: [id],
  });
  return toUIDs(lost);
}
