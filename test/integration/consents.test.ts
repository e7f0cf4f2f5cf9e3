/** A patient's consent by the addresses of the program: it opens, on two processes, until it is withdrawn; who takes it, and what is on record. */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ConsentAnswer, ConsentDocumentAnswer, ConsentReachAnswer, GiveConsent } from '../../gateway/api/contract/consents.ts';
import type { Letter } from '../../gateway/api/contract/letters.ts';
import type { Problem } from '../../gateway/api/contract/problem.ts';
import type { Standing } from '../../gateway/api/contract/session.ts';
import type { StudyList, StudySummary } from '../../gateway/api/contract/studies.ts';
import type { ObjectKey, PatientNo, StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import { UNNAMED_FILE_MS_MAX, UNNAMED_FILES_MAX } from '../../gateway/domain/imaging/kept-file.ts';
import { objectKey } from '../../gateway/domain/imaging/object-keys.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { removeUnnamedFiles } from '../../gateway/usecases/keep/remove-unnamed.ts';
import { verifyOriginals } from '../../gateway/usecases/operate/verify-originals.ts';
import {
  type ApiClient,
  createSmallRegion,
  SMALL_REGION,
  SMALL_REGION_PASSWORD,
  type SmallRegion,
  signIn,
} from '../fixtures/api-client.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { eventually } from '../fixtures/eventually.ts';
import { type GatewayProcess, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { testConfig } from '../fixtures/test-config.ts';

const STUDY = '2.25.901';
const LATER = '2.25.902';
const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from('a signature')]);

let gateway: Gateway;
let second: GatewayProcess;
let region: SmallRegion;
let patient: string;
let doctor: ApiClient;
let dataFolder: string;

async function sent(study: string): Promise<void> {
  const file = smallFile({ studyInstanceUID: study, seriesInstanceUID: `${study}.1`, sopInstanceUID: `${study}.1.1`, patientID: 'P-9' });
  expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) })).status).toBe(200);
}

beforeAll(async () => {
  dataFolder = temporaryFolder('consents');
  gateway = await startGateway(testConfig(dataFolder));
  region = await createSmallRegion(`http://127.0.0.1:${gateway.http}`);
  second = await startGatewayProcess(dataFolder);
  const account = { email: 'doctor@hospital.example', password: SMALL_REGION_PASSWORD };
  const asked = { ...account, name: '試験 花子', job: 'physician', facilityCode: 'HOSPITAL' };
  expect((await region.administrator.call('POST', '/api/users', asked)).status).toBe(201);
  doctor = await signIn(here(), account);
  await sent(STUDY);
  const { people, studies, patients } = gateway.stores.index;
  const owner = await people.facilityByCode('HOSPITAL');
  const study = owner && (await studies.study(owner, { studyInstanceUID: STUDY as StudyInstanceUID }, new Date()));
  patient = (study && (await patients.patientsOf([study.id]))[0]?.no) ?? '';
}, 120_000);
afterAll(async () => {
  await second?.stop();
  await gateway?.close();
});

const document = (bytes: Uint8Array<ArrayBuffer>, by: ApiClient = region.hospital) =>
  by.fetch('/api/consent-documents', { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: bytes });
const signed = async (by: ApiClient = region.hospital) => (await (await document(PNG, by)).json()) as ConsentDocumentAnswer;
const give = async (more: Partial<GiveConsent> = {}, by: ApiClient = region.hospital) =>
  by.call<ConsentAnswer>('POST', `/api/patients/${patient}/consents`, { to: 'region', basis: 'signature', formVersion: '1', ...more });
const withdraw = (id: string, by: ApiClient = region.hospital) => by.call<ConsentAnswer>('DELETE', `/api/consents/${id}`);
const opens = async (study: string, url = '') => {
  const asked = { headers: { authorization: `Bearer ${region.clinic.token}`, accept: 'application/octet-stream' } };
  return (await fetch(`${url}/dicom-web/studies/${study}/series/${study}.1/instances/${study}.1.1/frames/1`, asked)).status;
};
const here = () => `http://127.0.0.1:${gateway.http}`;

