import { parseArgs } from 'node:util';
import { DomainError } from '../domain/errors.ts';
import { isMonth } from '../domain/fees/fee-month.ts';
import type { PasswordSource } from './ask-password.ts';

export type BackupCommand =
  /** `images` undefined: with them when they are files here, without when they are in an object store. */
  | { readonly name: 'backup'; readonly file: string; readonly plain: boolean; readonly images?: boolean; readonly json: boolean }
  | { readonly name: 'backup key'; readonly file: string; readonly json: boolean }
  | {
      readonly name: 'restore';
      readonly file: string;
      readonly replace: boolean;
      readonly identity?: string;
      readonly signedBy?: string;
      readonly json: boolean;
    };

/** The command line as one value. `serve` is what `npm start` does without a command. */
export type Command =
  | { readonly name: 'serve' }
  | { readonly name: 'help' }
  | { readonly name: 'token create'; readonly user: string; readonly days?: number; readonly json: boolean }
  | {
      readonly name: 'facility create';
      readonly code: string;
      readonly title: string;
      readonly kana: string;
      readonly romaji: string;
      readonly aeTitles: readonly string[];
      readonly json: boolean;
    }
  | UserCommand
  | { readonly name: 'import'; readonly folder: string; readonly facility: string; readonly json: boolean }
  | { readonly name: 'reindex'; readonly json: boolean }
  | { readonly name: 'start-new'; readonly json: boolean }
  | { readonly name: 'verify'; readonly json: boolean }
  /** Neither: of all. */
  | { readonly name: 'derive'; readonly study?: string; readonly facility?: string; readonly json: boolean }
  /** `until`: the last day, YYYY-MM-DD. */
  | {
      readonly name: 'share';
      readonly study: string;
      readonly from: string;
      readonly to: string;
      readonly until: string;
      readonly json: boolean;
    }
  | ConsentCommand
  | BackupCommand
  /** `anchor`: a printed anchor, or the file that holds it. */
  | { readonly name: 'audit verify'; readonly anchor?: string; readonly anew?: boolean; readonly json: boolean }
  | { readonly name: 'audit anchors'; readonly json: boolean }
  /** `month`: YYYY-MM. */
  | { readonly name: 'fees'; readonly facility: string; readonly month: string; readonly json: boolean }
  /** Days, YYYY-MM-DD, both included. */
  | { readonly name: 'audit breach'; readonly user: string; readonly from: string; readonly to: string; readonly json: boolean };

/** `to`: region, or codes with commas between them. `until`: the last day, YYYY-MM-DD. `document`: a file. */
export interface ConsentCommand {
  readonly name: 'consent add';
  readonly person: string;
  readonly facility?: string;
  readonly basis: string;
  readonly document?: string;
  readonly relation?: string;
  readonly ground?: string;
  readonly to: string;
  readonly until?: string;
  readonly form: string;
  readonly json: boolean;
}

export type UserCommand = { readonly json: boolean } & (
  | {
      readonly name: 'user create';
      readonly email: string;
      readonly facility?: string;
      readonly job: string;
      readonly password: PasswordSource;
      readonly title?: string;
      readonly kana: string;
      readonly administrator: boolean;
    }
  | { readonly name: 'user list' }
  | { readonly name: 'user enable' | 'user disable'; readonly email: string }
  | { readonly name: 'user reset-factors'; readonly email: string }
  /** `off`: takes the right away. */
  | { readonly name: 'user administrator'; readonly email: string; readonly off: boolean }
  | { readonly name: 'user password'; readonly email: string; readonly password: PasswordSource }
);

