import { expect, test } from 'vitest';
import { scaleBar } from './scale-bar.ts';

test.each([
  [1, 100, 100],
  [0.99, 100, 50],
  [0.5, 50, 20],
  [0.2, 100, 20],
  [0.19, 100, 10],
  [0.0007, 100, 0.05],
  [12, 100, 1000],
  [0.1, 100, 10],
  [0.01, 100, 1],
])('%s mm a pixel, at most %s pixels: %s mm', (mmPerPixel, pixelsMax, mm) => {
  expect(scaleBar(mmPerPixel, pixelsMax)).toEqual({ mm, pixels: mm / mmPerPixel });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('no bar of %s mm a pixel', (mmPerPixel) => {
  expect(scaleBar(mmPerPixel, 100)).toBeUndefined();
});
