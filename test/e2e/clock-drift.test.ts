import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import { createSmallRegion, SMALL_REGION, SMALL_REGION_PASSWORD, type SmallRegion } from '../fixtures/api-client.ts';
import { fillSignIn, openBrowser, openVisitor, signIn, type Visitor } from '../fixtures/browser.ts';
import { looksRight } from '../fixtures/desk.ts';
import { smallDataSet, smallFile } from '../fixtures/dicom/small-dicom.ts';
import { eventually } from '../fixtures/eventually.ts';
import { ADMINISTRATOR, command, type GatewayProcess, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { say } from '../fixtures/say.ts';
import { type MovedClock, movedClock } from '../fixtures/servers/moved-clock.ts';
import { type PostgresServer, query, startPostgresServer } from '../fixtures/servers/postgres-server.ts';

/** The real program whose machine's clock leaves that of its PostgreSQL: told, then refused at each door, then well again by itself. */
const STUDY = '1.2.826.0.1.3680043.10.1541.77';
const SERIES = `${STUDY}.1`;
const CT = '1.2.840.10008.5.1.4.1.1.2' as SOPClassUID;
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1' as TransferSyntaxUID;
const folder = temporaryFolder('clock-drift');
let postgres: PostgresServer;
let databaseUrl: string;
let clock: MovedClock;
let gateway: GatewayProcess;
let region: SmallRegion;
let browser: Browser;
let visitors: readonly Visitor[];
const acknowledged: string[] = [];
let counter = 0;

beforeAll(async () => {
  postgres = await startPostgresServer();
  databaseUrl = await postgres.createDatabase();
  clock = movedClock(folder);
  gateway = await startGatewayProcess(folder, { RENKEI_DATABASE_URL: databaseUrl, RENKEI_QUIET_SECONDS: '1', ...clock.settings });
  region = await createSmallRegion(gateway.url);
  browser = await openBrowser();
  visitors = [await openVisitor(browser, gateway.url, 'ja', 'desktop'), await openVisitor(browser, gateway.url, 'en', 'upright tablet')];
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await postgres?.remove();
  rmSync(folder, { recursive: true, force: true });
});

test('clocks that agree: nothing is said, and each door serves', async () => {
  expect(await readiness()).toEqual({ status: 200, down: [], warnings: [] });
  expect(await warnings()).toEqual([]);
  expect(await everyDoor()).toEqual(SERVED);
});

test('5 s apart: told to whoever operates it, and each door serves', async () => {
  clock.set(5_000);
  await eventually(async () => (await warnings()).length > 0);
  expect(await warnings()).toEqual([{ code: 'clock-drift', detail: hostname() }]);
  expect(await readiness()).toEqual({
    status: 200,
    down: [],
    warnings: [['clock', "this machine's clock is 5 s ahead of the database's"]],
  });
  expect(await aheadSeconds()).toBeCloseTo(5, 0);
  for (const visitor of visitors) {
    await signIn(visitor, ADMINISTRATOR.email, ADMINISTRATOR.password);
    await visitor.page.getByText(say(visitor.words.admin.warning['clock-drift'], { detail: hostname() })).waitFor();
    await looksRight(visitor, 'clock-warning');
  }
  expect(await everyDoor()).toEqual(SERVED);
});

describe.each([
  ['ahead of', 120_000],
  ['behind', -90_000],
])('so far %s the database’s that nobody could say when it was', (where, ms) => {
  test('each door refuses in its own words, from that moment on; nothing is kept and nothing is on record', async () => {
    const before = await kept();
    clock.set(ms);
    expect(await everyDoor()).toEqual(REFUSED);
    // Readiness is remembered for a second, and the log tells it with the next look.
    await eventually(async () => (await readiness()).status === 503);
    await eventually(async () => gateway.stderr().includes('clock.refused'));
    expect(await readiness()).toEqual({
      status: 503,
      down: [['clock', expect.stringContaining(`${Math.abs(ms) / 1000} s ${where} the database's`)]],
      warnings: [],
    });
    expect(await kept()).toEqual(before);
  });

  test('people are told in their language what is wrong; the administrator’s page says what to do', async () => {
    for (const visitor of visitors) {
      const { words, language, size } = visitor;
      await visitor.page.reload();
      await visitor.page.getByText(say(words.admin.warning['clock-drift'], { detail: hostname() })).waitFor();
      const another = await openVisitor(browser, gateway.url, language, size);
      another.expectAnswer(401, /\/api\/session/);
      another.expectAnswer(503, /\/api\/session$/);
      await another.page.goto(`${gateway.url}/`);
      await fillSignIn(another, SMALL_REGION.clinic.email, SMALL_REGION_PASSWORD);
      await another.page.getByText(words.error['clock-drift']).waitFor();
      await looksRight(another, 'clock-refused');
      expect(another.problems()).toEqual([]);
      await another.context.close();
    }
  });

  test('set right, it goes on by itself: nobody waits, and all that was acknowledged is there', async () => {
    clock.set(0);
    expect(await everyDoor()).toEqual(SERVED);
    await eventually(async () => (await readiness()).status === 200);
    const rows = (await (await region.hospital.fetch(`/dicom-web/studies/${STUDY}/instances?limit=1000`)).json()) as {
      '00080018': { Value: string[] };
    }[];
    expect(rows.map((row) => row['00080018'].Value[0]).sort()).toEqual([...acknowledged].sort());
  });
});

test('a program that is started under such a clock tells it, and serves once it is right', async () => {
  await gateway.stop();
  clock.set(-3_600_000);
  gateway = await startGatewayProcess(folder, { RENKEI_DATABASE_URL: databaseUrl, ...clock.settings });
  expect(await readiness()).toMatchObject({ status: 503, down: [['clock', expect.stringContaining('3600 s behind')]] });
  const given = { RENKEI_DATABASE_URL: databaseUrl, ...clock.settings };
  const refused = await command(folder, ['facility', 'create', '--code', 'LATE', '--name', 'L'], given);
  expect({ status: refused.status, answer: refused.answer }).toEqual({
    status: 1,
    answer: { error: 'unavailable', message: expect.stringMatching(/3600 s behind .* until both are right \(NTP\)/) },
  });
  clock.set(0);
  await eventually(async () => (await readiness()).status === 200);
  const { status, answer } = await command(folder, ['audit', 'verify'], given);
  expect({ status, intact: answer['intact'] }).toEqual({ status: 0, intact: true });
  const steps = await query(databaseUrl, "SELECT count(*)::integer AS n FROM audit WHERE action = 'clock-stepped'");
  expect(steps[0]?.['n']).toBeGreaterThan(0);
});

const SERVED = {
  stow: { status: 200, reason: undefined },
  cStore: { status: 0, comment: undefined },
  cEcho: 0,
  upload: 200,
  share: { status: 201, reason: undefined },
  signIn: 200,
  instance: 200,
};
const REFUSED = {
  // PS3.18 table I.2-2 and PS3.4 B.2.3: out of resources, which a sender tries again.
  stow: { status: 503, reason: 0xa700 },
  cStore: { status: 0xa700, comment: "the gateway's clock is wrong, nothing is recorded, try again" },
  cEcho: 0,
  upload: 503,
  share: { status: 503, reason: 'clock-drift' },
  signIn: 503,
  instance: 503,
};

/** What each door answers to who asks it for something that goes on record. */
async function everyDoor() {
  const stow = await stowOne();
  const [c, upload, share] = [await dimseOne(), await uploadOne(), await shareIt()];
  const signedIn = await fetch(`${gateway.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: SMALL_REGION.clinic.email, password: SMALL_REGION_PASSWORD }),
  });
  await signedIn.text();
  const first = acknowledged[0] ?? '';
  const instance = await region.hospital.fetch(`/dicom-web/studies/${STUDY}/series/${SERIES}/instances/${first}`);
  await instance.arrayBuffer();
  return { stow, ...c, upload, share, signIn: signedIn.status, instance: instance.status };
}

function next() {
  counter += 1;
  return { studyInstanceUID: STUDY, seriesInstanceUID: SERIES, sopInstanceUID: `${SERIES}.${counter}`, instanceNumber: counter };
}

async function stowOne() {
  const one = next();
  const headers = { accept: 'application/dicom+json' };
  const given = multipartOf([smallFile(one)]);
  const answer = await region.hospital.fetch('/dicom-web/studies', {
    method: 'POST',
    ...given,
    headers: { ...given.headers, ...headers },
  });
  const text = await answer.text();
  if (answer.status === 200) acknowledged.push(one.sopInstanceUID);
  // Of no SOP Instance UID yet: Other Failures Sequence.
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as { '0008119A'?: { Value: { '00081197'?: { Value: number[] } }[] } };
  return { status: answer.status, reason: body['0008119A']?.Value[0]?.['00081197']?.Value[0] };
}

async function dimseOne() {
  const one = next();
  const peer = await openAssociation({
    host: '127.0.0.1',
    port: gateway.dimse,
    callingAETitle: SMALL_REGION.hospital.aeTitle,
    calledAETitle: 'RENKEI',
    contexts: [
      { abstractSyntax: CT, transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN] },
      { abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN] },
    ],
  });
  const dataSet = (async function* () {
    yield smallDataSet(one);
  })();
  const sopInstanceUID = one.sopInstanceUID as SOPInstanceUID;
  const stored = await storeInstance(peer, { sopClassUID: CT, sopInstanceUID, transferSyntaxUID: EXPLICIT_LITTLE_ENDIAN, dataSet });
  const echoed = await peer.invoke(3, { AffectedSOPClassUID: '1.2.840.10008.1.1', CommandField: 0x0030 });
  await peer.release();
  if (stored.kept) acknowledged.push(one.sopInstanceUID);
  return { cStore: { status: stored.status, comment: stored.errorComment }, cEcho: echoed.status };
}

async function uploadOne(): Promise<number> {
  const one = next();
  const answer = await region.hospital.fetch('/api/uploads/file', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(smallFile(one)),
  });
  await answer.text();
  if (answer.status === 200) acknowledged.push(one.sopInstanceUID);
  return answer.status;
}

async function shareIt() {
  const until = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const path = `/api/studies/${STUDY}/shares`;
  const { status, body } = await region.hospital.call('POST', path, { facilityCode: SMALL_REGION.clinic.code, until });
  return { status, reason: body['reason'] };
}

/** Rows that outlive what was asked. */
async function kept() {
  const [row] = await query(
    databaseUrl,
    `SELECT (SELECT count(*)::integer FROM audit) AS entries, (SELECT count(*)::integer FROM instance_versions) AS instances,
      (SELECT count(*)::integer FROM grants) AS grants, (SELECT count(*)::integer FROM sessions) AS sessions,
      (SELECT count(*)::integer FROM claims) AS claims, (SELECT coalesce(sum(failures), 0)::integer FROM sign_in_attempts) AS attempts`,
  );
  return row;
}

async function readiness() {
  const answer = await fetch(`${gateway.url}/readyz`);
  type Said = readonly { what: string; why: string }[];
  const { down, warnings = [] } = (await answer.json()) as { down: Said; warnings?: Said };
  const pairs = (said: Said) => said.map(({ what, why }) => [what, why]);
  return { status: answer.status, down: pairs(down), warnings: pairs(warnings) };
}

async function warnings() {
  const { body } = await region.administrator.call<{ warnings: { code: string; detail: string }[] }>('GET', '/api/warnings');
  return body.warnings.map(({ code, detail }) => ({ code, detail }));
}

async function aheadSeconds(): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^renkei_clock_ahead_seconds (\S+)$/m.exec(text)?.[1]);
}
