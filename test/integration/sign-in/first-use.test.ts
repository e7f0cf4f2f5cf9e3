/** A password that somebody else has set is changed by its person before anything else, where the region demands it: over HTTP, on a real database. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createToken } from '../../../gateway/auth/tokens.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import { apiBrowser } from '../../fixtures/api-browser.ts';
import { SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { ADMINISTRATOR, command } from '../../fixtures/gateway-process.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const OWN = 'chosen-by-nobody-else-7';
let running: RunningRegion;
beforeAll(async () => {
  running = await startSmallRegion('first-use');
  await demand(true);
}, 120_000);
afterAll(() => running?.close());

type Browser = ReturnType<typeof apiBrowser>;
const demand = async (firstUseChange: boolean) => {
  const answer = await running.region.administrator.call('PATCH', '/api/region', { firstUseChange });
  expect(answer).toMatchObject({ status: 200, body: { firstUseChange } });
};
const demanded = async (at: Browser) => {
  const { body } = await at.ask('GET', '/api/session');
  return (body['user'] as Record<string, unknown>)['mustChangePassword'];
};
const change = (at: Browser, currentPassword: string, newPassword: string) => at.ask('PATCH', '/api/me', { currentPassword, newPassword });
const studies = async (at: Browser) => (await at.ask('GET', '/api/studies')).status;

let serial = 0;
/** An account that an administrator has made, signed in with the password that it was given. */
async function account() {
  const email = `new${++serial}@clinic.example`;
  const person = { email, name: '初任 太郎', facilityCode: 'CLINIC', job: 'physician', password: SMALL_REGION_PASSWORD };
  const made = await running.region.administrator.call<{ id: string }>('POST', '/api/users', person);
  expect(made.status).toBe(201);
  const at = apiBrowser(running.url);
  expect((await at.password(email)).status).toBe(200);
  return { email, id: made.body.id, at };
}

test('until it is changed nothing is answered but one’s own session; then everything', async () => {
  const { at, email } = await account();
  expect(await demanded(at)).toBe(true);
  for (const [method, path] of [
    ['GET', '/api/studies'],
    ['GET', '/dicom-web/studies'],
    ['GET', '/api/studies/1.2.3'],
    ['GET', '/api/patients'],
    ['GET', '/api/tokens'],
    ['POST', '/api/tokens'],
    ['POST', '/api/factors/authenticator'],
    ['GET', '/api/sessions'],
  ] as const)
    expect(await at.ask(method, path, path === '/api/tokens' && method === 'POST' ? { name: 'n' } : undefined), path).toMatchObject({
      status: 403,
    });
  expect(await change(at, 'not-the-password-9', OWN)).toMatchObject({ status: 403, body: { reason: 'wrong-password' } });
  const wide = SMALL_REGION_PASSWORD.replace('-', '－');
  expect(wide).not.toBe(SMALL_REGION_PASSWORD);
  for (const same of [SMALL_REGION_PASSWORD, wide])
    expect(await change(at, SMALL_REGION_PASSWORD, same)).toMatchObject({ status: 400, body: { reason: 'password-same' } });
  expect((await at.ask('PATCH', '/api/me', { language: 'en' })).status).toBe(204);
  expect([await demanded(at), await studies(at)]).toEqual([true, 403]);

  expect((await change(at, SMALL_REGION_PASSWORD, OWN)).status).toBe(204);
  expect([await demanded(at), await studies(at)]).toEqual([false, 200]);
  const elsewhere = apiBrowser(running.url);
  expect((await elsewhere.password(email, OWN)).status).toBe(200);
  expect([await demanded(elsewhere), await studies(elsewhere)]).toEqual([false, 200]);
});

test.each([
  [
    'an administrator',
    (id: string) => running.region.administrator.call('PATCH', `/api/users/${id}`, { newPassword: 'set-again-by-office-3' }),
  ],
  [
    'the command line',
    (_id: string, email: string) =>
      command(running.dataFolder, ['user', 'password', '--email', email, '--password', 'set-again-by-office-3']),
  ],
] as const)('set anew by %s it is to be changed again', async (_who, set) => {
  const { at, email, id } = await account();
  expect((await change(at, SMALL_REGION_PASSWORD, OWN)).status).toBe(204);
  expect([200, 0]).toContain((await set(id, email)).status);
  expect((await at.password(email, 'set-again-by-office-3')).status).toBe(200);
  expect([await demanded(at), await studies(at)]).toEqual([true, 403]);
  expect((await change(at, 'set-again-by-office-3', OWN)).status).toBe(204);
  expect(await studies(at)).toBe(200);
});

test('what an administrator changes otherwise does not ask for it again', async () => {
  const { at, id } = await account();
  expect((await change(at, SMALL_REGION_PASSWORD, OWN)).status).toBe(204);
  expect((await running.region.administrator.call('PATCH', `/api/users/${id}`, { name: '改姓 太郎' })).status).toBe(200);
  expect(await studies(at)).toBe(200);
});

test('a token of the command line goes on; one that was made in a session waits for the change', async () => {
  const { clinic } = running.region;
  expect((await clinic.fetch('/api/studies')).status).toBe(403);
  const { id } = await account();
  const wanted = { by: undefined, userId: id as UserId, name: 'program', remoteAddress: 'command line' };
  const made = await createToken({ people: running.gateway.stores.index.people, clock: { now: () => new Date() } }, wanted);
  expect((await fetch(`${running.url}/api/studies`, { headers: { authorization: `Bearer ${made.token}` } })).status).toBe(200);
});

test('where the region does not demand it, and of who set their own, nothing is asked', async () => {
  const { at } = await account();
  await demand(false);
  expect([await demanded(at), await studies(at)]).toEqual([false, 200]);
  await demand(true);
  expect([await demanded(at), await studies(at)]).toEqual([true, 403]);
  const first = apiBrowser(running.url);
  expect((await first.password(ADMINISTRATOR.email, ADMINISTRATOR.password)).status).toBe(200);
  expect(await demanded(first)).toBe(false);
});

test('a region that is new demands it, and the record says what holds', async () => {
  const { index } = running.gateway.stores;
  const changes = async () => {
    const found = await running.region.administrator.call<{ entries: readonly { about: { changes?: string[] } }[] }>(
      'GET',
      '/api/record?action=region-changed&limit=2',
    );
    return found.body.entries.map(({ about }) => about.changes);
  };
  await demand(false);
  await demand(true);
  expect(await changes()).toEqual([['firstUseChange'], ['no-firstUseChange']]);
  await index.database.rows({ text: "DELETE FROM region_settings WHERE key = 'firstUseChange'" });
  expect(await index.region.regionSettings()).toMatchObject({ firstUseChange: true });
  const { at } = await account();
  expect(await demanded(at)).toBe(true);
  expect((await at.ask('PATCH', '/api/region', { firstUseChange: false })).status).toBe(403);
});
