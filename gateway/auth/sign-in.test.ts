import { describe, expect, test } from 'vitest';
import { DomainError } from '../domain/errors.ts';
import type { UserId } from '../domain/identifiers.ts';
import { CLOCK_DRIFT_MS_MAX } from '../domain/operation/database-clock.ts';
import { type AttemptIndex, type AttemptState, nextAttempt } from '../domain/people/credentials.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import type { Credentials, User } from '../domain/people/user.ts';
import type { ActOf, AuditEntry, RefusedEntry } from '../domain/record/audit.ts';
import type { Authenticated } from './authenticate.ts';
import { demandFresh, FRESH_FOR_ADMINISTRATION_MINUTES, FRESH_FOR_EMERGENCY_MINUTES, FRESH_FOR_FACTORS_MINUTES } from './fresh.ts';
import { FAILURES_BEFORE_WAIT } from './guesses.ts';
import { hashSecret } from './secrets.ts';
import { confirmPassword, type SignedIn, type SignInOrigin, signIn } from './sign-in.ts';

const PASSWORD = 'the right password';
const HOUR_MS = 3_600_000;

/** Counts as the index does (`storage/index/people/sign-in-attempts.ts`), in memory. */
function attemptsInMemory(): AttemptIndex {
  const states = new Map<string, AttemptState>();
  return {
    async admitAttempt(keys, now) {
      const next = keys.map(({ key, slowing }) => ({ key, step: nextAttempt(states.get(key), slowing, now) }));
      let lookAt = now;
      let nextAt: Date | undefined;
      for (const { step } of next) {
        if ('refusedUntil' in step) return { admitted: false, retryAt: step.refusedUntil };
        if (step.lookAt > lookAt) lookAt = step.lookAt;
        if (step.state.nextAt !== undefined && (nextAt === undefined || step.state.nextAt > nextAt)) nextAt = step.state.nextAt;
      }
      const failures = new Map<string, number>();
      for (const { key, step } of next) {
        if (!('state' in step)) continue;
        states.set(key, step.state);
        failures.set(key, step.state.failures);
      }
      return { admitted: true, lookAt, nextAt, failures };
    },
    async forgiveAttempt(keys) {
      for (const { key, clears } of keys) {
        const before = states.get(key);
        if (before !== undefined)
          states.set(
            key,
            clears ? { ...before, failures: 0, nextAt: undefined } : { ...before, failures: Math.max(0, before.failures - 1) },
          );
      }
    },
    clearAttempts: async () => {},
  };
}

/** People of the index, and how many of them were counted at once. */
function peopleInMemory(emails: readonly string[]) {
  const known = new Set<string>();
  const sessions = new Set<string>();
  const users = new Map(
    emails.map((email, n) => [email, { id: String(n + 1) as UserId, email, job: 'physician', administrator: false } as unknown as User]),
  );
  const counting = new Map<string, number>();
  const most = { all: 0, ofOne: 0 };
  const attempts = attemptsInMemory();
  const people = {
    ...attempts,
    async admitAttempt(keys: Parameters<AttemptIndex['admitAttempt']>[0], at: Date) {
      const account = keys[0]?.account ?? '';
      counting.set(account, (counting.get(account) ?? 0) + 1);
      most.all = Math.max(
        most.all,
        [...counting.values()].reduce((sum, count) => sum + count, 0),
      );
      most.ofOne = Math.max(most.ofOne, ...counting.values());
      await new Promise((resolve) => setImmediate(resolve));
      counting.set(account, (counting.get(account) ?? 1) - 1);
      return attempts.admitAttempt(keys, at);
    },
    credentials: async (email: string, deviceHash?: string): Promise<Credentials | undefined> => {
      const user = users.get(email);
      return user && { user, passwordHash: PASSWORD, passkey: false, knownDevice: known.has(`${user.id}|${deviceHash}`) };
    },
    rememberDevice: async (id: UserId, deviceHash: string) => void known.add(`${id}|${deviceHash}`),
    createSession: async ({ idHash }: { idHash: string }) => sessions.add(idHash) && 'stands',
    endSession: async (idHash: string) => sessions.delete(idHash),
  } as unknown as PeopleIndex;
  return { people, users, sessions, most };
}

