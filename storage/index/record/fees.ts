/** Looks at studies that letters gave, each by a range of its own of the study's entries; and who is whom. */
import {
  FEES_ASKED_MAX,
  type FeeRecord,
  type GivenStudy,
  LOOKS_A_STUDY_MAX,
  type NamedPatient,
  type StudyLook,
} from '../../../gateway/domain/fees/fee-record.ts';
import type { FacilityCode, PersonId } from '../../../gateway/domain/identifiers.ts';
import type { Database, Query } from '../postgres/pool.ts';

export function feeRecord(db: Database): FeeRecord {
  return {
    async looksAt(facility, studies) {
      const looks: StudyLook[][] = studies.map(() => []);
      for (const row of await db.rows(looksQuery(facility, studies.slice(0, FEES_ASKED_MAX)))) {
        looks[Number(row['n']) - 1]?.push({ seq: Number(row['seq']), at: row['at'], userId: row['user_id'] ?? undefined });
      }
      return looks;
    },

    async personsOf(patients) {
      const found = new Map(
        (await db.rows(personsQuery(patients.slice(0, FEES_ASKED_MAX)))).map((row) => [Number(row['n']), row['person_id'] as PersonId]),
      );
      return patients.map((_patient, at) => found.get(at + 1));
    },
  };
}

export function looksQuery(facility: FacilityCode, studies: readonly GivenStudy[]): Query {
  return {
    text: `SELECT g.n, l.seq, l.at, l.user_id
  FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[]) WITH ORDINALITY AS g (uid, owner, ordinal, after, n)
  CROSS JOIN LATERAL (
    SELECT a.seq, a.at, a.user_id FROM audit a
    WHERE a.study_instance_uid = g.uid AND a.seq > g.after AND a.action = 'study-viewed'
      AND a.owner_facility_code = g.owner AND a.study_ordinal = g.ordinal
      AND (a.entry::json #>> '{who,facilityCode}') = $1 AND (a.entry::json ->> 'outcome') = 'success'
    ORDER BY a.seq LIMIT ${LOOKS_A_STUDY_MAX}
  ) AS l
  ORDER BY g.n, l.seq`,
    values: [
      facility,
      studies.map(({ studyInstanceUID }) => studyInstanceUID),
      studies.map(({ ownerFacilityCode }) => ownerFacilityCode),
      studies.map(({ ordinal }) => ordinal),
      studies.map(({ afterSeq }) => afterSeq),
    ],
  };
}

export function personsQuery(patients: readonly NamedPatient[]): Query {
  return {
    text: `SELECT g.n, known.person_id::text AS person_id
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS g (owner, patient, n)
  CROSS JOIN LATERAL (
    SELECT min(p.person_id) AS person_id FROM patients p JOIN facilities f USING (facility_id)
    WHERE left(p.patient_id, 64) = left(g.patient, 64) AND p.patient_id <> '' AND p.patient_id = g.patient AND f.code = g.owner
    HAVING count(DISTINCT p.person_id) = 1
  ) AS known`,
    values: [patients.map(({ ownerFacilityCode }) => ownerFacilityCode), patients.map(({ patientID }) => patientID)],
  };
}
