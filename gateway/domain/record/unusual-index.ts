import type { FacilityCode, UserId } from '../identifiers.ts';
import type { SearchableName } from '../imaging/study.ts';
import type { Proven } from '../people/credentials.ts';
import type { EntriesOf } from './audit.ts';
import type { RegionUnusual, UnusualRule } from './unusual-rules.ts';
import type { UnusualDecision, UnusualFinding, UnusualReason, Viewing } from './unusual-use.ts';

/** A line of the queue: decided, or waiting. */
export interface UnusualUse {
  readonly id: string;
  readonly rule: UnusualRule;
  readonly userId: UserId;
  readonly facilityCode: FacilityCode | undefined;
  readonly day: string;
  readonly ownerFacilityCode: FacilityCode | undefined;
  readonly patientID: string | undefined;
  readonly reason: UnusualReason;
  /** Numbers of the record, in order. */
  readonly evidence: readonly number[];
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly decided: { readonly at: Date; readonly by: UserId; readonly decision: UnusualDecision; readonly words: string } | undefined;
}

export interface UnusualRevision {
  /** 0: nothing was ever changed. */
  readonly revision: number;
  readonly changedAt: Date | undefined;
  readonly changedBy: UserId | undefined;
  readonly region: RegionUnusual;
}

export interface KeptViewing extends Viewing {
  readonly patientName: SearchableName['folded'];
  readonly lastSeenAt: Date | undefined;
}

export interface KeptPerson {
  readonly userId: UserId;
  readonly facilityCode: string | undefined;
  readonly name: string;
  readonly nameKana: string;
}

/** A stretch of the record as it is kept; `unusual-use.ts` says what is what. */
export interface KeptStretch {
  readonly views: readonly KeptViewing[];
  readonly before: readonly Viewing[];
  readonly viewers: readonly KeptPerson[];
  readonly staff: readonly KeptPerson[];
  readonly region: RegionUnusual;
}

/** Implemented by `storage/index/record/unusual.ts`. */
export interface UnusualUseIndex {
  /**
   * Judges at most `limit` entries on from where it was left, one process at a time, and keeps what is found: how many it went on by. What is found again
   * before it is decided is one line.
   */
  judgeSome(limit: number, judge: (stretch: KeptStretch) => readonly UnusualFinding[]): Promise<number>;
  /** Those that wait, the earliest first; those that were decided, the latest first. */
  list(page: { readonly decided: boolean; readonly after?: string; readonly limit: number }): Promise<readonly UnusualUse[]>;
  waiting(): Promise<number>;
  use(id: string): Promise<UnusualUse | undefined>;
  /** @throws not-found; conflict when it was decided; unauthenticated, denied when the proof has ended */
  decide(
    id: string,
    decided: { readonly decision: UnusualDecision; readonly words: string; readonly by: UserId },
    entries: EntriesOf<UnusualUse>,
    proven: Proven,
  ): Promise<UnusualUse>;
  rules(): Promise<UnusualRevision>;
  /** @throws conflict when another revision stands by now; unauthenticated, denied when the proof has ended */
  setRules(
    change: { readonly revision: number; readonly region: RegionUnusual; readonly by: UserId },
    entries: EntriesOf<UnusualRevision>,
    proven: Proven,
  ): Promise<UnusualRevision>;
}
