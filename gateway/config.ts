import { resolve } from 'node:path';
import { DomainError } from './domain/errors.ts';
import { plainEmailAddress } from './domain/people/email-address.ts';
import { isMailAddress } from './domain/people/mail.ts';
import type { LogLevel } from './log.ts';

/**
 * Every setting, in the order `npm start -- --help` lists them. Contract: the names, which operators' files use. `apart`: not in backups, since it is a
 * secret, or this machine's alone.
 */
const SETTINGS = {
  RENKEI_DATA: { default: './data', meaning: 'folder for the embedded index, the files object store and work in progress', apart: true },
  RENKEI_HTTP_PORT: { default: '8080', meaning: 'TCP port of the viewer, /api and /dicom-web; 0 = any free' },
  RENKEI_HTTP_HOST: { default: '127.0.0.1', meaning: 'address to listen on' },
  RENKEI_HTTP_TLS_KEY: { default: '', meaning: 'PEM file; with RENKEI_HTTP_TLS_CERT the HTTP door speaks https only' },
  RENKEI_HTTP_TLS_CERT: {
    default: '',
    meaning: 'PEM file with the certificate chain; a renewed one is taken up within 10 s, without a restart',
  },
  RENKEI_HTTP_TLS_MIN: { default: '1.3', meaning: 'oldest TLS version taken: 1.3, or 1.2 for old browsers and programs' },
  RENKEI_METRICS_PORT: {
    default: '',
    meaning: 'TCP port that answers /metrics alone; unset: it is on the HTTP port, for direct callers of this machine',
  },
  RENKEI_METRICS_HOST: { default: '127.0.0.1', meaning: 'address RENKEI_METRICS_PORT listens on' },
  RENKEI_METRICS_TOKEN: { default: '', meaning: 'bearer token, at least 16 characters, that /metrics asks of everybody', apart: true },
  RENKEI_DIMSE_PORT: { default: '11112', meaning: 'TCP port of the DIMSE door; 0 = any free' },
  RENKEI_DIMSE_HOST: { default: '', meaning: 'address the DIMSE door listens on; unset: as RENKEI_HTTP_HOST' },
  RENKEI_DIMSE_TLS_KEY: { default: '', meaning: 'PEM file; with RENKEI_DIMSE_TLS_CERT the DIMSE door speaks TLS only' },
  RENKEI_DIMSE_TLS_CERT: { default: '', meaning: 'PEM file with the certificate chain' },
  RENKEI_DIMSE_TLS_CA: { default: '', meaning: 'PEM file; when set, callers must show a certificate it signed' },
  RENKEI_AE_TITLE: { default: 'RENKEI', meaning: 'our AE title, 1 to 16 characters' },
  RENKEI_DATABASE_URL: { default: '', meaning: 'postgres://… (15 or newer); unset: embedded PostgreSQL under RENKEI_DATA', apart: true },
  RENKEI_DATABASE_ADMIN_URL: {
    default: '',
    meaning:
      'the same database as the owner of its schema, to set it up and to restore; RENKEI_DATABASE_URL then names a role that cannot alter the record',
    apart: true,
  },
  RENKEI_RECORD_KEY: {
    default: '',
    meaning:
      'PEM file with the Ed25519 key that signs for the record, the same on all nodes; unset: record-key.pem under RENKEI_DATA, made at first start',
  },
  RENKEI_AUDIT_SYSLOG: {
    default: '',
    meaning: 'host:port of a receiver of DICOM audit messages (PS3.15 A.5), syslog over TLS (RFC 5425); unset: none is sent',
  },
  RENKEI_AUDIT_SYSLOG_CA: { default: '', meaning: 'PEM file with the authority of that receiver; unset: those the system knows' },
  RENKEI_AUDIT_SYSLOG_KEY: { default: '', meaning: 'PEM file; with RENKEI_AUDIT_SYSLOG_CERT what we show that receiver' },
  RENKEI_AUDIT_SYSLOG_CERT: { default: '', meaning: 'PEM file with the certificate chain' },
  RENKEI_MAIL_SERVER: {
    default: '',
    meaning:
      'smtp://host:port (STARTTLS, unless it is this machine) or smtps://host:port of a mail server for notices; unset: no mail is sent',
  },
  RENKEI_MAIL_FROM: { default: '', meaning: 'address that mail comes from; needed with RENKEI_MAIL_SERVER, as is RENKEI_PUBLIC_URL' },
  RENKEI_MAIL_USER: { default: '', meaning: 'account at the mail server', apart: true },
  RENKEI_MAIL_PASSWORD: { default: '', meaning: 'its password', apart: true },
  RENKEI_MAIL_CA: { default: '', meaning: 'PEM file with the authority of the mail server; unset: those the system knows' },
  RENKEI_OBJECTS_URL: { default: '', meaning: 's3://bucket/prefix; unset: files under RENKEI_DATA' },
  RENKEI_S3_ENDPOINT: { default: '', meaning: 'https://host:port of the S3 server' },
  RENKEI_S3_ACCESS_KEY: { default: '', meaning: 'S3 access key', apart: true },
  RENKEI_S3_SECRET_KEY: { default: '', meaning: 'S3 secret key', apart: true },
  RENKEI_S3_REGION: { default: 'us-east-1', meaning: 'S3 region' },
  RENKEI_PUBLIC_URL: { default: '', meaning: 'address people reach us at; unset: taken from each request. https:// makes cookies Secure' },
  RENKEI_TRUST_PROXY: { default: '', meaning: 'addresses (comma-separated, CIDR) of reverse proxies whose X-Forwarded-For is believed' },
  RENKEI_ADMIN_EMAIL: {
    default: '',
    meaning: 'with RENKEI_ADMIN_PASSWORD or its _FILE: creates the first administrator when there is none',
    apart: true,
  },
  RENKEI_ADMIN_PASSWORD: {
    default: '',
    meaning: '13 characters or more, or 8 or more with letters, digits and signs; seen by whoever sees the environment',
    apart: true,
  },
  RENKEI_ADMIN_PASSWORD_FILE: {
    default: '',
    meaning: 'file whose first line is that password, such as a systemd credential or a container secret',
    apart: true,
  },
  RENKEI_SESSION_IDLE_MINUTES: { default: '30', meaning: 'min without use after which a browser must sign in again, 1 to 1440' },
  RENKEI_SESSION_HOURS: { default: '12', meaning: 'h after which a browser must sign in again however much it is used, 1 to 168' },
  RENKEI_ACTS_PER_SECOND: {
    default: '25',
    meaning: 'acts that are put on record one by one, such as searches, a second and person; five times that a facility',
  },
  RENKEI_REGION_NAME: { default: '', meaning: 'the region as its patients know it, on what they sign; 60 characters at most' },
  RENKEI_TIME_ZONE: { default: 'Asia/Tokyo', meaning: 'zone in which a share’s last day ends' },
  RENKEI_QUIET_SECONDS: { default: '5', meaning: 's without a new instance after which a series settles and a study counts as complete' },
  RENKEI_BACKUP_RECIPIENT: {
    default: '',
    meaning: 'age1…, several with commas: who can open backups; unset: what `backup key` made, or a passphrase',
  },
  RENKEI_BACKUP_IDENTITY: { default: '', meaning: 'file with the key that opens backups, for restore' },
  RENKEI_BACKUP_PASSPHRASE_FILE: { default: '', meaning: 'file whose first line backups are encrypted with, and opened' },
  RENKEI_SCRUB_MB_PER_SECOND: {
    default: '8',
    meaning: 'MB/s at which everything kept is read again and compared, in the background; 0: never',
  },
  RENKEI_LOG: { default: 'info', meaning: 'info, warn, error or silent' },
} as const satisfies Record<string, { default: string; meaning: string; apart?: true }>;

