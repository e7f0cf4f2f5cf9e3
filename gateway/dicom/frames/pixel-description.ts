import type { DicomJson, PixelDescription } from '../../domain/imaging/dataset.ts';
import { knownElement } from '../parse/unknown-vr.ts';
import { wholeNumber } from '../text/whole-number.ts';

/** What a decoder must know of the pixels, PS3.3 C.7.6.3; undefined when the header describes no image. */
export function pixelDescription(header: DicomJson): PixelDescription | undefined {
  const rows = number(header, '00280010');
  const columns = number(header, '00280011');
  if (rows === undefined || columns === undefined || rows === 0 || columns === 0) return undefined;
  const samplesPerPixel = number(header, '00280002') ?? 1;
  const bitsAllocated = number(header, '00280100') ?? defaultBitsAllocated(header);
  const bitsStored = number(header, '00280101') ?? bitsAllocated;
  return {
    rows,
    columns,
    samplesPerPixel,
    photometricInterpretation: text(header, '00280004') ?? (samplesPerPixel === 3 ? 'RGB' : 'MONOCHROME2'),
    planarConfiguration: number(header, '00280006') === 1 ? 1 : 0,
    bitsAllocated,
    bitsStored,
    highBit: number(header, '00280102') ?? bitsStored - 1,
    pixelRepresentation: number(header, '00280103') === 1 ? 1 : 0,
    numberOfFrames: numberOfFrames(header),
  };
}

/** NumberOfFrames, or 1: files leave it out, empty or 0 for a single frame. */
export function numberOfFrames(header: DicomJson): number {
  return Math.max(1, number(header, '00280008') ?? 1);
}

/** Float and double float pixels have no BitsAllocated default but their own width. PS3.3 C.7.6.24 and C.7.6.25. */
function defaultBitsAllocated(header: DicomJson): number {
  if (header['7FE00009'] !== undefined) return 64;
  return header['7FE00008'] !== undefined ? 32 : 8;
}

/** Of US and IS attributes; a negative one sizes nothing. */
function number(header: DicomJson, tag: string): number | undefined {
  const value = wholeNumber(header, tag);
  return value !== undefined && value >= 0 ? value : undefined;
}

function text(header: DicomJson, tag: string): string | undefined {
  const value = knownElement(header, tag)?.Value?.[0];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
