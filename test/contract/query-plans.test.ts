/** The text of the hot searches is kept in golden/, to be read in review; their plans must be served by the indexes made for them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FacilityCode, FacilityId, PersonId, UserId } from '../../gateway/domain/identifiers.ts';
import type { Match, StudyListFilter } from '../../gateway/domain/imaging/query.ts';
import { LOOKING } from '../../gateway/domain/record/audit.ts';
import type { AuditFilter } from '../../gateway/domain/record/audit-log.ts';
import { audiencesOf } from '../../gateway/domain/sharing/audience.ts';
import { searchTerms } from '../../gateway/usecases/find/search-terms.ts';
import { toldCountQuery } from '../../storage/index/emergency/emergencies.ts';
import { instancesQuery, seriesQuery, studiesQuery } from '../../storage/index/imaging/query.ts';
import { listQuery, revisionQuery } from '../../storage/index/imaging/study-list.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { personStudiesQuery, seenQuery } from '../../storage/index/patients/patients.ts';
import { newsMarksQuery } from '../../storage/index/people/news.ts';
import type { Query } from '../../storage/index/postgres/pool.ts';
import { looksQuery, personsQuery } from '../../storage/index/record/fees.ts';
import { recordQuery } from '../../storage/index/record/find.ts';

const SCOPE = '1' as FacilityId;
const ASKER = { id: SCOPE, job: 'physician', userId: '7' as UserId } as const;
const NOW = new Date('2026-04-01T00:00:00Z');
const PAGE = { offset: 0, limit: 100 };
const list = (filter: Partial<StudyListFilter>, after?: Parameters<typeof listQuery>[2]) =>
  listQuery(ASKER, { words: [], modalities: [], ...filter }, after, 51, NOW);
const is = (keyword: Match['keyword'], ...values: string[]): Match => ({ keyword, kind: 'values', values });

const HOT: readonly [name: string, query: Query, indexes: readonly string[]][] = [
  ['list-newest', list({}), ['study_access_newest']],
  ['list-next-page', list({}, ['20260401', '101530', '7']), ['study_access_newest']],
  ['list-arrived', list({ order: 'arrived' }), ['study_access_arrived']],
  ['list-arrived-next-page', list({ order: 'arrived' }, ['2026-04-01T10:15:30.000Z', '7']), ['study_access_arrived']],
  ['list-arrived-shared', list({ order: 'arrived', ownership: 'shared' }), ['study_access_arrived_shared']],
  ['list-arrived-own', list({ order: 'arrived', ownership: 'own' }), ['study_access_arrived']],
  ['list-unopened', list({ unopened: true }), ['study_access_unopened']],
  ['list-arrived-unopened', list({ order: 'arrived', unopened: true }), ['study_access_arrived_unopened']],
  ['list-revision', revisionQuery(SCOPE, NOW), ['study_access_ends', 'study_access_begins']],
  ['list-shared', list({ ownership: 'shared' }), ['study_access_shared']],
  ['list-words-modality', list({ ...searchTerms('山田 Ｔａｒｏ'), modalities: ['CT'] }), ['study_access_newest', 'study_access_words']],
  ['list-date', list(searchTerms('2026/4/1')), ['study_access_newest', 'study_access_words']],
  ['list-date-words', list(searchTerms('R8.4.1 高橋')), ['study_access_newest', 'study_access_words']],
  [
    'qido-date',
    studiesQuery(ASKER, [{ keyword: 'StudyDate', kind: 'range', from: '20260401', to: '20260402' }], PAGE, NOW),
    ['study_access_newest'],
  ],
  [
    'qido-name',
    studiesQuery(ASKER, [{ keyword: 'PatientName', kind: 'name', pattern: 'yamada*', fuzzy: false }], PAGE, NOW),
    ['study_access_newest', 'study_access_words'],
  ],
  ['qido-accession', studiesQuery(ASKER, [is('AccessionNumber', 'A1')], PAGE, NOW), ['studies_accession_number']],
  ['qido-patient-id', studiesQuery(ASKER, [is('PatientID', 'P1')], PAGE, NOW), ['studies_patient_id']],
  ['qido-study-uid', studiesQuery(ASKER, [is('StudyInstanceUID', '1.2')], PAGE, NOW), ['studies_uid']],
  ['qido-series', seriesQuery(ASKER, [is('StudyInstanceUID', '1.2')], PAGE, NOW), ['studies_uid', 'series_uid']],
  ['qido-instance', instancesQuery(ASKER, [is('SOPInstanceUID', '1.2.3')], PAGE, NOW), ['instances_uid']],
];

const OF_PATIENTS: readonly [name: string, query: Query, indexes: readonly string[]][] = [
  ['persons-seen', seenQuery(ASKER, ['7', '8'] as PersonId[], NOW), ['patients_person', 'studies_patient']],
  ['person-studies', personStudiesQuery(ASKER, '7' as PersonId, NOW), ['patients_person', 'studies_patient']],
];

const OF_EMERGENCIES: readonly [name: string, query: Query, indexes: readonly string[]][] = [
  ['emergencies-told', toldCountQuery(SCOPE, NOW), ['emergency_reviews_waiting', 'grants_emergency_newest']],
  [
    'news-marks',
    newsMarksQuery([SCOPE], NOW),
    ['emergency_reviews_waiting', 'grants_emergency_newest', 'notices_newest', 'letters_came', 'letters_recalled', 'letters_declined'],
  ],
];

const record = (filter: Partial<AuditFilter>) => recordQuery({ limit: 50, ...filter });
const DAYS = { from: NOW, to: new Date('2026-04-30T00:00:00Z') };
const OF_RECORD: readonly [name: string, query: Query, indexes: readonly string[]][] = [
  ['record-newest', record({}), ['audit_pkey']],
  ['record-person', record({ userId: '7' as UserId }), ['audit_user']],
  ['record-person-between', record({ userId: '7' as UserId, actions: LOOKING, fromSeq: 20_000, beforeSeq: 30_000 }), ['audit_user']],
  ['record-facility', record({ facilityCode: 'F1' as FacilityCode }), ['audit_facility']],
  ['record-facility-act', record({ facilityCode: 'F1' as FacilityCode, actions: ['sign-in-failed'] }), ['audit_facility_action']],
  ['record-refused', record({ outcome: 'refused' }), ['audit_outcome']],
  ['record-about', record({ about: 'P1' }), ['audit_patient', 'audit_study']],
  ['record-days', record(DAYS), ['audit_at']],
  ['record-person-days', record({ ...DAYS, userId: '7' as UserId }), ['audit_user', 'audit_at']],
];

const F1 = 'F1' as FacilityCode;
/** Fifteen months of letters, and what was looked at of them. */
const OF_FEES: readonly [name: string, query: Query, indexes: readonly string[]][] = [
  ['fees-letters-sent', record({ ...DAYS, actions: ['letter-sent'], facilityCode: F1 }), ['audit_facility_action', 'audit_at']],
  ['fees-letters-came', record({ ...DAYS, actions: ['letter-sent'], toFacilityCode: F1 }), ['audit_action', 'audit_at']],
  ['fees-letters-declined', record({ ...DAYS, actions: ['letter-declined'], otherFacilityCode: F1 }), ['audit_action', 'audit_at']],
  [
    'fees-looks',
    looksQuery(
      F1,
      ['1.7', '1.8'].map((studyInstanceUID) => ({ ownerFacilityCode: 'F2', studyInstanceUID, ordinal: 1, afterSeq: 5 })),
    ),
    ['audit_study'],
  ],
  ['fees-persons', personsQuery([{ ownerFacilityCode: 'F2', patientID: 'P7' }]), ['patients_patient_id']],
];

