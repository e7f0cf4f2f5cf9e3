/**
 * How fast persons are listed, found and opened, on the embedded server in a folder of its own: a region of 37 hospitals and 359 clinics.
 *   node --import tsx test/bench/patients.ts [--persons 135000] [--studies 2000000] [--rounds 60]
 * Every person is known at a hospital, every third at a clinic too, joined; a clinic was given two fifths of its people's studies. Fifty persons have
 * 400 studies. Prints p50 / p95 / max of each kind of question, for a hospital and for a clinic; the goal is a p95 of 200 ms.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createFairTurns } from '../../gateway/domain/bounds/fair-turns.ts';
import type { FacilityCode, FacilityId, PatientNo } from '../../gateway/domain/identifiers.ts';
import type { FacilityRef } from '../../gateway/domain/people/actor.ts';
import { SEARCH_TURNS } from '../../gateway/usecases/find/find-studies.ts';
import { createPatientLister } from '../../gateway/usecases/patients/list-patients.ts';
import { createPersonOpener } from '../../gateway/usecases/patients/open-person.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { person } from '../fixtures/people/actors.ts';

const HOSPITALS = 37;
const CLINICS = 359;
const GOAL_P95_MS = 200;
/** Persons who come again and again. */
const REGULARS = 50;
const STUDIES_OF_A_REGULAR = 400;
const HOUR_MS = 3_600_000;

const { values: options } = parseArgs({
  options: {
    persons: { type: 'string', default: '135000' },
    studies: { type: 'string', default: '2000000' },
    rounds: { type: 'string', default: '60' },
  },
});

