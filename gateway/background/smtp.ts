/** The one file that speaks SMTP. */
import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import { DomainError } from '../domain/errors.ts';
import { isMailAddress } from '../domain/people/mail.ts';
import type { MailText } from '../usecases/tell/mail-texts.ts';

const CONNECT_MS_MAX = 10_000;
const SILENCE_MS_MAX = 20_000;
/** For one mail, from the connection to the server's last word. */
export const MAIL_MS_MAX = 60_000;

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS, which is demanded unless the server is on this machine. */
  readonly implicitTls: boolean;
  readonly plainAllowed: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly caFile?: string;
  readonly from: string;
}

/** One connection a mail. @throws invalid: the server will never take it; unavailable: not now */
export async function sendBySmtp(server: MailServer, to: string, { subject, text }: MailText, signal: AbortSignal): Promise<void> {
  // The library would take a list of them for several receivers.
  if (!isMailAddress(to)) throw new DomainError('invalid', 'that is no mail address');
  const transport = transportOf(server);
  const mail = {
    from: { name: 'Renkei', address: server.from },
    to: { name: '', address: to },
    envelope: { from: server.from, to },
    subject,
    text,
    // Answering machines leave it alone (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
  // A server that says a word now and then would otherwise keep everybody else's mail waiting.
  const giving = new AbortController();
  const stop = () => giving.abort();
  const late = setTimeout(stop, MAIL_MS_MAX);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await transport.sendMail({ ...mail, signal: giving.signal });
  } catch (thrown) {
    throw inOurWords(thrown);
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
    transport.close();
  }
}

function transportOf(server: MailServer) {
  return createTransport({
    host: server.host,
    port: server.port,
    secure: server.implicitTls,
    requireTLS: !server.implicitTls && !server.plainAllowed,
    tls: { minVersion: 'TLSv1.2', ...(server.caFile === undefined ? {} : { ca: readFileSync(server.caFile) }) },
    ...(server.user === undefined ? {} : { auth: { user: server.user, pass: server.password ?? '' } }),
    connectionTimeout: CONNECT_MS_MAX,
    greetingTimeout: CONNECT_MS_MAX,
    socketTimeout: SILENCE_MS_MAX,
    // Nothing of a mail names a file or an address to be read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function inOurWords(thrown: unknown): DomainError {
  const { code, responseCode } = thrown as { code?: unknown; responseCode?: unknown };
  const ids = { code: String(responseCode ?? code ?? 'unknown') };
  // 5yz of the receiver or of the mail is for good (RFC 5321 section 4.2.1); of who we are, the operator can mend it.
  const isFinal = typeof responseCode === 'number' && responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  return new DomainError(isFinal ? 'invalid' : 'unavailable', 'the mail server did not take it', { cause: thrown, ids });
}
