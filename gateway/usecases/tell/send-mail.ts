/** The mails that are due, one after another: codes that confirm an address, and how much is new. */

import { type Clock, DAY_MS } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { UserId } from '../../domain/identifiers.ts';
import type { Counters } from '../../domain/operation/counters.ts';
import type { Log } from '../../domain/operation/log.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import {
  MAIL_KINDS,
  type MailCounts,
  type MailIndex,
  type MailKind,
  type MailOutcome,
  mailDueAfter,
  mailRetryAfter,
  type NewsDue,
} from '../../domain/people/mail.ts';
import type { User } from '../../domain/people/user.ts';
import { decide, type MemberAction } from '../../domain/sharing/access.ts';
import { mailCodeText } from '../account/manage-mail.ts';
import { codeMail, type MailText, newsMail } from './mail-texts.ts';

/** Of each sort in one round. */
export const MAILS_A_ROUND_MAX = 50;
/** Longer than one mail may take: who died while it sent is followed by another process. */
export const MAIL_LEASE_MS = 180_000;

export interface MailParts {
  readonly mail: Pick<MailIndex, 'leaseMail' | 'codesDue' | 'setMailCode' | 'codeSettled' | 'newsDue' | 'newsSettled'>;
  readonly userById: (id: UserId) => Promise<User | undefined>;
  /** Who they are for `access.ts`, by what their job may do today. */
  readonly actorOf: (user: User, now: Date) => PersonActor;
  /** @throws invalid: this address is not taken by the server, now or later; anything else: not now */
  readonly send: (to: string, mail: MailText, signal: AbortSignal) => Promise<void>;
  readonly newCode: () => string;
  readonly hashCode: (text: string) => string;
  /** Of this process. */
  readonly holder: string;
  /** What people type to reach us. */
  readonly publicUrl: string;
  readonly timeZone: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
}

const ACTION_OF = { studies: 'study.list', letters: 'letter.read', emergencies: 'emergency.review' } as const satisfies Record<
  MailKind,
  MemberAction
>;

/** Whether the server took all that was due; false: it is better left alone for a while. @throws what the index says */
export async function sendDueMail(parts: MailParts, signal: AbortSignal): Promise<boolean> {
  if (!(await leased(parts))) return true;
  for (const due of await parts.mail.codesDue(MAILS_A_ROUND_MAX)) {
    if (signal.aborted || !(await leased(parts))) return true;
    if (!(await sendCode(parts, due, signal))) return false;
  }
  for (const due of await parts.mail.newsDue(MAILS_A_ROUND_MAX)) {
    if (signal.aborted || !(await leased(parts))) return true;
    if (!(await sendNews(parts, due, signal))) return false;
  }
  return true;
}

function leased({ mail, holder, clock }: MailParts): Promise<boolean> {
  return mail.leaseMail(holder, new Date(clock.now().getTime() + MAIL_LEASE_MS));
}

async function sendCode(
  parts: MailParts,
  { userId, address, language, attempts }: Awaited<ReturnType<MailIndex['codesDue']>>[number],
  signal: AbortSignal,
): Promise<boolean> {
  const user = await parts.userById(userId);
  const code = parts.newCode();
  if (user === undefined || !(await parts.mail.setMailCode(userId, address, parts.hashCode(mailCodeText(userId, code))))) return true;
  const outcome = await sent(parts, address, codeMail(language, code, parts.publicUrl), attempts, signal, 'code');
  await parts.mail.codeSettled(userId, address, outcome);
  return outcome.is !== 'retry';
}

async function sendNews(parts: MailParts, due: NewsDue, signal: AbortSignal): Promise<boolean> {
  const { mail, clock, timeZone } = parts;
  const now = clock.now();
  const user = await parts.userById(due.userId);
  const counts = user === undefined ? NONE : told(due.counts, parts.actorOf(user, now));
  const outcome: MailOutcome =
    user === undefined || MAIL_KINDS.every((kind) => counts[kind] === 0)
      ? { is: 'nothing' }
      : await sent(parts, due.address, newsMail(due.language, counts, parts.publicUrl), due.attempts, signal, 'news');
  // What was given up is not forgotten: a day later it is tried anew, with what is new by then.
  const nextAt = outcome.is === 'failed' ? new Date(now.getTime() + DAY_MS) : (mailDueAfter(due.mode, now, timeZone) ?? now);
  await mail.newsSettled(due, nextAt, outcome);
  return outcome.is !== 'retry';
}

const NONE: MailCounts = { studies: 0, letters: 0, emergencies: 0 };

/** Of what they may not read they are not told how much there is. */
function told(counts: MailCounts, actor: PersonActor): MailCounts {
  const may = (kind: MailKind) => (decide(actor, ACTION_OF[kind]).allowed ? counts[kind] : 0);
  return { studies: may('studies'), letters: may('letters'), emergencies: may('emergencies') };
}

async function sent(
  { send, clock, log, counters }: MailParts,
  to: string,
  text: MailText,
  attempts: number,
  signal: AbortSignal,
  purpose: 'code' | 'news',
): Promise<MailOutcome> {
  try {
    await send(to, text, signal);
    counters.add('mails_sent', 1, { purpose });
    return { is: 'sent' };
  } catch (thrown) {
    const refused = thrown instanceof DomainError && thrown.kind === 'invalid';
    const at = refused ? undefined : mailRetryAfter(attempts, clock.now());
    counters.add('mails_not_sent', 1, { purpose, end: at === undefined ? 'given-up' : 'later' });
    // Neither the address nor what the server said of it: both name people.
    log.warn('mail.not-sent', { purpose, attempts: attempts + 1, refused: String(refused), code: codeOf(thrown) });
    return at === undefined ? { is: 'failed' } : { is: 'retry', at };
  }
}

function codeOf(thrown: unknown): string {
  const { ids = {} } = thrown as { ids?: { code?: unknown } };
  return String(ids.code ?? 'unknown').slice(0, 40);
}
