/**
 * A consent, what it opens and its entry on record are one transaction. `settle_consents` (0013-consents.sql) makes the rights what they should be; triggers
 * call it for what comes later.
 */
import type { ConsentCircumstances, ConsentScope, ConsentWish } from '../../../gateway/domain/consent/consent.ts';
import { CONSENTS_OF_PATIENT_MAX } from '../../../gateway/domain/consent/consent.ts';
import { type ConsentIndex, type KeptConsent, REACH_STUDIES_MAX, type Settled } from '../../../gateway/domain/consent/consent-index.ts';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { ConsentId, FacilityId, PatientNo, PersonId, StudyId, StudyInstanceUID } from '../../../gateway/domain/identifiers.ts';
import { holdFile } from '../operation/kept-files.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';
import { CIRCUMSTANCES, CONSENT, toColumns, toKept, untilOf } from './consent-rows.ts';

export function consentIndex(db: Database, now: () => Date): ConsentIndex {
  return {
    give: give(db, now),
    withdraw: withdraw(db, now),
    withdrawAll: withdrawAll(db, now),
    leaveOut: leaveOut(db, now),

    async consentsOf(facilityId, patient) {
      if (!(await isPatientOf(db, facilityId, patient))) return undefined;
      return (await db.rows({ text: `${CONSENT} WHERE k.patient_no = $1 ORDER BY k.grant_id DESC`, values: [patient] })).map(toKept);
    },

    consent: (facilityId, id) => consentById(db, facilityId, id),
    wouldOpen: wouldOpen(db, now),
    noteDeath: noteDeath(db, now),
  };
}

const give =
  (db: Database, now: () => Date): ConsentIndex['give'] =>
  (facilityId, wish, demand, by, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      if (wish.until !== undefined && wish.until <= at) throw new DomainError('invalid', 'a consent must end in the future');
      const person = await holdPerson(tx, facilityId, wish.patientNo);
      await mustBeThere(tx, facilityId, wish.scope);
      // No death is noted and no notice is put up or taken down until this is done.
      demand((await ofPatient(tx, facilityId, wish.patientNo)).circumstances);
      await mustHaveRoom(tx, wish.patientNo);
      await holdFile(tx, facilityId, wish.basis.document?.key);
      const id = await keep(tx, wish, { at, by });
      const studies = await settle(tx, person, at);
      const made = (await consentById(tx, facilityId, id)) as KeptConsent;
      await appendAudit(tx, entries(made), at);
      return { made, studies };
    });

const withdraw =
  (db: Database, now: () => Date): ConsentIndex['withdraw'] =>
  (facilityId, id, by, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const { consent } = await live(tx, facilityId, id);
      await holdPerson(tx, facilityId, consent.patientNo);
      const { made, studies } = await end(tx, [await live(tx, facilityId, id)], { at, by });
      await appendAudit(tx, entries(made[0] as KeptConsent), at);
      return { made: made[0] as KeptConsent, studies };
    });

const withdrawAll =
  (db: Database, now: () => Date): ConsentIndex['withdrawAll'] =>
  (facilityId, patient, ends, by, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const person = await holdPerson(tx, facilityId, patient);
      const rows = await tx.rows({
        text: `${CONSENT} WHERE p.person_id = $1 AND g.withdrawn_at IS NULL AND g.until > $2 ORDER BY k.grant_id`,
        values: [person, at],
      });
      const ended = await end(
        tx,
        rows.map(toKept).filter(({ consent }) => ends(consent)),
        { at, by },
      );
      await appendAudit(tx, entries(ended.made), at);
      return ended;
    });

/** The person is held. Each is told as it was: how much it opened until now. */
async function end(
  tx: Queryable,
  standing: readonly KeptConsent[],
  { at, by }: { readonly at: Date; readonly by: string | undefined },
): Promise<Settled<readonly KeptConsent[]>> {
  const ids = standing.map(({ consent }) => consent.id);
  await tx.rows({
    text: 'UPDATE grants SET withdrawn_at = $2, withdrawn_by = $3 WHERE grant_id = ANY ($1::bigint[])',
    values: [ids, at, by ?? null],
  });
  const lost = await tx.rows({
    text: `WITH lost AS (DELETE FROM study_access WHERE grant_id = ANY ($1::bigint[]) AND kind = 'consent' RETURNING study_id, facility_id),
        told AS (SELECT lists_changed(array_agg(DISTINCT facility_id)) FROM lost)
      SELECT DISTINCT s.study_instance_uid FROM lost JOIN studies s ON s.study_id = lost.study_id CROSS JOIN told`,
    values: [ids],
  });
  return { made: standing.map((kept) => ({ ...kept, consent: { ...kept.consent, withdrawnAt: at } })), studies: toUIDs(lost) };
}

