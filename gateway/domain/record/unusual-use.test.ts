import { describe, expect, test } from 'vitest';
import { foldName } from '../../dicom/text/person-name.ts';
import type { UserId } from '../identifiers.ts';
import { formsOfName } from '../patients/name-forms.ts';
import { type RegionUnusual, settingsOf, UNUSUAL_RULES, unusualChanges, unusualOutOfBounds } from './unusual-rules.ts';
import { type JudgedViewing, type NamedPerson, type Stretch, unusualUses } from './unusual-use.ts';

const ZONE = 'Asia/Tokyo';
const NOON = Date.parse('2026-11-25T12:00:00+09:00');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const named = (name: string, kana = '') => formsOfName({ alphabetic: '', ideographic: foldName(name), phonetic: foldName(kana) });
const romaji = (name: string) => formsOfName({ alphabetic: foldName(name), ideographic: '', phonetic: '' });
const person = (userId: string, name: string, kana = '', facilityCode = 'H'): NamedPerson => ({
  userId: userId as UserId,
  facilityCode,
  name: named(name, kana),
});

const SATO = person('1', '佐藤 花子', 'サトウ ハナコ');
const WRITTEN_AS_ONE = person('2', '長谷川健', 'ハセガワケン');
const NO_ONE = named('山田^太郎', 'ヤマダ^タロウ');

function view(seq: number, more: Partial<JudgedViewing> = {}): JudgedViewing {
  const at = more.at ?? new Date(NOON + seq * MINUTE);
  return {
    seq,
    at,
    userId: SATO.userId,
    facilityCode: 'H',
    right: 'owner',
    ownerFacilityCode: 'H',
    patientID: `P${seq}`,
    patient: `${seq}`,
    name: NO_ONE,
    lastSeenAt: at,
    ...more,
  };
}

const stretch = (views: readonly JudgedViewing[], more: Partial<Stretch> = {}): Stretch => ({
  views,
  before: [],
  viewers: [SATO, WRITTEN_AS_ONE],
  staff: [SATO, WRITTEN_AS_ONE, person('3', '渡邊 誠', 'ワタナベ マコト'), person('4', '鈴木 一郎', 'スズキ イチロウ', 'C')],
  ...more,
});
const found = (given: Stretch, region: RegionUnusual = {}) => unusualUses(given, settingsOf(region), ZONE);
const rules = (given: Stretch, region?: RegionUnusual) => found(given, region).map(({ rule, reason }) => [rule, reason]);
const one = (name: JudgedViewing['name'], userId = SATO.userId, more: Partial<JudgedViewing> = {}) =>
  stretch([view(1, { name, userId, ...more })]);

describe('own name, and colleagues', () => {
  test.each<[string, Stretch, readonly unknown[]]>([
    ['another name', one(NO_ONE), []],
    ['the same family name in kanji', one(named('佐藤^次郎')), [['own-name', { whole: false }]]],
    ['in kana alone', one(named('', 'サトウ^ジロウ')), [['own-name', { whole: false }]]],
    ['in hiragana', one(named('', 'さとう^じろう')), [['own-name', { whole: false }]]],
    ['in Latin letters', one(romaji('SATO^JIRO')), [['own-name', { whole: false }]]],
    ['another kanji that sounds the same', one(named('左藤^次郎', 'サトウ^ジロウ')), [['own-name', { whole: false }]]],
    ['the same full name', one(named('佐藤^花子', 'サトウ^ハナコ')), [['own-name', { whole: true }]]],
    ['full name that sounds the same and is written otherwise', one(named('佐藤^華子', 'サトウ^ハナコ')), [['own-name', { whole: false }]]],
    ['a viewer whose name has no space', one(named('長谷川^実'), WRITTEN_AS_ONE.userId), [['own-name', { whole: false }]]],
    ['one character is no family name by its beginning', one(named('長^実'), WRITTEN_AS_ONE.userId), []],
    ['a patient without a name', one(named('')), []],
    ['a patient called unknown', one(named('不明')), []],
    ['a colleague', one(named('渡辺^誠', 'ワタナベ^マコト')), [['own-staff', { people: 1 }]]],
    ['a colleague of the same sound, in other kanji', one(named('渡部^誠', 'ワタナベ^マコト')), []],
    ['a colleague in kana alone', one(named('', 'ワタナベ^マコト')), [['own-staff', { people: 1 }]]],
    ['somebody of another facility', one(named('鈴木^一郎', 'スズキ^イチロウ')), []],
    ['a viewer of no facility has no colleagues', one(named('渡辺^誠'), SATO.userId, { facilityCode: undefined }), []],
  ])('%s', (_name, given, expected) => expect(rules(given)).toEqual(expected));

  test.each<[number, number]>([
    [0, 1],
    [1, 0],
    [10, 0],
  ])('the %i most common names left out', (commonNames, lines) => {
    const region = { 'own-name': { thresholds: { commonNames } } };
    expect(rules(one(named('佐藤^次郎')), region)).toHaveLength(lines);
    // One's own full name is never left out.
    expect(rules(one(named('佐藤^花子')), region)).toHaveLength(1);
  });

  test('one line a patient and day, with every record it rests on', () => {
    const name = named('佐藤^次郎');
    const same = { name, patient: 'p', patientID: 'P' };
    const views = [view(1, same), view(2, same), view(3, { name }), view(4, { ...same, at: new Date(NOON + DAY) })];
    expect(found(stretch(views)).map(({ day, patient, evidence }) => [day, patient?.key, evidence.map(({ seq }) => seq)])).toEqual([
      ['2026-11-25', 'p', [1, 2]],
      ['2026-11-25', '3', [3]],
      ['2026-11-26', 'p', [4]],
    ]);
  });
});