test('it opens what is there and what comes, on both processes, and nothing any more once it is withdrawn', async () => {
  expect(await opens(STUDY, here())).toBe(404);
  const given = await give({ document: await signed() });
  expect([given.status, given.body]).toMatchObject([201, { ended: null, to: 'region', basis: 'signature', studies: 1, hasDocument: true }]);
  await eventually(async () => (await opens(STUDY, second.url)) === 200);
  await sent(LATER);
  expect([await opens(LATER, here()), await opens(LATER, second.url)]).toEqual([200, 200]);

  expect((await withdraw(given.body.id)).body).toMatchObject({ ended: 'withdrawn' });
  expect([await opens(STUDY, here()), await opens(LATER, here())]).toEqual([404, 404]);
  // Until half a second after its last question the other process believes what it was told.
  for (const study of [STUDY, LATER]) await eventually(async () => (await opens(study, second.url)) === 404);
});

test('a page that is open on the other process is told to forget the study, and gets no further frame', async () => {
  const given = await give({ document: await signed() });
  const elsewhere = async <Answer>(path: string) =>
    (await (await fetch(`${second.url}${path}`, { headers: { authorization: `Bearer ${region.clinic.token}` } })).json()) as Answer;
  const { studies } = await elsewhere<StudyList>('/api/studies');
  const { exact, shown, sharedUntil } = studies.find(({ studyInstanceUID }) => studyInstanceUID === STUDY) as StudySummary;
  expect(sharedUntil).not.toBeNull();
  const standing = async () => (await elsewhere<Standing>(`/api/standing?studies=${STUDY}!${exact}!${shown}`)).studies;
  await eventually(async () => (await opens(STUDY, second.url)) === 200);
  expect(await standing()).toEqual(['stands']);
  await withdraw(given.body.id);
  await eventually(async () => (await standing())[0] === 'ended');
  await eventually(async () => (await opens(STUDY, second.url)) === 404);
});

/** How often the clinic finds the study in each list and search, at each process. */
async function found(study = STUDY): Promise<readonly number[]> {
  const lists = [
    '/api/studies',
    '/api/studies?ownership=shared',
    '/api/studies?order=arrived',
    `/dicom-web/studies?StudyInstanceUID=${study}`,
    '/dicom-web/studies?PatientID=P-9',
    `/dicom-web/series?SeriesInstanceUID=${study}.1`,
    `/dicom-web/instances?SOPInstanceUID=${study}.1.1`,
    '/dicom-web/studies?StudyDate=20260102',
  ];
  const counted = [here(), second.url].flatMap((url) =>
    lists.map(async (path) => {
      const answer = await fetch(`${url}${path}`, {
        headers: { authorization: `Bearer ${region.clinic.token}`, accept: 'application/json' },
      });
      const rows = answer.status === 204 ? [] : ((await answer.json()) as readonly unknown[] | { readonly studies: readonly unknown[] });
      return ('studies' in rows ? rows.studies : rows).filter((row) => JSON.stringify(row).includes(`"${study}"`)).length;
    }),
  );
  return Promise.all(counted);
}

const GIFTS = {
  'the region’s consent': async () => {
    const { body } = await give({ document: await signed() });
    return () => withdraw(body.id);
  },
  'a consent to the clinic': async () => {
    const { body } = await give({ to: ['CLINIC'], document: await signed() });
    return () => withdraw(body.id);
  },
  'a share': async () => {
    const until = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 'YYYY-MM-DD'.length);
    const { status, body } = await region.hospital.call<{ id: string }>('POST', `/api/studies/${STUDY}/shares`, {
      facilityCode: 'CLINIC',
      until,
    });
    expect(status).toBe(201);
    return () => region.hospital.call('DELETE', `/api/studies/${STUDY}/shares/${body.id}`);
  },
  'a letter': async () => {
    const { body: draft } = await doctor.call<Letter>('POST', '/api/letters', { kind: 'referral', patient });
    const { body: saved } = await doctor.call<Letter>('PATCH', `/api/letters/${draft.id}`, {
      revision: draft.revision,
      kind: 'referral',
      to: 'CLINIC',
      content: { ...draft.content, patientName: '試験 患者', purpose: '精査' },
      studies: [{ studyInstanceUID: STUDY, keyImages: [] }],
    });
    const { status } = await doctor.call('POST', `/api/letters/${draft.id}/sending`, { revision: saved.revision });
    expect(status).toBe(200);
    return () => doctor.call('POST', `/api/letters/${draft.id}/acts`, { act: 'recall', reason: '誤り' });
  },
} as const satisfies Record<string, () => Promise<() => Promise<unknown>>>;
type Gift = keyof typeof GIFTS;

