/** The record holds codes; these are their words. A newer gateway may write codes that have none here: they are shown as they are. */
import type { TFunction } from 'i18next';
import type { Translation } from '../i18n/translation.ts';

type Known<Code extends string> = Readonly<Record<Code, true>>;
type Action = keyof Translation['action'];
type Counted = keyof Translation['counted'] extends `${infer Noun}_${string}` ? Noun : never;

const JOBS = {
  physician: true,
  dentist: true,
  radiographer: true,
  nurse: true,
  pharmacist: true,
  technologist: true,
  clerk: true,
  administrator: true,
} satisfies Known<keyof Translation['job']>;

const ACTIONS = {
  'sign-in': true,
  'sign-in-failed': true,
  'sign-out': true,
  'session-ended': true,
  'account-guessed-at': true,
  'token-created': true,
  'token-revoked': true,
  'facility-created': true,
  'facility-changed': true,
  'user-created': true,
  'user-changed': true,
  'study-received': true,
  'instance-quarantined': true,
  'quarantined-taken-out': true,
  'quarantined-retried': true,
  'instance-new-version': true,
  'place-settled': true,
  'studies-listed': true,
  'study-viewed': true,
  'view-ended': true,
  'thumbnails-viewed': true,
  'study-downloaded': true,
  'study-shared': true,
  'share-revoked': true,
  'disclosures-listed': true,
  'record-exported': true,
  'access-refused': true,
  'backup-made': true,
  'backup-restored': true,
  'installation-begun': true,
  'clock-stepped': true,
} satisfies Known<Action>;

const RIGHTS = {
  owner: true,
  share: true,
  administrator: true,
  member: true,
  'own-account': true,
  directory: true,
} satisfies Known<keyof Translation['right']>;

const PURPOSE_CODES = {
  treatment: true,
  administration: true,
} satisfies Known<keyof Translation['purpose']>;

const REFUSALS = {
  'administrators-only': true,
  'belongs-to-no-facility': true,
  'not-owned-and-not-shared': true,
  'not-the-owner': true,
  'only-the-owner-decides': true,
  'people-only': true,
  'share-for-viewing-only': true,
  'share-has-ended': true,
  'share-has-not-begun': true,
  'system-has-no-account': true,
  'system-needs-no-directory': true,
  'this-job-may-not-share': true,
  'token-ends-no-session': true,
  'token-makes-no-token': true,
  csrf: true,
  'token-unknown': true,
  'token-expired': true,
  'token-revoked': true,
  'token-disabled': true,
  'unknown-ae-title': true,
} satisfies Known<keyof Translation['refusal']>;

/** Who acts without being a person: a door, a command, the program itself. */
const THROUGH = {
  command: true,
  'command line': true,
  dimse: true,
  stow: true,
  upload: true,
  import: true,
  reindex: true,
  start: true,
  record: true,
  system: true,
  anonymous: true,
} satisfies Known<keyof Translation['through']>;

const CHANGES = {
  name: true,
  nameKana: true,
  nameRomaji: true,
  aeTitles: true,
  job: true,
  language: true,
  newPassword: true,
  administrator: true,
  'no-administrator': true,
  disabled: true,
  enabled: true,
  unlock: true,
} satisfies Known<keyof Translation['change']>;

const ASKED = {
  'study-view': true,
  'study-download': true,
  'study-share': true,
  'study-disclosures': true,
  'study-list': true,
  'study-store': true,
  'notice-settle': true,
  'token-manage-own': true,
  'session-manage-own': true,
  self: true,
  'facility-list': true,
  'facility-manage': true,
  'user-manage': true,
  'quarantine-read': true,
  'quarantine-retry': true,
  'quarantine-download': true,
  'record-read': true,
  'operation-read': true,
} satisfies Known<keyof Translation['asked']>;

const FAILURES = {
  unknown: true,
  disabled: true,
  password: true,
  'must-wait': true,
  'from-many-networks': true,
} satisfies Known<keyof Translation['failure']>;

const LISTS = {
  'study-list': true,
  studies: true,
  series: true,
  instances: true,
  notices: true,
} satisfies Known<keyof Translation['list']>;

const SETTLED = { correction: true, 'two-objects': true } satisfies Known<keyof Translation['settled']>;
const BEGINNINGS = { 'first-start': true, 'start-new': true, reindex: true } satisfies Known<keyof Translation['installation']>;

export const ACTION_NAMES = Object.keys(ACTIONS) as Action[];

/** What the number of an act counts (`gateway/domain/record/audit.ts`); an instance is a file. */
const COUNTED: Readonly<Partial<Record<Action, Counted>>> = {
  'sign-in-failed': 'times',
  'access-refused': 'times',
  'session-ended': 'devices',
  'disclosures-listed': 'entries',
  'record-exported': 'entries',
  'studies-listed': 'found',
};

/** What a list's number counts, where the entry says which list it was. */
const LISTED: Readonly<Record<string, Counted>> = {
  'study-list': 'studies',
  studies: 'studies',
  series: 'series',
  instances: 'files',
  notices: 'notices',
} satisfies Record<keyof Translation['list'], Counted>;

/** The noun that the number of an entry is said with. */
export function countedNoun(action: string, list?: string): Counted {
  if (list !== undefined && Object.hasOwn(LISTED, list)) return LISTED[list] as Counted;
  return (Object.hasOwn(ACTIONS, action) ? COUNTED[action as Action] : undefined) ?? 'files';
}

type WordOf = (code: string, t: TFunction) => string;

function wordOf<Code extends string>(codes: Known<Code>, word: (known: Code, t: TFunction) => string): WordOf {
  return (code, t) => (Object.hasOwn(codes, code) ? word(code as Code, t) : code);
}

export const jobWord = wordOf(JOBS, (code, t) => t(`job.${code}`));
export const actionWord = wordOf(ACTIONS, (code, t) => t(`action.${code}`));
export const rightWord = wordOf(RIGHTS, (code, t) => t(`right.${code}`));
export const purposeWord = wordOf(PURPOSE_CODES, (code, t) => t(`purpose.${code}`));
export const refusalWord = wordOf(REFUSALS, (code, t) => t(`refusal.${code}`));
export const throughWord = wordOf(THROUGH, (code, t) => t(`through.${code}`));
export const changeWord = wordOf(CHANGES, (code, t) => t(`change.${code}`));
export const failureWord = wordOf(FAILURES, (code, t) => t(`failure.${code}`));
export const listWord = wordOf(LISTS, (code, t) => t(`list.${code}`));
export const settledWord = wordOf(SETTLED, (code, t) => t(`settled.${code}`));
export const beginningWord = wordOf(BEGINNINGS, (code, t) => t(`installation.${code}`));
const askedWithDash = wordOf(ASKED, (code, t) => t(`asked.${code}`));
/** An action of `gateway/domain/sharing/access.ts`; dots are the texts' own. */
export const askedWord: WordOf = (action, t) => askedWithDash(action.replaceAll('.', '-'), t);
