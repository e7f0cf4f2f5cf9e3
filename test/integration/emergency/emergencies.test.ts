/** Emergency access over HTTP: who may open whom, what it opens on which routes, who is told, how it is reviewed, how it ends. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Emergency, EmergencyFinding, EmergencyList, ToldEmergencies } from '../../../gateway/api/contract/emergencies.ts';
import type { RecordEntry } from '../../../gateway/api/contract/record.ts';
import type { Session } from '../../../gateway/api/contract/session.ts';
import type { StudyDetail, StudyList } from '../../../gateway/api/contract/studies.ts';
import { type ApiClient, joinPatients, SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const TARO = { patientID: 'P-100', patientName: 'YAMADA^TARO=山田^太郎=ヤマダ^タロウ', patientBirthDate: '19550607' };
const HANAKO = { patientID: 'P-200', patientName: 'SUZUKI^HANAKO=鈴木^花子=スズキ^ハナコ', patientBirthDate: '19800101' };
/** The same name and birth date as another's. */
const TWIN = { patientID: 'P-300', patientName: 'SATO^JIRO=佐藤^次郎=サトウ^ジロウ', patientBirthDate: '19700303' };
const WHY = { category: 'unconscious', reason: '交通外傷で搬送、意識なし。既往を確認するため。' } as const;
const IS_TARO = { patientID: 'P-100', birthDate: '1955-06-07' };

let running: RunningRegion;
let hospital: ApiClient;
let clinic: ApiClient;
let stranger: ApiClient;
let reviewer: ApiClient;

async function receive(by: ApiClient, seed: number, patient: typeof TARO): Promise<SyntheticInstance> {
  const [image] = [...ctSeries({ seed, size: 16, instances: 1, ...patient })] as [SyntheticInstance];
  expect((await by.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([image.bytes]) })).status).toBe(200);
  return image;
}

/** A person of a facility, signed in. */
async function worker(email: string, facilityCode: string, job: string, more: object = {}): Promise<ApiClient> {
  const asked = { email, name: '試験 医師', job, facilityCode, password: SMALL_REGION_PASSWORD, ...more };
  expect((await running.region.administrator.call('POST', '/api/users', asked)).status).toBe(201);
  return signIn(running.url, { email, password: SMALL_REGION_PASSWORD });
}

const search = (by: ApiClient, asked: object) => by.call<EmergencyFinding & { reason?: string }>('POST', '/api/emergencies/search', asked);
const open = (by: ApiClient, asked: object = IS_TARO, why: object = WHY) =>
  by.call<Emergency & { reason?: string }>('POST', '/api/emergencies', { ...asked, ...why });
const decide = (by: ApiClient, id: string, verdict: string, words = '記録を確認した') =>
  by.call<Emergency & { reason?: string }>('POST', `/api/emergencies/reviews/${id}`, { verdict, words });
const reviews = async (by: ApiClient) => (await by.call<EmergencyList>('GET', '/api/emergencies/reviews')).body.emergencies;
const told = async (by: ApiClient, details = false) =>
  (await by.call<ToldEmergencies>('GET', `/api/emergencies/told?details=${details}`)).body;
const listed = async (by: ApiClient) => (await by.call<StudyList>('GET', '/api/studies')).body.studies;
const recorded = async (action: string) =>
  (await running.region.administrator.call<{ entries: RecordEntry[] }>('GET', `/api/record?action=${action}`)).body.entries;

