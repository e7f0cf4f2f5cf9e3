/** What of a facility's month may be a fee, line by line, with the records that each rests on. Making it is on record. */
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import { type FeeLine, feeLines, type LetterFacts } from '../../domain/fees/fee-lines.ts';
import { isMonth, type MonthState, monthBounds } from '../../domain/fees/fee-month.ts';
import { FEES_ASKED_MAX, type FeeRecord, type GivenStudy, type StudyLook } from '../../domain/fees/fee-record.ts';
import { type FacilityFacts, FEE_CODES, type FeeCode } from '../../domain/fees/fee-rules.ts';
import type { FacilityCode } from '../../domain/identifiers.ts';
import type { Facility } from '../../domain/people/facility.ts';
import { kindAt } from '../../domain/people/facility-kind.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import type { ActOf, AuditAction } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import { dayOf } from '../../domain/region-days.ts';
import { letterFacts } from './letter-facts.ts';
import { type LetterOnRecord, lettersOnRecord } from './letters-on-record.ts';

export interface FeePackStores {
  readonly audit: Pick<AuditLog, 'find' | 'append'>;
  readonly feeRecord: FeeRecord;
  readonly people: Pick<PeopleIndex, 'facilities'>;
  readonly clock: Clock;
  readonly timeZone: string;
}

export interface PackLine extends FeeLine {
  readonly kind: LetterFacts['kind'];
  /** As the letter names the patient on record. */
  readonly ownerFacilityCode: string | undefined;
  readonly patientID: string | undefined;
}

export interface PackRecord {
  readonly seq: number;
  readonly at: Date;
  readonly action: AuditAction;
}

export interface FeeTotal {
  readonly code: FeeCode;
  readonly counts: number;
  readonly open: number;
  readonly not: number;
  /** Of the lines that count. */
  readonly points: number;
}

export interface FeePack {
  readonly facility: FacilityCode;
  readonly month: string;
  readonly state: MonthState;
  readonly madeAt: Date;
  /** False: the bound was reached, and more is on record. */
  readonly complete: boolean;
  readonly sent: number;
  readonly came: number;
  readonly totals: readonly FeeTotal[];
  readonly lines: readonly PackLine[];
  /** Every record that a line names, in order. */
  readonly records: readonly PackRecord[];
}

/** Entries are never removed, and the role that the program uses could not. */
const KEPT_DAYS = Number.POSITIVE_INFINITY;

/** @throws invalid: no such month; not-found: no such facility */
export async function makeFeePack(
  stores: FeePackStores,
  by: Pick<ActOf<'record-exported'>, 'who' | 'remoteAddress' | 'right'>,
  { facility, month, format }: { readonly facility: FacilityCode; readonly month: string; readonly format: 'fee-pack' | 'fee-pack-csv' },
): Promise<FeePack> {
  const { audit, people, timeZone, clock } = stores;
  if (!isMonth(month)) throw new DomainError('invalid', 'a month is written 2026-10', { ids: { reason: 'malformed', value: 'month' } });
  const facilities = new Map((await people.facilities()).map((one) => [one.code as string, one]));
  if (!facilities.has(facility)) throw new DomainError('not-found', `no facility has the code ${facility}`);
  const madeAt = clock.now();
  const { letters, complete, looks, facts } = await factsOfMonth(stores, facilities, facility, month);
  const byId = new Map(letters.map((letter) => [letter.id, letter]));
  const lines = feeLines({ facility, month, letters: facts, keptDays: KEPT_DAYS }).map((line) => told(line, byId.get(line.letterId)));
  const pack: FeePack = {
    ...{ facility, month, madeAt, complete, lines, totals: totalsOf(lines) },
    state: await stateOf(audit, monthBounds(month, timeZone), madeAt),
    sent: facts.filter(({ sent, from }) => from.code === facility && sent.on.startsWith(month)).length,
    came: facts.filter(({ sent, to }) => to.code === facility && sent.on.startsWith(month)).length,
    records: recordsOf(lines, letters, looks),
  };
  const what = { format, ownerFacilityCode: facility, month, count: lines.length };
  await audit.append([{ action: 'record-exported', outcome: 'success', ...by, what }]);
  return pack;
}

/** What the record says of the letters that the month may have to do with. */
async function factsOfMonth(stores: FeePackStores, facilities: ReadonlyMap<string, Facility>, facility: FacilityCode, month: string) {
  const { feeRecord, timeZone } = stores;
  const { letters, complete } = await lettersOnRecord(stores, facility, month);
  const looks = await looksAt(feeRecord, facility, letters);
  const persons = await personsOf(feeRecord, letters);
  const facts = letterFacts(letters, {
    looks: (id) => looks.get(id) ?? [],
    person: (owner, patientID) => persons.get(keyOf(owner, patientID)),
    facility: (code, at) => factsOf(code, facilities.get(code), at),
    dayOf: (at) => dayOf(at, timeZone),
  });
  return { letters, complete, looks, facts };
}

