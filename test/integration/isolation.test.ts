import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RouteEntry } from '../../gateway/http.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { type ApiClient, createSmallRegion, type SmallRegion, signIn } from '../fixtures/api-client.ts';
import { readShared } from '../fixtures/dicom/shared-data.ts';
import { eventually } from '../fixtures/eventually.ts';
import { type GatewayProcess, startGatewayProcess } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { folderWithDatabase } from '../fixtures/servers/made-database.ts';
import { testConfig } from '../fixtures/test-config.ts';

/**
 * Nobody sees, fetches, guesses or overwrites another facility's study, on any route the router knows. The list is the
 * router's own: a route that is added tomorrow is tested tomorrow.
 */
const CT = await readShared('series/ct-head-phantom-140/I10');

interface Case extends RouteEntry {
  readonly path: string;
}

let gateway: Gateway;
let second: GatewayProcess;
let region: SmallRegion;
let url: string;

beforeAll(async () => {
  const dataFolder = await folderWithDatabase('isolation');
  gateway = await startGateway(testConfig(dataFolder));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
  second = await startGatewayProcess(dataFolder);
  const stored = await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([readFileSync(CT.path)]) });
  expect(stored.status).toBe(200);
});

afterAll(async () => {
  await second?.stop();
  await gateway?.close();
});

/** The router's patterns with the hospital's real UIDs in them: what somebody who guessed everything would ask. */
function casesOf(routes: readonly RouteEntry[]): readonly Case[] {
  const fill: Readonly<Record<string, string>> = {
    id: '1',
    code: 'HOSPITAL',
    of: 'HOSPITAL~1',
    frames: '1',
    '*': '7FE00010',
  };
  return routes
    .filter(({ method }) => method !== 'OPTIONS')
    .map((route) => {
      const path = route.url
        .replace(/:(\w*study\w*)/i, CT.studyInstanceUID)
        .replace(/:(\w*series\w*)/i, CT.seriesInstanceUID)
        .replace(/:(\w*(instance|sop)\w*)/i, CT.sopInstanceUID)
        .replace(/:(\w+)|\*/g, (name, word: string | undefined) => fill[word ?? '*'] ?? fill[name] ?? '1');
      return { ...route, path: `${path}${path === '/wado' ? wadoQuery() : ''}` };
    });
}

function wadoQuery(): string {
  return `?requestType=WADO&studyUID=${CT.studyInstanceUID}&seriesUID=${CT.seriesInstanceUID}&objectUID=${CT.sopInstanceUID}`;
}

function ask(base: string, client: ApiClient | undefined, { method, path }: Case): Promise<Response> {
  const authorization = client === undefined ? {} : { authorization: `Bearer ${client.token}` };
  const body =
    method === 'GET' || method === 'HEAD' ? {} : { body: '{}', headers: { 'content-type': 'application/json', ...authorization } };
  return fetch(`${base}${path}`, { method, headers: { ...authorization }, redirect: 'manual', ...body });
}

describe('the router’s list', () => {
  test('holds the doors we know of', () => {
    const patterns = gateway.routes.map(({ method, url: pattern }) => `${method} ${pattern}`);
    for (const known of ['GET /api/studies', 'POST /dicom-web/studies', 'GET /wado', 'GET /healthz']) expect(patterns).toContain(known);
    expect(gateway.routes.length).toBeGreaterThan(40);
  });

  test('every route names its action or is open', () => {
    expect(gateway.routes.filter((route) => route.action === undefined && !route.open)).toEqual([]);
  });

  test('only these are open', () => {
    const open = new Set(gateway.routes.filter(({ open: isOpen }) => isOpen).map(({ url: pattern }) => pattern));
    expect([...open].sort()).toEqual(
      [
        ...['/*', '/api/openapi.json', '/healthz', '/metrics', '/readyz'],
        // What leads to a session: in which ways one may sign in, password, code or passkey.
        ...['/api/sign-in', '/api/session', '/api/session/second-factor', '/api/session/second-factor/challenge'],
        ...['/api/session/passkey', '/api/session/passkey/challenge'],
      ].sort(),
    );
  });
});

