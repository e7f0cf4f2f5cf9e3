import { expect, test } from 'vitest';
import { drawStrokes, INK_POINTS_MAX, type InkCanvas, inkLength, isSignature, type Stroke, withPoint } from './strokes.ts';

const line = (...points: readonly (readonly [number, number])[]): Stroke => points.map(([x, y]) => ({ x, y }));

test.each<[string, readonly Stroke[], number, boolean]>([
  ['nothing', [], 0, false],
  ['dots', [line([0.1, 0.1]), line([0.9, 0.2])], 0, false],
  ['a slip', [line([0, 0], [0.03, 0.04])], 0.05, false],
  ['a name', [line([0, 0], [0.3, 0]), line([0, 0.1], [0, 0.3])], 0.5, true],
])('ink: %s', (_name, strokes, length, signs) => {
  expect(inkLength(strokes)).toBeCloseTo(length);
  expect(isSignature(strokes)).toBe(signs);
});

test('points go on the last line, or begin another, up to a bound', () => {
  const one = withPoint([], { x: 0, y: 0 }, false);
  const two = withPoint(one, { x: 1, y: 0 }, false);
  const three = withPoint(two, { x: 0, y: 1 }, true);
  expect(three).toEqual([line([0, 0], [1, 0]), line([0, 1])]);
  const full = [Array.from({ length: INK_POINTS_MAX }, () => ({ x: 0, y: 0 }))];
  expect(withPoint(full, { x: 1, y: 1 }, true)).toBe(full);
});

test('lines are drawn in the size of where they are drawn', () => {
  const asked: unknown[][] = [];
  const canvas = new Proxy({} as InkCanvas, {
    get:
      (_of, name) =>
      (...at: number[]) =>
        asked.push([name, ...at]),
    set: () => true,
  });
  drawStrokes(canvas, [line([0, 0], [0.5, 0.25]), []], 10, 20, 100);
  expect(asked).toEqual([['beginPath'], ['moveTo', 10, 20], ['quadraticCurveTo', 10, 20, 35, 32.5], ['lineTo', 60, 45], ['stroke']]);
});
