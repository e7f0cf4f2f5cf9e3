import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { DomainError } from '../domain/errors.ts';
import type { Log } from '../domain/operation/log.ts';

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Renewed certificates are looked for this often. Files are read, not watched: links are swapped, and network file systems tell nobody. */
export const CERTIFICATE_LOOK_MS = 10_000;

export interface CertificateFiles {
  readonly keyFile: string;
  readonly certFile: string;
  /** Authorities of client certificates. */
  readonly caFile?: string;
}

export interface Pem {
  readonly key: Buffer;
  readonly cert: Buffer;
  readonly ca?: Buffer;
}

/** A server that can be given other keys while it runs: `tls.Server`, `https.Server`. */
export interface SecureServer {
  setSecureContext(options: SecureContextOptions): void;
  once(event: 'close', listener: () => void): unknown;
}

/** Key and certificate of one door, as the files say today. */
export interface Certificate {
  current(): Pem;
  /** From now on the server has what is current, until it closes; `settings` are what else its context was made with. */
  follow(server: SecureServer, settings?: SecureContextOptions): void;
  /** Reads the files; when they have changed and hold a key and its certificate, they count from now on. Otherwise what was stays. */
  look(): Promise<void>;
  close(): void;
}

/** @throws invalid, naming the door, when the files cannot be read or do not hold a key and its certificate */
export async function openCertificate(door: string, files: CertificateFiles, log: Log): Promise<Certificate> {
  let current: Pem;
  let toldInvalid: string | undefined;
  /** At the start, and when it happens while the program runs. */
  const tellIfInvalid = () => {
    const invalid = invalidNow(current);
    if (invalid !== undefined && invalid !== toldInvalid) log.warn(`tls.certificate-${invalid}`, { door });
    toldInvalid = invalid;
  };
  try {
    current = await readPem(files);
    demandUsable(current);
    tellIfInvalid();
  } catch (cause) {
    throw new DomainError('invalid', `the TLS key and certificate of the ${door} door cannot be used: ${reasonOf(cause)}`, { cause });
  }
  const followers = new Map<SecureServer, SecureContextOptions>();
  /** Told once, not at every look. */
  let refused: string | undefined;

  const certificate: Certificate = {
    current: () => current,
    follow(server, settings = {}) {
      followers.set(server, settings);
      server.once('close', () => followers.delete(server));
    },
    async look() {
      try {
        const next = await readPem(files);
        const same = isSame(next, current);
        if (!same) {
          demandUsable(next);
          const invalid = invalidNow(next);
          if (invalid !== undefined && invalidNow(current) === undefined) throw new Error(NOT_TAKEN[invalid]);
          for (const [server, settings] of followers) server.setSecureContext({ ...settings, ...next });
          current = next;
          log.info('tls.certificate-renewed', { door });
        }
        refused = undefined;
        tellIfInvalid();
      } catch (thrown) {
        const reason = reasonOf(thrown);
        if (reason !== refused) log.error('tls.certificate-not-renewed', { door, reason });
        refused = reason;
      }
    },
    close: () => clearInterval(timer),
  };
  const timer = setInterval(() => void certificate.look(), CERTIFICATE_LOOK_MS).unref();
  return certificate;
}

async function readPem({ keyFile, certFile, caFile }: CertificateFiles): Promise<Pem> {
  const [key, cert, ca] = await Promise.all([readFile(keyFile), readFile(certFile), caFile === undefined ? undefined : readFile(caFile)]);
  return { key, cert, ...(ca === undefined ? {} : { ca }) };
}

/** @throws what OpenSSL says of it */
function demandUsable(pem: Pem): void {
  createSecureContext(pem);
  if (pem.ca === undefined) return;
  // OpenSSL passes over what is no certificate: of an empty or cut file it would make a door that lets nobody in.
  const text = pem.ca.toString('latin1');
  const whole = text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  if (whole.length === 0 || whole.length !== text.split(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----/).length - 1)
    throw new Error('the file of authorities holds no certificate, or is cut short');
  for (const one of whole) void new X509Certificate(one);
}

function isSame(one: Pem, other: Pem): boolean {
  return one.key.equals(other.key) && one.cert.equals(other.cert) && (one.ca ?? EMPTY).equals(other.ca ?? EMPTY);
}

const NOT_TAKEN = {
  expired: 'the new certificate has expired',
  'not-yet-valid': 'the new certificate is not valid yet; it is taken when it is',
} as const;

function invalidNow({ cert }: Pem): keyof typeof NOT_TAKEN | undefined {
  const { validFrom, validTo } = new X509Certificate(cert);
  if (Date.parse(validTo) < Date.now()) return 'expired';
  return Date.parse(validFrom) > Date.now() ? 'not-yet-valid' : undefined;
}

const EMPTY = Buffer.alloc(0);

/** What Node and OpenSSL say of it; never the key. */
function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : 'not readable';
}
