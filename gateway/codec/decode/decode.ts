import { inflateRawSync } from 'node:zlib';
import { DomainError } from '../../domain/errors.ts';
import { checkDescription, type DecodedFrame, type FrameToDecode, nativeFrameBytes } from '../pixels/frame.ts';
import { bigEndianFrame, nativeFrame } from '../pixels/native.ts';
import { decodeHtj2k, decodeJpeg2000, decodeJpegLs, decodeJpegXl } from '../wasm/wasm-decoders.ts';
import { decodeJpeg } from './jpeg.ts';
import { decodeRle } from './rle.ts';

type Decoder = (request: FrameToDecode) => DecodedFrame | Promise<DecodedFrame>;

/** PS3.6 table A-1, transfer syntaxes, without those that hold video or a reference in place of frames. */
const DECODERS: Readonly<Record<string, Decoder>> = {
  '1.2.840.10008.1.2': nativeFrame,
  '1.2.840.10008.1.2.1': nativeFrame,
  '1.2.840.10008.1.2.1.98': nativeFrame, // Encapsulated Uncompressed Explicit VR Little Endian
  '1.2.840.10008.1.2.1.99': nativeFrame, // Deflated Explicit VR Little Endian, inflated by the caller
  '1.2.840.10008.1.2.2': bigEndianFrame,
  '1.2.840.10008.1.2.5': decodeRle,
  '1.2.840.10008.1.2.8.1': inflateFrame, // Deflated Image Frame Compression
  '1.2.840.10008.1.2.4.50': decodeJpeg, // Baseline
  '1.2.840.10008.1.2.4.51': decodeJpeg, // Extended
  '1.2.840.10008.1.2.4.53': decodeJpeg, // Spectral Selection (retired)
  '1.2.840.10008.1.2.4.55': decodeJpeg, // Full Progression (retired)
  '1.2.840.10008.1.2.4.57': decodeJpeg, // Lossless
  '1.2.840.10008.1.2.4.70': decodeJpeg, // Lossless, selection value 1
  '1.2.840.10008.1.2.4.80': decodeJpegLs,
  '1.2.840.10008.1.2.4.81': decodeJpegLs,
  '1.2.840.10008.1.2.4.90': decodeJpeg2000,
  '1.2.840.10008.1.2.4.91': decodeJpeg2000,
  '1.2.840.10008.1.2.4.110': decodeJpegXl, // Lossless
  '1.2.840.10008.1.2.4.111': decodeJpegXl, // JPEG recompression
  '1.2.840.10008.1.2.4.112': decodeJpegXl,
  '1.2.840.10008.1.2.4.201': decodeHtj2k, // Lossless
  '1.2.840.10008.1.2.4.202': decodeHtj2k, // Lossless RPCL
  '1.2.840.10008.1.2.4.203': decodeHtj2k,
};

export function canDecode(transferSyntaxUID: string): boolean {
  return Object.hasOwn(DECODERS, transferSyntaxUID);
}

/** Frames of these need no work to speak of and are not worth a trip to another thread. */
export function isNative(transferSyntaxUID: string): boolean {
  return DECODERS[transferSyntaxUID] === nativeFrame;
}

/** @throws invalid (corrupt), unsupported (syntax or layout), too-large */
export async function decode(request: FrameToDecode): Promise<DecodedFrame> {
  const decoder = canDecode(request.transferSyntaxUID) ? DECODERS[request.transferSyntaxUID] : undefined;
  if (decoder === undefined) throw new DomainError('unsupported', 'no decoder for this transfer syntax');
  checkDescription(request.pixel);
  return decoder(request);
}

/** One raw deflate stream a frame, PS3.5 A.4.13; it can inflate to no more than the frame. */
function inflateFrame(request: FrameToDecode): DecodedFrame {
  const maxOutputLength = nativeFrameBytes(request.pixel) + 1;
  let bytes: Uint8Array;
  try {
    bytes = inflateRawSync(request.bytes, { maxOutputLength });
  } catch (cause) {
    throw new DomainError('invalid', 'deflated frame is corrupt or longer than its description', { cause });
  }
  return nativeFrame({ ...request, bytes });
}
