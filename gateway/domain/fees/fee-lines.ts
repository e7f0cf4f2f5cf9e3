/** What of a month of the record may be a fee, line by line: which conditions are shown, by which records, and which are not. Pure. */
import { type FacilityFacts, FEE_CODES, type FeeCode, type FeeNeed, type FeeRule, feeRule, isSmall, refers } from './fee-rules.ts';

/** Something that happened, with the numbers of the records that say so. */
export interface Shown {
  /** Day of the region, YYYY-MM-DD. */
  readonly on: string;
  readonly records: readonly number[];
}

/** A letter as the record tells of it: what its sender stated, what became of it, and what of it was opened. */
export interface LetterFacts {
  readonly letterId: string;
  readonly kind: 'referral' | 'reply' | 'counter-referral';
  /** The network's person, or the patient of the sender. */
  readonly patient: string;
  readonly from: FacilityFacts;
  readonly to: FacilityFacts;
  readonly sent: Shown;
  /** It was recalled, or declined. */
  readonly withdrawn: Shown | undefined;
  readonly marks: {
    readonly discharge: boolean;
    readonly transfer: boolean;
    readonly specialRelation: boolean;
    readonly labResults: boolean;
    readonly replyAsked: boolean;
  };
  /** Studies that were given with it. `scoped`: which, and until when, is on record. `orderedBy`: code of the facility that asked for the examination. */
  readonly images: (Shown & { readonly scoped: boolean; readonly orderedBy: string | undefined }) | undefined;
  /** The first time somebody of the receiver opened them. */
  readonly viewed: (Shown & { readonly viewer: string | undefined }) | undefined;
  readonly gist: Shown | undefined;
  readonly firstVisit: Shown | undefined;
  /** Of the letter that answers it. */
  readonly answered: Shown | undefined;
}

export interface MonthFacts {
  readonly facility: string;
  /** YYYY-MM */
  readonly month: string;
  /** From and to the facility, of the month and of the months before that an interval may reach back to. */
  readonly letters: readonly LetterFacts[];
  /** How long the record is kept, days. */
  readonly keptDays: number;
}

export interface FeeReason {
  readonly need: FeeNeed;
  readonly met: boolean;
  /** What shows it; empty where nothing does. */
  readonly records: readonly number[];
}

export interface FeeLine {
  readonly code: FeeCode;
  readonly letterId: string;
  readonly patient: string;
  /** Code of the facility at the letter's other end. */
  readonly other: string;
  /** The day that it would be claimed for. */
  readonly on: string;
  readonly points: number;
  readonly counts: boolean;
  readonly reasons: readonly FeeReason[];
  readonly rule: FeeRule;
  /** Every record that the line rests on, in order. */
  readonly records: readonly number[];
}

/** Each letter against each fee that could be of it, fee by fee in the order of days: of two that exclude each other the earlier counts. */
export function feeLines(facts: MonthFacts, rules?: readonly FeeRule[]): readonly FeeLine[] {
  const lines: FeeLine[] = [];
  const candidates = FEE_CODES.flatMap((code) =>
    facts.letters
      .flatMap((letter) => candidateOf(code, letter, facts.facility) ?? [])
      .toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0)),
  );
  for (const { code, letter, on } of candidates) {
    const row = feeRule(code, on, rules);
    if (row === undefined) continue;
    const asked: Asked = { letter, on, row, facts, before: lines };
    const reasons = row.needs.map((need): FeeReason => {
      const shown = NEEDS[need](asked);
      return { need, met: shown !== undefined, records: shown ?? [] };
    });
    lines.push({
      code,
      letterId: letter.letterId,
      patient: letter.patient,
      other: otherEnd(letter, facts.facility),
      on,
      points: row.pointsAtDischarge !== undefined && letter.marks.discharge ? row.pointsAtDischarge : row.points,
      counts: reasons.every(({ met }) => met),
      reasons,
      rule: row,
      records: [...new Set(reasons.flatMap(({ records }) => records))].sort((a, b) => a - b),
    });
  }
  return lines.filter(({ on }) => on.startsWith(facts.month));
}

interface Candidate {
  readonly code: FeeCode;
  readonly letter: LetterFacts;
  readonly on: string;
}

/** On which side of a letter a fee is, and of which day; undefined: it is none of this letter for this facility. */
function candidateOf(code: FeeCode, letter: LetterFacts, facility: string): Candidate | undefined {
  const sends = letter.from.code === facility;
  const of = (on: string | undefined): Candidate | undefined => (on === undefined ? undefined : { code, letter, on });
  switch (code) {
    case 'B009':
    case 'B009-images':
      return sends && letter.kind !== 'reply' ? of(letter.sent.on) : undefined;
    case 'B009-2':
      return sends ? undefined : of(letter.viewed?.on ?? letter.sent.on);
    case 'B011':
      // The one who was asked answers: of the letter that came.
      return sends || letter.kind === 'reply' ? undefined : of(letter.answered?.on);
    case 'referred-patient':
      return sends ? undefined : of(letter.firstVisit?.on);
    case 'E203':
      return sends || letter.images === undefined ? undefined : of(letter.firstVisit?.on ?? letter.viewed?.on);
    default:
      return undefined;
  }
}

