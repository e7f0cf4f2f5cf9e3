/** Persons as a list, by search, and as a line of time, over HTTP: who sees what of whom, and what goes on record. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PatientList, PersonDetail } from '../../../gateway/api/contract/patients.ts';
import type { RecordEntry } from '../../../gateway/api/contract/record.ts';
import type { StudyList } from '../../../gateway/api/contract/studies.ts';
import { type ApiClient, joinPatients } from '../../fixtures/api-client.ts';
import { crSeries, ctSeries } from '../../fixtures/dicom/synthetic-series.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

let running: RunningRegion;
let region: RunningRegion['region'];
const TARO = { id: 'H-1', name: 'Yamada^Taro=山田^太郎=ヤマダ^タロウ', birthDate: '19500412', sex: 'M' } as const;
const AT_CLINIC = { ...TARO, id: '77', name: 'Yamada^Taro' } as const;
const HANAKO = { id: 'H-2', name: 'Takahashi^Hanako=髙橋^花子=タカハシ^ハナコ', birthDate: '19881130', sex: 'F' } as const;
const series = {
  chest: [...crSeries({ ...of(TARO), studyDate: '20261120', seed: 51 })],
  head: [...ctSeries({ ...of(TARO), studyDate: '20200315', seed: 52, instances: 1, body: 'head' })],
  hand: [...crSeries({ ...of(HANAKO), studyDate: '20261001', seed: 53 })],
  knee: [...crSeries({ ...of(AT_CLINIC), studyDate: '20240601', seed: 54 })],
};
/** Of the same study as the head. */
const neck = [...crSeries({ ...of(TARO), studyDate: '20200315', studyInstanceUID: series.head[0]?.studyInstanceUID ?? '', seed: 55 })];
type Key = keyof typeof series;
const uidOf = (key: Key) => series[key][0]?.studyInstanceUID ?? '';
const keyOf = (uid: string) => (Object.keys(series) as Key[]).find((key) => uidOf(key) === uid);

function of({ id, name, birthDate, sex }: { id: string; name: string; birthDate: string; sex: 'M' | 'F' }) {
  return { patientID: id, patientName: name, patientBirthDate: birthDate, patientSex: sex, characterSet: 'ISO_IR 192' as const };
}

beforeAll(async () => {
  running = await startSmallRegion('persons');
  region = running.region;
  for (const key of Object.keys(series) as Key[]) {
    const client = key === 'knee' ? region.clinic : region.hospital;
    const sent = multipartOf([...series[key], ...(key === 'head' ? neck : [])].map(({ bytes }) => bytes));
    expect((await client.fetch('/dicom-web/studies', { method: 'POST', ...sent })).status).toBe(200);
  }
}, 120_000);
afterAll(() => running?.close());

const listed = async (client: ApiClient, query = '') => (await client.call<PatientList>('GET', `/api/patients${query}`)).body;
const ids = async (client: ApiClient, query = '') =>
  (await listed(client, query)).persons.map(({ patients }) => patients.map(({ patientID }) => patientID).join('+'));
const opened = (client: ApiClient, id: string) => client.call<PersonDetail>('GET', `/api/patients/${id}`);
const line = async (client: ApiClient, id: string) => {
  const { status, body } = await opened(client, id);
  return status === 200 ? body.studies.map(({ studyInstanceUID }) => keyOf(studyInstanceUID)) : status;
};
/** The number of the patient whose study it is. */
async function patientOf(client: ApiClient, key: Key): Promise<string> {
  const { body } = await client.call<StudyList>('GET', '/api/studies');
  return body.studies.find(({ studyInstanceUID }) => studyInstanceUID === uidOf(key))?.patient ?? '';
}
async function share(key: Key, more: object = {}): Promise<string> {
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const shares = `/api/studies/${uidOf(key)}/shares`;
  const made = await region.hospital.call<{ id: string }>('POST', shares, { facilityCode: 'CLINIC', until, ...more });
  expect(made.status).toBe(201);
  return `${shares}/${made.body.id}`;
}
async function revoke(path: string): Promise<void> {
  expect((await region.hospital.call('DELETE', path)).status).toBe(200);
}
const join = (patient: string, other: string) => joinPatients(region.administrator, patient, other);
async function part(patient: string): Promise<void> {
  expect((await region.administrator.call('POST', `/api/desk/patients/${patient}/separation`)).status).toBe(200);
}

