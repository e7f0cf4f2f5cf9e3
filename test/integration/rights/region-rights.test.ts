/** A region changes what a job may do: told whom it concerns before, in force on every process, on record, undone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PatientList } from '../../../gateway/api/contract/patients.ts';
import { RIGHTS_CELLS_MAX, type Rights, type RightsCell, type RightsPreview } from '../../../gateway/api/contract/rights.ts';
import { type Gateway, startGateway } from '../../../gateway/main.ts';
import { type ApiClient, createSmallRegion, SMALL_REGION_PASSWORD, type SmallRegion, signIn } from '../../fixtures/api-client.ts';
import { smallFile } from '../../fixtures/dicom/small-dicom.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type GatewayProcess, startGatewayProcess, temporaryFolder } from '../../fixtures/gateway-process.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { testConfig } from '../../fixtures/test-config.ts';

const STUDY = '2.25.909';
let gateway: Gateway;
let second: GatewayProcess;
let region: SmallRegion;
let nurse: ApiClient;
let clerk: ApiClient;

async function employ(email: string, job: string, facilityCode: string): Promise<ApiClient> {
  const asked = { email, name: '試験', job, facilityCode, password: SMALL_REGION_PASSWORD };
  expect((await region.administrator.call('POST', '/api/users', asked)).status).toBe(201);
  return signIn(`http://127.0.0.1:${gateway.http}`, { email, password: SMALL_REGION_PASSWORD });
}

beforeAll(async () => {
  const dataFolder = temporaryFolder('region-rights');
  gateway = await startGateway(testConfig(dataFolder));
  region = await createSmallRegion(`http://127.0.0.1:${gateway.http}`);
  second = await startGatewayProcess(dataFolder);
  const file = smallFile({ studyInstanceUID: STUDY, seriesInstanceUID: `${STUDY}.1`, sopInstanceUID: `${STUDY}.1.1`, instanceNumber: 1 });
  expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) })).status).toBe(200);
  nurse = await employ('nurse@clinic.example', 'nurse', 'CLINIC');
  clerk = await employ('clerk@hospital.example', 'clerk', 'HOSPITAL');
  await employ('nurse@hospital.example', 'nurse', 'HOSPITAL');
  const until = new Date(Date.now() + 86_400_000).toISOString();
  expect((await region.hospital.call('POST', `/api/studies/${STUDY}/shares`, { facilityCode: 'CLINIC', until })).status).toBe(201);
}, 120_000);
afterAll(async () => {
  await second?.stop();
  await gateway?.close();
});

const cell = (job: string, act: string, scope: string, kind = 'hospital') => ({ job, kind, act, scope }) as RightsCell;
const rights = async () => (await region.administrator.call<Rights>('GET', '/api/rights')).body;
const change = (revision: number, ...cells: readonly RightsCell[]) =>
  region.administrator.call<Rights & { reason: string }>('PATCH', '/api/rights', { revision, cells });

/** At the other process, where nothing was changed. */
async function seenElsewhere(client: ApiClient, path = `/dicom-web/studies/${STUDY}/metadata`) {
  const answer = await fetch(`${second.url}${path}`, { headers: { authorization: `Bearer ${client.token}` } });
  return { status: answer.status, text: await answer.text() };
}

async function summaryOf(client: ApiClient): Promise<{ exact: string; shown: string } | undefined> {
  const { text } = await seenElsewhere(client, '/api/studies');
  const { studies } = JSON.parse(text) as { studies: { studyInstanceUID: string; exact: string; shown: string }[] };
  return studies.find(({ studyInstanceUID }) => studyInstanceUID === STUDY);
}

