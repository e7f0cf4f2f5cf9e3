/** Signing in with a second factor, and what it takes to set one up, use it and be rid of it: over HTTP, on a real database. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CODES_AT_ACCOUNT, FAILURES_BEFORE_WAIT } from '../../../gateway/auth/guesses.ts';
import { createToken } from '../../../gateway/auth/tokens.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import { HALF_SIGN_INS_A_USER_MAX, RECOVERY_CODES } from '../../../gateway/domain/people/second-factor.ts';
import { type Answer, apiBrowser } from '../../fixtures/api-browser.ts';
import { SMALL_REGION_PASSWORD } from '../../fixtures/api-client.ts';
import { smallFile } from '../../fixtures/dicom/small-dicom.ts';
import { multipartOf } from '../../fixtures/multipart.ts';
import { authenticatorApp } from '../../fixtures/people/authenticator-app.ts';
import { type RunningRegion, startSmallRegion } from '../../fixtures/small-region.ts';

const EXPORTED = '2.25.1';

let running: RunningRegion;
beforeAll(async () => {
  running = await startSmallRegion('second-factor', { RENKEI_TRUST_PROXY: '127.0.0.1' });
  await running.region.clinic.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([smallFile({ studyInstanceUID: EXPORTED })]) });
}, 120_000);
afterAll(() => running?.close());

const browser = (address?: string, base = running.url) => apiBrowser(base, address);
type Browser = ReturnType<typeof browser>;

let serial = 0;
/** An account of its own, signed in. */
async function account(job = 'physician'): Promise<{ readonly email: string; readonly id: string; readonly at: Browser }> {
  const email = `doctor${++serial}@clinic.example`;
  const person = { email, name: '二要素 太郎', facilityCode: 'CLINIC', job, password: SMALL_REGION_PASSWORD };
  const made = await running.region.administrator.call<{ id: string }>('POST', '/api/users', person);
  expect(made.status).toBe(201);
  const at = browser();
  expect((await at.password(email)).status).toBe(200);
  return { email, id: made.body.id, at };
}

/** The same with an authenticator app that is on. */
async function enrolled() {
  const one = await account();
  const begun = await one.at.ask('POST', '/api/factors/authenticator');
  expect(begun.status).toBe(200);
  const app = authenticatorApp(String(begun.body['secret']));
  const on = await one.at.ask('POST', '/api/factors/authenticator/confirmation', { code: app.unused() });
  expect(on.status).toBe(200);
  return { ...one, app, codes: on.body['recoveryCodes'] as string[] };
}

const database = () => running.gateway.stores.index.database;

