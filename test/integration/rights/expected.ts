/**
 * Who may do what, written by hand and not from `access.ts`: of each job, at each kind of facility, that stands to a study in each way. Every
 * name of the domain's lists stands here, so that a new action, job, kind of facility or relation is undecided, and the tests fail, until
 * somebody has said what it may.
 */
import type { Job } from '../../../gateway/domain/people/actor.ts';
import type { FacilityKind } from '../../../gateway/domain/people/facility-kind.ts';
import type { Action } from '../../../gateway/domain/sharing/access.ts';
import type { Relation } from '../../../gateway/domain/sharing/relations.ts';

/** `part`: without the series that is held back. */
export type Verdict = 'may' | 'part' | 'may not' | 'hears of nothing';

export interface Case {
  readonly action: Action;
  readonly job: Job;
  readonly kind: FacilityKind;
  readonly relation: Relation;
  readonly administrator: boolean;
}

interface Rule {
  readonly actions: readonly Action[];
  readonly jobs: readonly Job[];
  readonly kinds: readonly FacilityKind[];
  readonly relations: readonly Relation[];
  readonly administrator?: boolean;
  readonly verdict: Verdict;
}

const GIVERS: readonly Job[] = ['physician', 'dentist', 'radiographer', 'clerk', 'administrator'];
const OTHERS: readonly Job[] = ['nurse', 'pharmacist', 'technologist'];
const OFFICE_JOBS: readonly Job[] = ['clerk', 'administrator'];
const EVERY_JOB = [...GIVERS, ...OTHERS];

const IMAGING: readonly FacilityKind[] = ['hospital', 'clinic', 'dental-clinic', 'maternity-home', 'imaging-centre', 'care-facility'];
const LOOKING: readonly FacilityKind[] = ['pharmacy', 'visiting-nursing'];
const OFFICE: readonly FacilityKind[] = ['secretariat'];
const EVERY_KIND = [...IMAGING, ...LOOKING, ...OFFICE];

/** Opened by who asks, in an emergency, and nothing else. */
const EMERGENCY: readonly Relation[] = ['emergency'];
const OWNER: readonly Relation[] = ['owner'];
const GIVEN: readonly Relation[] = [
  'share-to-facility',
  'share-to-job',
  'share-to-person',
  'one-share-ended-beside-another',
  'consent-to-the-region',
  'consent-to-facility',
  'one-consent-withdrawn-beside-another',
  'consent-withdrawn-beside-a-share',
  'share-revoked-beside-a-consent',
  'emergency-beside-a-share',
  'referral',
  'consent-withdrawn-beside-a-referral',
  'share-revoked-beside-a-referral',
];
const LOOK_ONLY: readonly Relation[] = ['share-for-viewing-only', 'consent-for-viewing-only'];
const HELD: readonly Relation[] = ['share-with-series-held-back'];
const NOT_GIVEN: readonly Relation[] = [
  'share-to-another-job',
  'share-to-another-person',
  'share-that-has-ended',
  'share-that-has-not-begun',
  'share-that-was-revoked',
  'consent-that-waits',
  'consent-that-is-not-released',
  'consent-that-has-ended',
  'consent-that-was-withdrawn',
  'emergency-of-another-person',
  'emergency-that-has-ended',
  'emergency-found-not-justified',
  'referral-that-was-recalled',
  'stranger',
];
const NOWHERE: readonly Relation[] = ['administrator-of-the-region'];
const AT_A_FACILITY = [...OWNER, ...GIVEN, ...LOOK_ONLY, ...HELD, ...EMERGENCY, ...NOT_GIVEN];
const EVERY_RELATION = [...AT_A_FACILITY, ...NOWHERE];

const ACCOUNT: readonly Action[] = [
  'self',
  'facility.list',
  'token.manage-own',
  'session.manage-own',
  'factor.manage-own',
  'mail.manage-own',
];
const ADMINISTERING: readonly Action[] = [
  'facility.manage',
  'user.manage',
  'rights.manage',
  'region.manage',
  'quarantine.read',
  'quarantine.retry',
  'quarantine.download',
  'record.read',
  'record.review',
  'operation.read',
  'link.manage',
  'emergency.oversee',
];
const MEMBER: readonly Action[] = ['study.list', 'patient.list', 'patient.view', 'study.store', 'notice.settle'];
const CONSENT: readonly Action[] = ['consent.take'];
const LETTERS: readonly Action[] = ['letter.read', 'letter.write'];
const STUDY: readonly Action[] = ['study.view', 'study.download', 'study.share', 'study.disclosures'];
/** Of the own facility's patients; who administers, of every facility's. */
const IMPORTING: readonly Action[] = ['roster.import'];
/** Of the own facility; who administers, of every facility. */
const FEES: readonly Action[] = ['fees.read'];
const LOOKING_ACTIONS: readonly Action[] = ['study.view', 'study.download'];
const OWNING_ACTIONS: readonly Action[] = ['study.share', 'study.disclosures'];

const ALL = { jobs: EVERY_JOB, kinds: EVERY_KIND, relations: EVERY_RELATION } as const;
const AT = { jobs: EVERY_JOB, kinds: EVERY_KIND } as const;

