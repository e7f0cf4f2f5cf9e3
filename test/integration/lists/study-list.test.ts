import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DisclosureList } from '../../../gateway/api/contract/sharing.ts';
import type { StudyDetail, StudyList } from '../../../gateway/api/contract/studies.ts';
import { type Gateway, startGateway } from '../../../gateway/main.ts';
import { type ApiClient, createSmallRegion, type SmallRegion } from '../../fixtures/api-client.ts';
import { crSeries, usSeries } from '../../fixtures/dicom/synthetic-series.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { folderWithDatabase } from '../../fixtures/servers/made-database.ts';
import { testConfig } from '../../fixtures/test-config.ts';

/** The study list as a page keeps it open: order, what is new to the facility, and what a look costs when nothing has changed. */
let gateway: Gateway;
let region: SmallRegion;
let url: string;
const instances = { echo: [...usSeries({ studyDate: '20191105', seed: 12 })], chest: [...crSeries({ studyDate: '20261120', seed: 11 })] };
const studyOf = (key: keyof typeof instances) => instances[key][0]?.studyInstanceUID ?? '';

beforeAll(async () => {
  gateway = await startGateway(testConfig(await folderWithDatabase('study-list')));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
  for (const key of ['chest', 'echo'] as const) {
    const sent = multipartOf(instances[key].map(({ bytes }) => bytes));
    expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...sent })).status).toBe(200);
  }
});
afterAll(() => gateway?.close());

const list = async (client: ApiClient, query = '') => (await client.call<StudyList>('GET', `/api/studies${query}`)).body.studies;
const look = (client: ApiClient, headers: Record<string, string> = {}) =>
  fetch(`${url}/api/studies`, { headers: { cookie: client.cookie, ...headers } });

test('by study date, and as they arrived', async () => {
  const uids = async (query: string) => (await list(region.hospital, query)).map(({ studyInstanceUID }) => studyInstanceUID);
  expect(await uids('')).toEqual([studyOf('chest'), studyOf('echo')]);
  expect(await uids('?order=arrived')).toEqual([studyOf('echo'), studyOf('chest')]);
});

test('clips are no images, and each is told with its frames', async () => {
  const [chest, echo] = await list(region.hospital);
  const clips = instances.echo.length;
  expect(chest).toMatchObject({ instanceCount: 1, imageCount: 1, clipCount: 0 });
  expect(echo).toMatchObject({ instanceCount: clips, imageCount: 0, clipCount: clips });
  const { body } = await region.hospital.call<StudyDetail>('GET', `/api/studies/${studyOf('echo')}`);
  expect(body.series.flatMap((series) => series.clips.map(({ sopInstanceUID }) => sopInstanceUID)).sort()).toEqual(
    instances.echo.map(({ sopInstanceUID }) => sopInstanceUID).sort(),
  );
  expect(body.series[0]?.clips.every(({ frames }) => frames > 1)).toBe(true);
});

describe('what nobody of a facility has opened', () => {
  const unopened = async (client: ApiClient) => (await list(client, '?unopened=true')).map(({ studyInstanceUID }) => studyInstanceUID);

  test('is opened by who looks at it, not by a program, a list or another facility', async () => {
    const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const share = await region.hospital.call('POST', `/api/studies/${studyOf('chest')}/shares`, { facilityCode: 'CLINIC', until });
    expect(share.status).toBe(201);
    expect(await unopened(region.clinic)).toEqual([studyOf('chest')]);
    await region.clinic.fetch(`/api/studies/${studyOf('chest')}`);
    await region.clinic.fetch(`/dicom-web/studies/${studyOf('chest')}/metadata`);
    await region.hospital.call('GET', `/api/studies/${studyOf('chest')}`);
    expect(await unopened(region.clinic)).toEqual([studyOf('chest')]);
    await region.clinic.call('GET', `/api/studies/${studyOf('chest')}`);
    expect(await unopened(region.clinic)).toEqual([]);
    expect((await list(region.clinic))[0]).toMatchObject({ opened: true });
    const { body } = await region.hospital.call<DisclosureList>('GET', `/api/studies/${studyOf('chest')}/disclosures`);
    expect(body.openings).toMatchObject([{ ownStaff: false, who: { name: '鈴木 一郎', facility: '鈴木医院' } }]);
    expect(new Set(body.disclosures.filter(({ ownStaff }) => ownStaff).map(({ who }) => who.facility))).toEqual(new Set(['中央病院']));
  });
});

describe('a list that is asked for again', () => {
  test('is 304 while nothing has changed for the asker, and another answer once the share is revoked', async () => {
    const first = await look(region.clinic);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+-[0-9a-f]{16}"$/);
    expect(((await first.json()) as StudyList).studies).toHaveLength(1);
    const again = await look(region.clinic, { 'if-none-match': etag });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    // Another person's tag, another question's tag.
    expect((await look(region.hospital, { 'if-none-match': etag })).status).toBe(200);
    const other = await fetch(`${url}/api/studies?limit=7`, { headers: { cookie: region.clinic.cookie, 'if-none-match': etag } });
    expect(other.status).toBe(200);

    const path = `/api/studies/${studyOf('chest')}/shares`;
    const { body } = await region.hospital.call<{ shares: { id: string }[] }>('GET', path);
    expect((await region.hospital.call('DELETE', `${path}/${body.shares[0]?.id}`)).status).toBe(200);
    const revoked = await look(region.clinic, { 'if-none-match': etag });
    expect([revoked.status, await revoked.json()]).toEqual([200, { studies: [], next: null }]);
  });

  test('is not answered to who has signed out', async () => {
    const etag = (await look(region.stranger)).headers.get('etag') ?? '';
    await region.stranger.call('DELETE', '/api/session');
    expect((await look(region.stranger, { 'if-none-match': etag })).status).toBe(401);
  });

  test.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ])('accept-encoding: %s', async (accepted, coding) => {
    const answer = await look(region.hospital, { 'accept-encoding': accepted });
    expect([answer.headers.get('content-encoding'), answer.headers.get('vary')]).toEqual([coding, 'accept-encoding']);
    expect(((await answer.json()) as StudyList).studies).toHaveLength(2);
  });
});
