import { describe, expect, it } from 'vitest';
import type { GreyPresentation, ModalityValues } from '../loader/pixels.ts';
import { displayOf, dragged, NO_CHOICE, windowIn } from './display.ts';

const whole: ModalityValues = {
  width: 2,
  height: 1,
  values: Int16Array.of(-1000, 1048),
  padding: undefined,
  range: { low: -1000, high: 1048 },
};
const fractions: ModalityValues = { ...whole, values: Float32Array.of(0, 0.5), range: { low: 0, high: 0.5 } };
/** What the window depends on, of all that a presentation says. */
const grey = (voi: GreyPresentation['voi']): GreyPresentation => ({ kind: 'grey', voi, invert: false }) as unknown as GreyPresentation;
const sigmoid = grey({ kind: 'window', center: 40, width: 400, function: 'SIGMOID' });
const lut = grey({ kind: 'lut', lut: { first: 0, bits: 8, entries: Uint16Array.of(0, 255) } });
const none = grey({ kind: 'contents' });

describe('the window in force', () => {
  it.each([
    ['the picture’s own', whole, sigmoid, NO_CHOICE, { center: 40, width: 400 }],
    ['the reader’s', whole, sigmoid, { window: { center: 1, width: 2 }, inverted: false }, { center: 1, width: 2 }],
    ['one that is none', whole, sigmoid, { window: { center: 1, width: Number.NaN }, inverted: false }, { center: 40, width: 400 }],
    ['a LUT has none', whole, lut, NO_CHOICE, undefined],
    ['nothing said: from the least value to the greatest', whole, none, NO_CHOICE, { center: 24.5, width: 2049 }],
    ['the same of fractions', fractions, none, NO_CHOICE, { center: 0.25, width: 0.5 }],
  ] as const)('%s', (_name, values, presentation, choice, expected) => {
    expect(windowIn(displayOf(values, presentation, choice), values)).toEqual(expected);
  });

  it('a reader’s window keeps the kind of the picture’s own, and is exact on fractions', () => {
    const choice = { window: { center: 0.2, width: 0.3 }, inverted: true };
    const kind = (values: ModalityValues, presentation: GreyPresentation, window = choice.window) => {
      const { voi, invert } = displayOf(values, presentation, { window, inverted: true });
      expect(invert).toBe(true);
      return voi.kind === 'window' ? voi.function : voi.kind;
    };
    expect(kind(whole, sigmoid)).toBe('SIGMOID');
    expect(kind(fractions, none)).toBe('LINEAR_EXACT');
    expect(kind(whole, lut, { center: 0, width: 5 })).toBe('LINEAR');
  });

  it('a drag goes on from the window in force, from a LUT at the range of the values', () => {
    expect(dragged(displayOf(whole, sigmoid, NO_CHOICE), whole, 10, -5)).toEqual({ width: 420, center: 30 });
    expect(dragged(displayOf(whole, lut, NO_CHOICE), whole, 0, 1)).toEqual({ width: 2049, center: 26.5 });
    expect(dragged(displayOf(whole, sigmoid, NO_CHOICE), whole, -10_000, 0).width).toBe(1);
    expect(dragged(displayOf(fractions, none, NO_CHOICE), fractions, -10_000, 0).width).toBeGreaterThan(0);
  });
});