export const COMMANDS_HELP = `npm start                                             starts the gateway
npm start -- token create --user EMAIL [--days N]     a bearer token with that user's rights, for 90 days unless said
npm start -- facility create --code C --name N [--ae AET]… [--name-kana K] [--name-romaji R]
npm start -- user create --email E --facility C --job J [--password-file F] [--name N] [--name-kana K] [--administrator]
             jobs: physician 医師, dentist 歯科医師, radiographer 診療放射線技師, nurse 看護師, pharmacist 薬剤師,
                   technologist 臨床検査技師, clerk 事務, administrator 管理者
npm start -- user list                                everybody with an account, and who is disabled
npm start -- user enable --email E                    lets somebody sign in again, at once; also after wrong passwords
npm start -- user disable --email E                   keeps somebody out, from now on
npm start -- user administrator --email E [--off]     makes somebody an administrator; --off: no longer
npm start -- user reset-factors --email E              takes away a second factor that was lost; the password alone lets them in again
npm start -- user password --email E [--password-file F]
             the password is asked for on the terminal; --password-file takes a file's first line (- for standard input);
             --password P works too, but others on the machine may see it
npm start -- import FOLDER --facility C               takes in every image below FOLDER; run it again to take in what is missing
npm start -- share --study UID --from C --to C --until DATE   lets a facility see another's study to the end of that day; again: moves the day
npm start -- consent add --person ID --basis B [--facility C] [--document FILE] [--relation R] [--ground G] [--to C,C…] [--until DATE] [--form V]
             what a patient agreed to, at the facility whose patient it is; to the whole region unless facilities are named, and until it is withdrawn
             unless --until. ID is the number in the address of the patient's page. B: paper, signature (both with --document: PDF, JPEG or PNG), proxy (and --relation), implied (while a notice hangs), law (and --ground, --until)
npm start -- reindex                                  rebuilds the index from the originals; an empty one with their facilities
npm start -- start-new                                when a start was refused because a part is missing: goes on with what is there, and puts that on record
npm start -- verify                                   reads every original again and compares it with what was received
npm start -- derive --study UID | --facility C | --all   makes thumbnails, series metadata and quick frames again from the originals
npm start -- backup FILE [--with-images|--without-images] [--plain]
             all of it: index, accounts, shares, record and, kept as files, the images; encrypted (age) and signed
npm start -- backup key FILE                          makes the key that opens backups: keep FILE elsewhere than on this machine
npm start -- restore FILE [--identity FILE] [--signed-by FINGERPRINT] [--replace]
             reads and checks all of it first; takes an empty installation unless --replace
npm start -- audit verify [--anchor FILE|TEXT] [--anew]   walks the record's hash chain and compares it with what was signed outside the database,
             and with a day's anchor that was printed or mailed; broken off, it goes on where it was unless --anew
npm start -- audit anchors                            the anchor of each day that is over, to be printed or mailed
npm start -- audit breach --user EMAIL --from DAY --to DAY   whom an account affected: patients, studies, facilities, with drafts of the notices
npm start -- fees --facility C --month 2026-10         what of a month may be a fee (診療報酬), from the record alone, with the numbers of the records
Every command takes --json: one JSON object on standard output, nothing else there. Exit status is not 0 on failure.
--ae takes AET or AET@CIDR (only from that address range).`;

const PROGRAM = 'npm start -- ';
/** Each command with its options, as the help writes it. */
const USAGES = COMMANDS_HELP.split('\n').flatMap((line) =>
  line.startsWith(PROGRAM) ? [line.slice(PROGRAM.length).split(/ {2,}/)[0] ?? ''] : [],
);
/** Options that the help names in a line of its own. */
const BESIDE_USAGE: ReadonlyMap<string, readonly string[]> = new Map([
  ['user create', ['password']],
  ['user password', ['password']],
]);

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  study: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  until: { type: 'string' },
  person: { type: 'string' },
  basis: { type: 'string' },
  document: { type: 'string' },
  relation: { type: 'string' },
  ground: { type: 'string' },
  form: { type: 'string' },
  all: { type: 'boolean' },
  anchor: { type: 'string' },
  anew: { type: 'boolean' },
  month: { type: 'string' },
  plain: { type: 'boolean' },
  'with-images': { type: 'boolean' },
  'without-images': { type: 'boolean' },
  replace: { type: 'boolean' },
  identity: { type: 'string' },
  'signed-by': { type: 'string' },
  json: { type: 'boolean' },
  user: { type: 'string' },
  days: { type: 'string' },
  code: { type: 'string' },
  name: { type: 'string' },
  'name-kana': { type: 'string' },
  'name-romaji': { type: 'string' },
  ae: { type: 'string', multiple: true },
  email: { type: 'string' },
  facility: { type: 'string' },
  job: { type: 'string' },
  password: { type: 'string' },
  'password-file': { type: 'string' },
  off: { type: 'boolean' },
  administrator: { type: 'boolean' },
} as const;

/** What was typed behind `npm start --`. */
interface Typed {
  readonly values: ReturnType<typeof parsed>['values'];
  readonly second: string;
  readonly third: string;
  readonly json: boolean;
  /** @throws invalid when the option is missing */
  need(
    name: 'user' | 'code' | 'name' | 'email' | 'facility' | 'job' | 'study' | 'from' | 'to' | 'until' | 'person' | 'basis' | 'month',
  ): string;
  /** @throws invalid unless so many words were typed */
  only(words: number): void;
}

