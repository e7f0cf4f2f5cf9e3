/**
 * How fast searches are with many studies, 400 facilities and access rows in force, on the embedded server in a folder of its own.
 *   node --import tsx test/bench/qido.ts [--sizes 1000,100000,1000000] [--rounds 60] [--plans]
 * Prints p50 / p95 / max of each kind of search, for a facility that may see a tenth of all studies and for an ordinary one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { foldName } from '../../gateway/dicom/text/person-name.ts';
import type { FacilityId } from '../../gateway/domain/identifiers.ts';
import type { Match, StudyListFilter } from '../../gateway/domain/imaging/query.ts';
import { seriesQuery, studiesQuery } from '../../storage/index/imaging/query.ts';
import { searchForm } from '../../storage/index/imaging/search-text.ts';
import { listQuery } from '../../storage/index/imaging/study-list.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import type { Database } from '../../storage/index/postgres/pool.ts';

const FACILITIES = 400;
const GOAL_P95_MS = 50;

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,100000,1000000' },
    rounds: { type: 'string', default: '60' },
    plans: { type: 'boolean' },
  },
});

// ── A region ─────────────────────────────────────────────────────────────────

const SYLLABLES = [
  ['ka', 'カ'],
  ['mi', 'ミ'],
  ['sa', 'サ'],
  ['to', 'ト'],
  ['ya', 'ヤ'],
  ['da', 'ダ'],
  ['ki', 'キ'],
  ['no', 'ノ'],
  ['ha', 'ハ'],
  ['ri', 'リ'],
  ['shi', 'シ'],
  ['ma', 'マ'],
  ['ko', 'コ'],
  ['ta', 'タ'],
] as const;

/** A region's names use many characters, each seldom. */
const KANJI =
  '佐藤鈴木高橋田中伊渡辺山本村小林加吉井斎松口清水森阿部池原石川長谷前藤岡近坂遠青西福太三浦中野安宮後河内酒工横今柴平久保岩崎桜新丸' +
  '大竹金杉荒古市菊上東北南島沢和関千葉武星柳沼塚黒白赤堀馬場土飯服成栗植矢須永熊奥片門秋春夏冬花実真美子恵里香奈由紀優翔健隆浩誠直樹';

interface Part {
  readonly romaji: string;
  readonly kanji: string;
  readonly kana: string;
}

function part(n: number, length: number): Part {
  const chosen = Array.from(
    { length },
    (_, place) => SYLLABLES[Math.floor(n / SYLLABLES.length ** place) % SYLLABLES.length] ?? SYLLABLES[0],
  );
  return {
    romaji: chosen.map(([r]) => r).join(''),
    kanji: chosen.map((_, place) => KANJI[(n * 31 + place * 17 + place * n) % KANJI.length]).join(''),
    kana: chosen.map(([, k]) => k).join(''),
  };
}

const SURNAMES = Array.from({ length: 1_500 }, (_, n) => part(n * 7 + 3, 3));
const GIVEN = Array.from({ length: 190 }, (_, n) => part(n, 2));
/** Common in the region, and in no study that the large facility may see. */
const ELSEWHERE: Part = { romaji: 'hoshikawa', kanji: '星川', kana: 'ホシカワ' };
const DESCRIPTIONS = ['胸部CT', '頭部MRI', '腹部エコー', 'Chest PA', 'Abdomen CE', 'Knee', '腰椎', 'PET/CT'];
const MODALITIES = ['CT', 'CT', 'CT', 'MR', 'MR', 'CR', 'US', 'DX'];

type Run = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<{ readonly rows: readonly Row[] }>;

/** `database`: as the owner, who may drop indexes. */
async function fill(database: Database, studies: number): Promise<readonly FacilityId[]> {
  const client = await database.pool.connect();
  const run: Run = (text, values = []) => client.query({ text, values: [...values], query_timeout: 3_600_000 } as never) as never;
  try {
    await run(`SET statement_timeout = 0`);
    await run(`SET maintenance_work_mem = '512MB'`);
    await run('SELECT setseed(0.42)');
    const facilities = await fillFacilities(run);
    await fillNames(run);
    await withoutIndexes(run, async () => {
      await fillStudies(run, studies, facilities[0]);
      await fillAccess(run, facilities[0]);
      await fillSeries(run);
    });
    await run('VACUUM (ANALYZE) studies, study_access, series, facilities');
    return facilities;
  } finally {
    client.release(true);
  }
}

