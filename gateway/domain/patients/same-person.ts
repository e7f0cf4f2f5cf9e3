/**
 * Whether two patients of the region's facilities are one person (名寄せ): a score with its reasons, and what may be done about it. Pure.
 * How the weights and bounds were found, and how often they err: gateway/decisions/matching.md.
 */
import { type BirthDateLikeness, isBirthDate, likenessOfBirthDates } from './birth-date-slips.ts';
import { type Insurance, insuranceForm, phoneForm, postalForm } from './contact-forms.ts';
import { type EvidenceCode, familySame, type Reason, reason, tenths } from './evidence.ts';
import { shareOfFamilyName } from './family-names.ts';
import { type FoldedName, formsOfName, type NameForms } from './name-forms.ts';
import { likenessOfNames, type NameLikeness } from './name-likeness.ts';

/** What a facility knows of a patient. Empty string or undefined: not known. */
export interface PatientDescription {
  /** FacilityId or its code: only compared. */
  readonly facility: string;
  readonly patientID: string;
  readonly name: FoldedName;
  /** YYYYMMDD or ''. */
  readonly birthDate: string;
  /** M or F; anything else tells nothing. */
  readonly sex: string;
  readonly postalCode?: string;
  readonly phone?: string;
  readonly insurance?: Insurance;
}

/** A description made ready to be compared with many. */
export interface DescribedPatient {
  readonly facility: string;
  readonly patientID: string;
  readonly name: NameForms;
  readonly birthDate: string;
  readonly sex: '' | 'M' | 'F';
  readonly postalCode: string;
  readonly phone: string;
  readonly insurance: Insurance | undefined;
}

/** What the region has agreed on. */
export interface MatchingPolicy {
  /** False: a person decides every link. */
  readonly automatic: boolean;
}

export type MatchVerdict = 'none' | 'candidate' | 'automatic-eligible';

export interface Comparison {
  /** Bits: each doubles the odds that they are one person. The sum of the reasons. */
  readonly score: number;
  /** The weightiest first. */
  readonly reasons: readonly Reason[];
  readonly verdict: MatchVerdict;
}

/** Fewer bits are nobody's work to look at. */
export const CANDIDATE_BITS_MIN = 15;
/** More than family name, given name, birth date and sex come to together. */
export const AUTOMATIC_BITS_MIN = 33;

export function describedPatient(patient: PatientDescription): DescribedPatient {
  const { facility, patientID, name, birthDate, sex } = patient;
  return {
    facility,
    patientID,
    name: formsOfName(name),
    birthDate: isBirthDate(birthDate) ? birthDate : '',
    sex: sex === 'M' || sex === 'F' ? sex : '',
    postalCode: postalForm(patient.postalCode ?? ''),
    phone: phoneForm(patient.phone ?? ''),
    insurance: insuranceForm(patient.insurance),
  };
}

/** Symmetric. A facility's patient beside itself is not asked: that is one patient already. */
export function comparePatients(one: DescribedPatient, other: DescribedPatient, policy: MatchingPolicy): Comparison {
  const name = likenessOfNames(one.name, other.name);
  const birthDate = likenessOfBirthDates(one.birthDate, other.birthDate);
  const household = householdReasons(one, other);
  const own = [...birthDateReasons(birthDate), ...sexReasons(one, other), ...facilityReasons(one, other)];
  // Parents, children and twins share family name, address, phone and insurance: once given names differ, these say only that they live together.
  const shared = name.given === 'differs' ? household.filter(({ bits }) => bits < 0) : household;
  const reasons = [...nameReasons(name, birthDate, shared, [one, other]), ...own, ...shared].sort(
    (a, b) => Math.abs(b.bits) - Math.abs(a.bits),
  );
  const score = tenths(reasons.reduce((sum, { bits }) => sum + bits, 0));
  return { score, reasons, verdict: verdictOn(score, reasons, policy) };
}

