/** Passkeys over HTTP, on a real database: what they are good for, and what an attacker may try with one. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { NewPasskeyQuestion, PasskeyAnswer, PasskeyQuestion } from '../../../gateway/api/contract/passkeys.ts';
import { FAILURES_BEFORE_WAIT } from '../../../gateway/auth/guesses.ts';
import { PASSKEYS_A_USER_MAX } from '../../../gateway/domain/people/passkey.ts';
import { RECOVERY_CODES } from '../../../gateway/domain/people/second-factor.ts';
import { apiBrowser } from '../../fixtures/api-browser.ts';
import { SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { passkeyDevice } from '../../fixtures/people/passkey-device.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const ORIGIN = 'http://localhost:8443';
const WRONG = { status: 401, body: { reason: 'wrong-passkey' } };

let running: RunningRegion;
beforeAll(async () => {
  running = await startSmallRegion('passkeys', { RENKEI_TRUST_PROXY: '127.0.0.1', RENKEI_PUBLIC_URL: ORIGIN });
}, 120_000);
afterAll(() => running?.close());

type Browser = ReturnType<typeof apiBrowser>;
type Device = ReturnType<typeof passkeyDevice>;
const device = () => passkeyDevice({ origin: ORIGIN });
const browser = (address?: string) => apiBrowser(running.url, address);
const database = () => running.gateway.stores.index.database;

let serial = 0;
async function account(job = 'physician'): Promise<{ readonly email: string; readonly id: string; readonly at: Browser }> {
  const email = `passkey${++serial}@clinic.example`;
  const person = { email, name: '鍵 太郎', facilityCode: 'CLINIC', job, password: SMALL_REGION_PASSWORD };
  const made = await running.region.administrator.call<{ id: string }>('POST', '/api/users', person);
  expect(made.status).toBe(201);
  const at = browser();
  await at.password(email);
  return { email, id: made.body.id, at };
}

const asked = async <Question = PasskeyQuestion>(at: Browser, path: string) => (await at.ask('POST', `/api/${path}`)).body as Question;

async function add(at: Browser, one: Device, name = '診察室') {
  const question = await asked<NewPasskeyQuestion>(at, 'factors/passkey-challenge');
  return at.ask('POST', '/api/factors/passkeys', { ...one.make(question), name });
}

async function enrolled(job?: string) {
  const owner = await account(job);
  const one = device();
  const added = await add(owner.at, one);
  expect(added.status).toBe(200);
  return { ...owner, one, codes: added.body['recoveryCodes'] as string[] };
}

/** A sign-in without a password, of an answer as `answered` makes it. */
async function signIn(answered: (question: PasskeyQuestion) => PasskeyAnswer, at = browser()) {
  return at.ask('POST', '/api/session/passkey', answered(await asked(at, 'session/passkey/challenge')));
}

async function lastActs(count: number) {
  return (await running.gateway.stores.index.audit.find({ limit: count })).map(({ entry }) => entry);
}

