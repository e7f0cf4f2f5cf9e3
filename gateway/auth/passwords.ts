import { hash, verify } from '@node-rs/argon2';
import { DomainError } from '../domain/errors.ts';

/** argon2id at OWASP's first choice: 19 MiB, 2 passes, 1 lane. About 30 ms on an old core. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each check holds 19 MiB: a flood of sign-ins waits here and then hears `busy`. */
export const PASSWORD_CHECKS_MAX = 2;
export const PASSWORD_CHECKS_WAITING_MAX = 100;

/** NIST SP 800-63B 5.1.1.2: eight at least; longer ones are the people's choice, lockout does the rest. */
export const PASSWORD_CHARS_MIN = 8;
export const PASSWORD_CHARS_MAX = 200;

/** What an unknown e-mail address is checked against, so that it takes as long as a known one. */
let nobody: Promise<string> | undefined;

/** @throws invalid when too short or too long. */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < PASSWORD_CHARS_MIN || password.length > PASSWORD_CHARS_MAX) {
    throw new DomainError('invalid', `a password has ${PASSWORD_CHARS_MIN} to ${PASSWORD_CHARS_MAX} characters`);
  }
  return turn(() => hash(password.normalize('NFKC'), ARGON2ID));
}

/** `passwordHash` undefined: nobody has that address; takes as long and is false. @throws busy */
export async function passwordMatches(password: string, passwordHash: string | undefined): Promise<boolean> {
  nobody ??= hash('nobody', ARGON2ID);
  const against = passwordHash ?? (await nobody);
  const matches = await turn(() => verify(against, password.normalize('NFKC')));
  return matches && passwordHash !== undefined;
}

let running = 0;
const waiting: (() => void)[] = [];

async function turn<Result>(work: () => Promise<Result>): Promise<Result> {
  if (running >= PASSWORD_CHECKS_MAX) {
    if (waiting.length >= PASSWORD_CHECKS_WAITING_MAX) throw new DomainError('busy', 'too many sign-ins at once');
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}
