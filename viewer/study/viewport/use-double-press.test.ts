import { expect, it } from 'vitest';
import { DOUBLE_PRESS_MS, isDoublePress } from './use-double-press.ts';

const press = (at: number, x = 100, y = 100, pointerType = 'mouse') => ({ at, x, y, pointerType });

it.each([
  ['two presses at one place', press(0), press(200), true],
  ['a hand that shakes', press(0), press(200, 110, 95), true],
  ['a finger', press(0, 100, 100, 'touch'), press(300, 112, 100, 'touch'), true],
  ['too slow', press(0), press(DOUBLE_PRESS_MS + 1), false],
  ['too far apart', press(0), press(200, 160, 100), false],
  ['a finger after the mouse', press(0), press(200, 100, 100, 'touch'), false],
  ['the first', undefined, press(0), false],
])('%s', (_name, before, now, expected) => {
  expect(isDoublePress(before, now)).toBe(expected);
});
