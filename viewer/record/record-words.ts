/** The record holds codes; these are their words. A newer gateway may write codes that have none here: they are shown as they are. */
import type { TFunction } from 'i18next';
import type { Translation } from '../i18n/translation.ts';
import { releaseChangeWord } from './release-words.ts';
import { rightsChangeWord } from './rights-words.ts';
import { unusualChangeWord } from './unusual-words.ts';

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
  'factor-added': true,
  'factor-removed': true,
  'factors-reset': true,
  'recovery-codes-made': true,
  'region-changed': true,
  'facility-created': true,
  'facility-changed': true,
  'user-created': true,
  'user-changed': true,
  'rights-changed': true,
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
  'consent-given': true,
  'consent-withdrawn': true,
  'consent-changed': true,
  'consent-document-kept': true,
  'consent-document-read': true,
  'consent-document-removed': true,
  'notice-posted': true,
  'notice-removed': true,
  'study-referred': true,
  'study-referral-ended': true,
  'letter-drafted': true,
  'letter-discarded': true,
  'letter-sent': true,
  'letter-received': true,
  'letter-read': true,
  'letter-opened': true,
  'letter-answered': true,
  'letter-closed': true,
  'letter-declined': true,
  'letter-recalled': true,
  'letter-noted': true,
  'letter-file-taken': true,
  'letter-template-changed': true,
  'disclosures-listed': true,
  'record-exported': true,
  'unusual-use-decided': true,
  'unusual-rules-changed': true,
  'release-rules-changed': true,
  'patients-listed': true,
  'link-proposed': true,
  'link-confirmed': true,
  'link-rejected': true,
  'link-undone': true,
  'emergency-searched': true,
  'emergency-opened': true,
  'emergency-reviewed': true,
  'roster-read': true,
  'roster-applied': true,
  'roster-undone': true,
  'roster-discarded': true,
  'access-refused': true,
  'backup-made': true,
  'backup-restored': true,
  'installation-begun': true,
  'clock-stepped': true,
} satisfies Known<Action>;

const RIGHTS = {
  owner: true,
  share: true,
  consent: true,
  emergency: true,
  referral: true,
  administrator: true,
  member: true,
  'own-account': true,
  directory: true,
} satisfies Known<keyof Translation['right']>;

const PURPOSE_CODES = {
  treatment: true,
  emergency: true,
  administration: true,
  referral: true,
} satisfies Known<keyof Translation['purpose']>;

const REFUSALS = {
  'administrators-only': true,
  'belongs-to-no-facility': true,
  'emergency-for-viewing-only': true,
  'emergency-has-ended': true,
  'gives-more-than-has': true,
  'not-owned-and-not-shared': true,
  'not-the-owner': true,
  'only-the-owner-decides': true,
  'own-facility-only': true,
  'own-use': true,
  'people-only': true,
  'second-factor-first': true,
  'password-first': true,
  'share-for-viewing-only': true,
  'share-has-ended': true,
  'share-has-not-begun': true,
  'system-has-no-account': true,
  'system-needs-no-directory': true,
  'this-job-downloads-own-only': true,
  'this-job-may-not-download': true,
  'this-job-may-not-import': true,
  'this-job-may-not-list': true,
  'this-job-may-not-read-letters': true,
  'this-job-may-not-refer': true,
  'this-job-may-not-see-disclosures': true,
  'this-job-may-not-settle': true,
  'this-job-may-not-share': true,
  'token-changes-no-factor': true,
  'token-changes-no-mail': true,
  'this-job-may-not-store': true,
  'this-job-may-not-view': true,
  'this-job-opens-no-emergency': true,
  'this-job-reviews-no-emergency': true,
  'this-job-views-own-only': true,
  'token-ends-no-session': true,
  'token-makes-no-token': true,
  'token-opens-no-emergency': true,
  csrf: true,
  'token-unknown': true,
  'token-expired': true,
  'token-revoked': true,
  'token-disabled': true,
  'unknown-ae-title': true,
  'looked-for-too-many': true,
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
  kinds: true,
  aeTitles: true,
  job: true,
  language: true,
  mail: true,
  'no-mail': true,
  'mail-address': true,
  'no-mail-address': true,
  newPassword: true,
  administrator: true,
  'no-administrator': true,
  disabled: true,
  enabled: true,
  secondFactorJobs: true,
  firstUseChange: true,
  'no-firstUseChange': true,
  replyAsked: true,
  transfer: true,
  discharge: true,
  specialRelation: true,
  labResults: true,
  'first-visit': true,
  'no-first-visit': true,
  'gist-written': true,
  'no-gist-written': true,
  'take-over': true,
  'template-made': true,
  'template-changed': true,
  'template-removed': true,
  visitedOn: true,
  unlock: true,
  exceptFacilities: true,
  exceptStudies: true,
  died: true,
  'not-died': true,
} satisfies Known<keyof Translation['change']>;