const leaveOut =
  (db: Database, now: () => Date): ConsentIndex['leaveOut'] =>
  (facilityId, id, change, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const { patientNo } = (await live(tx, facilityId, id)).consent;
      const person = await holdPerson(tx, facilityId, patientNo);
      const { consent } = await live(tx, facilityId, id);
      const leftOut = change(consent);
      await mustBeThere(tx, facilityId, { ...consent.scope, ...leftOut }, consent.scope.exceptStudies);
      await tx.rows({
        text: 'UPDATE consents SET except_facilities = $2, except_studies = $3 WHERE grant_id = $1',
        values: [id, leftOut.exceptFacilities, leftOut.exceptStudies],
      });
      const changed = await settle(tx, person, at);
      const made = (await consentById(tx, facilityId, id)) as KeptConsent;
      await appendAudit(tx, entries(made), at);
      return { made, studies: changed };
    });

const noteDeath =
  (db: Database, now: () => Date): ConsentIndex['noteDeath'] =>
  (facilityId, patient, diedOn, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const person = await holdPerson(tx, facilityId, patient);
      // The trigger of patients settles what it ends or lets stand again.
      const [row] = await tx.rows({
        text: 'UPDATE patients SET died_on = $2 WHERE patient_no = $1 RETURNING patient_id',
        values: [patient, diedOn ?? null],
      });
      const made = { patientID: row?.['patient_id'] as string };
      await appendAudit(tx, entries(made), at);
      return { made, studies: await studiesOf(tx, person) };
    });

/** By the very function that gives the rights, of a consent that is not kept. */
const wouldOpen =
  (db: Database, now: () => Date): ConsentIndex['wouldOpen'] =>
  async (facilityId, wish) => {
    const { person, circumstances } = await ofPatient(db, facilityId, wish.patientNo);
    await mustBeThere(db, facilityId, wish.scope);
    const rows = await db.rows({
      text: `WITH reached AS (
          SELECT r.* FROM json_populate_record(NULL::consents, $1) k
            CROSS JOIN LATERAL consent_reaches(k, $2, ARRAY(
              SELECT s.study_id FROM patients p JOIN studies s ON s.patient_no = p.patient_no WHERE p.person_id = $3 AND s.facility_id = $2)) r
        ), counted AS (
          SELECT count(DISTINCT study_id)::integer AS all_studies, (
            SELECT count(*)::integer FROM facilities f WHERE f.facility_id IN (SELECT facility_id FROM reached)
              OR f.facility_id <> ALL ((SELECT not_to FROM reached WHERE facility_id = 0 LIMIT 1)::bigint[])) AS facilities
          FROM reached)
        SELECT s.study_id, s.study_date, s.modalities, counted.facilities, counted.all_studies
        FROM counted LEFT JOIN (SELECT DISTINCT study_id FROM reached) r ON true LEFT JOIN studies s ON s.study_id = r.study_id
        ORDER BY s.study_date DESC, s.study_time DESC, s.study_id DESC LIMIT ${REACH_STUDIES_MAX}`,
      values: [JSON.stringify(toColumns(wish, now())), facilityId, person],
    });
    return {
      circumstances,
      studies: rows
        .filter((row) => row['study_id'] !== null)
        .map((row) => ({
          studyId: row['study_id'] as StudyId,
          studyDate: row['study_date'],
          modalities: row['modalities'],
        })),
      studyCount: rows[0]?.['all_studies'] ?? 0,
      facilityCount: rows[0]?.['facilities'] ?? 0,
    };
  };

/** @throws not-found */
async function ofPatient(
  db: Queryable,
  facilityId: FacilityId,
  patient: PatientNo,
): Promise<{ readonly person: PersonId; readonly circumstances: ConsentCircumstances }> {
  const [row] = await db.rows({
    text: `SELECT p.person_id, ${CIRCUMSTANCES} FROM patients p WHERE p.patient_no = $1 AND p.facility_id = $2`,
    values: [number(patient), facilityId],
  });
  if (row === undefined) throw noSuchPatient();
  return {
    person: row['person_id'] as PersonId,
    circumstances: { noticePosted: row['notice_posted'], diedOn: row['died_on'] ?? undefined },
  };
}

/** A number from outside, or one that nothing has. */
const number = (id: string) => (/^[0-9]{1,18}$/.test(id) ? id : '0');
const noSuchPatient = () => new DomainError('not-found', 'there is no such patient here', { ids: { reason: 'unknown-patient' } });

