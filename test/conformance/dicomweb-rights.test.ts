import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FairTurns, TurnLimits } from '../../gateway/domain/bounds/fair-turns.ts';
import type { StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import { STUDY_FACTS_MS_MAX } from '../../gateway/usecases/access/see-study.ts';
import { DECODING_TURNS, RENDERING_TURNS } from '../../gateway/usecases/retrieve/looks.ts';
import { type KnownInstance, readShared } from '../fixtures/dicom/shared-data.ts';
import { type RunningDoor, startDoor } from '../fixtures/servers/dicomweb-door.ts';

/** Who may see, and what of it is on record, at every address of PS3.18. */

const CT = await readShared('series/ct-head-phantom-140/I10');
const MR_J2K = await readShared('syntaxes/pydicom-data__emri_small_jpeg_2k_lossless.dcm');
const WITHIN = { timeout: 60_000 };
const STORED = 'multipart/related; type="application/octet-stream"; transfer-syntax=*';

let door: RunningDoor;

beforeAll(async () => {
  door = await startDoor(['H1', 'C1', 'X1']);
  const stored = await door.store(
    'H1',
    [CT, MR_J2K].map(({ path }) => readFileSync(path)),
  );
  expect([200, 202]).toContain(stored.status);
}, 120_000);
afterAll(() => door?.close());

const at = (of: KnownInstance, rest = '') =>
  `/dicom-web/studies/${of.studyInstanceUID}/series/${of.seriesInstanceUID}/instances/${of.sopInstanceUID}${rest}`;
const get = (path: string, headers: Record<string, string> = {}, facility = 'H1') => door.fetch(facility, path, { headers });

describe('who may not know', () => {
  const paths = () =>
    door.routes
      .filter(({ method }) => method === 'GET')
      .map(({ url }) =>
        url
          .replace(':study', CT.studyInstanceUID)
          .replace(':series', CT.seriesInstanceUID)
          .replace(':instance', CT.sopInstanceUID)
          .replace(':frames', '1')
          .replace(':of', 'H1~1')
          .replace('*', '7FE00010')
          .replace(
            /^\/(wado|dicom-web\/?|dicom-web\/of\/H1~1\/?)$/,
            (path) => `${path}?requestType=WADO&studyUID=${CT.studyInstanceUID}&objectUID=${CT.sopInstanceUID}`,
          ),
      );

  test('every route names its action, and asks who is asking', async () => {
    expect(door.routes.filter(({ action }) => action === undefined)).toEqual([]);
    expect(door.routes.length).toBeGreaterThan(40);
    for (const path of paths()) expect({ path, status: (await door.fetch(undefined, path)).status }).toEqual({ path, status: 401 });
    expect(
      (await door.fetch(undefined, '/dicom-web/studies', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } })).status,
    ).toBe(401);
  });

  test('a stranger hears of a study exactly what it hears of none', async () => {
    for (const path of paths()) {
      const there = await get(path, {}, 'X1');
      const nowhere = await get(path.replaceAll(CT.studyInstanceUID, '1.2.3.4.5'), {}, 'X1');
      const text = await there.text();
      if (path.includes(CT.studyInstanceUID)) expect({ path, status: there.status }).toEqual({ path, status: 404 });
      else expect({ path, text }).toEqual({ path, text: '[]' });
      expect({ path, text }).toEqual({ path, text: await nowhere.text() });
    }
  });

  test('a share opens every route, and its revocation closes them within a second', async () => {
    const begun = performance.now();
    const { index, facilities, userId } = door;
    const study = await index.studies.study(
      facilities['H1'] as never,
      { studyInstanceUID: CT.studyInstanceUID as StudyInstanceUID },
      new Date(),
    );
    const audit = { action: 'study-shared', outcome: 'success', who: { kind: 'person' } } as const;
    const until = new Date(Date.now() + 3600_000);
    const share = await index.shares.share(
      { studyId: study?.id as never, toFacilityId: facilities['C1']?.id as never, until, by: userId },
      () => [audit],
      COMMAND_LINE,
    );
    const url = at(CT, '/frames/1');
    // Below the owner's base a study is remembered apart, for as long.
    const addresses = [url, url.replace('/dicom-web/', '/dicom-web/of/H1~1/')];
    for (const one of addresses) while ((await get(one, {}, 'C1')).status !== 200) expect(performance.now()).toBeLessThan(begun + 10_000);
    for (const path of paths()) expect({ path, status: (await get(path, {}, 'C1')).status }).toEqual({ path, status: 200 });
    await index.shares.revoke(share.id, study?.id as never, userId, { ...audit, action: 'share-revoked' }, COMMAND_LINE);
    const end = performance.now() + 1000;
    for (const one of addresses) {
      while ((await get(one, {}, 'C1')).status === 200) expect(performance.now()).toBeLessThan(end);
    }
    for (const path of paths().filter((one) => one.includes(CT.studyInstanceUID))) {
      while ((await get(path, {}, 'C1')).status !== 404) expect({ path, late: performance.now() > end }).toEqual({ path, late: false });
    }
  });

  test('looking is on record once, each download and each search by itself', async () => {
    const count = async (action: 'study-viewed' | 'study-downloaded' | 'studies-listed') =>
      (await door.index.audit.find({ actions: [action], limit: 10_000 })).length;
    const before = {
      viewed: await count('study-viewed'),
      downloaded: await count('study-downloaded'),
      listed: await count('studies-listed'),
    };
    const stored = readFileSync(MR_J2K.path);
    await door.store('X1', [stored]);
    for (let frame = 1; frame <= 5; frame++) await get(at(MR_J2K, `/frames/${frame}`), {}, 'X1');
    await get(at(MR_J2K), {}, 'X1');
    await get(at(MR_J2K), {}, 'X1');
    await get('/dicom-web/studies', {}, 'X1');
    expect({
      viewed: await count('study-viewed'),
      downloaded: await count('study-downloaded'),
      listed: await count('studies-listed'),
    }).toEqual({
      viewed: before.viewed + 1,
      downloaded: before.downloaded + 2,
      listed: before.listed + 1,
    });
    const [last] = await door.index.audit.find({ actions: ['study-downloaded'], limit: 1 });
    expect(last?.entry).toMatchObject({
      right: { kind: 'owner' },
      who: { facilityCode: 'X1' },
      what: { count: 1, sopInstanceUID: MR_J2K.sopInstanceUID },
    });
  });
});

