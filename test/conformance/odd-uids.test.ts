import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isObjectName } from '../../gateway/domain/imaging/object-name.ts';
import { createSmallRegion, type SmallRegion } from '../fixtures/api-client.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { type GatewayProcess, startGatewayProcess } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { folderWithDatabase } from '../fixtures/servers/made-database.ts';

/** One rule of what names an object (gateway/domain/imaging/object-name.ts), walked from reception to every place that a name leads to. */

let gateway: GatewayProcess;
let region: SmallRegion;
let folder: string;
beforeAll(async () => {
  folder = await folderWithDatabase('odd-uids');
  gateway = await startGatewayProcess(folder);
  region = await createSmallRegion(gateway.url);
});
afterAll(async () => {
  await gateway?.stop();
  await rm(folder, { recursive: true, force: true });
});

const store = (study: string) =>
  region.hospital.fetch('/dicom-web/studies', {
    method: 'POST',
    ...multipartOf([smallFile({ studyInstanceUID: study, seriesInstanceUID: `${study}.1`, sopInstanceUID: `${study}.1.1` })]),
  });
const JSON_TYPE = { headers: { accept: 'application/dicom+json' } };
const listed = async () => {
  const found = await region.hospital.call<{ studies: { studyInstanceUID: string }[] }>('GET', '/api/studies?limit=200');
  return found.body.studies.map(({ studyInstanceUID }) => studyInstanceUID);
};

const NAMES: readonly (readonly [what: string, uid: string])[] = [
  ['digits and dots', '1.2.3.4'],
  ['letters', '1.2.abc.DEF'],
  ['a word', 'STUDY_1-2'],
  ['leading zeros', '1.02.003'],
  ['an empty component', '1..2'],
  ['a dot at the end', '1.2.'],
  ['more than 64 characters', `1.${'2'.repeat(80)}`],
  ['a name of a property', 'constructor'],
];

describe.each(NAMES)('%s', (_what, study) => {
  test('is stored, listed, opened, shared, fetched and taken back by its name', async () => {
    expect(isObjectName(study)).toBe(true);
    expect([200, 202]).toContain((await store(study)).status);
    expect(await listed()).toContain(study);
    expect((await region.hospital.call('GET', `/api/studies/${study}`)).status).toBe(200);
    expect((await region.hospital.call('GET', `/api/studies/${study}/shares`)).status).toBe(200);
    expect((await region.hospital.call('GET', `/api/studies/${study}/disclosures`)).status).toBe(200);
    const instance = `/dicom-web/studies/${study}/series/${study}.1/instances/${study}.1.1`;
    for (const path of [
      instance,
      `/dicom-web/studies/${study}`,
      `${instance}/frames/1`,
      `${instance}/rendered`,
      `${instance}/bulkdata/7FE00010`,
    ]) {
      expect([path, (await region.hospital.fetch(path)).status]).toEqual([path, 200]);
    }
    const found = await region.hospital.fetch(`/dicom-web/studies?StudyInstanceUID=${study}`, JSON_TYPE);
    expect(((await found.json()) as Record<string, unknown>[]).map((row) => row['0020000D'])).toEqual([{ vr: 'UI', Value: [study] }]);

    expect((await region.clinic.fetch(`/dicom-web/studies/${study}/metadata`, JSON_TYPE)).status).toBe(404);
    const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const shared = await region.hospital.call('POST', `/api/studies/${study}/shares`, { facilityCode: 'CLINIC', until });
    expect(shared.status).toBe(201);
    expect((await region.clinic.call('GET', `/api/studies/${study}`)).status).toBe(200);
    expect((await region.clinic.fetch(`/dicom-web/studies/${study}/metadata`, JSON_TYPE)).status).toBe(200);
    const { shares } = (await region.hospital.call<{ shares: { id: string }[] }>('GET', `/api/studies/${study}/shares`)).body;
    expect((await region.hospital.call('DELETE', `/api/studies/${study}/shares/${shares[0]?.id}`)).status).toBe(200);
  });
});

describe.each([
  ['padding is no part of it: spaces', ' 1.2.840.1 ', '1.2.840.1'],
  ['padding is no part of it: NULs', '1.2.840.2\0\0', '1.2.840.2'],
])('%s', (_what, study, name) => {
  test('is stored without it', async () => {
    const file = smallFile({ studyInstanceUID: study, seriesInstanceUID: '1.2.840.9', sopInstanceUID: `${name}.5` });
    const stored = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) });
    expect([200, 202]).toContain(stored.status);
    expect(await listed()).toContain(name);
  });
});

describe.each([
  ['dots alone', '..'],
  ['a dot first', '.hidden'],
  ['a way out', '../../etc/passwd'],
  ['a slash', '1.2/3'],
  ['a backslash', '1.2\\3'],
  ['a percent sign', '1.2%2f3'],
  ['a space inside', '1.2 3'],
  ['a NUL inside', '1.2\u00003'],
  ['letters beyond ASCII', '1.2.é'],
  ['a question mark', '1.2?3'],
  ['a tilde', '1.2~3'],
  ['more than 128 characters', '1'.repeat(129)],
])('%s', (_what, study) => {
  test('names nothing: put aside at reception, and asked for it is 4xx', async () => {
    const before = await listed();
    const file = smallFile({ studyInstanceUID: study, seriesInstanceUID: '1.2.840.8', sopInstanceUID: '1.2.840.8.1' });
    const stored = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) });
    // A backslash parts values: the first of them is the UID.
    expect(stored.status).toBe(study.includes('\\') ? stored.status : 409);
    if (!study.includes('\\')) expect(await listed()).toEqual(before);
    const escaped = encodeURIComponent(study);
    for (const path of [
      `/dicom-web/studies/${escaped}/metadata`,
      `/dicom-web/studies/${escaped}/series/1/instances/1`,
      `/api/studies/${escaped}`,
    ]) {
      const { status } = await region.hospital.fetch(path);
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
    }
  });
});