describe('nobody who has not signed in', () => {
  test('is answered anything but 401 on a route that is not open', async () => {
    const answers = await statuses(
      casesOf(gateway.routes).filter(({ open }) => !open),
      undefined,
    );
    expect(answers.filter(({ status }) => status !== 401)).toEqual([]);
  });

  test('gets in with an invented token', async () => {
    const response = await fetch(`${url}/api/studies`, { headers: { authorization: 'Bearer renkei_invented' } });
    expect(response.status).toBe(401);
  });
});

describe('a facility that was given nothing', () => {
  test('gets neither pixel, header nor name of the study, on any route', async () => {
    for (const route of casesOf(gateway.routes)) {
      const response = await ask(url, region.stranger, route);
      const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
      expect({ route: route.url, leaks: leaks(text) }).toEqual({ route: route.url, leaks: [] });
      if (isStudyRoute(route) && response.status < 400) throw new Error(`${route.method} ${route.path}: ${response.status}`);
    }
  });

  test('hears of the study exactly what it hears of one that does not exist', async () => {
    for (const route of casesOf(gateway.routes)
      .filter(isStudyRoute)
      .filter(({ method }) => method === 'GET')) {
      const absent = { ...route, path: route.path.replaceAll(CT.studyInstanceUID, '1.2.3.4.5.6.7.8.9') };
      const [there, nowhere] = await Promise.all([ask(url, region.stranger, route), ask(url, region.stranger, absent)]);
      const [a, b] = await Promise.all([there.text(), nowhere.text()]);
      expect({ route: route.url, status: there.status, body: anonymous(a) }).toEqual({
        route: route.url,
        status: nowhere.status,
        body: anonymous(b),
      });
    }
  });

  test('cannot change what the owner has by sending the same UIDs: each owns what it sent', async () => {
    const before = await (await region.hospital.fetch(instancePath('/metadata'))).text();
    const bytes = Buffer.from(readFileSync(CT.path));
    bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
    const stored = await region.stranger.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([bytes]) });
    expect(stored.status).toBe(200);
    expect(await (await region.hospital.fetch(instancePath('/metadata'))).text()).toBe(before);
    const frame = await region.hospital.fetch(instancePath('/frames/1'), { headers: { accept: 'application/octet-stream' } });
    expect(frame.status).toBe(200);
    expect(Buffer.from(await frame.arrayBuffer()).equals(readFileSync(CT.path).subarray(-524_288))).toBe(true);
  });
});

describe('a facility that was given the study', () => {
  test('sees it from then on, and no longer than a second after revocation, on a second process too', async () => {
    const frames = casesOf(gateway.routes).filter(({ url: pattern, method }) => method === 'GET' && pattern.endsWith('/frames/:frames'));
    expect(frames.length).toBeGreaterThan(0);
    const shared = await region.hospital.call<{ id: string }>('POST', `/api/studies/${CT.studyInstanceUID}/shares`, {
      facilityCode: 'CLINIC',
      until: inDays(7),
    });
    expect(shared.status).toBe(201);
    for (const base of [url, second.url]) {
      for (const route of frames) await eventually(async () => (await ask(base, region.clinic, route)).status === 200);
    }
    const revoked = await region.hospital.call('DELETE', `/api/studies/${CT.studyInstanceUID}/shares/${shared.body.id}`);
    expect(revoked.status).toBe(200);
    const revokedAt = performance.now();
    for (const base of [url, second.url]) {
      for (const route of frames) await eventually(async () => (await ask(base, region.clinic, route)).status === 404);
    }
    expect(performance.now() - revokedAt).toBeLessThan(1000);
    const list = await region.clinic.call<{ studies: unknown[] }>('GET', '/api/studies');
    expect(list.body.studies).toEqual([]);
  });

  test('may look, but neither share it on, revoke, nor read who opened it', async () => {
    const shared = await region.hospital.call<{ id: string }>('POST', `/api/studies/${CT.studyInstanceUID}/shares`, {
      facilityCode: 'CLINIC',
      until: inDays(7),
    });
    const onward = await region.clinic.call('POST', `/api/studies/${CT.studyInstanceUID}/shares`, {
      facilityCode: 'STRANGER',
      until: inDays(7),
    });
    const revoke = await region.clinic.call('DELETE', `/api/studies/${CT.studyInstanceUID}/shares/${shared.body.id}`);
    const record = await region.clinic.call('GET', `/api/studies/${CT.studyInstanceUID}/disclosures`);
    expect([onward.status, revoke.status, record.status]).toEqual([403, 403, 403]);
  });
});

