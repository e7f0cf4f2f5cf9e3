import { type DirectoryRecord, directoryRecord } from '../../dicom/directory/directory-file.ts';
import { instanceRecord } from '../../dicom/directory/record-types.ts';
import { normaliseTime } from '../../dicom/text/date-time.ts';
import type { PatientNo, SeriesId, TransferSyntaxUID } from '../../domain/identifiers.ts';
import type { DicomJson, DicomJsonValue, PersonNameJson } from '../../domain/imaging/dataset.ts';
import { textOf } from '../../domain/imaging/header-values.ts';
import type { IndexedInstance, IndexedSeries, IndexedStudy } from '../../domain/imaging/study.ts';

/** What the directory's records may weigh together: files past it are in the file-set and not in the directory. */
export const DIRECTORY_BYTES_MAX = 64 * 1024 * 1024;

/** Where a type 1 key has no value in the images. Not a day on which anything was examined. */
const NO_DATE = '19000101';
const NO_TIME = '000000';

/** What the index page says of the file-set. */
export interface SetPatient {
  readonly name: PersonNameJson;
  readonly patientID: string;
  readonly birthDate: string;
  readonly sex: string;
  readonly studies: SetStudy[];
}
export interface SetStudy {
  readonly date: string;
  readonly description: string;
  readonly facility: string;
  readonly folder: string;
  readonly series: SetSeries[];
}
export interface SetSeries {
  readonly modality: string;
  readonly number: number | null;
  readonly description: string;
  files: number;
}

interface Level<Page> {
  readonly path: readonly string[];
  readonly record: DirectoryRecord;
  readonly page: Page;
  /** Of what lies below. */
  count: number;
}

/**
 * A file-set in the making, PS3.10 8: where each file lies, the records of its directory, and what its page says. Of an instance it keeps its record.
 * Names are of 8 characters at most, so that they are the same on any medium (PS3.10 8.2, ISO 9660 level 1).
 */
export class FileSet {
  readonly roots: DirectoryRecord[] = [];
  readonly patients: SetPatient[] = [];
  files = 0;
  /** Files that the directory does not name. */
  unlisted = 0;
  #recordBytes = 0;
  readonly #patients = new Map<PatientNo, Level<SetPatient>>();
  readonly #series = new Map<SeriesId, Level<SetSeries>>();
  readonly #listed = new Set<string>();
  #study: Level<SetStudy> | undefined;

  /** What is placed from now on is of this study. */
  beginStudy({ study, owner, patientNo }: IndexedStudy): void {
    const patient = this.#patients.get(patientNo) ?? this.#addPatient(patientNo, study);
    const path = below(patient, 'ST');
    const folder = path.at(-1) as string;
    const keys: DicomJson = {
      '00080020': one('DA', study.studyDate || NO_DATE),
      '00080030': one('TM', normaliseTime(study.studyTime)?.from.replace(/\.0+$/, '') ?? NO_TIME),
      '00080050': one('SH', study.accessionNumber),
      '00081030': one('LO', study.studyDescription),
      '0020000D': one('UI', study.studyInstanceUID),
      '00200010': one('SH', study.studyID || folder),
    };
    const page = { date: study.studyDate, description: study.studyDescription, facility: owner.name, folder: path.join('/'), series: [] };
    this.#study = { path, record: this.#record(patient.record.lower, 'STUDY', keys), page, count: 0 };
    patient.page.studies.push(page);
  }

  hasSeries(seriesId: SeriesId): boolean {
    return this.#series.has(seriesId);
  }

  addSeries({ id, series }: IndexedSeries): void {
    const study = this.#study as Level<SetStudy>;
    const path = below(study, 'SE');
    const institution = textOf(series.attributes, '00080080') ?? '';
    const keys: DicomJson = {
      '00080060': one('CS', /[A-Za-z0-9]/.test(series.modality) ? series.modality : 'OT'),
      ...(institution === '' ? {} : { '00080080': one('LO', institution) }),
      ...(series.seriesDescription === '' ? {} : { '0008103E': one('LO', series.seriesDescription) }),
      '0020000E': one('UI', series.seriesInstanceUID),
      '00200011': one('IS', String(series.seriesNumber ?? study.count)),
    };
    const page = { modality: series.modality, number: series.seriesNumber, description: series.seriesDescription, files: 0 };
    this.#series.set(id, { path, record: this.#record(study.record.lower, 'SERIES', keys), page, count: 0 });
    study.page.series.push(page);
  }

  /** The file ID of the next file of that series. */
  place({ seriesId }: Pick<IndexedInstance, 'seriesId'>): readonly string[] {
    return below(this.#series.get(seriesId) as Level<SetSeries>, 'IM');
  }

  /** The file is in the set. */
  list(path: readonly string[], indexed: IndexedInstance, transferSyntaxUID: TransferSyntaxUID, header: DicomJson | undefined): void {
    const { sopClassUID, sopInstanceUID, numberOfFrames, instanceNumber } = indexed.instance;
    const series = this.#series.get(indexed.seriesId) as Level<SetSeries>;
    const known = instanceRecord(sopClassUID, numberOfFrames, header);
    this.files++;
    series.page.files++;
    // A UID names one file of a set, PS3.10 8.1.
    if (known === undefined || this.#listed.has(sopInstanceUID) || this.#recordBytes >= DIRECTORY_BYTES_MAX) {
      this.unlisted++;
      return;
    }
    this.#listed.add(sopInstanceUID);
    const keys = { ...known.keys, '00200013': one('IS', String(instanceNumber ?? series.count)) };
    this.#record(series.record.lower, known.type, keys, { path, sopClassUID, sopInstanceUID, transferSyntaxUID });
  }

  #addPatient(no: PatientNo, study: IndexedStudy['study']): Level<SetPatient> {
    const path = ['DICOM', numbered('PT', this.#patients.size + 1)];
    const name = study.patientName.value;
    const { patientBirthDate: birthDate, patientSex: sex } = study;
    const keys: DicomJson = {
      '00100010': one('PN', name),
      '00100020': one('LO', study.patientID || (path.at(-1) as string)),
      ...(birthDate === '' ? {} : { '00100030': one('DA', birthDate) }),
      ...(sex === '' ? {} : { '00100040': one('CS', sex) }),
    };
    const page = { name, patientID: study.patientID, birthDate, sex, studies: [] };
    const patient = { path, record: this.#record(this.roots, 'PATIENT', keys), page, count: 0 };
    this.#patients.set(no, patient);
    this.patients.push(page);
    return patient;
  }

  #record(level: DirectoryRecord[], ...of: Parameters<typeof directoryRecord>): DirectoryRecord {
    const record = directoryRecord(...of);
    this.#recordBytes += record.bytes.length;
    level.push(record);
    return record;
  }
}

const one = (vr: string, value: DicomJsonValue) => ({ vr, Value: [value] });

function below(level: Level<unknown>, kind: string): readonly string[] {
  level.count++;
  return [...level.path, numbered(kind, level.count)];
}

function numbered(kind: string, count: number): string {
  return `${kind}${String(count).padStart(6, '0')}`;
}
