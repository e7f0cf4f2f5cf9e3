/** What a facility's own list says of a patient, beside what is known already: who is meant, and what is known afterwards. Pure. */
import type { PatientNo } from '../identifiers.ts';
import type { SearchableName } from '../imaging/study.ts';
import type { Insurance } from './contact-forms.ts';

/** In the forms that are compared (`contact-forms.ts`); '' and undefined: not known. */
export interface PatientContact {
  readonly postalCode: string;
  readonly phone: string;
  readonly insurance: Insurance | undefined;
}

export interface Demographics {
  readonly name: SearchableName;
  /** YYYYMMDD or '' */
  readonly birthDate: string;
  readonly sex: string;
  readonly contact: PatientContact;
}

/** One that the facility has under the same number, of whatever issuer. */
export interface NumberedPatient extends Demographics {
  readonly no: PatientNo;
  /** The person is a patient of the same facility under another number too. */
  readonly doubled: boolean;
}

/** `other`: under the number is somebody else, so that nothing is taken of the line. */
export const ROSTER_FINDINGS = ['new', 'changed', 'same', 'other'] as const;
export type RosterFinding = (typeof ROSTER_FINDINGS)[number];

export type RosterPlan =
  | { readonly finding: 'new' }
  | { readonly finding: 'changed'; readonly patient: NumberedPatient; readonly after: Demographics }
  | { readonly finding: 'same' | 'other'; readonly patient: NumberedPatient };

export function planOf(said: Demographics, numbered: readonly NumberedPatient[]): RosterPlan {
  const [first] = numbered;
  if (first === undefined) return { finding: 'new' };
  const fitting = numbered.filter((known) => !isOther(known, said));
  const patient = fitting.toSorted((a, b) => agreement(b, said) - agreement(a, said))[0];
  if (patient === undefined) return { finding: 'other', patient: first };
  const after = merged(patient, said);
  return isSame(patient, after) ? { finding: 'same', patient } : { finding: 'changed', patient, after };
}

type Group = keyof SearchableName['folded'];
const GROUPS = { alphabetic: 'Alphabetic', ideographic: 'Ideographic', phonetic: 'Phonetic' } as const satisfies Record<Group, string>;
const GROUP_NAMES = Object.keys(GROUPS) as readonly Group[];

/** As `is_other_patient` (0007-patients.sql) has it for a study: neither birth date nor any group of the name is the same, and one of the two is said by both. */
function isOther(known: Demographics, said: Demographics): boolean {
  if (known.birthDate !== '' && known.birthDate === said.birthDate) return false;
  if (GROUP_NAMES.some((group) => sharesGroup(known, said, group))) return false;
  return (known.birthDate !== '' && said.birthDate !== '') || GROUP_NAMES.some((group) => bothSay(known, said, group));
}

function bothSay(known: Demographics, said: Demographics, group: Group): boolean {
  return known.name.folded[group] !== '' && said.name.folded[group] !== '';
}

function sharesGroup(known: Demographics, said: Demographics, group: Group): boolean {
  return bothSay(known, said, group) && wholeGroup(known, group) === wholeGroup(said, group);
}

/** Lists have names with a blank between their parts or without. */
function wholeGroup({ name }: Demographics, group: Group): string {
  return name.folded[group].replaceAll(' ', '');
}

function agreement(known: Demographics, said: Demographics): number {
  const birthDate = known.birthDate !== '' && known.birthDate === said.birthDate ? 2 : 0;
  return birthDate + (GROUP_NAMES.some((group) => sharesGroup(known, said, group)) ? 1 : 0);
}

/** What the list leaves out stays. */
function merged(known: Demographics, said: Demographics): Demographics {
  return {
    name: mergedName(known, said),
    birthDate: said.birthDate || known.birthDate,
    sex: said.sex || known.sex,
    contact: {
      postalCode: said.contact.postalCode || known.contact.postalCode,
      phone: said.contact.phone || known.contact.phone,
      insurance: said.contact.insurance ?? known.contact.insurance,
    },
  };
}

/** A name that is another one takes all groups with it: the reading of the former name is not that of the new one. A group that is only spelled otherwise stays as it was. */
function mergedName(known: Demographics, said: Demographics): SearchableName {
  const both = GROUP_NAMES.filter((group) => bothSay(known, said, group));
  if (both.length > 0 && !both.some((group) => sharesGroup(known, said, group))) return said.name;
  const takes = (group: Group) => said.name.folded[group] !== '' && !sharesGroup(known, said, group);
  const from = (group: Group) => (takes(group) ? said.name : known.name);
  const value = Object.fromEntries(
    GROUP_NAMES.map((group) => [GROUPS[group], from(group).value[GROUPS[group]]]).filter(([, written]) => written !== undefined),
  );
  return {
    value,
    folded: {
      alphabetic: from('alphabetic').folded.alphabetic,
      ideographic: from('ideographic').folded.ideographic,
      phonetic: from('phonetic').folded.phonetic,
    },
  };
}

export function isSame(one: Demographics, other: Demographics): boolean {
  return (
    GROUP_NAMES.every((group) => wholeGroup(one, group) === wholeGroup(other, group)) &&
    one.birthDate === other.birthDate &&
    one.sex === other.sex &&
    one.contact.postalCode === other.contact.postalCode &&
    one.contact.phone === other.contact.phone &&
    insuranceText(one.contact.insurance) === insuranceText(other.contact.insurance)
  );
}

function insuranceText(insurance: Insurance | undefined): string {
  return insurance === undefined ? '' : [insurance.insurer, insurance.symbol, insurance.number, insurance.branch].join(' ');
}