describe('a passkey', () => {
  test('signs in without a password, and is told of with its name and last use', async () => {
    const { at, email, one, codes } = await enrolled();
    expect(codes).toHaveLength(RECOVERY_CODES);
    const before = (await at.ask('GET', '/api/factors')).body;
    expect(before).toMatchObject({ authenticator: null, passkeysPossible: true, passkeys: [{ name: '診察室', lastUsedAt: null }] });
    const entered = browser();
    expect(await signIn((question) => one.answer(question), entered)).toMatchObject({
      status: 200,
      body: { user: { email, secondFactor: true } },
    });
    expect(await entered.whoami()).toBe(200);
    expect(entered.cookies.has('renkei_sign_in')).toBe(false);
    expect((await at.ask('GET', '/api/factors')).body).toMatchObject({ passkeys: [{ lastUsedAt: expect.any(String) }] });
    const acts = await lastActs(10);
    expect(acts).toContainEqual(expect.objectContaining({ action: 'factor-added', what: { factor: 'passkey' } }));
    expect(acts).toContainEqual(expect.objectContaining({ action: 'sign-in', what: { newDevice: true, factor: 'passkey' } }));
  });

  test('is a second factor: the password alone gives no session, and with it one', async () => {
    const { email, one, codes } = await enrolled();
    const at = browser();
    expect((await at.password(email)).body['secondFactor']).toMatchObject({ ways: ['passkey', 'recovery-code'] });
    expect(await at.whoami()).toBe(401);
    const question = await asked(at, 'session/second-factor/challenge');
    expect(question.allowCredentials).toEqual([{ id: one.id, type: 'public-key', transports: ['internal'] }]);
    expect((await at.factor({ passkey: one.answer(question) })).status).toBe(200);
    const lost = browser();
    await lost.password(email);
    expect((await lost.factor({ recoveryCode: codes[0] })).status).toBe(200);
  });

  test('proves again who is there, without the password', async () => {
    const { at, id, one } = await enrolled();
    const stale = () =>
      database().rows({ text: "UPDATE sessions SET confirmed_at = now() - interval '1 hour' WHERE user_id = $1", values: [id] });
    await stale();
    expect(await at.ask('DELETE', '/api/factors/authenticator')).toMatchObject({ status: 403, body: { reason: 'confirm-first' } });
    const copy = one.answer(await asked(at, 'session/confirmation/challenge'));
    expect((await at.ask('POST', '/api/session/confirmation', { passkey: copy })).status).toBe(204);
    expect(await at.ask('DELETE', '/api/factors/authenticator')).toMatchObject({ status: 409, body: { reason: 'factor-off' } });
    await stale();
    // Not by the same answer, nor by one to a question for something else, nor by nothing.
    const other = one.answer(await asked(browser(), 'session/passkey/challenge'));
    for (const passkey of [copy, other])
      expect(await at.ask('POST', '/api/session/confirmation', { passkey })).toMatchObject({ status: 403 });
    expect((await at.ask('POST', '/api/session/confirmation', {})).status).toBe(400);
    expect(await at.ask('DELETE', '/api/factors/authenticator')).toMatchObject({ body: { reason: 'confirm-first' } });
  });

  test('of nobody here confirms nothing for who has no second factor', async () => {
    const { at, id } = await account();
    await database().rows({ text: "UPDATE sessions SET confirmed_at = now() - interval '1 hour' WHERE user_id = $1", values: [id] });
    const question = await asked(at, 'session/confirmation/challenge');
    expect(await at.ask('POST', '/api/session/confirmation', { passkey: device().answer(question, { userHandle: 'AAAA' }) })).toMatchObject(
      {
        status: 403,
        body: { reason: 'wrong-passkey' },
      },
    );
    expect(await at.ask('POST', '/api/factors/authenticator')).toMatchObject({ body: { reason: 'confirm-first' } });
  });

  test('is named anew and removed by its owner alone; with the last its recovery codes go', async () => {
    const { at, email, one } = await enrolled();
    const second = device();
    expect((await add(at, second, '自宅')).body).toEqual({ recoveryCodes: [] });
    const [first, other] = (await at.ask('GET', '/api/factors')).body['passkeys'] as { id: string }[];
    const path = `/api/factors/passkeys/${first?.id}`;
    const { at: stranger } = await account();
    expect((await stranger.ask('PATCH', path, { name: '私の' })).status).toBe(404);
    expect((await stranger.ask('DELETE', path)).status).toBe(404);
    for (const name of ['', ' ', 'x'.repeat(61), 'a\u0000b', 'a\u202eb']) expect((await at.ask('PATCH', path, { name })).status).toBe(400);
    expect((await at.ask('PATCH', path, { name: '　病棟　' })).status).toBe(204);
    expect((await at.ask('GET', '/api/factors')).body).toMatchObject({ passkeys: [{ name: '病棟' }, { name: '自宅' }] });
    const elsewhere = browser();
    await signIn((question) => second.answer(question), elsewhere);
    expect((await at.ask('DELETE', path)).status).toBe(204);
    expect(await elsewhere.whoami()).toBe(401);
    expect(await signIn((question) => one.answer(question))).toMatchObject(WRONG);
    expect((await at.ask('DELETE', `/api/factors/passkeys/${other?.id}`)).status).toBe(204);
    expect((await at.ask('GET', '/api/factors')).body).toMatchObject({ passkeys: [], recoveryCodesLeft: 0 });
    expect((await browser().password(email)).body['csrfToken']).toBeDefined();
    expect(await lastActs(6)).toContainEqual(expect.objectContaining({ action: 'factor-removed', what: { factor: 'passkey' } }));
  });

  test('is one of a few, and none is added twice', async () => {
    const { at, one } = await enrolled();
    expect(await add(at, one)).toMatchObject({ status: 409, body: { reason: 'passkey-known' } });
    for (let more = 1; more < PASSKEYS_A_USER_MAX; more++) expect((await add(at, device())).status).toBe(200);
    expect(await add(at, device())).toMatchObject({ status: 409, body: { reason: 'too-many-passkeys' } });
  });

  test('satisfies a region that demands a second factor of a job, and the last is not removed then', async () => {
    const { at, id } = await account('nurse');
    const administrator = await account('administrator');
    await database().rows({ text: 'UPDATE users SET administrator = true WHERE user_id = $1', values: [administrator.id] });
    expect((await administrator.at.ask('PATCH', '/api/region', { secondFactorJobs: ['nurse'] })).status).toBe(200);
    expect((await at.ask('GET', '/api/studies')).status).toBe(403);
    expect((await add(at, device())).status).toBe(200);
    expect((await at.ask('GET', '/api/studies')).status).toBe(200);
    const [only] = (await at.ask('GET', '/api/factors')).body['passkeys'] as { id: string }[];
    expect(await at.ask('DELETE', `/api/factors/passkeys/${only?.id}`)).toMatchObject({ status: 409, body: { reason: 'factor-demanded' } });
    expect((await administrator.at.ask('PATCH', '/api/region', { secondFactorJobs: [] })).status).toBe(200);
    expect((await administrator.at.ask('DELETE', `/api/users/${id}/factors`)).status).toBe(204);
    expect(await at.whoami()).toBe(401);
  });

  test('of a closed account signs nobody in', async () => {
    const { id, one } = await enrolled();
    expect((await running.region.administrator.call('PATCH', `/api/users/${id}`, { disabled: true })).status).toBe(200);
    expect(await signIn((question) => one.answer(question))).toMatchObject(WRONG);
  });
});

