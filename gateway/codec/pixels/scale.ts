import { DomainError } from '../../domain/errors.ts';
import type { RenderOptions } from '../../domain/imaging/rendering.ts';
import type { Picture } from './presentation.ts';

/** Widest and highest output; the limit of JPEG is 65535, of a useful request far less. */
export const VIEWPORT_SIDE_MAX = 16_384;
/** No rendering has more pixels, nor more than so many times the image's columns or rows: past that a client enlarges as well as we do. */
export const RENDERED_PIXELS_MAX = 40_000_000;
export const ENLARGEMENT_MAX = 2;

type Viewport = NonNullable<RenderOptions['viewport']>;

/** What of the image is shown, in whole pixels, and how large. */
export interface Drawing {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly flipX: boolean;
  readonly flipY: boolean;
  readonly columns: number;
  readonly rows: number;
}

/**
 * The source region scaled to fit the viewport, its aspect kept (PS3.18 8.3.5.1.3), and no larger than the bounds.
 * @throws invalid, too-large (a side past VIEWPORT_SIDE_MAX)
 */
export function drawingOf(width: number, height: number, viewport: Viewport | undefined): Drawing {
  if (viewport !== undefined && !(viewport.columns >= 1 && viewport.rows >= 1)) throw new DomainError('invalid', 'viewport is empty');
  if (viewport !== undefined && Math.max(viewport.columns, viewport.rows) > VIEWPORT_SIDE_MAX) {
    throw new DomainError('too-large', 'rendered image would be too wide or high');
  }
  const source = viewport?.source;
  const region = source === undefined ? { left: 0, top: 0, width, height } : regionWithin(source, width, height);
  const columnsMax = Math.min(VIEWPORT_SIDE_MAX, ENLARGEMENT_MAX * width, viewport?.columns ?? width);
  const rowsMax = Math.min(VIEWPORT_SIDE_MAX, ENLARGEMENT_MAX * height, viewport?.rows ?? height);
  const fitting = Math.min(columnsMax / region.width, rowsMax / region.height);
  const area = region.width * region.height * fitting ** 2;
  const scale = area > RENDERED_PIXELS_MAX ? fitting * Math.sqrt(RENDERED_PIXELS_MAX / area) : fitting;
  const round = area > RENDERED_PIXELS_MAX ? Math.floor : Math.round;
  return {
    ...region,
    flipX: (source?.width ?? 1) < 0,
    flipY: (source?.height ?? 1) < 0,
    columns: Math.max(1, round(region.width * scale)),
    rows: Math.max(1, round(region.height * scale)),
  };
}

/** The part of the source that lies on the image, in whole pixels. */
function regionWithin(source: { x: number; y: number; width: number; height: number }, width: number, height: number) {
  const left = Math.max(0, Math.round(source.x));
  const top = Math.max(0, Math.round(source.y));
  const right = Math.min(width, Math.round(source.x + Math.abs(source.width)));
  const bottom = Math.min(height, Math.round(source.y + Math.abs(source.height)));
  if (!(right > left && bottom > top)) throw new DomainError('invalid', 'source region lies outside the image');
  return { left, top, width: right - left, height: bottom - top };
}

/** Output rows from the top, each valid until the next is asked for: memory holds no second picture. */
export function* drawnRows(picture: Picture, drawing: Drawing): Generator<Uint8Array> {
  const { channels } = picture;
  const out = new Uint8Array(drawing.columns * channels);
  const scaled = drawing.columns !== drawing.width || drawing.rows !== drawing.height;
  const rows = scaled ? scaledRows(picture, drawing, out) : plainRows(picture, drawing, out);
  for (const row of rows) {
    if (drawing.flipX) mirror(row, channels);
    yield row;
  }
}

function* plainRows(picture: Picture, { left, top, width, height, flipY }: Drawing, out: Uint8Array): Generator<Uint8Array> {
  const { channels } = picture;
  for (let y = 0; y < height; y++) {
    const from = ((top + (flipY ? height - 1 - y : y)) * picture.width + left) * channels;
    out.set(picture.data.subarray(from, from + width * channels));
    yield out;
  }
}