describe('an authenticator app', () => {
  test('is on only once a code of it was given', async () => {
    const { at, email } = await account();
    const begun = await at.ask('POST', '/api/factors/authenticator');
    const app = authenticatorApp(String(begun.body['secret']));
    expect(String(begun.body['uri'])).toContain(`secret=${begun.body['secret']}`);
    expect(await at.ask('POST', '/api/factors/authenticator/confirmation', { code: app.wrong() })).toMatchObject({
      status: 400,
      body: { reason: 'wrong-code' },
    });
    expect((await at.ask('GET', '/api/factors')).body).toEqual({
      authenticator: null,
      passkeys: [],
      passkeysPossible: false,
      recoveryCodesLeft: 0,
    });
    expect((await browser().password(email)).body['csrfToken']).toBeDefined();
    const on = await at.ask('POST', '/api/factors/authenticator/confirmation', { code: app.code() });
    expect(new Set(on.body['recoveryCodes'] as string[]).size).toBe(RECOVERY_CODES);
    expect((await at.ask('GET', '/api/factors')).body).toEqual({
      authenticator: { since: expect.any(String) },
      passkeys: [],
      passkeysPossible: false,
      recoveryCodesLeft: RECOVERY_CODES,
    });
  });

  test('of which another secret was shown since is not switched on by the former one', async () => {
    const { at } = await account();
    const former = authenticatorApp(String((await at.ask('POST', '/api/factors/authenticator')).body['secret']));
    await at.ask('POST', '/api/factors/authenticator');
    expect((await at.ask('POST', '/api/factors/authenticator/confirmation', { code: former.code() })).status).toBe(400);
  });

  test('ends all other sessions when it is switched on, and when it is switched off', async () => {
    const { at, email } = await account();
    const elsewhere = browser();
    await elsewhere.password(email);
    const app = authenticatorApp(String((await at.ask('POST', '/api/factors/authenticator')).body['secret']));
    const on = await at.ask('POST', '/api/factors/authenticator/confirmation', { code: app.unused() });
    expect([await elsewhere.whoami(), await at.whoami()]).toEqual([401, 200]);
    await elsewhere.password(email);
    await elsewhere.factor({ recoveryCode: (on.body['recoveryCodes'] as string[])[0] });
    expect(await elsewhere.whoami()).toBe(200);
    expect((await at.ask('DELETE', '/api/factors/authenticator')).status).toBe(204);
    expect([await elsewhere.whoami(), await at.whoami()]).toEqual([401, 200]);
    expect((await browser().password(email)).body['csrfToken']).toBeDefined();
    expect((await at.ask('DELETE', '/api/factors/authenticator')).body).toMatchObject({ reason: 'factor-off' });
  });

  test('stands sealed in the database: neither its secret nor a recovery code is there', async () => {
    const { at } = await account();
    const secret = String((await at.ask('POST', '/api/factors/authenticator')).body['secret']);
    const on = await at.ask('POST', '/api/factors/authenticator/confirmation', { code: authenticatorApp(secret).code() });
    const rows = await database().rows({
      text: 'SELECT a::text AS row FROM authenticators a UNION ALL SELECT r::text FROM recovery_codes r UNION ALL SELECT entry FROM audit',
    });
    const kept = rows.map(({ row }) => String(row)).join('\n');
    const [code = 'none'] = on.body['recoveryCodes'] as string[];
    for (const written of [secret, Buffer.from(secret).toString('hex'), code, code.replaceAll('-', '')])
      expect(kept).not.toContain(written);
  });
});