/** What a test that failed has left open would be told of by each test after it. */
const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

async function given(gift: Gift): Promise<() => Promise<unknown>> {
  const end = await GIFTS[gift]();
  endings.push(end);
  return end;
}

test.each<readonly [first: Gift, other: Gift]>([
  ['the region’s consent', 'a consent to the clinic'],
  ['a consent to the clinic', 'the region’s consent'],
  ['the region’s consent', 'a share'],
  ['a share', 'the region’s consent'],
  ['a consent to the clinic', 'a share'],
  ['a share', 'a consent to the clinic'],
  ['the region’s consent', 'the region’s consent'],
  ['a letter', 'a consent to the clinic'],
  ['a share', 'a letter'],
])('%s ends and leaves %s: the study is in each list once, until both have ended', async (first, other) => {
  const [endFirst, endOther] = [await given(first), await given(other)];
  expect(new Set(await found())).toEqual(new Set([1]));
  await endFirst();
  expect([new Set(await found()), await opens(STUDY, here())]).toEqual([new Set([1]), 200]);
  await endOther();
  expect([new Set(await found()), await opens(STUDY, here())]).toEqual([new Set([0]), 404]);
});

test.each<Gift>(['the region’s consent', 'a consent to the clinic'])(
  '%s is withdrawn beside a letter: exactly the letter’s studies are left',
  async (gift) => {
    const [withdrawn, recall] = [await given(gift), await given('a letter')];
    const told = async () =>
      Promise.all(
        [STUDY, LATER].map(async (study) => [new Set(await found(study)), await opens(study, here()), await opens(study, second.url)]),
      );
    const [there, gone] = [
      [new Set([1]), 200, 200],
      [new Set([0]), 404, 404],
    ];
    await expect.poll(told).toEqual([there, there]);
    await withdrawn();
    await expect.poll(told).toEqual([there, gone]);
    await recall();
    await expect.poll(told).toEqual([gone, gone]);
  },
);

test('a facility or a study is left out later, by who has seen what is left out, and not let in again', async () => {
  const { body } = await give({ document: await signed() });
  const { body: told } = await region.hospital.call<ConsentReachAnswer>('POST', `/api/patients/${patient}/consents/preview`, {
    to: 'region',
    basis: 'paper',
  });
  type Left = readonly [facilities: readonly string[], studies: readonly string[]];
  const leaveOut = async (saw: Left, wanted: Left) => {
    const of = ([exceptFacilities, exceptStudies]: Left) => ({ exceptFacilities, exceptStudies });
    const changed = await region.hospital.call<ConsentAnswer & { reason?: string }>('PATCH', `/api/consents/${body.id}`, {
      ...of(wanted),
      saw: of(saw),
    });
    return [changed.status, changed.body.reason ?? changed.body.exceptFacilities.map(({ code }) => code).join()];
  };
  const both = async () => [await opens(STUDY, here()), await opens(LATER, here())];
  const studyId = (await region.hospital.call<StudySummary>('GET', `/api/studies/${STUDY}`)).body.studyInstanceUID;
  expect([studyId, told.studies.length, await both()]).toEqual([STUDY, 2, [200, 200]]);
  const [first = '', later = ''] = told.studies.map(({ id }) => id);
  // Of two who began with the same page, at two processes or one, one is told that it is another's now.
  const atOnce = await Promise.all([leaveOut([[], []], [['STRANGER'], []]), leaveOut([[], []], [[], [first]])]);
  expect(atOnce.map(([status]) => status).sort()).toEqual([200, 409]);
  const now: Left = atOnce[0]?.[0] === 200 ? [['STRANGER'], []] : [[], [first]];
  expect(await leaveOut(now, [['STRANGER'], [first]])).toEqual([200, 'STRANGER']);
  expect((await both()).sort()).toEqual([200, 404]);
  const left: Left = [['STRANGER'], [first]];
  for (const wider of [
    [[], [first]],
    [['STRANGER'], []],
    [['CLINIC'], [first]],
    [['STRANGER', 'CLINIC'], [later]],
  ] as const satisfies readonly Left[])
    expect(await leaveOut(left, wider)).toEqual([400, 'consent-wider']);
  expect(await leaveOut([[], []], [['STRANGER', 'CLINIC'], [first]])).toEqual([409, 'consent-changed']);
  expect((await both()).sort()).toEqual([200, 404]);
  expect(await leaveOut(left, [['CLINIC', 'STRANGER'], [first]])).toEqual([200, 'CLINIC,STRANGER']);
  expect(await both()).toEqual([404, 404]);
  await withdraw(body.id);
});

