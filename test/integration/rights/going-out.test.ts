/** Who loses a right while an answer goes out gets no more of it, by whatever door and for whatever reason. */
import { get, type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StudyList } from '../../../gateway/api/contract/studies.ts';
import { RECHECK_MS } from '../../../gateway/doorstep/watch-answer.ts';
import { type ApiClient, joinPatients, SMALL_REGION_PASSWORD, signIn } from '../../fixtures/api-client.ts';
import { smallFile } from '../../fixtures/dicom/small-dicom.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

/** More than the connection's buffers hold, by far. */
const SIDE = 5000;
const BYTES = SIDE * SIDE * 2;
const STUDY = '2.25.4711';
/** The clinic's, of the same person. */
const OWN = '2.25.4713';

let running: RunningRegion;
let quarantined: string;
let accounts = 0;

beforeAll(async () => {
  running = await startSmallRegion('going-out');
  const { hospital, clinic, administrator } = running.region;
  const image = { studyInstanceUID: STUDY, seriesInstanceUID: `${STUDY}.1`, sopInstanceUID: `${STUDY}.1.1` };
  const large = smallFile({ ...image, rows: SIDE, columns: SIDE, pixels: new Uint8Array(BYTES) });
  expect((await hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([large]) })).status).toBe(200);
  const own = smallFile({ studyInstanceUID: OWN, seriesInstanceUID: `${OWN}.1`, sopInstanceUID: `${OWN}.1.1` });
  expect((await clinic.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([own]) })).status).toBe(200);
  const patients = await Promise.all([hospital, clinic].map((client) => client.call<StudyList>('GET', '/api/studies')));
  const [theirs, ours] = patients.map(({ body }) => body.studies[0]?.patient ?? '');
  await joinPatients(administrator, theirs ?? '', ours ?? '');
  const noDicom = new Uint8Array(BYTES).fill(0x2a);
  const refused = await hospital.fetch('/dicom-web/studies', {
    method: 'POST',
    headers: { 'content-type': 'application/dicom' },
    body: noDicom,
  });
  expect(refused.status).toBe(409);
  const listed = await administrator.call<{ entries: { id: string }[] }>('GET', '/api/quarantine');
  quarantined = listed.body.entries[0]?.id ?? '';
}, 120_000);
afterAll(() => running?.close());

interface Asker {
  readonly id: string;
  readonly client: ApiClient;
}

async function asker(more: object): Promise<Asker> {
  accounts += 1;
  const email = `asker-${accounts}@region.example`;
  const asked = { email, name: '試験 次郎', job: 'physician', facilityCode: 'HOSPITAL', password: SMALL_REGION_PASSWORD, ...more };
  const made = await running.region.administrator.call<{ id: string }>('POST', '/api/users', asked);
  expect(made.status).toBe(201);
  return { id: made.body.id, client: await signIn(running.url, { email, password: SMALL_REGION_PASSWORD }) };
}

const change = async ({ id }: Asker, to: object) =>
  expect((await running.region.administrator.call('PATCH', `/api/users/${id}`, to)).status).toBe(200);
const signOut = async ({ client }: Asker) => expect((await client.call('DELETE', '/api/session')).status).toBe(204);