describe('the password of who has a second factor', () => {
  test('gives no session, and the half of it opens nothing', async () => {
    const { email } = await enrolled();
    const at = browser();
    const half = await at.password(email);
    expect(half.status).toBe(200);
    expect(Object.keys(half.body)).toEqual(['secondFactor']);
    expect(half.body['secondFactor']).toEqual({ ways: ['authenticator', 'recovery-code'], endsInMs: expect.any(Number) });
    expect(Object.keys(half.cookies)).toEqual(['renkei_sign_in']);
    expect(await at.whoami()).toBe(401);
  });

  test('and a code sign in', async () => {
    const { email, app } = await enrolled();
    const at = browser();
    await at.password(email);
    expect(await at.factor({ code: app.wrong() })).toMatchObject({ status: 401, body: { reason: 'wrong-code' } });
    const signed = await at.factor({ code: app.unused() });
    expect(signed).toMatchObject({ status: 200, body: { user: { email, secondFactor: true } } });
    expect(Object.keys(signed.cookies).sort()).toEqual(['renkei_device', 'renkei_session', 'renkei_sign_in']);
    expect(await at.whoami()).toBe(200);
    expect(await lastActs(2)).toContainEqual(
      expect.objectContaining({ action: 'sign-in', what: { newDevice: true, factor: 'authenticator' } }),
    );
  });

  test.each([
    ['with a space in the middle', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['in full-width digits', (code: string) => code.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))],
  ])('and a code %s sign in', async (_name, typed) => {
    const { email, app } = await enrolled();
    const at = browser();
    await at.password(email);
    expect((await at.factor({ code: typed(app.unused()) })).status).toBe(200);
  });

  test.each([
    ['nothing', {}],
    ['both', { code: '123456', recoveryCode: 'ABCD-EFGH' }],
    ['letters', { code: 'abcdef' }],
    ['too many digits', { code: '1234567' }],
    ['a number', { code: 123456 }],
    ['a recovery code without end', { recoveryCode: 'A'.repeat(65) }],
    ['what is not asked for', { code: '123456', session: 'x' }],
  ])('%s is refused before it is looked at', async (_name, typed) => {
    expect(await browser().factor(typed)).toMatchObject({ status: 400 });
  });

  test('without a first step, or one that has ended, leads back to it', async () => {
    const { email, app } = await enrolled();
    expect(await browser().factor({ code: app.code() })).toMatchObject({ status: 401, body: { reason: 'sign-in-again' } });
    const at = browser();
    await at.password(email);
    await database().rows({ text: "UPDATE half_sign_ins SET ends_at = now() - interval '1 second'" });
    expect(await at.factor({ code: app.unused() })).toMatchObject({ status: 401, body: { reason: 'sign-in-again' } });
  });

  test('is used up with the second step, and by a new password', async () => {
    const { email, at: owner, app, codes } = await enrolled();
    const at = browser();
    await at.password(email);
    const half = at.cookies.get('renkei_sign_in') ?? '';
    expect((await at.factor({ recoveryCode: codes[0] })).status).toBe(200);
    at.cookies.set('renkei_sign_in', half);
    expect(await at.factor({ recoveryCode: codes[1] })).toMatchObject({ status: 401, body: { reason: 'sign-in-again' } });
    const waiting = browser();
    await waiting.password(email);
    const change = { currentPassword: SMALL_REGION_PASSWORD, newPassword: `${SMALL_REGION_PASSWORD}-next` };
    expect((await owner.ask('PATCH', '/api/me', change)).status).toBe(204);
    expect(await waiting.factor({ code: app.unused() })).toMatchObject({ status: 401, body: { reason: 'sign-in-again' } });
  });

  test(`waits in at most ${HALF_SIGN_INS_A_USER_MAX} browsers`, async () => {
    const { email, id, codes } = await enrolled();
    const first = browser();
    await first.password(email);
    for (let n = 0; n < HALF_SIGN_INS_A_USER_MAX; n++) await browser().password(email);
    const [kept] = await database().rows({ text: 'SELECT count(*)::integer AS count FROM half_sign_ins WHERE user_id = $1', values: [id] });
    expect(kept?.['count']).toBe(HALF_SIGN_INS_A_USER_MAX);
    expect(await first.factor({ recoveryCode: codes[0] })).toMatchObject({ body: { reason: 'sign-in-again' } });
  });
});

