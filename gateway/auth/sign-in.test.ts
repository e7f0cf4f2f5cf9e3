import { beforeAll, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../domain/audit.ts';
import type { DomainError } from '../domain/errors.ts';
import type { UserId } from '../domain/identifiers.ts';
import type { AuditLog, Credentials, PeopleIndex, User } from '../domain/ports.ts';
import { hashPassword } from './passwords.ts';
import { confirmPassword, FAILURES_BEFORE_LOCK, FAILURES_PER_ADDRESS_MAX, LOCK_MS, signIn } from './sign-in.ts';

const PASSWORD = 'the right password';
let passwordHash: string;

beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});

/** One account; failures are counted as the index counts them. */
function region(email: string) {
  let failedAttempts = 0;
  let lockedUntil: Date | undefined;
  let now = new Date('2026-01-01T00:00:00Z');
  const recorded: AuditEntry[] = [];
  const user = { id: '1' as UserId, email, job: 'physician', administrator: false } as unknown as User;
  const people = {
    credentials: async (asked: string): Promise<Credentials | undefined> =>
      asked === email ? { user, passwordHash, failedAttempts, lockedUntil } : undefined,
    recordSignInFailure: async (_id: UserId, lockAfter: number, until: Date) => {
      failedAttempts += 1;
      if (failedAttempts >= lockAfter) lockedUntil = until;
      return failedAttempts;
    },
    clearSignInFailures: async () => {
      failedAttempts = 0;
      lockedUntil = undefined;
    },
    createSession: async () => {},
  } as unknown as PeopleIndex;
  const audit = { append: async (entries: readonly AuditEntry[]) => void recorded.push(...entries) } as unknown as AuditLog;
  return {
    recorded,
    later: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    confirm: async (password: string) => {
      try {
        await confirmPassword({ people, audit, clock: { now: () => now } }, { user, password, remoteAddress: `${email} again` });
        return 'right';
      } catch (thrown) {
        return (thrown as DomainError).kind;
      }
    },
    attempt: async (asked: string, password: string, remoteAddress = email) => {
      try {
        await signIn({ people, audit, clock: { now: () => now } }, { email: asked, password, remoteAddress });
        return 'in';
      } catch (thrown) {
        return (thrown as DomainError).kind;
      }
    },
  };
}

describe('guesses', () => {
  test('sent all at once get no more passwords looked at than one after another', async () => {
    const { attempt, recorded } = region('burst@h.example');
    const answers = await Promise.all(Array.from({ length: 20 }, () => attempt('burst@h.example', 'wrong password')));
    expect(answers.filter((kind) => kind === 'unauthenticated')).toHaveLength(FAILURES_BEFORE_LOCK - 1);
    expect(recorded.filter(({ what }) => what?.detail === 'password')).toHaveLength(FAILURES_BEFORE_LOCK);
    expect(await attempt('burst@h.example', PASSWORD)).toBe('busy');
  });

  test('at an address nobody has are answered as at one somebody has', async () => {
    const known = region('somebody@h.example');
    const unknown = region('somebody-else@h.example');
    const tries = Array.from({ length: FAILURES_BEFORE_LOCK + 2 });
    const answers = { known: [] as string[], unknown: [] as string[] };
    for (const _ of tries) {
      answers.known.push(await known.attempt('somebody@h.example', 'wrong password'));
      answers.unknown.push(await unknown.attempt('nobody@h.example', 'wrong password'));
    }
    expect(answers.unknown).toEqual(answers.known);
    expect(answers.known.at(-1)).toBe('busy');
  });

  test('the right password before the last one ends the count, and after a lock has run out it lets in', async () => {
    const { attempt, later } = region('patient@h.example');
    for (let n = 1; n < FAILURES_BEFORE_LOCK; n++) await attempt('patient@h.example', 'wrong password');
    expect(await attempt('patient@h.example', PASSWORD)).toBe('in');
    for (let n = 0; n < FAILURES_BEFORE_LOCK; n++) await attempt('patient@h.example', 'wrong password');
    expect(await attempt('patient@h.example', PASSWORD)).toBe('busy');
    later(LOCK_MS + 1);
    expect(await attempt('patient@h.example', PASSWORD)).toBe('in');
  });

  test('from within a session count like those at the door', async () => {
    const { attempt, confirm, recorded } = region('inside@h.example');
    expect(await confirm(PASSWORD)).toBe('right');
    const answers = [];
    for (let n = 0; n < FAILURES_BEFORE_LOCK; n++) answers.push(await confirm('wrong password'));
    expect(answers).toEqual([...Array.from({ length: FAILURES_BEFORE_LOCK - 1 }, () => 'denied'), 'busy']);
    expect(await confirm(PASSWORD)).toBe('busy');
    expect(await attempt('inside@h.example', PASSWORD)).toBe('busy');
    expect(recorded.filter(({ action }) => action === 'sign-in-failed').length).toBeGreaterThan(FAILURES_BEFORE_LOCK);
  });

  test('from one address come to an end, also at accounts that are locked: the record is not filled by them', async () => {
    const { attempt, recorded } = region('flood@h.example');
    for (let n = 0; n < FAILURES_PER_ADDRESS_MAX; n++) await attempt('flood@h.example', 'wrong password', '192.0.2.9');
    const before = recorded.length;
    expect(await attempt('flood@h.example', 'wrong password', '192.0.2.9')).toBe('busy');
    expect(recorded).toHaveLength(before);
  });
});