const ASKED = {
  'study-view': true,
  'study-download': true,
  'study-share': true,
  'study-disclosures': true,
  'study-list': true,
  'patient-list': true,
  'patient-view': true,
  'study-store': true,
  'notice-settle': true,
  'consent-take': true,
  'emergency-open': true,
  'emergency-review': true,
  'emergency-oversee': true,
  'letter-read': true,
  'letter-write': true,
  'token-manage-own': true,
  'session-manage-own': true,
  'factor-manage-own': true,
  'mail-manage-own': true,
  self: true,
  'facility-list': true,
  'facility-manage': true,
  'user-manage': true,
  'rights-manage': true,
  'region-manage': true,
  'quarantine-read': true,
  'quarantine-retry': true,
  'quarantine-download': true,
  'record-read': true,
  'record-review': true,
  'operation-read': true,
  'link-manage': true,
  'roster-import': true,
  'fees-read': true,
} satisfies Known<keyof Translation['asked']>;

const FAILURES = {
  unknown: true,
  disabled: true,
  password: true,
  'must-wait': true,
  'from-many-networks': true,
  code: true,
  passkey: true,
  'passkey-copied': true,
} satisfies Known<keyof Translation['failure']>;

const FACTORS = {
  authenticator: true,
  passkey: true,
  'recovery-code': true,
} satisfies Known<keyof Translation['factor']>;

const LISTS = {
  'study-list': true,
  studies: true,
  series: true,
  instances: true,
  notices: true,
  links: true,
  'desk-patients': true,
  'desk-patient': true,
  'unusual-uses': true,
  patients: true,
  person: true,
  emergencies: true,
  roster: true,
  'roster-candidates': true,
  letters: true,
} satisfies Known<keyof Translation['list']>;

const BASES = { paper: true, signature: true, proxy: true, implied: true, law: true } satisfies Known<keyof Translation['basis']>;

const RELATIONS = {
  parent: true,
  spouse: true,
  child: true,
  sibling: true,
  guardian: true,
  bereaved: true,
  other: true,
} satisfies Known<keyof Translation['relation']>;

const GROUNDS = {
  statute: true,
  'life-or-body': true,
  'public-health': true,
  'state-duty': true,
} satisfies Known<keyof Translation['ground']>;

const CATEGORIES = {
  unconscious: true,
  'life-in-danger': true,
  'cannot-be-asked': true,
  disaster: true,
} satisfies Known<keyof Translation['emergencyCategory']>;

const IDENTIFIED = {
  'patient-id-and-birth-date': true,
  'patient-id-and-name': true,
  'name-and-birth-date': true,
  'all-three': true,
} satisfies Known<keyof Translation['identifiedBy']>;

const FINDINGS = { somebody: true, nobody: true, several: true } satisfies Known<keyof Translation['finding']>;
const VERDICTS = { justified: true, 'not-justified': true } satisfies Known<keyof Translation['verdict']>;
const ROSTER_COUNTS = {
  lines: true,
  faults: true,
  new: true,
  changed: true,
  same: true,
  other: true,
  removed: true,
  restored: true,
  withdrawn: true,
  stays: true,
} satisfies Known<keyof Translation['rosterCount']>;
const LETTER_KIND = { referral: true, reply: true, 'counter-referral': true } satisfies Known<keyof Translation['letterKind']>;
const SETTLED = { correction: true, 'two-objects': true } satisfies Known<keyof Translation['settled']>;
const FORMATS = {
  csv: true,
  'csv-shift-jis': true,
  'dicom-audit': true,
  'fhir-ndjson': true,
  'fhir-bundle': true,
  'patient-answer': true,
  'breach-report': true,
  'fee-pack': true,
  'fee-pack-csv': true,
} satisfies Known<keyof Translation['format']>;
const BEGINNINGS = { 'first-start': true, 'start-new': true, reindex: true } satisfies Known<keyof Translation['installation']>;

