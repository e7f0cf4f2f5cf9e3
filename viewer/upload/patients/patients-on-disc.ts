/**
 * Whose images were found, gathered while files are looked through: a row a patient, with their exams. Stricter than the gateway, which
 * goes by the patient ID alone: here a person is to notice that two names stand under one ID.
 */
import type { ImageHeader } from './read-header.ts';

export type NameGroups = ImageHeader['patientName'];

export interface StudyOnDisc {
  readonly studyInstanceUID: string;
  readonly studyDate: string;
  /** As the first image that has one says. */
  readonly studyDescription: string;
  readonly modalities: readonly string[];
  readonly files: number;
  readonly bytes: number;
  readonly sopInstanceUIDs: readonly string[];
}

export interface PatientOnDisc {
  readonly patientName: NameGroups;
  readonly patientID: string;
  readonly issuerOfPatientID: string;
  readonly patientBirthDate: string;
  readonly patientSex: string;
  readonly files: number;
  readonly bytes: number;
  /** Newest first. */
  readonly studies: readonly StudyOnDisc[];
  /** Another patient here has the same ID. */
  readonly sharesID: boolean;
}

/** Patients and exams together; a disc has one patient, an archive of a whole year some thousands. */
export const ROWS_MAX = 10_000;

interface Study {
  studyInstanceUID: string;
  studyDate: string;
  studyDescription: string;
  modalities: Set<string>;
  files: number;
  bytes: number;
  sopInstanceUIDs: string[];
}
interface Patient {
  names: NameGroups;
  patientID: string;
  issuerOfPatientID: string;
  patientBirthDate: string;
  patientSex: string;
  studies: Map<string, Study>;
}

export class PatientsOnDisc {
  private readonly patients: Patient[] = [];
  private readonly byID = new Map<string, number[]>();
  /** What a header says of its patient → which patient it is. */
  private readonly known = new Map<string, number>();
  private rows = 0;

  get count(): number {
    return this.patients.length;
  }

  /** The patient's number, from 0; undefined when there are more rows than ROWS_MAX, so that the image is in none. */
  add(header: ImageHeader, bytes: number): number | undefined {
    const number = this.numberOf(header) ?? this.numbered(header);
    if (number === undefined) return undefined;
    const patient = this.patients[number] as Patient;
    fillIn(patient, header);
    const study = patient.studies.get(header.studyInstanceUID) ?? this.newStudy(patient, header);
    if (study === undefined) return undefined;
    study.files += 1;
    study.bytes += bytes;
    study.studyDate ||= header.studyDate;
    study.studyDescription ||= header.studyDescription;
    if (header.modality !== '') study.modalities.add(header.modality);
    study.sopInstanceUIDs.push(header.sopInstanceUID);
    return number;
  }

  /** Which patient an image belongs to that was looked through; undefined: to none of them. */
  numberOf(header: ImageHeader): number | undefined {
    return this.known.get(saying(header));
  }

  list(): PatientOnDisc[] {
    return this.patients.map((patient) => {
      const studies = [...patient.studies.values()].map((study) => ({ ...study, modalities: [...study.modalities] }));
      const { names, patientID, issuerOfPatientID, patientBirthDate, patientSex } = patient;
      return {
        ...{ patientName: names, patientID, issuerOfPatientID, patientBirthDate, patientSex },
        files: studies.reduce((sum, { files }) => sum + files, 0),
        bytes: studies.reduce((sum, { bytes }) => sum + bytes, 0),
        studies: studies.toSorted((a, b) => b.studyDate.localeCompare(a.studyDate)),
        sharesID: patientID !== '' && (this.byID.get(patientID)?.length ?? 0) > 1,
      };
    });
  }

  private numbered(header: ImageHeader): number | undefined {
    const same = this.byID.get(header.patientID) ?? [];
    let number = same.find((one) => isSamePatient(this.patients[one] as Patient, header));
    if (number === undefined) {
      if (this.rows >= ROWS_MAX) return undefined;
      this.rows += 1;
      const { patientName: names, patientID, issuerOfPatientID, patientBirthDate, patientSex } = header;
      number = this.patients.push({ names, patientID, issuerOfPatientID, patientBirthDate, patientSex, studies: new Map() }) - 1;
      this.byID.set(patientID, [...same, number]);
    }
    if (this.known.size < 2 * ROWS_MAX) this.known.set(saying(header), number);
    return number;
  }

  private newStudy(patient: Patient, { studyInstanceUID, studyDate, studyDescription }: ImageHeader): Study | undefined {
    if (this.rows >= ROWS_MAX) return undefined;
    this.rows += 1;
    const study = { studyInstanceUID, studyDate, studyDescription, modalities: new Set<string>(), files: 0, bytes: 0, sopInstanceUIDs: [] };
    patient.studies.set(studyInstanceUID, study);
    return study;
  }
}

function saying({ patientID, issuerOfPatientID, patientBirthDate, patientName }: ImageHeader): string {
  return JSON.stringify([patientID, issuerOfPatientID, patientBirthDate, ...Object.values(patientName)]);
}

/** Under one ID: nothing that both say differs, but for the way a name is written. */
function isSamePatient(patient: Patient, header: ImageHeader): boolean {
  if (differ(patient.issuerOfPatientID, header.issuerOfPatientID)) return false;
  if (differ(patient.patientBirthDate, header.patientBirthDate)) return false;
  const groups = (['Alphabetic', 'Ideographic', 'Phonetic'] as const).map((group) => [
    plain(patient.names[group]),
    plain(header.patientName[group]),
  ]);
  const both = groups.filter(([a, b]) => a !== '' && b !== '');
  if (both.length > 0) return both.some(([a, b]) => a === b);
  // Written in different scripts, or one without a name: the birth date must say it.
  const named = [patient.names, header.patientName].every((name) => Object.values(name).some((group) => group !== ''));
  return !named || patient.patientBirthDate === header.patientBirthDate;
}

const differ = (a: string, b: string) => a !== '' && b !== '' && a !== b;
/** Width, case and the ways to part a name's components are no difference. */
const plain = (group: string) =>
  group
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s^]+/g, ' ')
    .trim();

function fillIn(patient: Patient, header: ImageHeader): void {
  const { names } = patient;
  patient.names = {
    Alphabetic: names.Alphabetic || header.patientName.Alphabetic,
    Ideographic: names.Ideographic || header.patientName.Ideographic,
    Phonetic: names.Phonetic || header.patientName.Phonetic,
  };
  patient.issuerOfPatientID ||= header.issuerOfPatientID;
  patient.patientBirthDate ||= header.patientBirthDate;
  patient.patientSex ||= header.patientSex;
}
