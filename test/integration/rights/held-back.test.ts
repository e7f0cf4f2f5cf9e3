/** A series that is held back is not there: at every address that the running program answers, on both its processes, whatever is remembered. */
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RECHECK_MS } from '../../../gateway/doorstep/watch-answer.ts';
import { type Gateway, startGateway } from '../../../gateway/main.ts';
import { type ApiClient, createSmallRegion, type SmallRegion } from '../../fixtures/api-client.ts';
import { unpack } from '../../fixtures/dicom/exported.ts';
import { smallFile } from '../../fixtures/dicom/small-dicom.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type GatewayProcess, startGatewayProcess } from '../../fixtures/gateway-process.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { folderWithDatabase } from '../../fixtures/servers/made-database.ts';
import { testConfig } from '../../fixtures/test-config.ts';

const STUDY = '2.25.815';
const SHOWN = `${STUDY}.1`;
const HELD = `${STUDY}.2`;
const NOWHERE = `${STUDY}.3`;
const OTHER_STUDY = '2.25.816';
/** More than the connection's buffers hold, by far. */
const SIDE = 5000;
const SHARES = `/api/studies/${STUDY}/shares`;

let gateway: Gateway;
let second: GatewayProcess;
let region: SmallRegion;
let url: string;

beforeAll(async () => {
  const dataFolder = await folderWithDatabase('held-back');
  gateway = await startGateway(testConfig(dataFolder));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
  second = await startGatewayProcess(dataFolder);
  const image = (series: string, n: number) =>
    smallFile({ studyInstanceUID: STUDY, seriesInstanceUID: series, sopInstanceUID: `${series}.${n}`, instanceNumber: n });
  const of = (series: string, side: number) =>
    smallFile({
      studyInstanceUID: OTHER_STUDY,
      seriesInstanceUID: `${OTHER_STUDY}.${series}`,
      sopInstanceUID: `${OTHER_STUDY}.${series}.1`,
      patientID: 'P-2',
      ...{ rows: side, columns: side, pixels: new Uint8Array(side * side * 2) },
    });
  const files = [image(SHOWN, 1), image(SHOWN, 2), image(HELD, 1), of('1', SIDE), of('2', 16)];
  for (const file of files) {
    expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) })).status).toBe(200);
  }
}, 120_000);

afterAll(async () => {
  await second?.stop();
  await gateway?.close();
});

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

async function give(more: object, shares = SHARES): Promise<string> {
  const wish = { facilityCode: 'CLINIC', until: inDays(7), ...more };
  const made = await region.hospital.call<{ id: string }>('POST', shares, wish);
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  return made.body.id;
}

/** Every address about a study that is read, with this series and its first instance in it. */
function addressesOf(series: string): readonly string[] {
  const fill: Readonly<Record<string, string>> = { of: 'HOSPITAL~1', frames: '1', '*': '7FE00010' };
  const wado = `requestType=WADO&studyUID=${STUDY}&objectUID=${series}.1`;
  return gateway.routes
    .filter(({ method, action }) => method === 'GET' && (action === 'study.view' || action === 'study.download'))
    .flatMap(({ url: pattern }) => {
      if (/^(\/wado|\/dicom-web(\/of\/:of)?\/?)$/.test(pattern)) {
        const path = pattern.replace(':of', fill['of'] ?? '');
        const file = `${path}?${wado}&contentType=application%2Fdicom`;
        return [`${path}?${wado}`, `${path}?${wado}&seriesUID=${series}`, file];
      }
      return [
        pattern
          .replace(/:(\w*study\w*)/i, STUDY)
          .replace(/:(\w*series\w*)/i, series)
          .replace(/:(\w*instance\w*)/i, `${series}.1`)
          .replace(/:(\w+)|\*/g, (name, word: string | undefined) => fill[word ?? '*'] ?? name),
      ];
    });
}

interface Said {
  readonly path: string;
  readonly status: number;
  readonly etag: string | null;
  readonly text: string;
}

/** What each of these addresses answers, as one image and as many. `known`: to who says what was answered before. */
async function said(base: string, client: ApiClient, paths: readonly string[], known: readonly Said[] = []): Promise<readonly Said[]> {
  const accepts = ['*/*', 'multipart/related; type="image/jpeg"', 'multipart/related; type="application/octet-stream"'];
  const asked = paths.flatMap((path) => accepts.map((accept) => ({ path, accept })));
  return Promise.all(
    asked.map(async ({ path, accept }) => {
      const what = `${path} ${accept}`;
      const before = known.find((one) => one.path === what)?.etag;
      const headers = { accept, authorization: `Bearer ${client.token}`, ...(before && { 'if-none-match': before }) };
      const answer = await fetch(`${base}${path}`, { headers });
      const text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
      return { path: what, status: answer.status, etag: answer.headers.get('etag'), text };
    }),
  );
}

