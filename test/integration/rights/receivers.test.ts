/** To whom of a facility a study may be given: who may ask, and who is named. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReceiverList } from '../../../gateway/api/contract/sharing.ts';
import { type ApiClient, SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { readShared } from '../../fixtures/dicom/shared-data.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const CT = await readShared('series/ct-head-phantom-140/I10');
const PATH = `/api/studies/${CT.studyInstanceUID}`;
const until = new Date(Date.now() + 86_400_000).toISOString();
const STAFF = [
  ['sato@clinic.example', '佐藤 修司', 'サトウ シュウジ', 'physician'],
  ['sada@clinic.example', '佐田 花', 'サダ ハナ', 'dentist'],
  ['nurse@clinic.example', '佐野 優', 'サノ ユウ', 'nurse'],
  ['gone@clinic.example', '佐原 元', 'サハラ ゲン', 'physician'],
] as const;

let running: RunningRegion;
const ids: Record<string, string> = {};

async function admit(facilityCode: string, [email, name, nameKana, job]: (typeof STAFF)[number] | readonly string[]): Promise<string> {
  const body = { email, name, nameKana, job, facilityCode, password: SMALL_REGION_PASSWORD };
  const made = await running.region.administrator.call<{ id: string }>('POST', '/api/users', body);
  expect(made.status).toBe(201);
  return made.body.id;
}

beforeAll(async () => {
  running = await startSmallRegion('receivers', { RENKEI_LOG: 'error' });
  const { region } = running;
  expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([readFileSync(CT.path)]) })).status).toBe(200);
  for (const one of STAFF) ids[one[0]] = await admit('CLINIC', one);
  ids['elsewhere'] = await admit('STRANGER', ['sasa@stranger.example', '佐々 一', 'ササ ハジメ', 'physician']);
  await region.administrator.call('PATCH', `/api/users/${ids['gone@clinic.example']}`, { disabled: true });
  await region.hospital.call('POST', `${PATH}/shares`, { facilityCode: 'CLINIC', until });
});
afterAll(() => running?.close());

const asked = (client: ApiClient, q: string, facilityCode = 'CLINIC') =>
  client.call<ReceiverList>('GET', `${PATH}/receivers/${facilityCode}?q=${encodeURIComponent(q)}`);

test.each([
  ['佐', ['佐田 花', '佐藤 修司']],
  ['さと', ['佐藤 修司']],
  ['sato', ['佐藤 修司']],
  ['sa', ['佐田 花', '佐藤 修司']],
  ['s', []],
  ['', []],
  ['佐野', []],
  ['佐々', []],
])('%j names only doctors who work there now', async (q, names) => {
  const { status, body } = await asked(running.region.hospital, q);
  expect([status, body.people.map(({ name }) => name)]).toEqual([200, names]);
  expect(body.jobs.toSorted()).toEqual(['dentist', 'nurse', 'physician']);
  expect(JSON.stringify(body)).not.toContain('@');
});

test('who may not give the study hears no name, and nobody hears of a facility that is none', async () => {
  const { region } = running;
  expect((await asked(region.clinic, 'sato')).status).toBe(403);
  expect((await asked(region.stranger, 'sato')).status).toBe(404);
  expect((await asked(region.hospital, 'sato', 'NOWHERE')).body).toMatchObject({ reason: 'unknown-facility' });
});

test.each([
  ['a doctor of the facility', 'sato@clinic.example', 201],
  ['one whose account is disabled', 'gone@clinic.example', 400],
  ['one of another facility', 'elsewhere', 400],
  ['somebody whose name is not told', 'nurse@clinic.example', 400],
])('by number it is given to %s: answer %3$i', async (_name, who, status) => {
  const given = await running.region.hospital.call('POST', `${PATH}/shares`, { facilityCode: 'CLINIC', until, personId: ids[who] });
  expect(given.status).toBe(status);
  expect(given.body).toMatchObject(status === 201 ? { toPerson: { name: '佐藤 修司' } } : { reason: 'unknown-person' });
});

test('for looking only, from a day on: said to who has it, and to its owner on the page of who opened it', async () => {
  const { region } = running;
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const wish = { facilityCode: 'STRANGER', until, job: 'physician', notBefore: day, mayDownload: false };
  expect((await region.hospital.call('POST', `${PATH}/shares`, wish)).status).toBe(201);
  const told = async (client: ApiClient) => (await client.call<{ mayDownload: boolean }>('GET', PATH)).body;
  expect([await told(region.stranger), await told(region.clinic), await told(region.hospital)]).toMatchObject([
    { mayDownload: false },
    { mayDownload: true },
    { mayDownload: true },
  ]);
  const { body } = await region.hospital.call<{ disclosures: { action: string; about: object }[] }>('GET', `${PATH}/disclosures`);
  const [newest] = body.disclosures.filter(({ action }) => action === 'study-shared');
  expect(newest?.about).toEqual({ job: 'physician', until, notBefore: expect.stringMatching(/^\d{4}-/), viewOnly: true });
});
