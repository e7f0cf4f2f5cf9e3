import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordEntry } from '../../gateway/api/contract/record.ts';
import { FAILURES_BEFORE_WAIT } from '../../gateway/auth/guesses.ts';
import type { AuditAction, AuditRefusal } from '../../gateway/domain/record/audit.ts';
import { createSmallRegion, SMALL_REGION, SMALL_REGION_PASSWORD, type SmallRegion, signIn } from '../fixtures/api-client.ts';
import { ADMINISTRATOR, command, type GatewayProcess, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';

/** Who gets in and who does not, over two processes on one database: `url` has no proxy named, `proxied` trusts this machine's. */
const folder = temporaryFolder('people');
const ACTS_A_SECOND = 2;
let gateway: GatewayProcess;
let second: GatewayProcess;
let region: SmallRegion;

beforeAll(async () => {
  gateway = await startGatewayProcess(folder, { RENKEI_ACTS_PER_SECOND: String(ACTS_A_SECOND) });
  region = await createSmallRegion(gateway.url);
  second = await startGatewayProcess(folder, { RENKEI_TRUST_PROXY: '127.0.0.1', RENKEI_PUBLIC_URL: 'https://renkei.example' });
}, 180_000);

afterAll(async () => {
  await second?.stop();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const DOCTOR = SMALL_REGION.clinic.email;
interface Tried {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | null;
  readonly cookies: readonly string[];
}

async function tryToSignIn(base: string, email: string, password: string, headers: Record<string, string> = {}): Promise<Tried> {
  const answer = await fetch(`${base}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ email, password }),
  });
  const body = (await answer.text()).replace(/"requestId":"[^"]*"/, '');
  return { status: answer.status, body, retryAfter: answer.headers.get('retry-after'), cookies: answer.headers.getSetCookie() };
}

const from = (address: string) => ({ 'x-forwarded-for': address });

describe('wrong passwords', () => {
  test('of 60 clients behind a proxy that is not trusted keep nobody else out, nor from changing the password', async () => {
    for (let n = 0; n < 60; n++) {
      const { status } = await tryToSignIn(gateway.url, `n${n}@nowhere.example`, 'wrong', from(`203.0.113.${n}`));
      expect(status).toBe(401);
    }
    expect((await tryToSignIn(gateway.url, DOCTOR, SMALL_REGION_PASSWORD, from('198.51.100.7'))).status).toBe(200);
    const next = `${SMALL_REGION_PASSWORD}-next`;
    expect((await region.clinic.call('PATCH', '/api/me', { currentPassword: SMALL_REGION_PASSWORD, newPassword: next })).status).toBe(204);
    const back = await signIn(gateway.url, { email: DOCTOR, password: next });
    const changed = await back.call('PATCH', '/api/me', { currentPassword: next, newPassword: SMALL_REGION_PASSWORD });
    expect(changed.status).toBe(204);
    (region as { clinic: unknown }).clinic = await signIn(gateway.url, { email: DOCTOR, password: SMALL_REGION_PASSWORD });
  });

  test('such a proxy is said once in the log and to the administrator, whose page asks any process', async () => {
    expect(gateway.stderr().match(/http\.proxy-not-trusted/g)).toHaveLength(1);
    const told = await fetch(`${second.url}/api/warnings`, { headers: { authorization: `Bearer ${region.administrator.token}` } });
    const { warnings } = (await told.json()) as { warnings: { code: string; detail: string }[] };
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'proxy-not-trusted', detail: '127.0.0.1' }));
    expect(second.stderr()).not.toContain('http.proxy-not-');
    expect((await region.clinic.call('GET', '/api/warnings')).status).toBe(403);
  });

  test('at one account are counted over both processes; unknown and known are answered alike', async () => {
    const answers: Record<string, Tried[]> = { known: [], unknown: [] };
    for (let n = 0; n < FAILURES_BEFORE_WAIT + 2; n++) {
      for (const [kind, email] of [
        ['known', SMALL_REGION.stranger.email],
        ['unknown', 'nobody@stranger.example'],
      ] as const)
        answers[kind]?.push(
          await tryToSignIn([gateway.url, second.url][n % 2] ?? '', email, 'wrong', n % 2 === 0 ? {} : from('127.0.0.1')),
        );
    }
    const told = (kind: string) => answers[kind]?.map(({ status, body, cookies }) => ({ status, body, cookies }));
    expect(told('unknown')).toEqual(told('known'));
    expect(told('known')?.map(({ status }) => status)).toEqual([401, 401, 401, 401, 429, 429, 429]);
    expect(Number(answers['known']?.at(-1)?.retryAfter)).toBeGreaterThan(0);
  });

  test('of others do not keep out whoever has signed in on this device, and the cookie says nothing of another account', async () => {
    const { email } = SMALL_REGION.hospital;
    const { cookies } = await tryToSignIn(second.url, email, SMALL_REGION_PASSWORD, from('198.51.100.20'));
    const device = cookies.find((cookie) => cookie.includes('renkei_device='))?.split(';')[0] ?? '';
    for (let n = 0; n < FAILURES_BEFORE_WAIT; n++) await tryToSignIn(second.url, email, 'wrong', from('198.51.100.20'));
    expect((await tryToSignIn(second.url, email, SMALL_REGION_PASSWORD, from('198.51.100.20'))).status).toBe(429);
    const known = await tryToSignIn(second.url, email, SMALL_REGION_PASSWORD, { ...from('198.51.100.20'), cookie: device });
    expect(known.status).toBe(200);
    const other = await tryToSignIn(second.url, SMALL_REGION.stranger.email, 'wrong', { ...from('127.0.0.1'), cookie: device });
    expect(other.status).toBe(429);
  });

  test('from one IPv6 /64 over many accounts are slowed', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 24; n++)
      statuses.push((await tryToSignIn(second.url, `v6-${n}@nowhere.example`, 'wrong', from(`2001:db8:1:2::${n.toString(16)}`))).status);
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429]);
  });
});

describe('cookies', () => {
  test('behind https are held to the host; the session one comes first, and a sign-in ends the one before', async () => {
    const first = await tryToSignIn(second.url, ADMINISTRATOR.email, ADMINISTRATOR.password, from('198.51.100.30'));
    expect(first.cookies).toEqual([
      expect.stringMatching(/^__Host-renkei_session=\S+; Path=\/; Expires=.*; HttpOnly; Secure; SameSite=Strict$/),
      expect.stringMatching(/^__Host-renkei_device=\S+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
    const cookie = first.cookies.map((one) => one.split(';')[0]).join('; ');
    const again = await tryToSignIn(second.url, ADMINISTRATOR.email, ADMINISTRATOR.password, { ...from('198.51.100.30'), cookie });
    expect(again.status).toBe(200);
    const asked = await fetch(`${second.url}/api/session`, { headers: { cookie } });
    expect(asked.status).toBe(401);
    // A name without the prefix is not ours there.
    const bare = again.cookies[0]?.split(';')[0]?.replace('__Host-', '') ?? '';
    expect((await fetch(`${second.url}/api/session`, { headers: { cookie: bare } })).status).toBe(401);
    expect(asked.headers.get('cache-control')).toBe('no-store');
  });

  test('a sign-out ends the session on the server; sessions are listed and ended by their owner', async () => {
    const one = await signIn(gateway.url, ADMINISTRATOR);
    const two = await signIn(gateway.url, ADMINISTRATOR);
    const { sessions } = (await one.call<{ sessions: { id: string; current: boolean; remoteAddress: string }[] }>('GET', '/api/sessions'))
      .body;
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    expect(sessions[0]).toMatchObject({ remoteAddress: '127.0.0.1' });
    const foreign = (await region.hospital.call<{ sessions: { id: string }[] }>('GET', '/api/sessions')).body.sessions[0]?.id;
    expect((await one.call('DELETE', `/api/sessions/${foreign}`)).status).toBe(404);
    expect((await one.call('DELETE', '/api/sessions')).status).toBe(204);
    expect((await two.call('GET', '/api/session')).status).toBe(401);
    expect((await one.call('DELETE', '/api/session')).status).toBe(204);
    expect((await one.call('GET', '/api/session')).status).toBe(401);
    (region as { administrator: unknown }).administrator = await signIn(gateway.url, ADMINISTRATOR);
    expect((await region.administrator.fetch('/api/sessions')).status).toBe(403);
  });
});

describe('a password', () => {
  test.each([
    ['short', 'password-short'],
    ['Password-1234567', 'password-common'],
    [`${DOCTOR}`, 'password-personal'],
    ['Suzuki-2026-1', 'password-common'],
    ['xY9$'.repeat(100), 'password-long'],
  ])('%s is refused for its reason', async (newPassword, reason) => {
    const answer = await region.clinic.call('PATCH', '/api/me', { currentPassword: SMALL_REGION_PASSWORD, newPassword });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid', reason } });
  });

  test('that is new gives this browser a new session and ends all else', async () => {
    const email = 'nurse@clinic.example';
    const { email: _, ...person } = { email, name: '看護 桜', facilityCode: 'CLINIC', job: 'nurse' };
    const made = await region.administrator.call('POST', '/api/users', { email, ...person, password: 'first-one-for-her' });
    expect(made.status).toBe(201);
    const nurse = await signIn(gateway.url, { email, password: 'first-one-for-her' });
    const csrf = (await nurse.call<{ csrfToken: string }>('GET', '/api/session')).body.csrfToken;
    const changed = await fetch(`${gateway.url}/api/me`, {
      method: 'PATCH',
      headers: { cookie: nurse.cookie, 'x-renkei-csrf': csrf, 'content-type': 'application/json' },
      body: JSON.stringify({ currentPassword: 'first-one-for-her', newPassword: 'second-one-for-her' }),
    });
    expect(changed.status).toBe(204);
    const cookie = changed.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect((await fetch(`${gateway.url}/api/session`, { headers: { cookie } })).status).toBe(200);
    expect((await nurse.call('GET', '/api/session')).status).toBe(401);
    expect((await nurse.fetch('/api/studies')).status).toBe(401);
    expect(await refusals('token-revoked')).toMatchObject([{ who: { job: 'nurse' } }]);
  });
});

describe('a password that is changed', () => {
  const OLD = 'minato-no-umi-42';
  const account = async (name: string) => {
    const email = `${name}@clinic.example`;
    const made = await region.administrator.call<{ id: string }>('POST', '/api/users', {
      email,
      name: '交代 看護師',
      facilityCode: SMALL_REGION.clinic.code,
      job: 'nurse',
      password: OLD,
    });
    expect(made.status).toBe(201);
    return email;
  };

  test('lets nobody in who had given the old one before and stood in line', async () => {
    const email = await account('line');
    const owner = await signIn(gateway.url, { email, password: OLD });
    const guesser = from('198.51.100.50');
    // Enough that what comes next from there waits.
    for (let n = 0; n < 22; n++) await tryToSignIn(second.url, `line-${n}@nowhere.example`, 'wrong', guesser);
    const waiting = [1, 2, 3, 4, 5].map(() => tryToSignIn(second.url, email, OLD, guesser));
    const changed = await owner.call('PATCH', '/api/me', { currentPassword: OLD, newPassword: `${OLD}-next` });
    expect(changed.status).toBe(204);
    for (const { cookies } of await Promise.all(waiting)) {
      const cookie = cookies.map((one) => one.split(';')[0]).join('; ');
      expect((await fetch(`${second.url}/api/session`, { headers: { cookie } })).status).toBe(401);
    }
  });

  test('ends what is made in sessions that it ended, on a process that has not heard of it yet', async () => {
    const email = await account('late');
    const owner = await signIn(gateway.url, { email, password: OLD });
    const thief = await signIn(second.url, { email, password: OLD });
    const changing = owner.call('PATCH', '/api/me', { currentPassword: OLD, newPassword: `${OLD}-next` });
    const tokens: string[] = [];
    for (;;) {
      const made = await thief.call<{ token?: string; id: string }>('POST', '/api/tokens', { name: 'kept' });
      if (made.body.token === undefined) break;
      tokens.push(made.body.token);
    }
    expect((await changing).status).toBe(204);
    expect(tokens.length).toBeGreaterThan(0);
    const asked = await Promise.all(
      tokens.map((token) => fetch(`${gateway.url}/api/session`, { headers: { authorization: `Bearer ${token}` } })),
    );
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([401]));
  });

  test('is changed once by two who both knew the old one', async () => {
    const email = await account('two');
    const [one, two] = [await signIn(gateway.url, { email, password: OLD }), await signIn(gateway.url, { email, password: OLD })];
    const answers = await Promise.all(
      [one, two].map((who, n) => who.call('PATCH', '/api/me', { currentPassword: OLD, newPassword: `${OLD}-next-${n}` })),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });
});

describe('the record', () => {
  test('holds refused routes, tokens, forged pages and unknown callers, each once, and not what was sent', async () => {
    const bad = () => fetch(`${gateway.url}/api/studies`, { headers: { authorization: 'Bearer renkei_invented_0123' } });
    for (let n = 0; n < 30; n++) expect((await bad()).status).toBe(401);
    for (let n = 0; n < 30; n++) expect((await region.clinic.call('GET', '/api/users')).status).toBe(403);
    for (let n = 0; n < 30; n++) expect((await region.administrator.fetch('/dicom-web/studies')).status).toBe(403);
    const forged = await fetch(`${gateway.url}/api/session`, { method: 'DELETE', headers: { cookie: region.clinic.cookie } });
    expect(forged.status).toBe(403);
    await callAs('NOBODY');
    expect(await refusals('token-unknown')).toHaveLength(1);
    expect(await refusals('administrators-only', 'user.manage')).toMatchObject([{ who: { job: 'physician' } }]);
    expect(await refusals('belongs-to-no-facility', 'study.list')).toMatchObject([{ who: { job: 'administrator' } }]);
    expect(await refusals('csrf')).toMatchObject([{ who: { job: 'physician' } }]);
    expect(await refusals('unknown-ae-title')).toMatchObject([{ who: { name: 'NOBODY', job: null } }]);
    expect(JSON.stringify(await recorded('access-refused'))).not.toContain('invented');
  });

  test('is not filled by one person: past the rate 429 and Retry-After, on record is what was answered, and others go on', async () => {
    const before = (await recorded('studies-listed')).length;
    const statuses: number[] = [];
    let retryAfter: string | null = null;
    for (let n = 0; n < ACTS_A_SECOND * 40 + 60; n++) {
      const answer = await region.clinic.fetch(`/dicom-web/studies?PatientID=${n}`);
      await answer.arrayBuffer();
      statuses.push(answer.status);
      retryAfter = answer.headers.get('retry-after') ?? retryAfter;
    }
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(Number(retryAfter)).toBeGreaterThan(0);
    expect((await recorded('studies-listed')).length - before).toBe(statuses.filter((status) => status === 200).length);
    const inApi = await Promise.all(Array.from({ length: 20 }, (_, n) => region.clinic.fetch(`/api/studies?q=x${n}`)));
    expect(inApi.map(({ status }) => status)).toContain(429);
    expect((await region.hospital.fetch('/dicom-web/studies')).status).toBe(200);
    expect((await region.clinic.call('DELETE', '/api/session')).status).toBe(204);
  }, 120_000);
});

describe('the last administrator', () => {
  test('cannot disable itself; another one can, and then not the other', async () => {
    const me = (await region.administrator.call<{ user: { id: string } }>('GET', '/api/session')).body.user.id;
    const own = await region.administrator.call('PATCH', `/api/users/${me}`, { disabled: true });
    expect(own).toMatchObject({ status: 409, body: { reason: 'last-administrator' } });
    expect((await region.administrator.call('PATCH', `/api/users/${me}`, { administrator: false })).status).toBe(409);
  });

  test('is let in again from the shell, whatever happened to the account; the program starts meanwhile', async () => {
    const data = temporaryFolder('last-administrator');
    const made = await command(data, [
      'user',
      'create',
      '--email',
      ADMINISTRATOR.email,
      '--job',
      'nurse',
      '--facility',
      'X',
      '--password',
      'kR7#qw2!x',
    ]);
    expect(made.answer).toMatchObject({ error: 'not-found' });
    expect(await command(data, ['facility', 'create', '--code', 'X', '--name', 'X'])).toMatchObject({ status: 0 });
    const nurse = ['user', 'create', '--email', ADMINISTRATOR.email, '--job', 'nurse', '--facility', 'X', '--password', 'kR7#qw2!x'];
    expect(await command(data, nurse)).toMatchObject({ status: 0 });
    expect(await command(data, ['user', 'disable', '--email', ADMINISTRATOR.email])).toMatchObject({
      status: 0,
      answer: { disabled: true },
    });
    const running = await startGatewayProcess(data);
    expect(running.stderr()).toContain('start.no-administrator');
    expect(await command(data, ['user', 'enable', '--email', ADMINISTRATOR.email])).toMatchObject({
      status: 0,
      answer: { disabled: false },
    });
    const raised = await command(data, ['user', 'administrator', '--email', ADMINISTRATOR.email]);
    expect(raised).toMatchObject({ status: 0, answer: { administrator: true } });
    expect(await command(data, ['user', 'administrator', '--email', ADMINISTRATOR.email, '--off'])).toMatchObject({
      answer: { error: 'conflict' },
    });
    expect((await signIn(running.url, { email: ADMINISTRATOR.email, password: 'kR7#qw2!x' })).cookie).not.toBe('');
    await running.stop();
    rmSync(data, { recursive: true, force: true });
  }, 300_000);
});

async function recorded(action: AuditAction): Promise<readonly RecordEntry[]> {
  const found: RecordEntry[] = [];
  let before: number | null = null;
  do {
    const page: RecordList = (
      await region.administrator.call<RecordList>('GET', `/api/record?limit=200${before === null ? '' : `&before=${before}`}`)
    ).body;
    found.push(...page.entries.filter((entry) => entry.action === action));
    before = page.next;
  } while (before !== null);
  return found;
}

interface RecordList {
  readonly entries: RecordEntry[];
  readonly next: number | null;
}

async function refusals(refusal: AuditRefusal, asked?: string) {
  return (await recorded('access-refused')).filter(
    (entry) => entry.refusal === refusal && (asked === undefined || entry.about.asked === asked),
  );
}

/** A-ASSOCIATE-RQ, PS3.8 9.3.2, of a caller that nobody knows; resolves when it is answered. */
function callAs(aeTitle: string): Promise<void> {
  const item = (type: number, body: Buffer) => Buffer.concat([Buffer.from([type, 0, body.length >> 8, body.length & 255]), body]);
  const context = item(
    0x20,
    Buffer.concat([Buffer.from([1, 0, 0, 0]), item(0x30, Buffer.from('1.2.840.10008.1.1')), item(0x40, Buffer.from('1.2.840.10008.1.2'))]),
  );
  const user = item(0x50, Buffer.concat([item(0x51, Buffer.from([0, 0, 64, 0])), item(0x52, Buffer.from('1.2.3'))]));
  const titles = Buffer.from(`${'RENKEI'.padEnd(16)}${aeTitle.padEnd(16)}`);
  const body = Buffer.concat([
    Buffer.from([0, 1, 0, 0]),
    titles,
    Buffer.alloc(32),
    item(0x10, Buffer.from('1.2.840.10008.3.1.1.1')),
    context,
    user,
  ]);
  const pdu = Buffer.concat([Buffer.from([1, 0, 0, 0, body.length >> 8, body.length & 255]), body]);
  return new Promise((resolve, reject) => {
    const socket = connect(gateway.dimse, '127.0.0.1', () => socket.write(pdu));
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