/** By session, as a page asks. */
function begun(path: string, { client }: Asker): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${running.url}${path}`, { headers: { cookie: client.cookie } }, resolve).once('error', reject);
  });
}

/** Time in which each right has been decided again. */
async function decidedAgain(): Promise<void> {
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < 2 * RECHECK_MS) await (await fetch(`${running.url}/healthz`)).text();
}

/** Bytes until the answer ends, whole or not; its reader takes nothing until the right to it has been decided again. */
async function received(answer: IncomingMessage): Promise<number> {
  await decidedAgain();
  let bytes = 0;
  try {
    for await (const piece of answer) bytes += (piece as Buffer).length;
  } catch {
    // Broken off.
  }
  return bytes;
}

describe.each<[string, () => string, object]>([
  ['a study over DICOMweb', () => `/dicom-web/studies/${STUDY}`, { administrator: false }],
  ['an export', () => `/api/studies/${STUDY}/export`, { administrator: false }],
  ['a file out of quarantine', () => `/api/quarantine/${quarantined}/file`, { administrator: true }],
])('%s', (_name, path, more) => {
  test.each<[string, ((who: Asker) => Promise<void>) | undefined]>([
    ['nothing happens', undefined],
    ['its asker signs out', signOut],
    ['its asker is disabled', (who) => change(who, { disabled: true })],
  ])('while it goes out, %s', async (_what, happens) => {
    const who = await asker(more);
    const answer = await begun(path(), who);
    expect(answer.statusCode).toBe(200);
    await happens?.(who);
    const bytes = await received(answer);
    if (happens === undefined) expect(bytes).toBeGreaterThanOrEqual(BYTES);
    else expect(bytes).toBeLessThan(BYTES);
  });
});

test('a file out of quarantine, while it goes out, is broken off when its asker administers no more', async () => {
  const who = await asker({ administrator: true });
  const answer = await begun(`/api/quarantine/${quarantined}/file`, who);
  expect(answer.statusCode).toBe(200);
  await change(who, { administrator: false });
  expect(await received(answer)).toBeLessThan(BYTES);
});

test.each([
  `/dicom-web/studies/${STUDY}`,
  `/api/studies/${STUDY}/export`,
  // Of a study of the asker's own, and one that was given beside it.
  `/api/studies/${OWN}/export?also=${STUDY}!HOSPITAL~1`,
])('a study, while it goes out, is broken off when its share is revoked: %s', async (path) => {
  const { hospital } = running.region;
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const shared = await hospital.call<{ id: string }>('POST', `/api/studies/${STUDY}/shares`, { facilityCode: 'CLINIC', until });
  const answer = await begun(path, await asker({ facilityCode: 'CLINIC' }));
  expect(answer.statusCode).toBe(200);
  expect((await hospital.call('DELETE', `/api/studies/${STUDY}/shares/${shared.body.id}`)).status).toBe(200);
  expect(await received(answer)).toBeLessThan(BYTES);
});

describe('what was given to a job', () => {
  const shares = `/api/studies/${STUDY}/shares`;
  const give = async (more: object) => {
    const wish = { facilityCode: 'CLINIC', until: new Date(Date.now() + 86_400_000).toISOString(), ...more };
    const made = await running.region.hospital.call<{ id: string }>('POST', shares, wish);
    expect(made.status).toBe(201);
    return async () => expect((await running.region.hospital.call('DELETE', `${shares}/${made.body.id}`)).status).toBe(200);
  };

  test('a study, while it goes out, is broken off when its asker has another job', async () => {
    const end = await give({ job: 'physician' });
    const who = await asker({ facilityCode: 'CLINIC' });
    const answer = await begun(`/dicom-web/studies/${STUDY}`, who);
    expect(answer.statusCode).toBe(200);
    await change(who, { job: 'nurse' });
    expect(await received(answer)).toBeLessThan(BYTES);
    await end();
  });

  test('a file by WADO-URI, while it goes out, is broken off when no more than looking is left', async () => {
    const ends = [await give({ mayDownload: false }), await give({ job: 'physician' })];
    const who = await asker({ facilityCode: 'CLINIC' });
    const one = `studyUID=${STUDY}&seriesUID=${STUDY}.1&objectUID=${STUDY}.1.1`;
    const answer = await begun(`/wado?requestType=WADO&${one}&contentType=application%2Fdicom`, who);
    expect(answer.statusCode).toBe(200);
    await ends.pop()?.();
    expect(await received(answer)).toBeLessThan(BYTES);
    expect((await begun(`/dicom-web/studies/${STUDY}/metadata`, who)).resume().statusCode).toBe(200);
    await ends.pop()?.();
  });
});

test.each<[string, ((who: Asker) => Promise<void>) | undefined, number]>([
  ['nothing happens', undefined, 201],
  ['its sender is disabled', (who) => change(who, { disabled: true }), 401],
  ['its sender has another job', (who) => change(who, { job: 'nurse' }), 403],
])('while the body of a share comes in slowly, %s', async (_what, happens, expected) => {
  const who = await asker({});
  const path = `/api/studies/${STUDY}/shares`;
  const body = JSON.stringify({ facilityCode: 'STRANGER', until: new Date(Date.now() + 86_400_000).toISOString() });
  const headers = { authorization: `Bearer ${who.client.token}`, 'content-type': 'application/json', 'content-length': body.length };
  const asking = request(`${running.url}${path}`, { method: 'POST', headers });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    asking.once('response', (answer) => resolve(answer.resume().statusCode)).once('error', reject);
  });
  asking.write(body.slice(0, 10));
  await happens?.(who);
  await decidedAgain();
  asking.end(body.slice(10));
  expect(await answered).toBe(expected);
});

test('of several instances in one request none comes in after its sender was disabled; the sender hears which came before', async () => {
  const who = await asker({});
  const study = '2.25.4712';
  const instance = (n: number) =>
    smallFile({ studyInstanceUID: study, seriesInstanceUID: `${study}.1`, sopInstanceUID: `${study}.1.${n}` });
  const { headers, body } = multipartOf([instance(1), instance(2)]);
  // To the end of the line that ends the first part.
  const half = Buffer.from(body).indexOf('--renkei-test-boundary', 10) + 24;
  const asking = request(`${running.url}/dicom-web/studies`, {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${who.client.token}`, 'content-length': body.length },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asking.once('response', resolve).once('error', reject);
  });
  asking.write(body.subarray(0, half));
  const kept = async () => (await running.region.hospital.fetch(`/dicom-web/studies/${study}/instances`)).status === 200;
  await eventually(kept);
  await change(who, { disabled: true });
  await decidedAgain();
  asking.end(body.subarray(half));
  const answer = await answered;
  const said = JSON.parse(Buffer.concat(await answer.toArray()).toString());
  expect(answer.statusCode).toBe(202);
  expect(said['00081199'].Value).toMatchObject([{ '00081155': { Value: [`${study}.1.1`] } }]);
  expect(said['0008119A'].Value).toMatchObject([{ '00081197': { Value: [0x0124] } }]);
  const found = await running.region.hospital.fetch(`/dicom-web/studies/${study}/instances`);
  expect((await found.json()).length).toBe(1);
});
