/**
 * What each observation about two patients is worth, in bits: log2(m / u), where m is how often it is made of one person's two descriptions and u of two
 * different people's (Fellegi and Sunter, A Theory for Record Linkage, 1969). Where m and u come from: gateway/decisions/matching.md. Pure.
 */

interface Rate {
  readonly m: number;
  readonly u: number;
}

/** Weights of household evidence are lower than its rarity: family name, address, phone and insurance come together. */
const RATES = {
  'family-same': { m: 0.92, u: 0.0015 },
  'family-one-script': { m: 0.012, u: 0.0015 },
  'family-alike': { m: 0.015, u: 0.002 },
  'family-near': { m: 0.012, u: 0.01 },
  'family-differs': { m: 0.03, u: 0.98 },
  'family-changed': { m: 0.02, u: 0.08 },
  'given-same': { m: 0.93, u: 0.007 },
  'given-one-script': { m: 0.015, u: 0.006 },
  'given-alike': { m: 0.015, u: 0.004 },
  'given-near': { m: 0.02, u: 0.02 },
  'given-differs': { m: 0.012, u: 0.96 },
  'names-swapped': { m: 0.01, u: 0.02 },
  'birth-date-same': { m: 0.965, u: 1 / 27_000 },
  'birth-date-one-digit': { m: 0.008, u: 0.0011 },
  'birth-date-digits-swapped': { m: 0.002, u: 0.0002 },
  'birth-date-day-and-month-swapped': { m: 0.002, u: 0.0001 },
  'birth-date-other-era': { m: 0.002, u: 0.0001 },
  'birth-date-next-year': { m: 0.003, u: 0.0001 },
  'birth-date-day-unknown': { m: 0.002, u: 0.0008 },
  'birth-date-differs': { m: 0.006, u: 0.997 },
  'sex-same': { m: 0.997, u: 0.5 },
  'sex-differs': { m: 0.003, u: 0.5 },
  'postal-code-same': { m: 0.85, u: 0.01 },
  'postal-area-same': { m: 0.08, u: 0.15 },
  'postal-code-differs': { m: 0.07, u: 0.84 },
  'phone-same': { m: 0.7, u: 0.001 },
  'phone-differs': { m: 0.3, u: 0.999 },
  'insured-same': { m: 0.6, u: 0.000_02 },
  'insurance-same': { m: 0.6, u: 0.001 },
  'insurance-branch-differs': { m: 0.002, u: 0.5 },
  'insurance-differs': { m: 1, u: 1 },
  'facility-same': { m: 0.05, u: 0.5 },
} as const satisfies Record<string, Rate>;

export type EvidenceCode = keyof typeof RATES;
export const EVIDENCE_CODES = Object.keys(RATES) as readonly EvidenceCode[];

/** One observation and what it is worth; less than 0 speaks against one person. Words for the code are the viewer's. */
export interface Reason {
  readonly code: EvidenceCode;
  readonly bits: number;
}

export function reason(code: EvidenceCode): Reason {
  return weighed(code, RATES[code]);
}

/** @param share of all people who have this family name, see `family-names.ts` */
export function familySame(share: number): Reason {
  return weighed('family-same', { m: RATES['family-same'].m, u: share });
}

function weighed(code: EvidenceCode, { m, u }: Rate): Reason {
  return { code, bits: tenths(Math.log2(m / u)) };
}

/** Bits are shown with one decimal, so that what is shown adds up to the score. */
export function tenths(bits: number): number {
  return Math.round(bits * 10) / 10;
}
