/** A facility's list of patients over HTTP: who may bring it in, what comes of bad files, what is told to whom, what is on record. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeskPatientList, LinkList } from '../../../gateway/api/contract/links.ts';
import type { RecordEntry } from '../../../gateway/api/contract/record.ts';
import type { Roster, RosterCandidates, RosterFaults, RosterList, RosterRows } from '../../../gateway/api/contract/rosters.ts';
import { type ApiClient, SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { ctSeries, type SyntheticInstance } from '../../fixtures/dicom/synthetic-series.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { cp932 } from '../../fixtures/patients/cp932.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const HEADER = '患者ID,氏名,カナ氏名,生年月日,性別,電話番号';
const csv = (...rows: readonly string[]) => `${[HEADER, ...rows].join('\r\n')}\r\n`;
let running: RunningRegion;
let desk: ApiClient;
let clerk: ApiClient;
let otherClerk: ApiClient;

async function clerkOf(code: string): Promise<ApiClient> {
  const email = `clerk@${code.toLowerCase()}.example`;
  await desk.call('POST', '/api/users', { email, name: '事務 一郎', facilityCode: code, job: 'clerk', password: SMALL_REGION_PASSWORD });
  return signIn(running.url, { email, password: SMALL_REGION_PASSWORD });
}
async function bring(by: ApiClient, body: string | Buffer, more: { facility?: string; kind?: string } = {}) {
  const { facility = 'HOSPITAL', kind = 'csv' } = more;
  const answer = await by.fetch(`/api/rosters?facility=${facility}&kind=${kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: answer.status, body: (await answer.json()) as Roster & { reason?: string } };
}
const roster = async (by: ApiClient, id: string) => (await by.call<Roster>('GET', `/api/rosters/${id}`)).body;
async function ready(by: ApiClient, body: string | Buffer, more = {}): Promise<Roster> {
  const read = await bring(by, body, more);
  expect(read.status).toBe(201);
  return eventually(async () => {
    const now = await roster(by, read.body.id);
    return now.state === 'ready' ? now : undefined;
  });
}
const rows = async (by: ApiClient, id: string, show: string) =>
  (await by.call<RosterRows>('GET', `/api/rosters/${id}/rows?show=${show}`)).body.rows;
const recorded = async (action: string) =>
  (await desk.call<{ entries: RecordEntry[] }>('GET', `/api/record?action=${action}`)).body.entries;

async function receive(by: ApiClient, seed: number, patientID: string, patientName: string, patientBirthDate: string): Promise<void> {
  const [image] = [...ctSeries({ seed, size: 16, instances: 1, patientID, patientName, patientBirthDate })] as [SyntheticInstance];
  expect((await by.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([image.bytes]) })).status).toBe(200);
}

beforeAll(async () => {
  running = await startSmallRegion('rosters');
  desk = running.region.administrator;
  clerk = await clerkOf('HOSPITAL');
  otherClerk = await clerkOf('CLINIC');
  await receive(running.region.hospital, 1, 'P-1', 'YAMADA^HANAKO=山田^花子=ヤマダ^ハナコ', '19500412');
  await receive(running.region.hospital, 2, 'P-2', '=古田^実=フルタ^ミノル', '19881111');
  await receive(running.region.clinic, 3, 'C-9', '=岩崎^太郎=イワサキ^タロウ', '19620208');
});
afterAll(() => running?.close());

describe('a roster', () => {
  test('is shown before it counts, applied by the facility’s clerk, and undone', async () => {
    const file = csv(
      'P-1,山田 花子,ヤマダ ハナコ,S25.4.12,女,088-622-0001',
      'P-2,別人 五郎,ベツジン ゴロウ,S10.1.2,男,',
      'P-3,岩崎 太郎,イワサキ タロウ,1962-02-08,男,',
      'P-4,=cmd|calc,,1962-02-08,男,',
      'P-5,森 一,モリ ハジメ,1970-01-01,男,',
      'P-5,林 二,ハヤシ ジ,1980-01-01,男,',
    );
    const read = await ready(clerk, cp932(file));
    expect(read).toMatchObject({ charset: 'shift_jis', counts: { lines: 7, patients: 3, faults: 2, new: 1, changed: 1, other: 1 } });
    expect(read.counts).toMatchObject({ candidates: null, shared: null });
    expect((await roster(desk, read.id)).counts).toMatchObject({ candidates: 1, shared: 0 });
    const { faults } = (await clerk.call<RosterFaults>('GET', `/api/rosters/${read.id}/faults`)).body;
    expect(faults).toEqual([
      { line: 5, code: 'name-unreadable', otherLine: null },
      { line: 7, code: 'patient-id-conflict', otherLine: 6 },
    ]);
    expect(await rows(clerk, read.id, 'changed')).toMatchObject([
      { line: 2, patientID: 'P-1', before: { phone: '' }, after: { phone: '0886220001', patientName: { Alphabetic: 'YAMADA^HANAKO' } } },
    ]);
    expect(await rows(clerk, read.id, 'other')).toMatchObject([{ patientID: 'P-2', before: { patientBirthDate: '19881111' } }]);
    const found = async () => (await desk.call<DeskPatientList>('POST', '/api/desk/search', { patientID: 'P-3' })).body.patients;
    expect(await found()).toEqual([]);

    const pairs = (await desk.call<RosterCandidates>('GET', `/api/rosters/${read.id}/candidates`)).body.candidates;
    expect(pairs).toMatchObject([{ line: 4, patientID: 'P-3', other: { patientID: 'C-9' }, alsoLines: [] }]);
    expect((await clerk.call('GET', `/api/rosters/${read.id}/candidates`)).status).toBe(403);

    const applied = await clerk.call<Roster>('POST', `/api/rosters/${read.id}/application`);
    expect([applied.status, applied.body.state]).toEqual([200, 'applied']);
    expect((await found()).length).toBe(1);
    const { links } = (await desk.call<LinkList>('GET', '/api/links')).body;
    expect(links.map(({ patient, other }) => [patient.patientID, other.patientID])).toContainEqual(['P-3', 'C-9']);
    expect((await clerk.call<{ reason: string }>('POST', `/api/rosters/${read.id}/application`)).body.reason).toBe('roster-not-ready');

    expect((await roster(desk, read.id)).undoing).toMatchObject({ removed: 1, restored: 1, withdrawn: 1 });
    const undone = await clerk.call<Roster>('POST', `/api/rosters/${read.id}/undoing`);
    expect(undone.body).toMatchObject({ state: 'undone', undoing: { removed: 1, restored: 1, withdrawn: null } });
    expect(await found()).toEqual([]);
    expect((await clerk.call<{ reason: string }>('POST', `/api/rosters/${read.id}/undoing`)).body.reason).toBe('roster-not-applied');

    expect((await recorded('roster-read'))[0]).toMatchObject({
      ownerFacility: '中央病院',
      count: 3,
      right: { kind: 'member' },
      about: { rosterId: read.id, counts: ['lines=7', 'faults=2'] },
    });
    expect((await recorded('roster-applied'))[0]?.about.counts).toEqual(['new=1', 'changed=1', 'same=0', 'other=1']);
    expect((await recorded('roster-undone'))[0]?.about.counts).toEqual(['removed=1', 'restored=1', 'withdrawn=1', 'stays=0']);
    const looked = (await recorded('patients-listed')).map(({ about }) => about.list);
    expect(looked).toEqual(expect.arrayContaining(['roster', 'roster-candidates']));
    const all = JSON.stringify(await desk.call('GET', '/api/record?limit=100'));
    for (const name of ['山田', '岩崎', '0886220001']) expect(all).not.toContain(name);
  });

  test('of receipts, good lines in and bad ones listed', async () => {
    const re = (id: string, name: string) => {
      const fields = Array.from({ length: 38 }, () => '');
      Object.assign(fields, { 0: 'RE', 1: '1', 2: '1112', 3: '202610', 4: name, 5: '2', 6: '19500412', 13: id, 36: 'ヤマダ　ハナコ' });
      return fields.join(',');
    };
    const ir = 'IR,1,13,1,1234567,,中央病院,202611,00,';
    const good = [ir, re('U-1', '山田　花子'), 'HO,06138057,12,345,1,100,,,,,,,,', 'SY,1234567,20200101,1,,', 'ZZ,?', re('U-2', '鈴木 春')];
    const file = Buffer.concat([
      cp932(`${good.join('\r\n')}\r\n`),
      Buffer.from([0x52, 0x45, 0x2c, 0xff, 0xff, 0x0d, 0x0a]),
      cp932('HO,1\r\n'),
    ]);
    const read = await ready(clerk, file, { kind: 'receipts' });
    expect(read).toMatchObject({ kind: 'receipts', charset: 'shift_jis', counts: { patients: 2, new: 2 } });
    const { faults } = (await clerk.call<RosterFaults>('GET', `/api/rosters/${read.id}/faults`)).body;
    expect(faults.map(({ line, code }) => [line, code])).toEqual([
      [5, 'unknown-record'],
      [7, 'undecodable'],
    ]);
    expect(await rows(clerk, read.id, 'new')).toMatchObject([{ said: { insurance: '06138057 12 345' } }, { patientID: 'U-2' }]);
    expect((await clerk.call('DELETE', `/api/rosters/${read.id}`)).status).toBe(204);
    expect((await clerk.call('GET', `/api/rosters/${read.id}`)).status).toBe(404);
  });

  test.each<[string, string | Buffer, number, string | undefined]>([
    ['no header', 'a,b\r\n1,2\r\n', 400, 'roster-header-unknown'],
    ['nobody in it', csv(), 400, 'roster-empty'],
    ['nothing at all', '', 400, 'roster-empty'],
    ['UTF-16', Buffer.from(`\ufeff${csv('1,森,,,,')}`, 'utf16le'), 415, 'roster-utf-16'],
  ])('with %s is refused as a whole', async (_what, file, status, reason) => {
    const answer = await bring(clerk, file);
    expect([answer.status, answer.body.reason]).toEqual([status, reason]);
  });

  test('with nothing but faulty lines is kept, and says so', async () => {
    const read = await ready(clerk, csv(',森,,,,', '1,<b>森</b>,,,,', '2,\u202e森,,,,'));
    expect(read.counts).toMatchObject({ patients: 0, faults: 3, new: 0 });
    expect((await clerk.call('DELETE', `/api/rosters/${read.id}`)).status).toBe(204);
  });

  test('is nobody’s but the facility’s and the desk’s', async () => {
    const read = await ready(clerk, csv('X-1,森 一,モリ ハジメ,1970-01-01,男,'));
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/rows?show=new'],
      ['GET', '/faults'],
      ['POST', '/application'],
      ['POST', '/undoing'],
      ['DELETE', ''],
    ] as const)
      expect([path, (await otherClerk.call(method, `/api/rosters/${read.id}${path}`)).status]).toEqual([path, 404]);
    expect((await otherClerk.call<RosterList>('GET', '/api/rosters')).body.rosters).toEqual([]);
    expect((await bring(otherClerk, csv('1,森,,,,'))).status).toBe(403);
    // A job that may not, and one that the region lets.
    expect((await running.region.hospital.call('GET', '/api/rosters')).status).toBe(403);
    expect((await bring(running.region.hospital, csv('1,森,,,,'))).status).toBe(403);
    const listed = (await desk.call<RosterList>('GET', '/api/rosters')).body.rosters;
    expect(listed.map(({ id }) => id)).toContain(read.id);
    const elsewhere = await ready(desk, csv('1,森 一,モリ ハジメ,1970-01-01,男,'), { facility: 'CLINIC' });
    expect((await bring(desk, csv('1,森,,,,'), { facility: 'NOWHERE' })).status).toBe(404);
    expect((await otherClerk.call('POST', `/api/rosters/${elsewhere.id}/application`)).status).toBe(200);
    for (const bad of ['show=all', 'show=new&limit=100000', 'show=new&after=-1', ''])
      expect((await clerk.call('GET', `/api/rosters/${read.id}/rows?${bad}`)).status).toBe(400);
  });
});
