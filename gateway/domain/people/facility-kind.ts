/** What a facility is before the law, from when on: a clinic becomes a hospital, a pharmacy closes and a nursing station opens. */

/**
 * 医療法 1条の2第2項 (facilities that provide medical care), 1条の5 (hospital: 20 beds or more; clinic), 2条 (maternity home); 健康保険法 88条 (visiting
 * nursing). An imaging centre is a clinic before the law, apart here since it makes images for others. `secretariat`: the office of the network.
 */
export const FACILITY_KINDS = [
  'hospital', // 病院
  'clinic', // 診療所
  'dental-clinic', // 歯科診療所
  'maternity-home', // 助産所
  'imaging-centre', // 画像診断センター
  'care-facility', // 介護老人保健施設・介護医療院
  'pharmacy', // 薬局
  'visiting-nursing', // 訪問看護ステーション
  'secretariat', // 地域連携の事務局
] as const;
export type FacilityKind = (typeof FACILITY_KINDS)[number];

/** Rows of one facility: more changes than any sees. */
export const KINDS_A_FACILITY_MAX = 20;

/** What a facility is that nobody has said otherwise of. */
export const USUAL_KIND: FacilityKind = 'hospital';

/** The day from which a first kind holds: before everything. */
export const FROM_THE_BEGINNING = new Date(0);

export interface DatedKind {
  readonly kind: FacilityKind;
  /** The first instant of a day of the region. */
  readonly since: Date;
}

/** What the facility is at an instant. Before its first row it is what that row says. */
export function kindAt(kinds: readonly DatedKind[], now: Date): FacilityKind {
  const inOrder = kinds.toSorted((a, b) => a.since.getTime() - b.since.getTime());
  return (inOrder.findLast(({ since }) => since <= now) ?? inOrder[0])?.kind ?? USUAL_KIND;
}
