/**
 * Files that people hand in beside images: what shows a consent, a notice's photograph, what is with a letter. Each is kept under its digest, once a facility, and
 * has a row; it stays while something names it.
 */
import type { FacilityCode, FacilityId, ObjectKey, Sha256, UserId } from '../identifiers.ts';
import type { Standing } from '../people/credentials.ts';
import type { EntriesOf } from '../record/audit.ts';

export const KEPT_FILE_KINDS = ['consent', 'letter'] as const;
export type KeptFileKind = (typeof KEPT_FILE_KINDS)[number];

/** Files of a facility and a kind that nothing names: handed in and not used yet, or taken out of a draft. */
export const UNNAMED_FILES_MAX = 200;
/** What nothing has named for so long is removed: a form is scanned, and its consent given, within one day's work. */
export const UNNAMED_FILE_MS_MAX = 24 * 3_600_000;

/** What each kind is kept under. */
export const KEPT_FILE_FOLDERS = { consent: 'consents/', letter: 'letters/' } as const satisfies Record<KeptFileKind, string>;

export interface KeptFile {
  readonly key: ObjectKey;
  readonly facilityCode: FacilityCode;
  readonly kind: KeptFileKind;
  /** As its kind tells files apart. */
  readonly type: string;
  readonly sha256: Sha256;
  /** Undefined: of before rows were kept of them. */
  readonly bytes: number | undefined;
}

/** Implemented by `storage/index/operation/kept-files.ts`. */
export interface KeptFileIndex {
  /**
   * Before its bytes get their name: whatever becomes of them, there is a row by which they are removed.
   * @throws conflict: UNNAMED_FILES_MAX
   */
  claim(facilityId: FacilityId, file: Pick<KeptFile, 'key' | 'kind' | 'type'> & { readonly bytes: number }): Promise<void>;
  /** Its bytes have their name, and it may be named from now on. @throws busy: it was removed meanwhile; unauthenticated, denied */
  finish(key: ObjectKey, by: UserId | undefined, entries: EntriesOf<KeptFile>, proven: Standing): Promise<void>;
  /** Undefined: none of the facility's, or its bytes are not there yet. */
  file(facilityId: FacilityId, key: ObjectKey): Promise<KeptFile | undefined>;
  /**
   * Removes one that nothing has named since before then. `remove` takes its bytes away while nobody can name it or hand it in again; when that
   * fails, all stays as it was. Undefined: there is none.
   */
  removeUnnamed(before: Date, remove: (key: ObjectKey) => Promise<void>, entries: EntriesOf<KeptFile>): Promise<KeptFile | undefined>;
  /** Those whose bytes are there, in the order of their names. */
  all(after?: ObjectKey): AsyncIterable<KeptFile>;
  /** Also one whose bytes are on their way. */
  has(key: ObjectKey): Promise<boolean>;
}
