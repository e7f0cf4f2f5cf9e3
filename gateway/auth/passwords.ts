import { hash, verify } from '@node-rs/argon2';
import { DomainError } from '../domain/errors.ts';

/** argon2id at OWASP's first choice: 19 MiB, 2 passes, 1 lane. About 30 ms on an old core. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each check holds 19 MiB: a flood of sign-ins waits here and then hears `busy`. */
export const PASSWORD_CHECKS_MAX = 2;
/** Of each lane. */
export const PASSWORD_CHECKS_WAITING_MAX = 100;
export const PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX = 5;
const BUSY_RETRY_S = 2;

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

/** Waiting ones by account, in turn: a Map keeps the order, and who was served goes to its end. */
class Lane {
  readonly #accounts = new Map<string, (() => void)[]>();
  #waiting = 0;

  /** @throws busy */
  enter(account: string): Promise<void> {
    const own = this.#accounts.get(account) ?? [];
    if (this.#waiting >= PASSWORD_CHECKS_WAITING_MAX || own.length >= PASSWORD_CHECKS_WAITING_AN_ACCOUNT_MAX)
      throw new DomainError('busy', 'too many sign-ins at once', { ids: { retryAfterSeconds: BUSY_RETRY_S } });
    this.#accounts.set(account, own);
    this.#waiting++;
    return new Promise((resolve) => own.push(resolve));
  }

  next(): (() => void) | undefined {
    for (const [account, own] of this.#accounts) {
      const first = own.shift();
      this.#accounts.delete(account);
      if (own.length > 0) this.#accounts.set(account, own);
      if (first === undefined) continue;
      this.#waiting--;
      return first;
    }
    return undefined;
  }
}

let running = 0;
const lanes = { known: new Lane(), unknown: new Lane() };

/** Exported for its test: the order in which work begins, whatever the machine does. */
export async function turn<Result>(who: CheckTurn, work: () => Promise<Result>): Promise<Result> {
  if (running >= PASSWORD_CHECKS_MAX) await (who.known ? lanes.known : lanes.unknown).enter(who.account);
  else running++;
  try {
    return await work();
  } finally {
    const next = lanes.known.next() ?? lanes.unknown.next();
    if (next === undefined) running--;
    else next();
  }
}
