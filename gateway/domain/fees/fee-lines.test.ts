import { describe, expect, test } from 'vitest';
import { feeLines, type GivenImages, type LetterFacts, type MonthFacts } from './fee-lines.ts';
import {
  type FacilityFacts,
  FEE_CODES,
  FEE_NEEDS,
  FEE_RULES,
  type FeeCode,
  type FeeNeed,
  feeRule,
  isSmall,
  jointUseRate,
  refers,
} from './fee-rules.ts';

const facility = (code: string, more: Partial<FacilityFacts> = {}): FacilityFacts => ({
  code,
  kind: 'hospital',
  generalBeds: 450,
  designations: [],
  specialRelations: [],
  ...more,
});
const HOSPITAL = facility('H');
const CLINIC = facility('C', { kind: 'clinic', generalBeds: 0 });
const shown = (on: string, ...records: number[]) => ({ on, records });

/** A hospital's letter to a clinic with images and results, which the clinic opened, wrote down and answered. */
const WHOLE: LetterFacts = {
  letterId: '1',
  kind: 'referral',
  patient: 'p1',
  from: HOSPITAL,
  to: CLINIC,
  sent: shown('2026-07-02', 10),
  withdrawn: undefined,
  marks: { discharge: false, transfer: false, specialRelation: false, labResults: true, replyAsked: true },
  images: { ...shown('2026-07-02', 11, 12), scoped: true, orderedBy: undefined, modalities: ['CT'] },
  viewed: { ...shown('2026-07-05', 20), viewer: '7' },
  gist: shown('2026-07-05', 21),
  firstVisit: shown('2026-07-05', 22),
  answered: shown('2026-07-09', 30),
};
const given = (more: Partial<GivenImages>): GivenImages => ({
  ...{ ...shown('2026-07-02', 11, 12), scoped: true, orderedBy: undefined, modalities: ['CT'] },
  ...more,
});
type Change = Partial<Omit<LetterFacts, 'marks'>> & { readonly marks?: Partial<LetterFacts['marks']> };
const letter = (change: Change = {}): LetterFacts => ({ ...WHOLE, ...change, marks: { ...WHOLE.marks, ...change.marks } });

interface Case {
  /** Whose month it is: the sender's, or the receiver's. */
  readonly of: 'H' | 'C';
  readonly letters: readonly LetterFacts[];
  readonly facts?: Partial<MonthFacts>;
  /** Of each line of the fee in turn: points, where it counts; otherwise what was not shown. */
  readonly code: FeeCode;
  readonly expected: readonly (number | readonly FeeNeed[])[];
}
const one = (of: Case['of'], code: FeeCode, change: Change, ...expected: Case['expected'][number][]): Case => ({
  of,
  code,
  letters: [letter(change)],
  expected,
});
const SENT_AGAIN = letter({
  letterId: '2',
  sent: shown('2026-07-20', 40),
  images: { ...shown('2026-07-20', 41), scoped: true, orderedBy: undefined, modalities: ['CT'] },
});
const MAY = { month: '2026-05' } as const;
const IN_MAY: Change = {
  sent: shown('2026-05-02', 10),
  images: { ...shown('2026-05-02', 11), scoped: true, orderedBy: undefined, modalities: ['CT'] },
  viewed: { ...shown('2026-05-05', 20), viewer: '7' },
  gist: shown('2026-05-05', 21),
  firstVisit: shown('2026-05-05', 22),
  answered: shown('2026-05-09', 30),
};