describe('long not seen', () => {
  const at = new Date(NOON);
  test.each<[string, Partial<JudgedViewing>, readonly unknown[]]>([
    ['yesterday', { lastSeenAt: new Date(NOON - DAY) }, []],
    ['364 days', { lastSeenAt: new Date(NOON - 365 * DAY + 1) }, []],
    ['365 days', { lastSeenAt: new Date(NOON - 365 * DAY) }, [['no-visit', { passed: 365, days: 365 }]]],
    ['by a share, which is a relation', { lastSeenAt: new Date(0), right: 'share' }, []],
    ['of a study that is there no more', { lastSeenAt: undefined }, []],
  ])('%s', (_name, more, expected) => expect(rules(stretch([view(1, { at, ...more })]))).toEqual(expected));
});

describe('many patients', () => {
  const region = { 'many-patients': { thresholds: { patients: 5, minutes: 10 } } };
  const every = (minutes: number, count: number) =>
    Array.from({ length: count }, (_, n) => view(n + 1, { at: new Date(NOON + n * minutes * MINUTE) }));
  test.each<[string, readonly JudgedViewing[], readonly unknown[]]>([
    ['four', every(1, 4), []],
    ['five', every(1, 5), [['many-patients', { patients: 5, minutes: 10, least: 5 }]]],
    ['five, too far apart', every(3, 5), []],
    ['the most of the day is told', every(1, 9), [['many-patients', { patients: 9, minutes: 10, least: 5 }]]],
    ['one patient again and again', every(1, 9).map((each) => ({ ...each, patient: 'same' })), []],
    ['two people together', every(1, 8).map((each, n) => (n % 2 === 0 ? each : { ...each, userId: WRITTEN_AS_ONE.userId })), []],
  ])('%s', (_name, views, expected) => expect(rules(stretch(views), region)).toEqual(expected));

  test('what was opened before the stretch counts, and alone is not told again', () => {
    const [before, views] = [every(1, 4), every(1, 5).slice(4)];
    expect(found(stretch(views, { before }), region)[0]?.evidence.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(found(stretch([view(99, { at: new Date(NOON + 60 * MINUTE) })], { before: every(1, 9) }), region)).toEqual([]);
  });
});

describe('night', () => {
  const region = { night: { thresholds: { patients: 2 } } };
  const tonight = (...hours: readonly number[]) =>
    hours.map((hour, n) => view(n + 1, { at: new Date(Date.parse('2026-11-25T00:00:00+09:00') + hour * HOUR) }));
  test.each<[string, readonly JudgedViewing[], readonly unknown[]]>([
    ['by day', tonight(8, 9, 12, 21.9), []],
    ['one patient', tonight(23), []],
    ['both sides of midnight are one night', tonight(22, 25, 28.9), [['2026-11-25', 3]]],
    ['the end of the night before is another', tonight(4, 23), []],
    [
      'two nights',
      tonight(1, 2, 23, 24),
      [
        ['2026-11-24', 2],
        ['2026-11-25', 2],
      ],
    ],
    ['from five o’clock it is day', tonight(29, 30), []],
  ])('%s', (_name, views, expected) => {
    expect(found(stretch(views), region).map(({ day, reason }) => [day, reason['patients']])).toEqual(expected);
  });
});

describe('rules', () => {
  test('a rule that is off finds nothing', () => {
    expect(rules(one(named('佐藤^次郎')), { 'own-name': { on: false } })).toEqual([]);
  });
  test.each<[string, RegionUnusual, string | undefined]>([
    ['nothing', {}, undefined],
    ['within', { night: { thresholds: { fromHour: 18, untilHour: 8 } } }, undefined],
    ['too low', { night: { thresholds: { fromHour: 17 } } }, 'night/fromHour'],
    ['too high', { 'many-patients': { thresholds: { patients: 501 } } }, 'many-patients/patients'],
    ['no whole number', { 'no-visit': { thresholds: { days: 30.5 } } }, 'no-visit/days'],
    ['of no rule', { 'own-staff': { thresholds: { patients: 5 } } }, 'own-staff/patients'],
    ['a name that objects have', { 'own-staff': { thresholds: { constructor: 5 } } }, 'own-staff/constructor'],
  ])('bounds: %s', (_name, region, beyond) => {
    expect(unusualOutOfBounds(region)).toBe(beyond);
    // What stands out of bounds, by whatever hand, counts for nothing.
    if (beyond !== undefined) expect(settingsOf(region)).toEqual(settingsOf({}));
  });
  test('what holds at first is within the bounds', () => {
    const all = Object.values(UNUSUAL_RULES).flatMap((rule) => Object.values<{ usual: number; min: number; max: number }>(rule));
    expect(all.filter(({ usual, min, max }) => usual < min || usual > max)).toEqual([]);
  });
  test('a change is told by what differs', () => {
    const now = settingsOf({ night: { on: false, thresholds: { fromHour: 23 } }, 'no-visit': { thresholds: { days: 365 } } });
    expect(unusualChanges(settingsOf({}), now)).toEqual(['night=off', 'night/fromHour=23']);
  });
});
