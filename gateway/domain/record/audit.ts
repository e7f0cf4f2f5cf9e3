import type { Actor } from '../people/actor.ts';

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

/** One act, before it is chained. Ids, counts and codes only: no name, no birth date. */
export interface AuditEntry {
  readonly action: AuditAction;
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
  /** What: the owning facility's code, the UIDs and how many instances (or rows, for a list). */
  readonly what?: {
    readonly ownerFacilityCode?: string;
    readonly patientID?: string;
    readonly studyInstanceUID?: string;
    /** Which of the owner's studies under the UID; absent for the first. */
    readonly ordinal?: number;
    readonly seriesInstanceUID?: string;
    readonly sopInstanceUID?: string;
    readonly count?: number;
    readonly detail?: string;
  };
  /** To whom, when something was given. */
  readonly toFacilityCode?: string;
  /** By what right: the reason `gateway/domain/sharing/access.ts` gave. */
  readonly right?: string;
}

/** Where refusals go: the first of a kind is written at once, repeated ones are counted (`gateway/usecases/record/record-refusal.ts`). Never rejects. */
export interface RefusalLog {
  refused(entry: AuditEntry): Promise<void>;
}

/** An entry in the chain. `hash` = SHA-256 of `previousHash` + newline + `canonicalAudit(seq, at, entry)`, hexadecimal. */
export interface ChainedEntry {
  readonly seq: number;
  readonly at: Date;
  readonly entry: AuditEntry;
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
export function canonicalAudit(seq: number, at: Date, entry: AuditEntry): string {
  return canonicalJson({ seq, at: at.toISOString(), entry });
}

/** A study as the record names it. */
export function auditStudy(study: {
  readonly owner: { readonly code: string };
  readonly ordinal: number;
  readonly study: { readonly studyInstanceUID: string };
}): NonNullable<AuditEntry['what']> {
  const { owner, ordinal } = study;
  return {
    ownerFacilityCode: owner.code,
    studyInstanceUID: study.study.studyInstanceUID,
    ...(ordinal === 1 ? {} : { ordinal }),
  };
}

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
