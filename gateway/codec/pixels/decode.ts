import { DomainError } from '../../domain/errors.ts';
import type { CharlsModule, LibjxlModule, OpenJpegModule, OpenJphModule, WasmCodec } from './codestream/wasm-codec.ts';
import { decodeHtj2k, decodeJpeg2000, decodeJpegLs, decodeJpegXl } from './codestream/wasm-decoders.ts';
import { checkDescription, type DecodedFrame, type FrameToDecode, nativeFrameBytes } from './frame.ts';
import { decodeJpeg } from './jpeg/jpeg.ts';
import { bigEndianFrame, nativeFrame } from './native.ts';
import { decodeRle } from './rle.ts';

/** What decoding needs of the program around it: the WebAssembly codecs as it loads them, and its own inflate. */
export interface Codecs {
  readonly charls: WasmCodec<CharlsModule>;
  readonly openjpeg: WasmCodec<OpenJpegModule>;
  readonly openjph: WasmCodec<OpenJphModule>;
  readonly libjxl: WasmCodec<LibjxlModule>;
  /** Raw deflate (RFC 1951). @throws when it is corrupt or inflates to more than `bytesMax` */
  inflateRaw(bytes: Uint8Array, bytesMax: number): Uint8Array | Promise<Uint8Array>;
}

type Decoder = (request: FrameToDecode, codecs: Codecs) => DecodedFrame | Promise<DecodedFrame>;

const native: Decoder = (request) => nativeFrame(request);

/** PS3.6 table A-1, transfer syntaxes, without those that hold video or a reference in place of frames. */
const DECODERS: Readonly<Record<string, Decoder>> = {
  '1.2.840.10008.1.2': native,
  '1.2.840.10008.1.2.1': native,
  '1.2.840.10008.1.2.1.98': native, // Encapsulated Uncompressed Explicit VR Little Endian
  '1.2.840.10008.1.2.1.99': native, // Deflated Explicit VR Little Endian, inflated by the caller
  '1.2.840.10008.1.2.2': bigEndianFrame,
  '1.2.840.10008.1.2.5': decodeRle,
  '1.2.840.10008.1.2.8.1': inflateFrame, // Deflated Image Frame Compression
  '1.2.840.10008.1.2.4.50': decodeJpeg, // Baseline
  '1.2.840.10008.1.2.4.51': decodeJpeg, // Extended
  '1.2.840.10008.1.2.4.53': decodeJpeg, // Spectral Selection (retired)
  '1.2.840.10008.1.2.4.55': decodeJpeg, // Full Progression (retired)
  '1.2.840.10008.1.2.4.57': decodeJpeg, // Lossless
  '1.2.840.10008.1.2.4.70': decodeJpeg, // Lossless, selection value 1
  '1.2.840.10008.1.2.4.80': (request, { charls }) => decodeJpegLs(request, charls),
  '1.2.840.10008.1.2.4.81': (request, { charls }) => decodeJpegLs(request, charls),
  '1.2.840.10008.1.2.4.90': (request, { openjpeg }) => decodeJpeg2000(request, openjpeg),
  '1.2.840.10008.1.2.4.91': (request, { openjpeg }) => decodeJpeg2000(request, openjpeg),
  '1.2.840.10008.1.2.4.110': (request, { libjxl }) => decodeJpegXl(request, libjxl), // Lossless
  '1.2.840.10008.1.2.4.111': (request, { libjxl }) => decodeJpegXl(request, libjxl), // JPEG recompression
  '1.2.840.10008.1.2.4.112': (request, { libjxl }) => decodeJpegXl(request, libjxl),
  '1.2.840.10008.1.2.4.201': (request, { openjph }) => decodeHtj2k(request, openjph), // Lossless
  '1.2.840.10008.1.2.4.202': (request, { openjph }) => decodeHtj2k(request, openjph), // Lossless RPCL
  '1.2.840.10008.1.2.4.203': (request, { openjph }) => decodeHtj2k(request, openjph),
};

export function canDecode(transferSyntaxUID: string): boolean {
  return Object.hasOwn(DECODERS, transferSyntaxUID);
}

/** Frames of these need no work to speak of and are not worth a trip to another thread. */
export function isNative(transferSyntaxUID: string): boolean {
  return DECODERS[transferSyntaxUID] === native;
}

/** @throws invalid (corrupt), unsupported (syntax or layout), too-large */
export async function decode(request: FrameToDecode, codecs: Codecs): Promise<DecodedFrame> {
  const decoder = canDecode(request.transferSyntaxUID) ? DECODERS[request.transferSyntaxUID] : undefined;
  if (decoder === undefined) throw new DomainError('unsupported', 'no decoder for this transfer syntax');
  checkDescription(request.pixel);
  return decoder(request, codecs);
}

/** One raw deflate stream a frame, PS3.5 A.4.13; it can inflate to no more than the frame. */
async function inflateFrame(request: FrameToDecode, { inflateRaw }: Codecs): Promise<DecodedFrame> {
  let bytes: Uint8Array;
  try {
    bytes = await inflateRaw(request.bytes, nativeFrameBytes(request.pixel) + 1);
  } catch (cause) {
    throw new DomainError('invalid', 'deflated frame is corrupt or longer than its description', { cause });
  }
  return nativeFrame({ ...request, bytes });
}