/** Surnames by how common they are: the first letters of the alphabet are the Satos. */
const SURNAME = "chr(97 + (26 * ((n * 7919) % 1000 / 1000.0) ^ 2.5)::integer % 26) || 'ano' || ((n * 31) % 40)";
const FILL: readonly string[] = [
  `INSERT INTO facilities (code, name, name_kana, name_romaji, created_at)
    SELECT 'F' || n, '施設' || n, '', '', now() FROM generate_series(1, ${HOSPITALS + CLINICS}) n`,
  `INSERT INTO persons (person_id) OVERRIDING SYSTEM VALUE SELECT n FROM generate_series(1, $persons) n`,
  `CREATE TEMP TABLE known AS
    SELECT row_number() OVER () AS patient_no, n AS person_id, facility_id, 'P' || lpad(n::text, 8, '0') || '-' || facility_id AS patient_id,
      ${SURNAME} AS surname, 'taro' || n % 97 AS given, to_char(date '1930-01-01' + (n * 37 % 30000)::integer, 'YYYYMMDD') AS birth_date
    FROM generate_series(1, $persons) n CROSS JOIN LATERAL (
      SELECT 1 + n % ${HOSPITALS} AS facility_id UNION ALL SELECT ${HOSPITALS + 1} + n % ${CLINICS} WHERE n % 3 = 0) f`,
  `INSERT INTO patients (patient_no, facility_id, identity, ordinal, patient_id, issuer_of_patient_id, patient_name, patient_name_alphabetic,
      patient_name_ideographic, patient_name_phonetic, patient_birth_date, patient_sex, person_id) OVERRIDING SYSTEM VALUE
    SELECT patient_no, facility_id, sha256(convert_to(patient_id || E'\\x1f', 'UTF8')), 1, patient_id, '',
      json_build_object('Alphabetic', surname || '^' || given), surname || ' ' || given, '', '', birth_date, 'M', person_id FROM known`,
  'CREATE UNIQUE INDEX ON known (patient_no)',
  `INSERT INTO studies (facility_id, study_instance_uid, ordinal, attributes_digest, patient_no, patient_id, issuer_of_patient_id,
      patient_name, patient_name_alphabetic, patient_name_ideographic, patient_name_phonetic, patient_birth_date, patient_sex,
      study_date, study_time, accession_number, dicom_study_id, study_description, referring_physician_name,
      referring_physician_name_alphabetic, referring_physician_name_ideographic, referring_physician_name_phonetic,
      attributes, search_text, modalities, number_of_series, number_of_instances, first_received_at, last_received_at, complete_at)
    SELECT k.facility_id, '1.2.392.2.' || n, 1, '', k.patient_no, k.patient_id, '',
      json_build_object('Alphabetic', k.surname || '^' || k.given), k.surname || ' ' || k.given, '', '', k.birth_date, 'M',
      to_char(date '2026-11-01' - (3650 * ((n * 48271) % 65521 / 65521.0) ^ 1.5)::integer, 'YYYYMMDD'), lpad((n % 24)::text, 2, '0') || '3000',
      'A' || n, '1', 'Chest PA', '{}', '', '', '', '{}',
      ' ' || k.surname || ' ' || k.given || ' | ' || lower(k.patient_id) || ' | a' || n || ' | ' || k.birth_date || ' | chest pa | 1 ',
      ARRAY['CR'], 1, 1, now(), now(), now()
    FROM generate_series(1, $studies) n JOIN known k ON k.patient_no =
      CASE WHEN n <= ${REGULARS * STUDIES_OF_A_REGULAR} THEN 1 + n % ${REGULARS} ELSE 1 + (n * 7919) % (SELECT count(*) FROM known) END`,
  `INSERT INTO study_access (study_id, facility_id, kind, granted_at, study_date, study_time, search_text, modalities, listed)
    SELECT study_id, facility_id, 'owner', now(), study_date, sortable_time(study_time), search_text, modalities, true FROM studies`,
  `INSERT INTO study_access (study_id, facility_id, kind, grant_id, until, granted_at, study_date, study_time, search_text, modalities, listed)
    SELECT s.study_id, ${HOSPITALS + 1} + p.person_id % ${CLINICS}, 'share', s.study_id, now() + interval '30 days', now(), s.study_date,
      sortable_time(s.study_time), s.search_text, s.modalities, true
    FROM studies s JOIN patients p USING (patient_no) WHERE s.facility_id <= ${HOSPITALS} AND s.study_id % 5 < 2`,
  `INSERT INTO series (study_id, series_instance_uid, attributes_digest, modality, series_number, series_description, body_part_examined,
      performed_procedure_step_start_date, performed_procedure_step_start_time, attributes, number_of_instances)
    SELECT study_id, study_instance_uid || '.1', '', 'CR', 1, '', 'CHEST', '', '', '{}', 1 FROM studies`,
];

/** As the owner: indexes that only searches read are made when the rows are there. */
async function fill(index: OpenedIndex): Promise<void> {
  await index.asOwner(async (database) => {
    const client = await database.pool.connect();
    const run = (text: string) => client.query({ text, query_timeout: HOUR_MS } as never) as Promise<{ rows: Record<string, string>[] }>;
    try {
      for (const text of ['SET statement_timeout = 0', "SET maintenance_work_mem = '512MB'", 'SET synchronous_commit = off'])
        await run(text);
      const { rows } =
        await run(`SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname !~ '(_pkey|_right|_identity)$'
        AND tablename IN ('studies', 'study_access', 'series', 'patients')`);
      for (const { indexname } of rows) await run(`DROP INDEX ${indexname}`);
      await run("SET session_replication_role = 'replica'");
      for (const text of FILL) await run(text.replaceAll('$persons', options.persons).replaceAll('$studies', options.studies));
      for (const { indexdef = '' } of rows) await run(indexdef);
      await run('VACUUM (ANALYZE) studies, study_access, series, facilities, patients, persons');
    } finally {
      client.release(true);
    }
  });
}

interface Question {
  readonly name: string;
  ask(round: number): Promise<number>;
}