test('each view names the consent by which it was, and the record tells what it said', async () => {
  const given = await give({ document: await signed(), modalities: ['OT', 'CT'], exceptFacilities: ['STRANGER'] });
  expect(given.status).toBe(201);
  expect(await opens(STUDY, here())).toBe(200);
  const { body } = await region.administrator.call<{ entries: readonly Record<string, unknown>[] }>('GET', '/api/record?limit=50');
  const of = (action: string) => body.entries.find((entry) => entry['action'] === action);
  expect(of('study-viewed')).toMatchObject({ right: { kind: 'consent', grant: given.body.id } });
  expect(of('consent-given')).toMatchObject({
    outcome: 'success',
    count: given.body.studies,
    about: {
      consentId: given.body.id,
      basis: 'signature',
      patientID: 'P-9',
      version: '1',
      modalities: ['OT', 'CT'],
      exceptFacilities: ['STRANGER'],
    },
  });
  await withdraw(given.body.id);
});

test('what it would open is told before anybody signs', async () => {
  const preview = await region.hospital.call<ConsentReachAnswer>('POST', `/api/patients/${patient}/consents/preview`, {
    to: ['CLINIC'],
    basis: 'paper',
  });
  expect([preview.status, preview.body]).toMatchObject([200, { facilityCount: 1, noticePosted: false, diedOn: null }]);
  expect(preview.body.studies.length).toBe(preview.body.studyCount);
});

interface Recorded {
  readonly action: string;
  readonly about?: Readonly<Record<string, unknown>>;
  readonly who: Readonly<Record<string, unknown>>;
}
const recorded = async (action: string) => {
  const { body } = await region.administrator.call<{ entries: readonly Recorded[] }>('GET', '/api/record?limit=100');
  return body.entries.filter((entry) => entry.action === action);
};
const PNG_DIGEST = createHash('sha256').update(PNG).digest('hex');
const PNG_KEY = `consents/HOSPITAL/${PNG_DIGEST}.png` as ObjectKey;