async function fillFacilities(run: Run): Promise<readonly FacilityId[]> {
  await run(
    `INSERT INTO facilities (code, name, name_kana, name_romaji, created_at) SELECT 'F' || n, '施設' || n, '', '', now() FROM generate_series(1, ${FACILITIES}) n`,
  );
  const { rows } = await run<{ facility_id: FacilityId }>('SELECT facility_id FROM facilities ORDER BY facility_id');
  return rows.map(({ facility_id }) => facility_id);
}

async function fillNames(run: Run): Promise<void> {
  await run('CREATE TEMP TABLE part (kind text, n integer, romaji text, kanji text, kana text, f_romaji text, f_kanji text, f_kana text)');
  const parts = [
    ...SURNAMES.map((one, n) => ['s', n, one] as const),
    ...GIVEN.map((one, n) => ['g', n, one] as const),
    ['s', -1, ELSEWHERE] as const,
  ];
  await run(
    'INSERT INTO part SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])',
    [
      parts.map(([kind]) => kind),
      parts.map(([, n]) => n),
      parts.map(([, , one]) => foldName(one.romaji)),
      parts.map(([, , one]) => foldName(one.kanji)),
      parts.map(([, , one]) => foldName(one.kana)),
      parts.map(([, , one]) => searchForm(foldName(one.romaji))),
      parts.map(([, , one]) => searchForm(foldName(one.kanji))),
      parts.map(([, , one]) => searchForm(foldName(one.kana))),
    ],
  );
}

/** Filled without the indexes that only searches read, which are then made at once. */
async function withoutIndexes(run: Run, filling: () => Promise<void>): Promise<void> {
  const indexes = await run<{ indexname: string; indexdef: string }>(
    `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ('studies', 'study_access', 'series')
      AND indexname NOT IN ('studies_pkey', 'study_access_right', 'series_pkey')`,
  );
  for (const { indexname } of indexes.rows) await run(`DROP INDEX ${indexname}`);
  await run('ALTER TABLE study_access DROP CONSTRAINT study_access_study_id_fkey, DROP CONSTRAINT study_access_facility_id_fkey');
  await run('ALTER TABLE series DROP CONSTRAINT series_study_id_fkey');
  await filling();
  for (const { indexdef } of indexes.rows) await run(indexdef);
}

