/** One's own mail: to which address, how often, of what. */
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import type { Proof } from '../../domain/people/credentials.ts';
import { isMailAddress, type MailIndex, type MailKind, type MailLanguage, type MailMode, mailDueAfter } from '../../domain/people/mail.ts';
import { actBy } from '../../domain/record/audit.ts';

export interface Asked {
  readonly actor: PersonActor;
  readonly proof: Proof;
}

interface Dated {
  readonly clock: Clock;
  readonly timeZone: string;
}

export async function chooseMail(
  { mail, clock, timeZone }: { readonly mail: Pick<MailIndex, 'chooseMail'> } & Dated,
  asked: Asked,
  { mode, kinds, language }: { readonly mode: MailMode; readonly kinds: readonly MailKind[]; readonly language: MailLanguage },
): Promise<void> {
  const entry = changed(asked, mode === 'off' ? 'no-mail' : 'mail');
  await mail.chooseMail(provenBy(asked), { mode, kinds, language, dueAt: firstDue(mode, clock.now(), timeZone) }, [entry]);
}

/** What is new is told from now on, and not only ten minutes later. */
function firstDue(mode: MailMode, now: Date, timeZone: string): Date | undefined {
  return mode === 'at-once' ? now : mailDueAfter(mode, now, timeZone);
}

/** A code goes to the address, in a mail. @throws invalid, unsupported, too-many */
export async function askMailCode(
  { mail, mailServed }: { readonly mail: Pick<MailIndex, 'askMailCode'>; readonly mailServed: boolean },
  asked: Asked,
  address: string,
  language: MailLanguage,
): Promise<void> {
  if (!mailServed) throw new DomainError('unsupported', 'this region has no mail server', { ids: { reason: 'mail-not-served' } });
  if (!isMailAddress(address)) throw new DomainError('invalid', 'that is no mail address', { ids: { reason: 'mail-address' } });
  await mail.askMailCode(provenBy(asked), address, language);
}

/** `hashCode`: of the account's number and the code. @throws invalid, conflict */
export async function confirmMailAddress(
  {
    mail,
    clock,
    timeZone,
    hashCode,
  }: { readonly mail: Pick<MailIndex, 'confirmMailAddress'>; readonly hashCode: (text: string) => string } & Dated,
  asked: Asked,
  code: string,
): Promise<void> {
  const hash = hashCode(mailCodeText(asked.actor.userId, code));
  const due = (mode: MailMode) => firstDue(mode, clock.now(), timeZone);
  const outcome = await mail.confirmMailAddress(provenBy(asked), hash, due, [changed(asked, 'mail-address')]);
  if (outcome === 'wrong') throw new DomainError('invalid', 'the code is wrong', { ids: { reason: 'mail-code' } });
  if (outcome === 'ended') throw new DomainError('conflict', 'ask for another code', { ids: { reason: 'mail-code-ended' } });
}

export async function removeMailAddress({ mail }: { readonly mail: Pick<MailIndex, 'removeMailAddress'> }, asked: Asked): Promise<void> {
  await mail.removeMailAddress(provenBy(asked), [changed(asked, 'no-mail-address')]);
}

/** What is hashed of a code, so that none is of use to another account. */
export function mailCodeText(userId: string, code: string): string {
  return `mail ${userId} ${code}`;
}

const provenBy = ({ actor, proof }: Asked) => ({ userId: actor.userId, proof });

function changed({ actor }: Asked, change: 'mail' | 'no-mail' | 'mail-address' | 'no-mail-address') {
  return { action: 'user-changed', ...actBy(actor), what: { userId: actor.userId, changes: [change] } } as const;
}
