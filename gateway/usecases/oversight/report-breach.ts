import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { UserId } from '../../domain/identifiers.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import type { AuditEntry } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import { dayOf } from '../../domain/region-days.ts';
import { affectedBy, type BreachReport } from './breach.ts';
import { type BreachNotices, breachNotices } from './breach-notices.ts';

export interface BreachStores {
  readonly audit: Pick<AuditLog, 'find' | 'append'>;
  readonly people: Pick<PeopleIndex, 'userById' | 'facilities'>;
  readonly clock: Clock;
  readonly timeZone: string;
}

/**
 * Whom an account affected between two times (both included), with drafts of the notices about it; on record, by whoever asks. @throws not-found:
 * there is no such account; invalid: the times are in the wrong order
 */
export async function reportBreach(
  { audit, people, clock, timeZone }: BreachStores,
  by: Pick<AuditEntry, 'who' | 'remoteAddress'>,
  asked: { readonly userId: UserId; readonly from: Date; readonly to: Date },
): Promise<{ readonly report: BreachReport; readonly notices: BreachNotices; readonly account: string }> {
  if (asked.from > asked.to) throw new DomainError('invalid', 'the time ends before it begins');
  const user = await people.userById(asked.userId);
  if (user === undefined) throw new DomainError('not-found', 'there is no such account');
  const report = await affectedBy({ audit }, asked);
  await audit.append([
    {
      action: 'record-exported',
      outcome: 'success',
      ...by,
      what: { format: 'breach-report', userId: asked.userId, count: report.entries },
      right: { kind: 'administrator' },
    },
  ]);
  const facilities = new Map((await people.facilities()).map(({ code, name }) => [code as string, name]));
  const time = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const notices = breachNotices(
    report,
    { account: user.email, facility: (code) => facilities.get(code) ?? code, time: (at) => time.format(at) },
    dayOf(clock.now(), timeZone),
  );
  return { report, notices, account: user.email };
}