function nameReasons(
  name: NameLikeness,
  birthDate: BirthDateLikeness,
  shared: readonly Reason[],
  of: readonly DescribedPatient[],
): Reason[] {
  const { family, given, swapped } = name;
  const reasons: Reason[] = swapped ? [reason('names-swapped')] : [];
  if (given !== 'unknown') reasons.push(reason(`given-${given}`));
  if (family === 'unknown') return reasons;
  if (given === 'differs' && family !== 'differs') return reasons;
  const changed = family === 'differs' && given !== 'differs' && birthDate === 'same' && shared.some(({ bits }) => bits > 0);
  if (changed) reasons.push(reason('family-changed'));
  else
    reasons.push(
      family === 'same' ? familySame(Math.max(...of.map((patient) => shareOfFamilyName(patient.name)))) : reason(`family-${family}`),
    );
  return reasons;
}

function birthDateReasons(likeness: BirthDateLikeness): Reason[] {
  return likeness === 'unknown' ? [] : [reason(`birth-date-${likeness}`)];
}

function sexReasons(one: DescribedPatient, other: DescribedPatient): Reason[] {
  if (one.sex === '' || other.sex === '') return [];
  return [reason(one.sex === other.sex ? 'sex-same' : 'sex-differs')];
}

/** A facility may have given one person two numbers, but has mostly looked. */
function facilityReasons(one: DescribedPatient, other: DescribedPatient): Reason[] {
  return one.facility === other.facility ? [reason('facility-same')] : [];
}

/** The first three digits are the post office's area. */
const POSTAL_AREA_DIGITS = 3;

function householdReasons(one: DescribedPatient, other: DescribedPatient): Reason[] {
  const reasons: Reason[] = [];
  if (one.postalCode !== '' && other.postalCode !== '') {
    const area = one.postalCode.slice(0, POSTAL_AREA_DIGITS) === other.postalCode.slice(0, POSTAL_AREA_DIGITS);
    const same = one.postalCode === other.postalCode;
    reasons.push(reason(same ? 'postal-code-same' : area ? 'postal-area-same' : 'postal-code-differs'));
  }
  if (one.phone !== '' && other.phone !== '') reasons.push(reason(one.phone === other.phone ? 'phone-same' : 'phone-differs'));
  if (one.insurance !== undefined && other.insurance !== undefined) reasons.push(...insuranceReasons(one.insurance, other.insurance));
  return reasons;
}

/** Insurers change with the employer, so that another one tells nothing. */
function insuranceReasons(one: Insurance, other: Insurance): Reason[] {
  if (one.insurer !== other.insurer || one.symbol !== other.symbol || one.number !== other.number) return [reason('insurance-differs')];
  if (one.branch === '' || other.branch === '') return [reason('insurance-same')];
  return one.branch === other.branch ? [reason('insured-same')] : [reason('insurance-same'), reason('insurance-branch-differs')];
}

/** All of these, and one of `TIES`: name and birth date alone are shared by strangers. */
const FOR_AUTOMATIC: readonly EvidenceCode[] = ['family-same', 'given-same', 'birth-date-same', 'sex-same'];
const TIES: readonly EvidenceCode[] = ['phone-same', 'insured-same', 'insurance-same'];
/** Whatever else is against it is looked at by a person; that somebody moved, or has two phones, is not against it. */
const AGAINST_AUTOMATIC: readonly EvidenceCode[] = ['names-swapped', 'insurance-branch-differs', 'facility-same'];

/** One of these: a birth date alone is shared by several in any region. */
const FOR_CANDIDATE: readonly EvidenceCode[] = ['given-same', 'given-one-script', 'given-alike', 'given-near', 'postal-code-same', ...TIES];

function verdictOn(score: number, reasons: readonly Reason[], policy: MatchingPolicy): MatchVerdict {
  const found = new Set(reasons.map(({ code }) => code));
  if (score < CANDIDATE_BITS_MIN || !FOR_CANDIDATE.some((code) => found.has(code))) return 'none';
  const sure = FOR_AUTOMATIC.every((code) => found.has(code)) && TIES.some((code) => found.has(code));
  const allowed = policy.automatic && score >= AUTOMATIC_BITS_MIN && !AGAINST_AUTOMATIC.some((code) => found.has(code));
  return sure && allowed ? 'automatic-eligible' : 'candidate';
}
