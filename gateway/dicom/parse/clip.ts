import type { DicomJson } from '../../domain/imaging/dataset.ts';

/** Frame Time, Frame Time Vector, Cine Rate, Recommended Display Frame Rate: PS3.3 C.7.6.5 and C.7.6.6. */
const TIMING = ['00181063', '00181065', '00180040', '00082144'] as const;
/** Frame Increment Pointer, PS3.3 C.7.6.6: the attribute by which a frame differs from the one before. */
const FRAME_INCREMENT_POINTER = '00280009';
/** Modalities whose frames are moments even where nothing says so. */
const MOVING: ReadonlySet<unknown> = new Set(['US', 'IVUS', 'XA', 'RF', 'ES', 'XC']);
/** A volume of slices, PS3.4 B.5: Enhanced US Volume. */
const ENHANCED_US_VOLUME = '1.2.840.10008.5.1.4.1.1.6.2';

/** Whether the frames of an instance follow each other in time and are played one after the other. */
export function isClip(header: DicomJson, numberOfFrames: number): boolean {
  if (numberOfFrames < 2 || header['00080016']?.Value?.[0] === ENHANCED_US_VOLUME) return false;
  const by = header[FRAME_INCREMENT_POINTER]?.Value ?? [];
  if (by.length > 0) return by.some((tag) => tag === TIMING[0] || tag === TIMING[1]);
  return TIMING.some((tag) => header[tag]?.Value !== undefined) || MOVING.has(header['00080060']?.Value?.[0]);
}