/** `in`, or the error's kind with how long to wait. */
async function answerOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'in';
  } catch (thrown) {
    const { kind, ids } = thrown as DomainError;
    return ids['retryAfterSeconds'] === undefined ? kind : `${kind} ${ids['retryAfterSeconds']} s`;
  }
}

const from = (remoteAddress: string, more: Partial<SignInOrigin> = {}): SignInOrigin => ({ remoteAddress, device: '', ...more });

/** Accounts of a region; who is not listed does not exist. */
function region(...given: (string | { spend: () => void })[]) {
  const { people, users, sessions, most } = peopleInMemory(given.filter((one) => typeof one === 'string'));
  const rate = given.find((one) => typeof one !== 'string');
  let now = new Date('2026-01-01T00:00:00Z');
  let heldMs = 0;
  const recorded: AuditEntry[] = [];
  const refused: ActOf<'sign-in-failed'>[] = [];
  const stores = {
    people,
    audit: { append: async (entries: readonly AuditEntry[]) => void recorded.push(...entries) },
    refusals: { refused: async (entry: RefusedEntry) => void (entry.action === 'sign-in-failed' && refused.push(entry)) },
    clock: { now: () => now },
    sessions: { idleMs: 1, lifetimeMs: 2 },
    ...(rate === undefined ? {} : { rate }),
    // Without the work, which `passwords.test.ts` is about.
    check: async (password: string, passwordHash: string | undefined) => password === passwordHash,
    pause: async (ms: number) => {
      heldMs += ms;
      now = new Date(now.getTime() + ms);
    },
  };
  return {
    recorded,
    refused,
    sessions,
    heldMs: () => heldMs,
    mostAtOnce: () => most,
    later: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    signIn: async (email: string, origin: SignInOrigin) => (await signIn(stores, { email, password: PASSWORD, origin })) as SignedIn,
    attempt: (email: string, password: string, origin: SignInOrigin = from('192.0.2.1')) =>
      answerOf(signIn(stores, { email, password, origin })),
    confirm: (email: string, password: string, sessionIdHash: string) =>
      answerOf(confirmPassword(stores, { user: users.get(email) as User, password, remoteAddress: '192.0.2.1', sessionIdHash })),
  };
}

const WRONG = 'a wrong one';
const DOCTOR = 'doctor@h.example';
const kinds = (answers: readonly string[]) => answers.map((answer) => answer.split(' ')[0]);
async function times(count: number, attempt: (n: number) => Promise<string>): Promise<string[]> {
  const answers: string[] = [];
  for (let n = 0; n < count; n++) answers.push(await attempt(n));
  return answers;
}

