/** Whose studies these are, as far as who asks may see them: what gives a right is in the WHERE of each. */
import type { FacilityCode, FacilityId, PatientNo, PersonId, StudyId } from '../../../gateway/domain/identifiers.ts';
import type { PersonNameJson } from '../../../gateway/domain/imaging/dataset.ts';
import type { Patient, PersonSeen } from '../../../gateway/domain/patients/patient.ts';
import { type PatientIndex, PERSON_STUDIES_MAX } from '../../../gateway/domain/patients/patient-index.ts';
import { type Asker, audiencesOf } from '../../../gateway/domain/sharing/audience.ts';
import {
  BESIDE_COLUMNS,
  gives,
  IS_UNOPENED,
  isShown,
  PAGE_COLUMNS,
  PAGE_OF_STUDIES,
  STANDS_FOR_STUDY,
  STUDY_COLUMNS,
  toIndexedStudy,
} from '../imaging/study-rows.ts';
import type { Database, Query, Queryable, Row } from '../postgres/pool.ts';

/** p = patients, o = its facility */
const PATIENT_KEYS = `p.patient_no, p.person_id, p.facility_id AS patient_owner_id, o.code AS patient_owner_code, o.name AS patient_owner_name,
  p.patient_id, p.issuer_of_patient_id`;
export const PATIENT_COLUMNS = `${PATIENT_KEYS}, p.patient_name, p.patient_name_alphabetic, p.patient_name_ideographic, p.patient_name_phonetic,
  p.patient_birth_date, p.patient_sex`;

export const PATIENT = `SELECT ${PATIENT_COLUMNS} FROM patients p JOIN facilities o ON o.facility_id = p.facility_id`;

export function patientIndex(db: Database): PatientIndex {
  const seenOf = async (asker: Asker, persons: readonly PersonId[], now: Date) =>
    persons.length === 0 ? [] : toPersons(await db.rows(seenQuery(asker, persons, now)));
  return {
    async patientsOf(studies) {
      const rows = await db.rows({
        name: 'patients-of-studies',
        text: `SELECT w.study_id, p.patient_no, p.person_id FROM unnest($1::bigint[]) WITH ORDINALITY AS w (study_id, n)
          JOIN studies s USING (study_id) JOIN patients p ON p.patient_no = s.patient_no ORDER BY w.n`,
        values: [studies],
      });
      return rows.map((row) => ({
        studyId: row['study_id'] as StudyId,
        no: row['patient_no'] as PatientNo,
        personId: row['person_id'] as PersonId,
      }));
    },

    seenOf,

    async personOf(asker, patient, now) {
      const [row] = await db.rows({ text: 'SELECT person_id FROM patients WHERE patient_no = $1', values: [patient] });
      return row === undefined ? undefined : (await seenOf(asker, [row['person_id'] as PersonId], now))[0];
    },

    async studiesOf(asker, person, now) {
      const rows = await db.rows(personStudiesQuery(asker, person, now));
      return rows.map((row) => ({ study: toIndexedStudy(row), bodyParts: row['body_parts'] }));
    },
  };
}

const NEWEST_FIRST = 'a.study_date DESC, a.study_time DESC, a.study_id DESC';

/** As the newest study says it that is seen and says it. s = studies, a = study_access */
function newest(columns: string, says: string): string {
  return `(array_agg(${columns} ORDER BY ${NEWEST_FIRST}) FILTER (WHERE ${says}))[1]`;
}

const OF_NAME = ['patient_name', 'patient_name_alphabetic', 'patient_name_ideographic', 'patient_name_phonetic'];
const NAMED = `s.patient_name_alphabetic || s.patient_name_ideographic || s.patient_name_phonetic <> ''`;
const SEEN_DEMOGRAPHICS = [
  ...OF_NAME.map((column) => `coalesce(${newest(`s.${column}`, NAMED)}, '${column === 'patient_name' ? '{}' : ''}') AS ${column}`),
  ...['patient_birth_date', 'patient_sex'].map((column) => `coalesce(${newest(`s.${column}`, `s.${column} <> ''`)}, '') AS ${column}`),
].join(',\n          ');

