import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordEntry } from '../../gateway/api/contract/record.ts';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { echo } from '../../gateway/dimse/services/c-echo-scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { createSmallRegion, SMALL_REGION, type SmallRegion } from '../fixtures/api-client.ts';
import { ctSeries, type SyntheticInstance } from '../fixtures/dicom/synthetic-series.ts';
import { command, temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { testConfig } from '../fixtures/test-config.ts';

/** What administrators and open pages ask of the gateway. */
const folder = temporaryFolder('administration');
let gateway: Gateway;
let region: SmallRegion;
let url: string;

beforeAll(async () => {
  gateway = await startGateway(testConfig(folder, { RENKEI_QUIET_SECONDS: '1' }));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
});

afterAll(async () => {
  await gateway?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface ProblemBody {
  readonly error: string;
  readonly reason?: string;
  readonly value?: string;
}

describe('whether an open page may still show what it holds', () => {
  test('is answered for each study in the order of the question, without a record and without keeping the session', async () => {
    const [first] = [...ctSeries({ seed: 71, size: 32, instances: 1 })] as [SyntheticInstance];
    const [second] = [...ctSeries({ seed: 72, size: 32, instances: 1 })] as [SyntheticInstance];
    const stored = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([first.bytes, second.bytes]) });
    expect(stored.status).toBe(200);
    const shared = await region.hospital.call<{ id: string }>('POST', `/api/studies/${first.studyInstanceUID}/shares`, {
      facilityCode: SMALL_REGION.clinic.code,
      until: '2099-01-01',
    });
    // Five years at most.
    expect(shared.status).toBe(400);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const given = await region.hospital.call<{ id: string }>('POST', `/api/studies/${first.studyInstanceUID}/shares`, {
      facilityCode: SMALL_REGION.clinic.code,
      until,
    });
    expect(given.status).toBe(201);
    const listed = await region.hospital.call<{ studies: { shown: string }[] }>('GET', '/api/studies');
    const shown = listed.body.studies[0]?.shown;
    const asked = [`${second.studyInstanceUID}!HOSPITAL~1`, `${first.studyInstanceUID}!HOSPITAL~1`, '1.2.3!HOSPITAL'];
    const asks = `/api/standing?studies=${asked.map((one) => `${one}!${shown}`).join(',')}`;
    const standing = async (who: keyof SmallRegion) => (await region[who].call<{ studies: string[] }>('GET', asks)).body.studies;
    expect(await standing('hospital')).toEqual(['stands', 'stands', 'ended']);
    expect(await standing('clinic')).toEqual(['ended', 'stands', 'ended']);
    expect(await standing('stranger')).toEqual(['ended', 'ended', 'ended']);
    expect(await standing('administrator')).toEqual(['ended', 'ended', 'ended']);
    const revoked = await region.hospital.call('DELETE', `/api/studies/${first.studyInstanceUID}/shares/${given.body.id}`);
    expect(revoked.status).toBe(200);
    expect(await standing('clinic')).toEqual(['ended', 'ended', 'ended']);
    expect(await standing('hospital')).toEqual(['stands', 'stands', 'ended']);
    expect((await fetch(`${url}${asks}`)).status).toBe(401);
  });

  test.each([
    ['1.2.3!HOSPITAL!0', 200],
    [Array(60).fill('1.2.3!H!0').join(','), 200],
    ['1.2.3', 400],
    ['1.2.3!HOSPITAL', 400],
    ['1.2.3!!0', 400],
    ['!HOSPITAL!0', 400],
    ['1.2.3!HOSPITAL!', 400],
    ['1.2.3!HOSPITAL!0!0', 400],
    ['1.2.3!HOSPITAL!0,', 400],
    ['a b!HOSPITAL!0', 400],
    [Array(61).fill('1.2.3!H!0').join(','), 400],
  ])('%#: whether it is such a question', async (studies, status) => {
    const answer = await region.clinic.call('GET', `/api/standing?studies=${encodeURIComponent(studies)}`);
    expect(answer.status).toBe(status);
  });
});

describe('what is taken or malformed says which it is', () => {
  test.each([
    ['POST', '/api/facilities', { code: 'HOSPITAL', name: 'x' }, 409, 'facility-code-taken', 'HOSPITAL'],
    ['POST', '/api/facilities', { code: 'NEW', name: 'x', aeTitles: [{ aeTitle: 'CLINIC_WS' }] }, 409, 'ae-title-taken', 'CLINIC_WS'],
    ['PATCH', '/api/facilities/CLINIC', { aeTitles: [{ aeTitle: 'TWICE' }, { aeTitle: 'TWICE' }] }, 409, 'ae-title-taken', 'TWICE'],
    [
      'POST',
      '/api/users',
      { email: 'Doctor@clinic.example', name: 'x', facilityCode: 'CLINIC', job: 'nurse', password: 'only-for-tests-9' },
      409,
      'email-taken',
      undefined,
    ],
    [
      'POST',
      '/api/users',
      { email: 'no-address', name: 'x', facilityCode: 'CLINIC', job: 'nurse', password: 'only-for-tests-9' },
      400,
      'malformed',
      'email',
    ],
    ['POST', '/api/facilities', { code: 'コード', name: 'x' }, 400, 'malformed', 'code'],
    [
      'PATCH',
      '/api/facilities/CLINIC',
      { aeTitles: [{ aeTitle: 'CLINIC_WS', addressRange: '300.1.1.0/99' }] },
      400,
      'address-range',
      '300.1.1.0/99',
    ],
    ['PATCH', '/api/facilities/CLINIC', { aeTitles: [{ aeTitle: 'CLINIC_WS', host: 'pacs.example' }] }, 400, 'host-and-port', 'CLINIC_WS'],
  ] as const)('%s %s %j', async (method, path, body, status, reason, value) => {
    const answer = await region.administrator.call<ProblemBody>(method, path, body);
    expect(answer).toMatchObject({ status, body: { reason } });
    expect(answer.body.value).toBe(value);
  });

  test('the command line refuses the same range in words', async () => {
    const refused = await command(folder, ['facility', 'create', '--code', 'CMD', '--name', 'x', '--ae', 'CMD_CT@300.1.1.0/99']);
    expect(refused).toMatchObject({ status: 1, answer: { error: 'invalid', message: expect.stringContaining('300.1.1.0/99') } });
  });
});

interface Entry {
  readonly seq: number;
  readonly action: string;
  readonly about: RecordEntry['about'];
  readonly who: { readonly name: string };
  readonly studyInstanceUID: string | null;
}

async function record(query: string): Promise<Entry[]> {
  const answer = await region.administrator.call<{ entries: Entry[] }>('GET', `/api/record?${query}`);
  expect(answer.status).toBe(200);
  return answer.body.entries;
}

async function idOf(email: string): Promise<string> {
  const users = await region.administrator.call<{ users: { id: string; email: string }[] }>('GET', '/api/users');
  return users.body.users.find((user) => user.email === email)?.id ?? '';
}

describe('the record', () => {
  test('is filtered by who, what, whom and when', async () => {
    const [instance] = [...ctSeries({ seed: 75, size: 32, instances: 1, patientID: 'P-75' })] as [SyntheticInstance];
    await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([instance.bytes]) });
    expect((await region.hospital.call('GET', `/api/studies/${instance.studyInstanceUID}`)).status).toBe(200);
    const who = await idOf(SMALL_REGION.hospital.email);
    const viewed = await record(`who=${who}&action=study-viewed`);
    expect(viewed.map(({ action, who: { name } }) => [action, name])).toEqual([['study-viewed', SMALL_REGION.hospital.person]]);
    expect((await record('about=P-75')).map(({ studyInstanceUID }) => studyInstanceUID)).toContain(instance.studyInstanceUID);
    expect((await record(`about=${instance.studyInstanceUID}`)).length).toBeGreaterThanOrEqual(2);
    expect(await record('about=NOBODY')).toEqual([]);
    const day = (ms: number) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Tokyo' }).format(new Date(Date.now() + ms));
    expect((await record(`from=${day(0)}&to=${day(0)}&action=facility-created`)).length).toBe(3);
    expect(await record(`from=${day(86_400_000)}`)).toEqual([]);
    expect(await record(`to=${day(-86_400_000)}`)).toEqual([]);
    expect((await region.administrator.call('GET', '/api/record?from=yesterday')).status).toBe(400);
    expect((await region.hospital.call('GET', `/api/record?who=${who}`)).status).toBe(403);
  });

  test('says whether an account was disabled or enabled', async () => {
    const id = await idOf(SMALL_REGION.stranger.email);
    for (const disabled of [true, false])
      expect((await region.administrator.call('PATCH', `/api/users/${id}`, { disabled })).status).toBe(200);
    const changes = (await record('action=user-changed')).slice(0, 2).map(({ about }) => about);
    const { person } = SMALL_REGION.stranger;
    expect(changes).toEqual([
      { user: person, changes: ['enabled'] },
      { user: person, changes: ['disabled'] },
    ]);
  });
});

