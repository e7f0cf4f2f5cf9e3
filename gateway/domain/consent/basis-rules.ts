/**
 * On what a patient's images may be given to others in Japan, as dated rows with their sources. Health data is 要配慮個人情報: there is no row for
 * opting out, and an objection ends whatever stood. What nobody has confirmed is said to be unconfirmed wherever a row is shown.
 */

export const BASIS_KINDS = ['paper', 'signature', 'proxy', 'implied', 'law'] as const;
export type BasisKind = (typeof BASIS_KINDS)[number];

/** Who signs for somebody who cannot: their own word, and the region's form asks for it. */
export const PROXY_RELATIONS = ['parent', 'spouse', 'child', 'sibling', 'guardian', 'bereaved', 'other'] as const;
export type ProxyRelation = (typeof PROXY_RELATIONS)[number];

/** 個人情報の保護に関する法律 第27条第1項, numbers 1 to 4. */
export const LAW_GROUNDS = ['statute', 'life-or-body', 'public-health', 'state-duty'] as const;
export type LawGround = (typeof LAW_GROUNDS)[number];

export interface BasisRule {
  readonly kind: BasisKind;
  /** From when on the row holds, YYYY-MM-DD. */
  readonly from: string;
  readonly source: string;
  /** By whom, and on which day; undefined: nobody has. */
  readonly confirmed: { readonly by: string; readonly on: string } | undefined;
  /** Somebody said yes, for themselves or for another. */
  readonly explicit: boolean;
  readonly needsDocument: boolean;
  readonly needsRelation: boolean;
  readonly needsGround: boolean;
  /** It stands only while a dated notice hangs in the facility, and reaches that facility's own studies only: the notice tells of those. */
  readonly needsPostedNotice: boolean;
  /** It names a day on which it ends. */
  readonly needsTerm: boolean;
}

const LAW = '個人情報の保護に関する法律 第27条第1項・第2項';
const GUIDANCE = '医療・介護関係事業者における個人情報の適切な取扱いのためのガイダンス';

export const BASIS_RULES: readonly BasisRule[] = [
  rule('paper', LAW, { explicit: true, needsDocument: true }),
  rule('signature', LAW, { explicit: true, needsDocument: true }),
  rule('proxy', GUIDANCE, { explicit: true, needsDocument: true, needsRelation: true }),
  rule('implied', GUIDANCE, { needsPostedNotice: true }),
  rule('law', LAW, { needsGround: true, needsTerm: true }),
];

function rule(kind: BasisKind, source: string, needs: Partial<BasisRule>): BasisRule {
  return {
    kind,
    from: '2022-04-01',
    source,
    confirmed: undefined,
    explicit: false,
    needsDocument: false,
    needsRelation: false,
    needsGround: false,
    needsPostedNotice: false,
    needsTerm: false,
    ...needs,
  };
}

/** The row that holds on a day (YYYY-MM-DD); undefined: on that day it was no basis. */
export function basisRule(kind: BasisKind, day: string): BasisRule | undefined {
  return BASIS_RULES.filter((row) => row.kind === kind && row.from <= day).toSorted((a, b) => (a.from < b.from ? 1 : -1))[0];
}

export const BASIS_FLAWS = [
  'no-basis-then',
  'document-missing',
  'relation-missing',
  'ground-missing',
  'notice-missing',
  'term-missing',
  'not-of-this-basis',
] as const;
export type BasisFlaw = (typeof BASIS_FLAWS)[number];

/** What a consent says of its basis, when it is taken. */
export interface BasisSaid {
  readonly kind: BasisKind;
  readonly hasDocument: boolean;
  readonly relation: ProxyRelation | undefined;
  readonly ground: LawGround | undefined;
  readonly hasTerm: boolean;
  readonly noticePosted: boolean;
}

/** What is wanting, or is said though the basis knows no such thing. `day` = YYYY-MM-DD, when it was taken. */
export function basisFlaws(said: BasisSaid, day: string): readonly BasisFlaw[] {
  const row = basisRule(said.kind, day);
  if (row === undefined) return ['no-basis-then'];
  const flaws: BasisFlaw[] = [];
  if (row.needsDocument && !said.hasDocument) flaws.push('document-missing');
  if (row.needsRelation && said.relation === undefined) flaws.push('relation-missing');
  if (row.needsGround && said.ground === undefined) flaws.push('ground-missing');
  if (row.needsPostedNotice && !said.noticePosted) flaws.push('notice-missing');
  if (row.needsTerm && !said.hasTerm) flaws.push('term-missing');
  if ((!row.needsRelation && said.relation !== undefined) || (!row.needsGround && said.ground !== undefined))
    flaws.push('not-of-this-basis');
  return flaws;
}
