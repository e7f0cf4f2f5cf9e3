import type { FacilityCode, StudyInstanceUID, UserId } from '../identifiers.ts';
import type { AuditEntry, ChainedEntry } from './audit.ts';
import type { RecordPoint } from './record-proof.ts';

/** Implemented by `storage/index/record/audit.ts`. */
export interface AuditLog {
  /** Durable when it resolves. Entries that arrive together share a commit; the chain has one order on all nodes. */
  append(entries: readonly AuditEntry[]): Promise<void>;
  /** Newest first. */
  find(filter: AuditFilter): Promise<readonly ChainedEntry[]>;
  /** How many there are. */
  count(filter: Omit<AuditFilter, 'limit'>): Promise<number>;
  /** Walks the whole chain, and compares it with points that were noted outside (in order of their numbers). */
  verify(points?: readonly RecordPoint[], options?: VerifyOptions): Promise<RecordVerdict>;
  /** The last entry's point, as the database says. */
  head(): Promise<RecordPoint>;
  /** Walks at most `limit` entries on from `from`, which must be in the chain: to where, or where it first does not fit. */
  walk(from: RecordPoint, limit: number): Promise<{ readonly to: RecordPoint } | { readonly brokenSeq: number }>;
}

/** How far a chain was walked and found to fit. */
export interface VerifiedTo extends RecordPoint {
  /** Of that entry; undefined: none was. */
  readonly at: Date | undefined;
  readonly timesBackwards: number;
}

export interface VerifyOptions {
  /** From there on, as long as what is there and each point before it stands as it did; otherwise from the beginning. */
  readonly from?: VerifiedTo;
  /** Told now and then how far it came. */
  readonly heard?: (to: VerifiedTo) => Promise<void>;
  /** Entries read at once. */
  readonly page?: number;
}

export type RecordVerdict = RecordTimes &
  (
    | { readonly intact: true; readonly entries: number }
    | {
        readonly intact: false;
        /** The first entry that does not fit, or is missing. After `otherwise-noted`: the first that no point outside vouches for. */
        readonly firstBrokenSeq: number;
        /** Entries up to there that fit. */
        readonly entries: number;
        /** An entry does not follow from the one before; entries are missing at the end; the chain fits in itself, but is not the one noted outside. */
        readonly because: 'chain' | 'cut' | 'otherwise-noted';
      }
  );

export interface RecordTimes {
  /** How often an entry is earlier than the one before by more than RECORD_TIME_BACK_MS_MAX, other than where the record says the clock was set. */
  readonly timesBackwards?: number;
}

export interface AuditFilter {
  readonly studyInstanceUID?: StudyInstanceUID;
  readonly ownerFacilityCode?: FacilityCode;
  /** Not of the owner's other studies under the UID, as far as they hold anything: what was settled into this one counts with it. */
  readonly ordinal?: number;
  readonly actions?: readonly AuditEntry['action'][];
  readonly userId?: UserId;
  /** Of who did it. */
  readonly facilityCode?: FacilityCode;
  /** To whom something was given. */
  readonly toFacilityCode?: FacilityCode;
  /** At the other end of a letter, seen from who did it. */
  readonly otherFacilityCode?: FacilityCode;
  readonly outcome?: AuditEntry['outcome'];
  /** A Patient ID, whoever's, or a Study Instance UID. */
  readonly about?: string;
  /** Both included. */
  readonly from?: Date;
  readonly to?: Date;
  /** This one included. */
  readonly fromSeq?: number;
  readonly beforeSeq?: number;
  readonly limit: number;
}
