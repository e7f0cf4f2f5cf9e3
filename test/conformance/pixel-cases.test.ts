import { expect, test } from 'vitest';
import { rgbOf } from '../../gateway/codec/pixels/colour.ts';
import { paintGrey, settled } from '../../gateway/codec/pixels/display.ts';
import { modalityValues } from '../../gateway/codec/pixels/modality.ts';
import { type Picture, present, presentationOf } from '../../gateway/codec/pixels/presentation.ts';
import { decode } from '../../gateway/codec/wasm/decode.ts';
import { frameOf, type PixelCase, pixelCases } from '../fixtures/dicom/shared-images.ts';

/** PS3.4 N.2: pictures of public reports of faults, through the room as the gateway draws and as a viewer does, at the points of their case. */

const DIFFERENCE_MAX = 1;
const CASES = pixelCases();
/** Three bytes a pixel under the label of two: what they mean is told by the length, and they are the colours of case 11. */
const COLOURS = CASES.find(({ file }) => file.endsWith('3-ybr_full.dcm'));
const MORE: readonly PixelCase[] = [
  ['full-length.dcm', 0],
  ['full-length-2-frames.dcm', 0],
  ['full-length-2-frames.dcm', 1],
].flatMap(([name, frame]) =>
  COLOURS === undefined
    ? []
    : [
        {
          ...COLOURS,
          file: `12-ybr-422-label-not-subsampled/${name}`,
          path: COLOURS.path.replace('11-ybr-partial-422/3-ybr_full.dcm', `12-ybr-422-label-not-subsampled/${name}`),
          frame: Number(frame),
          // The second frame has its rows the other way round.
          grid: frame === 1 ? COLOURS.grid.toReversed() : COLOURS.grid,
        },
      ],
);

test('the cases are there', () => {
  expect(CASES.length).toBeGreaterThan(100);
  expect(MORE.length).toBe(3);
});

test.each([...CASES, ...MORE])('$file, frame $frame', async ({ path, frame, grid }) => {
  const request = await frameOf(path, frame);
  if (request === undefined) throw new Error('the file has no image');
  const decoded = await decode(request);
  const presentation = presentationOf(request.header, frame, request.pixel);
  expect(farthest(present(decoded, presentation), grid)).toBeLessThanOrEqual(DIFFERENCE_MAX);

  // As a viewer does it: modality values are kept, and painted.
  const rgba = new Uint8ClampedArray(decoded.rows * decoded.columns * 4);
  if (presentation.kind === 'grey') {
    const values = modalityValues(decoded, presentation);
    paintGrey(values, { voi: settled(presentation.voi, values), invert: presentation.invert }, rgba);
  } else rgba.set(rgbOf(decoded, presentation, 4));
  expect(farthest({ width: decoded.columns, height: decoded.rows, channels: 4, data: rgba }, grid)).toBeLessThanOrEqual(DIFFERENCE_MAX);
});

/** How far the sample that differs most is from the grid. */
function farthest(
  picture: Omit<Picture, 'channels' | 'data'> & { channels: number; data: ArrayLike<number> },
  grid: PixelCase['grid'],
): number {
  const { width, height, channels, data } = picture;
  const differences = grid.flatMap((row, y) =>
    row.flatMap((expected, x) => {
      const at = (Math.floor(((y + 0.5) * height) / 4) * width + Math.floor(((x + 0.5) * width) / 4)) * channels;
      const colour = Array.isArray(expected) ? (expected as number[]) : [expected as number];
      return colour.map((value, n) => Math.abs(value - (data[at + n] as number)));
    }),
  );
  return Math.max(...differences);
}