async function stateOf(
  audit: Pick<AuditLog, 'find'>,
  { from, to }: { readonly from: Date; readonly to: Date },
  now: Date,
): Promise<MonthState> {
  if (from > now) return 'not-begun';
  if (to >= now) return 'running';
  return (await audit.find({ to, limit: 1 })).length === 0 ? 'before-record' : 'over';
}

/** Nobody has told the product of beds, designations or special relations yet. */
function factsOf(code: string, facility: Facility | undefined, at: Date): FacilityFacts {
  const unsaid = { generalBeds: undefined, designations: undefined, specialRelations: undefined };
  return { code, kind: facility && kindAt(facility.kinds, at), ...unsaid };
}

/** Letter → looks of the facility at what it gave. */
async function looksAt(
  feeRecord: Pick<FeeRecord, 'looksAt'>,
  facility: FacilityCode,
  letters: readonly LetterOnRecord[],
): Promise<ReadonlyMap<string, readonly StudyLook[]>> {
  const given = letters
    .filter(({ sent }) => sent.entry.toFacilityCode === facility)
    .flatMap(({ id, referred }) => referred.flatMap((one) => givenStudy(one) ?? []).map((study) => ({ id, study })));
  const looks = new Map<string, StudyLook[]>();
  for (const piece of pieces(given)) {
    const found = await feeRecord.looksAt(
      facility,
      piece.map(({ study }) => study),
    );
    piece.forEach(({ id }, at) => {
      looks.set(id, [...(looks.get(id) ?? []), ...(found[at] ?? [])]);
    });
  }
  return new Map([...looks].map(([id, some]) => [id, some.toSorted((a, b) => a.seq - b.seq)]));
}

function givenStudy({ seq, entry: { what = {} } }: LetterOnRecord['referred'][number]): GivenStudy | undefined {
  const { ownerFacilityCode, studyInstanceUID, ordinal = 1 } = what;
  return ownerFacilityCode === undefined || studyInstanceUID === undefined
    ? undefined
    : { ownerFacilityCode, studyInstanceUID, ordinal, afterSeq: seq };
}

async function personsOf(
  feeRecord: Pick<FeeRecord, 'personsOf'>,
  letters: readonly LetterOnRecord[],
): Promise<ReadonlyMap<string, string>> {
  const named = new Map(
    letters.flatMap(({ sent: { entry } }) => {
      const { ownerFacilityCode, patientID } = entry.what ?? {};
      if (ownerFacilityCode === undefined || patientID === undefined) return [];
      return [[keyOf(ownerFacilityCode, patientID), { ownerFacilityCode, patientID }] as const];
    }),
  );
  const persons = new Map<string, string>();
  for (const piece of pieces([...named])) {
    const found = await feeRecord.personsOf(piece.map(([, patient]) => patient));
    piece.forEach(([key], at) => {
      const person = found[at];
      if (person !== undefined) persons.set(key, person);
    });
  }
  return persons;
}

/** A code has no blank. */
const keyOf = (ownerFacilityCode: string, patientID: string) => `${ownerFacilityCode} ${patientID}`;

function* pieces<Item>(all: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < all.length; at += FEES_ASKED_MAX) yield all.slice(at, at + FEES_ASKED_MAX);
}

function told(line: FeeLine, letter: LetterOnRecord | undefined): PackLine {
  const { letterKind = 'referral', ownerFacilityCode, patientID } = letter?.sent.entry.what ?? {};
  return { ...line, kind: letterKind, ownerFacilityCode, patientID };
}

function totalsOf(lines: readonly FeeLine[]): readonly FeeTotal[] {
  return FEE_CODES.map((code) => {
    const of = lines.filter((line) => line.code === code);
    const counting = of.filter(({ counts }) => counts);
    const open = of.filter((line) => line.open).length;
    const points = counting.reduce((sum, line) => sum + line.points, 0);
    return { code, counts: counting.length, open, not: of.length - counting.length - open, points };
  });
}

function recordsOf(
  lines: readonly FeeLine[],
  letters: readonly LetterOnRecord[],
  looks: ReadonlyMap<string, readonly StudyLook[]>,
): readonly PackRecord[] {
  const named = new Set(lines.flatMap(({ records }) => records));
  const known = new Map<number, PackRecord>();
  for (const { sent, referred, ended, noted, answered } of letters) {
    for (const { seq, at, entry } of [sent, ...referred, ...ended, ...noted, ...answered])
      if (named.has(seq)) known.set(seq, { seq, at, action: entry.action });
  }
  for (const { seq, at } of [...looks.values()].flat()) if (named.has(seq)) known.set(seq, { seq, at, action: 'study-viewed' });
  return [...known.values()].toSorted((a, b) => a.seq - b.seq);
}
