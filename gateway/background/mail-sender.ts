import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { asDomainError } from '../domain/errors.ts';
import type { MailIndex } from '../domain/people/mail.ts';
import type { PeopleIndex } from '../domain/people/people-index.ts';
import { type MailParts, sendDueMail } from '../usecases/tell/send-mail.ts';
import { type MailServer, sendBySmtp } from './smtp.ts';

export const MAIL_LOOK_MS = 5_000;
const PAUSE_AFTER_FAILURE_MS_MAX = 300_000;
const CODE_DIGITS = 8;

type Given = Pick<MailParts, 'actorOf' | 'hashCode' | 'timeZone' | 'clock' | 'log' | 'counters'>;

export interface MailSenderParts extends Given {
  readonly server: MailServer & { readonly publicUrl: string };
  readonly mail: MailIndex;
  readonly people: Pick<PeopleIndex, 'userById'>;
  readonly gauge: (name: string, help: string, read: () => Promise<number>) => void;
  readonly lookMs?: number;
}

/** Sends what is due, beside everything else; a server that does not answer is asked ever more seldom. How to stop it. */
export function startMailSender({ server, mail, people, gauge, lookMs = MAIL_LOOK_MS, ...given }: MailSenderParts): () => Promise<void> {
  gauge('mails_waiting', 'mails that are due and not yet taken by the mail server', () => mail.mailWaiting());
  const parts: MailParts = {
    ...given,
    mail,
    userById: (id) => people.userById(id),
    send: (to, text, signal) => sendBySmtp(server, to, text, signal),
    newCode: () => String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0'),
    holder: `${hostname()} ${process.pid}`,
    publicUrl: server.publicUrl,
  };
  const stopping = new AbortController();
  const { signal } = stopping;
  const loop = async () => {
    let failures = 0;
    while (!signal.aborted) {
      failures = (await round(parts, signal)) ? 0 : failures + 1;
      const pauseMs = Math.min(lookMs * 2 ** failures, PAUSE_AFTER_FAILURE_MS_MAX);
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {});
    }
  };
  const ended = loop();
  return async () => {
    stopping.abort(new Error('the sender of mail is stopping'));
    await ended;
  };
}

/** Never rejects. */
async function round(parts: MailParts, signal: AbortSignal): Promise<boolean> {
  try {
    return await sendDueMail(parts, signal);
  } catch (thrown) {
    parts.log.warn('mail.not-looked', { kind: asDomainError(thrown).kind });
    return false;
  }
}