/** Every level at which a study is looked at, and what each answers. */
async function looks(by: ApiClient, { studyInstanceUID, seriesInstanceUID, sopInstanceUID }: SyntheticInstance) {
  const study = `/dicom-web/studies/${studyInstanceUID}`;
  const instance = `${study}/series/${seriesInstanceUID}/instances/${sopInstanceUID}`;
  const paths = {
    qido: `/dicom-web/studies?StudyInstanceUID=${studyInstanceUID}`,
    detail: `/api/studies/${studyInstanceUID}`,
    metadata: `${study}/metadata`,
    frames: `${instance}/frames/1`,
    rendered: `${instance}/rendered`,
    thumbnail: `${study}/series/${seriesInstanceUID}/thumbnail`,
    instance,
    study,
  };
  const answers = Object.entries(paths).map(async ([name, path]) => {
    const answer = await by.fetch(path);
    const none = name === 'qido' && ((await answer.json()) as object[]).length === 0;
    return [name, none ? 404 : answer.status] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}
const SEEN = { qido: 200, detail: 200, metadata: 200, frames: 200, rendered: 200, thumbnail: 200, instance: 403, study: 403 };
const UNSEEN = Object.fromEntries(Object.keys(SEEN).map((name) => [name, 404]));

let ofTaro: SyntheticInstance;
let ofClinic: SyntheticInstance;

beforeAll(async () => {
  running = await startSmallRegion('emergencies');
  ({ hospital, clinic, stranger } = running.region);
  reviewer = await worker('privacy@hospital.example', 'HOSPITAL', 'administrator');
  ofTaro = await receive(hospital, 1, TARO);
  await receive(hospital, 2, HANAKO);
  await receive(hospital, 3, TWIN);
  await receive(clinic, 4, { ...TWIN, patientID: 'C-9' });
  ofClinic = await receive(clinic, 5, { ...TARO, patientID: 'C-7' });
  const desk = running.region.administrator;
  const ids = await Promise.all(
    ['P-100', 'C-7'].map(
      async (patientID) =>
        (await desk.call<{ patients: { id: string }[] }>('POST', '/api/desk/search', { patientID })).body.patients[0]?.id as string,
    ),
  );
  await joinPatients(desk, ids[0] as string, ids[1] as string);
}, 120_000);
afterAll(() => running?.close());

describe('whom somebody means', () => {
  test.each<[string, object, string, string[]]>([
    ['an identifier and a birth date', IS_TARO, 'somebody', ['CLINIC', 'HOSPITAL']],
    ['an identifier and a name in kana', { patientID: 'C-7', name: 'やまだ たろう' }, 'somebody', ['CLINIC', 'HOSPITAL']],
    ['a whole name in kanji and a birth date', { name: '山田　太郎', birthDate: '1955-06-07' }, 'somebody', ['CLINIC', 'HOSPITAL']],
    ['another facility’s doctor is told of others alone', { patientID: 'P-200', name: 'suzuki hanako' }, 'somebody', ['HOSPITAL']],
    ['two of one name and birth date', { name: '佐藤 次郎', birthDate: '1970-03-03' }, 'several', []],
    ['the one of them, with the identifier', { name: '佐藤 次郎', patientID: 'P-300' }, 'somebody', ['HOSPITAL']],
    ['some of a name', { name: '山田', birthDate: '1955-06-07' }, 'nobody', []],
    ['a pattern', { patientID: 'P-%', name: '%' }, 'nobody', []],
  ])('%s', async (_name, asked, finding, facilities) => {
    const by = await worker(`searches-${Math.random()}@stranger.example`, 'STRANGER', 'physician');
    const { status, body } = await search(by, asked);
    expect([status, body.finding, body.facilities.map(({ code }) => code), body.objected]).toEqual([200, finding, facilities, false]);
    // Nothing of the patient is told.
    expect(Object.keys(body).sort()).toEqual(['facilities', 'finding', 'objected']);
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['a name alone', { name: '山田 太郎' }],
    ['a birth date alone', { birthDate: '1955-06-07' }],
    ['an identifier and blanks', { patientID: 'P-100', name: '　', birthDate: '' }],
    ['no date', { patientID: 'P-100', birthDate: '1955-02-31' }],
    ['what is not known', { ...IS_TARO, sex: 'M' }],
    ['an identifier that none is as long as', { patientID: 'P'.repeat(65), birthDate: '1955-06-07' }],
  ])('%s is too little, or no way to ask', async (_name, asked) => {
    expect((await search(stranger, asked)).status).toBe(400);
  });

  test('who tries many waits, on record, and finds nobody by it; another does not wait', async () => {
    const guesser = await worker('guesser@stranger.example', 'STRANGER', 'physician');
    const tries = [];
    for (let n = 0; n < 12; n++) tries.push((await search(guesser, { patientID: `P-${n}`, birthDate: '1955-06-07' })).status);
    expect(tries).toEqual([...Array(11).fill(200), 429]);
    expect((await open(guesser)).status).toBe(429);
    expect((await search(stranger, IS_TARO)).status).toBe(200);
    expect((await recorded('access-refused'))[0]).toMatchObject({ refusal: 'looked-for-too-many', about: { asked: 'emergency.open' } });
    expect(await recorded('emergency-searched')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          purpose: 'emergency',
          right: { kind: 'emergency' },
          about: expect.objectContaining({ finding: 'nobody' }),
        }),
      ]),
    );
  });
});