type Setting = keyof typeof SETTINGS;

export interface Config {
  readonly dataFolder: string;
  /** `secure`: people reach us by https. */
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly trustProxy: readonly string[];
    readonly secure: boolean;
    readonly tls?: { readonly keyFile: string; readonly certFile: string; readonly oldestVersion: 'TLSv1.2' | 'TLSv1.3' };
  };
  readonly metrics: { readonly listen?: { readonly host: string; readonly port: number }; readonly token?: string };
  readonly dimse: {
    readonly host: string;
    readonly port: number;
    readonly aeTitle: string;
    readonly tls?: { readonly keyFile: string; readonly certFile: string; readonly caFile?: string };
  };
  readonly databaseUrl?: string;
  readonly databaseAdminUrl?: string;
  readonly recordKeyFile?: string;
  readonly auditSyslog?: {
    readonly host: string;
    readonly port: number;
    readonly caFile?: string;
    readonly keyFile?: string;
    readonly certFile?: string;
  };
  readonly mail?: {
    readonly host: string;
    readonly port: number;
    readonly implicitTls: boolean;
    readonly plainAllowed: boolean;
    readonly from: string;
    readonly user?: string;
    readonly password?: string;
    readonly caFile?: string;
    readonly publicUrl: string;
  };
  readonly objectsUrl?: string;
  readonly s3: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string; readonly region: string };
  readonly publicUrl?: string;
  /** The password itself, or the file that holds it. */
  readonly firstAdministrator?:
    | { readonly email: string; readonly password: string }
    | { readonly email: string; readonly passwordFile: string };
  readonly sessions: { readonly idleMs: number; readonly lifetimeMs: number };
  readonly actsASecond: number;
  readonly backup: { readonly recipients: readonly string[]; readonly identityFile?: string; readonly passphraseFile?: string };
  /** Empty: nobody has said. */
  readonly regionName: string;
  readonly timeZone: string;
  readonly quietMs: number;
  /** 0: no scrub. */
  readonly scrubBytesPerSecond: number;
  readonly logLevel: LogLevel;
}

