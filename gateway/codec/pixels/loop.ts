import { isClip } from '../../domain/imaging/clip.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import type { ModalityValues, Range } from './modality.ts';
import type { Presentation } from './presentation.ts';

/**
 * A loop for which nothing says how it is to be shown is stretched once for all its frames, or each frame would have greys of its own and the loop would
 * flicker. From the least to the greatest value of its first, middle and last frame together: the range of all frames would need all of them before
 * the first can be shown. What a frame between has beyond is black or white at first.
 */

/** The frames, from 0, whose values are the range that frame `frame` is stretched over; none when it is not of such a loop. */
export function framesOfRange(header: DicomJson, numberOfFrames: number, presentation: Presentation): readonly number[] {
  if (presentation.kind !== 'grey' || presentation.voi.kind !== 'contents' || !isClip(header, numberOfFrames)) return [];
  return [...new Set([0, Math.floor((numberOfFrames - 1) / 2), numberOfFrames - 1])];
}

/** What is known of one of these frames. */
export type OfRange = Pick<ModalityValues, 'range' | 'padding'>;

/** The presentation of any frame of the loop, by the frames that could be read; as it was when none has a value. */
export function overRange(presentation: Presentation, frames: readonly OfRange[]): Presentation {
  const ranges = frames.flatMap(({ range }) => (range === undefined ? [] : [range]));
  if (presentation.kind !== 'grey' || ranges.length === 0) return presentation;
  const range: Range = { low: Math.min(...ranges.map(({ low }) => low)), high: Math.max(...ranges.map(({ high }) => high)) };
  // One value beside padding must stand out from it, as in `settled`.
  const low = range.low === range.high && frames.some(({ padding }) => padding !== undefined) ? range.low - 1 : range.low;
  return { ...presentation, voi: { kind: 'range', low, high: range.high } };
}
