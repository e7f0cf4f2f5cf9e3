/**
 * Fees (診療報酬) whose conditions the record can show, as dated rows with their sources. A row says what must be shown and how much it is worth; whether it may be
 * claimed is the facility's to decide. What nobody has confirmed is said to be unconfirmed wherever a row is shown, and earns no tick.
 */
import type { FacilityKind } from '../people/facility-kind.ts';

export const FEE_CODES = ['B009', 'B009-images', 'B009-2', 'B011', 'referred-patient', 'E203'] as const;
export type FeeCode = (typeof FEE_CODES)[number];

/** What a facility is that sends whose patients (特定機能病院等紹介患者受入加算). */
export const DESIGNATIONS = ['advanced', 'regional-support', 'referral-focused'] as const;
export type Designation = (typeof DESIGNATIONS)[number];

/** What must be shown of a line; a line counts where all of its row's are met. */
export const FEE_NEEDS = [
  'letter-given',
  'letter-stands',
  'other-facility',
  'no-special-relation',
  'images-given',
  'scope-recorded',
  'lab-results',
  'not-own-order',
  'viewed',
  'viewer-named',
  'kept-a-year',
  'gist-written',
  'reply-asked',
  'answered-in-writing',
  'no-letter-fee-this-month',
  'not-within-interval',
  'first-visit',
  'visit-day',
  'sectional-images',
  'receiver-small',
  'referrer-of-kind',
  'images-from-elsewhere',
  'viewed-that-day',
  'once-a-month',
] as const;
export type FeeNeed = (typeof FEE_NEEDS)[number];

export interface FeeRule {
  readonly code: FeeCode;
  /** The first day on which it holds, YYYY-MM-DD. */
  readonly from: string;
  /** The last; undefined: it still holds, as far as is known. */
  readonly until: string | undefined;
  readonly points: number;
  /** Where another number holds at discharge. */
  readonly pointsAtDischarge: number | undefined;
  readonly needs: readonly FeeNeed[];
  /** Months that must lie between two of one patient. */
  readonly intervalMonths: number | undefined;
  readonly source: string;
  readonly confirmed: { readonly by: string; readonly on: string } | undefined;
}

const R6 = '診療報酬の算定方法（令和6年厚生労働省告示第57号）、令和8年改定後の告示は未確認';
const R8 = '令和8年度診療報酬改定の概要（2026年2月公表資料）、告示は未確認';

function rule(code: FeeCode, points: number, needs: readonly FeeNeed[], more: Partial<FeeRule> = {}): FeeRule {
  const open = { until: undefined, pointsAtDischarge: undefined, intervalMonths: undefined, confirmed: undefined };
  return { code, from: '2024-06-01', points, needs, source: R6, ...open, ...more };
}

const LETTER = ['letter-given', 'letter-stands', 'other-facility', 'no-special-relation'] as const;

export const FEE_RULES: readonly FeeRule[] = [
  // 診療情報提供料(I): once a month to each facility.
  rule('B009', 250, [...LETTER, 'once-a-month']),
  // 注 検査・画像情報提供加算
  rule('B009-images', 30, [...LETTER, 'images-given', 'scope-recorded', 'once-a-month'], { pointsAtDischarge: 200 }),
  // 電子的診療情報評価料
  rule('B009-2', 30, [
    ...(['letter-given', 'letter-stands', 'images-given', 'lab-results', 'not-own-order'] as const),
    ...(['viewed', 'viewer-named', 'kept-a-year', 'gist-written'] as const),
  ]),
  // 連携強化診療情報提供料. Monthly or once in three months by who is asked: the longer, until somebody says which.
  rule(
    'B011',
    150,
    [
      ...(['letter-given', 'letter-stands', 'reply-asked', 'answered-in-writing', 'no-special-relation'] as const),
      ...(['no-letter-fee-this-month', 'not-within-interval'] as const),
    ],
    { intervalMonths: 3 },
  ),
  // 特定機能病院等紹介患者受入加算
  rule('referred-patient', 60, ['letter-given', 'letter-stands', 'first-visit', 'visit-day', 'receiver-small', 'referrer-of-kind'], {
    from: '2026-06-01',
    source: R8,
  }),
  // コンピューター断層診断, of sectional images (E200 to E202) that were taken elsewhere
  rule('E203', 450, ['images-from-elsewhere', 'sectional-images', 'first-visit', 'visit-day', 'viewed-that-day', 'once-a-month']),
];

/** The row that holds on a day (YYYY-MM-DD); undefined: there was none. */
export function feeRule(code: FeeCode, day: string, rules: readonly FeeRule[] = FEE_RULES): FeeRule | undefined {
  return rules
    .filter((row) => row.code === code && row.from <= day && (row.until === undefined || day <= row.until))
    .toSorted((a, b) => (a.from < b.from ? 1 : -1))[0];
}

/** Below so many beds a hospital is small; from so many on it counts as one that refers, whatever it is designated. */
export const SMALL_BEDS_MAX = 199;
export const REFERRING_BEDS_MIN = 400;
/** Of 紹介受診重点医療機関: only with so many general beds. */
export const REFERRAL_FOCUSED_BEDS_MIN = 200;

/** What a facility is on a day. Undefined: nothing that the product keeps says it. */
export interface FacilityFacts {
  readonly code: string;
  readonly kind: FacilityKind | undefined;
  readonly generalBeds: number | undefined;
  readonly designations: readonly Designation[] | undefined;
  /** Codes of facilities with which it has a special relation (特別の関係). */
  readonly specialRelations: readonly string[] | undefined;
}

/** Undefined: what is known does not say. */
export function isSmall({ kind, generalBeds }: FacilityFacts): boolean | undefined {
  if (kind === undefined || kind === 'clinic') return kind && true;
  if (kind !== 'hospital') return false;
  return generalBeds === undefined ? undefined : generalBeds <= SMALL_BEDS_MAX;
}

/** Undefined: what is known does not say. */
export function refers({ kind, generalBeds, designations }: FacilityFacts): boolean | undefined {
  if (kind !== undefined && kind !== 'hospital') return false;
  const beds = generalBeds ?? 0;
  const isOfKind =
    beds >= REFERRING_BEDS_MIN ||
    designations?.some((one) => one !== 'referral-focused') === true ||
    (designations?.includes('referral-focused') === true && beds >= REFERRAL_FOCUSED_BEDS_MIN);
  if (isOfKind) return kind && true;
  return kind === undefined || generalBeds === undefined || designations === undefined ? undefined : false;
}

/** 施設共同利用率: a facility's patients on one category of machine, numbers of patients. */
export interface JointUse {
  readonly all: number;
  readonly referred: number;
  /** Of those that were referred: by who has a special relation, or as a transfer. */
  readonly special: number;
}

/** (② − ③) / (① − ③); undefined: nobody is left to count. */
export function jointUseRate({ all, referred, special }: JointUse): number | undefined {
  const of = all - special;
  return of <= 0 || referred < special || all < referred ? undefined : (referred - special) / of;
}
