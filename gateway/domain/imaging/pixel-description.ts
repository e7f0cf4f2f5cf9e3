import type { DicomJson, PixelDescription } from './dataset.ts';
import { elementOf, VR_BOUNDS, wholeOf } from './header-values.ts';

/** What a decoder must know of the pixels, PS3.3 C.7.6.3; undefined when the header describes no image. */
export function pixelDescription(header: DicomJson): PixelDescription | undefined {
  const us = (tag: string) => wholeOf(header, tag, VR_BOUNDS.US);
  const rows = us('00280010');
  const columns = us('00280011');
  if (rows === undefined || columns === undefined || rows === 0 || columns === 0) return undefined;
  const samplesPerPixel = us('00280002') ?? 1;
  const floatingPoint = header['7FE00008'] !== undefined || header['7FE00009'] !== undefined;
  const bitsAllocated = us('00280100') ?? defaultBitsAllocated(header);
  const bitsStored = us('00280101') ?? bitsAllocated;
  return {
    rows,
    columns,
    samplesPerPixel,
    photometricInterpretation: text(header, '00280004') ?? (samplesPerPixel === 3 ? 'RGB' : 'MONOCHROME2'),
    planarConfiguration: us('00280006') === 1 ? 1 : 0,
    bitsAllocated,
    bitsStored,
    highBit: us('00280102') ?? bitsStored - 1,
    pixelRepresentation: us('00280103') === 1 ? 1 : 0,
    numberOfFrames: numberOfFrames(header),
    ...(floatingPoint ? { floatingPoint } : {}),
  };
}

/** NumberOfFrames, or 1: files leave it out, empty or 0 for a single frame. */
export function numberOfFrames(header: DicomJson): number {
  return Math.max(1, wholeOf(header, '00280008', { ...VR_BOUNDS.IS, least: 0 }) ?? 1);
}

/** Float and double float pixels have no BitsAllocated default but their own width. PS3.3 C.7.6.24 and C.7.6.25. */
function defaultBitsAllocated(header: DicomJson): number {
  if (header['7FE00009'] !== undefined) return 64;
  return header['7FE00008'] !== undefined ? 32 : 8;
}

function text(header: DicomJson, tag: string): string | undefined {
  const value = elementOf(header, tag)?.Value?.[0];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