/** First word → how the rest is read; undefined: no such command. */
const READERS: ReadonlyMap<string, (typed: Typed) => Command | undefined> = new Map([
  ['token', tokenCommand],
  ['facility', facilityCommand],
  ['user', userCommand],
  ['import', importCommand],
  ['derive', deriveCommand],
  ['share', shareCommand],
  ['consent', consentCommand],
  ['reindex', plainCommand('reindex')],
  ['verify', plainCommand('verify')],
  ['start-new', plainCommand('start-new')],
  ['backup', backupCommand],
  ['restore', restoreCommand],
  ['audit', auditCommand],
  ['fees', feesCommand],
]);

/** @throws invalid, saying what is missing or unknown. */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parsed(argv);
  const [first, second = '', third = ''] = positionals;
  if (values.help === true || (first === 'help' && positionals.length === 1)) return { name: 'help' };
  if (first === undefined) return refuseStrangers({ name: 'serve' }, values, positionals);
  const command = READERS.get(first)?.({
    values,
    second,
    third,
    json: values.json === true,
    need: (name) => {
      const value = values[name];
      if (value === undefined || value === '') throw new DomainError('invalid', `--${name} is missing; ${usageOf(positionals)}`);
      return value;
    },
    only: (words) => {
      if (positionals.length !== words) throw new DomainError('invalid', usageOf(positionals));
    },
  });
  if (command === undefined) throw new DomainError('invalid', noSuchCommand(positionals));
  return refuseStrangers(command, values, positionals);
}

/** Which options a command takes is read from the help, so that both say the same. @throws invalid: ignored in silence, an option would seem to have worked */
function refuseStrangers(command: Command, values: Typed['values'], positionals: readonly string[]): Command {
  const help = USAGES.filter((line) => wordsOf(line) === command.name);
  const taken = new Set([
    'json',
    'help',
    ...(BESIDE_USAGE.get(command.name) ?? []),
    ...help.flatMap((line) => line.match(/(?<=--)[a-z-]+/g) ?? []),
  ]);
  const stranger = Object.keys(values).find((name) => !taken.has(name));
  if (stranger === undefined) return command;
  throw new DomainError(
    'invalid',
    positionals.length === 0 ? `--${stranger} belongs to a command` : `${command.name} takes no --${stranger}; ${usageOf(positionals)}`,
  );
}

function tokenCommand({ values, second, json, need, only }: Typed): Command | undefined {
  only(2);
  return second === 'create' ? { name: 'token create', user: need('user'), json, ...days(values.days) } : undefined;
}

function facilityCommand({ values, second, json, need, only }: Typed): Command | undefined {
  only(2);
  if (second !== 'create') return undefined;
  return {
    name: 'facility create',
    code: need('code'),
    title: need('name'),
    kana: values['name-kana'] ?? '',
    romaji: values['name-romaji'] ?? '',
    aeTitles: values.ae ?? [],
    json,
  };
}

function importCommand({ second, json, need, only }: Typed): Command {
  only(2);
  return { name: 'import', folder: second, facility: need('facility'), json };
}

function deriveCommand({ values, json, only }: Typed): Command {
  only(1);
  const chosen = [values.study, values.facility, values.all].filter((value) => value !== undefined).length;
  if (chosen !== 1) throw new DomainError('invalid', 'derive takes one of --study UID, --facility C and --all');
  return {
    name: 'derive',
    json,
    ...(values.study === undefined ? {} : { study: values.study }),
    ...(values.facility === undefined ? {} : { facility: values.facility }),
  };
}

function shareCommand({ json, need, only }: Typed): Command {
  only(1);
  const until = need('until');
  if (!isDay(until)) throw new DomainError('invalid', '--until takes a day: 2027-03-31');
  return { name: 'share', study: need('study'), from: need('from'), to: need('to'), until, json };
}

function consentCommand({ values, second, json, need, only }: Typed): Command | undefined {
  only(2);
  if (second !== 'add') return undefined;
  const { facility, document, relation, ground, until } = values;
  if (until !== undefined && !isDay(until)) throw new DomainError('invalid', '--until takes a day: 2027-03-31');
  const said = Object.entries({ facility, document, relation, ground, until }).filter(([, value]) => value !== undefined);
  return {
    name: 'consent add',
    person: need('person'),
    basis: need('basis'),
    to: values.to ?? 'region',
    form: values.form ?? '1',
    json,
    ...Object.fromEntries(said),
  };
}

function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return at !== undefined && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function plainCommand(name: 'reindex' | 'verify' | 'start-new'): (typed: Typed) => Command {
  return ({ json, only }) => {
    only(1);
    return { name, json };
  };
}

function backupCommand({ values, second, third, json, only }: Typed): Command {
  if (second === 'key') {
    only(3);
    return { name: 'backup key', file: third, json };
  }
  only(2);
  return { name: 'backup', file: second, plain: values.plain === true, json, ...images(values) };
}

