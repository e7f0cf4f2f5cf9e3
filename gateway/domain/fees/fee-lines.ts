/** What of a month of the record may be a fee, line by line: which conditions are shown, by which records, and which are not. Pure. */
import { MONTHS_LOOKED_BACK, monthsLater } from './fee-month.ts';
import { type FacilityFacts, FEE_CODES, type FeeCode, type FeeNeed, type FeeRule, feeRule, isSmall, refers } from './fee-rules.ts';

/** Something that happened, with the numbers of the records that say so. */
export interface Shown {
  /** Day of the region, YYYY-MM-DD. */
  readonly on: string;
  readonly records: readonly number[];
}

/** Studies that were given with a letter. */
export interface GivenImages extends Shown {
  /** Which, and until when, is on record. */
  readonly scoped: boolean;
  /** Code of the facility that asked for the examination; undefined: nobody else is known to have. */
  readonly orderedBy: string | undefined;
  /** Nothing on record could say who asked for it. */
  readonly orderUnsaid?: true;
  /** Codes; undefined: not on record. */
  readonly modalities: readonly string[] | undefined;
}

/** A letter as the record tells of it: what its sender stated, what became of it, and what of it was opened. */
export interface LetterFacts {
  readonly letterId: string;
  readonly kind: 'referral' | 'reply' | 'counter-referral';
  /** The network's person, or the patient as the letter names them; undefined: the record does not say whose letter it is. */
  readonly patient: string | undefined;
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
  readonly images: GivenImages | undefined;
  /** The first time somebody of the receiver opened them. */
  readonly viewed: (Shown & { readonly viewer: string | undefined }) | undefined;
  /** Opened on the day of the first visit, where that was not the first time. */
  readonly viewedAtVisit?: Shown | undefined;
  readonly gist: Shown | undefined;
  /** `undated`: the day is the note's, since it does not say when the patient came. */
  readonly firstVisit: (Shown & { readonly undated?: true }) | undefined;
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
  /** Nothing on record could say it: whoever claims has to know. */
  readonly unsaid: boolean;
  /** What shows it; empty where nothing does. */
  readonly records: readonly number[];
}

export interface FeeLine {
  readonly code: FeeCode;
  readonly letterId: string;
  readonly patient: string | undefined;
  /** Code of the facility at the letter's other end. */
  readonly other: string;
  /** The day that it would be claimed for. */
  readonly on: string;
  readonly points: number;
  readonly counts: boolean;
  /** It counts as far as the record can say, and the record cannot say all of it. */
  readonly open: boolean;
  readonly reasons: readonly FeeReason[];
  readonly rule: FeeRule;
  /** Every record that the line rests on, in order. */
  readonly records: readonly number[];
}

/** Each letter against each fee that could be of it, fee by fee in the order of days: of two that exclude each other the earlier counts. */
export function feeLines(facts: MonthFacts, rules?: readonly FeeRule[]): readonly FeeLine[] {
  const lines: FeeLine[] = [];
  const counted = new Map<string, FeeLine[]>();
  const since = monthsLater(facts.month, -MONTHS_LOOKED_BACK);
  const candidates = FEE_CODES.flatMap((code) =>
    facts.letters
      .flatMap((letter) => candidateOf(code, letter, facts.facility) ?? [])
      .filter(({ on }) => on >= since)
      .toSorted((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0)),
  );
  for (const { code, letter, on } of candidates) {
    const row = feeRule(code, on, rules);
    if (row === undefined) continue;
    const line = lineOf({ letter, on, row, facts, before: (of) => counted.get(keyOf(of, letter.patient)) ?? [] });
    lines.push(line);
    const key = keyOf(code, letter.patient);
    if (line.counts) counted.set(key, [...(counted.get(key) ?? []), line]);
  }
  return lines.filter(({ on }) => on.startsWith(facts.month));
}

const keyOf = (code: FeeCode, patient: string | undefined) => `${code} ${patient ?? ''}`;

function lineOf(asked: Asked): FeeLine {
  const { letter, on, row, facts } = asked;
  const reasons = row.needs.map((need): FeeReason => {
    const shown = NEEDS[need](asked);
    const unsaid = shown === UNSAID;
    return { need, met: shown !== undefined && !unsaid, unsaid, records: unsaid ? [] : (shown ?? []) };
  });
  const counts = reasons.every(({ met }) => met);
  return {
    code: row.code,
    letterId: letter.letterId,
    patient: letter.patient,
    other: otherEnd(letter, facts.facility),
    on,
    points: row.pointsAtDischarge !== undefined && letter.marks.discharge ? row.pointsAtDischarge : row.points,
    counts,
    open: !counts && reasons.every(({ met, unsaid }) => met || unsaid),
    reasons,
    rule: row,
    records: [...new Set(reasons.flatMap(({ records }) => records))].sort((a, b) => a - b),
  };
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
  /** What of a fee counts already of the same patient, of days before it. */
  readonly before: (code: FeeCode) => readonly FeeLine[];
}