test('persons are listed by their newest study, each once, and page by page', async () => {
  expect(await ids(region.hospital)).toEqual(['H-1', 'H-2']);
  expect((await listed(region.hospital)).persons[0]).toMatchObject({ studyCount: 2, unopenedCount: 2, newestStudyDate: '20261120' });
  const first = await listed(region.hospital, '?limit=1');
  expect(first.persons).toHaveLength(1);
  const found: string[] = [];
  for (let after = first.next; after !== null; ) {
    const page = await listed(region.hospital, `?limit=1&after=${encodeURIComponent(after)}`);
    found.push(...page.persons.map(({ patients }) => patients[0]?.patientID ?? ''));
    after = page.next;
  }
  expect(found).toEqual(['H-2']);
  expect(await ids(region.stranger)).toEqual([]);
});

test.each([
  ['山田', ['H-1']],
  ['ﾔﾏﾀﾞ', ['H-1']],
  ['やまだ たろう', ['H-1']],
  ['yamada', ['H-1']],
  ['高橋', ['H-2']],
  ['Takahasi', ['H-2']],
  ['h-2', ['H-2']],
  ['1950/4/12', ['H-1']],
  ['S25.4.12', ['H-1']],
  ['昭和63年11月30日生', ['H-2']],
  ['山田 1988/11/30', []],
])('%s finds %j', async (typed, expected) => {
  expect(await ids(region.hospital, `?q=${encodeURIComponent(typed)}`)).toEqual(expected);
});

test.each([
  ['?after=nonsense', 400],
  ['?q=yamada&after=WyIiXQ', 400],
  ['?limit=0', 400],
  ['?limit=101', 400],
  [`?q=${'x'.repeat(201)}`, 400],
  ['?name=yamada', 400],
  ['/x', 400],
  ['/0', 404],
  ['/1234567890123456', 400],
])('%s is %i', async (query, status) => {
  expect((await region.hospital.call('GET', `/api/patients${query}`)).status).toBe(status);
});

test('a line of time holds what its asker may see, from every facility, as long as they may and the patients are one person', async () => {
  const [taro, atClinic] = [await patientOf(region.hospital, 'chest'), await patientOf(region.clinic, 'knee')];
  expect(await line(region.hospital, taro)).toEqual(['chest', 'head']);
  expect(await line(region.hospital, `0${taro}`)).toBe(404);
  expect(await line(region.clinic, atClinic)).toEqual(['knee']);
  for (const client of [region.clinic, region.stranger]) expect(await line(client, taro)).toBe(404);
  expect(await line(region.administrator, taro)).toBe(403);

  await join(taro, atClinic);
  // A link opens no study, and tells nobody of a patient of whom they see nothing.
  expect(await line(region.clinic, atClinic)).toEqual(['knee']);
  expect((await opened(region.clinic, atClinic)).body.patients).toHaveLength(1);
  expect(await line(region.clinic, taro)).toBe(404);

  const head = await share('head');
  expect(await line(region.clinic, taro)).toEqual(['knee', 'head']);
  const { body } = await opened(region.clinic, atClinic);
  expect(body.patients.map(({ owner, patientID }) => `${owner.code} ${patientID}`)).toEqual(['CLINIC 77', 'HOSPITAL H-1']);
  expect(body).toMatchObject({ studyCount: 2, unopenedCount: 2, newestStudyDate: '20240601' });
  expect(body.studies[1]).toMatchObject({ patient: taro, owner: { code: 'HOSPITAL' }, bodyParts: ['CHEST', 'HEAD'], opened: false });
  expect(await ids(region.clinic)).toEqual(['77+H-1']);
  expect(await ids(region.clinic, '?q=yamada')).toEqual(['77+H-1']);

  await region.clinic.call('GET', `/api/studies/${uidOf('head')}`);
  expect((await opened(region.clinic, taro)).body.studies.map((study) => study.opened)).toEqual([false, true]);

  await part(taro);
  expect(await line(region.clinic, atClinic)).toEqual(['knee']);
  expect(await line(region.clinic, taro)).toEqual(['head']);
  await join(taro, atClinic);
  await revoke(head);
  expect(await line(region.clinic, atClinic)).toEqual(['knee']);
  expect(await line(region.clinic, taro)).toBe(404);
  await part(taro);
});