describe('wrong passwords at one account', () => {
  test('three are told nothing but that they are wrong, and the right one lets in', async () => {
    const { attempt } = region(DOCTOR);
    expect(await times(3, () => attempt(DOCTOR, WRONG))).toEqual(Array(3).fill('unauthenticated'));
    expect(await attempt(DOCTOR, PASSWORD)).toBe('in');
    expect(await times(FAILURES_BEFORE_WAIT - 1, () => attempt(DOCTOR, WRONG))).toEqual(Array(4).fill('unauthenticated'));
  });

  test('then make their sender wait, longer each time, up to a quarter of an hour; after the wait the right one lets in', async () => {
    const { attempt, later } = region(DOCTOR);
    await times(FAILURES_BEFORE_WAIT - 1, () => attempt(DOCTOR, WRONG));
    const waits: string[] = [];
    for (let n = 0; n < 9; n++) {
      waits.push(await attempt(DOCTOR, WRONG));
      expect(await attempt(DOCTOR, PASSWORD)).toBe(waits.at(-1));
      later(Number(/ (\d+) s/.exec(waits.at(-1) ?? '')?.[1]) * 1000);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900].map((seconds) => `busy ${seconds} s`));
    expect(await attempt(DOCTOR, PASSWORD)).toBe('in');
  });

  test('sent all at once get no more passwords looked at than one after another', async () => {
    const { attempt, refused } = region(DOCTOR);
    const answers = await Promise.all(Array.from({ length: 20 }, () => attempt(DOCTOR, WRONG)));
    expect(kinds(answers).filter((kind) => kind === 'unauthenticated')).toHaveLength(FAILURES_BEFORE_WAIT - 1);
    expect(refused.filter(({ what }) => what?.failure === 'password')).toHaveLength(FAILURES_BEFORE_WAIT);
  });

  test('in a flood hold two connections to the index at most, one for each account', async () => {
    const { attempt, mostAtOnce } = region(DOCTOR);
    await Promise.all(
      Array.from({ length: 120 }, (_, n) => attempt(n % 2 === 0 ? DOCTOR : `n${n}@h.example`, WRONG, from(`192.0.2.${n}`))),
    );
    expect(mostAtOnce()).toEqual({ all: 2, ofOne: 1 });
  });

  test('do not keep its owner out who has signed in on this device before, nor from another network', async () => {
    const { attempt, signIn } = region(DOCTOR);
    const { deviceSecret } = await signIn(DOCTOR, from('192.0.2.1'));
    await times(20, () => attempt(DOCTOR, WRONG));
    expect(await attempt(DOCTOR, PASSWORD)).toMatch(/^busy/);
    expect(await attempt(DOCTOR, PASSWORD, from('192.0.2.1', { deviceSecret }))).toBe('in');
    expect(await attempt(DOCTOR, PASSWORD, from('198.51.100.1'))).toBe('in');
  });

  test('on a device it is known on make that device wait, and no other', async () => {
    const { attempt, signIn } = region(DOCTOR, 'nurse@h.example');
    const { deviceSecret } = await signIn(DOCTOR, from('192.0.2.1'));
    const there = from('192.0.2.1', { deviceSecret });
    await times(FAILURES_BEFORE_WAIT, () => attempt(DOCTOR, WRONG, there));
    expect(await attempt(DOCTOR, PASSWORD, there)).toMatch(/^busy/);
    expect(await attempt('nurse@h.example', PASSWORD, there)).toBe('in');
    expect(await attempt(DOCTOR, PASSWORD, from('192.0.2.1'))).toBe('in');
  });

  test('a device cookie that is none, or of another account, proves nothing', async () => {
    const { attempt, signIn } = region(DOCTOR, 'nurse@h.example');
    const { deviceSecret } = await signIn('nurse@h.example', from('192.0.2.1'));
    await times(FAILURES_BEFORE_WAIT, () => attempt(DOCTOR, WRONG));
    for (const secret of [deviceSecret, 'invented-invented-invented'])
      expect(await attempt(DOCTOR, PASSWORD, from('192.0.2.1', { deviceSecret: secret }))).toMatch(/^busy/);
  });

  test('from ever new networks are less than a hundred an hour, and are on record as such', async () => {
    const { attempt, later, recorded, refused } = region(DOCTOR);
    for (let atMs = 0; atMs < HOUR_MS; atMs += 5_000, later(5_000))
      await attempt(DOCTOR, WRONG, from(`198.51.${(atMs / 5_000) >> 8}.${(atMs / 5_000) & 255}`));
    expect(refused.filter(({ what }) => what?.failure === 'password').length).toBeLessThan(100);
    expect(recorded.filter(({ action }) => action === 'account-guessed-at')).toHaveLength(1);
  });

  test.each([
    ['IPv6 addresses of one /64', (n: number) => `2001:db8:1:2::${n.toString(16)}`],
    ['an IPv4 address, also mapped into IPv6', (n: number) => ['192.0.2.7', '::ffff:192.0.2.7', '::ffff:c000:207'][n % 3] ?? ''],
  ])('%s are one network', async (_, address) => {
    const { attempt } = region(DOCTOR);
    const answers = await times(FAILURES_BEFORE_WAIT + 1, (n) => attempt(DOCTOR, WRONG, from(address(n))));
    expect(kinds(answers).slice(-2)).toEqual(['busy', 'busy']);
  });
});

