import type { Actor } from '../people/actor.ts';
import type { RefusalReason, Right } from '../sharing/access.ts';
import type { Purpose } from './purpose.ts';

/** What happened. One word an act; PS3.15 A.5 names the classes these map to. */
export type AuditAction =
  | 'sign-in'
  | 'sign-in-failed'
  | 'sign-out'
  | 'session-ended'
  | 'account-guessed-at'
  | 'token-created'
  | 'token-revoked'
  | 'facility-created'
  | 'facility-changed'
  | 'user-created'
  | 'user-changed'
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
  | 'disclosures-listed'
  | 'record-exported'
  | 'access-refused'
  | 'backup-made'
  | 'backup-restored'
  | 'installation-begun'
  | 'clock-stepped';

/** Why a door refused before anybody was known, or knew what was asked for; beside the reasons of `access.ts`. */
export const DOOR_REFUSALS = ['csrf', 'token-unknown', 'token-expired', 'token-revoked', 'token-disabled', 'unknown-ae-title'] as const;
export type AuditRefusal = RefusalReason | (typeof DOOR_REFUSALS)[number];

export const SIGN_IN_FAILURES = ['unknown', 'disabled', 'password', 'must-wait', 'from-many-networks'] as const;
export type SignInFailure = (typeof SIGN_IN_FAILURES)[number];
export const AUDIT_LISTS = ['study-list', 'studies', 'series', 'instances', 'notices'] as const;
export const INSTALLATION_BEGINNINGS = ['first-start', 'start-new', 'reindex'] as const;

/** What an act was about: ids, counts and codes only, never a name or a birth date. Which of them an act may have: `SUBJECT_OF`. */
export interface AuditSubject {
  /** Code of the facility whose data it is. */
  readonly ownerFacilityCode?: string;
  readonly patientID?: string;
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
  readonly list?: (typeof AUDIT_LISTS)[number];
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
  /** Which of the account's or facility's parts changed; of what can be on or off, which it is now. */
  readonly changes?: readonly string[];
  readonly tokenId?: string;
  readonly days?: number;
  /** Absent: all but the one that asked. */
  readonly sessionId?: string;
  readonly newDevice?: true;
  readonly failure?: SignInFailure;
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
  /** How long a view lasted, from its first request to its last. */
  readonly seconds?: number;
  /** By how much a clock was set, ms; negative: back. */
  readonly stepMs?: number;
}

const STUDY = ['ownerFacilityCode', 'patientID', 'studyInstanceUID', 'ordinal'] as const;
const SERIES = [...STUDY, 'seriesInstanceUID', 'sopInstanceUID', 'count'] as const;

/** What each act may say of its subject. */
export const SUBJECT_OF = {
  'sign-in': ['newDevice'],
  'sign-in-failed': ['failure', 'count'],
  'sign-out': [],
  'session-ended': ['sessionId', 'count'],
  'account-guessed-at': ['failure'],
  'token-created': ['userId', 'tokenId', 'days'],
  'token-revoked': ['tokenId'],
  'facility-created': ['facilityCode'],
  'facility-changed': ['facilityCode', 'changes'],
  'user-created': ['userId', 'job', 'changes'],
  'user-changed': ['userId', 'changes'],
  'study-received': SERIES,
  'instance-quarantined': ['ownerFacilityCode', 'quarantine', 'count'],
  'quarantined-taken-out': ['ownerFacilityCode', 'quarantine', 'count'],
  'quarantined-retried': ['ownerFacilityCode', 'quarantine', 'count'],
  'instance-new-version': SERIES,
  'place-settled': [...SERIES, 'noticeId', 'noticeKind', 'settlement', 'fromStudyInstanceUID', 'fromOrdinal'],
  'studies-listed': [...SERIES, 'list'],
  'study-viewed': SERIES,
  'view-ended': [...SERIES, 'seconds'],
  'thumbnails-viewed': SERIES,
  'study-downloaded': [...SERIES, 'of', 'oneByOne'],
  'study-shared': [...SERIES, 'job', 'userId', 'notBefore', 'until', 'viewOnly', 'heldBack'],
  'share-revoked': [...SERIES, 'job', 'userId', 'noticeId', 'settlement'],
  'disclosures-listed': SERIES,
  'record-exported': ['count'],
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
  /** What for: follows from the right (`gateway/domain/record/purpose.ts`). Entries of earlier versions have none. */
  readonly purpose?: Purpose;
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
