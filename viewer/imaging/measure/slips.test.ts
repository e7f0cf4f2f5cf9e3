import { expect, it } from 'vitest';
import type { MeasuringTool } from '../port.ts';
import { isSlip } from './slips.ts';

type Points = [number, number][];
const here: [number, number] = [50, 50];

it.each<[string, MeasuringTool, Points, boolean]>([
  ['a click', 'length', [here, here], true],
  ['a hand that shakes', 'length', [here, [51, 51]], true],
  ['a line', 'length', [here, [50, 60]], false],
  ['the first corner of an angle', 'angle', [here, here], true],
  ['the first leg of an angle', 'angle', [here, [90, 50]], false],
  ['an angle without its second leg', 'angle', [here, [90, 50], [90, 51]], true],
  ['an angle', 'angle', [here, [90, 50], [90, 90]], false],
  ['an ellipse of nothing', 'ellipse', [here, here, here, here], true],
  ['an ellipse without width', 'ellipse', [[50, 90], [50, 10], here, here], true],
  [
    'an ellipse',
    'ellipse',
    [
      [50, 90],
      [50, 10],
      [20, 50],
      [80, 50],
    ],
    false,
  ],
  ['a rectangle of nothing', 'rectangle', [here, here, here, here], true],
  ['a rectangle without height', 'rectangle', [here, [90, 50], [50, 51], [90, 51]], true],
  ['a rectangle', 'rectangle', [here, [90, 50], [50, 90], [90, 90]], false],
  ['a grey value', 'probe', [here], false],
])('%s (%s)', (_name, tool, points, expected) => {
  expect(isSlip(tool, points)).toBe(expected);
});