async function isPatientOf(db: Queryable, facilityId: FacilityId, patient: PatientNo): Promise<boolean> {
  const found = await db.rows({
    text: 'SELECT FROM patients WHERE patient_no = $1 AND facility_id = $2',
    values: [number(patient), facilityId],
  });
  return found.length > 0;
}

/** Nobody joins, parts or consents for the person, and no study of theirs comes, until this is done. @throws not-found */
async function holdPerson(tx: Queryable, facilityId: FacilityId, patient: PatientNo): Promise<PersonId> {
  if (!(await isPatientOf(tx, facilityId, patient))) throw noSuchPatient();
  const [row] = await tx.rows({ text: 'SELECT hold_person_of($1) AS person_id', values: [patient] });
  return row?.['person_id'] as PersonId;
}

async function consentById(db: Queryable, facilityId: FacilityId, id: ConsentId): Promise<KeptConsent | undefined> {
  const [row] = await db.rows({ text: `${CONSENT} WHERE k.grant_id = $1 AND p.facility_id = $2`, values: [number(id), facilityId] });
  return row === undefined ? undefined : toKept(row);
}

async function live(tx: Queryable, facilityId: FacilityId, id: ConsentId): Promise<KeptConsent> {
  const kept = await consentById(tx, facilityId, id);
  if (kept === undefined) throw new DomainError('not-found', 'there is no such consent here');
  if (kept.consent.withdrawnAt !== undefined)
    throw new DomainError('conflict', 'it was withdrawn before', { ids: { reason: 'consent-withdrawn' } });
  return kept;
}

/** What a scope names is there: each facility, and each study that it leaves out, of the facility's own or left out before. Of others' nothing is told. @throws invalid */
async function mustBeThere(
  db: Queryable,
  facilityId: FacilityId,
  { to, exceptFacilities, exceptStudies }: ConsentScope,
  leftOut: readonly StudyId[] = [],
): Promise<void> {
  const facilities = [...new Set([...(to === 'region' ? [] : to.facilities), ...exceptFacilities])];
  const [found] = await db.rows({
    text: `SELECT (SELECT count(*)::integer FROM facilities WHERE facility_id = ANY ($1::bigint[])) AS facilities,
      (SELECT count(*)::integer FROM studies WHERE study_id = ANY ($2::bigint[]) AND (facility_id = $3 OR study_id = ANY ($4::bigint[]))) AS studies`,
    values: [facilities, exceptStudies, facilityId, leftOut],
  });
  if (found?.['facilities'] !== facilities.length)
    throw new DomainError('invalid', 'no facility has that number', { ids: { reason: 'unknown-facility' } });
  if (found['studies'] !== new Set(exceptStudies).size)
    throw new DomainError('invalid', 'no study has that number', { ids: { reason: 'unknown-study' } });
}

async function mustHaveRoom(tx: Queryable, patient: PatientNo): Promise<void> {
  const [found] = await tx.rows({ text: 'SELECT count(*)::integer AS consents FROM consents WHERE patient_no = $1', values: [patient] });
  if (found?.['consents'] >= CONSENTS_OF_PATIENT_MAX)
    throw new DomainError('conflict', 'the patient has too many consents', { ids: { reason: 'too-many-consents' } });
}

async function keep(tx: Queryable, wish: ConsentWish, { at, by }: { at: Date; by: string | undefined }): Promise<ConsentId> {
  const [grant] = await tx.rows({
    text: "INSERT INTO grants (kind, until, created_at, created_by) VALUES ('consent', $1, $2, $3) RETURNING grant_id",
    values: [untilOf(wish.until), at, by ?? null],
  });
  const id = grant?.['grant_id'] as ConsentId;
  await tx.rows({
    text: 'INSERT INTO consents SELECT * FROM json_populate_record(NULL::consents, $1)',
    values: [JSON.stringify({ grant_id: id, ...toColumns(wish, at) })],
  });
  return id;
}

/** The person is held. */
async function settle(tx: Queryable, person: PersonId, at: Date): Promise<readonly StudyInstanceUID[]> {
  await tx.rows({ text: 'SELECT settle_consents(studies_of_persons(ARRAY[$1::bigint]), $2)', values: [person, at] });
  return studiesOf(tx, person);
}

async function studiesOf(tx: Queryable, person: PersonId): Promise<readonly StudyInstanceUID[]> {
  return toUIDs(
    await tx.rows({
      text: 'SELECT DISTINCT s.study_instance_uid FROM patients p JOIN studies s ON s.patient_no = p.patient_no WHERE p.person_id = $1',
      values: [person],
    }),
  );
}

function toUIDs(rows: readonly Row[]): readonly StudyInstanceUID[] {
  return rows.map((row) => row['study_instance_uid'] as StudyInstanceUID);
}