describe('a code', () => {
  test('that was used is not taken again, nor one before it', async () => {
    const { email, app, codes } = await enrolled();
    const at = browser();
    await at.password(email);
    const [before, used] = [app.code(0), app.code(1)];
    expect((await at.factor({ code: used })).status).toBe(200);
    for (const code of [used, before]) {
      const again = browser();
      await again.password(email);
      expect(await again.factor({ code })).toMatchObject({ status: 401, body: { reason: 'wrong-code' } });
    }
    const other = browser();
    await other.password(email);
    expect((await other.factor({ recoveryCode: codes[0] })).status).toBe(200);
  });

  test.each(['code', 'recoveryCode'] as const)('(%s) that two come with at once lets one in', async (kind) => {
    const { email, app, codes } = await enrolled();
    const both = [browser('192.0.2.11'), browser('192.0.2.12')];
    for (const at of both) await at.password(email);
    const typed = { [kind]: kind === 'code' ? app.unused() : codes[0] };
    const answers = await Promise.all(both.map((at) => at.factor(typed)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  test('to recover is taken once, however it is typed, and by nobody else', async () => {
    const { email, codes, at: owner } = await enrolled();
    const other = await enrolled();
    const [code = ''] = codes;
    const stranger = browser();
    await stranger.password(other.email);
    expect((await stranger.factor({ recoveryCode: code })).status).toBe(401);
    const at = browser();
    await at.password(email);
    expect((await at.factor({ recoveryCode: ` ${code.toLowerCase().replaceAll('-', ' ')}` })).status).toBe(200);
    expect((await owner.ask('GET', '/api/factors')).body).toMatchObject({ recoveryCodesLeft: RECOVERY_CODES - 1 });
    const again = browser();
    await again.password(email);
    expect((await again.factor({ recoveryCode: code })).status).toBe(401);
  });

  test('to recover is of no use once there are new ones', async () => {
    const { email, codes, at } = await enrolled();
    const renewed = await at.ask('POST', '/api/factors/recovery-codes');
    expect(renewed.status).toBe(200);
    const fresh = renewed.body['recoveryCodes'] as string[];
    expect(fresh.filter((code) => codes.includes(code))).toEqual([]);
    const later = browser();
    await later.password(email);
    expect((await later.factor({ recoveryCode: codes[0] })).status).toBe(401);
    expect((await later.factor({ recoveryCode: fresh[0] })).status).toBe(200);
    expect((await (await account()).at.ask('POST', '/api/factors/recovery-codes')).body).toMatchObject({ reason: 'factor-off' });
  });
});

describe('guessing at codes', () => {
  test('waits as guessing at passwords does, though each right password comes between, and keeps no known device waiting', async () => {
    const { email, app, codes } = await enrolled();
    const known = browser();
    await known.password(email);
    expect((await known.factor({ recoveryCode: codes[0] })).status).toBe(200);
    await known.ask('DELETE', '/api/session');
    const guesser = browser('198.51.100.9');
    const told: number[] = [];
    let last: Answer | undefined;
    for (let n = 0; n <= FAILURES_BEFORE_WAIT; n++) {
      expect((await guesser.password(email)).status).toBe(200);
      last = await guesser.factor({ code: app.wrong() });
      told.push(last.status);
    }
    expect(told).toEqual([401, 401, 401, 401, 429, 429]);
    expect(Number(last?.retryAfter)).toBeGreaterThan(0);
    expect((await guesser.factor({ code: app.unused() })).status).toBe(429);
    await known.password(email);
    expect((await known.factor({ recoveryCode: codes[1] })).status).toBe(200);
  });

  test('from ever new networks is slowed for all strangers, is on record, and an administrator can end the wait', async () => {
    const { email, id, app, codes } = await enrolled();
    const statuses: number[] = [];
    for (let n = 0; n <= CODES_AT_ACCOUNT.free + 1; n++) {
      const at = browser(`203.0.113.${n + 1}`);
      await at.password(email);
      statuses.push((await at.factor({ code: app.wrong() })).status);
    }
    expect(statuses).toEqual([...Array(CODES_AT_ACCOUNT.free).fill(401), 429, 429]);
    expect(await lastActs(10)).toContainEqual(
      expect.objectContaining({ action: 'account-guessed-at', who: expect.objectContaining({ userId: id }), what: { failure: 'code' } }),
    );
    const { administrator } = running.region;
    expect((await administrator.call('GET', `/api/users/${id}/sign-in-wait`)).body).toEqual({ waits: true });
    expect((await administrator.call('PATCH', `/api/users/${id}`, { unlock: true })).status).toBe(200);
    const owner = browser('203.0.113.200');
    await owner.password(email);
    expect((await owner.factor({ recoveryCode: codes[0] })).status).toBe(200);
  });
});

describe('proving again who is there', () => {
  const age = (userId: string, minutes: number) =>
    database().rows({
      text: 'UPDATE sessions SET confirmed_at = now() - make_interval(mins => $2) WHERE user_id = $1',
      values: [userId, minutes],
    });

  test.each<[string, string, string, object | undefined, number]>([
    ['begins an authenticator app', 'POST', '/api/factors/authenticator', undefined, 6],
    ['switches it off', 'DELETE', '/api/factors/authenticator', undefined, 6],
    ['makes recovery codes', 'POST', '/api/factors/recovery-codes', undefined, 6],
    ['makes a token', 'POST', '/api/tokens', { name: 'n' }, 16],
    ['exports images', 'GET', `/api/studies/${EXPORTED}/export-plan`, undefined, 16],
    ['takes the export', 'GET', `/api/studies/${EXPORTED}/export`, undefined, 16],
  ])('is asked of who %s', async (_name, method, path, body, minutes) => {
    const { at, id, app, codes } = await enrolled();
    await age(id, minutes);
    expect(await at.ask(method, path, body)).toMatchObject({ status: 403, body: { reason: 'confirm-first' } });
    const password = SMALL_REGION_PASSWORD;
    expect(await at.ask('POST', '/api/session/confirmation', { password })).toMatchObject({ status: 403, body: { reason: 'wrong-code' } });
    expect(await at.ask('POST', '/api/session/confirmation', { password: 'wrong', recoveryCode: codes[0] })).toMatchObject({
      status: 403,
      body: { reason: 'wrong-password' },
    });
    expect(await at.ask(method, path, body)).toMatchObject({ status: 403, body: { reason: 'confirm-first' } });
    expect((await at.ask('POST', '/api/session/confirmation', { password, code: app.unused() })).status).toBe(204);
    expect((await at.ask(method, path, body)).status).toBeLessThan(300);
  });

  test('is not done by a new password, where a second factor is on', async () => {
    const { at, id } = await enrolled();
    await age(id, 6);
    const change = { currentPassword: SMALL_REGION_PASSWORD, newPassword: `${SMALL_REGION_PASSWORD}-next` };
    expect((await at.ask('PATCH', '/api/me', change)).status).toBe(204);
    await at.ask('GET', '/api/session');
    expect((await at.ask('DELETE', '/api/factors/authenticator')).body).toMatchObject({ reason: 'confirm-first' });
  });

  test('waits after wrong ones', async () => {
    const { at, app } = await enrolled();
    const statuses: number[] = [];
    for (let n = 0; n < FAILURES_BEFORE_WAIT + 1; n++)
      statuses.push((await at.ask('POST', '/api/session/confirmation', { password: SMALL_REGION_PASSWORD, code: app.wrong() })).status);
    expect(statuses).toEqual([403, 403, 403, 403, 429, 429]);
  });

  test('is asked of administrators who change accounts', async () => {
    const { email, id } = await account();
    await running.region.administrator.call('PATCH', `/api/users/${id}`, { administrator: true });
    const office = browser();
    await office.password(email);
    const made = {
      email: `new${++serial}@clinic.example`,
      name: 'N',
      facilityCode: 'CLINIC',
      job: 'nurse',
      password: SMALL_REGION_PASSWORD,
    };
    await age(id, 16);
    const refused = { status: 403, body: { reason: 'confirm-first' } };
    expect(await office.ask('POST', '/api/users', made)).toMatchObject(refused);
    expect(await office.ask('PATCH', `/api/users/${id}`, { name: 'M' })).toMatchObject(refused);
    expect(await office.ask('DELETE', `/api/users/${id}/factors`)).toMatchObject(refused);
    expect((await office.ask('GET', '/api/users')).status).toBe(200);
    expect((await office.ask('POST', '/api/session/confirmation', { password: SMALL_REGION_PASSWORD })).status).toBe(204);
    expect((await office.ask('POST', '/api/users', made)).status).toBe(201);
  });
});

test('an administrator takes the second factor of who has lost it away: on record, and every session ends', async () => {
  const { email, id, at } = await enrolled();
  const { administrator } = await freshAdministrator();
  expect((await administrator.ask('DELETE', `/api/users/${id}/factors`)).status).toBe(204);
  expect(await at.whoami()).toBe(401);
  expect((await browser().password(email)).body['csrfToken']).toBeDefined();
  expect(await lastActs(3)).toContainEqual(expect.objectContaining({ action: 'factors-reset', what: { userId: id } }));
  expect((await administrator.ask('DELETE', `/api/users/${id}/factors`)).body).toMatchObject({ reason: 'factor-off' });
  expect((await administrator.ask('DELETE', '/api/users/999999/factors')).status).toBe(404);
});

async function freshAdministrator() {
  const { email, id } = await account('administrator');
  await database().rows({ text: 'UPDATE users SET administrator = true WHERE user_id = $1', values: [id] });
  const administrator = browser();
  await administrator.password(email);
  return { administrator };
}

async function lastActs(count: number) {
  return (await running.gateway.stores.index.audit.find({ limit: count })).map(({ entry }) => entry);
}

describe('demanded of a job', () => {
  const demand = async (secondFactorJobs: readonly string[]) => {
    const { administrator } = await freshAdministrator();
    const answer = await administrator.ask('PATCH', '/api/region', { secondFactorJobs });
    expect(answer).toMatchObject({ status: 200, body: { secondFactorJobs } });
    return administrator;
  };
  afterAll(() => demand([]));

  test('who has none can set one up and do nothing else, by session and by a token made in one', async () => {
    const one = await account();
    const token = String((await one.at.ask('POST', '/api/tokens', { name: 'before' })).body['token']);
    const byCommand = await createToken(
      { people: running.gateway.stores.index.people, clock: { now: () => new Date() } },
      {
        by: undefined,
        userId: one.id as UserId,
        name: 'command line',
        remoteAddress: 'command line',
      },
    );
    await demand(['physician']);
    const session = await one.at.ask('GET', '/api/session');
    expect(session.body['user']).toMatchObject({ secondFactor: false, mustSetUpFactor: true });
    // Every address by a token made in a session: test/integration/rights/actions.test.ts.
    for (const [method, path] of [
      ['GET', '/api/studies'],
      ['GET', '/dicom-web/studies'],
      ['GET', '/api/studies/1.2.3'],
      ['GET', '/api/tokens'],
      ['POST', '/api/tokens'],
      ['DELETE', '/api/sessions'],
    ] as const)
      expect(await one.at.ask(method, path, method === 'POST' ? { name: 'n' } : undefined), path).toMatchObject({ status: 403 });
    expect((await fetch(`${running.url}/api/studies`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(403);
    const programs = await fetch(`${running.url}/api/studies`, { headers: { authorization: `Bearer ${byCommand.token}` } });
    expect(programs.status).toBe(200);

    const app = authenticatorApp(String((await one.at.ask('POST', '/api/factors/authenticator')).body['secret']));
    expect((await one.at.ask('POST', '/api/factors/authenticator/confirmation', { code: app.unused() })).status).toBe(200);
    expect((await one.at.ask('GET', '/api/studies')).status).toBe(200);
    expect((await fetch(`${running.url}/api/studies`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    expect((await one.at.ask('DELETE', '/api/factors/authenticator')).body).toMatchObject({ reason: 'factor-demanded' });
  });

  test('is on record with the jobs, and for administrators alone to change', async () => {
    await demand(['nurse', 'clerk']);
    expect(await lastActs(5)).toContainEqual(
      expect.objectContaining({ action: 'region-changed', what: { changes: ['secondFactorJobs'], jobs: ['nurse', 'clerk'] } }),
    );
    const { at } = await account();
    expect((await at.ask('PATCH', '/api/region', { secondFactorJobs: [] })).status).toBe(403);
    const administrator = await demand([]);
    for (const body of [{ secondFactorJobs: ['king'] }, { secondFactorJobs: 'nurse' }, { other: true }])
      expect((await administrator.ask('PATCH', '/api/region', body)).status).toBe(400);
  });
});
