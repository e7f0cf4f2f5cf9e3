/** A clip: frames that follow each other in time, and how fast they are played. Read by the index and, through the contract, by the viewer. */

/** What of a DICOM JSON data set is read here; the gateway's type and the viewer's both fit. */
export type HeaderJson = { readonly [tag: string]: { readonly Value?: readonly unknown[] } | undefined };

const FRAME_TIME = '00181063';
const FRAME_TIME_VECTOR = '00181065';
const CINE_RATE = '00180040';
const RECOMMENDED_DISPLAY_FRAME_RATE = '00082144';
const TIMING = [FRAME_TIME, FRAME_TIME_VECTOR, CINE_RATE, RECOMMENDED_DISPLAY_FRAME_RATE] as const;
/** Frame Increment Pointer, PS3.3 C.7.6.6: the attribute by which a frame differs from the one before. */
const FRAME_INCREMENT_POINTER = '00280009';
/** Modalities whose frames are moments even where nothing says so. */
const MOVING: ReadonlySet<unknown> = new Set(['US', 'IVUS', 'XA', 'RF', 'ES', 'XC']);
/** A volume of slices, PS3.4 B.5: Enhanced US Volume. */
const ENHANCED_US_VOLUME = '1.2.840.10008.5.1.4.1.1.6.2';

/** The attributes by which `isClip` tells one. */
export const TOLD_BY: readonly string[] = ['00080016', '00080060', FRAME_INCREMENT_POINTER, ...TIMING];

/** Frames a second that a clip is played at: slower ones stand still, faster ones no screen shows. */
export const FRAMES_PER_SECOND_MIN = 0.5;
export const FRAMES_PER_SECOND_MAX = 60;

/** Whether the frames of an instance follow each other in time and are played one after the other. */
export function isClip(header: HeaderJson, numberOfFrames: number): boolean {
  if (numberOfFrames < 2 || header['00080016']?.Value?.[0] === ENHANCED_US_VOLUME) return false;
  const by = header[FRAME_INCREMENT_POINTER]?.Value ?? [];
  if (by.length > 0) return by.some((tag) => tag === FRAME_TIME || tag === FRAME_TIME_VECTOR);
  return TIMING.some((tag) => header[tag]?.Value !== undefined) || MOVING.has(header['00080060']?.Value?.[0]);
}

/**
 * Frames a second, PS3.3 C.7.6.5: the rate the sender recommends; else the time between frames by the attribute that the Frame Increment
 * Pointer names; else whichever of them is there; else Cine Rate. Undefined: nothing usable is said.
 */
export function framesPerSecondOf(header: HeaderJson): number | undefined {
  const pointed = header[FRAME_INCREMENT_POINTER]?.Value?.[0];
  const times = pointed === FRAME_TIME ? [FRAME_TIME, FRAME_TIME_VECTOR] : [FRAME_TIME_VECTOR, FRAME_TIME];
  const rates = [
    numbersIn(header, RECOMMENDED_DISPLAY_FRAME_RATE)[0],
    ...times.map((tag) => rateOf(tag === FRAME_TIME ? numbersIn(header, tag)[0] : meanIncrement(numbersIn(header, tag)))),
    numbersIn(header, CINE_RATE)[0],
  ];
  const rate = rates.find((one) => one !== undefined && one > 0);
  return rate === undefined ? undefined : rounded(Math.min(FRAMES_PER_SECOND_MAX, Math.max(FRAMES_PER_SECOND_MIN, rate)));
}

/** ms; the first is the increment of the first frame, which none is before (C.7.6.5.1.2). */
function meanIncrement([first, ...rest]: readonly number[]): number | undefined {
  const increments = rest.length === 0 ? [first ?? 0] : rest;
  const usable = increments.filter((ms) => ms > 0);
  return usable.length === 0 ? undefined : usable.reduce((sum, ms) => sum + ms, 0) / usable.length;
}

/**
 * ms that each frame of a clip stands before the next, by a Frame Time Vector whose times are unlike (PS3.3 C.7.6.5.1.2); the last stands for the mean.
 * Undefined: one rate is all that is said, or another one is recommended.
 */
export function frameTimesOf(header: HeaderJson, numberOfFrames: number): readonly number[] | undefined {
  if (numbersIn(header, RECOMMENDED_DISPLAY_FRAME_RATE).some((rate) => rate > 0)) return undefined;
  if (header[FRAME_INCREMENT_POINTER]?.Value?.[0] === FRAME_TIME && numbersIn(header, FRAME_TIME).some((ms) => ms > 0)) return undefined;
  // A value that is no number would move all that follow to the wrong frame.
  const vector = numbersIn(header, FRAME_TIME_VECTOR);
  const mean = meanIncrement(vector);
  const [, ...increments] = vector;
  if (mean === undefined || vector.length !== (header[FRAME_TIME_VECTOR]?.Value ?? []).length || vector.length < numberOfFrames)
    return undefined;
  if (increments.every((ms) => Math.abs(ms - mean) <= 1)) return undefined;
  const [least, most] = [1000 / FRAMES_PER_SECOND_MAX, 1000 / FRAMES_PER_SECOND_MIN];
  return Array.from({ length: numberOfFrames }, (_, at) => Math.min(most, Math.max(least, increments[at] ?? mean)));
}

function rateOf(ms: number | undefined): number | undefined {
  return ms === undefined || ms <= 0 ? undefined : 1000 / ms;
}

/** Whole from ten on, below to a tenth. */
function rounded(rate: number): number {
  return rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10;
}

/** IS and DS may come as numbers or as text; what is no number is left out. */
export function numbersIn(header: HeaderJson, tag: string): number[] {
  return (header[tag]?.Value ?? []).flatMap((value) => {
    const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
    return Number.isFinite(number) ? [number] : [];
  });
}
