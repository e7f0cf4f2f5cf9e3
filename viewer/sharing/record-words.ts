import type { Translation } from '../i18n/translation.ts';

type Job = keyof Translation['job'];
type Action = keyof Translation['action'];

const JOBS = {
  physician: true,
  dentist: true,
  radiographer: true,
  nurse: true,
  pharmacist: true,
  technologist: true,
  clerk: true,
  administrator: true,
} satisfies Record<Job, true>;

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
} satisfies Record<Action, true>;

const RIGHTS = {
  owner: true,
  share: true,
  administrator: true,
  member: true,
  'own-account': true,
  directory: true,
} satisfies Record<keyof Translation['right'], true>;

const REFUSALS = {
  'administrators-only': true,
  'belongs-to-no-facility': true,
  'not-owned-and-not-shared': true,
  'not-the-owner': true,
  'only-the-owner-decides': true,
  'people-only': true,
  'share-has-ended': true,
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
} satisfies Record<keyof Translation['refusal'], true>;

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
} satisfies Record<keyof Translation['through'], true>;

export function throughWord(name: string): keyof typeof THROUGH | undefined {
  return Object.hasOwn(THROUGH, name) ? (name as keyof typeof THROUGH) : undefined;
}

export const JOB_NAMES = Object.keys(JOBS) as Job[];
export const ACTION_NAMES = Object.keys(ACTIONS) as Action[];

export function isKnownJob(job: string): job is Job {
  return Object.hasOwn(JOBS, job);
}

/** An act the viewer has words for; a newer gateway may write others. */
export function isKnownAction(action: string): action is Action {
  return Object.hasOwn(ACTIONS, action);
}

export function isKnownRight(kind: string): kind is keyof typeof RIGHTS {
  return Object.hasOwn(RIGHTS, kind);
}

export function isKnownRefusal(code: string): code is keyof typeof REFUSALS {
  return Object.hasOwn(REFUSALS, code);
}