/** Of each case the last that speaks of it. */
const RULES: readonly Rule[] = [
  { ...ALL, actions: ACCOUNT, verdict: 'may' },
  { ...ALL, actions: ADMINISTERING, administrator: true, verdict: 'may' },
  { ...ALL, actions: ADMINISTERING, administrator: false, verdict: 'may not' },

  { ...ALL, actions: IMPORTING, administrator: true, verdict: 'may' },
  { ...ALL, actions: IMPORTING, administrator: false, verdict: 'may not' },
  {
    actions: IMPORTING,
    jobs: OFFICE_JOBS,
    kinds: [...IMAGING, ...LOOKING],
    relations: AT_A_FACILITY,
    administrator: false,
    verdict: 'may',
  },

  { ...ALL, actions: FEES, administrator: true, verdict: 'may' },
  { ...ALL, actions: FEES, administrator: false, verdict: 'may not' },
  {
    actions: FEES,
    jobs: EVERY_JOB,
    kinds: [...IMAGING, ...LOOKING],
    relations: AT_A_FACILITY,
    administrator: false,
    verdict: 'may',
  },

  { ...AT, actions: MEMBER, relations: AT_A_FACILITY, verdict: 'may' },
  { ...AT, actions: MEMBER, relations: NOWHERE, verdict: 'may not' },
  { ...AT, actions: CONSENT, relations: EVERY_RELATION, verdict: 'may not' },
  { actions: CONSENT, jobs: GIVERS, kinds: IMAGING, relations: AT_A_FACILITY, verdict: 'may' },

  { ...AT, actions: LETTERS, relations: AT_A_FACILITY, verdict: 'may' },
  { ...AT, actions: LETTERS, relations: NOWHERE, verdict: 'may not' },
  // Whoever sees patients reads letters; who treats them, and their offices, write them.
  { actions: LETTERS, jobs: ['administrator'], kinds: EVERY_KIND, relations: AT_A_FACILITY, verdict: 'may not' },
  {
    actions: ['letter.write'],
    jobs: ['radiographer', 'pharmacist', 'technologist'],
    kinds: EVERY_KIND,
    relations: AT_A_FACILITY,
    verdict: 'may not',
  },
  { actions: ['letter.write'], jobs: EVERY_JOB, kinds: LOOKING, relations: AT_A_FACILITY, verdict: 'may not' },
  { actions: ['letter.read'], jobs: OFFICE_JOBS, kinds: LOOKING, relations: AT_A_FACILITY, verdict: 'may not' },
  { ...AT, actions: STUDY, relations: [...NOT_GIVEN, ...NOWHERE], verdict: 'hears of nothing' },
  { ...AT, actions: LOOKING_ACTIONS, relations: [...OWNER, ...GIVEN, ...LOOK_ONLY], verdict: 'may' },
  { ...AT, actions: ['study.download'], relations: LOOK_ONLY, verdict: 'may not' },
  { ...AT, actions: LOOKING_ACTIONS, relations: HELD, verdict: 'part' },
  { ...AT, actions: OWNING_ACTIONS, relations: OWNER, verdict: 'may' },
  { ...AT, actions: OWNING_ACTIONS, relations: [...GIVEN, ...LOOK_ONLY, ...HELD], verdict: 'may not' },
  // In a session; by a token nobody does.
  { ...AT, actions: ['emergency.open'], relations: EVERY_RELATION, verdict: 'may not' },
  { actions: ['emergency.open'], jobs: ['physician'], kinds: ['hospital', 'clinic'], relations: AT_A_FACILITY, verdict: 'may' },
  { ...AT, actions: ['emergency.review'], relations: EVERY_RELATION, verdict: 'may not' },
  {
    actions: ['emergency.review'],
    jobs: ['physician', 'dentist', 'administrator'],
    kinds: IMAGING,
    relations: AT_A_FACILITY,
    verdict: 'may',
  },
  { ...AT, actions: [...LOOKING_ACTIONS, ...OWNING_ACTIONS], relations: EMERGENCY, verdict: 'may not' },
  { actions: ['study.view'], jobs: ['physician'], kinds: ['hospital', 'clinic'], relations: EMERGENCY, verdict: 'may' },
  { actions: ['study.share'], jobs: OTHERS, kinds: EVERY_KIND, relations: OWNER, verdict: 'may not' },

  {
    actions: ['study.download', 'study.share'],
    jobs: EVERY_JOB,
    kinds: LOOKING,
    relations: [...OWNER, ...GIVEN, ...LOOK_ONLY, ...HELD, ...EMERGENCY],
    verdict: 'may not',
  },
  {
    actions: ['study.view'],
    jobs: OFFICE_JOBS,
    kinds: LOOKING,
    relations: [...OWNER, ...GIVEN, ...LOOK_ONLY, ...HELD, ...EMERGENCY],
    verdict: 'may not',
  },

  { actions: [...MEMBER, ...LETTERS], jobs: EVERY_JOB, kinds: OFFICE, relations: AT_A_FACILITY, verdict: 'may not' },
  { actions: STUDY, jobs: EVERY_JOB, kinds: OFFICE, relations: EVERY_RELATION, verdict: 'hears of nothing' },
];

/** @returns undefined where nobody has decided */
export function expectedOf({ action, job, kind, relation, administrator }: Case): Verdict | undefined {
  return RULES.findLast(
    (rule) =>
      rule.actions.includes(action) &&
      rule.jobs.includes(job) &&
      rule.kinds.includes(kind) &&
      rule.relations.includes(relation) &&
      (rule.administrator ?? administrator) === administrator,
  )?.verdict;
}

/** Of a machine in its facility's name, by the actions that DIMSE operations name. */
export const EXPECTED_OF_MACHINES: Readonly<Record<string, Verdict>> = { 'C-ECHO': 'may', 'C-STORE': 'may' };
