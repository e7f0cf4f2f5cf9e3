import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rgbOf } from '../../gateway/codec/pixels/colour.ts';
import { paintGrey } from '../../gateway/codec/pixels/display.ts';
import { modalityValues } from '../../gateway/codec/pixels/modality.ts';
import { type Presentation, present, presentationOf, type Window } from '../../gateway/codec/pixels/presentation.ts';
import type { RenderRequest } from '../../gateway/codec/threads/codec.ts';
import { decode } from '../../gateway/codec/wasm/decode.ts';
import { pixelDescription } from '../../gateway/domain/imaging/pixel-description.ts';
import { frameMetadata } from '../../viewer/imaging/series-images.ts';
import { displayOf, dragged, NO_CHOICE } from '../../viewer/imaging/view/display.ts';
import { everySharedFile, SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { frameOf } from '../fixtures/dicom/shared-images.ts';

/**
 * PS3.4 N.2: every picture of the shared data, first frame and last, as the viewer reads it (metadata of one frame laid flat, modality values kept and
 * painted) and as the gateway draws it, at the window it opens with and two others. What a canvas shows is read in test/e2e/shown/.
 */
const DIFFERENCE_MAX = 1;
/** Screen pixels of two drags of the window tool. */
const DRAGS = [
  [60, 20],
  [-90, -30],
] as const;
const PARTS: readonly string[] = ['syntaxes', 'objects', 'charsets', 'broken', 'series', 'cases'];
/** Claimed by Number of Frames, and not there. */
const NOT_THERE = ['cases/40-frame-counts/1-says-5-has-3.dcm frame 5'];

function filesOf(part: string): readonly { readonly file: string; readonly path: string }[] {
  if (part !== 'cases') return everySharedFile().filter(({ category, frame1 }) => category.startsWith(part) && frame1 !== undefined);
  return readdirSync(`${SHARED_DATA.folder}cases`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.dcm') && !/^(48|50)-/.test(name))
    .map((name) => ({ file: `cases/${name}`, path: `${SHARED_DATA.folder}cases/${name}` }));
}

interface Channels {
  readonly channels: number;
  readonly data: ArrayLike<number>;
}

/** The greatest difference of what both have: grey of one may stand beside red, green and blue of it. */
function farthest(a: Channels, b: Channels): number {
  const pixels = a.data.length / a.channels;
  if (pixels !== b.data.length / b.channels) return Number.NaN;
  const channels = Math.min(3, a.channels, b.channels);
  let worst = 0;
  for (let pixel = 0; pixel < pixels; pixel += 1)
    for (let channel = 0; channel < channels; channel += 1) {
      const off = Math.abs((a.data[pixel * a.channels + channel] as number) - (b.data[pixel * b.channels + channel] as number));
      if (!(off <= worst)) worst = off;
    }
  return worst;
}

type Decoded = Awaited<ReturnType<typeof decode>>;
interface Viewed {
  readonly window: Window | undefined;
  readonly painted: Channels;
}

/** The windows that a reader comes to, each with what the viewer paints at it. */
function asViewed(decoded: Decoded, presentation: Presentation): readonly Viewed[] {
  if (presentation.kind !== 'grey') return [{ window: undefined, painted: { channels: 3, data: rgbOf(decoded, presentation, 3) } }];
  const values = modalityValues(decoded, presentation);
  const painted = (display: ReturnType<typeof displayOf>) => {
    const rgba = new Uint8ClampedArray(values.values.length * 4);
    paintGrey(values, display, rgba);
    return { channels: 4, data: rgba };
  };
  let display = displayOf(values, presentation, NO_CHOICE);
  const found: Viewed[] = [{ window: undefined, painted: painted(display) }];
  for (const [right, down] of DRAGS) {
    display = displayOf(values, presentation, { ...NO_CHOICE, window: dragged(display, values, right, down) });
    if (display.voi.kind !== 'window') throw new Error('a reader has chosen a window');
    const { center, width, function: shape } = display.voi;
    found.push({ window: { center, width, function: shape }, painted: painted(display) });
  }
  return found;
}

/** How far each is off, where it is more than allowed. */
async function offOf(request: RenderRequest, frame: number): Promise<readonly string[]> {
  const decoded = await decode(request);
  const flat = frameMetadata(request.header as never, frame + 1) as never;
  const description = pixelDescription(flat);
  if (description === undefined) return ['no description'];
  return asViewed(decoded, presentationOf(flat, 0, description)).flatMap(({ window, painted }) => {
    const drawn = present(decoded, presentationOf(request.header, frame, request.pixel, window));
    const difference = farthest(painted, drawn);
    return difference <= DIFFERENCE_MAX ? [] : [`${difference} at ${JSON.stringify(window)}`];
  });
}

test.each(PARTS)(
  '%s',
  async (part) => {
    const off: string[] = [];
    let looks = 0;
    for (const { file, path } of filesOf(part)) {
      const first = await frameOf(path, 0).catch(() => undefined);
      const frames = first?.pixel.numberOfFrames ?? 0;
      for (const frame of new Set(first === undefined ? [] : [0, frames - 1])) {
        try {
          const request = frame === 0 ? first : await frameOf(path, frame);
          if (request === undefined) continue;
          looks += 1;
          off.push(...(await offOf(request, frame)).map((wrong) => `${file} frame ${frame + 1}: ${wrong}`));
        } catch (thrown) {
          const name = `${file} frame ${frame + 1}`;
          if (!NOT_THERE.includes(name)) off.push(`${name}: ${String(thrown)}`);
        }
      }
    }
    expect(off).toEqual([]);
    expect(looks).toBeGreaterThan(0);
  },
  600_000,
);