/** A row a patient of whom something is seen, those of a person by their newest study. */
export function seenQuery(asker: Asker, persons: readonly PersonId[], now: Date): Query {
  return {
    name: 'persons-seen',
    text: `SELECT ${PATIENT_KEYS}, seen.*
      FROM patients p JOIN facilities o ON o.facility_id = p.facility_id CROSS JOIN LATERAL (
        SELECT count(*)::integer AS studies, (count(*) FILTER (WHERE ${IS_UNOPENED}))::integer AS unopened,
          ${newest('a.study_id', 'true')} AS newest_id, max(a.study_date) AS newest_date,
          max(a.study_date || ' ' || a.study_time) AS newest,
          ${SEEN_DEMOGRAPHICS}
        FROM studies s JOIN study_access a ON a.study_id = s.study_id WHERE s.patient_no = p.patient_no AND ${gives('a')} AND ${STANDS_FOR_STUDY}
      ) seen
      WHERE p.person_id = ANY ($4::bigint[]) AND seen.studies > 0
      ORDER BY p.person_id, seen.newest DESC, seen.newest_id DESC`,
    values: [asker.id, now, audiencesOf(asker), persons],
  };
}

export function personStudiesQuery(asker: Asker, person: PersonId, now: Date): Query {
  return {
    name: 'person-studies',
    text: `WITH page AS MATERIALIZED (
  SELECT ${PAGE_COLUMNS}
  FROM patients p JOIN studies s ON s.patient_no = p.patient_no JOIN study_access a ON a.study_id = s.study_id
  WHERE p.person_id = $4 AND ${gives('a')} AND ${STANDS_FOR_STUDY}
  ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC LIMIT ${PERSON_STUDIES_MAX}
)
SELECT ${STUDY_COLUMNS}, ${BESIDE_COLUMNS}, (
    SELECT coalesce(array_agg(DISTINCT e.body_part_examined ORDER BY e.body_part_examined), '{}') FROM series e
    WHERE e.study_id = s.study_id AND e.number_of_instances > 0 AND e.body_part_examined <> '' AND ${isShown('e')}) AS body_parts
${PAGE_OF_STUDIES}
ORDER BY a.study_date DESC, a.study_time DESC, a.study_id DESC`,
    values: [asker.id, now, audiencesOf(asker), person],
  };
}

function toPersons(rows: readonly Row[]): readonly PersonSeen[] {
  const persons = new Map<PersonId, Row[]>();
  for (const row of rows) {
    const personId = row['person_id'] as PersonId;
    persons.set(personId, [...(persons.get(personId) ?? []), row]);
  }
  const sum = (of: readonly Row[], column: string) => of.reduce((all, row) => all + Number(row[column]), 0);
  return [...persons].map(([personId, of]) => ({
    personId,
    patients: of.map(toPatient),
    studiesOf: of.map((row) => Number(row['studies'])),
    newest: { studyId: of[0]?.['newest_id'] as StudyId, studyDate: of[0]?.['newest_date'] },
    studies: sum(of, 'studies'),
    unopened: sum(of, 'unopened'),
  }));
}

export function toPatient(row: Row): Patient {
  return {
    no: row['patient_no'] as PatientNo,
    owner: {
      id: row['patient_owner_id'] as FacilityId,
      code: row['patient_owner_code'] as FacilityCode,
      name: row['patient_owner_name'],
    },
    personId: row['person_id'] as PersonId,
    patientID: row['patient_id'],
    issuerOfPatientID: row['issuer_of_patient_id'],
    patientName: {
      value: JSON.parse(row['patient_name']) as PersonNameJson,
      folded: {
        alphabetic: row['patient_name_alphabetic'],
        ideographic: row['patient_name_ideographic'],
        phonetic: row['patient_name_phonetic'],
      },
    },
    patientBirthDate: row['patient_birth_date'],
    patientSex: row['patient_sex'],
  };
}

/** p = patients, o = its facility. By facility and number. */
export async function patientsBy(db: Queryable, condition: string, values: readonly unknown[]): Promise<readonly Patient[]> {
  const rows = await db.rows({ text: `${PATIENT} WHERE ${condition} ORDER BY o.code, p.patient_no`, values: [...values] });
  return rows.map(toPatient);
}
