import type { ConsentId, FacilityCode, FacilityId, ObjectKey, PatientNo, PostedNoticeId, StudyId, UserId } from '../identifiers.ts';
import type { BasisKind, LawGround, ProxyRelation } from './basis-rules.ts';
import type { ConsentDocumentType } from './consent-document.ts';

/** Facilities that one consent names, and that it leaves out. */
export const CONSENT_FACILITIES_MAX = 500;
/** Studies that one consent leaves out. */
export const CONSENT_STUDIES_MAX = 1_000;
/** Modalities that one consent names. */
export const CONSENT_MODALITIES_MAX = 50;
/** Consents of one patient of a facility, those that ended included. */
export const CONSENTS_OF_PATIENT_MAX = 200;
/** The longest term; without one a consent holds until it is withdrawn. */
export const CONSENT_YEARS_MAX = 50;

/** What a consent opens, and to whom. */
export interface ConsentScope {
  /** `region`: every facility of it, those that join later too. */
  readonly to: 'region' | { readonly facilities: readonly FacilityId[] };
  readonly exceptFacilities: readonly FacilityId[];
  /** Values of Modality (0008,0060); empty: whatever it is. */
  readonly modalities: readonly string[];
  /** First and last Study Date, YYYYMMDD; undefined: from the first on, also from now on. */
  readonly studyDateFrom: string | undefined;
  readonly studyDateTo: string | undefined;
  readonly exceptStudies: readonly StudyId[];
}

/** Why somebody's images may be given to others: `BASIS_RULES` says what each asks for. */
export interface ConsentBasis {
  readonly kind: BasisKind;
  /** Scan or photograph of the form, or the signature as it was drawn. */
  readonly document: ConsentDocument | undefined;
  /** Who signed for the patient, by what relation. */
  readonly relation: ProxyRelation | undefined;
  readonly ground: LawGround | undefined;
}

export interface ConsentDocument {
  readonly key: ObjectKey;
  readonly mediaType: ConsentDocumentType;
}

/**
 * What a patient agreed to at a facility, or what stands in for it. It covers the studies of the person that the patient is of, as they are now:
 * links and what arrives later move it by themselves.
 */
export interface Consent {
  readonly id: ConsentId;
  /** As whom the facility that took it knows the person. */
  readonly patientNo: PatientNo;
  readonly facility: { readonly id: FacilityId; readonly code: FacilityCode; readonly name: string };
  readonly scope: ConsentScope;
  readonly basis: ConsentBasis;
  readonly takenAt: Date;
  /** Undefined: the command line. */
  readonly takenBy: { readonly id: UserId; readonly name: string } | undefined;
  /** Undefined: until it is withdrawn. */
  readonly until: Date | undefined;
  readonly formVersion: string;
  /** An objection of the patient is a withdrawal too. */
  readonly withdrawnAt: Date | undefined;
  /** Somebody of another facility, whose patient the person is too, put the withdrawal down. */
  readonly withdrawnElsewhere: boolean;
}

/** What a validity depends on beside the consent itself. */
export interface ConsentCircumstances {
  /** A notice hangs, on this day, in the facility that took the consent. */
  readonly noticePosted: boolean;
  /** When it is known that the person died; YYYY-MM-DD. */
  readonly diedOn: string | undefined;
}

/** What is asked for: a consent that is not yet made. */
export type ConsentWish = Pick<Consent, 'patientNo' | 'scope' | 'basis' | 'until' | 'formVersion'>;

/** A notice that hangs, or hung, in a facility and tells its patients to whom their images are given. */
export interface PostedNotice {
  readonly id: PostedNoticeId;
  readonly version: string;
  /** YYYY-MM-DD */
  readonly postedOn: string;
  readonly document: ConsentDocument | undefined;
  readonly filedAt: Date;
  readonly removedAt: Date | undefined;
}
