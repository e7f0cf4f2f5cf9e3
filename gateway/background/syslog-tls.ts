/** Syslog over TLS: RFC 5424 messages in the frames of RFC 5425 (octet counting). */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type ConnectionOptions, connect } from 'node:tls';
import { DomainError } from '../domain/errors.ts';

export interface SyslogSettings {
  readonly host: string;
  readonly port: number;
  /** PEM files; unset: the authorities that the system knows, and no certificate of our own. */
  readonly caFile?: string;
  readonly keyFile?: string;
  readonly certFile?: string;
}

export interface SyslogMessage {
  readonly at: Date;
  /** Where it stands in the record, so that a receiver can tell one that comes twice. */
  readonly seq: number;
  readonly hash: string;
  readonly text: string;
}

/** For one batch, connecting included. */
export const SYSLOG_SEND_MS_MAX = 30_000;
/** PS3.15 A.6: facility 10 (security), severity 5 (notice). */
const PRIORITY = 10 * 8 + 5;
/** RFC 5612: the number for examples; the name of the element is what counts. */
const ELEMENT = 'record@32473';

/** One frame: its length in octets, a blank, the message. RFC 5425 4.3. */
export function syslogFrame({ at, seq, hash, text }: SyslogMessage): Buffer {
  const head = `<${PRIORITY}>1 ${at.toISOString()} ${
    hostname()
      .replace(/[^\x21-\x7e]/g, '')
      .slice(0, 255) || '-'
  } renkei ${process.pid} DICOM+RFC3881 [${ELEMENT} seq="${seq}" hash="${hash}"] `;
  const message = Buffer.from(`${head}\ufeff${text}`);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/**
 * Sends them on a connection of their own and ends it. Syslog has no acknowledgement: that the receiver closes its side in order, after ours, is what
 * says that it has read everything. @throws unavailable: some of them may have come, and all are sent again
 */
export async function sendSyslog(settings: SyslogSettings, messages: readonly SyslogMessage[]): Promise<void> {
  const { host, port } = settings;
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) => {
      socket.destroy();
      const code = (cause as NodeJS.ErrnoException).code ?? cause.message;
      reject(new DomainError('unavailable', `the receiver of audit messages ${host}:${port} did not take them (${code})`, { cause }));
    };
    let isSent = false;
    let isRead = false;
    const socket = connect({
      ...filesOf(settings),
      host,
      port,
      ...(/^[\d.:]+$/.test(host) ? {} : { servername: host }),
      minVersion: 'TLSv1.2',
    });
    socket.setTimeout(SYSLOG_SEND_MS_MAX, () => fail(new Error('timeout')));
    socket.on('error', fail);
    socket.once('secureConnect', () => {
      for (const message of messages) socket.write(syslogFrame(message));
      socket.end(() => {
        isSent = true;
      });
    });
    socket.once('end', () => {
      isRead = isSent;
    });
    socket.once('close', (hadError) => {
      if (!hadError && isRead) resolve();
      else fail(new Error('closed before the end'));
    });
    socket.resume();
  });
}

/** Read anew each time: a renewed certificate is taken up. */
function filesOf({ caFile, keyFile, certFile }: SyslogSettings): ConnectionOptions {
  const read = (file: string, name: string) => {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new DomainError('unavailable', `${name} cannot be read (${(cause as NodeJS.ErrnoException).code})`, { cause });
    }
  };
  return {
    ...(caFile === undefined ? {} : { ca: read(caFile, 'RENKEI_AUDIT_SYSLOG_CA') }),
    ...(keyFile === undefined ? {} : { key: read(keyFile, 'RENKEI_AUDIT_SYSLOG_KEY') }),
    ...(certFile === undefined ? {} : { cert: read(certFile, 'RENKEI_AUDIT_SYSLOG_CERT') }),
  };
}
