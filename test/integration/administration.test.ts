import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
    const asks = `/api/standing?studies=${second.studyInstanceUID}!HOSPITAL~1,${first.studyInstanceUID}!HOSPITAL~1,1.2.3!HOSPITAL`;
    const standing = async (who: keyof SmallRegion) => (await region[who].call<{ studies: boolean[] }>('GET', asks)).body.studies;
    expect(await standing('hospital')).toEqual([true, true, false]);
    expect(await standing('clinic')).toEqual([false, true, false]);
    expect(await standing('stranger')).toEqual([false, false, false]);
    expect(await standing('administrator')).toEqual([false, false, false]);
    const revoked = await region.hospital.call('DELETE', `/api/studies/${first.studyInstanceUID}/shares/${given.body.id}`);
    expect(revoked.status).toBe(200);
    expect(await standing('clinic')).toEqual([false, false, false]);
    expect(await standing('hospital')).toEqual([true, true, false]);
    expect((await fetch(`${url}${asks}`)).status).toBe(401);
  });

  test.each(['1.2.3', '1.2.3!', '!HOSPITAL', '1.2.3!HOSPITAL,', 'a b!HOSPITAL', Array(61).fill('1.2.3!H').join(',')])(
    '%#: no such question',
    async (studies) => {
      const answer = await region.clinic.call('GET', `/api/standing?studies=${encodeURIComponent(studies)}`);
      expect(answer.status).toBe(400);
    },
  );
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