describe('an answer that is long in the making', () => {
  const gate = () => {
    let resolve = () => {};
    const promise = new Promise<void>((open) => {
      resolve = open;
    });
    return { promise, resolve };
  };
  /** Takes every turn until it is let go. */
  const occupy = (turns: FairTurns, { atOnce, atOnceOfOne }: TurnLimits): (() => void) => {
    const { promise, resolve } = gate();
    for (let n = 0; n < atOnce; n++) void turns.run(`somebody ${Math.floor(n / atOnceOfOne)}`, () => promise);
    return resolve;
  };
  /** As it is stored: no turn is asked for. */
  const look = async (of: KnownInstance) => (await get(at(of, '/frames/1'), { accept: STORED }, 'C1')).status;
  const share = async (of: KnownInstance) => {
    const { index, facilities, userId } = door;
    const address = { studyInstanceUID: of.studyInstanceUID as StudyInstanceUID };
    const study = await index.studies.study(facilities['H1'] as never, address, new Date());
    const entry = { action: 'study-shared', outcome: 'success', who: { kind: 'person' } } as const;
    const made = {
      studyId: study?.id as never,
      toFacilityId: facilities['C1']?.id as never,
      until: new Date(Date.now() + 3600_000),
      by: userId,
    };
    const { id } = await index.shares.share(made, () => [entry], COMMAND_LINE);
    await vi.waitUntil(async () => (await look(of)) === 200, WITHIN);
    return () => index.shares.revoke(id, study?.id as never, userId, { ...entry, action: 'share-revoked' }, COMMAND_LINE);
  };
  /** Nothing that was believed of the study before is believed any more. */
  const known = async (of: KnownInstance) => {
    const since = performance.now();
    const ended = async () => (await look(of)) === 404 && performance.now() > since + STUDY_FACTS_MS_MAX;
    await vi.waitUntil(ended, WITHIN);
  };

  test.each([
    ['a rendered image', at(CT, '/rendered'), 'image/png', () => door.looks.renderings, RENDERING_TURNS],
    [
      'images of a study',
      `/dicom-web/studies/${CT.studyInstanceUID}/rendered`,
      'multipart/related; type="image/png"',
      () => door.looks.renderings,
      RENDERING_TURNS,
    ],
    [
      'a decoded frame',
      at(MR_J2K, '/frames/1'),
      'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1',
      () => door.looks.decodings,
      DECODING_TURNS,
    ],
    [
      'decoded frames',
      at(MR_J2K, '/frames/1,2'),
      'multipart/related; type="application/octet-stream"',
      () => door.looks.decodings,
      DECODING_TURNS,
    ],
  ] as const)('%s that waits for a turn is not given to who has lost the right meanwhile', async (_name, path, accept, turns, limits) => {
    const of = path.includes(CT.studyInstanceUID) ? CT : MR_J2K;
    const revoke = await share(of);
    const letGo = occupy(turns(), limits);
    const answer = get(path, { accept }, 'C1');
    await vi.waitUntil(() => turns().waiting === 1, WITHIN);
    await revoke();
    await known(of);
    letGo();
    expect((await answer).status).toBe(404);
  });

  test.each([
    ['studies', '/dicom-web/studies', 503],
    ['series', '/dicom-web/series', 503],
    ['instances', '/dicom-web/instances', 503],
    ['series of the study', `/dicom-web/studies/${CT.studyInstanceUID}/series`, 404],
    ['instances of the study', `/dicom-web/studies/${CT.studyInstanceUID}/instances`, 404],
    ['metadata', `/dicom-web/studies/${CT.studyInstanceUID}/metadata`, 404],
  ])('a list of %s that waits for its entry on the record', async (_name, path, status) => {
    const revoke = await share(CT);
    const { promise, resolve } = gate();
    const { append } = door.index.audit;
    const held = vi.spyOn(door.index.audit, 'append').mockImplementationOnce(async (entries) => {
      await promise;
      return append(entries);
    });
    const answer = get(path, {}, 'C1');
    await vi.waitUntil(() => held.mock.calls.length === 1, WITHIN);
    await revoke();
    await known(CT);
    resolve();
    held.mockRestore();
    expect((await answer).status).toBe(status);
  });
});
