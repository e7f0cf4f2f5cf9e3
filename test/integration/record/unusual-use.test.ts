/** Unusual use: found by the running program in its own record, told to administrators alone, decided by somebody else than who did it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UnusualList, UnusualRules, UnusualUse } from '../../../gateway/api/contract/unusual.ts';
import { startFindingOut } from '../../../gateway/background/finding-out.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import { NO_LOG } from '../../../gateway/domain/operation/log.ts';
import type { AuditEntry } from '../../../gateway/domain/record/audit.ts';
import { judgeUse } from '../../../gateway/usecases/oversight/judge-use.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

let running: RunningRegion;
let radiographer: UserId;
let administrator: UserId;

const index = () => running.gateway.stores.index;
/** The program does the same by itself, at its own pace. */
async function judged(): Promise<void> {
  const { unusual, audit } = index();
  const { seq } = await audit.head();
  for (let at = 0; at < seq; ) {
    await judgeUse({ unusual, timeZone: 'Asia/Tokyo' });
    const [row] = await index().database.rows({ text: 'SELECT seq FROM unusual_progress' });
    at = Number(row?.['seq']);
  }
}
async function listed(query = ''): Promise<UnusualList> {
  await judged();
  return (await running.region.administrator.call<UnusualList>('GET', `/api/unusual-uses${query}`)).body;
}
async function receive(seed: number, patientName: string): Promise<SyntheticInstance> {
  const [image] = [...ctSeries({ seed, size: 32, instances: 1, patientID: `U-${seed}`, patientName })] as [SyntheticInstance];
  const stored = await running.region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([image.bytes]) });
  expect(stored.status).toBe(200);
  return image;
}
async function look(image: SyntheticInstance): Promise<void> {
  const path = `/dicom-web/studies/${image.studyInstanceUID}/series/${image.seriesInstanceUID}/metadata`;
  expect((await running.region.hospital.fetch(path)).status).toBe(200);
}
/** As if so many patients had been looked at. */
async function looks(userId: UserId, count: number): Promise<void> {
  const entries = Array.from(
    { length: count },
    (_, n): AuditEntry => ({
      action: 'study-viewed',
      outcome: 'success',
      who: { kind: 'person', userId, facilityCode: 'HOSPITAL', job: 'physician', through: 'session' },
      what: { ownerFacilityCode: 'HOSPITAL', patientID: `${userId}-${n}`, studyInstanceUID: `2.25.${userId}.${n}` },
      right: { kind: 'owner' },
    }),
  );
  await index().audit.append(entries);
}
const decide = (id: string, body: object, who: 'administrator' | 'hospital' = 'administrator') =>
  running.region[who].call<UnusualUse & { reason?: string }>('POST', `/api/unusual-uses/${id}/decision`, body);
const rules = async () => (await running.region.administrator.call<UnusualRules>('GET', '/api/unusual-rules')).body;
const setRules = (body: object) =>
  running.region.administrator.call<UnusualRules & { reason?: string }>('PATCH', '/api/unusual-rules', body);

beforeAll(async () => {
  running = await startSmallRegion('unusual-use');
  const { people, audit } = index();
  radiographer = (await people.credentials('radiographer@hospital.example'))?.user.id as UserId;
  const [made] = await audit.find({ actions: ['facility-created'], limit: 1 });
  administrator = made?.entry.who.userId as UserId;
  expect([radiographer, administrator]).toEqual([expect.stringMatching(/^\d+$/), expect.stringMatching(/^\d+$/)]);
});
afterAll(() => running?.close());

describe('what is found', () => {
  test('a patient of the viewer’s family name, once however often it is judged and looked at', async () => {
    const [relative, stranger] = [await receive(31, '=佐藤^次郎=サトウ^ジロウ'), await receive(32, '=山田^太郎=ヤマダ^タロウ')];
    await look(relative);
    await look(stranger);
    const { uses, waiting, next } = await listed();
    expect({ uses, waiting, next }).toEqual({
      uses: [
        {
          id: expect.any(String),
          rule: 'own-name',
          who: { name: '佐藤 花子', facility: '中央病院' },
          own: false,
          day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
          firstAt: expect.any(String),
          lastAt: expect.any(String),
          patient: { facility: '中央病院', patientID: 'U-31' },
          reason: { whole: false },
          records: 1,
          decided: null,
        },
      ],
      waiting: 1,
      next: null,
    });
    await index().database.rows({ text: 'UPDATE unusual_progress SET seq = 0' });
    expect((await listed()).uses).toEqual(uses);
  });

  test('on which records it rests; that both were read is on record', async () => {
    const [use] = (await listed()).uses;
    const { body } = await running.region.administrator.call<{ entries: object[] }>('GET', `/api/unusual-uses/${use?.id}/records`);
    expect(body.entries).toMatchObject([{ action: 'study-viewed', who: { name: '佐藤 花子' }, ownerFacility: '中央病院' }]);
    const [read] = await index().audit.find({ actions: ['record-exported'], limit: 1 });
    expect(read?.entry.what).toEqual({ count: 1, userId: radiographer });
    const [list] = await index().audit.find({ actions: ['patients-listed'], limit: 1 });
    expect(list?.entry.what).toEqual({ list: 'unusual-uses', count: 1 });
  });
});

