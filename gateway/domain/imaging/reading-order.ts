/**
 * In which order the pictures of a series are read, and which one stands for it. One rule for the index, the thumbnails and, through the
 * contract, the viewer: what it opens with is what the preview showed. Why: gateway/decisions/opening-image.md.
 */
import { type HeaderJson, isClip, numbersIn } from './clip.ts';

const SHARED_GROUPS = '52009229';
const PER_FRAME_GROUPS = '52009230';
const FRAME_CONTENT = '00209111';
const PLANE_POSITION = '00209113';
const PLANE_ORIENTATION = '00209116';
const POSITION = '00200032';
const ORIENTATION = '00200037';

/** Frames that are put in order; an object that claims more is read as it is stored. */
export const ORDERED_FRAMES_MAX = 20_000;

/** Modalities whose images are slices of one body: such a stack opens in its middle, where the anatomy is. */
export const SLICED_MODALITIES = ['CT', 'MR', 'PT', 'NM'] as const;

/** From 0; of an even number the one before the middle. */
export function middleOf(count: number): number {
  return Math.max(0, Math.floor((count - 1) / 2));
}

// ── Instances ────────────────────────────────────────────────────────────────

/**
 * Instances compare as these texts do, byte by byte: Instance Number, and where it is missing or the same, the moment of a 4D series, the
 * position along the normal (each orientation by itself), trigger time, acquisition, content. What is missing comes last. PS3.3 C.7.6.1, C.7.6.2.1.1.
 */
export function readingKey(header: HeaderJson): string {
  const first = framesIn(header)[0];
  const shared = itemsIn(header, SHARED_GROUPS)[0];
  const groupOf = (sequence: string, tag: string) =>
    [first, shared].map((group) => numbersIn(itemsIn(group, sequence)[0] ?? {}, tag)).find((found) => found.length > 0) ?? [];
  const position = numbersIn(header, POSITION);
  const orientation = numbersIn(header, ORIENTATION);
  const place = placeAlongNormal(
    position.length > 0 ? position : groupOf(PLANE_POSITION, POSITION),
    orientation.length > 0 ? orientation : groupOf(PLANE_ORIENTATION, ORIENTATION),
  );
  return [
    sortable(numbersIn(header, '00200013')[0], 1, 7),
    sortable(numbersIn(header, '00200100')[0], 1, 7),
    place === undefined ? MISSING : place.axis,
    sortable(place?.mm, 1000, 7),
    sortable(numbersIn(header, '00181060')[0], 1000, 7),
    momentOf(header, ['0008002A'], ['00080022', '00080032']),
    momentOf(header, [], ['00080023', '00080033']),
  ].join('');
}

const MISSING = '~';

/** A number as a text of `width` digits that compares as it does. */
function sortable(value: number | undefined, per: number, width: number): string {
  if (value === undefined) return MISSING;
  const half = Math.floor(36 ** width / 2);
  const whole = Math.round(value * per) + half;
  return Math.max(0, Math.min(2 * half - 1, whole))
    .toString(36)
    .padStart(width, '0');
}

const MOMENT_CHARS = 20;

/** A DT, or else a DA and a TM, as digits of one width. */
function momentOf(header: HeaderJson, dateTime: readonly string[], [date, time]: readonly [string, string]): string {
  const text = (tag: string | undefined) => String(header[tag ?? '']?.Value?.[0] ?? '').replace(/[^0-9.+-].*$/s, '');
  const whole = text(dateTime[0]).replace(/[+-].*$/s, '');
  const parts = whole !== '' ? whole : text(date) === '' && text(time) === '' ? '' : text(date).padStart(8, '0') + text(time);
  return parts === '' ? MISSING : parts.replace('.', '').slice(0, MOMENT_CHARS).padEnd(MOMENT_CHARS, '0');
}

// ── Frames ───────────────────────────────────────────────────────────────────

/**
 * The frames of an instance, from 1, as they are read: a clip as it is stored; an enhanced object by its Dimension Index Values (PS3.3
 * C.7.6.17), or without them by moment and position along the normal; else as stored.
 */
