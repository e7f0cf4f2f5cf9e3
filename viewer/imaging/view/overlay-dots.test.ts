import { describe, expect, test } from 'vitest';
import { axesOf, extentOf, paintDots } from './overlay-dots.ts';
import { type Matrix, transformOf } from './painter.ts';

const ROWS = 9;
const COLUMNS = 13;
const dots: readonly (readonly [row: number, column: number])[] = [
  [1, 2],
  [1, 3],
  [2, 2],
  [5, 11],
  [7, 4],
  [8, 4],
];

function maskOf(places: typeof dots) {
  const bits = new Uint8Array(Math.ceil((ROWS * COLUMNS) / 8));
  for (const [row, column] of places) {
    const at = row * COLUMNS + column;
    bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
  }
  return { rows: ROWS, columns: COLUMNS, bits, names: [] };
}

/** The screen's pixels that are drawn on, as a canvas draws without smoothing. */
function drawn(matrix: Matrix): ReadonlySet<string> {
  const mask = maskOf(dots);
  const extent = extentOf(mask);
  const scaled = axesOf(matrix, extent);
  const pixels = new Uint32Array(scaled.width * scaled.height);
  paintDots(mask, extent, scaled, pixels);
  const [a, b, c, d, e, f] = scaled.transform;
  const found = new Set<string>();
  for (let y = -60; y < 60; y += 1) {
    for (let x = -60; x < 60; x += 1) {
      const [right, down] = [x + 0.5 - e, y + 0.5 - f];
      const column = Math.floor((d * right - c * down) / (a * d - b * c));
      const row = Math.floor((a * down - b * right) / (a * d - b * c));
      const inside = column >= 0 && row >= 0 && column < scaled.width && row < scaled.height;
      if (inside && pixels[row * scaled.width + column] !== 0) found.add(`${x},${y}`);
    }
  }
  return found;
}

test('what holds all dots', () => {
  expect(extentOf(maskOf(dots))).toEqual({ left: 2, top: 1, width: 10, height: 8 });
  expect(extentOf(maskOf([[8, 12]]))).toEqual({ left: 12, top: 8, width: 1, height: 1 });
});

const views = [0, 90, 180, 270].flatMap((rotation) =>
  [false, true].flatMap((hflip) => [false, true].map((vflip) => ({ rotation, hflip, vflip }))),
);

describe.each(views)('%o', (turned) => {
  const matrixAt = (scale: number, x: number, rowPixelSpacing = 1): Matrix =>
    transformOf(
      { width: 31, height: 30 },
      { rows: ROWS, columns: COLUMNS, rowPixelSpacing, columnPixelSpacing: 1 },
      { ...turned, scale, translation: { x, y: -1.3 }, displayedArea: { tlhc: { x: 1, y: 1 }, brhc: { x: COLUMNS, y: ROWS } } },
    );

  test.each([0.05, 0.31, 0.47, 0.77, 0.999])('drawn at %s: each dot on the pixel under its middle, and nothing beside', (scale) => {
    for (const x of [0, 0.25, 0.5, 1.9]) {
      const matrix = matrixAt(scale, x);
      const [a, b, c, d, e, f] = matrix;
      const wanted = dots.map(([row, column]) => {
        const [right, down] = [column + 0.5, row + 0.5];
        return `${Math.floor(a * right + c * down + e)},${Math.floor(b * right + d * down + f)}`;
      });
      expect(drawn(matrix)).toEqual(new Set(wanted));
    }
  });

  test.each([
    [1, 1],
    [1.5, 1],
    [3, 1],
    [0.6, 2],
  ])('drawn at %s, pixels %s times as high as wide: under the middle of each dot', (scale, high) => {
    const matrix = matrixAt(scale, 0.25, high);
    const [a, b, c, d, e, f] = matrix;
    const found = drawn(matrix);
    for (const [row, column] of dots) {
      const [right, down] = [column + 0.5, row + 0.5];
      expect(found.has(`${Math.floor(a * right + c * down + e)},${Math.floor(b * right + d * down + f)}`)).toBe(true);
    }
  });
});
