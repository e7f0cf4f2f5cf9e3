/** Which views of a stretch of the record are unusual, by the rules as the region has set them. Pure. */
import type { UserId } from '../identifiers.ts';
import { rankOfFamilyName } from '../patients/family-names.ts';
import type { NameForms, NameParts } from '../patients/name-forms.ts';
import { dayOf, hourOf } from '../region-days.ts';
import type { Right } from '../sharing/access.ts';
import type { UnusualRule, UnusualSettings } from './unusual-rules.ts';

/** Entries of the record that one line rests on, at most; past it the first ones stand for all. */
export const EVIDENCE_MAX = 500;
export const DECISION_CHARS_MAX = 1_000;
/** What came of looking at it: it was part of the work; the person was spoken with; it was misuse. */
export const UNUSUAL_DECISIONS = ['in-order', 'spoken-with', 'misuse'] as const;
export type UnusualDecision = (typeof UNUSUAL_DECISIONS)[number];

/** An image was opened, or taken, by a person. */
export interface Viewing {
  readonly seq: number;
  readonly at: Date;
  readonly userId: UserId;
  readonly facilityCode: string | undefined;
  readonly right: Right['kind'] | undefined;
  readonly ownerFacilityCode: string;
  readonly patientID: string;
  /** The same of the same patient. */
  readonly patient: string;
}

/** The same, and what is known of the patient. */
export interface JudgedViewing extends Viewing {
  readonly name: NameForms;
  /** When the owner last examined the patient, or received something of them. */
  readonly lastSeenAt: Date | undefined;
}

export interface NamedPerson {
  readonly userId: UserId;
  readonly facilityCode: string | undefined;
  readonly name: NameForms;
}

/** A stretch of the record. */
export interface Stretch {
  /** In the order of their numbers. */
  readonly views: readonly JudgedViewing[];
  /** What the same people opened shortly before, in order: for what is counted over a time. */
  readonly before: readonly Viewing[];
  readonly viewers: readonly NamedPerson[];
  /** Of the viewers' facilities. */
  readonly staff: readonly NamedPerson[];
}

/** How far before a stretch it must be known what its people opened, ms: a night is shorter, and so is the longest time that can be set. */
export const BEFORE_MS = 16 * 3_600_000;

/** Why, in numbers; the rule says of what. */
export type UnusualReason = Readonly<Record<string, number | boolean | string>>;

/** What is to be looked at: one line a rule, person, day and, where it is about one, patient. */
export interface UnusualFinding {
  readonly rule: UnusualRule;
  readonly userId: UserId;
  readonly facilityCode: string | undefined;
  /** Of the region, YYYY-MM-DD; of a night the day on which it began. */
  readonly day: string;
  /** Undefined: about several. */
  readonly patient: { readonly ownerFacilityCode: string; readonly patientID: string; readonly key: string } | undefined;
  readonly reason: UnusualReason;
  readonly evidence: readonly Evidence[];
}

interface Evidence {
  readonly seq: number;
  readonly at: Date;
}

export function unusualUses(stretch: Stretch, settings: UnusualSettings, timeZone: string): readonly UnusualFinding[] {
  const found = new Map<string, { finding: UnusualFinding; evidence: Evidence[] }>();
  const heard = (finding: UnusualFinding) => {
    const key = JSON.stringify([finding.rule, finding.userId, finding.day, finding.patient?.key]);
    const evidence = found.get(key)?.evidence ?? [];
    evidence.push(...finding.evidence);
    found.set(key, { finding, evidence });
  };
  const people = peopleOf(stretch);
  for (const view of stretch.views) {
    for (const rule of ['own-name', 'own-staff', 'no-visit'] as const) {
      const reason = settings[rule].on ? OF_VIEW[rule](view, people, settings[rule].thresholds) : undefined;
      if (reason !== undefined) heard(ofPatient(rule, view, reason, timeZone));
    }
  }
  const fresh = new Set(stretch.views.map(({ seq }) => seq));
  for (const views of byViewer(stretch)) {
    if (settings['many-patients'].on) for (const finding of manyPatients(views, fresh, settings, timeZone)) heard(finding);
    if (settings.night.on) for (const finding of atNight(views, fresh, settings, timeZone)) heard(finding);
  }
  return [...found.values()].map(({ finding, evidence }) => ({ ...finding, evidence: distinct(evidence).slice(0, EVIDENCE_MAX) }));
}

