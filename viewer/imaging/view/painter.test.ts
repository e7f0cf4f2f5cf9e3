import { expect, it } from 'vitest';
import { transformOf, type ViewState } from './painter.ts';

const view: ViewState = {
  scale: 2,
  rotation: 0,
  hflip: false,
  vflip: false,
  translation: { x: 0, y: 0 },
  displayedArea: { tlhc: { x: 1, y: 1 }, brhc: { x: 4, y: 2 } },
};
const canvas = { width: 100, height: 50 };
const square = { rows: 2, columns: 4, rowPixelSpacing: 0.5, columnPixelSpacing: 0.5 };

/** Where the corner of the first pixel and that of the last stand on the canvas. */
function corners(image: typeof square, state: ViewState): number[] {
  const [a, b, c, d, e, f] = transformOf(canvas, image, state);
  return [e, f, a * image.columns + c * image.rows + e, b * image.columns + d * image.rows + f].map(
    (value) => Math.round(value * 1e6) / 1e6 + 0,
  );
}

it.each([
  ['upright in the middle', square, view, [46, 23, 54, 27]],
  ['mirrored', square, { ...view, hflip: true }, [54, 23, 46, 27]],
  ['a quarter turn', square, { ...view, rotation: 90 }, [52, 21, 48, 29]],
  ['moved by image pixels', square, { ...view, translation: { x: 1, y: -1 } }, [48, 21, 56, 25]],
  ['pixels twice as high as wide', { ...square, rowPixelSpacing: 1 }, view, [46, 21, 54, 29]],
  ['pixels twice as wide as high, turned', { ...square, columnPixelSpacing: 1 }, { ...view, rotation: 90 }, [52, 17, 48, 33]],
])('%s', (_name, image, state, expected) => {
  expect(corners(image, state)).toEqual(expected);
});
