/** Fields of a roster's row as a patient. Pure. */
import type { PersonNameJson } from '../../domain/imaging/dataset.ts';
import { type Insurance, insuranceForm } from '../../domain/patients/contact-forms.ts';
import { rosterBirthDate } from './birth-dates.ts';
import type { RosterFaultCode, RosterPatient } from './roster.ts';

/** As the row has them; '' when it has none. */
export interface RosterFields {
  readonly patientID: string;
  /** Family and given name with a blank between, or without. */
  readonly name: string;
  readonly nameKana: string;
  readonly nameLatin: string;
  readonly birthDate: string;
  readonly sex: string;
  readonly postalCode: string;
  readonly phone: string;
  readonly insurer: string;
  readonly symbol: string;
  readonly number: string;
  readonly branch: string;
}

/** LO, PS3.5 6.2: what a study's Patient ID can be. */
const PATIENT_ID_CHARS_MAX = 64;
/** Of one group of PN, PS3.5 6.2. */
const NAME_CHARS_MAX = 64;
const OTHER_CHARS_MAX = 80;
/** Markup, and what parts a PN. */
const NOT_IN_A_NAME = /[<>&"{}|^=\\]/;
/** 〓: a character that only the sender has is no number that anybody else finds again. */
const NOT_IN_AN_ID = /[<>"\\〓]/;
/** A spreadsheet takes what begins so for a formula, and this goes into tables that hospitals open in one. A hyphen alone says that there is nothing. */
const FORMULA = /^[=+@-](?!$)/;

/** A patient, or the first thing that is wrong with the row. */
export function rosterPatient(line: number, fields: RosterFields, today: string): RosterPatient | RosterFaultCode {
  const patientID = fields.patientID.normalize('NFKC').trim();
  if (patientID === '') return 'patient-id-missing';
  if (patientID.length > PATIENT_ID_CHARS_MAX || NOT_IN_AN_ID.test(patientID) || FORMULA.test(patientID)) return 'patient-id-unreadable';
  const groups = [fields.name, fields.nameKana, fields.nameLatin].map((name) => name.trim());
  if (groups.every((group) => group === '')) return 'name-missing';
  if (groups.some(isNoName)) return 'name-unreadable';
  const birthDate = rosterBirthDate(fields.birthDate, today);
  if (birthDate === undefined) return 'birth-date-unreadable';
  const sex = SEXES.get(fields.sex.normalize('NFKC').trim().toLowerCase());
  if (sex === undefined) return 'sex-unreadable';
  const [postalCode = '', phone = ''] = [fields.postalCode, fields.phone].map((text) =>
    text.normalize('NFKC').trim().slice(0, OTHER_CHARS_MAX),
  );
  return { line, patientID, name: personName(groups), birthDate, sex, postalCode, phone, insurance: insuranceOf(fields), publicFunds: [] };
}

function isNoName(group: string): boolean {
  const plain = group.normalize('NFKC');
  return group.length > NAME_CHARS_MAX || NOT_IN_A_NAME.test(plain) || FORMULA.test(plain);
}

const SEXES: ReadonlyMap<string, string> = new Map(
  [
    ['M', ['1', 'm', 'male', '男', '男性', 'おとこ', 'オトコ']],
    ['F', ['2', 'f', 'female', '女', '女性', 'おんな', 'オンナ']],
    ['O', ['3', '9', 'o', 'other', 'その他']],
    ['', ['', '0', 'u', 'unknown', '不明']],
  ].flatMap(([sex, written]) => (written as string[]).map((text) => [text, sex as string] as const)),
);

/** Whatever stands in the column of names, each script goes where PN has it (PS3.5 6.2.1.1). */
function personName([name = '', kana = '', latin = '']: readonly string[]): PersonNameJson {
  const said: PersonNameJson = {};
  for (const written of [latin, kana, name]) {
    if (written === '') continue;
    const plain = written.normalize('NFKC');
    if (/^[\p{Script=Latin}\p{M}\p{P}\s]+$/u.test(plain)) said.Alphabetic = parted(plain);
    else if (/^[\p{Script=Katakana}\p{Script=Hiragana}ー\s・]+$/u.test(plain)) said.Phonetic ??= parted(plain);
    else said.Ideographic = parted(written);
  }
  return said;
}

function parted(name: string): string {
  return name
    .trim()
    .split(/[\s,、・]+/)
    .filter((part) => part !== '')
    .join('^');
}

function insuranceOf({ insurer, symbol, number, branch }: RosterFields): Insurance | undefined {
  return insuranceForm({ insurer, symbol, number, branch });
}
