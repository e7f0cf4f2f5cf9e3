import { hash, verify } from '@node-rs/argon2';
import { createFairTurnsInTwoLines } from '../domain/bounds/fair-turns.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';

/** argon2id at OWASP's first choice: 19 MiB, 2 passes, 1 lane. About 30 ms on an old core. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each check holds 19 MiB: a flood of sign-ins waits here and then hears `busy`. */
export const PASSWORD_CHECKS_MAX = 2;
/** Of those on known devices, and as many of the others. */
export const PASSWORD_CHECKS_WAITING_MAX = 100;
export const PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX = 5;
const BUSY_RETRY_S = 2;

const [onKnownDevices, onOthers] = createFairTurnsInTwoLines({
  atOnce: PASSWORD_CHECKS_MAX,
  atOnceOfOne: PASSWORD_CHECKS_MAX,
  waitingMax: PASSWORD_CHECKS_WAITING_MAX,
  waitingOfOneMax: PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX,
  waitMsMax: 60_000,
});

/** What an unknown e-mail address is checked against, so that it takes as long as a known one. Made at start, not by the first who asks. */
const nobody = hash('nobody', ARGON2ID);
nobody.catch(() => {});

/** The rule of what may be one is `password-rule.ts`. @throws busy */
export async function hashPassword(password: string): Promise<string> {
  return turn({ known: true, account: 'new' }, () => hash(password.normalize('NFKC'), ARGON2ID));
}

/** Who waits for a check: those on known devices first, then one of each account in turn. */
export interface CheckTurn {
  readonly known: boolean;
  readonly account: string;
}

/** `passwordHash` undefined: nobody has that address; takes as long and is false. @throws busy */
export async function passwordMatches(
  password: string,
  passwordHash: string | undefined,
  who: CheckTurn = { known: true, account: '' },
): Promise<boolean> {
  const against = passwordHash ?? (await nobody);
  const matches = await turn(who, () => verify(against, password.normalize('NFKC')));
  return matches && passwordHash !== undefined;
}

/** Exported for its test: the order in which work begins, whatever the machine does. @throws busy */
export function turn<Result>({ known, account }: CheckTurn, work: () => Promise<Result>): Promise<Result> {
  return orTooMany((known ? onKnownDevices : onOthers).run(account, work));
}

/** Who hears that it is busy hears when to come back. */
export function orTooMany<Result>(signIn: Promise<Result>): Promise<Result> {
  return signIn.catch((thrown: unknown) => {
    if (asDomainError(thrown).kind !== 'busy') throw thrown;
    throw new DomainError('busy', 'too many sign-ins at once', { cause: thrown, ids: { retryAfterSeconds: BUSY_RETRY_S } });
  });
}