/** Who is asked for at each view, found without going through all. */
interface People {
  readonly viewers: ReadonlyMap<UserId, NamedPerson>;
  /** Of a facility, by each whole name in kanji and as it sounds. */
  readonly staff: ReadonlyMap<string, readonly NamedPerson[]>;
}

function peopleOf({ viewers, staff }: Stretch): People {
  const named = new Map<string, NamedPerson[]>();
  for (const one of staff) {
    for (const key of nameKeys(one.facilityCode, one.name)) {
      const same = named.get(key);
      if (same === undefined) named.set(key, [one]);
      else same.push(one);
    }
  }
  return { viewers: new Map(viewers.map((one) => [one.userId, one])), staff: named };
}

/** Two who have the same whole name have one of these in common. */
function nameKeys(facilityCode: string | undefined, { written, sounds }: NameForms): ReadonlySet<string> {
  return new Set([...written, ...sounds].map((parts) => JSON.stringify([facilityCode, wholeOf(parts)])));
}

type Judge = (view: JudgedViewing, people: People, thresholds: Readonly<Record<string, number>>) => UnusualReason | undefined;

const OF_VIEW: Readonly<Record<'own-name' | 'own-staff' | 'no-visit', Judge>> = {
  'own-name': ({ userId, name }, { viewers }, { commonNames = 0 }) => {
    const viewer = viewers.get(userId);
    if (viewer === undefined) return undefined;
    const whole = sameWholeName(viewer.name, name);
    if (!whole && (!sameFamilyName(viewer.name, name) || rankOfFamilyName(name) <= commonNames)) return undefined;
    return { whole };
  },
  'own-staff': ({ userId, facilityCode, name }, { staff }) => {
    if (facilityCode === undefined) return undefined;
    const candidates = new Set([...nameKeys(facilityCode, name)].flatMap((key) => staff.get(key) ?? []));
    const same = [...candidates].filter((one) => one.userId !== userId && sameWholeName(one.name, name));
    return same.length === 0 ? undefined : { people: same.length };
  },
  'no-visit': ({ at, right, lastSeenAt }, _stretch, { days = Number.POSITIVE_INFINITY }) => {
    if (right !== 'owner' || lastSeenAt === undefined) return undefined;
    const passed = Math.floor((at.getTime() - lastSeenAt.getTime()) / 86_400_000);
    return passed < days ? undefined : { passed, days };
  },
};

function ofPatient(rule: UnusualRule, view: JudgedViewing, reason: UnusualReason, timeZone: string): UnusualFinding {
  const { userId, facilityCode, ownerFacilityCode, patientID, patient } = view;
  return {
    rule,
    userId,
    facilityCode,
    day: dayOf(view.at, timeZone),
    patient: { ownerFacilityCode, patientID, key: patient },
    reason,
    evidence: [{ seq: view.seq, at: view.at }],
  };
}

/** The most patients in a time that ends with a new view, of each day; the first view of each of them. */
function manyPatients(
  views: readonly Viewing[],
  fresh: ReadonlySet<number>,
  settings: UnusualSettings,
  timeZone: string,
): readonly UnusualFinding[] {
  const { patients: least = 0, minutes = 0 } = settings['many-patients'].thresholds;
  const most = new Map<string, { readonly view: Viewing; readonly from: number; readonly to: number; readonly patients: number }>();
  // How often each patient is in it.
  const window = new Map<string, number>();
  let from = 0;
  for (const [to, view] of views.entries()) {
    for (
      let old = views[from];
      old !== undefined && view.at.getTime() - old.at.getTime() > minutes * 60_000;
      from += 1, old = views[from]
    ) {
      const left = (window.get(old.patient) ?? 0) - 1;
      if (left <= 0) window.delete(old.patient);
      else window.set(old.patient, left);
    }
    window.set(view.patient, (window.get(view.patient) ?? 0) + 1);
    if (!fresh.has(view.seq) || window.size < least) continue;
    const day = dayOf(view.at, timeZone);
    if (window.size > (most.get(day)?.patients ?? 0)) most.set(day, { view, from, to, patients: window.size });
  }
  return [...most].map(([day, { view, from: first, to, patients }]) =>
    several('many-patients', view, day, { patients, minutes, least }, firstOfEach(views.slice(first, to + 1))),
  );
}