function restoreCommand({ values, second, json, only }: Typed): Command {
  only(2);
  return {
    name: 'restore',
    file: second,
    replace: values.replace === true,
    json,
    ...(values.identity === undefined ? {} : { identity: values.identity }),
    ...(values['signed-by'] === undefined ? {} : { signedBy: values['signed-by'] }),
  };
}

function auditCommand({ values, second, json, need, only }: Typed): Command | undefined {
  only(2);
  if (second === 'breach') {
    const [from, to] = [need('from'), need('to')];
    if (!isDay(from) || !isDay(to) || from > to) throw new DomainError('invalid', '--from and --to take days in their order: 2027-03-31');
    return { name: 'audit breach', user: need('user'), from, to, json };
  }
  if (second === 'anchors') return { name: 'audit anchors', json };
  if (second !== 'verify') return undefined;
  return {
    name: 'audit verify',
    json,
    ...(values.anchor === undefined ? {} : { anchor: values.anchor }),
    ...(values.anew === true ? { anew: true } : {}),
  };
}

function feesCommand({ json, need, only }: Typed): Command {
  only(1);
  const month = need('month');
  if (!isMonth(month)) throw new DomainError('invalid', '--month takes a month: 2026-10');
  return { name: 'fees', facility: need('facility'), month, json };
}

/** How the help writes the commands that begin as what was typed. */
function usageOf(typed: readonly string[]): string {
  const exact = typed.length > 1 ? usagesFrom(typed.slice(0, 2)) : [];
  const found = exact.length > 0 ? exact : usagesFrom(typed.slice(0, 1));
  if (found.length === 0) return noSuchCommand(typed);
  return ['it is written like this (all commands: npm start -- --help):', ...asTyped(found)].join('\n');
}

/** With those that begin with the same word. */
function noSuchCommand(typed: readonly string[]): string {
  return [`${typed.join(' ')}: no such command; all commands: npm start -- --help`, ...asTyped(usagesFrom(typed.slice(0, 1)))].join('\n');
}

/** The command of a usage: the words before what is to be filled in. */
const wordsOf = (usage: string) => /^[a-z][a-z-]*(?: [a-z][a-z-]*)*/.exec(usage)?.[0];

const usagesFrom = (words: readonly string[]) => USAGES.filter((line) => `${line} `.startsWith(`${words.join(' ')} `));
const asTyped = (usages: readonly string[]) => usages.map((line) => `  ${PROGRAM}${line}`);

function userCommand({ values, second: verb, json, need, only }: Typed): UserCommand {
  only(2);
  switch (verb) {
    case 'create':
      return {
        name: 'user create',
        email: need('email'),
        job: need('job'),
        password: passwordSource(values),
        kana: values['name-kana'] ?? '',
        administrator: values.administrator === true,
        json,
        ...(values.facility === undefined ? {} : { facility: values.facility }),
        ...(values.name === undefined ? {} : { title: values.name }),
      };
    case 'list':
      return { name: 'user list', json };
    case 'enable':
    case 'disable':
      return { name: `user ${verb}`, email: need('email'), json };
    case 'reset-factors':
      return { name: 'user reset-factors', email: need('email'), json };
    case 'administrator':
      return { name: 'user administrator', email: need('email'), off: values.off === true, json };
    case 'password':
      return { name: 'user password', email: need('email'), password: passwordSource(values), json };
    default:
      throw new DomainError('invalid', noSuchCommand(['user', verb]));
  }
}

function passwordSource(values: { password?: string; 'password-file'?: string }): PasswordSource {
  const { password, 'password-file': file } = values;
  if (password !== undefined && file !== undefined) throw new DomainError('invalid', '--password and --password-file do not go together');
  if (password !== undefined && password !== '') return { from: 'option', password };
  return file !== undefined && file !== '' ? { from: 'file', file } : { from: 'terminal' };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
  } catch (cause) {
    // Node's own sentence goes on with advice that is none here.
    const what = cause instanceof Error ? cause.message.split('. ')[0] : 'unreadable arguments';
    throw new DomainError('invalid', `${what}; all commands and their options: npm start -- --help`, { cause });
  }
}

function images(values: { readonly 'with-images'?: boolean; readonly 'without-images'?: boolean }): { images?: boolean } {
  if (values['with-images'] === true && values['without-images'] === true)
    throw new DomainError('invalid', '--with-images and --without-images contradict each other');
  if (values['with-images'] === true) return { images: true };
  return values['without-images'] === true ? { images: false } : {};
}

function days(text: string | undefined): { days?: number } {
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new DomainError('invalid', '--days takes 1 to 9999');
  return { days: Number(text) };
}