export function frameOrder(header: HeaderJson, numberOfFrames: number): readonly number[] {
  const stored = Array.from({ length: numberOfFrames }, (_, at) => at + 1);
  const groups = framesIn(header);
  if (numberOfFrames > ORDERED_FRAMES_MAX || groups.length < numberOfFrames || isClip(header, numberOfFrames)) return stored;
  const shared = itemsIn(header, SHARED_GROUPS)[0] ?? {};
  const keys = dimensionKeys(header, groups) ?? positionKeys(header, shared, groups);
  return keys === undefined ? stored : stored.sort((a, b) => compared(keys[a - 1] ?? [], keys[b - 1] ?? []) || a - b);
}

/** Undefined when not every frame has a value for each dimension, or all have the same. */
function dimensionKeys(header: HeaderJson, groups: readonly HeaderJson[]): readonly (readonly number[])[] | undefined {
  const dimensions = itemsIn(header, '00209222').length;
  const keys = groups.map((group) => numbersIn(itemsIn(group, FRAME_CONTENT)[0] ?? {}, '00209157'));
  if (dimensions === 0 || !keys.every((key) => key.length === dimensions)) return undefined;
  return new Set(keys.map(String)).size > 1 ? keys : undefined;
}

function positionKeys(header: HeaderJson, shared: HeaderJson, groups: readonly HeaderJson[]): readonly (readonly number[])[] | undefined {
  const keys: number[][] = [];
  for (const group of groups) {
    const of = (sequence: string, tag: string) =>
      [group, shared].map((one) => numbersIn(itemsIn(one, sequence)[0] ?? {}, tag)).find((found) => found.length > 0) ??
      numbersIn(header, tag);
    const place = placeAlongNormal(of(PLANE_POSITION, POSITION), of(PLANE_ORIENTATION, ORIENTATION));
    if (place === undefined) return undefined;
    const moment = numbersIn(itemsIn(group, FRAME_CONTENT)[0] ?? {}, '00209128')[0] ?? 0;
    keys.push([moment, AXES.indexOf(place.axis), place.mm]);
  }
  return new Set(keys.map(String)).size > 1 ? keys : undefined;
}

function compared(a: readonly number[], b: readonly number[]): number {
  for (const [at, value] of a.entries()) if (value !== b[at]) return value - (b[at] ?? 0);
  return 0;
}

/**
 * The frame, from 1, that stands for an instance: its Representative Frame Number (PS3.3 C.7.6.9), else the first of a clip and the middle one,
 * as they are read, of a volume.
 */
export function openingFrame(header: HeaderJson, numberOfFrames: number): number {
  const [said] = numbersIn(header, '00286010');
  if (said !== undefined && Number.isInteger(said) && said >= 1 && said <= numberOfFrames) return said;
  if (numberOfFrames < 2 || isClip(header, numberOfFrames)) return 1;
  return numberOfFrames > ORDERED_FRAMES_MAX
    ? middleOf(numberOfFrames) + 1
    : (frameOrder(header, numberOfFrames)[middleOf(numberOfFrames)] ?? 1);
}

// ── Position ─────────────────────────────────────────────────────────────────

/** Which way slices of a stack lie: the axis of the patient their normal is nearest to. */
const AXES = ['x', 'y', 'z'];

/** Distance of the slice from the origin along its normal, mm. Undefined when position or orientation is missing. PS3.3 C.7.6.2.1.1. */
export function placeAlongNormal(
  position: readonly number[],
  orientation: readonly number[],
): { readonly axis: string; readonly mm: number } | undefined {
  const [rowX, rowY, rowZ, columnX, columnY, columnZ] = orientation;
  const [x, y, z] = position;
  if (rowX === undefined || rowY === undefined || rowZ === undefined || columnX === undefined) return undefined;
  if (columnY === undefined || columnZ === undefined || x === undefined || y === undefined || z === undefined) return undefined;
  const normal = [rowY * columnZ - rowZ * columnY, rowZ * columnX - rowX * columnZ, rowX * columnY - rowY * columnX] as const;
  const sizes = normal.map(Math.abs);
  const axis = AXES[sizes.indexOf(Math.max(...sizes))] ?? 'z';
  return { axis, mm: normal[0] * x + normal[1] * y + normal[2] * z };
}

function framesIn(header: HeaderJson): readonly HeaderJson[] {
  return itemsIn(header, PER_FRAME_GROUPS);
}

function itemsIn(header: HeaderJson | undefined, tag: string): readonly HeaderJson[] {
  return (header?.[tag]?.Value ?? []).filter((item): item is HeaderJson => typeof item === 'object' && item !== null);
}