/** The first view of each patient, of views in order. */
function firstOfEach(views: readonly Viewing[]): readonly Evidence[] {
  const firsts = new Map<string, Evidence>();
  for (const { patient, seq, at } of views) if (!firsts.has(patient)) firsts.set(patient, { seq, at });
  return [...firsts.values()];
}

/** Views between the hours of one night, by the day on which it began. */
function atNight(
  views: readonly Viewing[],
  fresh: ReadonlySet<number>,
  settings: UnusualSettings,
  timeZone: string,
): readonly UnusualFinding[] {
  const { patients: least = 0, fromHour = 24, untilHour = 0 } = settings.night.thresholds;
  const nights = new Map<string, Viewing[]>();
  for (const view of views) {
    const hour = hourOf(view.at, timeZone);
    if (hour >= untilHour && hour < fromHour) continue;
    const day = dayOf(hour < untilHour ? new Date(view.at.getTime() - untilHour * 3_600_000) : view.at, timeZone);
    const ofNight = nights.get(day);
    if (ofNight === undefined) nights.set(day, [view]);
    else ofNight.push(view);
  }
  return [...nights].flatMap(([day, ofNight]) => {
    const firsts = firstOfEach(ofNight);
    const last = ofNight.at(-1);
    if (last === undefined || firsts.length < least || !ofNight.some(({ seq }) => fresh.has(seq))) return [];
    return [several('night', last, day, { patients: firsts.length, fromHour, untilHour }, firsts)];
  });
}

function several(
  rule: UnusualRule,
  { userId, facilityCode }: Viewing,
  day: string,
  reason: UnusualReason,
  evidence: readonly Evidence[],
): UnusualFinding {
  return { rule, userId, facilityCode, day, patient: undefined, reason, evidence };
}

function byViewer({ before, views }: Stretch): Iterable<readonly Viewing[]> {
  const all = new Map<UserId, Viewing[]>();
  for (const view of [...before, ...views]) {
    const same = all.get(view.userId);
    if (same === undefined) all.set(view.userId, [view]);
    else same.push(view);
  }
  return all.values();
}

function distinct(evidence: readonly Evidence[]): readonly Evidence[] {
  return [...new Map(evidence.map((one) => [one.seq, one])).values()].sort((a, b) => a.seq - b.seq);
}

/** In kanji, or as it sounds. */
function sameFamilyName(a: NameForms, b: NameForms): boolean {
  return someAlike(a.written, b.written, sameFamily) || someAlike(a.sounds, b.sounds, sameFamily);
}

/** In kanji where both are written so, otherwise as it sounds: 佐藤 葵 is not 佐東 葵. */
function sameWholeName(a: NameForms, b: NameForms): boolean {
  if (a.written.length > 0 && b.written.length > 0) return someAlike(a.written, b.written, sameWhole);
  return someAlike(a.sounds, b.sounds, sameWhole);
}

function someAlike(a: readonly NameParts[], b: readonly NameParts[], alike: (a: NameParts, b: NameParts) => boolean): boolean {
  return a.some((one) => b.some((other) => alike(one, other)));
}

/** Where nothing says at which character a family name ends, one of two or more begins the whole. */
function sameFamily(a: NameParts, b: NameParts): boolean {
  if (a.family !== '' && b.family !== '') return a.family === b.family;
  const [whole, family] = a.family === '' ? [a.whole, b.family] : [b.whole, a.family];
  return [...family].length > 1 && whole.startsWith(family);
}

function sameWhole(a: NameParts, b: NameParts): boolean {
  return wholeOf(a) !== '' && wholeOf(a) === wholeOf(b);
}

function wholeOf({ family, given, whole }: NameParts): string {
  return family !== '' && given !== '' ? family + given : whole;
}
