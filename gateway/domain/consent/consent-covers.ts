/**
 * Whether a consent stands, and whether it opens a study to a facility. The rights themselves are given by `settle_consents` of the database:
 * test/contract/consents/consents.test.ts holds the two to one another.
 */
import type { FacilityId, PersonId, StudyId } from '../identifiers.ts';
import { basisRule } from './basis-rules.ts';
import type { Consent, ConsentCircumstances, ConsentScope } from './consent.ts';
import { coversModalities } from './modalities.ts';

/** Why a consent gives nothing at all, by what is asked first. */
export const CONSENT_ENDS = ['withdrawn', 'ended', 'deceased', 'living', 'notice-lapsed'] as const;
export type ConsentEnd = (typeof CONSENT_ENDS)[number];

/** Why it does not give this study to this facility. */
export const CONSENT_LIMITS = [
  'other-person',
  'own-study',
  'facility-left',
  'facility-excluded',
  'facility-not-named',
  'not-of-the-facility',
  'study-excluded',
  'modality',
  'study-date',
] as const;
export type ConsentLimit = (typeof CONSENT_LIMITS)[number];

export interface CoveredStudy {
  readonly id: StudyId;
  readonly ownerFacilityId: FacilityId;
  /** Of whom it is, as links stand now. */
  readonly personId: PersonId;
  readonly modalities: readonly string[];
  /** DA, or whatever the header says. */
  readonly studyDate: string;
}

export interface Receiver {
  readonly id: FacilityId;
  readonly left: boolean;
}

export type Verdict<Reason> = { readonly yes: true } | { readonly yes: false; readonly reason: Reason };

const YES = { yes: true } as const;
const no = <Reason>(reason: Reason) => ({ yes: false, reason }) as const;

/** Whether it stands now. */
export function consentStands(
  consent: Pick<Consent, 'withdrawnAt' | 'until' | 'basis' | 'takenAt'>,
  { noticePosted, diedOn }: ConsentCircumstances,
  now: Date,
): Verdict<ConsentEnd> {
  if (consent.withdrawnAt !== undefined) return no('withdrawn');
  if (consent.until !== undefined && consent.until <= now) return no('ended');
  if (diedOn !== undefined && endsWithDeath(consent)) return no('deceased');
  if (diedOn === undefined && ofTheBereaved(consent)) return no('living');
  if (needsPostedNotice(consent) && !noticePosted) return no('notice-lapsed');
  return YES;
}

/** Treatment ends with death, and with it what was agreed to for it. What the bereaved agree to, or the law asks for, stands. */
export function endsWithDeath({ basis }: Pick<Consent, 'basis'>): boolean {
  return basis.kind !== 'law' && !ofTheBereaved({ basis });
}

/** Nobody is bereaved of the living, who are asked themselves. */
function ofTheBereaved({ basis }: Pick<Consent, 'basis'>): boolean {
  return basis.relation === 'bereaved';
}

/** When the person objects, whatever they agreed to ends, wherever it was taken. What the law asks for was not theirs to give. */
export function endsByObjection({ basis }: Pick<Consent, 'basis'>): boolean {
  return basis.kind !== 'law';
}

export function needsPostedNotice({ basis, takenAt }: Pick<Consent, 'basis' | 'takenAt'>): boolean {
  return basisRule(basis.kind, takenAt.toISOString().slice(0, 'YYYY-MM-DD'.length))?.needsPostedNotice ?? true;
}

/** Whether this consent, which stands, opens the study to the facility. `personId`: of the consent's patient, now. */
export function consentReaches(
  consent: Consent & { readonly personId: PersonId },
  study: CoveredStudy,
  receiver: Receiver,
): Verdict<ConsentLimit> {
  const { scope } = consent;
  if (study.personId !== consent.personId) return no('other-person');
  if (study.ownerFacilityId === receiver.id) return no('own-study');
  if (receiver.left) return no('facility-left');
  if (scope.exceptFacilities.includes(receiver.id)) return no('facility-excluded');
  if (scope.to !== 'region' && !scope.to.facilities.includes(receiver.id)) return no('facility-not-named');
  if (needsPostedNotice(consent) && study.ownerFacilityId !== consent.facility.id) return no('not-of-the-facility');
  if (scope.exceptStudies.includes(study.id)) return no('study-excluded');
  if (!coversModalities(scope.modalities, study.modalities)) return no('modality');
  return coversDate(scope, study.studyDate) ? YES : no('study-date');
}

/** Both: it stands, and it reaches. */
export function consentCovers(
  consent: Consent & { readonly personId: PersonId },
  study: CoveredStudy,
  receiver: Receiver,
  circumstances: ConsentCircumstances,
  now: Date,
): Verdict<ConsentEnd | ConsentLimit> {
  const stands = consentStands(consent, circumstances, now);
  return stands.yes ? consentReaches(consent, study, receiver) : stands;
}

const DA = /^\d{8}$/;

/** A study without a date is given by no consent that names dates. */
function coversDate({ studyDateFrom, studyDateTo }: ConsentScope, studyDate: string): boolean {
  if (studyDateFrom === undefined && studyDateTo === undefined) return true;
  if (!DA.test(studyDate)) return false;
  return (studyDateFrom === undefined || studyDate >= studyDateFrom) && (studyDateTo === undefined || studyDate <= studyDateTo);
}