describe('a study given twice to a facility', () => {
  /** Of every address at which the study is read, on both processes: whether it answers this one. */
  const openTo = async (client: ApiClient) => {
    const reading = casesOf(gateway.routes).filter((route) => isStudyRoute(route) && ['GET', 'HEAD'].includes(route.method));
    const said = [url, second.url].flatMap((base) =>
      reading
        // The owner's alone, whatever was given.
        .filter(({ action }) => action !== 'study.share' && action !== 'study.disclosures')
        .map(async (route) => ((await ask(base, client, route)).status === 404 ? 'closed' : 'open')),
    );
    const answers = await Promise.all(said);
    expect(answers.length).toBeGreaterThan(80);
    const rows = await Promise.all(
      [url, second.url].map(async (base) => {
        const authorization = { authorization: `Bearer ${client.token}` };
        const listed = async (path: string) => (await fetch(`${base}${path}`, { headers: authorization })).json();
        const { studies } = await listed('/api/studies');
        return [studies, ...(await Promise.all(['studies', 'series', 'instances'].map((level) => listed(`/dicom-web/${level}`))))];
      }),
    );
    return new Set([...answers, ...rows.flat().map((found) => (found.length === 1 ? 'open' : found.length === 0 ? 'closed' : 'twice'))]);
  };
  const becomes = (client: ApiClient, standing: 'open' | 'closed') =>
    eventually(async () => {
      const found = await openTo(client);
      return found.size === 1 && found.has(standing);
    });

  test.each(['the one', 'the other'])(
    'is there as long as one of the two is, on every route and in every list: %s ends first',
    async (first) => {
      const shares = `/api/studies/${CT.studyInstanceUID}/shares`;
      await endAll(shares);
      await becomes(region.clinic, 'closed');
      const give = async (more: object) =>
        (await region.hospital.call<{ id: string }>('POST', shares, { facilityCode: 'CLINIC', until: inDays(7), ...more })).body.id;
      const both = [await give({}), await give({ job: 'physician' })];
      if (first === 'the other') both.reverse();
      await becomes(region.clinic, 'open');
      expect((await region.hospital.call('DELETE', `${shares}/${both[0]}`)).status).toBe(200);
      for (let again = 0; again < 3; again += 1) expect(await openTo(region.clinic)).toEqual(new Set(['open']));
      expect((await region.hospital.call('DELETE', `${shares}/${both[1]}`)).status).toBe(200);
      await becomes(region.clinic, 'closed');
    },
  );

  test.each<[string, object, string]>([
    ['to a job and a person at once', { job: 'nurse', person: 'doctor@clinic.example' }, '"value":"person"'],
    ['to somebody of another facility', { person: 'radiographer@hospital.example' }, 'unknown-person'],
    ['to nobody', { person: 'nobody@clinic.example' }, 'unknown-person'],
    ['so that it would end before it begins', { notBefore: inDays(8) }, 'not-before'],
    ['from a day after its last', { notBefore: inDays(9).slice(0, 10) }, 'not-before'],
    ['to a job that there is not', { job: 'wizard' }, 'job'],
    ['to a job that nobody there has', { job: 'pharmacist' }, 'unknown-job'],
    ['to a job and a numbered person at once', { job: 'physician', personId: '1' }, '"value":"person"'],
    ['to nobody’s number', { personId: '999999' }, 'unknown-person'],
  ])('is not given %s', async (_name, more, reason) => {
    const shares = `/api/studies/${CT.studyInstanceUID}/shares`;
    const refused = await region.hospital.call('POST', shares, { facilityCode: 'CLINIC', until: inDays(7), ...more });
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([400, expect.stringContaining(reason)]);
  });
});

