import type { BasisKind, LawGround, ProxyRelation } from '../consent/basis-rules.ts';
import type { EmergencyCategory, EmergencyVerdict, Identification } from '../emergency/emergency.ts';
import type { Actor } from '../people/actor.ts';
import type { LetterKind } from '../referral/letter-content.ts';
import type { RefusalReason, Right } from '../sharing/access.ts';
import type { Purpose } from './purpose.ts';
import type { UnusualRule } from './unusual-rules.ts';
import type { UnusualDecision } from './unusual-use.ts';

/** What happened. One word an act; PS3.15 A.5 names the classes these map to. */
export type AuditAction =
  | 'sign-in'
  | 'sign-in-failed'
  | 'sign-out'
  | 'session-ended'
  | 'account-guessed-at'
  | 'token-created'
  | 'token-revoked'
  | 'factor-added'
  | 'factor-removed'
  | 'factors-reset'
  | 'recovery-codes-made'
  | 'region-changed'
  | 'facility-created'
  | 'facility-changed'
  | 'user-created'
  | 'user-changed'
  | 'rights-changed'
  | 'study-received'
  | 'instance-quarantined'
  | 'quarantined-taken-out'
  | 'quarantined-retried'
  | 'instance-new-version'
  | 'place-settled'
  | 'studies-listed'
  | 'study-viewed'
  | 'view-ended'
  | 'thumbnails-viewed'
  | 'study-downloaded'
  | 'study-shared'
  | 'share-revoked'
  | 'consent-given'
  | 'consent-withdrawn'
  | 'consent-changed'
  | 'consent-document-kept'
  | 'consent-document-read'
  | 'consent-document-removed'
  | 'notice-posted'
  | 'notice-removed'
  | 'release-rules-changed'
  | 'study-referred'
  | 'study-referral-ended'
  | 'letter-drafted'
  | 'letter-discarded'
  | 'letter-sent'
  | 'letter-received'
  | 'letter-read'
  | 'letter-opened'
  | 'letter-answered'
  | 'letter-closed'
  | 'letter-declined'
  | 'letter-recalled'
  | 'letter-noted'
  | 'letter-file-taken'
  | 'letter-template-changed'
  | 'disclosures-listed'
  | 'record-exported'
  | 'unusual-use-decided'
  | 'unusual-rules-changed'
  | 'patients-listed'
  | 'link-proposed'
  | 'link-confirmed'
  | 'link-rejected'
  | 'link-undone'
  | 'emergency-searched'
  | 'emergency-opened'
  | 'emergency-reviewed'
  | 'roster-read'
  | 'roster-applied'
  | 'roster-undone'
  | 'roster-discarded'
  | 'access-refused'
  | 'backup-made'
  | 'backup-restored'
  | 'installation-begun'
  | 'clock-stepped';

/** Why a door refused before anybody was known, or knew what was asked for; beside the reasons of `access.ts`. */
export const DOOR_REFUSALS = [
  'csrf',
  'token-unknown',
  'token-expired',
  'token-revoked',
  'token-disabled',
  'unknown-ae-title',
  'looked-for-too-many',
] as const;
export type AuditRefusal = RefusalReason | (typeof DOOR_REFUSALS)[number];