const names = (path: string) => path.includes(HELD) || path.includes(NOWHERE);
/** Without what names the request. */
const anonymous = ({ path, text, ...rest }: Said) => ({
  ...rest,
  path: path.replaceAll(NOWHERE, HELD),
  text: text
    .replace(/"requestId":"[^"]*"/, '')
    .replaceAll(/renkei-[0-9a-f-]{36}/g, '')
    .replaceAll(NOWHERE, HELD),
});
/** Pictures of the whole study may be made anew meanwhile. */
const ofSeries = (answers: readonly Said[]) => answers.filter(({ path }) => names(path)).map(anonymous);
const bases = () => [url, second.url];

describe('a series that is held back', () => {
  test('is at every address what a series is that is nowhere, and no answer about the study tells of it', async () => {
    // What a node remembers of an instance was asked for by its owner.
    const whole: Said[] = [];
    for (const base of bases()) {
      const owners = await said(base, region.hospital, addressesOf(HELD));
      expect(owners.length).toBeGreaterThan(90);
      expect(owners.filter(({ path, status }) => status === 404 && path.endsWith('*/*'))).toEqual([]);
      whole.push(...owners);
    }
    expect(whole.filter(({ path, etag }) => names(path) && etag !== null).length).toBeGreaterThan(10);
    await give({ heldBack: [HELD] });
    for (const base of bases()) {
      await eventually(async () => (await said(base, region.clinic, [`/api/studies/${STUDY}`])).every(({ status }) => status === 200));
      const there = await said(base, region.clinic, addressesOf(SHOWN));
      expect(there.filter(({ path, status }) => status === 404 && path.endsWith('*/*'))).toEqual([]);
      const held = await said(base, region.clinic, addressesOf(HELD));
      const nowhere = await said(base, region.clinic, addressesOf(NOWHERE));
      expect(ofSeries(held)).toEqual(ofSeries(nowhere));
      // Nor is it told that what somebody has of it is still so.
      const known = await said(base, region.clinic, addressesOf(HELD), whole);
      expect(ofSeries(known)).toEqual(ofSeries(nowhere));
      expect(held.filter(({ path, status }) => names(path) && status < 400 && !/\/instances( |$)/.test(path))).toEqual([]);
      for (const { path, text } of [...there, ...held.filter((one) => !names(one.path))]) {
        expect({ path, tells: text.includes(HELD) }).toEqual({ path, tells: false });
      }
    }
  });

  test('is in no list, and counted in none', async () => {
    for (const base of bases()) {
      const lists = ['/api/studies', ...['studies', 'series', 'instances'].map((level) => `/dicom-web/${level}?includefield=all`)];
      const answers = await said(base, region.clinic, lists);
      for (const { path, text } of answers) expect({ path, tells: text.includes(HELD) }).toEqual({ path, tells: false });
      const [studies, ...levels] = answers.filter(({ path }) => path.endsWith('*/*')).map(({ text }) => JSON.parse(text));
      expect(studies.studies).toMatchObject([{ seriesCount: 1, instanceCount: 2, imageCount: 2 }]);
      expect(levels.map((rows) => rows.length)).toEqual([1, 1, 2]);
      const counts = levels.flat().map((row) => [row['00201206']?.Value?.[0], row['00201208']?.Value?.[0]]);
      for (const count of counts) expect(count).toEqual([1, 2]);
      const searches = [`series?SeriesInstanceUID=${HELD}`, `instances?SeriesInstanceUID=${HELD}`, `instances?SOPInstanceUID=${HELD}.1`];
      const found = await said(
        base,
        region.clinic,
        searches.map((search) => `/dicom-web/${search}`),
      );
      expect(found.filter(({ status, text, path }) => path.endsWith('*/*') && (status !== 200 || text !== '[]'))).toEqual([]);
    }
  });

  test('is there with another share that shows it, and a second after that ended not any more; an open page hears of it', async () => {
    const frame = `/dicom-web/studies/${STUDY}/series/${HELD}/instances/${HELD}.1/frames/1`;
    const statusAt = async (base: string) => (await said(base, region.clinic, [frame]))[0]?.status;
    const shown = async () => (await region.clinic.call<{ shown: string }>('GET', `/api/studies/${STUDY}`)).body.shown;
    const part = await shown();
    const share = await give({ job: 'physician' });
    for (const base of bases()) await eventually(async () => (await statusAt(base)) === 200);
    const whole = await eventually(async () => {
      const now = await shown();
      return now !== part && now;
    });
    const standing = async (as: string) => {
      const asked = `/api/standing?studies=${encodeURIComponent(`${STUDY}!HOSPITAL~1!${as}`)}`;
      return (await region.clinic.call<{ studies: string[] }>('GET', asked)).body.studies;
    };
    expect([await standing(whole), await standing(part)]).toEqual([['stands'], ['changed']]);
    expect((await region.hospital.call('DELETE', `${SHARES}/${share}`)).status).toBe(200);
    const endedAt = performance.now();
    for (const base of bases()) await eventually(async () => (await statusAt(base)) === 404);
    expect(performance.now() - endedAt).toBeLessThan(1000);
    expect([await standing(whole), await standing(part)]).toEqual([['changed'], ['stands']]);
  });

  test('may be looked at and not taken, when a share for looking shows it', async () => {
    const share = await give({ job: 'physician', mayDownload: false });
    const series = `/dicom-web/studies/${STUDY}/series/${HELD}`;
    await eventually(async () => (await region.clinic.fetch(`${series}/metadata`)).status === 200);
    expect((await region.clinic.fetch(series)).status).toBe(404);
    const study = await region.clinic.fetch(`/dicom-web/studies/${STUDY}`);
    expect(study.status).toBe(200);
    const text = Buffer.from(await study.arrayBuffer()).toString('latin1');
    expect([text.includes(SHOWN), text.includes(HELD)]).toEqual([true, false]);
    const taken = await region.hospital.call<{ disclosures: { action: string; count: number }[] }>(
      'GET',
      `/api/studies/${STUDY}/disclosures`,
    );
    expect(taken.body.disclosures.find(({ action }) => action === 'study-downloaded')?.count).toBe(2);
    expect((await region.hospital.call('DELETE', `${SHARES}/${share}`)).status).toBe(200);
  });

  test('is not in an export, whose index page does not tell of it; the export is on record by its right', async () => {
    const exported = await region.clinic.fetch(`/api/studies/${STUDY}/export`);
    expect(exported.headers.get('content-disposition')).toMatch(/^attachment; filename="renkei-[0-9-]+\.zip"$/);
    const { records, files, folder, remove } = unpack(new Uint8Array(await exported.arrayBuffer()));
    expect(records.map(({ type }) => type)).toEqual(['PATIENT', 'STUDY', 'SERIES', 'IMAGE', 'IMAGE']);
    expect(files).toHaveLength(5);
    expect(readFileSync(join(folder, 'INDEX.HTM'), 'utf8').match(/<tr><td>/g)).toHaveLength(1);
    remove();
    const plan = await region.clinic.call('GET', `/api/studies/${STUDY}/export-plan`);
    expect(plan.body).toMatchObject({ studies: 1, series: 1, instances: 2 });
    const [entry] = await gateway.stores.index.audit.find({ actions: ['study-downloaded'], limit: 1 });
    expect(entry?.entry).toMatchObject({
      outcome: 'success',
      what: { studyInstanceUID: STUDY, count: 2, media: true },
      right: { kind: 'share', grant: expect.any(String) },
      toFacilityCode: 'CLINIC',
    });
  });

  test('of several persons nothing is exported together', async () => {
    const paths = ['export', 'export-plan'].map((what) => `/api/studies/${STUDY}/${what}?also=${OTHER_STUDY}!HOSPITAL~1`);
    for (const path of paths) {
      const answer = await region.hospital.call<{ reason: string }>('GET', path);
      expect([answer.status, answer.body.reason]).toEqual([400, 'export-several-persons']);
      expect((await region.clinic.call('GET', path)).status).toBe(404);
    }
  });

  test('stands in the share and on record', async () => {
    const shares = await region.hospital.call<{ shares: { heldBack: string[]; revokedAt: string | null }[] }>('GET', SHARES);
    expect(shares.body.shares.filter(({ revokedAt }) => revokedAt === null).map(({ heldBack }) => heldBack)).toEqual([[HELD]]);
    const record = await region.administrator.call<{ entries: { action: string; about: object }[] }>(
      'GET',
      '/api/record?action=study-shared',
    );
    const given = record.body.entries.filter(({ action }) => action === 'study-shared').map(({ about }) => about);
    expect(given).toContainEqual(expect.objectContaining({ heldBack: [HELD] }));
  });

  test('is held back still, and a share for looking is one for looking, when it is given again for longer and nothing more is said', async () => {
    const toJob = { facilityCode: 'CLINIC', job: 'physician' };
    const terms = async (more: object) => {
      const made = await region.hospital.call<{ heldBack: string[]; mayDownload: boolean }>('POST', SHARES, {
        ...toJob,
        until: inDays(7),
        ...more,
      });
      const { body } = await region.administrator.call<{ entries: { about: object }[] }>('GET', '/api/record?action=study-shared');
      return { heldBack: made.body.heldBack, mayDownload: made.body.mayDownload, about: body.entries[0]?.about };
    };
    const looking = { heldBack: [HELD], mayDownload: false };
    const about = { heldBack: [HELD], viewOnly: true };
    expect(await terms(looking)).toMatchObject({ ...looking, about });
    expect(await terms({ until: inDays(14) })).toMatchObject({ ...looking, about });
    const all = await terms({ heldBack: [], mayDownload: true });
    expect(all).toMatchObject({ heldBack: [], mayDownload: true });
    expect(all.about).not.toHaveProperty('heldBack');
    expect(all.about).not.toHaveProperty('viewOnly');
    const { shares } = (
      await region.hospital.call<{ shares: { id: string; toJob: string | null; revokedAt: string | null }[] }>('GET', SHARES)
    ).body;
    const share = shares.find(({ toJob: job, revokedAt }) => job === 'physician' && revokedAt === null);
    expect((await region.hospital.call('DELETE', `${SHARES}/${share?.id}`)).status).toBe(200);
  });

  test('tells nothing by when it comes: neither that images are on their way, nor when they came', async () => {
    const told = async () => {
      type Listed = { studies: { complete: boolean; receivedAt: string; arrivedAt: string }[] };
      const [study] = (await region.clinic.call<Listed>('GET', '/api/studies')).body.studies;
      return [study?.complete, study?.receivedAt, study?.arrivedAt];
    };
    const wholly = async () => (await region.hospital.call<{ complete: boolean }>('GET', `/api/studies/${STUDY}`)).body.complete;
    // A study is complete before its series are derived; the receiver's is, once the shown ones are.
    const derived = async () => /^renkei_tasks_waiting 0$/m.test(await (await fetch(`${url}/metrics`)).text());
    await eventually(async () => (await told())[0] === true && (await wholly()) && (await derived()));
    const before = await told();
    const file = smallFile({ studyInstanceUID: STUDY, seriesInstanceUID: HELD, sopInstanceUID: `${HELD}.9`, instanceNumber: 9 });
    expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) })).status).toBe(200);
    await eventually(async () => !(await wholly()));
    expect(await told()).toEqual(before);
  });

  test.each<[string, readonly string[], string]>([
    ['that is none of the study', [NOWHERE], 'unknown-series'],
    ['of another study', [`${OTHER_STUDY}.1`], 'unknown-series'],
    ['so that nothing would be left', [HELD, SHOWN, HELD], 'nothing-left'],
    ['whose UID is none', ['x'], 'unknown-series'],
    ['beyond the bound', Array.from({ length: 201 }, (_, n) => `${STUDY}.9${n}`), 'malformed'],
  ])('cannot be one %s', async (_name, heldBack, reason) => {
    const wish = { facilityCode: 'STRANGER', until: inDays(7), heldBack };
    const refused = await region.hospital.call<{ reason: string }>('POST', SHARES, wish);
    expect([refused.status, refused.body.reason]).toEqual([400, reason]);
  });
});

test('a study, while it goes out, is broken off when one of its series is held back from then on', async () => {
  const shares = `/api/studies/${OTHER_STUDY}/shares`;
  await give({}, shares);
  const headers = { authorization: `Bearer ${region.clinic.token}` };
  const answer = await eventually(async () => {
    const begun = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${url}/dicom-web/studies/${OTHER_STUDY}`, { headers }, resolve).once('error', reject);
    });
    if (begun.statusCode === 200) return begun;
    begun.resume();
    return undefined;
  });
  await give({ heldBack: [`${OTHER_STUDY}.2`] }, shares);
  const sinceMs = performance.now();
  while (performance.now() - sinceMs < 2 * RECHECK_MS) await (await fetch(`${url}/healthz`)).text();
  let bytes = 0;
  try {
    for await (const piece of answer) bytes += (piece as Buffer).length;
  } catch {
    // Broken off.
  }
  expect(bytes).toBeLessThan(SIDE * SIDE * 2);
});