describe('a wait to sign in', () => {
  test('is told of to administrators, and ended by them', async () => {
    const id = await idOf(SMALL_REGION.clinic.email);
    const waits = async () => (await region.administrator.call<{ waits: boolean }>('GET', `/api/users/${id}/sign-in-wait`)).body;
    expect(await waits()).toEqual({ waits: false });
    const body = JSON.stringify({ email: SMALL_REGION.clinic.email, password: 'a wrong one' });
    const attempt = async () =>
      (await fetch(`${url}/api/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status;
    const answers = [await attempt(), await attempt(), await attempt(), await attempt(), await attempt()];
    expect(await waits()).toEqual({ waits: true });
    expect(answers.slice(0, 4)).toEqual([401, 401, 401, 401]);
    expect((await region.clinic.call('GET', `/api/users/${id}/sign-in-wait`)).status).toBe(403);
    expect((await region.administrator.call('PATCH', `/api/users/${id}`, { unlock: true })).status).toBe(200);
    expect(await waits()).toEqual({ waits: false });
    expect((await region.administrator.call('GET', '/api/users/999999/sign-in-wait')).status).toBe(404);
  });
});

describe('what could not be read', () => {
  interface Kept {
    readonly id: string;
    readonly fileName: string | null;
    readonly mayTakeOut: boolean;
    readonly reason: string;
  }
  const kept = async (who: keyof SmallRegion) => (await region[who].call<{ entries: Kept[] }>('GET', '/api/quarantine')).body.entries;

  test('is listed by its name, taken out by its facility’s administrator alone, and received again', async () => {
    const whole = ([...ctSeries({ seed: 76, size: 32, instances: 1 })] as [SyntheticInstance])[0].bytes;
    const broken = whole.subarray(0, 600);
    const sent = await region.hospital.fetch('/api/uploads/file', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'x-renkei-file-name': encodeURIComponent('CD/山田太郎.dcm') },
      body: new Uint8Array(broken),
    });
    expect(await sent.json()).toMatchObject({ outcome: 'quarantined' });
    const [entry] = (await kept('administrator')) as [Kept];
    const { code: facilityCode, name: facilityName } = SMALL_REGION.hospital;
    expect(entry).toMatchObject({ fileName: 'CD/山田太郎.dcm', mayTakeOut: false, facilityCode, facilityName });
    const path = `/api/quarantine/${entry.id}`;

    expect((await region.administrator.fetch(`${path}/file`)).status).toBe(403);
    expect((await region.hospital.fetch(`${path}/file`)).status).toBe(403);
    const id = await idOf(SMALL_REGION.hospital.email);
    expect((await region.administrator.call('PATCH', `/api/users/${id}`, { administrator: true })).status).toBe(200);
    const file = await region.hospital.fetch(`${path}/file`);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="quarantine-\d+\.bin"$/);
    expect(Buffer.from(await file.arrayBuffer()).equals(broken)).toBe(true);
    const taken = await region.administrator.call<{ entries: (Entry & { outcome: string })[] }>(
      'GET',
      '/api/record?action=quarantined-taken-out',
    );
    expect(taken.body.entries.map(({ outcome }) => outcome)).toEqual(['success', 'refused']);

    const again = await region.administrator.call<{ outcome: string }>('POST', `${path}/retry`);
    expect(again).toMatchObject({ status: 200, body: { outcome: 'quarantined' } });
    const left = await kept('administrator');
    expect(left).toHaveLength(1);
    expect(left[0]).toMatchObject({ fileName: 'CD/山田太郎.dcm', reason: entry.reason });
    expect(Number(left[0]?.id)).toBeGreaterThan(Number(entry.id));
    expect(await record('action=quarantined-retried')).toHaveLength(1);
    expect((await region.clinic.call('POST', `${path}/retry`)).status).toBe(403);
    expect((await region.administrator.call('POST', '/api/quarantine/999999/retry')).status).toBe(404);
    expect((await region.administrator.call('PATCH', `/api/users/${id}`, { administrator: false })).status).toBe(200);
  });
});

describe('an application entity', () => {
  const contactOf = async (aeTitle: string) => {
    const answer = await region.administrator.call<{
      facilities: { aeTitles: { aeTitle: string; contact?: { receivedAt?: string; failedAt?: string; error?: string } }[] }[];
    }>('GET', '/api/facilities');
    return answer.body.facilities.flatMap(({ aeTitles }) => aeTitles).find((entry) => entry.aeTitle === aeTitle)?.contact;
  };

  test('is asked whether it is there, and says what became of that', async () => {
    const aeTitles = [
      { aeTitle: 'CLINIC_WS' },
      // The gateway itself, under its own title.
      { aeTitle: 'RENKEI', host: '127.0.0.1', port: gateway.dimse },
      { aeTitle: 'OTHER', host: '127.0.0.1', port: gateway.dimse },
      { aeTitle: 'NOWHERE', host: '127.0.0.1', port: 1 },
    ];
    expect((await region.administrator.call('PATCH', '/api/facilities/CLINIC', { aeTitles })).status).toBe(200);
    const asked = async (aeTitle: string) => region.administrator.call('POST', `/api/facilities/CLINIC/ae-titles/${aeTitle}/echo`);
    expect(await asked('RENKEI')).toMatchObject({ status: 200, body: { outcome: 'answered', detail: null } });
    expect(await asked('OTHER')).toMatchObject({ status: 200, body: { outcome: 'rejected' } });
    expect(await asked('NOWHERE')).toMatchObject({ status: 200, body: { outcome: 'unreachable' } });
    expect(await asked('CLINIC_WS')).toMatchObject({ status: 400, body: { reason: 'host-and-port' } });
    expect((await asked('UNKNOWN')).status).toBe(404);
    expect((await region.clinic.call('POST', '/api/facilities/CLINIC/ae-titles/RENKEI/echo')).status).toBe(403);
  });

  test('shows when it last sent something, and what last went wrong', async () => {
    const peer = { host: '127.0.0.1', port: gateway.dimse, callingAETitle: 'HOSPITAL_CT', calledAETitle: 'RENKEI' };
    expect(await contactOf('HOSPITAL_CT')).toBeUndefined();
    const [instance] = [...ctSeries({ seed: 77, size: 32, instances: 1 })] as [SyntheticInstance];
    const transferSyntaxUID = '1.2.840.10008.1.2.1' as TransferSyntaxUID;
    const association = await openAssociation({
      ...peer,
      contexts: [{ abstractSyntax: instance.sopClassUID, transferSyntaxes: [transferSyntaxUID] }],
    });
    const sent = await storeInstance(association, {
      sopClassUID: instance.sopClassUID as SOPClassUID,
      sopInstanceUID: instance.sopInstanceUID as SOPInstanceUID,
      transferSyntaxUID,
      dataSet: once(dataSetOf(instance.bytes)),
    });
    expect(sent.kept).toBe(true);
    await association.release();
    await expect.poll(async () => (await contactOf('HOSPITAL_CT'))?.receivedAt).toMatch(/^20/);
    const restricted = { aeTitles: [{ aeTitle: 'HOSPITAL_CT', addressRange: '192.0.2.0/24' }] };
    expect((await region.administrator.call('PATCH', '/api/facilities/HOSPITAL', restricted)).status).toBe(200);
    await expect(echo(peer)).rejects.toMatchObject({ kind: 'denied' });
    await expect.poll(async () => (await contactOf('HOSPITAL_CT'))?.error).toBe('calling-ae-title-not-recognized');
    expect((await contactOf('HOSPITAL_CT'))?.receivedAt).toMatch(/^20/);
  });
});

/** Without preamble and File Meta Information, whose length stands in its first element (PS3.10 7.1). */
function dataSetOf(part10: Buffer): Buffer {
  return part10.subarray(144 + part10.readUInt32LE(140));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
