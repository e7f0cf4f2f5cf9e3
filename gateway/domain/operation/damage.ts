import type { FacilityCode, ObjectKey } from '../identifiers.ts';
import type { SeriesName } from '../imaging/derived.ts';

/** What ails a kept object. */
export type ObjectProblem =
  /** The index refers to it, and no object has the name. */
  | 'missing'
  /** It does not have the length it was stored with. */
  | 'length'
  /** Its bytes do not have the digest or checksum they were stored with, or are not what such an object is. */
  | 'corrupt'
  /** The store is there but cannot read this one: rights, or a part of the disk. */
  | 'unreadable';

export type FoundBy = 'read' | 'scrub' | 'verify' | 'backup';

/** An original, an object in quarantine or a file beside images that is not what was received. */
export interface DamagedObject {
  readonly key: ObjectKey;
  readonly facilityCode: FacilityCode;
  readonly problem: ObjectProblem;
  readonly foundBy: FoundBy;
  readonly foundAt: Date;
  readonly seenAt: Date;
}

/** How far the scrub has come. */
export interface ScrubState {
  /** Rises with each pass over everything. */
  readonly pass: number;
  readonly stage: ScrubStage;
  /** Of the stage's last object or series that was looked at; '' at its beginning. */
  readonly position: string;
  readonly passBeganAt: Date;
  /** Of the pass before; undefined: none has come to its end. */
  readonly lastPassEndedAt: Date | undefined;
  /** In this pass so far. */
  readonly objects: number;
  readonly bytes: number;
  readonly damaged: number;
}

export type ScrubStage = 'originals' | 'quarantine' | 'files' | 'derived' | 'resting';

/** What is known to be damaged, and the scrub's place. Shared by all nodes. Implemented by `storage/index/operation/damage.ts`. */
export interface DamageIndex {
  /**
   * Remembers what was handed in, is damaged, and has a row, and tells its owner the first time. Returns whether it is news.
   * Up to DAMAGED_OBJECTS_MAX are remembered; more are counted and logged only.
   */
  report(key: ObjectKey, problem: ObjectProblem, by: FoundBy): Promise<boolean>;
  /** It is whole again. Returns whether it was known as damaged. */
  mended(key: ObjectKey): Promise<boolean>;
  /** In the order of their names. */
  list(page: { readonly after?: ObjectKey; readonly limit: number }): Promise<readonly DamagedObject[]>;
  count(): Promise<number>;
  scrubState(): Promise<ScrubState | undefined>;
  /** The scrub's place, when no other node holds it; it is this holder's until `until`. */
  leaseScrub(holder: string, now: Date, until: Date): Promise<ScrubState | undefined>;
  /** Moves the place on and holds it until `until`; false when another node has taken it meanwhile. */
  moveScrub(holder: string, state: ScrubState, until: Date): Promise<boolean>;
}

/** Where a room says that an object is not what it should be. Implemented by `gateway/usecases/operate/report-damage.ts`. */
export interface DamageReports {
  /** Never throws and returns at once. What is derived is removed and made anew; what is not is on the list and its owner is told. */
  found(key: ObjectKey, problem: ObjectProblem, by?: FoundBy): void;
  /** A derived object was looked for and is not there though it could be: it is made when nobody has made it by then. */
  wanted(series: SeriesName): void;
  /** An object is whole, and may have been on the list. */
  mended(key: ObjectKey): void;
  /** Resolves when what was reported so far has been dealt with. */
  settled(): Promise<void>;
}

/** Where nobody is told: tests of other things. */
export const NO_REPORTS: DamageReports = { found: () => {}, wanted: () => {}, mended: () => {}, settled: async () => {} };
