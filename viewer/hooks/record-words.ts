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
  'account-locked': true,
  'token-created': true,
  'token-revoked': true,
  'facility-created': true,
  'facility-changed': true,
  'user-created': true,
  'user-changed': true,
  'study-received': true,
  'instance-quarantined': true,
  'instance-new-version': true,
  'studies-listed': true,
  'study-viewed': true,
  'study-downloaded': true,
  'study-shared': true,
  'share-revoked': true,
  'disclosures-listed': true,
  'record-exported': true,
  'access-refused': true,
  'backup-made': true,
  'backup-restored': true,
} satisfies Record<Action, true>;

export const JOB_NAMES = Object.keys(JOBS) as Job[];

export function isKnownJob(job: string): job is Job {
  return Object.hasOwn(JOBS, job);
}

/** An act the viewer has words for; a newer gateway may write others. */
export function isKnownAction(action: string): action is Action {
  return Object.hasOwn(ACTIONS, action);
}