test('the document is given back to the facility’s people, and to nobody else’s; its coming and each look at it are on record', async () => {
  const given = await give({ document: await signed() });
  expect((await recorded('consent-document-kept'))[0]).toMatchObject({
    about: { file: PNG_DIGEST },
    ownerFacility: SMALL_REGION.hospital.name,
  });
  expect((await recorded('consent-given'))[0]).toMatchObject({ about: { consentId: given.body.id, file: PNG_DIGEST } });
  const before = (await recorded('consent-document-read')).length;
  const back = await doctor.fetch(`/api/consents/${given.body.id}/document`);
  expect([back.status, back.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect(Buffer.from(await back.arrayBuffer()).equals(PNG)).toBe(true);
  expect((await region.clinic.fetch(`/api/consents/${given.body.id}/document`)).status).toBe(404);
  const reads = await recorded('consent-document-read');
  expect([reads.length, reads[0]]).toMatchObject([
    before + 1,
    { who: { name: '試験 花子' }, about: { consentId: given.body.id, patientID: 'P-9', file: PNG_DIGEST } },
  ]);
  expect((await withdraw(given.body.id, region.clinic)).status).toBe(404);
  await withdraw(given.body.id);
});

test('a document that was changed on the disk goes out to nobody whole, is on the list of damage, and is whole again once it is sent again', async () => {
  const { damage, studies, keptFiles } = gateway.stores.index;
  const given = await give({ document: await signed() });
  const path = join(dataFolder, 'objects', PNG_KEY);
  chmodSync(path, 0o600);
  writeFileSync(path, Buffer.concat([PNG.subarray(0, -1), Buffer.from('X')]));
  const read = async () => Buffer.from(await (await region.hospital.fetch(`/api/consents/${given.body.id}/document`)).arrayBuffer());
  await expect(read()).rejects.toThrow();
  await eventually(async () => (await damage.list({ limit: 10 })).some(({ key }) => key === PNG_KEY));
  const { kept: objects, reports } = gateway.stores;
  const verify = () => verifyOriginals({ objects, studies, keptFiles, damage, reports });
  expect(await verify()).toMatchObject({ sound: false, listed: [{ problem: 'corrupt', key: PNG_KEY }] });
  await signed();
  expect((await read()).equals(PNG)).toBe(true);
  expect(await verify()).toMatchObject({ sound: true });
  await reports.settled();
  expect(await damage.count()).toBe(0);
  await withdraw(given.body.id);
});

test('so many documents may be sent that nothing names; after a day they are removed, and nothing can name them', async () => {
  const { keptFiles, people } = gateway.stores.index;
  const hospital = (await people.facilityByCode('HOSPITAL')) as Facility;
  const unnamed = Buffer.concat([PNG, Buffer.from(' of nobody')]);
  const last = (await (await document(unnamed)).json()) as ConsentDocumentAnswer;
  const digests = Array.from({ length: UNNAMED_FILES_MAX }, () => randomBytes(32).toString('hex'));
  const claims = digests.map((sha256) =>
    keptFiles.claim(hospital.id, { key: objectKey('consents', 'HOSPITAL', `${sha256}.png`), kind: 'consent', type: 'image/png', bytes: 1 }),
  );
  expect((await Promise.allSettled(claims)).filter(({ status }) => status === 'rejected')).toHaveLength(1);
  const refused = await document(Buffer.concat([PNG, Buffer.from(' of another')]));
  expect([refused.status, ((await refused.json()) as Problem).reason]).toEqual([409, 'unnamed-files']);
  // What is named may be sent again, and other facilities have their own.
  expect([(await document(PNG)).status, (await document(PNG, region.clinic)).status]).toEqual([201, 201]);

  const tomorrow = { now: () => new Date(Date.now() + UNNAMED_FILE_MS_MAX + 60_000) };
  const { objects } = gateway.stores;
  while ((await removeUnnamedFiles({ keptFiles, objects, clock: tomorrow }, new AbortController().signal)) > 0);
  expect(await objects.head(objectKey('consents', 'HOSPITAL', `${last.sha256}.png`))).toBeUndefined();
  expect((await recorded('consent-document-removed')).map(({ about }) => about?.['file'])).toContain(last.sha256);
  expect(await give({ document: last })).toMatchObject({ status: 400, body: { reason: 'consent-document-missing' } });
  // What a consent names, though it is withdrawn, is there.
  expect(await objects.head(PNG_KEY)).toBeDefined();
  expect((await document(unnamed)).status).toBe(201);
});

test('a notice’s photograph is named too', async () => {
  const photograph = (await (await document(Buffer.concat([PNG, Buffer.from(' of a wall')]))).json()) as ConsentDocumentAnswer;
  const said = { version: '掲示', postedOn: '2026-01-01' };
  const posted = await region.hospital.call<{ id: string }>('POST', '/api/posted-notices', { ...said, document: photograph });
  expect(posted.status).toBe(201);
  expect((await recorded('notice-posted'))[0]).toMatchObject({ about: { file: photograph.sha256 } });
  await region.hospital.call('DELETE', `/api/posted-notices/${posted.body.id}`);
  const never = { sha256: 'a'.repeat(64), mediaType: 'image/png' };
  expect(await region.hospital.call('POST', '/api/posted-notices', { ...said, document: never })).toMatchObject({
    status: 400,
    body: { reason: 'consent-document-missing' },
  });
});

test('the patient withdraws all at another facility that knows them: it opens nothing on either process, and the record says who put it down', async () => {
  const withdrawAll = (by: ApiClient, no: string) => by.call<{ error?: string }>('POST', `/api/patients/${no}/withdrawal`);
  const file = smallFile({
    studyInstanceUID: '2.25.903',
    seriesInstanceUID: '2.25.903.1',
    sopInstanceUID: '2.25.903.1.1',
    patientID: 'C-9',
  });
  expect((await region.clinic.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) })).status).toBe(200);
  const { people, studies, patients } = gateway.stores.index;
  const clinic = await people.facilityByCode('CLINIC');
  const own = clinic && (await studies.study(clinic, { studyInstanceUID: '2.25.903' as StudyInstanceUID }, new Date()));
  const known = (own && (await patients.patientsOf([own.id]))[0]?.no) as PatientNo;
  const given = await give({ document: await signed() });
  await eventually(async () => (await opens(STUDY, second.url)) === 200);
  expect((await withdrawAll(region.clinic, patient)).status).toBe(404);
  expect((await withdrawAll(region.clinic, known)).status).toBe(204);
  expect(await opens(STUDY, here())).toBe(200);
  const { body: link } = await region.administrator.call<{ id: string }>('POST', '/api/links', { patient, other: known });
  expect((await region.administrator.call('POST', `/api/links/${link.id}/decision`, { state: 'confirmed' })).status).toBeLessThan(300);

  expect(await withdrawAll(region.clinic, known)).toMatchObject({ status: 204 });
  expect(await opens(STUDY, here())).toBe(404);
  await eventually(async () => (await opens(STUDY, second.url)) === 404);
  const { body } = await region.hospital.call<{ consents: readonly ConsentAnswer[] }>('GET', `/api/patients/${patient}/consents`);
  expect(body.consents.find(({ id }) => id === given.body.id)).toMatchObject({ ended: 'withdrawn', withdrawnElsewhere: true });
  const record = await region.administrator.call<{ entries: readonly Record<string, unknown>[] }>('GET', '/api/record?limit=50');
  const entry = record.body.entries.find(({ action }) => action === 'consent-withdrawn');
  expect(entry).toMatchObject({
    who: { facility: SMALL_REGION.clinic.name },
    ownerFacility: SMALL_REGION.hospital.name,
    right: { kind: 'member' },
    about: { consentId: given.body.id, patientID: 'P-9' },
  });
});