function questions(index: OpenedIndex, facility: FacilityRef, numbers: readonly PatientNo[], regular: PatientNo): readonly Question[] {
  const { studies, patients } = index;
  const shared = { studies, patients, clock: { now: () => new Date() } };
  const actor = person({ facility });
  const recorder = { listed: async () => {}, personListed: async () => {} };
  const lister = createPatientLister({ ...shared, recorder, searches: createFairTurns(SEARCH_TURNS) });
  const opener = createPersonOpener({ ...shared, recorder, refusals: { refused: async () => {} } });
  const list = async (request: { q?: string; after?: string }) => lister(actor, facility, { limit: 50, ...request });
  const find = (name: string, q: (round: number) => string): Question => ({
    name,
    ask: async (round) => (await list({ q: q(round) })).persons.length,
  });
  const open = (name: string, no: (round: number) => PatientNo): Question => ({
    name,
    ask: async (round) => (await opener(actor, facility, no(round), () => false)).opened?.studies.length ?? 0,
  });
  let after: string | undefined;
  return [
    { name: 'list: first page', ask: async () => (await list({})).persons.length },
    {
      name: 'list: page after page',
      ask: async () => {
        const page = await list(after === undefined ? {} : { after });
        after = page.next;
        return page.persons.length;
      },
    },
    find('search: common surname', (round) => `ano${round % 5}`),
    find('search: surname and given name', (round) => `bano${round % 40} taro${round % 97}`),
    find('search: whole identifier', (round) => `P${String(1 + round * 37).padStart(8, '0')}`),
    find('search: birth date', (round) => `19${30 + (round % 60)}/3/${1 + (round % 27)}`),
    find('search: nowhere', () => 'zzzzz'),
    open('person', (round) => numbers[(round * 7) % numbers.length] as PatientNo),
    open(`person of ${STUDIES_OF_A_REGULAR} studies`, () => regular),
  ];
}

const ms = (value: number | undefined): string => (value ?? 0).toFixed(1).padStart(7);

async function measure(index: OpenedIndex, who: string, facility: FacilityId): Promise<void> {
  const rows = (text: string) => index.database.rows({ text, values: [facility] });
  const [seen] = await rows('SELECT count(*)::integer AS n FROM study_access WHERE facility_id = $1');
  const some = await rows(
    `SELECT DISTINCT s.patient_no FROM study_access a JOIN studies s USING (study_id) WHERE a.facility_id = $1 LIMIT 500`,
  );
  const [most] = await rows(`SELECT s.patient_no FROM study_access a JOIN studies s USING (study_id) WHERE a.facility_id = $1
    GROUP BY s.patient_no ORDER BY count(*) DESC LIMIT 1`);
  const numbers = some.map((row) => row['patient_no'] as PatientNo);
  console.log(`${who} (${seen?.['n']} studies)`.padEnd(40), '    p50     p95     max ms   rows');
  for (const { name, ask } of questions(index, { id: facility, code: 'F' as FacilityCode }, numbers, most?.['patient_no'] as PatientNo)) {
    const times: number[] = [];
    let found = 0;
    await ask(0);
    for (let round = 0; round < Number(options.rounds); round++) {
      const start = performance.now();
      found += await ask(round);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const p95 = times[Math.floor(times.length * 0.95)] ?? 0;
    const average = Math.round(found / times.length);
    console.log(
      name.padEnd(40),
      ms(times[times.length >> 1]),
      ms(p95),
      ms(times.at(-1)),
      String(average).padStart(9),
      p95 > GOAL_P95_MS ? '  over the goal' : '',
    );
  }
}

const folder = await mkdtemp(join(tmpdir(), 'renkei-patients-'));
const index = await openIndex({ dataFolder: folder });
try {
  const start = performance.now();
  await fill(index);
  console.log(`\n${options.persons} persons, ${options.studies} studies, filled in ${Math.round((performance.now() - start) / 1000)} s`);
  await measure(index, 'a hospital', '1' as FacilityId);
  await measure(index, 'a clinic', String(HOSPITALS + 2) as FacilityId);
} finally {
  await index.close();
  await rm(folder, { recursive: true, force: true });
}
