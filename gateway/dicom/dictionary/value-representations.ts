export type ValueKind = 'text' | 'strings' | 'names' | 'numberText' | 'uids' | 'numbers' | 'tags' | 'binary' | 'sequence';

/** How the values of a VR are written. PS3.5 table 6.2-1. */
export interface VRForm {
  readonly vr: string;
  /** Explicit form with two reserved bytes and a 32-bit length, PS3.5 table 7.1-1. */
  readonly long: boolean;
  readonly kind: ValueKind;
  /** Bytes a number, 1 for what has no byte order. */
  readonly unit: 1 | 2 | 4 | 8;
  /** Specific Character Set applies, PS3.5 6.1.2.2. */
  readonly charset: boolean;
  /** Characters a value may have, PS3.5 table 6.2-1; longer ones are kept, with a warning. */
  readonly charsMax: number;
}

const CHARS_MAX: Readonly<Record<string, number>> = {
  AE: 16,
  AS: 4,
  CS: 16,
  DA: 8,
  DS: 16,
  DT: 26,
  IS: 12,
  LO: 64,
  LT: 10240,
  SH: 16,
  ST: 1024,
  TM: 14,
  UI: 64,
};

export const VR_FORMS: ReadonlyMap<string, VRForm> = new Map(
  (
    [
      // VR, long form, kind, unit, character set
      ['AE', false, 'strings', 1, false],
      ['AS', false, 'strings', 1, false],
      ['AT', false, 'tags', 2, false],
      ['CS', false, 'strings', 1, false],
      ['DA', false, 'strings', 1, false],
      ['DS', false, 'numberText', 1, false],
      ['DT', false, 'strings', 1, false],
      ['FD', false, 'numbers', 8, false],
      ['FL', false, 'numbers', 4, false],
      ['IS', false, 'numberText', 1, false],
      ['LO', false, 'strings', 1, true],
      ['LT', false, 'text', 1, true],
      ['OB', true, 'binary', 1, false],
      ['OD', true, 'binary', 8, false],
      ['OF', true, 'binary', 4, false],
      ['OL', true, 'binary', 4, false],
      ['OV', true, 'binary', 8, false],
      ['OW', true, 'binary', 2, false],
      ['PN', false, 'names', 1, true],
      ['SH', false, 'strings', 1, true],
      ['SL', false, 'numbers', 4, false],
      ['SQ', true, 'sequence', 1, false],
      ['SS', false, 'numbers', 2, false],
      ['ST', false, 'text', 1, true],
      ['SV', true, 'numbers', 8, false],
      ['TM', false, 'strings', 1, false],
      ['UC', true, 'strings', 1, true],
      ['UI', false, 'uids', 1, false],
      ['UL', false, 'numbers', 4, false],
      ['UN', true, 'binary', 1, false],
      ['UR', true, 'text', 1, false],
      ['US', false, 'numbers', 2, false],
      ['UT', true, 'text', 1, true],
      ['UV', true, 'numbers', 8, false],
    ] as const
  ).map(([vr, long, kind, unit, charset]) => [vr, { vr, long, kind, unit, charset, charsMax: CHARS_MAX[vr] ?? Number.MAX_SAFE_INTEGER }]),
);
export const UN = VR_FORMS.get('UN') as VRForm;

/** The same by the two VR bytes, for the loop that runs once an element. */
const FORM_BY_BYTES: readonly (VRForm | undefined)[] = (() => {
  const table: (VRForm | undefined)[] = new Array(26 * 26).fill(undefined);
  for (const form of VR_FORMS.values()) table[(form.vr.charCodeAt(0) - 65) * 26 + form.vr.charCodeAt(1) - 65] = form;
  return table;
})();

/** The form of a VR by its two bytes; undefined for what is none we know. */
export function formOf(first: number, second: number): VRForm | undefined {
  return first >= 65 && first <= 90 && second >= 65 && second <= 90 ? FORM_BY_BYTES[(first - 65) * 26 + second - 65] : undefined;
}

export function isKnownVR(first: number, second: number): boolean {
  return formOf(first, second) !== undefined;
}