describe('an address that nobody has', () => {
  test('is answered as one that somebody has, at every step', async () => {
    const { attempt, later } = region(DOCTOR);
    const answers = { known: [] as string[], unknown: [] as string[] };
    for (let n = 0; n < FAILURES_BEFORE_WAIT + 8; n++) {
      answers.known.push(await attempt(DOCTOR, WRONG, from('192.0.2.1')));
      answers.unknown.push(await attempt('nobody@h.example', WRONG, from('192.0.2.2')));
      later(4_000);
    }
    expect(answers.unknown).toEqual(answers.known);
    expect(answers.known.at(-1)).toMatch(/^busy/);
  });
});

describe('wrong passwords over many accounts', () => {
  test('from one network are put in line; whoever else is there with the right one gets in after a moment', async () => {
    const { attempt, heldMs } = region(DOCTOR);
    const answers = await times(60, (n) => attempt(`n${n}@h.example`, WRONG));
    expect(kinds(answers).filter((kind) => kind === 'unauthenticated').length).toBeLessThanOrEqual(20);
    expect(kinds(answers).filter((kind) => kind === 'busy').length).toBeGreaterThanOrEqual(40);
    expect(heldMs()).toBeGreaterThan(30_000);
    const before = heldMs();
    expect(await attempt(DOCTOR, PASSWORD)).toBe('in');
    expect(heldMs() - before).toBeLessThanOrEqual(1_000);
  });

  test('from one /48 too, though each comes from a /64 of its own', async () => {
    const { attempt, heldMs } = region();
    await times(160, (n) => attempt(`n${n}@h.example`, WRONG, from(`2001:db8:1:${n.toString(16)}::1`)));
    expect(heldMs()).toBeGreaterThan(20_000);
  });

  test('do not make those wait who sign in on their own device', async () => {
    const { attempt, signIn, heldMs } = region(DOCTOR);
    const { deviceSecret } = await signIn(DOCTOR, from('192.0.2.1'));
    await times(30, (n) => attempt(`n${n}@h.example`, WRONG));
    const before = heldMs();
    expect(await attempt(DOCTOR, PASSWORD, from('192.0.2.1', { deviceSecret }))).toBe('in');
    expect(heldMs()).toBe(before);
  });

  test('a morning of right passwords from one network, each mistyped once by every tenth, holds nobody up', async () => {
    const emails = Array.from({ length: 150 }, (_, n) => `p${n}@h.example`);
    const { attempt, heldMs, later } = region(...emails);
    for (const [n, email] of emails.entries()) {
      if (n % 10 === 0) await attempt(email, WRONG);
      expect(await attempt(email, PASSWORD)).toBe('in');
      later(2_000);
    }
    expect(heldMs()).toBe(0);
  });
});

describe('behind a proxy that is not trusted', () => {
  const behind = (claimed: string | undefined): Partial<SignInOrigin> => ({ untrustedProxy: { claimed } });

  test.each([
    ['that names nobody', () => undefined],
    ['that names them', (n: number) => `203.0.113.${n}`],
  ])('%s, wrong passwords of others hold nobody up', async (_, claimed) => {
    const { attempt, heldMs } = region(DOCTOR);
    const answers = await times(60, (n) => attempt(`n${n}@h.example`, WRONG, from('10.0.0.1', behind(claimed(n)))));
    expect(answers).toEqual(Array(60).fill('unauthenticated'));
    expect(await attempt(DOCTOR, PASSWORD, from('10.0.0.1', behind('198.51.100.7')))).toBe('in');
    expect(heldMs()).toBe(0);
  });

  test('one client that tries many accounts is put in line by what the proxy says of it', async () => {
    const { attempt, heldMs } = region();
    await times(60, (n) => attempt(`n${n}@h.example`, WRONG, from('10.0.0.1', behind('203.0.113.9'))));
    expect(heldMs()).toBeGreaterThan(30_000);
  });

  test('an invented header does not get round the wait at one account', async () => {
    const { attempt } = region(DOCTOR);
    const answers = await times(10, (n) => attempt(DOCTOR, WRONG, from('10.0.0.1', behind(`203.0.113.${n}`))));
    expect(kinds(answers).slice(4)).toEqual(Array(6).fill('busy'));
  });
});