describe('who may, and how', () => {
  test('another job, the office, a token: nobody but a doctor in a session', async () => {
    const nurse = await worker('nurse@stranger.example', 'STRANGER', 'nurse');
    for (const by of [nurse, hospital, running.region.administrator]) {
      expect((await search(by, IS_TARO)).status).toBe(403);
      expect((await open(by)).status).toBe(403);
    }
    const byToken = await stranger.fetch('/api/emergencies', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...IS_TARO, ...WHY }),
    });
    expect([byToken.status, ((await byToken.json()) as { reason: string }).reason]).toEqual([403, 'token-opens-no-emergency']);
    const may = async (by: ApiClient) => (await by.call<Session>('GET', '/api/session')).body.user;
    expect([(await may(stranger)).opensEmergencies, (await may(nurse)).opensEmergencies]).toEqual([true, false]);
    expect([(await may(reviewer)).reviewsEmergencies, (await may(nurse)).reviewsEmergencies]).toEqual([true, false]);
  });

  test('not without having proved again who one is', async () => {
    const { database } = running.gateway.stores.index;
    const late = await worker('late@stranger.example', 'STRANGER', 'physician');
    await database.rows({
      text: "UPDATE sessions SET confirmed_at = now() - interval '6 minutes' WHERE user_id = (SELECT user_id FROM users WHERE email = $1)",
      values: ['late@stranger.example'],
    });
    // What is known of a session is believed for half a second. Whether it is fresh is asked before what is said is read.
    await expect.poll(async () => (await search(late, {})).status).toBe(403);
    for (const asked of [await search(late, IS_TARO), await open(late)])
      expect([asked.status, asked.body.reason]).toEqual([403, 'confirm-first']);
    expect((await late.call('POST', '/api/session/confirmation', { password: SMALL_REGION_PASSWORD })).status).toBe(204);
    expect((await search(late, IS_TARO)).status).toBe(200);
  });

  test.each<[string, object]>([
    ['no reason', { category: 'unconscious' }],
    ['a short one', { ...WHY, reason: '意識なし' }],
    ['one of blanks', { ...WHY, reason: ' '.repeat(50) }],
    ['one of 10,000 characters', { ...WHY, reason: 'あ'.repeat(10_000) }],
    ['one with control characters', { ...WHY, reason: 'unconscious after\u0007 a fall' }],
    ['one that turns the direction of writing', { ...WHY, reason: 'unconscious \u202e after a fall' }],
    ['no category', { reason: WHY.reason }],
    ['a category that is none', { ...WHY, category: 'curious' }],
  ])('%s opens nothing', async (_name, why) => {
    expect((await open(stranger, IS_TARO, why)).status).toBe(400);
    expect(await listed(stranger)).toEqual([]);
  });

  test('nobody, several, or nothing of others', async () => {
    expect((await open(stranger, { patientID: 'P-100', birthDate: '1999-01-01' })).body.reason).toBe('nobody-found');
    expect((await open(stranger, { name: '佐藤 次郎', birthDate: '1970-03-03' })).body.reason).toBe('several-persons');
    expect((await open(clinic, { patientID: 'C-9', name: '佐藤 次郎' })).body.reason).toBe('nothing-to-open');
  });
});