const CASES: Readonly<Record<string, Case>> = {
  // The letter itself.
  'a letter to another facility': one('H', 'B009', {}, 250),
  'two in a month to one facility: the first counts': {
    of: 'H',
    code: 'B009',
    letters: [SENT_AGAIN, letter()],
    expected: [250, ['once-a-month']],
  },
  'two in a month to two facilities': {
    ...{ of: 'H', code: 'B009', expected: [250, 250] },
    letters: [letter(), { ...SENT_AGAIN, to: facility('D', { kind: 'clinic' }) }],
  },
  'two in a month, of two patients': { of: 'H', code: 'B009', letters: [letter(), { ...SENT_AGAIN, patient: 'p2' }], expected: [250, 250] },
  'to a facility of special relation, as its sender says': one('H', 'B009', { marks: { specialRelation: true } }, ['no-special-relation']),
  'of special relation by the list': one('H', 'B009', { to: { ...CLINIC, specialRelations: ['H'] } }, ['no-special-relation']),
  'recalled the same day': one('H', 'B009', { withdrawn: shown('2026-07-02', 13) }, ['letter-stands']),
  'recalled later': one('H', 'B009', { withdrawn: shown('2026-07-03', 13) }, 250),
  'a reply is no letter of this fee': one('H', 'B009', { kind: 'reply' }),
  'a counter-referral is': one('H', 'B009', { kind: 'counter-referral' }, 250),
  'to oneself': one('H', 'B009', { to: HOSPITAL }, ['other-facility']),
  'of another month': { of: 'H', code: 'B009', letters: [letter()], facts: { month: '2026-08' }, expected: [] },

  // Images given with it.
  'images given': one('H', 'B009-images', {}, 30),
  'images given at discharge': one('H', 'B009-images', { marks: { discharge: true } }, 200),
  'no images': one('H', 'B009-images', { images: undefined }, ['images-given', 'scope-recorded']),
  'images, and nobody knows which': one(
    ...([
      'H',
      'B009-images',
      { images: { ...shown('2026-07-02', 11), scoped: false, orderedBy: undefined, modalities: ['CT'] } },
      ['scope-recorded'],
    ] as const),
  ),
  'images of a letter that was recalled': one('H', 'B009-images', { withdrawn: shown('2026-07-02', 13) }, ['letter-stands']),

  // Looked at by who received them.
  'looked at and written down': one('C', 'B009-2', {}, 30),
  'own order': one('C', 'B009-2', { images: { ...shown('2026-07-02', 11), scoped: true, orderedBy: 'C', modalities: ['CT'] } }, [
    'not-own-order',
  ]),
  'another facility’s order': one(
    'C',
    'B009-2',
    { images: { ...shown('2026-07-02', 11), scoped: true, orderedBy: 'D', modalities: ['CT'] } },
    30,
  ),
  'no lab result': one('C', 'B009-2', { marks: { labResults: false } }, ['lab-results']),
  'no gist': one('C', 'B009-2', { gist: undefined }, ['gist-written']),
  'nobody looked': one('C', 'B009-2', { viewed: undefined }, ['viewed', 'viewer-named']),
  'a machine took them': one('C', 'B009-2', { viewed: { ...shown('2026-07-05', 20), viewer: undefined } }, ['viewer-named']),
  'looked at before they were given': one('C', 'B009-2', { viewed: { ...shown('2026-07-01', 20), viewer: '7' } }, ['viewed']),
  'no images came': one('C', 'B009-2', { images: undefined }, ['images-given', 'not-own-order', 'viewed']),
  'the record is kept for too short': {
    of: 'C',
    code: 'B009-2',
    letters: [letter()],
    facts: { keptDays: 364 },
    expected: [['kept-a-year']],
  },
  'the sender has nothing of it': one('H', 'B009-2', {}),
  'nothing but a letter': one(
    ...(['C', 'B009-2', { images: undefined, viewed: undefined, gist: undefined, marks: { labResults: false } }] as const),
    ['images-given', 'lab-results', 'not-own-order', 'viewed', 'viewer-named', 'gist-written'],
  ),

  // Asked by the referrer, answered in writing.
  answered: one('C', 'B011', {}, 150),
  'not answered yet is no line': one('C', 'B011', { answered: undefined }),
  'nobody asked': one('C', 'B011', { marks: { replyAsked: false } }, ['reply-asked']),
  'answered within three months': {
    ...{ of: 'C', code: 'B011', facts: { month: '2026-07' }, expected: [['not-within-interval']] },
    letters: [letter({ ...IN_MAY, letterId: '0' }), letter()],
  },
  'answered after three months': {
    ...{ of: 'C', code: 'B011', facts: { month: '2026-08' }, expected: [150] },
    letters: [letter({ ...IN_MAY, letterId: '0' }), letter({ answered: shown('2026-08-09', 30) })],
  },
  'with a letter of one’s own in the month, before or after it': {
    ...{ of: 'C', code: 'B011', expected: [['no-letter-fee-this-month']] },
    letters: [letter(), letter({ letterId: '3', from: CLINIC, to: HOSPITAL, sent: shown('2026-07-30', 50), answered: undefined })],
  },

  // A patient that a large hospital sends to a small one, since June 2026.
  'a clinic receives from a hospital of 450 beds': one('C', 'referred-patient', {}, 60),
  'before there was such a fee': { of: 'C', code: 'referred-patient', letters: [letter(IN_MAY)], facts: MAY, expected: [] },
  'no first visit is no line': one('C', 'referred-patient', { firstVisit: undefined }),
  'a hospital of 200 beds receives': one('C', 'referred-patient', { to: facility('C', { generalBeds: 200 }) }, ['receiver-small']),
  'a hospital of 199 beds receives': one('C', 'referred-patient', { to: facility('C', { generalBeds: 199 }) }, 60),
  'from a hospital of 399 beds': one('C', 'referred-patient', { from: facility('H', { generalBeds: 399 }) }, ['referrer-of-kind']),
  'from a small one that supports the region': one(
    ...(['C', 'referred-patient', { from: facility('H', { generalBeds: 150, designations: ['regional-support'] }) }, 60] as const),
  ),
  'from one of focus with 199 beds': one(
    ...([
      'C',
      'referred-patient',
      { from: facility('H', { generalBeds: 199, designations: ['referral-focused'] }) },
      ['referrer-of-kind'],
    ] as const),
  ),

  // Images of elsewhere, read on the day of the first visit.
  'read at the first visit': one('C', 'E203', {}, 450),
  'read on another day': one('C', 'E203', { firstVisit: shown('2026-07-06', 22) }, ['viewed-that-day']),
  'no first visit': one('C', 'E203', { firstVisit: undefined }, ['first-visit', 'visit-day', 'viewed-that-day']),
  'a first visit, nobody says when': one('C', 'E203', { firstVisit: { ...shown('2026-07-05', 22), undated: true } }, ['visit-day']),
  'looked at before, and again at the first visit': one(
    ...(['C', 'E203', { firstVisit: shown('2026-07-06', 22), viewedAtVisit: shown('2026-07-06', 23) }, 450] as const),
  ),
  'plain films are no section': one('C', 'E203', { images: given({ modalities: ['CR', 'DX'] }) }, ['sectional-images']),
  'a magnetic resonance is one': one('C', 'E203', { images: given({ modalities: ['SR', 'MR'] }) }, 450),
  'twice a month, from two hospitals': {
    ...{ of: 'C', code: 'E203', expected: [450, ['once-a-month']] },
    letters: [
      letter(),
      letter({
        letterId: '4',
        from: facility('D'),
        viewed: { ...shown('2026-07-15', 60), viewer: '7' },
        firstVisit: shown('2026-07-15', 61),
      }),
    ],
  },
};

