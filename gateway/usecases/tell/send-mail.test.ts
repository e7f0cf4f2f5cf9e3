import { describe, expect, test } from 'vitest';
import { DomainError } from '../../domain/errors.ts';
import type { FacilityCode, FacilityId, UserId } from '../../domain/identifiers.ts';
import { NO_COUNTERS } from '../../domain/operation/counters.ts';
import { NO_LOG } from '../../domain/operation/log.ts';
import { MAIL_ATTEMPTS_MAX, MAIL_COUNT_MAX, type MailCounts, type NewsDue } from '../../domain/people/mail.ts';
import type { User } from '../../domain/people/user.ts';
import { rightsOf } from '../../domain/sharing/job-rights.ts';
import { codeMail, newsMail } from './mail-texts.ts';
import { type MailParts, sendDueMail } from './send-mail.ts';

const NOW = new Date('2026-04-01T00:00:00Z');
const ALL: MailCounts = { studies: 2, letters: 3, emergencies: 1 };

function due(more: Partial<NewsDue> = {}): NewsDue {
  return {
    userId: '7' as UserId,
    address: 'taro@region.example',
    language: 'en',
    mode: 'at-once',
    attempts: 0,
    counts: ALL,
    until: NOW,
    ...more,
  };
}

/** What came of one account's turn. */
async function turn({
  job = 'physician',
  send = async () => {},
  of = [due()],
}: {
  job?: User['job'];
  send?: MailParts['send'];
  of?: readonly NewsDue[];
}) {
  const mails: string[] = [];
  const settled: unknown[] = [];
  const facility = { id: '1' as FacilityId, code: 'HOSPITAL' as FacilityCode };
  const parts: MailParts = {
    mail: {
      leaseMail: async () => true,
      codesDue: async () => [],
      setMailCode: async () => true,
      codeSettled: async () => {},
      newsDue: async () => of,
      newsSettled: async (_, nextAt, outcome) => void settled.push({ nextAt, outcome }),
    },
    userById: async (id) => ({ id, job }) as User,
    actorOf: (user) => ({
      kind: 'person',
      userId: user.id,
      job,
      rights: rightsOf({}, 'hospital', job),
      administrator: false,
      through: 'session',
      remoteAddress: '',
      facility,
    }),
    send: async (to, mail, signal) => {
      await send(to, mail, signal);
      mails.push(mail.text);
    },
    newCode: () => '01234567',
    hashCode: (text) => text,
    holder: 'here',
    publicUrl: 'https://images.region.example',
    timeZone: 'Asia/Tokyo',
    clock: { now: () => NOW },
    log: NO_LOG,
    counters: NO_COUNTERS,
  };
  return { ok: await sendDueMail(parts, new AbortController().signal), mails, settled };
}

describe('who may not read something is not told how much there is', () => {
  test.each([
    ['physician', ['Notices of studies: 2', 'Letters: 3', 'Emergency accesses that wait for review: 1'], []],
    ['administrator', ['Notices of studies: 2'], ['Letters']],
    ['nurse', ['Notices of studies: 2', 'Letters: 3'], ['Emergency']],
  ] as const)('%s', async (job, said, unsaid) => {
    const { mails } = await turn({ job });
    for (const line of said) expect(mails[0]).toContain(line);
    for (const line of unsaid) expect(mails[0]).not.toContain(line);
  });

  test('nothing that they may: no mail, and it is not asked for again', async () => {
    const { mails, settled } = await turn({ job: 'nurse', of: [due({ counts: { studies: 0, letters: 0, emergencies: 4 } })] });
    expect(mails).toEqual([]);
    expect(settled).toEqual([expect.objectContaining({ outcome: { is: 'nothing' } })]);
  });
});

describe('a server that does not take it', () => {
  const refuses = (kind: 'invalid' | 'unavailable') => async () => {
    throw new DomainError(kind, 'no');
  };
  test.each([
    ['for good', 'invalid', 0, 'failed', true],
    ['now', 'unavailable', 0, 'retry', false],
    ['now, once too often', 'unavailable', MAIL_ATTEMPTS_MAX - 1, 'failed', true],
  ] as const)('%s', async (_, kind, attempts, is, goesOn) => {
    const of = [due({ attempts }), due({ userId: '8' as UserId, attempts })];
    const { ok, settled } = await turn({ send: refuses(kind), of });
    // One that is away is not tried for everybody else.
    expect([ok, settled.length]).toEqual([goesOn, goesOn ? 2 : 1]);
    expect(settled[0]).toMatchObject({ outcome: { is } });
    if (is === 'failed') expect(settled[0]).toMatchObject({ nextAt: new Date(NOW.getTime() + 86_400_000) });
  });
});

test.each(['ja', 'en'] as const)(
  '%s: every line of a mail is short enough to pass, and what is too much is not counted out',
  (language) => {
    const many = newsMail(language, { studies: MAIL_COUNT_MAX, letters: MAIL_COUNT_MAX, emergencies: 0 }, 'https://images.region.example');
    expect(many.subject).toMatch(/100/);
    expect(many.text).not.toContain('200');
    for (const { subject, text } of [many, codeMail(language, '01234567', 'https://images.region.example')]) {
      for (const line of [subject, ...text.split('\n')]) expect(line.length).toBeLessThan(200);
      expect(subject).not.toMatch(/[\r\n]/);
    }
  },
);