export const SIGN_IN_FAILURES = [
  'unknown',
  'disabled',
  'password',
  'must-wait',
  'from-many-networks',
  'code',
  'passkey',
  'passkey-copied',
] as const;
export type SignInFailure = (typeof SIGN_IN_FAILURES)[number];
/** What was shown beside the password, or instead of it. */
export const AUDIT_FACTORS = ['authenticator', 'passkey', 'recovery-code'] as const;
export const AUDIT_LISTS = [
  'study-list',
  'studies',
  'series',
  'instances',
  'notices',
  'patients',
  'person',
  'links',
  'desk-patients',
  'desk-patient',
  'emergencies',
  'unusual-uses',
  'roster',
  'roster-candidates',
  'letters',
] as const;
export const EMERGENCY_FINDINGS = ['somebody', 'nobody', 'several'] as const;
/** What the record is given out as; a look at a page of it has none. */
export const EXPORT_FORMATS = ['csv', 'csv-shift-jis', 'dicom-audit', 'fhir-ndjson', 'fhir-bundle'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
/** The same, and what is made of it: who looked at a patient's images, whom an account affected, and what of a month may be a fee. */
export const RECORD_FORMATS = [...EXPORT_FORMATS, 'patient-answer', 'breach-report', 'fee-pack', 'fee-pack-csv'] as const;
export const INSTALLATION_BEGINNINGS = ['first-start', 'start-new', 'reindex'] as const;

/** What an act was about: ids, counts and codes only, never a name or a birth date. Which of them an act may have: `SUBJECT_OF`. */
export interface AuditSubject {
  /** Code of the facility whose data it is. */
  readonly ownerFacilityCode?: string;
  readonly patientID?: string;
  /** Of the network, as it was then: links that are made or undone later give a patient another. */
  readonly personId?: string;
  readonly studyInstanceUID?: string;
  /** Which of the owner's studies under the UID; absent for the first. */
  readonly ordinal?: number;
  readonly seriesInstanceUID?: string;
  readonly sopInstanceUID?: string;
  /** How many instances, rows of a list, sessions, or times. */
  readonly count?: number;
  /** How many instances were to go out, when `count` did. */
  readonly of?: number;
  /** The instances of a series were fetched one after another. */
  readonly oneByOne?: true;
  /** They left as a file-set for a medium (`gateway/decisions/export.md`). */
  readonly media?: true;
  readonly list?: (typeof AUDIT_LISTS)[number];
  /** That two patients are one person: its number, the other of them, and codes of what spoke for it. */
  readonly linkId?: string;
  readonly otherFacilityCode?: string;
  readonly otherPatientID?: string;
  readonly reasons?: readonly string[];
  /** A list of patients that was brought in: its number, and what of it came to how many, `new=12`. */
  readonly rosterId?: string;
  readonly counts?: readonly string[];
  readonly letterId?: string;
  readonly letterKind?: LetterKind;
  /** The letter that it answers. */
  readonly inReplyTo?: string;
  /** How many files are with it. */
  readonly files?: number;
  /** SHA-256 of a file that is with a letter, that shows a consent, or of a notice on the wall. */
  readonly file?: string;
  /** Until when a share lasts, ISO 8601. */
  readonly until?: string;
  /** From when it gives anything, ISO 8601; absent: at once. */
  readonly notBefore?: string;
  /** It gives no more than looking. */
  readonly viewOnly?: true;
  /** Series Instance UIDs of which it gives nothing. */
  readonly heldBack?: readonly string[];
  /** The account, or to whom of a facility something was given. */
  readonly userId?: string;
  /** Of the account, or to which of a facility. */
  readonly job?: string;
  /** Code of the facility. */
  readonly facilityCode?: string;
  /** Which of the account's or facility's parts changed; of what can be on or off, which it is now. Of rights `job/kind/act=scope`. */
  readonly changes?: readonly string[];
  /** The number of its grant, as rights name it. */
  readonly consentId?: string;
  readonly basis?: BasisKind;
  readonly relation?: ProxyRelation;
  readonly ground?: LawGround;
  /** Codes of facilities that it names; absent: the whole region. */
  readonly facilities?: readonly string[];
  readonly exceptFacilities?: readonly string[];
  /** How many studies it leaves out. */
  readonly exceptStudies?: number;
  readonly modalities?: readonly string[];
  /** First and last Study Date, YYYYMMDD. */
  readonly studyDateFrom?: string;
  readonly studyDateTo?: string;
  /** Of the form, or of the notice on the wall. */
  readonly version?: string;
  /** YYYY-MM-DD */
  readonly postedOn?: string;
  /** Of whom something is demanded now. */
  readonly jobs?: readonly string[];
  /** The number of the grant that an emergency made. */
  readonly emergencyId?: string;
  readonly category?: EmergencyCategory;
  readonly identifiedBy?: Identification;
  /** Whether who was asked for is somebody, nobody or several. */
  readonly finding?: (typeof EMERGENCY_FINDINGS)[number];
  /** The patient had said no before. */
  readonly despiteObjection?: true;
  readonly verdict?: EmergencyVerdict;
  /** What was open until then is not any more. */
  readonly ended?: true;
  readonly tokenId?: string;
  readonly days?: number;
  /** Absent: all but the one that asked. */
  readonly sessionId?: string;
  readonly newDevice?: true;
  readonly failure?: SignInFailure;
  readonly factor?: (typeof AUDIT_FACTORS)[number];
  /** What was asked for: an action of `access.ts`. */
  readonly asked?: string;
  /** Why an instance is in quarantine: a code. */
  readonly quarantine?: string;
  readonly noticeId?: string;
  readonly noticeKind?: string;
  readonly settlement?: string;
  /** The former place. */
  readonly fromStudyInstanceUID?: string;
  readonly fromOrdinal?: number;
  readonly installation?: (typeof INSTALLATION_BEGINNINGS)[number];
  /** What was found in the data folder, as `settle-installation.ts` names it. */
  readonly found?: string;
  /** Of which installation the objects were that a new one began with. */
  readonly objectsOf?: string;
  /** Which view: its beginning and its end say the same. Entries of earlier versions have none. */
  readonly view?: string;
  /** How long a view lasted, from its first request to its last. */
  readonly seconds?: number;
  readonly format?: (typeof RECORD_FORMATS)[number];
  /** Of which month a pack of fee evidence was made, YYYY-MM. */
  readonly month?: string;
  /** A line of unusual use: its number, by which rule, and what came of looking at it. */
  readonly useId?: string;
  readonly rule?: UnusualRule;
  readonly decision?: UnusualDecision;
  /** By how much a clock was set, ms; negative: back. */
  readonly stepMs?: number;
}

const STUDY = ['ownerFacilityCode', 'patientID', 'studyInstanceUID', 'ordinal'] as const;
const LINK = ['linkId', 'ownerFacilityCode', 'patientID', 'otherFacilityCode', 'otherPatientID', 'reasons'] as const;
const ROSTER = ['rosterId', 'ownerFacilityCode', 'count', 'counts'] as const;
const LETTER = ['letterId', 'letterKind', 'ownerFacilityCode', 'patientID', 'otherFacilityCode', 'count', 'files', 'inReplyTo'] as const;
const SERIES = [...STUDY, 'seriesInstanceUID', 'sopInstanceUID', 'count'] as const;

const CONSENT = [
  'ownerFacilityCode',
  'patientID',
  'consentId',
  'basis',
  'relation',
  'ground',
  'file',
  'facilities',
  'exceptFacilities',
  'exceptStudies',
  'modalities',
  'studyDateFrom',
  'studyDateTo',
  'until',
  'version',
  'count',
] as const;
const NOTICE_ON_WALL = ['facilityCode', 'noticeId', 'version', 'postedOn', 'file'] as const;

const EMERGENCY = ['emergencyId', 'ownerFacilityCode', 'patientID', 'personId', 'count'] as const;

/** What each act may say of its subject. */
export const SUBJECT_OF = {
  'sign-in': ['newDevice', 'factor'],
  'sign-in-failed': ['failure', 'count'],
  'sign-out': [],
  'session-ended': ['sessionId', 'count'],
  'account-guessed-at': ['failure'],
  'token-created': ['userId', 'tokenId', 'days'],
  'token-revoked': ['tokenId'],
  'factor-added': ['factor'],
  'factor-removed': ['factor'],
  'factors-reset': ['userId'],
  'recovery-codes-made': [],
  'region-changed': ['changes', 'jobs'],
  'facility-created': ['facilityCode'],
  'facility-changed': ['facilityCode', 'changes'],
  'user-created': ['userId', 'job', 'changes'],
  'user-changed': ['userId', 'changes'],
  'rights-changed': ['changes', 'count'],
  'study-received': SERIES,
  'instance-quarantined': ['ownerFacilityCode', 'quarantine', 'count'],
  'quarantined-taken-out': ['ownerFacilityCode', 'quarantine', 'count'],
  'quarantined-retried': ['ownerFacilityCode', 'quarantine', 'count'],
  'instance-new-version': SERIES,
  'place-settled': [...SERIES, 'noticeId', 'noticeKind', 'settlement', 'fromStudyInstanceUID', 'fromOrdinal'],
  'studies-listed': [...SERIES, 'list', 'personId'],
  'study-viewed': [...SERIES, 'view'],
  'view-ended': [...SERIES, 'view', 'seconds'],
  'thumbnails-viewed': SERIES,
  'study-downloaded': [...SERIES, 'of', 'oneByOne', 'media'],
  'study-shared': [...SERIES, 'job', 'userId', 'notBefore', 'until', 'viewOnly', 'heldBack'],
  'share-revoked': [...SERIES, 'job', 'userId', 'noticeId', 'settlement'],
  'consent-given': CONSENT,
  'consent-withdrawn': CONSENT,
  'consent-changed': [...CONSENT, 'changes'],
  'consent-document-kept': ['ownerFacilityCode', 'file'],
  'consent-document-read': ['ownerFacilityCode', 'patientID', 'consentId', 'file'],
  'consent-document-removed': ['ownerFacilityCode', 'file'],
  'notice-posted': NOTICE_ON_WALL,
  'notice-removed': NOTICE_ON_WALL,
  'release-rules-changed': ['facilityCode', 'changes'],
  'study-referred': [...SERIES, 'letterId', 'until', 'viewOnly', 'modalities'],
  'study-referral-ended': [...SERIES, 'letterId'],
  'letter-drafted': LETTER,
  'letter-discarded': LETTER,
  'letter-sent': [...LETTER, 'changes', 'until'],
  'letter-received': LETTER,
  'letter-read': LETTER,
  'letter-opened': [...LETTER, 'changes'],
  'letter-answered': LETTER,
  'letter-closed': LETTER,
  'letter-declined': LETTER,
  'letter-recalled': LETTER,
  'letter-noted': [...LETTER, 'changes'],
  'letter-file-taken': [...LETTER, 'file'],
  'letter-template-changed': ['changes'],
  'disclosures-listed': SERIES,
  'record-exported': ['count', 'of', 'format', 'month', 'ownerFacilityCode', 'patientID', 'userId'],
  'unusual-use-decided': ['useId', 'rule', 'decision', 'userId', 'count', 'ownerFacilityCode', 'patientID'],
  'unusual-rules-changed': ['changes'],
  'patients-listed': ['list', 'count', 'ownerFacilityCode', 'patientID', 'rosterId'],
  'link-proposed': LINK,
  'link-confirmed': LINK,
  'link-rejected': LINK,
  'link-undone': LINK,
  'emergency-searched': [...EMERGENCY, 'identifiedBy', 'finding'],
  'emergency-opened': [...EMERGENCY, 'category', 'until', 'despiteObjection', 'identifiedBy'],
  'emergency-reviewed': [...EMERGENCY, 'userId', 'category', 'verdict', 'ended'],
  'roster-read': ROSTER,
  'roster-applied': ROSTER,
  'roster-undone': ROSTER,
  'roster-discarded': ROSTER,
  'access-refused': [...SERIES, 'asked'],
  'backup-made': [],
  'backup-restored': [],
  'installation-begun': ['installation', 'found', 'objectsOf'],
  'clock-stepped': ['stepMs'],
} as const satisfies Record<AuditAction, readonly (keyof AuditSubject)[]>;

/** The subject of an act of these kinds. */
export type SubjectOf<Act extends AuditAction> = Pick<AuditSubject, (typeof SUBJECT_OF)[Act][number]>;

/** One act of a kind, before it is chained. Codes and ids only; words are the reader's. */
export interface ActOf<Act extends AuditAction> {
  readonly action: Act;
  readonly outcome: 'success' | 'refused' | 'failed';
  /** Who. */
  readonly who: {
    readonly kind: 'person' | 'system' | 'anonymous';
    readonly userId?: string;
    readonly job?: string;
    readonly facilityCode?: string;
    readonly aeTitle?: string;
    readonly through?: string;
  };
  /** From where. */
  readonly remoteAddress?: string;
  readonly what?: SubjectOf<Act>;
  /** To whom, when something was given. */
  readonly toFacilityCode?: string;
  /** By what right it was done. */
  readonly right?: Right;
  /** Why it was refused. */
  readonly refusal?: AuditRefusal;
}

export type AuditEntry = { [Act in AuditAction]: ActOf<Act> }[AuditAction];

/**
 * What goes on record of what was made or changed, in the same transaction: either both are there or neither.
 */
export type EntriesOf<Made> = (made: Made) => readonly AuditEntry[];

/** What was refused, to somebody or to nobody known. */
export type RefusedEntry = ActOf<'access-refused'> | ActOf<'sign-in-failed'>;

/** An act as it is read back, of whatever kind. */
export interface RecordedAct extends Omit<ActOf<AuditAction>, 'what'> {
  /** `words`: what an earlier version of the program wrote that has no code (`former-words.ts`). */
  readonly what?: AuditSubject & { readonly words?: string };
  /** What for: follows from the right (`purpose.ts`), whoever wrote the entry. Those of earlier versions have none. */
  readonly purpose?: Purpose;
}

/** Where refusals go: the first of a kind is written at once, repeated ones are counted (`gateway/usecases/record/record-refusal.ts`). Never rejects. */
export interface RefusalLog {
  refused(entry: RefusedEntry): Promise<void>;
}

/** An entry in the chain. `hash` = SHA-256 of `previousHash` + newline + `canonicalAudit(seq, at, entry)`, hexadecimal. */
export interface ChainedEntry {
  readonly seq: number;
  readonly at: Date;
  readonly entry: RecordedAct;
  readonly previousHash: string;
  readonly hash: string;
}

/**
 * An entry that is earlier than the one before by more is told of: `append_audit` puts a `clock-stepped` entry before it. Less is the
 * difference of the nodes' clocks. ms.
 */
export const RECORD_TIME_BACK_MS_MAX = 10_000;

/** The hash before the first entry. */
export const AUDIT_GENESIS_HASH = '0'.repeat(64);

/** The text that is hashed: JSON with sorted keys and no undefined, so that the same entry gives the same bytes for ever. */
export function canonicalAudit(seq: number, at: Date, entry: RecordedAct): string {
  return canonicalJson({ seq, at: at.toISOString(), entry });
}

/** An image was seen, or left as a file; a small picture in a list is neither, and neither is a list. */
export const LOOKING: readonly AuditAction[] = ['study-viewed', 'study-downloaded'];

/** A study as the record names it. */
export function auditStudy(study: {
  readonly owner: { readonly code: string };
  readonly ordinal: number;
  readonly study: { readonly studyInstanceUID: string };
}): Pick<AuditSubject, 'ownerFacilityCode' | 'studyInstanceUID' | 'ordinal'> {
  const { owner, ordinal } = study;
  return {
    ownerFacilityCode: owner.code,
    studyInstanceUID: study.study.studyInstanceUID,
    ...(ordinal === 1 ? {} : { ordinal }),
  };
}

/** Whoever owns the machine: an act by the command line, or at the start. */
export const BY_COMMAND = { kind: 'system', through: 'command' } as const satisfies AuditEntry['who'];

/** Who an actor is, as the record names them. */
export function auditWho(actor: Actor | undefined): AuditEntry['who'] {
  if (actor === undefined) return { kind: 'anonymous' };
  const facility = actor.facility === undefined ? {} : { facilityCode: actor.facility.code };
  if (actor.kind === 'person') {
    return { kind: 'person', userId: actor.userId, job: actor.job, through: actor.through, ...facility };
  }
  return { kind: 'system', through: actor.through, ...facility, ...(actor.aeTitle === undefined ? {} : { aeTitle: actor.aeTitle }) };
}

/** What somebody did: how each such entry begins. */
export function actBy(actor: Actor) {
  return { outcome: 'success', who: auditWho(actor), remoteAddress: actor.remoteAddress } as const;
}

/** What acts of a facility's people with what is its own have in common. */
export function actOfOwner(actor: Actor) {
  return { ...actBy(actor), right: { kind: 'owner' } } as const;
}

/** What acts of the region's administrators have in common. */
export function actOfAdministrator(actor: Actor) {
  return { ...actBy(actor), right: { kind: 'administrator' } } as const;
}

/** Sorted keys, no undefined: the same value gives the same bytes for ever. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