describe('the region’s rights', () => {
  test('a change is told whom it concerns, holds on every process, is on record, and is undone', async () => {
    expect((await seenElsewhere(nurse)).status).toBe(200);
    const cells = [cell('nurse', 'view', 'own')];
    const preview = await region.administrator.call<RightsPreview>('POST', '/api/rights/preview', { cells });
    const from = { job: 'nurse', from: 'all', to: 'own', people: 2, facilities: 2 };
    expect(preview.body.effects).toEqual([
      { ...from, act: 'view' },
      { ...from, act: 'download' },
    ]);
    const { revision } = await rights();
    const changed = await change(revision, ...cells);
    expect(changed).toMatchObject({ status: 200, body: { revision: revision + 1, undo: [cell('nurse', 'view', 'all')] } });
    await eventually(async () => (await seenElsewhere(nurse)).status === 403);
    const page = await seenElsewhere(nurse, `/api/studies/${STUDY}`);
    expect([page.status, JSON.parse(page.text)]).toMatchObject([403, { error: 'denied', reason: 'this-job-views-own-only' }]);
    const { exact, shown } = (await summaryOf(nurse)) ?? {};
    const standing = await seenElsewhere(nurse, `/api/standing?studies=${STUDY}!${exact}!${shown}`);
    expect(JSON.parse(standing.text)).toMatchObject({ studies: ['barred'] });
    // It is in the list still, and its standing there is not taken for its image's.
    const list = await seenElsewhere(nurse, '/api/studies');
    expect([list.status, list.text.includes(STUDY)]).toEqual([200, true]);
    const record = await region.administrator.call<{ entries: object[] }>('GET', '/api/record?action=rights-changed');
    expect(record.body.entries).toMatchObject([{ about: { changes: ['nurse/hospital/view=own'] } }]);

    expect((await change(changed.body.revision, ...changed.body.undo)).status).toBe(200);
    await eventually(async () => (await seenElsewhere(nurse)).status === 200);
  });

  test('nobody gives what they do not have', async () => {
    const { revision } = await rights();
    const changed = await change(revision, cell('clerk', 'download', 'none'));
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const give = (more: object) => clerk.call('POST', `/api/studies/${STUDY}/shares`, { facilityCode: 'STRANGER', until, ...more });
    await eventually(async () => (await give({})).status === 403);
    expect(await give({ mayDownload: true })).toMatchObject({ status: 403, body: { reason: 'gives-more-than-has' } });
    expect((await give({ mayDownload: false })).status).toBe(201);
    const { body } = await clerk.call<PatientList>('GET', '/api/patients');
    const consents = `/api/patients/${body.persons[0]?.patients[0]?.id}/consents`;
    const wish = { to: ['STRANGER'], basis: 'law', ground: 'statute', until: until.slice(0, 'YYYY-MM-DD'.length), formVersion: '1' };
    expect(await clerk.call('POST', consents, wish)).toMatchObject({ status: 403, body: { reason: 'gives-more-than-has' } });
    expect((await clerk.call('GET', consents)).status).toBe(200);
    const rule = { modalities: [], registeredOnly: false, afterHours: 0, onceReported: false };
    for (const rules of [[], [{ ...rule, mayDownload: true }]])
      expect(await clerk.call('PATCH', '/api/release-rules', { revision: 0, rules })).toMatchObject({
        status: 403,
        body: { reason: 'gives-more-than-has' },
      });
    expect((await change(changed.body.revision, ...changed.body.undo)).status).toBe(200);
  });

  test('a facility that becomes another kind lets its people do what those there may', async () => {
    const path = '/api/facilities/CLINIC';
    const kinds = (kind: string, from: string | null = null) => region.administrator.call('PATCH', path, { kinds: [{ kind, from }] });
    expect(await kinds('pharmacy')).toMatchObject({ status: 200, body: { kind: 'pharmacy', kinds: [{ kind: 'pharmacy', from: null }] } });
    await eventually(async () => (await seenElsewhere(nurse, `/dicom-web/studies/${STUDY}`)).status === 403);
    expect((await seenElsewhere(nurse)).status).toBe(200);
    expect((await kinds('hospital')).status).toBe(200);
    const dated = [
      { kind: 'clinic', from: null },
      { kind: 'hospital', from: '2999-04-01' },
    ];
    expect(await region.administrator.call('PATCH', path, { kinds: dated })).toMatchObject({
      status: 200,
      body: { kind: 'clinic', kinds: dated },
    });
    expect((await kinds('hospital')).status).toBe(200);
  });

  test.each<[string, unknown, number, string | undefined]>([
    ['out of bounds', { cells: [cell('radiographer', 'view', 'none')] }, 400, 'out-of-bounds'],
    ['an act that can be no such thing', { cells: [cell('nurse', 'give', 'all')] }, 400, 'out-of-bounds'],
    ['no such job', { cells: [cell('gardener', 'view', 'own')] }, 400, undefined],
    ['no such kind', { cells: [cell('nurse', 'view', 'own', 'zoo')] }, 400, undefined],
    ['nothing', { cells: [] }, 400, undefined],
    ['more than the table has', { cells: Array(RIGHTS_CELLS_MAX + 1).fill(cell('nurse', 'view', 'own')) }, 400, undefined],
    ['what nobody knows', { cells: [cell('nurse', 'view', 'own')], also: true }, 400, undefined],
    ['of a state that is no more', { revision: 999, cells: [cell('nurse', 'view', 'own')] }, 409, 'rights-changed'],
  ])('a change that is refused: %s', async (_name, body, status, reason) => {
    const { revision } = await rights();
    const answer = await region.administrator.call<{ reason?: string }>('PATCH', '/api/rights', { revision, ...(body as object) });
    expect(answer.status).toBe(status);
    if (reason !== undefined) expect(answer.body.reason).toBe(reason);
    expect((await rights()).revision).toBe(revision);
  });

  test.each<[string, unknown]>([
    ['two kinds from one day', [{ kind: 'clinic', from: null }, ...Array(2).fill({ kind: 'hospital', from: '2030-01-01' })]],
    ['none from the beginning', [{ kind: 'clinic', from: '2030-01-01' }]],
    ['no kind', []],
    ['no such kind', [{ kind: 'zoo', from: null }]],
    [
      'no day',
      [
        { kind: 'clinic', from: null },
        { kind: 'hospital', from: '2030-13-01' },
      ],
    ],
  ])('kinds that are refused: %s', async (_name, kinds) => {
    expect((await region.administrator.call('PATCH', '/api/facilities/CLINIC', { kinds })).status).toBe(400);
  });
});
