/** What a facility's roster or receipt file says of its patients, as a value: who is in it, and which of its lines are faulty and why. Nothing is stored. */

import type { PersonNameJson } from '../../domain/imaging/dataset.ts';
import type { Insurance } from '../../domain/patients/contact-forms.ts';

/** Of one file; a month's receipts of a large hospital are about a tenth. */
export const ROSTER_BYTES_MAX = 256 * 1024 * 1024;
export const ROSTER_LINE_BYTES_MAX = 64 * 1024;
/** Empty ones too: each takes its time, however short it is. */
export const ROSTER_LINES_MAX = 5_000_000;
/** Patients of one roster; what follows is left out and said. */
export const ROSTER_PATIENTS_MAX = 200_000;
/** Faults that are listed; the others are counted. */
export const ROSTER_FAULTS_MAX = 1_000;

export interface RosterPatient {
  /** Where the patient is first named, from 1. */
  readonly line: number;
  readonly patientID: string;
  readonly name: PersonNameJson;
  /** YYYYMMDD or ''. */
  readonly birthDate: string;
  /** M, F, O or ''. */
  readonly sex: string;
  /** As it is written. */
  readonly postalCode: string;
  readonly phone: string;
  readonly insurance: Insurance | undefined;
  /** 公費: who pays and under which number, from receipts. At most PUBLIC_FUNDS_MAX. */
  readonly publicFunds: readonly PublicFund[];
}

export interface PublicFund {
  /** 公費負担者番号. */
  readonly payer: string;
  /** 受給者番号. */
  readonly recipient: string;
}

/** A receipt has at most four (記録条件仕様, 公費レコード). */
export const PUBLIC_FUNDS_MAX = 4;

/** Words for them are the viewer's. */
export type RosterFaultCode =
  | 'undecodable' // not in the character set of the file's other lines
  | 'control-character' // also escape sequences (ISO-2022-JP), NUL, marks that turn the direction of writing
  | 'line-too-long'
  | 'quote-misplaced' // a quoted field does not end, or goes on after its end
  | 'columns-missing' // fewer than the header has
  | 'columns-surplus'
  | 'patient-id-missing'
  | 'patient-id-unreadable' // too long, markup, or what a spreadsheet takes for a formula
  | 'name-missing'
  | 'name-unreadable' // markup, too long, a formula, or signs that part a DICOM name
  | 'birth-date-unreadable'
  | 'sex-unreadable'
  | 'patient-id-conflict' // one number, another name, birth date or sex: nobody of that number is taken
  | 'unknown-record' // UKE: no record of that name
  | 'record-out-of-place' // UKE: insurance before a receipt
  | 'record-short' // UKE: fields are missing
  | 'table-unsupported'; // UKE: of dentists, pharmacies or visiting nurses, whose receipts have other fields

export interface RosterFault {
  readonly line: number;
  readonly code: RosterFaultCode;
  /** Of a conflict: the line that it contradicts. */
  readonly otherLine?: number;
}

export interface RosterReading {
  readonly charset: RosterCharset;
  /** By the line they are first named in. */
  readonly patients: readonly RosterPatient[];
  /** By line; at most ROSTER_FAULTS_MAX. */
  readonly faults: readonly RosterFault[];
  /** All, listed or not. */
  readonly faultCount: number;
  readonly lines: number;
  /** Lines whose number stood before, and agrees: one patient each. */
  readonly repeated: number;
  /** Patients beyond ROSTER_PATIENTS_MAX were left out. */
  readonly truncated: boolean;
}

export type RosterCharset = 'utf-8' | 'shift_jis';

/** Bytes of a file, in pieces of any size. */
export type RosterBytes = AsyncIterable<Uint8Array>;

/** Puts a reading together: one number once, and nobody of a number that stands for two. */
export class RosterBuilder {
  readonly #patients = new Map<string, RosterPatient>();
  readonly #conflicting = new Set<string>();
  readonly #faults: RosterFault[] = [];
  #faultCount = 0;
  #repeated = 0;
  #truncated = false;

  fault(line: number, code: RosterFaultCode, otherLine?: number): void {
    this.#faultCount++;
    if (this.#faults.length < ROSTER_FAULTS_MAX) this.#faults.push(otherLine === undefined ? { line, code } : { line, code, otherLine });
  }

  patient(patient: RosterPatient): void {
    const known = this.#patients.get(patient.patientID);
    if (known === undefined) {
      if (this.#patients.size < ROSTER_PATIENTS_MAX) this.#patients.set(patient.patientID, patient);
      else this.#truncated = true;
    } else if (isSamePatient(known, patient)) {
      this.#repeated++;
      this.#patients.set(patient.patientID, both(known, patient));
    } else {
      this.#conflicting.add(patient.patientID);
      this.fault(patient.line, 'patient-id-conflict', known.line);
    }
  }

  reading(charset: RosterCharset, lines: number): RosterReading {
    const patients = [...this.#patients.values()].filter(({ patientID }) => !this.#conflicting.has(patientID));
    const faults = [...this.#faults].sort((a, b) => a.line - b.line);
    return { charset, patients, faults, faultCount: this.#faultCount, lines, repeated: this.#repeated, truncated: this.#truncated };
  }
}

function isSamePatient(one: RosterPatient, other: RosterPatient): boolean {
  const agree = (left: string | undefined, right: string | undefined) => (left ?? '') === '' || (right ?? '') === '' || left === right;
  return (
    agree(one.birthDate, other.birthDate) &&
    agree(one.sex, other.sex) &&
    agree(one.name.Ideographic, other.name.Ideographic) &&
    agree(one.name.Phonetic, other.name.Phonetic) &&
    agree(one.name.Alphabetic, other.name.Alphabetic)
  );
}

/** What is not known is added, and the later address, phone and insurance are taken. */
function both(first: RosterPatient, later: RosterPatient): RosterPatient {
  return {
    line: first.line,
    patientID: first.patientID,
    name: { ...later.name, ...first.name },
    birthDate: first.birthDate || later.birthDate,
    sex: first.sex || later.sex,
    postalCode: later.postalCode || first.postalCode,
    phone: later.phone || first.phone,
    insurance: later.insurance ?? first.insurance,
    publicFunds: later.publicFunds.length > 0 ? later.publicFunds : first.publicFunds,
  };
}