interface Asked {
  readonly letter: LetterFacts;
  readonly on: string;
  readonly row: FeeRule;
  readonly facts: MonthFacts;
  /** What was said of fees before it, and of earlier days. */
  readonly before: readonly FeeLine[];
}

/** The records that show it, perhaps none where it is shown by what is not there; undefined: it is not met. */
type Need = (asked: Asked) => readonly number[] | undefined;

const when = (holds: boolean, records: readonly number[] = []) => (holds ? records : undefined);
const DAYS_OF_A_YEAR = 365;

const NEEDS: Readonly<Record<FeeNeed, Need>> = {
  'letter-given': ({ letter: { sent } }) => sent.records,
  'letter-stands': ({ letter: { withdrawn }, on }) => when(withdrawn === undefined || withdrawn.on > on),
  'other-facility': ({ letter: { from, to, sent } }) => when(from.code !== to.code, sent.records),
  'no-special-relation': ({ letter: { from, to, marks, sent } }) =>
    when(!marks.specialRelation && !from.specialRelations.includes(to.code) && !to.specialRelations.includes(from.code), sent.records),
  'images-given': ({ letter: { images } }) => images?.records,
  'scope-recorded': ({ letter: { images } }) => (images?.scoped === true ? images.records : undefined),
  'lab-results': ({ letter: { marks, sent } }) => when(marks.labResults, sent.records),
  // Who asked for the examination; nothing said, it is not known to be one's own.
  'not-own-order': ({ letter: { images }, facts }) => when(images !== undefined && images.orderedBy !== facts.facility, images?.records),
  viewed: ({ letter: { viewed, images } }) =>
    viewed !== undefined && images !== undefined && viewed.on >= images.on ? viewed.records : undefined,
  'viewer-named': ({ letter: { viewed } }) => (viewed?.viewer === undefined ? undefined : viewed.records),
  'kept-a-year': ({ facts: { keptDays } }) => when(keptDays >= DAYS_OF_A_YEAR),
  'gist-written': ({ letter: { gist } }) => gist?.records,
  'reply-asked': ({ letter: { marks, sent } }) => when(marks.replyAsked, sent.records),
  'answered-in-writing': ({ letter: { answered } }) => answered?.records,
  'no-letter-fee-this-month': ({ letter, on, before }) =>
    when(!countedBefore(before, 'B009', letter.patient).some((line) => monthOf(line.on) === monthOf(on))),
  'not-within-interval': ({ letter, on, row, before }) =>
    when(
      !countedBefore(before, row.code, letter.patient).some(
        (line) => monthsBetween(monthOf(line.on), monthOf(on)) < (row.intervalMonths ?? 1),
      ),
    ),
  'first-visit': ({ letter: { firstVisit } }) => firstVisit?.records,
  'receiver-small': ({ letter: { to } }) => when(isSmall(to)),
  'referrer-of-kind': ({ letter: { from, sent } }) => when(refers(from), sent.records),
  'images-from-elsewhere': ({ letter: { images, from, to } }) =>
    images !== undefined && from.code !== to.code ? images.records : undefined,
  'viewed-that-day': ({ letter: { viewed, firstVisit } }) =>
    viewed !== undefined && viewed.on === firstVisit?.on ? viewed.records : undefined,
  'once-a-month': ({ letter, on, row, facts, before }) =>
    when(
      !countedBefore(before, row.code, letter.patient).some(
        (line) =>
          monthOf(line.on) === monthOf(on) &&
          // A letter is one to each facility; a reading is one a patient.
          (row.code === 'E203' || line.other === otherEnd(letter, facts.facility)),
      ),
    ),
};

/** What counts already of that fee and patient. */
const countedBefore = (before: readonly FeeLine[], code: FeeCode, patient: string) =>
  before.filter((line) => line.code === code && line.counts && line.patient === patient);

function otherEnd({ from, to }: LetterFacts, facility: string): string {
  return from.code === facility ? to.code : from.code;
}

function monthOf(day: string): string {
  return day.slice(0, 'YYYY-MM'.length);
}

function monthsBetween(from: string, to: string): number {
  const [[fromYear = 0, fromMonth = 0], [toYear = 0, toMonth = 0]] = [from.split('-').map(Number), to.split('-').map(Number)];
  return (toYear - fromYear) * 12 + toMonth - fromMonth;
}