/** @throws invalid, naming the setting and what it takes. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const text = (name: Setting): string => environment[name]?.trim() || SETTINGS[name].default;
  const optional = <Name extends string>(key: Name, name: Setting): { [K in Name]?: string } =>
    (text(name) === '' ? {} : { [key]: text(name) }) as { [K in Name]?: string };

  const aeTitle = text('RENKEI_AE_TITLE');
  if (!/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(aeTitle))
    throw wrong('RENKEI_AE_TITLE', 'takes 1 to 16 printable ASCII characters without a backslash');
  const objectsUrl = text('RENKEI_OBJECTS_URL');
  if (objectsUrl !== '' && !/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/|$)/.test(objectsUrl))
    throw wrong('RENKEI_OBJECTS_URL', 'takes s3://bucket/prefix');
  if (objectsUrl !== '' && text('RENKEI_S3_ENDPOINT') === '') throw wrong('RENKEI_S3_ENDPOINT', 'is needed with RENKEI_OBJECTS_URL');
  for (const name of ['RENKEI_DATABASE_URL', 'RENKEI_DATABASE_ADMIN_URL'] as const) {
    if (text(name) !== '' && !/^postgres(ql)?:\/\//.test(text(name)))
      throw wrong(name, 'takes postgres://user:password@host:port/database');
  }
  if (text('RENKEI_DATABASE_ADMIN_URL') !== '' && text('RENKEI_DATABASE_URL') === '')
    throw wrong('RENKEI_DATABASE_ADMIN_URL', 'goes with RENKEI_DATABASE_URL; the embedded database needs none');
  const tlsKey = text('RENKEI_DIMSE_TLS_KEY');
  const tlsCert = text('RENKEI_DIMSE_TLS_CERT');
  if ((tlsKey === '') !== (tlsCert === '')) throw wrong('RENKEI_DIMSE_TLS_KEY and RENKEI_DIMSE_TLS_CERT', 'go together');
  const httpTls = tlsOfHttp(text('RENKEI_HTTP_TLS_KEY'), text('RENKEI_HTTP_TLS_CERT'), text('RENKEI_HTTP_TLS_MIN'));
  const logLevel = text('RENKEI_LOG');
  if (!['info', 'warn', 'error', 'silent'].includes(logLevel)) throw wrong('RENKEI_LOG', 'takes info, warn, error or silent');

  return {
    dataFolder: resolve(text('RENKEI_DATA')),
    http: {
      host: text('RENKEI_HTTP_HOST'),
      port: port('RENKEI_HTTP_PORT', text('RENKEI_HTTP_PORT')),
      secure: httpTls.tls !== undefined || text('RENKEI_PUBLIC_URL').startsWith('https://'),
      ...httpTls,
      trustProxy: list(text('RENKEI_TRUST_PROXY')),
    },
    metrics: metricsSettings(text),
    dimse: {
      host: text('RENKEI_DIMSE_HOST') || text('RENKEI_HTTP_HOST'),
      port: port('RENKEI_DIMSE_PORT', text('RENKEI_DIMSE_PORT')),
      aeTitle,
      ...(tlsKey === '' ? {} : { tls: { keyFile: tlsKey, certFile: tlsCert, ...optional('caFile', 'RENKEI_DIMSE_TLS_CA') } }),
    },
    ...optional('databaseUrl', 'RENKEI_DATABASE_URL'),
    ...optional('databaseAdminUrl', 'RENKEI_DATABASE_ADMIN_URL'),
    ...optional('recordKeyFile', 'RENKEI_RECORD_KEY'),
    ...receivers(text, environment['RENKEI_MAIL_PASSWORD'] ?? ''),
    ...optional('objectsUrl', 'RENKEI_OBJECTS_URL'),
    s3: {
      endpoint: text('RENKEI_S3_ENDPOINT'),
      accessKey: text('RENKEI_S3_ACCESS_KEY'),
      secretKey: text('RENKEI_S3_SECRET_KEY'),
      region: text('RENKEI_S3_REGION'),
    },
    ...publicUrl(text('RENKEI_PUBLIC_URL')),
    ...firstAdministrator(text('RENKEI_ADMIN_EMAIL'), environment['RENKEI_ADMIN_PASSWORD'] ?? '', text('RENKEI_ADMIN_PASSWORD_FILE')),
    sessions: {
      idleMs: within('RENKEI_SESSION_IDLE_MINUTES', text('RENKEI_SESSION_IDLE_MINUTES'), 1, 1440, 'minutes') * 60_000,
      lifetimeMs: within('RENKEI_SESSION_HOURS', text('RENKEI_SESSION_HOURS'), 1, 168, 'hours') * 3_600_000,
    },
    actsASecond: within('RENKEI_ACTS_PER_SECOND', text('RENKEI_ACTS_PER_SECOND'), 1, 100_000, 'acts a second'),
    backup: {
      recipients: list(text('RENKEI_BACKUP_RECIPIENT')),
      ...optional('identityFile', 'RENKEI_BACKUP_IDENTITY'),
      ...optional('passphraseFile', 'RENKEI_BACKUP_PASSPHRASE_FILE'),
    },
    ...regionOf(text('RENKEI_REGION_NAME'), text('RENKEI_TIME_ZONE')),
    quietMs: seconds('RENKEI_QUIET_SECONDS', text('RENKEI_QUIET_SECONDS')) * 1000,
    scrubBytesPerSecond: megabytes('RENKEI_SCRUB_MB_PER_SECOND', text('RENKEI_SCRUB_MB_PER_SECOND')) * 1_000_000,
    logLevel: logLevel as LogLevel,
  };
}

function regionOf(regionName: string, zone: string): Pick<Config, 'regionName' | 'timeZone'> {
  if (!/^[^\p{C}]{0,60}$/u.test(regionName)) throw wrong('RENKEI_REGION_NAME', 'takes 60 characters at most, none of them for control');
  return { regionName, timeZone: timeZone(zone) };
}

function megabytes(name: Setting, text: string): number {
  if (!/^\d{1,5}(\.\d+)?$/.test(text)) throw wrong(name, 'takes a number of MB a second');
  return Number(text);
}

function list(text: string): readonly string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** What a restored installation has to be given again, by the names of the settings; nothing that is set apart is among them. */
export function publicSettings(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept = Object.entries(SETTINGS).filter(([, setting]) => !('apart' in setting));
  return Object.fromEntries(kept.map(([name, setting]) => [name, environment[name]?.trim() || setting.default]));
}

