import type { FrameToDecode } from '../codec/pixels/frame.ts';
import { framesOfRange } from '../codec/pixels/loop.ts';
import { presentationOf, presentationReferences } from '../codec/pixels/presentation.ts';
import type { FrameToCome, LoopFrame } from '../codec/threads/codec.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN, isBigEndian, isEncapsulated } from '../dicom/dictionary/transfer-syntax.ts';
import { frameCount, frameRange, readFrame } from '../dicom/frames/frame-index.ts';
import { frameBytes } from '../dicom/frames/frame-stream.ts';
import { readInflated } from '../dicom/parse/inflated.ts';
import type { RandomAccess } from '../dicom/parse/random-access.ts';
import { DomainError } from '../domain/errors.ts';
import type { TransferSyntaxUID } from '../domain/identifiers.ts';
import { isClip } from '../domain/imaging/clip.ts';
import type { DicomJson, FrameIndex, PixelDescription } from '../domain/imaging/dataset.ts';
import { pixelDescription } from '../domain/imaging/pixel-description.ts';
import type { InstancePixels } from '../domain/imaging/study.ts';
import { locateValue } from './locate-value.ts';

/** A palette or LUT has at most 65536 entries of 16 bits; a larger value is none and is left out. */
export const PRESENTATION_VALUE_BYTES_MAX = 262_144;

/** An image as it lies in a store, of which frames can be fetched for the codec. */
export interface StoredImage {
  readonly source: RandomAccess;
  readonly transferSyntaxUID: TransferSyntaxUID;
  readonly frames: FrameIndex;
  readonly pixel: PixelDescription;
  /** Palettes and LUTs that it holds by reference are read into it when a frame is to be rendered. */
  readonly header: DicomJson;
}

/** The image of an instance; undefined when its header describes none. `header`: see `imageHeader`. */
export function storedImage(
  { frames, object }: Pick<InstancePixels, 'frames' | 'object'>,
  source: RandomAccess,
  header: DicomJson,
): StoredImage | undefined {
  const pixel = pixelDescription(header);
  return pixel && { source, transferSyntaxUID: object.transferSyntaxUID, frames, pixel, header };
}

/** The syntax the pixels are really in: some files hold native pixels under the UID of a compressed syntax, and the frame index knows. */
export function pixelSyntax(frames: FrameIndex, transferSyntaxUID: TransferSyntaxUID): TransferSyntaxUID {
  return frames.kind === 'native' && isEncapsulated(transferSyntaxUID) ? EXPLICIT_VR_LITTLE_ENDIAN : transferSyntaxUID;
}

/** What decoding frame `frame` (from 0) needs. @throws not-found, invalid, too-large, and what the source throws */
export async function frameToDecode(image: StoredImage, frame: number): Promise<FrameToDecode> {
  const { source, frames, transferSyntaxUID, pixel } = image;
  const pixelDataVR = image.header['7FE00010']?.vr;
  if (frames.kind === 'native' && isBigEndian(transferSyntaxUID) && pixelDataVR === 'OW' && pixel.bitsAllocated === 8) {
    return { bytes: await fromBigEndianWords(source, frames, frame), transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN, pixel };
  }
  return {
    bytes: await readFrame(source, frames, frame),
    transferSyntaxUID: pixelSyntax(frames, transferSyntaxUID),
    pixel,
    ...(pixelDataVR === undefined ? {} : { pixelDataVR }),
  };
}

/** Frames of a loop, from 0, whose range frame `frame` is stretched over when no window is asked for, as far as they are there; see loop.ts. */
export function framesBeside({ header, pixel, frames }: StoredImage, frame: number): readonly number[] {
  if (pixel.numberOfFrames < 2 || pixel.samplesPerPixel > 1 || !isClip(header, pixel.numberOfFrames)) return [];
  return framesOfRange(header, pixel.numberOfFrames, presentationOf(header, frame, pixel)).filter((one) => one < frameCount(frames));
}

/** What the frame will cost, before its bytes are read. `beside`: frames that are read with it. @throws not-found, invalid */
export function frameToCome({ pixel, transferSyntaxUID, frames }: StoredImage, frame: number, beside: readonly number[] = []): FrameToCome {
  const storedBytes = [...new Set([frame, ...beside])].reduce((sum, one) => sum + frameBytes(frames, one), 0);
  return { pixel, transferSyntaxUID: pixelSyntax(frames, transferSyntaxUID), storedBytes, beside: beside.length };
}

/** What rendering frame `frame` (from 0) needs. `beside`: as `framesBeside` says. @throws as frameToDecode */
export async function frameToRender(
  image: StoredImage,
  frame: number,
  beside: readonly number[] = [],
): Promise<FrameToDecode & { readonly header: DicomJson; readonly frame: number; readonly beside: readonly LoopFrame[] }> {
  await readReferences(image, frame);
  const others: LoopFrame[] = [];
  for (const other of beside) others.push({ frame: other, toDecode: other === frame ? undefined : await frameToDecode(image, other) });
  return { ...(await frameToDecode(image, frame)), header: image.header, frame, beside: others };
}

async function readReferences({ source, transferSyntaxUID, header }: StoredImage, frame: number): Promise<void> {
  for (const element of presentationReferences(header, frame)) {
    const place = await locateValue(source, element.BulkDataURI ?? '', transferSyntaxUID);
    if (place === undefined || place.length > PRESENTATION_VALUE_BYTES_MAX) continue;
    const value = Buffer.from(
      place.deflated
        ? await readInflated(source, place.dataSetOffset, place.offset, place.length)
        : await source.read(place.offset, place.length),
    );
    const words = value.subarray(0, value.length - (value.length % 2));
    if (place.bigEndian && place.vr !== 'OB') words.swap16();
    element.InlineBinary = value.toString('base64');
  }
}

/**
 * A frame of samples that are smaller than the 16-bit words they were written in as big endian (PS3.5 8.1.1, A.3): words change, and a frame
 * of an odd number of bytes begins or ends inside one.
 */
async function fromBigEndianWords(source: RandomAccess, index: FrameIndex & { kind: 'native' }, frame: number): Promise<Uint8Array> {
  const { pieces, bytes } = frameRange(index, frame);
  const from = (pieces[0]?.offset ?? 0) - index.offset;
  // The words around a frame have no checksum of their own.
  if (index.checksums !== undefined) await readFrame(source, index, frame);
  const start = from - (from % 2);
  const end = from + bytes + ((from + bytes) % 2);
  const words = Buffer.from(await source.read(index.offset + start, end - start));
  if (words.length < end - start) throw new DomainError('invalid', 'the object ends before the frame');
  return words.swap16().subarray(from - start, from - start + bytes);
}