describe('rules', () => {
  test('the region sets them within bounds, once from one state; what changed is on record', async () => {
    const before = await rules();
    expect(before).toMatchObject({ revision: 0, changedAt: null, changedBy: null });
    const change = {
      night: { on: false, thresholds: {} },
      'many-patients': { on: true, thresholds: { patients: 6, minutes: 30 } },
    };
    expect(await setRules({ revision: 0, rules: { night: { on: true, thresholds: { fromHour: 3 } } } })).toMatchObject({
      status: 400,
      body: { reason: 'out-of-bounds', value: 'night/fromHour' },
    });
    for (const wrong of [{ revision: -1, rules: {} }, { revision: 0, rules: { other: { on: true, thresholds: {} } } }, { revision: 0 }])
      expect((await setRules(wrong)).status).toBe(400);
    expect((await setRules({ revision: 0, rules: change })).body).toMatchObject({ revision: 1, changedAt: expect.any(String) });
    expect(await setRules({ revision: 0, rules: {} })).toMatchObject({ status: 409, body: { reason: 'rules-changed' } });
    const [entry] = await index().audit.find({ actions: ['unusual-rules-changed'], limit: 1 });
    expect(entry?.entry.what?.changes).toEqual(['many-patients/patients=6', 'many-patients/minutes=30', 'night=off']);
  });

  test('many patients in that time, by that number; who did it themselves is told so', async () => {
    await looks(radiographer, 5);
    await looks(administrator, 6);
    const many = (await listed()).uses.filter(({ rule }) => rule === 'many-patients');
    // The radiographer has looked at two before.
    expect(many.map(({ own, patient, reason, records }) => ({ own, patient, reason, records }))).toEqual([
      { own: false, patient: null, reason: { patients: 7, minutes: 30, least: 6 }, records: 7 },
      { own: true, patient: null, reason: { patients: 6, minutes: 30, least: 6 }, records: 6 },
    ]);
  });
});

describe('decided', () => {
  const words = '本人と所属長に確認した。親族ではない。\n同姓の患者。';
  test('nobody reviews their own, and the attempt is on record', async () => {
    const own = (await listed()).uses.find((use) => use.own);
    expect(await decide(own?.id ?? '', { decision: 'in-order', words })).toMatchObject({ status: 403, body: { reason: 'own-use' } });
    const [tried] = await index().audit.find({ actions: ['access-refused'], limit: 1 });
    expect(tried?.entry).toMatchObject({ what: { asked: 'record.review' }, refusal: 'own-use', who: { userId: administrator } });
    // Nor does the database let anybody.
    const write = index().database.rows({
      text: "UPDATE unusual_uses SET decided_at = now(), decided_by = user_id, decision = 'in-order', words = 'x' WHERE use_id = $1",
      values: [own?.id],
    });
    await expect(write).rejects.toThrow();
  });

  test('in words, once; the decision is on record and the words are not', async () => {
    const [use] = (await listed()).uses;
    const id = use?.id ?? '';
    for (const wrong of [
      { words: '' },
      { words: ' ' },
      { words: 'x'.repeat(1_001) },
      { words: 'a\u0007' },
      { words: 'a\u202eb' },
      { decision: 'x' },
    ])
      expect((await decide(id, { decision: 'in-order', words, ...wrong })).status, JSON.stringify(wrong)).toBe(400);
    expect((await decide(id, { decision: 'in-order', words }, 'hospital')).status).toBe(403);
    expect((await decide('999999', { decision: 'in-order', words })).status).toBe(404);
    const { status, body } = await decide(id, { decision: 'in-order', words });
    expect(status).toBe(200);
    expect(body.decided).toMatchObject({ decision: 'in-order', words, by: expect.any(String) });
    expect(await decide(id, { decision: 'misuse', words })).toMatchObject({ status: 409, body: { reason: 'use-decided' } });
    const [entry] = await index().audit.find({ actions: ['unusual-use-decided'], limit: 1 });
    expect(entry?.entry.what).toEqual({
      ...{ useId: id, rule: 'own-name', decision: 'in-order', userId: radiographer, count: 1 },
      ...{ ownerFacilityCode: 'HOSPITAL', patientID: 'U-31' },
    });
    expect((await listed()).uses.map((one) => one.id)).not.toContain(id);
    expect((await listed('?decided=true')).uses.map((one) => one.id)).toEqual([id]);
  });

  test('what is done anew afterwards waits anew', async () => {
    await index().audit.append([
      {
        ...(await viewOfRelative()),
        action: 'study-viewed',
      } as AuditEntry,
    ]);
    const { uses } = await listed();
    expect(uses.filter(({ rule }) => rule === 'own-name')).toMatchObject([{ patient: { patientID: 'U-31' }, decided: null, records: 1 }]);
  });

  test('page by page, in order', async () => {
    const all = (await listed()).uses.map(({ id }) => id);
    expect(all.length).toBeGreaterThan(2);
    const paged: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const { uses, next } = await listed(`?limit=1${after === '' ? '' : `&after=${after}`}`);
      paged.push(...uses.map(({ id }) => id));
      after = next;
    }
    expect(paged).toEqual(all);
  });

  async function viewOfRelative() {
    const views = await index().audit.find({ actions: ['study-viewed'], about: 'U-31', limit: 1 });
    const { purpose: _purpose, ...entry } = views[0]?.entry ?? {};
    return entry;
  }
});

test('found by the program itself, at its pace', async () => {
  const before = (await listed()).waiting;
  await look(await receive(33, '=佐藤^三郎=サトウ^サブロウ'));
  const stop = startFindingOut({
    index: index(),
    timeZone: 'Asia/Tokyo',
    clock: { now: () => new Date() },
    log: NO_LOG,
    useJudgedEveryMs: 20,
  });
  await eventually(async () => (await index().unusual.waiting()) === before + 1);
  await stop();
});

test('none of it is for who is no administrator', async () => {
  for (const path of ['unusual-uses', 'unusual-uses/1/records', 'unusual-rules'])
    expect((await running.region.hospital.call('GET', `/api/${path}`)).status, path).toBe(403);
});