/** Names that look like a setting and are none: most often a slip of the keys, so the operator is told. */
export function unknownSettings(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(environment).filter((name) => name.startsWith('RENKEI_') && !(name in SETTINGS) && !name.startsWith('RENKEI_TEST_'));
}

export function settingsHelp(): string {
  const width = Math.max(...Object.keys(SETTINGS).map((name) => name.length)) + 3;
  return Object.entries(SETTINGS)
    .map(([name, setting]) => {
      const { meaning, default: value } = setting;
      return `${`  ${name}`.padEnd(width)}${meaning}\n${' '.repeat(width)}default: ${value === '' ? '(unset)' : value}`;
    })
    .join('\n');
}

function tlsOfHttp(keyFile: string, certFile: string, oldest: string): Pick<Config['http'], 'tls'> {
  if ((keyFile === '') !== (certFile === '')) throw wrong('RENKEI_HTTP_TLS_KEY and RENKEI_HTTP_TLS_CERT', 'go together');
  if (oldest !== '1.2' && oldest !== '1.3') throw wrong('RENKEI_HTTP_TLS_MIN', 'takes 1.2 or 1.3');
  return keyFile === '' ? {} : { tls: { keyFile, certFile, oldestVersion: `TLSv${oldest}` } };
}

function metricsSettings(text: (name: Setting) => string): Config['metrics'] {
  const token = text('RENKEI_METRICS_TOKEN');
  if (token !== '' && !/^[\x21-\x7e]{16,200}$/.test(token)) throw wrong('RENKEI_METRICS_TOKEN', 'takes 16 to 200 printable characters');
  const own = text('RENKEI_METRICS_PORT');
  return {
    ...(token === '' ? {} : { token }),
    ...(own === '' ? {} : { listen: { host: text('RENKEI_METRICS_HOST'), port: port('RENKEI_METRICS_PORT', own) } }),
  };
}