const linesOf = ({ of, letters, facts, code }: Case) =>
  feeLines({ facility: of, month: '2026-07', letters, keptDays: 5 * 365, ...facts }).filter((line) => line.code === code);

describe('worked cases', () => {
  test('there are forty, of every fee and every condition', () => {
    const cases = Object.values(CASES);
    expect(cases.length).toBeGreaterThanOrEqual(40);
    expect(FEE_CODES.filter((code) => !cases.some((one) => one.code === code))).toEqual([]);
    const unmet = new Set(cases.flatMap(({ expected }) => expected.flatMap((line) => (typeof line === 'number' ? [] : line))));
    // A line is begun by a letter, by an answer, or by images that came from elsewhere: there is none without.
    expect(FEE_NEEDS.filter((need) => !unmet.has(need))).toEqual(['letter-given', 'answered-in-writing', 'images-from-elsewhere']);
  });

  test.each(Object.entries(CASES))('%s', (_name, given) => {
    const lines = linesOf(given);
    expect(lines.map(({ counts, points, reasons }) => (counts ? points : reasons.flatMap(({ need, met }) => (met ? [] : [need]))))).toEqual(
      given.expected,
    );
  });
});

describe('what nothing on record could say is left open, and never said to be shown', () => {
  const unknown = { generalBeds: undefined, designations: undefined, specialRelations: undefined };
  test.each<[string, Case['of'], FeeCode, Change, readonly FeeNeed[]]>([
    ['who asked for the examination', 'C', 'B009-2', { images: given({ orderUnsaid: true }) }, ['not-own-order']],
    ['of which kind the images are', 'C', 'E203', { images: given({ modalities: undefined }) }, ['sectional-images']],
    ['how large a hospital is that sends', 'C', 'referred-patient', { from: facility('H', unknown) }, ['referrer-of-kind']],
    ['how large a hospital is that receives', 'C', 'referred-patient', { to: facility('C', unknown) }, ['receiver-small']],
    ['what a facility is', 'C', 'referred-patient', { to: facility('C', { ...unknown, kind: undefined }) }, ['receiver-small']],
    ['whose letter it is', 'H', 'B009', { patient: undefined }, ['once-a-month']],
    ['whose answer it is', 'C', 'B011', { patient: undefined }, ['no-letter-fee-this-month', 'not-within-interval']],
  ])('%s', (_name, of, code, change, expected) => {
    const [line] = linesOf(one(of, code, change));
    expect(line).toMatchObject({ counts: false, open: true });
    expect(
      line?.reasons.flatMap(({ need, met, unsaid, records }) => (unsaid ? [need, ...records.map(String)] : met ? [] : ['not met'])),
    ).toEqual(expected);
  });

  test('what is known to be missing is not open beside it', () => {
    const [line] = linesOf(one('C', 'B009-2', { images: given({ orderUnsaid: true }), gist: undefined }));
    expect(line).toMatchObject({ counts: false, open: false });
  });

  test.each<[string, Partial<FacilityFacts>, boolean | undefined, boolean | undefined]>([
    ['a clinic', { kind: 'clinic' }, true, false],
    ['a pharmacy', { kind: 'pharmacy' }, false, false],
    ['a hospital', {}, undefined, undefined],
    ['a large one', { generalBeds: 400 }, false, true],
    ['a designated one', { designations: ['advanced'] }, undefined, true],
    ['of 100 beds, designations unknown', { generalBeds: 100 }, true, undefined],
    ['of focus, beds unknown', { designations: ['referral-focused'] }, undefined, undefined],
  ])('%s: small, refers', (_name, known, small, sends) => {
    const one = facility('X', { ...unknown, ...known });
    expect([isSmall(one), refers(one)]).toEqual([small, sends]);
  });
});

