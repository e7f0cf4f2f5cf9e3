/** News by mail: how many things wait, and where to look; nothing of any patient. */

import { DAY_MS } from '../clock.ts';
import type { UserId } from '../identifiers.ts';
import type { AuditEntry } from '../record/audit.ts';
import { dayOf, hourOf, startOfDay } from '../region-days.ts';
import type { Proven } from './credentials.ts';

export const MAIL_MODES = ['off', 'at-once', 'daily'] as const;
export type MailMode = (typeof MAIL_MODES)[number];
/** Notices of the facility's studies; letters; emergencies that wait for its review. */
export const MAIL_KINDS = ['studies', 'letters', 'emergencies'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];
export type MailLanguage = 'ja' | 'en';
export type MailCounts = Readonly<Record<MailKind, number>>;

/** Counted to here: beyond, a mail says that there are more. */
export const MAIL_COUNT_MAX = 100;
/** However much happens, one account has a mail at once no oftener. */
export const MAIL_AT_ONCE_EVERY_MS = 10 * 60_000;
/** The hour of the day, in the region's zone, of the mail a day. */
export const MAIL_DAILY_HOUR = 7;
/** What is counted is at least so old: an act is dated before it is there to be seen. */
export const MAIL_SETTLED_MS = 5_000;
/** Of one account in a day: nobody's letter box is filled from here. */
export const MAIL_CODES_A_DAY_MAX = 5;
export const MAIL_CODE_MS = 3_600_000;
export const MAIL_CODE_TRIES_MAX = 5;
export const MAIL_ATTEMPTS_MAX = 8;
const RETRY_FIRST_MS = 60_000;
const RETRY_MS_MAX = 3_600_000;

/**
 * One address, alone, as RFC 5321 section 4.1.2 writes it without quotes; no space, comma, angle bracket or line end can be in it, so nothing of it can be
 * taken for another header or another receiver.
 */
const ADDRESS = /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const ADDRESS_CHARS_MAX = 254;

export function isMailAddress(text: string): boolean {
  return text.length <= ADDRESS_CHARS_MAX && ADDRESS.test(text);
}

export interface MailChoices {
  readonly mode: MailMode;
  readonly kinds: readonly MailKind[];
  readonly address: string | undefined;
  /** The code that was sent to it has not been typed. */
  readonly pendingAddress: string | undefined;
  /** The last mail to the address did not arrive. */
  readonly failedAt: Date | undefined;
}

export const MAIL_AT_FIRST: MailChoices = {
  mode: 'off',
  kinds: MAIL_KINDS,
  address: undefined,
  pendingAddress: undefined,
  failedAt: undefined,
};

/** Implemented by `storage/index/people/mail.ts`. Each act is one transaction with its entry; throws unauthenticated, denied when the proof has ended. */
export interface MailIndex {
  mailChoices(id: UserId): Promise<MailChoices>;
  /** @throws conflict where there is no address */
  chooseMail(
    proven: Proven,
    choice: {
      readonly mode: MailMode;
      readonly kinds: readonly MailKind[];
      readonly language: MailLanguage;
      readonly dueAt: Date | undefined;
    },
    entries: readonly AuditEntry[],
  ): Promise<void>;
  /** A mail with a code is queued. @throws too-many */
  askMailCode(proven: Proven, address: string, language: MailLanguage): Promise<void>;
  /** The address is the account's if it is the code; each wrong one counts. */
  confirmMailAddress(
    proven: Proven,
    codeHash: string,
    dueAt: (mode: MailMode) => Date | undefined,
    entries: readonly AuditEntry[],
  ): Promise<'confirmed' | 'wrong' | 'ended'>;
  removeMailAddress(proven: Proven, entries: readonly AuditEntry[]): Promise<void>;

  /** Whether this process is the one that sends, until then. */
  leaseMail(holder: string, until: Date): Promise<boolean>;
  codesDue(
    limit: number,
  ): Promise<readonly { readonly userId: UserId; readonly address: string; readonly language: MailLanguage; readonly attempts: number }[]>;
  /** False: it is asked for no more. */
  setMailCode(userId: UserId, address: string, codeHash: string): Promise<boolean>;
  /** `retryAt` undefined: it went out, or is given up. */
  codeSettled(userId: UserId, address: string, outcome: MailOutcome): Promise<void>;
  newsDue(limit: number): Promise<readonly NewsDue[]>;
  newsSettled(due: NewsDue, nextAt: Date, outcome: MailOutcome): Promise<void>;
  mailWaiting(): Promise<number>;
}

export interface NewsDue {
  readonly userId: UserId;
  readonly address: string;
  readonly language: MailLanguage;
  readonly mode: MailMode;
  readonly attempts: number;
  /** Of what its person wants to hear, whether or not they may. */
  readonly counts: MailCounts;
  readonly until: Date;
}

/** `retry`: once more at the next moment; `failed`: given up for a day; `nothing`: there was nothing to say. */
export type MailOutcome = { readonly is: 'sent' | 'failed' | 'nothing' } | { readonly is: 'retry'; readonly at: Date };

/** When to look again whether there is something to say; undefined: never. */
export function mailDueAfter(mode: MailMode, now: Date, timeZone: string): Date | undefined {
  if (mode === 'off') return undefined;
  if (mode === 'at-once') return new Date(now.getTime() + MAIL_AT_ONCE_EVERY_MS);
  const day = hourOf(now, timeZone) < MAIL_DAILY_HOUR ? now : new Date(now.getTime() + DAY_MS);
  return new Date(startOfDay(dayOf(day, timeZone), timeZone).getTime() + MAIL_DAILY_HOUR * 3_600_000);
}

/** Doubles; undefined: it has been tried often enough. `attempts`: those before. */
export function mailRetryAfter(attempts: number, now: Date): Date | undefined {
  if (attempts + 1 >= MAIL_ATTEMPTS_MAX) return undefined;
  return new Date(now.getTime() + Math.min(RETRY_MS_MAX, RETRY_FIRST_MS * 2 ** attempts));
}