/** Servers that something is sent to. */
function receivers(text: (name: Setting) => string, mailPassword: string): Pick<Config, 'auditSyslog' | 'mail'> {
  return { ...auditSyslog(text), ...mailSettings(text, mailPassword) };
}

function auditSyslog(text: (name: Setting) => string): Pick<Config, 'auditSyslog'> {
  const [caFile, keyFile, certFile] = [text('RENKEI_AUDIT_SYSLOG_CA'), text('RENKEI_AUDIT_SYSLOG_KEY'), text('RENKEI_AUDIT_SYSLOG_CERT')];
  if ((keyFile === '') !== (certFile === '')) throw wrong('RENKEI_AUDIT_SYSLOG_KEY and RENKEI_AUDIT_SYSLOG_CERT', 'go together');
  const destination = text('RENKEI_AUDIT_SYSLOG');
  if (destination === '') return {};
  const [, host, at] =
    /^(?:\[([0-9A-Fa-f:]+)\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/.exec(destination)?.filter((part) => part !== undefined) ?? [];
  if (host === undefined || at === undefined) throw wrong('RENKEI_AUDIT_SYSLOG', 'takes host:port, such as audit.example.jp:6514');
  return {
    auditSyslog: {
      host,
      port: port('RENKEI_AUDIT_SYSLOG', at),
      ...(caFile === '' ? {} : { caFile }),
      ...(keyFile === '' ? {} : { keyFile, certFile }),
    },
  };
}

/** The password may begin or end with a space. */
function mailSettings(text: (name: Setting) => string, password: string): Pick<Config, 'mail'> {
  const [from, user, caFile] = [text('RENKEI_MAIL_FROM'), text('RENKEI_MAIL_USER'), text('RENKEI_MAIL_CA')];
  if ((user === '') !== (password === '')) throw wrong('RENKEI_MAIL_USER and RENKEI_MAIL_PASSWORD', 'go together');
  const server = text('RENKEI_MAIL_SERVER');
  if (server === '') return {};
  const [, scheme, host, at] =
    /^(smtps?):\/\/(?:\[([0-9A-Fa-f:]+)\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/.exec(server)?.filter((part) => part !== undefined) ?? [];
  if (host === undefined || at === undefined) throw wrong('RENKEI_MAIL_SERVER', 'takes smtp://host:port or smtps://host:port');
  if (!isMailAddress(from.toLowerCase())) throw wrong('RENKEI_MAIL_FROM', 'takes one mail address, such as renkei@region.example');
  const reached = publicUrl(text('RENKEI_PUBLIC_URL')).publicUrl;
  if (reached === undefined) throw wrong('RENKEI_PUBLIC_URL', 'is needed with RENKEI_MAIL_SERVER: it stands in every mail');
  return {
    mail: {
      host,
      port: port('RENKEI_MAIL_SERVER', at),
      implicitTls: scheme === 'smtps',
      plainAllowed: /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host),
      from,
      ...(user === '' ? {} : { user, password }),
      ...(caFile === '' ? {} : { caFile }),
      publicUrl: reached,
    },
  };
}

function wrong(name: string, text: string): DomainError {
  return new DomainError('invalid', `${name} ${text}`);
}

function port(name: Setting, text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) throw wrong(name, 'takes a port, 0 to 65535');
  return Number(text);
}

function seconds(name: Setting, text: string): number {
  if (!/^\d{1,6}(\.\d+)?$/.test(text)) throw wrong(name, 'takes a number of seconds');
  return Number(text);
}

function publicUrl(text: string): { publicUrl?: string } {
  if (text === '') return {};
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw wrong('RENKEI_PUBLIC_URL', 'takes http://… or https://…');
  return { publicUrl: text.replace(/\/+$/, '') };
}

function within(name: Setting, text: string, min: number, max: number, unit: string): number {
  const value = Number(text);
  if (!/^\d{1,6}(\.\d{1,6})?$/.test(text) || value < min || value > max) throw wrong(name, `takes ${min} to ${max} ${unit}`);
  return value;
}

function firstAdministrator(email: string, password: string, passwordFile: string): Pick<Config, 'firstAdministrator'> {
  if (email === '' && password === '' && passwordFile === '') return {};
  if (password !== '' && passwordFile !== '') throw wrong('RENKEI_ADMIN_PASSWORD and RENKEI_ADMIN_PASSWORD_FILE', 'do not go together');
  if (email === '' || (password === '' && passwordFile === ''))
    throw wrong('RENKEI_ADMIN_EMAIL and RENKEI_ADMIN_PASSWORD (or its _FILE)', 'go together');
  const address = plainEmailAddress(email);
  return {
    firstAdministrator: passwordFile === '' ? { email: address, password } : { email: address, passwordFile: resolve(passwordFile) },
  };
}

function timeZone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch (cause) {
    throw new DomainError('invalid', 'RENKEI_TIME_ZONE takes an IANA zone such as Asia/Tokyo', { cause });
  }
}
