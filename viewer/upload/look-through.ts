/**
 * Before anything is sent: what was dropped, and whose images these are. Of each file only its header is read. What is kept of a file
 * is its path and where it belongs; the rest adds up to rows.
 */
import { isMacMetadata, looksLikeDicom } from './files/looks-like.ts';
import { OwnPaths } from './files/own-paths.ts';
import { type ItemSource, UnreadableFile, type UnreadableReason, type UploadItem } from './files/upload-items.ts';
import { type PatientOnDisc, PatientsOnDisc } from './patients/patients-on-disc.ts';
import { FIRST_BYTES, type ImageHeader, readHeader } from './patients/read-header.ts';

export const FILES_MAX = 100_000;
export const PROBLEMS_MAX = 1_000;

/** `not-named`: DICOM in which no patient and study can be read here; the gateway may. */
export type NoImage = 'not-dicom' | 'passed-over' | 'dicomdir' | 'not-named' | 'unreadable';

export interface FoundProblem {
  readonly path: string;
  readonly outcome: Exclude<NoImage, 'dicomdir'>;
  /** Of what is unreadable. */
  readonly reason?: UnreadableReason;
  readonly detail?: string;
}

export interface DiscContents {
  readonly found: number;
  readonly patients: readonly PatientOnDisc[];
  readonly counts: Readonly<Record<NoImage, number>>;
  readonly notNamedBytes: number;
  /** At most PROBLEMS_MAX of each outcome; `counts` has them all. */
  readonly problems: readonly FoundProblem[];
  readonly overLimit: boolean;
}

/** Which of the images are to be taken in. */
export interface Choice {
  /** Of a path that was looked through; `look` when that said nothing: it must be looked at again. */
  standing(path: string): 'look' | 'left-out' | Exclude<NoImage, 'unreadable' | 'not-named'>;
  /** Asked again with the file that is to be sent: a disc may have been changed for another meanwhile. */
  takes(header: ImageHeader | undefined): boolean;
  readonly files: number;
  readonly bytes: number;
}

export interface Disc {
  readonly contents: DiscContents;
  /** `patients`: their places in `contents.patients`. */
  choose(patients: ReadonlySet<number>, notNamed: boolean): Choice;
  /** The place in `contents.patients` of the patient whose image it is. */
  numberOf(header: ImageHeader): number | undefined;
}

/** @throws the signal's reason */
export async function lookThrough(
  sources: readonly ItemSource[],
  onProgress: (found: number, patients: number) => void,
  signal: AbortSignal,
): Promise<Disc> {
  const look = new Look();
  const paths = new OwnPaths();
  for (const source of sources) {
    for await (const item of source.items(signal)) {
      signal.throwIfAborted();
      if (look.isFull()) return look;
      await look.at(item, paths.of(item.path), signal);
      onProgress(look.found, look.patients.count);
    }
  }
  return look;
}

class Look implements Disc {
  found = 0;
  readonly patients = new PatientsOnDisc();
  private readonly counts: Record<NoImage, number> = { 'not-dicom': 0, 'passed-over': 0, dicomdir: 0, 'not-named': 0, unreadable: 0 };
  private readonly problems: FoundProblem[] = [];
  private readonly places = new Map<string, number | NoImage | 'left-out'>();
  private notNamedBytes = 0;
  private overLimit = false;

  get contents(): DiscContents {
    const { found, counts, notNamedBytes, problems, overLimit } = this;
    return { found, patients: this.patients.list(), counts: { ...counts }, notNamedBytes, problems: [...problems], overLimit };
  }

  /** There is more than is looked through at once. */
  isFull(): boolean {
    this.overLimit ||= this.found >= FILES_MAX;
    return this.found >= FILES_MAX;
  }

  async at(item: UploadItem, path: string, signal: AbortSignal): Promise<void> {
    this.found += 1;
    try {
      const first = await item.head(FIRST_BYTES);
      if (!looksLikeDicom(first)) this.note(path, isMacMetadata(path) ? 'passed-over' : 'not-dicom');
      else this.place(path, item.bytes, await readHeader(async (bytes) => (bytes <= FIRST_BYTES ? first : item.head(bytes))));
    } catch (thrown) {
      signal.throwIfAborted();
      const { reason, detail } = thrown instanceof UnreadableFile ? thrown : new UnreadableFile('not-readable');
      this.note(path, 'unreadable', { reason, detail });
    }
  }

  choose(chosen: ReadonlySet<number>, notNamed: boolean): Choice {
    const rows = this.patients.list().filter((_, number) => chosen.has(number));
    const sum = (of: 'files' | 'bytes') => rows.reduce((total, row) => total + row[of], 0);
    return {
      standing: (path) => {
        const place = this.places.get(path);
        if (typeof place === 'number') return chosen.has(place) ? 'look' : 'left-out';
        if (place === 'not-named') return notNamed ? 'look' : 'left-out';
        return place === undefined || place === 'unreadable' ? 'look' : place;
      },
      takes: (header) => (header === undefined ? notNamed : chosen.has(this.patients.numberOf(header) ?? -1)),
      files: sum('files') + (notNamed ? this.counts['not-named'] : 0),
      bytes: sum('bytes') + (notNamed ? this.notNamedBytes : 0),
    };
  }

  numberOf(header: ImageHeader): number | undefined {
    return this.patients.numberOf(header);
  }

  private place(path: string, bytes: number, header: ImageHeader | 'dicomdir' | undefined): void {
    if (header === 'dicomdir') this.note(path, 'dicomdir');
    else if (header === undefined) {
      this.notNamedBytes += bytes;
      this.note(path, 'not-named');
    } else {
      const number = this.patients.add(header, bytes);
      this.overLimit ||= number === undefined;
      this.places.set(path, number ?? 'left-out');
    }
  }

  private note(path: string, outcome: NoImage, why: Pick<FoundProblem, 'reason' | 'detail'> = {}): void {
    this.counts[outcome] += 1;
    this.places.set(path, outcome);
    if (outcome !== 'dicomdir' && this.counts[outcome] <= PROBLEMS_MAX) this.problems.push({ path, outcome, ...why });
  }
}