/** The first facility owns a twentieth; the others the rest. A surname's share falls with its number, as in life. */
async function fillStudies(run: Run, studies: number, first: FacilityId | undefined): Promise<void> {
  await run(
    `INSERT INTO studies (facility_id, study_instance_uid, ordinal, attributes_digest, patient_id, issuer_of_patient_id,
        patient_name, patient_name_alphabetic, patient_name_ideographic, patient_name_phonetic, patient_birth_date, patient_sex,
        study_date, study_time, accession_number, dicom_study_id, study_description, referring_physician_name,
        referring_physician_name_alphabetic, referring_physician_name_ideographic, referring_physician_name_phonetic,
        attributes, search_text, modalities, number_of_series, number_of_instances, first_received_at, last_received_at, complete_at)
      SELECT d.facility_id, '1.2.392.1.' || d.n, 1, '', d.patient_id, '',
        json_build_object('Alphabetic', s.romaji || '^' || g.romaji, 'Ideographic', s.kanji || '^' || g.kanji, 'Phonetic', s.kana || '^' || g.kana),
        s.romaji || ' ' || g.romaji, s.kanji || ' ' || g.kanji, s.kana || ' ' || g.kana, '19' || lpad((d.n % 100)::text, 2, '0') || '0101',
        CASE WHEN d.n % 2 = 0 THEN 'M' ELSE 'F' END,
        to_char(date '2026-11-01' - (d.age * 3650)::integer, 'YYYYMMDD'), lpad(((d.n * 7919) % 86400 / 3600)::text, 2, '0') || '3000',
        d.accession, '1', ($1::text[])[1 + (d.n % 8)::integer], '{}', '', '', '', '{}',
        ' ' || s.f_romaji || ' ' || g.f_romaji || ' | ' || s.f_kanji || ' ' || g.f_kanji || ' | ' || s.f_kana || ' ' || g.f_kana
          || ' | ' || lower(d.patient_id) || ' | ' || lower(d.accession) || ' | 19' || lpad((d.n % 100)::text, 2, '0') || '0101 | ' || ($2::text[])[1 + (d.n % 8)::integer] || ' | 1 ',
        ARRAY[CASE WHEN d.n % 2003 = 0 THEN 'XA' ELSE ($3::text[])[1 + (d.n % 8)::integer] END], 1, 1, now(), now(), now()
      FROM (
        SELECT n, random() ^ 1.5 AS age, 'P' || lpad((n / 3)::text, 8, '0') AS patient_id, 'A' || lpad(n::text, 9, '0') AS accession,
          CASE WHEN n % 20 = 0 THEN $4::bigint ELSE $4::bigint + 1 + (n * 31) % ${FACILITIES - 1} END AS facility_id,
          CASE WHEN n % 20 <> 0 AND n % 50 = 7 THEN -1 ELSE floor(${SURNAMES.length} * random() ^ 2.5) END AS surname,
          floor(${GIVEN.length} * random()) AS given
        FROM generate_series(1::bigint, ${studies}) n) d
      JOIN part s ON s.kind = 's' AND s.n = d.surname JOIN part g ON g.kind = 'g' AND g.n = d.given`,
    [DESCRIPTIONS, DESCRIPTIONS.map(searchForm), MODALITIES, first],
  );
}

/** Shared: a twentieth with the first facility (a tenth of them ended), a tenth with one other each. */
async function fillAccess(run: Run, first: FacilityId | undefined): Promise<void> {
  await run(
    `INSERT INTO study_access (study_id, facility_id, kind, granted_at, study_date, study_time, search_text, modalities, listed)
      SELECT study_id, facility_id, 'owner', now(), study_date, sortable_time(study_time), search_text, modalities, true FROM studies`,
  );
  await run(
    `INSERT INTO study_access (study_id, facility_id, kind, grant_id, until, granted_at, study_date, study_time, search_text, modalities, listed)
      SELECT study_id, to_id, 'share', study_id, now() + CASE WHEN study_id % 200 = 1 THEN interval '-1 day' ELSE interval '30 days' END, now(),
        study_date, sortable_time(study_time), search_text, modalities, true
      FROM (
        SELECT *, CASE WHEN study_id % 20 = 1 THEN $1::bigint ELSE $1::bigint + 1 + (study_id * 17) % ${FACILITIES - 1} END AS to_id
        FROM studies WHERE study_id % 20 IN (1, 3, 5)) s
      WHERE to_id <> facility_id AND NOT (study_id % 20 = 1 AND patient_name_alphabetic LIKE '${ELSEWHERE.romaji}%')`,
    [first],
  );
}

async function fillSeries(run: Run): Promise<void> {
  await run(
    `INSERT INTO series (study_id, series_instance_uid, attributes_digest, modality, series_number, series_description, body_part_examined,
        performed_procedure_step_start_date, performed_procedure_step_start_time, attributes, number_of_instances)
      SELECT study_id, study_instance_uid || '.1', '', modalities[1], 1, '', '', '', '', '{}', 1 FROM studies`,
  );
}

// ── Searches ─────────────────────────────────────────────────────────────────

interface Search {
  readonly name: string;
  run(scope: FacilityId, round: number): Promise<number>;
  statement(scope: FacilityId): { text: string; values?: readonly unknown[] };
}

const pick = <T>(all: readonly T[], from: number, round: number): T => all[(from + round * 13) % all.length] as T;
const day = (round: number) => `2025${String(1 + (round % 12)).padStart(2, '0')}${String(1 + (round % 27)).padStart(2, '0')}`;