async function endAll(shares: string): Promise<void> {
  const listed = await region.hospital.call<{ shares: { id: string; revokedAt: string | null }[] }>('GET', shares);
  for (const { id, revokedAt } of listed.body.shares) if (revokedAt === null) await region.hospital.call('DELETE', `${shares}/${id}`);
}

describe('administrators of the region', () => {
  test('see no image', async () => {
    for (const route of casesOf(gateway.routes).filter(isStudyRoute)) {
      const response = await ask(url, region.administrator, route);
      expect({ route: route.url, refused: response.status >= 400 }).toEqual({ route: route.url, refused: true });
    }
  });
});

async function statuses(cases: readonly Case[], client: ApiClient | undefined) {
  return Promise.all(
    cases.map(async (route) => ({ method: route.method, path: route.path, status: (await ask(url, client, route)).status })),
  );
}

function isStudyRoute({ path }: Case): boolean {
  return path.includes(CT.studyInstanceUID);
}

/** What of the hospital's study must not be in an answer to a stranger. The asked UIDs themselves may be echoed by an error. */
function leaks(text: string): readonly string[] {
  return [CT.patientID, 'Philips', CT.frameOfReferenceUID].filter((secret) => text.includes(secret));
}

/** Without what names the single request. */
function anonymous(body: string): string {
  return body
    .replace(/"requestId":"[^"]*"/, '')
    .replaceAll(CT.studyInstanceUID, '')
    .replaceAll('1.2.3.4.5.6.7.8.9', '');
}

function instancePath(rest: string): string {
  return `/dicom-web/studies/${CT.studyInstanceUID}/series/${CT.seriesInstanceUID}/instances/${CT.sopInstanceUID}${rest}`;
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

describe('a password that changes', () => {
  test('is not guessed in a session, and ends every session and token that the old one gave', async () => {
    const email = 'leaver@clinic.example';
    const created = await region.administrator.call<{ id: string }>('POST', '/api/users', {
      email,
      name: '退職 三郎',
      facilityCode: 'CLINIC',
      job: 'nurse',
      password: 'only-for-tests-3',
    });
    expect(created.status).toBe(201);
    const leaver = await signIn(url, { email, password: 'only-for-tests-3' });
    expect((await leaver.fetch('/api/studies')).status).toBe(200);
    expect((await leaver.fetch('/api/tokens')).status).toBe(403);
    const change = (currentPassword: string) =>
      leaver.call('PATCH', '/api/me', { currentPassword, newPassword: 'only-for-tests-4' }).then(({ status }) => status);
    expect(await change('a wrong password')).toBe(403);
    expect(await change('only-for-tests-3')).toBe(204);
    expect((await leaver.call('GET', '/api/session')).status).toBe(401);
    expect((await leaver.fetch('/api/studies')).status).toBe(401);
    for (let guess = 0; guess < 4; guess++) await expect(signIn(url, { email, password: 'only-for-tests-3' })).rejects.toThrow('401');
    await expect(signIn(url, { email, password: 'only-for-tests-3' })).rejects.toThrow('429');
  });

  test('an account that is disabled is out at once, whatever it holds', async () => {
    const email = 'disabled@clinic.example';
    const created = await region.administrator.call<{ id: string }>('POST', '/api/users', {
      email,
      name: '停止 四郎',
      facilityCode: 'CLINIC',
      job: 'nurse',
      password: 'only-for-tests-3',
    });
    const person = await signIn(url, { email, password: 'only-for-tests-3' });
    expect((await region.administrator.call('PATCH', `/api/users/${created.body.id}`, { disabled: true })).status).toBe(200);
    for (const base of [url, second.url]) {
      const answer = await fetch(`${base}/api/studies`, { headers: { authorization: `Bearer ${person.token}` } });
      expect(answer.status).toBe(401);
    }
    expect((await person.call('GET', '/api/session')).status).toBe(401);
  });
});