test('implied: only while a notice hangs', async () => {
  expect(await give({ basis: 'implied' })).toMatchObject({ status: 400, body: { reason: 'consent-notice-missing' } });
  const posted = await region.hospital.call<{ id: string }>('POST', '/api/posted-notices', { version: '掲示 1', postedOn: '2026-01-01' });
  expect(posted.status).toBe(201);
  const given = await give({ basis: 'implied' });
  expect([given.status, await opens(STUDY, here())]).toEqual([201, 200]);
  await region.hospital.call('DELETE', `/api/posted-notices/${posted.body.id}`);
  await eventually(async () => (await opens(STUDY, here())) === 404);
  const { body } = await region.hospital.call<{ consents: readonly ConsentAnswer[] }>('GET', `/api/patients/${patient}/consents`);
  expect(body.consents[0]).toMatchObject({ id: given.body.id, ended: 'notice-lapsed', studies: 0 });
  await withdraw(given.body.id);
});

test.each<[string, () => Promise<{ readonly status: number; readonly body?: unknown }>, status: number, reason?: string]>([
  ['a paper that nobody has seen', () => give({ basis: 'paper' }), 400, 'consent-document-missing'],
  [
    'a document that was never sent',
    () => give({ document: { sha256: 'a'.repeat(64), mediaType: 'image/png' } }),
    400,
    'consent-document-missing',
  ],
  [
    'a proxy, nobody says of what relation',
    async () => give({ basis: 'proxy', document: await signed() }),
    400,
    'consent-relation-missing',
  ],
  ['by law, for ever', () => give({ basis: 'law', ground: 'statute' }), 400, 'consent-term-missing'],
  ['until a day that has passed', async () => give({ document: await signed(), until: '2020-01-01' }), 400, 'until'],
  ['to a facility that is not there', async () => give({ document: await signed(), to: ['NOWHERE'] }), 400, 'unknown-facility'],
  ['to nobody but the facility itself', async () => give({ document: await signed(), to: ['HOSPITAL'] }), 400, 'consent-to-nobody'],
  ['by a facility whose patient it is not', async () => give({ document: await signed(region.clinic) }, region.clinic), 404],
  [
    'the bereaved of the living',
    async () => give({ basis: 'proxy', relation: 'bereaved', document: await signed() }),
    409,
    'consent-living',
  ],
  ['opting out', () => give({ basis: 'opt-out' as never }), 400],
  ['a page as a document', async () => ({ status: (await document(Buffer.from('<html><script>'))).status }), 415],
])('refused: %s', async (_name, ask, status, reason) => {
  const answer = await ask();
  expect(answer).toMatchObject({ status, ...(reason === undefined ? {} : { body: { reason } }) });
  expect(await opens(STUDY, here())).toBe(404);
});