test('a line names every record that it rests on, and each condition its own', () => {
  const [line] = linesOf(CASES['looked at and written down'] as Case);
  expect(line).toMatchObject({ letterId: '1', other: 'H', on: '2026-07-05', records: [10, 11, 12, 20, 21] });
  const by = Object.fromEntries(line?.reasons.map(({ need, records }) => [need, records]) ?? []);
  expect(by).toMatchObject({ 'images-given': [11, 12], viewed: [20], 'gist-written': [21], 'lab-results': [10], 'kept-a-year': [] });
});

test('each fee has a row, each row a source, and none is confirmed by anybody yet', () => {
  expect(FEE_CODES.filter((code) => feeRule(code, '2026-07-01') === undefined)).toEqual([]);
  for (const { source, from, confirmed } of FEE_RULES) {
    expect(source).toMatch(/未確認/);
    expect(from).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(confirmed).toBeUndefined();
  }
});

test('of two rows that hold the newer one does, and none after its last day', () => {
  const [row] = FEE_RULES as readonly [(typeof FEE_RULES)[number]];
  const rules = [
    { ...row, points: 1, until: '2027-03-31' },
    { ...row, points: 2, from: '2026-08-01', until: '2026-12-31' },
  ];
  expect(
    ['2024-05-31', '2026-07-31', '2026-08-01', '2027-01-01', '2027-04-01'].map((day) => feeRule(row.code, day, rules)?.points),
  ).toEqual([undefined, 1, 2, 1, undefined]);
});

test.each([
  ['a tenth', { all: 110, referred: 20, special: 10 }, 0.1],
  ['none referred', { all: 100, referred: 0, special: 0 }, 0],
  ['nobody examined', { all: 0, referred: 0, special: 0 }, undefined],
  ['all of special relation', { all: 5, referred: 5, special: 5 }, undefined],
  ['more special than referred', { all: 10, referred: 1, special: 2 }, undefined],
] as const)('joint use: %s', (_name, counted, rate) => expect(jointUseRate(counted)).toBe(rate));