describe('opened', () => {
  let opened: Emergency;

  test('the images of that person, and of nobody else, by every look and no taking', async () => {
    expect(await looks(stranger, ofTaro)).toEqual(UNSEEN);
    const asked = await open(stranger);
    expect(asked.status).toBe(201);
    opened = asked.body;
    const lastsMs = new Date(opened.until).getTime() - new Date(opened.openedAt).getTime();
    expect([Math.round(lastsMs / 60_000), opened.running, opened.studies, opened.reviews.length]).toEqual([24 * 60, true, 2, 2]);
    expect(await looks(stranger, ofTaro)).toEqual(SEEN);
    expect(await looks(stranger, ofClinic)).toEqual(SEEN);
    const studies = await listed(stranger);
    expect(studies.map(({ patientID }) => patientID).sort()).toEqual(['C-7', 'P-100']);
    expect(studies.every(({ emergencyUntil, mayView, mayDownload }) => emergencyUntil === opened.until && mayView && !mayDownload)).toBe(
      true,
    );
    const detail = (await stranger.call<StudyDetail>('GET', `/api/studies/${ofTaro.studyInstanceUID}`)).body;
    expect([detail.emergencyUntil, detail.mayShare]).toEqual([opened.until, false]);
    expect((await stranger.call('GET', `/api/patients/${detail.patient}`)).status).toBe(200);
    const again = await worker('colleague@stranger.example', 'STRANGER', 'physician');
    expect(await looks(again, ofTaro)).toEqual(UNSEEN);
    expect((await stranger.call<EmergencyList>('GET', '/api/emergencies')).body.emergencies.map(({ id }) => id)).toEqual([opened.id]);
  });

  test('not a second time while it runs, also by two requests at once', async () => {
    expect((await open(stranger)).body.reason).toBe('emergency-runs');
    const twice = await worker('twice@stranger.example', 'STRANGER', 'physician');
    const both = await Promise.all([open(twice), open(twice)]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test('on record for each owner, with purpose and right', async () => {
    const entries = (await recorded('emergency-opened')).filter(({ about }) => about.emergencyId === opened.id);
    expect(entries.map(({ about }) => about.patientID).sort()).toEqual(['C-7', 'P-100']);
    for (const entry of entries)
      expect(entry).toMatchObject({ purpose: 'emergency', right: { kind: 'emergency', grant: opened.id }, count: 1 });
    const views = (await recorded('study-viewed')).filter(({ right }) => right?.kind === 'emergency');
    expect(views.length).toBeGreaterThan(0);
    expect(views.every(({ purpose, right }) => purpose === 'emergency' && right?.grant !== undefined)).toBe(true);
    // What was typed is no part of it.
    expect(JSON.stringify(await recorded('emergency-opened'))).not.toContain('交通外傷');
  });

  test('told at once to the owners, who review; the reader’s own facility and strangers are told nothing', async () => {
    expect(await told(hospital)).toMatchObject({ waiting: 2, emergencies: [] });
    const nurse = await worker('nurse@hospital.example', 'HOSPITAL', 'nurse');
    const [shown] = (await told(nurse, true)).emergencies;
    expect(shown).toMatchObject({ reason: null, mayReview: false, patient: { patientID: 'P-100' }, category: 'unconscious' });
    expect((await nurse.call('GET', '/api/emergencies/reviews')).status).toBe(403);
    expect(await told(stranger)).toMatchObject({ waiting: 0, newestAt: null });
    const waiting = (await reviews(reviewer)).find(({ id }) => id === opened.id);
    expect(waiting).toMatchObject({ reason: WHY.reason, mayReview: true, running: true, patient: { patientID: 'P-100' } });
    expect((await reviews(clinic)).find(({ id }) => id === opened.id)?.patient?.patientID).toBe('C-7');
  });

  test('a study that comes meanwhile is opened too, one of another person is not', async () => {
    const more = await receive(hospital, 6, TARO);
    const other = await receive(hospital, 7, HANAKO);
    expect(await looks(stranger, more)).toEqual(SEEN);
    expect(await looks(stranger, other)).toEqual(UNSEEN);
  });

  test('a share beside it is another right: on record as such, and stays when the emergency ends', async () => {
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const path = `/api/studies/${ofClinic.studyInstanceUID}/shares`;
    const share = await clinic.call<{ id: string }>('POST', path, { facilityCode: 'STRANGER', until });
    expect(share.status).toBe(201);
    expect((await stranger.call<StudyDetail>('GET', `/api/studies/${ofClinic.studyInstanceUID}`)).body.emergencyUntil).toBeNull();
    expect((await decide(clinic, opened.id, 'justified')).body.running).toBe(true);
    const ended = await decide(reviewer, opened.id, 'not-justified', '当日の受診の記録がない');
    expect(ended.body).toMatchObject({ running: false, endedAt: expect.any(String) });
    expect(await looks(stranger, ofTaro)).toEqual(UNSEEN);
    expect((await looks(stranger, ofClinic))['frames']).toBe(200);
    expect((await clinic.call('DELETE', `${path}/${share.body.id}`)).status).toBeLessThan(300);
    expect(await looks(stranger, ofClinic)).toEqual(UNSEEN);
  });

  test('what was found not justified stays to be read, and is not opened again by the same person that day', async () => {
    expect((await open(stranger)).body.reason).toBe('emergency-was-ended');
    const [mine] = (await stranger.call<EmergencyList>('GET', '/api/emergencies')).body.emergencies;
    expect(mine?.reviews.map(({ verdict, words }) => [verdict, words])).toEqual([
      ['justified', '記録を確認した'],
      ['not-justified', '当日の受診の記録がない'],
    ]);
    const entries = (await recorded('emergency-reviewed')).filter(({ about }) => about.emergencyId === opened.id);
    expect(entries.map(({ about }) => [about.verdict, about.ended]).sort()).toEqual([
      ['justified', undefined],
      ['not-justified', true],
    ]);
    expect((await recorded('access-refused')).some(({ refusal }) => refusal === 'not-owned-and-not-shared')).toBe(true);
  });
});

describe('reviewed', () => {
  const newOne = async () => {
    const by = await worker(`reader-${Math.random()}@stranger.example`, 'STRANGER', 'physician');
    return { by, ...(await open(by, { patientID: 'P-200', birthDate: '1980-01-01' })).body };
  };

  test('by two at once: one decides, the other hears that it was decided', async () => {
    const { id } = await newOne();
    const second = await worker('doctor@hospital.example', 'HOSPITAL', 'physician');
    const both = await Promise.all([decide(reviewer, id, 'justified'), decide(second, id, 'not-justified')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(both.find(({ status }) => status === 409)?.body.reason).toBe('emergency-reviewed');
  });

  test.each<[string, () => Promise<ApiClient>, number]>([
    ['a facility whose images were not opened', async () => clinic, 404],
    ['the owner’s radiographer', async () => hospital, 403],
    ['the reader', async () => stranger, 404],
  ])('not by %s', async (_name, by, status) => {
    const { id } = await newOne();
    expect((await decide(await by(), id, 'justified')).status).toBe(status);
  });

  test('by the region, for owners that have not; not of one’s own; with words', async () => {
    const admin = await worker('both@stranger.example', 'STRANGER', 'physician', { administrator: true });
    const { body: own } = await open(admin, { patientID: 'P-200', birthDate: '1980-01-01' });
    const oversee = (by: ApiClient, words: string) =>
      by.call<Emergency & { reason?: string }>('POST', `/api/emergencies/oversight/${own.id}`, { verdict: 'justified', words });
    expect((await oversee(admin, '自分で')).body.reason).toBe('reviews-own');
    const { administrator } = running.region;
    for (const words of ['', ' ', 'あ'.repeat(501), 'bell\u0007']) expect((await oversee(administrator, words)).status).toBe(400);
    const queue = (await administrator.call<EmergencyList>('GET', '/api/emergencies/oversight')).body.emergencies;
    expect(queue.find(({ id }) => id === own.id)?.mayReview).toBe(true);
    expect((await oversee(administrator, '救急隊の記録と一致した')).body.reviews).toEqual([
      expect.objectContaining({ verdict: 'justified', byRegion: true, words: '救急隊の記録と一致した' }),
    ]);
    expect((await oversee(administrator, 'もう一度')).body.reason).toBe('emergency-reviewed');
    expect((await hospital.call('GET', '/api/emergencies/oversight')).status).toBe(403);
    for (const id of ['999999', '0', 'x', '9'.repeat(16)])
      expect([400, 404]).toContain(
        (await administrator.call('POST', `/api/emergencies/oversight/${id}`, { verdict: 'justified', words: 'a' })).status,
      );
  });

  test('a region that takes it from the job ends what runs', async () => {
    const { by } = await newOne();
    const [study] = await listed(by);
    const view = () => by.fetch(`/api/studies/${study?.studyInstanceUID}`);
    expect((await view()).status).toBe(200);
    const { administrator } = running.region;
    const { body } = await administrator.call<{ revision: number }>('GET', '/api/rights');
    const cells = [{ kind: 'hospital', job: 'physician', act: 'emergency', scope: 'none' }];
    expect((await administrator.call('PATCH', '/api/rights', { revision: body.revision, cells })).status).toBeLessThan(300);
    await expect.poll(async () => (await view()).status).toBe(403);
    const back = cells.map((cell) => ({ ...cell, scope: 'all' }));
    expect((await administrator.call('PATCH', '/api/rights', { revision: body.revision + 1, cells: back })).status).toBeLessThan(300);
    await expect.poll(async () => (await view()).status).toBe(200);
  });
});