describe('hot searches', () => {
  const folder = mkdtempSync(join(tmpdir(), 'renkei-plans-'));
  let index: OpenedIndex;
  beforeAll(async () => {
    index = await openIndex({ dataFolder: folder });
    // Enough rows, with statistics, that reading a whole table is never the cheapest.
    for (const text of [
      `INSERT INTO facilities (code, name, name_kana, name_romaji, created_at) SELECT 'F' || n, '', '', '', now() FROM generate_series(1, 20) n`,
      `INSERT INTO persons (person_id) OVERRIDING SYSTEM VALUE SELECT n FROM generate_series(1, 60000) n`,
      `INSERT INTO patients (patient_no, facility_id, identity, ordinal, patient_id, issuer_of_patient_id, patient_name, patient_name_alphabetic,
          patient_name_ideographic, patient_name_phonetic, patient_birth_date, patient_sex, person_id) OVERRIDING SYSTEM VALUE
        SELECT n, 1 + n % 20, sha256(n::text::bytea), 1, 'P' || n, '', '{}', 'n' || n, '', '', '', '', n FROM generate_series(1, 60000) n`,
      `INSERT INTO studies (facility_id, study_instance_uid, ordinal, attributes_digest, patient_no, patient_id, issuer_of_patient_id, patient_name,
          patient_name_alphabetic, patient_name_ideographic, patient_name_phonetic, patient_birth_date, patient_sex, study_date, study_time,
          accession_number, dicom_study_id, study_description, referring_physician_name, referring_physician_name_alphabetic,
          referring_physician_name_ideographic, referring_physician_name_phonetic, attributes, search_text, modalities, first_received_at, last_received_at)
        SELECT 1 + n % 20, '1.' || n, 1, '', n, 'P' || n, '', '{}', 'n' || n, '', '', '', '', to_char(date '2026-01-01' + n % 300, 'YYYYMMDD'), '',
          'A' || n, '', '', '{}', '', '', '', '{}', ' ' || md5(n::text) || ' ', ARRAY['CT'], now(), now() FROM generate_series(1, 60000) n`,
      `INSERT INTO study_access (study_id, facility_id, kind, granted_at, study_date, study_time, search_text, modalities, listed)
        SELECT study_id, facility_id, 'owner', now(), study_date, '', search_text, modalities, true FROM studies`,
      `INSERT INTO series (study_id, series_instance_uid, attributes_digest, modality, series_description, body_part_examined,
          performed_procedure_step_start_date, performed_procedure_step_start_time, attributes, number_of_instances)
        SELECT study_id, study_instance_uid || '.1', '', 'CT', '', '', '', '', '{}', 1 FROM studies`,
      `INSERT INTO instances (facility_id, study_id, series_id, version_id, sop_instance_uid, sop_class_uid, number_of_frames)
        SELECT 1 + study_id % 20, study_id, series_id, series_id, series_instance_uid || '.1', '', 1 FROM series`,
      `INSERT INTO audit (seq, at, entry, previous_hash, hash)
        SELECT n, timestamptz '2026-01-01Z' + n * interval '4 minutes', json_build_object(
          'action', CASE WHEN n % 5000 = 0 THEN 'sign-in-failed' WHEN n % 50 = 0 THEN 'letter-sent' WHEN n % 999 = 0 THEN 'letter-declined' ELSE 'study-viewed' END,
          'outcome', CASE WHEN n % 900 = 0 THEN 'refused' ELSE 'success' END,
          'who', json_build_object('userId', (n % 500)::text, 'facilityCode', 'F' || n % 20),
          'what', json_build_object('studyInstanceUID', '1.' || n, 'patientID', 'P' || n))::text, '', '' FROM generate_series(1, 60000) n`,
      `INSERT INTO users (email, name, name_kana, facility_id, job, administrator, password_hash, created_at)
        SELECT 'u' || n, '', '', 1 + n % 20, 'physician', false, '', now() FROM generate_series(1, 20) n`,
      `INSERT INTO grants (kind, study_id, facility_id, until, created_at, created_by)
        SELECT 'share', study_id, 1 + (facility_id + 1) % 20, 'infinity', now(), 1 FROM studies`,
      // Of five years, nearly all decided.
      `WITH opened AS (
          INSERT INTO grants (kind, facility_id, user_id, until, created_at, created_by)
          SELECT 'emergency', 1 + n % 20, 1 + n % 20, timestamptz '2021-04-02Z' + n * interval '9 hours', timestamptz '2021-04-01Z' + n * interval '9 hours', 1
          FROM generate_series(1, 5000) n RETURNING grant_id, facility_id),
        made AS (
          INSERT INTO emergencies (grant_id, patient_no, job, category, reason, despite_objection)
          SELECT grant_id, 1 + (grant_id * 7 + 1) % 60000, 'physician', 'disaster', '', false FROM opened RETURNING grant_id, patient_no),
        known AS (INSERT INTO emergency_patients SELECT grant_id, patient_no FROM made RETURNING grant_id)
        INSERT INTO emergency_reviews (grant_id, facility_id, studies, verdict, words, decided_at, decided_by)
        SELECT m.grant_id, p.facility_id, 1, v.verdict, v.verdict, v.decided_at, v.decided_by
        FROM made m JOIN patients p ON p.patient_no = m.patient_no JOIN LATERAL (
          SELECT CASE WHEN m.grant_id % 50 > 0 THEN 'justified' END AS verdict, CASE WHEN m.grant_id % 50 > 0 THEN now() END AS decided_at,
            CASE WHEN m.grant_id % 50 > 0 THEN 1 END AS decided_by) v ON true`,
      `INSERT INTO notices (facility_id, kind, study_id, since, at, count)
        SELECT facility_id, 'new-version', study_id, now(), now() - study_id * interval '1 minute', 1 FROM studies WHERE study_id <= 20000`,
      // Of ten sent, one is recalled and one declined.
      `INSERT INTO letters (kind, state, from_facility_id, to_facility_id, content, created_at, created_by, sent_at, sent_by, until, recalled_at, declined_at)
        SELECT 'referral', (ARRAY['recalled', 'declined', 'closed', 'closed', 'closed', 'closed', 'sent', 'sent', 'sent', 'sent'])[1 + n % 10],
          1 + n % 20, 1 + (n / 20) % 20, '{}', now(), 1, now() - n * interval '1 hour', 1, now(),
          CASE WHEN n % 10 = 0 THEN now() END, CASE WHEN n % 10 = 1 THEN now() END
        FROM generate_series(1, 20000) n WHERE n % 20 <> (n / 20) % 20`,
      'ANALYZE',
    ]) {
      await index.asOwner((database) => database.rows({ text }));
    }
  });
  afterAll(async () => {
    await index?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([...HOT, ...OF_PATIENTS, ...OF_EMERGENCIES, ...OF_RECORD, ...OF_FEES])('%s', async (name, query, indexes) => {
    await expect(`${query.text};\n`).toMatchFileSnapshot(`golden/${name}.sql`);
    const plan = (await index.database.rows({ text: `EXPLAIN (COSTS OFF) ${query.text}`, values: query.values ?? [] }))
      .map((row) => row['QUERY PLAN'] as string)
      .join('\n');
    for (const served of indexes) expect(plan).toContain(served);
    expect(plan).not.toMatch(/Seq Scan on (studies|study_access|series|instances|audit|grants|emergency_patients|emergency_reviews)\b/);
  });

  // Their statements are planned inside of the functions, so what they read is counted.
  test.each([
    [
      'studies_told',
      'SELECT * FROM studies_told(ARRAY(SELECT study_id FROM study_access WHERE facility_id = $1 LIMIT 50 OFFSET $4), $1, $2, $3)',
    ],
    ['rights_to', 'SELECT rights_to(study_id, $1, $2, $3) FROM studies WHERE study_id BETWEEN $4 AND $4 + 50'],
    ['first_grant', 'SELECT first_grant(study_id, $1, $2, $3) FROM studies WHERE study_id BETWEEN $4 AND $4 + 50'],
    ['shows_series', "SELECT shows_series(study_id, '1.2', $1, $2, $3) FROM studies WHERE study_id BETWEEN $4 AND $4 + 50"],
  ])('%s reads no table whole, the first time and with a plan that was kept', async (_name, text) => {
    await index.database.transaction(async (tx) => {
      for (let n = 0; n < 12; n += 1) expect(await tx.rows({ text, values: [SCOPE, NOW, audiencesOf(ASKER), 1 + n * 50] })).not.toEqual([]);
      const read = await tx.rows({
        text: `SELECT relname, seq_scan::integer AS whole FROM pg_stat_xact_user_tables
          WHERE relname IN ('studies', 'study_access', 'series') AND seq_scan + idx_scan > 0 ORDER BY relname`,
      });
      expect(read.map(({ relname }) => relname)).toContain('study_access');
      expect(read.filter(({ whole }) => whole > 0)).toEqual([]);
    });
  });
});