function searches(index: OpenedIndex, studies: number): readonly Search[] {
  return [...listSearches(index), ...qidoSearches(index, studies)];
}

function listSearches({ studies }: OpenedIndex): readonly Search[] {
  const now = new Date();
  const list = (name: string, filter: (round: number) => Partial<StudyListFilter>): Search => {
    const whole = (round: number) => ({ words: [], modalities: [], ...filter(round) });
    return {
      name,
      run: async (scope, round) => (await studies.listStudies({ id: scope }, whole(round), { limit: 50 }, now)).studies.length,
      statement: (scope) => listQuery({ id: scope }, whole(0), undefined, 51, now),
    };
  };
  const word = (raw: string) => ({ raw, folded: foldName(raw) });
  return [
    list('list: no filter', () => ({})),
    list('list: shared only', () => ({ ownership: 'shared' })),
    list('list: common surname', (n) => ({ words: [word(pick(SURNAMES.slice(0, 5), 0, n).romaji)] })),
    list('list: rare surname', (n) => ({ words: [word(pick(SURNAMES.slice(1_200), 0, n).romaji)] })),
    list('list: kanji surname + given', (n) => ({
      words: [word(pick(SURNAMES.slice(0, 300), 0, n).kanji), word(pick(GIVEN, 3, n).kanji)],
    })),
    list('list: one kanji', () => ({ words: [word('葉')] })),
    list('list: one letter', () => ({ words: [word('s')] })),
    list('list: common elsewhere, none here', () => ({ words: [word(ELSEWHERE.kanji)] })),
    list('list: nowhere', () => ({ words: [word('zzzzz')] })),
    list('list: description + modality + dates', (n) => ({
      words: [word('胸部')],
      modalities: ['CT'],
      studyDateFrom: '20250101',
      studyDateTo: day(n),
    })),
    list('list: rare modality', () => ({ modalities: ['XA'] })),
  ];
}

function qidoSearches(index: OpenedIndex, studies: number): readonly Search[] {
  const now = new Date();
  const level =
    (find: 'findStudies' | 'findSeries', query: typeof studiesQuery) =>
    (name: string, matches: (round: number) => Match[], offset = 0): Search => ({
      name,
      run: async (scope, round) => (await index.studies[find]({ id: scope }, matches(round), { offset, limit: 100 }, now)).length,
      statement: (scope) => query({ id: scope }, matches(0), { offset, limit: 100 }, now),
    });
  const qido = level('findStudies', studiesQuery);
  const series = level('findSeries', seriesQuery);
  const person = (pattern: string, fuzzy = false): Match => ({ keyword: 'PatientName', kind: 'name', pattern: foldName(pattern), fuzzy });
  const values = (keyword: Match['keyword'], ...given: string[]): Match => ({ keyword, kind: 'values', values: given });
  const studyUID = (round: number) => `1.2.392.1.${20 * ((round * 37) % Math.floor(studies / 20))}`;
  return [
    qido('QIDO: no filter', () => []),
    qido('QIDO: offset 1,000', () => [], 1_000),
    qido('QIDO: offset 10,000', () => [], 10_000),
    qido('QIDO: one day', (n) => [values('StudyDate', day(n))]),
    qido('QIDO: a month and MR', (n) => [
      { keyword: 'StudyDate', kind: 'range', from: `${day(n).slice(0, 6)}01`, to: `${day(n).slice(0, 6)}31` },
      values('ModalitiesInStudy', 'MR'),
    ]),
    qido('QIDO: PatientName common*', (n) => [person(`${pick(SURNAMES.slice(0, 5), 0, n).romaji}*`)]),
    qido('QIDO: PatientName mid*', (n) => [person(`${pick(SURNAMES.slice(100, 300), 0, n).romaji}*`)]),
    qido('QIDO: PatientName rare*, kanji', (n) => [person(`${pick(SURNAMES.slice(1_200), 0, n).kanji}*`)]),
    qido('QIDO: PatientName fuzzy', (n) => [person(`${pick(SURNAMES, 50, n).romaji} ${pick(GIVEN, 5, n).romaji}`, true)]),
    qido('QIDO: PatientName elsewhere*', () => [person(`${ELSEWHERE.romaji}*`)]),
    qido('QIDO: PatientID', (n) => [values('PatientID', `P${String(Math.floor((studies * ((n * 37) % 100)) / 300)).padStart(8, '0')}`)]),
    qido('QIDO: PatientBirthDate', (n) => [values('PatientBirthDate', `19${String(n % 100).padStart(2, '0')}0101`)]),
    qido('QIDO: PatientID wildcard', (n) => [{ keyword: 'PatientID', kind: 'wildcard', pattern: `P00${String(n % 10)}*` }]),
    qido('QIDO: AccessionNumber', (n) => [
      values('AccessionNumber', `A${String(20 * ((n * 37) % Math.floor(studies / 20))).padStart(9, '0')}`),
    ]),
    qido('QIDO: StudyInstanceUID', (n) => [values('StudyInstanceUID', studyUID(n))]),
    series('QIDO series: of a study', (n) => [values('StudyInstanceUID', studyUID(n))]),
    series('QIDO series: all CT', () => [values('Modality', 'CT')]),
  ];
}