describe('the password asked for within a session', () => {
  test('is not guessed there in peace', async () => {
    const { confirm } = region(DOCTOR);
    expect(await confirm(DOCTOR, PASSWORD, 's1')).toBe('in');
    const answers = await times(FAILURES_BEFORE_WAIT + 1, () => confirm(DOCTOR, WRONG, 's1'));
    expect(kinds(answers)).toEqual([...Array(FAILURES_BEFORE_WAIT - 1).fill('denied'), 'busy', 'busy']);
  });

  test('does not wait for what others guess, at the door or in another session', async () => {
    const { attempt, confirm } = region(DOCTOR);
    await times(40, () => attempt(DOCTOR, WRONG));
    await times(10, () => confirm(DOCTOR, WRONG, 'stolen'));
    expect(await confirm(DOCTOR, PASSWORD, 'own')).toBe('in');
  });
});

describe('a sign-in', () => {
  test('again and again is bounded like what else is put on record, and only after the right password', async () => {
    let left = 3;
    const rate = {
      spend: () => {
        if (left-- <= 0) throw new DomainError('too-many', 'slowly', { ids: { retryAfterSeconds: 7 } });
      },
    };
    const { attempt, sessions, recorded } = region(DOCTOR, rate);
    expect(await attempt(DOCTOR, WRONG)).toBe('unauthenticated');
    expect(await times(5, () => attempt(DOCTOR, PASSWORD))).toEqual(['in', 'in', 'in', 'too-many 7 s', 'too-many 7 s']);
    expect([sessions.size, recorded.length]).toEqual([3, 3]);
  });

  test('ends the session that the browser had, makes secrets of its own, and keeps the device', async () => {
    const { signIn, sessions } = region(DOCTOR);
    const first = await signIn(DOCTOR, from('192.0.2.1'));
    const second = await signIn(DOCTOR, from('192.0.2.1', { sessionSecret: first.sessionSecret, deviceSecret: first.deviceSecret }));
    expect(second.sessionSecret).not.toBe(first.sessionSecret);
    expect(second.csrfToken).not.toBe(first.csrfToken);
    expect(second.deviceSecret).toBe(first.deviceSecret);
    expect([...sessions]).toEqual([hashSecret(second.sessionSecret)]);
  });

  test('that fails leaves the session that the browser had', async () => {
    const { signIn, attempt, sessions } = region(DOCTOR);
    const first = await signIn(DOCTOR, from('192.0.2.1'));
    await attempt(DOCTOR, WRONG, from('192.0.2.1', { sessionSecret: first.sessionSecret }));
    expect([...sessions]).toEqual([hashSecret(first.sessionSecret)]);
  });
});

const CONFIRMED = Date.parse('2026-11-28T12:00:00Z');
const MINUTE = 60_000;
const confirmed = { confirmedAt: new Date(CONFIRMED) } as NonNullable<Authenticated['session']>;

describe.each([FRESH_FOR_FACTORS_MINUTES, FRESH_FOR_ADMINISTRATION_MINUTES, FRESH_FOR_EMERGENCY_MINUTES])(
  'a proof of who is there, for %s minutes',
  (minutes) => {
    test.each<[string, number, boolean]>([
      ['at once', 0, true],
      ['to the last moment', minutes * MINUTE, true],
      ['no longer', minutes * MINUTE + 1, false],
      ['the next day', 24 * HOUR_MS, false],
      ['proved at a node whose clock is ahead of this one’s, as far as any may be', -2 * CLOCK_DRIFT_MS_MAX, true],
      ['the clock was set back since, so that it is not known how long ago it was', -2 * CLOCK_DRIFT_MS_MAX - 1, false],
      ['set back by an hour: no hour is won', -HOUR_MS, false],
    ])('%s', (_name, afterMs, fresh) => {
      const clock = { now: () => new Date(CONFIRMED + afterMs) };
      const demand = () => demandFresh({ clock }, { session: confirmed }, minutes);
      if (fresh) expect(demand).not.toThrow();
      else expect(demand).toThrow(expect.objectContaining({ kind: 'denied', ids: { reason: 'confirm-first' } }));
      // A token proves nothing anew.
      expect(() => demandFresh({ clock }, {}, minutes)).not.toThrow();
    });
  },
);