test('of a series that is held back neither body part nor modality nor count is told', async () => {
  const taro = await patientOf(region.hospital, 'head');
  const held = await share('head', { heldBack: [neck[0]?.seriesInstanceUID] });
  expect((await opened(region.clinic, taro)).body.studies).toMatchObject([
    { bodyParts: ['HEAD'], modalities: ['CT'], seriesCount: 1, imageCount: 1 },
  ]);
  expect((await opened(region.hospital, taro)).body.studies[1]).toMatchObject({ bodyParts: ['CHEST', 'HEAD'], modalities: ['CR', 'CT'] });
  await revoke(held);
});

test('an answer that is asked for again is 304 until a share, a look or a link changes it', async () => {
  const [taro, hanako] = [await patientOf(region.hospital, 'chest'), await patientOf(region.hospital, 'hand')];
  const look = async (etag = '') => {
    const headers = { cookie: region.hospital.cookie, ...(etag === '' ? {} : { 'if-none-match': etag }) };
    const answer = await fetch(`${running.url}/api/patients/${taro}`, { headers });
    await answer.text();
    return [answer.status, answer.headers.get('etag') ?? ''] as const;
  };
  let [, etag] = await look();
  const changes: readonly (() => Promise<unknown>)[] = [
    () => region.hospital.call('GET', `/api/studies/${uidOf('chest')}`),
    () => join(taro, hanako),
    () => part(hanako),
  ];
  for (const change of changes) {
    expect(await look(etag)).toEqual([304, etag]);
    await change();
    const [status, next] = await look(etag);
    expect([status, next === etag]).toEqual([200, false]);
    etag = next;
  }
});

test('who looked at whose line of time is on record, each patient by its facility, once in its time; who tried a number too', async () => {
  const [taro, atClinic] = [await patientOf(region.hospital, 'chest'), await patientOf(region.clinic, 'knee')];
  const about = async (patientID: string) => {
    const { body } = await region.administrator.call<{ entries: RecordEntry[] }>(
      'GET',
      `/api/record?about=${patientID}&action=studies-listed`,
    );
    return body.entries.filter(({ about: { list } }) => list === 'person');
  };
  await join(taro, atClinic);
  const shared = await share('chest');
  const before = [(await about('H-1')).length, (await about('77')).length];
  for (let n = 0; n < 2; n++) expect(await line(region.clinic, taro)).toEqual(['chest', 'knee']);
  const [hospitals, clinics] = [await about('H-1'), await about('77')];
  expect([hospitals.length, clinics.length]).toEqual(before.map((count) => count + 1));
  expect(hospitals[0]).toMatchObject({ who: { name: '鈴木 一郎' }, ownerFacility: '中央病院', count: 1, outcome: 'success' });
  expect(clinics[0]).toMatchObject({ who: { name: '鈴木 一郎' }, ownerFacility: '鈴木医院', count: 1 });
  await revoke(shared);
  expect(await line(region.stranger, taro)).toBe(404);
  const { body } = await region.administrator.call<{ entries: RecordEntry[] }>('GET', '/api/record?outcome=refused&facility=STRANGER');
  expect(body.entries[0]).toMatchObject({ about: { asked: 'patient.view' }, refusal: 'not-owned-and-not-shared' });
});