describe('an attacker', () => {
  test('has no use of an answer that was given before, in that browser or another', async () => {
    const { one } = await enrolled();
    const at = browser();
    const answer = one.answer(await asked(at, 'session/passkey/challenge'));
    const cookie = at.cookies.get('renkei_sign_in') ?? '';
    const thief = browser();
    expect(await thief.ask('POST', '/api/session/passkey', answer)).toMatchObject(WRONG);
    expect((await at.ask('POST', '/api/session/passkey', answer)).status).toBe(200);
    for (const again of [at, thief]) {
      again.cookies.set('renkei_sign_in', cookie);
      expect(await again.ask('POST', '/api/session/passkey', answer)).toMatchObject(WRONG);
    }
  });

  test('sends one answer twice at once: one of both signs in', async () => {
    const { one } = await enrolled();
    const at = browser();
    const answer = one.answer(await asked(at, 'session/passkey/challenge'));
    const answers = await Promise.all([1, 2].map(() => at.ask('POST', '/api/session/passkey', answer)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  test.each([
    ['from another page', { origin: 'https://renkei.example.evil' }],
    ['from a page of the same name at another port', { origin: 'http://localhost:9999' }],
    ['for another host', { rpId: 'evil.example' }],
    ['of a device that has not looked who is there', { verified: false }],
    ['that was made to register a key', { type: 'webauthn.create' }],
    ['with another signature', { signature: 'MEUCIQ' }],
    ['with the number of somebody else', { userHandle: Buffer.from('renkei-user-1').toString('base64url') }],
    ['of a key that nobody has', { id: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }],
  ])('is not let in by an answer %s', async (_, other) => {
    const { one } = await enrolled();
    const at = browser(`198.51.100.${++serial}`);
    expect(await signIn((question) => one.answer(question, other), at)).toMatchObject(WRONG);
    expect(await at.whoami()).toBe(401);
    expect(await signIn((question) => one.answer(question), at)).toMatchObject({ status: 200 });
  });

  test('is not let in by an answer to a question that is too old, or that nobody asked', async () => {
    const { one } = await enrolled();
    const at = browser();
    const question = await asked(at, 'session/passkey/challenge');
    expect(await at.ask('POST', '/api/session/passkey', one.answer({ ...question, challenge: 'AAAA' }))).toMatchObject(WRONG);
    const bytes = Buffer.from(question.challenge, 'base64url');
    bytes.writeUIntBE(Date.now() + 86_400_000, 32, 6);
    expect(await at.ask('POST', '/api/session/passkey', one.answer({ ...question, challenge: bytes.toString('base64url') }))).toMatchObject(
      WRONG,
    );
  });

  test('who knows the password of one has no use of a passkey of another', async () => {
    const victim = await enrolled();
    const thief = await enrolled();
    const at = browser();
    await at.password(victim.email);
    const question = await asked(at, 'session/second-factor/challenge');
    expect(await at.factor({ passkey: thief.one.answer(question) })).toMatchObject(WRONG);
    expect(await at.factor({ passkey: thief.one.answer(question, { id: victim.one.id }) })).toMatchObject(WRONG);
    expect(await at.whoami()).toBe(401);
    expect((await at.factor({ passkey: victim.one.answer(question) })).status).toBe(200);
  });

  test('with a copy of the key, whose count does not rise, is refused, and that is on record', async () => {
    const { one, at } = await enrolled();
    expect((await signIn((question) => one.answer(question, { count: 5 }))).status).toBe(200);
    for (const count of [5, 4, 0])
      expect(await signIn((question) => one.answer(question, { count }), browser('203.0.113.9'))).toMatchObject(WRONG);
    await vi.waitFor(async () =>
      expect(await lastActs(10)).toContainEqual(
        expect.objectContaining({ action: 'account-guessed-at', what: { failure: 'passkey-copied' } }),
      ),
    );
    expect((await signIn((question) => one.answer(question, { count: 6 }))).status).toBe(200);
    expect(await at.whoami()).toBe(200);
  });

  test('waits after some wrong ones, as with passwords; its owner on a known device does not', async () => {
    const { one } = await enrolled();
    const known = browser('192.0.2.50');
    expect((await signIn((question) => one.answer(question), known)).status).toBe(200);
    const thief = browser('203.0.113.77');
    const wrong = (question: PasskeyQuestion) => one.answer(question, { origin: 'https://evil.example' });
    for (let guess = 1; guess < FAILURES_BEFORE_WAIT; guess++) expect((await signIn(wrong, thief)).status).toBe(401);
    expect(await signIn(wrong, thief)).toMatchObject({ status: 429, retryAfter: expect.any(String) });
    expect(await signIn((question) => one.answer(question), thief)).toMatchObject({ status: 429 });
    expect((await signIn((question) => one.answer(question), known)).status).toBe(200);
  });

  test.each([
    ['from another page', { origin: 'https://evil.example' }],
    ['for another host', { rpId: 'evil.example' }],
    ['of a device that has not looked who is there', { verified: false }],
    ['that was made to sign in', { type: 'webauthn.get' }],
  ])('adds no key by an answer %s', async (_, other) => {
    const { at } = await account();
    const question = await asked<NewPasskeyQuestion>(at, 'factors/passkey-challenge');
    expect(await at.ask('POST', '/api/factors/passkeys', { ...device().make(question, other), name: 'x' })).toMatchObject({
      status: 400,
      body: { reason: 'wrong-passkey' },
    });
  });

  test('adds no key of theirs to another session, nor twice by one question, nor one that another has', async () => {
    const victim = await enrolled();
    const { at } = await account();
    const question = await asked<NewPasskeyQuestion>(at, 'factors/passkey-challenge');
    expect((await victim.at.ask('POST', '/api/factors/passkeys', { ...device().make(question), name: 'x' })).status).toBe(400);
    expect(await at.ask('POST', '/api/factors/passkeys', { ...victim.one.make(question), name: 'x' })).toMatchObject({ status: 409 });
    expect((await at.ask('POST', '/api/factors/passkeys', { ...device().make(question), name: 'x' })).status).toBe(200);
    expect((await at.ask('POST', '/api/factors/passkeys', { ...device().make(question), name: 'x' })).body).toMatchObject({
      reason: 'factor-shown-anew',
    });
  });

  test.each([
    ['nothing', {}],
    ['no text', { id: 1, clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' }],
    ['what is not base64url', { id: 'AAAA', clientDataJSON: 'a+b/', authenticatorData: 'AAAA', signature: 'AAAA' }],
    ['too much', { id: 'AAAA', clientDataJSON: 'A'.repeat(6000), authenticatorData: 'AAAA', signature: 'AAAA' }],
    ['what nobody reads', { id: 'AAAA', clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA', rawId: 'AAAA' }],
  ])('who sends %s is refused before it is looked at', async (_, body) => {
    expect((await browser().ask('POST', '/api/session/passkey', body)).status).toBe(400);
  });

  test.each([
    ['text that is no JSON', 'AAAA'],
    ['JSON that is no object', Buffer.from('null').toString('base64url')],
    ['an object without members', Buffer.from('{}').toString('base64url')],
  ])('is told no more by %s where the page’s words belong', async (_, clientDataJSON) => {
    const { one } = await enrolled();
    expect(await signIn((question) => ({ ...one.answer(question), clientDataJSON }))).toMatchObject(WRONG);
  });
});

test('nothing that signs in stands in the database', async () => {
  const { one } = await enrolled();
  const answer = one.answer(await asked(browser(), 'session/passkey/challenge'));
  const rows = await database().rows({
    text: 'SELECT p::text AS row FROM passkeys p UNION ALL SELECT q::text FROM passkey_questions_answered q',
  });
  const kept = rows.map(({ row }) => String(row)).join('\n');
  expect(kept).toContain(one.id);
  for (const text of [answer.signature, answer.clientDataJSON]) expect(kept).not.toContain(text);
});
