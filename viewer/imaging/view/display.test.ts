import { describe, expect, it } from 'vitest';
import type { GreyPresentation, ModalityValues, VoiChoice } from '../loader/pixels.ts';
import { displayOf, dragged, NO_CHOICE, ownChoiceOf, ownInForce, ownWindowsOf, windowIn } from './display.ts';

const whole: ModalityValues = {
  width: 2,
  height: 1,
  values: Int16Array.of(-1000, 1048),
  padding: undefined,
  range: { low: -1000, high: 1048 },
};
const fractions: ModalityValues = { ...whole, values: Float32Array.of(0, 0.5), range: { low: 0, high: 0.5 } };
/** What the window depends on, of all that a presentation says. */
const grey = (voi: GreyPresentation['voi'], ...choices: VoiChoice[]): GreyPresentation =>
  ({ kind: 'grey', voi, choices, chosen: choices.length > 0 ? 0 : undefined, invert: false }) as unknown as GreyPresentation;
const sigmoid = grey({ kind: 'window', center: 40, width: 400, function: 'SIGMOID' });
const linear = grey({ kind: 'window', center: 1, width: 3, function: 'LINEAR' });
const lut = grey({ kind: 'lut', lut: { first: 0, bits: 8, entries: Uint16Array.of(0, 255) } });
const none = grey({ kind: 'contents' });

describe('the window in force', () => {
  it.each([
    ['the picture’s own', whole, sigmoid, NO_CHOICE, { center: 40, width: 400 }],
    ['the reader’s', whole, sigmoid, { ...NO_CHOICE, window: { center: 1, width: 2 } }, { center: 1, width: 2 }],
    ['one that is none', whole, sigmoid, { ...NO_CHOICE, window: { center: 1, width: Number.NaN } }, { center: 40, width: 400 }],
    [
      'one narrower than a linear one can be',
      fractions,
      linear,
      { ...NO_CHOICE, window: { center: 0.2, width: 0.3 } },
      { center: 0.2, width: 1 },
    ],
    ['one without width', fractions, linear, { ...NO_CHOICE, window: { center: 0.2, width: 0 } }, { center: 1, width: 3 }],
    ['a LUT has none', whole, lut, NO_CHOICE, undefined],
    ['nothing said: from the least value to the greatest', whole, none, NO_CHOICE, { center: 24.5, width: 2049 }],
    ['the same of fractions', fractions, none, NO_CHOICE, { center: 0.25, width: 0.5 }],
  ] as const)('%s', (_name, values, presentation, choice, expected) => {
    expect(windowIn(displayOf(values, presentation, choice), values)).toEqual(expected);
  });

  it('a reader’s window keeps the kind of the picture’s own, and is exact on fractions', () => {
    const choice = { window: { center: 0.2, width: 0.3 }, inverted: true };
    const kind = (values: ModalityValues, presentation: GreyPresentation, window = choice.window) => {
      const { voi, invert } = displayOf(values, presentation, { window, own: undefined, inverted: true });
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

it('a drag of a linear window on fractions ends at the least width it can have, and the grey does not jump', () => {
  const narrow = dragged(displayOf(fractions, linear, NO_CHOICE), fractions, -10_000, 0);
  expect(narrow).toEqual({ width: 1, center: 1 });
  const display = displayOf(fractions, linear, { ...NO_CHOICE, window: narrow });
  expect(windowIn(display, fractions)).toEqual(narrow);
  expect(windowIn(displayOf(fractions, linear, { ...NO_CHOICE, window: dragged(display, fractions, -1, 0) }), fractions)).toEqual(narrow);
});

describe('what the picture brings', () => {
  const window = (center: number, width: number, explanation = ''): VoiChoice => ({
    explanation,
    voi: { kind: 'window', center, width, function: 'LINEAR' },
  });
  const table = (explanation: string, ...entries: number[]): VoiChoice => ({
    explanation,
    voi: { kind: 'lut', lut: { first: 0, bits: 8, entries: Uint16Array.from(entries) } },
  });
  const soft = window(40, 400, 'SOFT');
  const bone = window(400, 2000, 'BONE');
  const gamma = table('GAMMA', 0, 255);
  const steep = table('STEEP', 0, 128, 255);
  const of = (...choices: VoiChoice[]) => grey((choices[0] as VoiChoice).voi, ...choices);
  const all = of(soft, bone, gamma, steep);
  const chosen = (presentation: GreyPresentation, number: number) => ({ ...NO_CHOICE, own: ownChoiceOf(presentation, number) });

  it('is offered, each under its name once', () => {
    expect(ownWindowsOf(of(soft, window(40, 400, 'SOFT'), window(40, 400, 'OTHER'), gamma))).toEqual([
      { number: 0, explanation: 'SOFT', window: { center: 40, width: 400 } },
      { number: 2, explanation: 'OTHER', window: { center: 40, width: 400 } },
      { number: 3, explanation: 'GAMMA', window: undefined },
    ]);
    expect(ownWindowsOf(none)).toEqual([]);
  });

  it.each([
    [0, soft],
    [1, bone],
    [2, gamma],
    [3, steep],
  ])('number %i is in force when it is chosen', (number, { voi }) => {
    const choice = chosen(all, number);
    expect(displayOf(whole, all, choice).voi).toBe(voi);
    expect(ownInForce(all, choice)).toBe(number);
  });

  it('nothing chosen is the first, and the reader’s numbers are none of them', () => {
    expect(ownInForce(all, NO_CHOICE)).toBe(0);
    expect(ownInForce(all, { ...NO_CHOICE, window: { center: 400, width: 2000 } })).toBeUndefined();
    expect(ownInForce(none, NO_CHOICE)).toBeUndefined();
    expect(ownChoiceOf(all, 9)).toBeUndefined();
  });

  it.each<[string, GreyPresentation, number, GreyPresentation, VoiChoice]>([
    ['at the same place', all, 1, of(soft, window(500, 1500, 'BONE')), window(500, 1500, 'BONE')],
    ['at another place', all, 1, of(window(500, 1500, 'BONE'), soft), window(500, 1500, 'BONE')],
    ['not there: the picture’s first', all, 1, of(soft, window(1, 2, 'LUNG')), soft],
    ['without names the place counts', of(window(1, 2), window(3, 4)), 1, of(window(5, 6), window(7, 8)), window(7, 8)],
    ['a place that the picture has not', of(window(1, 2), window(3, 4)), 1, of(window(5, 6)), window(5, 6)],
    ['a LUT is no window', of(window(1, 2), table('', 0, 1)), 1, of(window(5, 6), window(7, 8)), window(5, 6)],
    ['each picture has its own table', all, 2, of(soft, table('GAMMA', 9, 10)), table('GAMMA', 9, 10)],
  ])('on the next picture: %s', (_name, here, number, next, expected) => {
    expect(displayOf(whole, next, chosen(here, number)).voi).toEqual(expected.voi);
  });
});