export const ACTION_NAMES = Object.keys(ACTIONS) as Action[];

/** What the number of an act counts (`gateway/domain/record/audit.ts`); an instance is a file. */
const COUNTED: Readonly<Partial<Record<Action, Counted>>> = {
  'sign-in-failed': 'times',
  'access-refused': 'times',
  'session-ended': 'devices',
  'disclosures-listed': 'entries',
  'record-exported': 'entries',
  'unusual-use-decided': 'entries',
  'studies-listed': 'found',
  'patients-listed': 'patients',
  'emergency-opened': 'studies',
  'roster-read': 'patients',
  'roster-applied': 'patients',
  'roster-undone': 'patients',
  'roster-discarded': 'patients',
  'letter-drafted': 'studies',
  'letter-discarded': 'studies',
  'letter-sent': 'studies',
  'letter-received': 'studies',
  'letter-read': 'studies',
  'letter-opened': 'studies',
  'letter-answered': 'studies',
  'letter-closed': 'studies',
  'letter-declined': 'studies',
  'letter-recalled': 'studies',
  'letter-noted': 'studies',
  'letter-file-taken': 'studies',
};

/** What a list's number counts, where the entry says which list it was. */
const LISTED: Readonly<Record<string, Counted>> = {
  'study-list': 'studies',
  studies: 'studies',
  series: 'series',
  instances: 'files',
  notices: 'notices',
  links: 'pairs',
  'desk-patients': 'patients',
  'desk-patient': 'patients',
  'unusual-uses': 'found',
  patients: 'patients',
  person: 'studies',
  emergencies: 'entries',
  roster: 'patients',
  'roster-candidates': 'pairs',
  letters: 'letters',
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
const plainChange = wordOf(CHANGES, (code, t) => t(`change.${code}`));
/** Of a facility or account which part; of rights and rules what they are now. */
export const changeWord: WordOf = (code, t) =>
  rightsChangeWord(code, t) ?? releaseChangeWord(code, t) ?? unusualChangeWord(code, t) ?? visitWord(code, t) ?? plainChange(code, t);

function visitWord(code: string, t: TFunction): string | undefined {
  const [, date] = /^visited-on:([\d-]+)$/.exec(code) ?? [];
  return date === undefined ? undefined : t('change.visitedOn', { date });
}

export const failureWord = wordOf(FAILURES, (code, t) => t(`failure.${code}`));
export const factorWord = wordOf(FACTORS, (code, t) => t(`factor.${code}`));
export const listWord = wordOf(LISTS, (code, t) => t(`list.${code}`));
export const basisWord = wordOf(BASES, (code, t) => t(`basis.${code}`));
export const relationWord = wordOf(RELATIONS, (code, t) => t(`relation.${code}`));
export const groundWord = wordOf(GROUNDS, (code, t) => t(`ground.${code}`));
export const categoryWord = wordOf(CATEGORIES, (code, t) => t(`emergencyCategory.${code}`));
export const identifiedWord = wordOf(IDENTIFIED, (code, t) => t(`identifiedBy.${code}`));
export const findingWord = wordOf(FINDINGS, (code, t) => t(`finding.${code}`));
export const verdictWord = wordOf(VERDICTS, (code, t) => t(`verdict.${code}`));
/** `new=12`: what of a list of patients came to how many. */
export const rosterCountWord: WordOf = (told, t) => {
  const [name = '', number = ''] = told.split('=');
  return Object.hasOwn(ROSTER_COUNTS, name) ? t(`rosterCount.${name as keyof typeof ROSTER_COUNTS}`, { number }) : told;
};
export const letterKindWord = wordOf(LETTER_KIND, (code, t) => t(`letterKind.${code}`));
export const settledWord = wordOf(SETTLED, (code, t) => t(`settled.${code}`));
export const formatWord = wordOf(FORMATS, (code, t) => t(`format.${code}`));
export const beginningWord = wordOf(BEGINNINGS, (code, t) => t(`installation.${code}`));
const askedWithDash = wordOf(ASKED, (code, t) => t(`asked.${code}`));
/** An action of `gateway/domain/sharing/access.ts`; dots are the texts' own. */
export const askedWord: WordOf = (action, t) => askedWithDash(action.replaceAll('.', '-'), t);