const UNSAID = 'unsaid';
/** The records that show it, perhaps none where it is shown by what is not there; undefined: it is not met. */
type Need = (asked: Asked) => readonly number[] | undefined | typeof UNSAID;

const when = (holds: boolean, records: readonly number[] = []) => (holds ? records : undefined);
const whenSaid = (holds: boolean | undefined, records: readonly number[] = []) => (holds === undefined ? UNSAID : when(holds, records));
const DAYS_OF_A_YEAR = 365;

const NEEDS: Readonly<Record<FeeNeed, Need>> = {
  'letter-given': ({ letter: { sent } }) => sent.records,
  'letter-stands': ({ letter: { withdrawn }, on }) => when(withdrawn === undefined || withdrawn.on > on),
  'other-facility': ({ letter: { from, to, sent } }) => when(from.code !== to.code, sent.records),
  'no-special-relation': ({ letter: { from, to, marks, sent } }) =>
    when(!marks.specialRelation && !isRelated(from, to) && !isRelated(to, from), sent.records),
  'images-given': ({ letter: { images } }) => images?.records,
  'scope-recorded': ({ letter: { images } }) => (images?.scoped === true ? images.records : undefined),
  'lab-results': ({ letter: { marks, sent } }) => when(marks.labResults, sent.records),
  'not-own-order': ({ letter: { images }, facts }) =>
    images === undefined || images.orderUnsaid === true ? UNSAID : when(images.orderedBy !== facts.facility, images.records),
  viewed: ({ letter: { viewed, images } }) =>
    viewed !== undefined && images !== undefined && viewed.on >= images.on ? viewed.records : undefined,
  'viewer-named': ({ letter: { viewed } }) => (viewed?.viewer === undefined ? undefined : viewed.records),
  'kept-a-year': ({ facts: { keptDays } }) => when(keptDays >= DAYS_OF_A_YEAR),
  'gist-written': ({ letter: { gist } }) => gist?.records,
  'reply-asked': ({ letter: { marks, sent } }) => when(marks.replyAsked, sent.records),
  'answered-in-writing': ({ letter: { answered } }) => answered?.records,
  'no-letter-fee-this-month': ({ letter, on, before }) => noneOf(letter, before('B009'), (line) => monthOf(line.on) === monthOf(on)),
  'not-within-interval': ({ letter, on, row, before }) =>
    noneOf(letter, before(row.code), (line) => monthsBetween(monthOf(line.on), monthOf(on)) < (row.intervalMonths ?? 1)),
  'first-visit': ({ letter: { firstVisit } }) => firstVisit?.records,
  'visit-day': ({ letter: { firstVisit } }) => when(firstVisit !== undefined && firstVisit.undated !== true, firstVisit?.records),
  'sectional-images': ({ letter: { images } }) =>
    images !== undefined && images.modalities === undefined
      ? UNSAID
      : when(images?.modalities?.some((modality) => SECTIONAL.includes(modality)) === true, images?.records),
  'receiver-small': ({ letter: { to } }) => whenSaid(isSmall(to)),
  'referrer-of-kind': ({ letter: { from, sent } }) => whenSaid(refers(from), sent.records),
  'images-from-elsewhere': ({ letter: { images, from, to } }) =>
    images !== undefined && from.code !== to.code ? images.records : undefined,
  'viewed-that-day': ({ letter: { viewed, viewedAtVisit, firstVisit } }) =>
    [viewed, viewedAtVisit].find((view) => view !== undefined && view.on === firstVisit?.on)?.records,
  'once-a-month': ({ letter, on, row, facts, before }) =>
    noneOf(
      letter,
      before(row.code),
      // A letter is one to each facility; a reading is one a patient.
      (line) => monthOf(line.on) === monthOf(on) && (row.code === 'E203' || line.other === otherEnd(letter, facts.facility)),
    ),
};

/** Modalities of E200 to E202 (PS3.3 C.7.3.1.1.1); a positron tomograph with its CT names both. */
const SECTIONAL: readonly string[] = ['CT', 'MR'];

function isRelated({ specialRelations }: FacilityFacts, { code }: FacilityFacts): boolean {
  return specialRelations?.includes(code) === true;
}

/** Whose patient is not on record, it cannot say what else there was of them. */
function noneOf({ patient }: LetterFacts, lines: readonly FeeLine[], excludes: (line: FeeLine) => boolean): ReturnType<Need> {
  return patient === undefined ? UNSAID : when(!lines.some(excludes));
}

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