/** Lanczos of three lobes along x, then y; when it shrinks the filter is widened, so that every source pixel counts. */
function* scaledRows(picture: Picture, drawing: Drawing, out: Uint8Array): Generator<Uint8Array> {
  const { columns, rows, width, height, flipY } = drawing;
  const along = tapsOf(width, columns);
  const down = tapsOf(height, rows);
  const values = columns * picture.channels;
  // Source rows already scaled along x, as many as one output row needs.
  const ring = Array.from({ length: down.longest }, () => new Float32Array(values));
  const sum = new Float32Array(values);
  let done = flipY ? height : 0;
  for (let n = 0; n < rows; n++) {
    const y = flipY ? rows - 1 - n : n;
    const first = down.starts[y] as number;
    const last = first + (down.lengths[y] as number) - 1;
    if (flipY) for (; done > first; done--) scaleRow(picture, drawing, done - 1, along, ring[(done - 1) % ring.length] as Float32Array);
    else for (; done <= last; done++) scaleRow(picture, drawing, done, along, ring[done % ring.length] as Float32Array);
    sum.fill(0);
    for (let source = first, tap = down.offsets[y] as number; source <= last; source++, tap++) {
      const weight = down.weights[tap] as number;
      const row = ring[source % ring.length] as Float32Array;
      for (let i = 0; i < values; i++) sum[i] = (sum[i] as number) + weight * (row[i] as number);
    }
    for (let i = 0; i < values; i++) {
      const value = sum[i] as number;
      out[i] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5;
    }
    yield out;
  }
}

function scaleRow(picture: Picture, drawing: Drawing, y: number, taps: Taps, to: Float32Array): void {
  const { data, channels } = picture;
  const { starts, lengths, offsets, weights } = taps;
  const base = ((drawing.top + y) * picture.width + drawing.left) * channels;
  const { columns } = drawing;
  if (channels === 1) {
    for (let x = 0; x < columns; x++) {
      let tap = offsets[x] as number;
      const end = tap + (lengths[x] as number);
      let value = 0;
      for (let from = base + (starts[x] as number); tap < end; tap++, from++) value += (weights[tap] as number) * (data[from] as number);
      to[x] = value;
    }
    return;
  }
  for (let x = 0, at = 0; x < columns; x++, at += 3) {
    let tap = offsets[x] as number;
    const end = tap + (lengths[x] as number);
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let from = base + (starts[x] as number) * 3; tap < end; tap++, from += 3) {
      const weight = weights[tap] as number;
      red += weight * (data[from] as number);
      green += weight * (data[from + 1] as number);
      blue += weight * (data[from + 2] as number);
    }
    to[at] = red;
    to[at + 1] = green;
    to[at + 2] = blue;
  }
}

interface Taps {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly offsets: Int32Array;
  readonly weights: Float32Array;
  readonly longest: number;
}

const LOBES = 3;

/** For each output position the source positions that make it, their weights summing to 1. */
function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const widened = Math.max(1, scale);
  const reach = LOBES * widened;
  const starts = new Int32Array(to);
  const lengths = new Int32Array(to);
  const offsets = new Int32Array(to);
  const weights: number[] = [];
  let longest = 0;
  for (let n = 0; n < to; n++) {
    const centre = (n + 0.5) * scale;
    const start = Math.max(0, Math.ceil(centre - reach - 0.5));
    const end = Math.min(from, Math.floor(centre + reach - 0.5) + 1);
    const own = Array.from({ length: end - start }, (_, i) => lanczos((start + i + 0.5 - centre) / widened));
    const total = own.reduce((sum, weight) => sum + weight, 0);
    starts[n] = start;
    lengths[n] = own.length;
    offsets[n] = weights.length;
    for (const weight of own) weights.push(weight / total);
    longest = Math.max(longest, own.length);
  }
  return { starts, lengths, offsets, weights: Float32Array.from(weights), longest };
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const turn = Math.PI * x;
  return (LOBES * Math.sin(turn) * Math.sin(turn / LOBES)) / turn ** 2;
}

function mirror(row: Uint8Array, channels: number): void {
  for (let left = 0, right = row.length - channels; left < right; left += channels, right -= channels) {
    for (let channel = 0; channel < channels; channel++) {
      const kept = row[left + channel] as number;
      row[left + channel] = row[right + channel] as number;
      row[right + channel] = kept;
    }
  }
}