// ── Run ──────────────────────────────────────────────────────────────────────

const ms = (value: number | undefined): string => (value ?? 0).toFixed(1).padStart(7);

for (const size of options.sizes.split(',').map(Number)) {
  const folder = await mkdtemp(join(tmpdir(), 'renkei-qido-'));
  const index = await openIndex({ dataFolder: folder });
  try {
    const filling = performance.now();
    const scopes = await index.asOwner((database) => fill(database, size));
    const [access] = await index.database.rows({ text: 'SELECT count(*)::integer AS n FROM study_access' });
    const [space] = await index.database.rows({ text: 'SELECT pg_size_pretty(pg_database_size(current_database())) AS bytes' });
    console.log(
      `\n${size} studies, ${access?.['n']} access rows, ${FACILITIES} facilities, ${space?.['bytes']}, filled in ${Math.round((performance.now() - filling) / 1000)} s`,
    );
    const large = scopes[0] as FacilityId;
    const ordinary = scopes[7] as FacilityId;
    for (const [who, scope] of [
      ['large', large],
      ['ordinary', ordinary],
    ] as const) {
      const [seen] = await index.database.rows({
        text: 'SELECT count(*)::integer AS n FROM study_access WHERE facility_id = $1',
        values: [scope],
      });
      console.log(`${who} facility (${seen?.['n']} studies)`.padEnd(40), '    p50     p95     max ms   rows');
      const every: number[] = [];
      for (const search of searches(index, size)) {
        const times: number[] = [];
        let rows = 0;
        await search.run(scope, 0);
        for (let round = 0; round < Number(options.rounds); round++) {
          const start = performance.now();
          rows += await search.run(scope, round);
          times.push(performance.now() - start);
        }
        every.push(...times);
        times.sort((a, b) => a - b);
        const p95 = times[Math.floor(times.length * 0.95)] ?? 0;
        const verdict = p95 > GOAL_P95_MS ? '  over the goal' : '';
        console.log(
          search.name.padEnd(40),
          ms(times[times.length >> 1]),
          ms(p95),
          ms(times.at(-1)),
          String(Math.round(rows / times.length)).padStart(9),
          verdict,
        );
        if (options.plans === true && scope === large) {
          const statement = search.statement(scope);
          const plan = await index.database.rows({
            text: `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) ${statement.text}`,
            values: statement.values ?? [],
          });
          console.log(plan.map((row) => `    ${row['QUERY PLAN']}`).join('\n'));
        }
      }
      every.sort((a, b) => a - b);
      console.log('the mix'.padEnd(40), ms(every[every.length >> 1]), ms(every[Math.floor(every.length * 0.95)]), ms(every.at(-1)));
    }
  } finally {
    await index.close();
    await rm(folder, { recursive: true, force: true });
  }
}
