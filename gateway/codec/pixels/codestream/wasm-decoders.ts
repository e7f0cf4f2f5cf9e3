import { DomainError } from '../../../domain/errors.ts';
import { type DecodedFrame, type FrameToDecode, frameFromSamples, type Samples } from '../frame.ts';
import { jpegXlSize } from './jpeg-xl-size.ts';
import type { CharlsModule, LibjxlModule, OpenJpegModule, OpenJphModule, WasmCodec, WasmDecoder, WasmModule } from './wasm-codec.ts';

/** JPEG 2000 Part 1, PS3.5 A.4.4. */
export async function decodeJpeg2000(request: FrameToDecode, openjpeg: WasmCodec<OpenJpegModule>): Promise<DecodedFrame> {
  checkSize(request, jpeg2000Size(request.bytes));
  return using(openjpeg, ({ J2KDecoder }) => new J2KDecoder(), jpeg2000Frame(request));
}

/** High-Throughput JPEG 2000, PS3.5 A.4.4 (Supplement 235). The decoder takes a prefix for a coarser image; a stored frame must be whole. */
export async function decodeHtj2k(request: FrameToDecode, openjph: WasmCodec<OpenJphModule>): Promise<DecodedFrame> {
  checkSize(request, jpeg2000Size(request.bytes));
  checkTileParts(request.bytes);
  return using(openjph, ({ HTJ2KDecoder }) => new HTJ2KDecoder(), jpeg2000Frame(request));
}

function jpeg2000Frame(request: FrameToDecode): (decoder: WasmDecoder) => DecodedFrame {
  return (decoder) => frameFromSamples(run(decoder, request.bytes), request.pixel, withoutCodecTransform(request));
}

/** JPEG-LS, lossless and near-lossless, PS3.5 A.4.3. */
export async function decodeJpegLs(request: FrameToDecode, charls: WasmCodec<CharlsModule>): Promise<DecodedFrame> {
  checkSize(request, jpegLsSize(request.bytes));
  return using(
    charls,
    ({ JpegLSDecoder }) => new JpegLSDecoder(),
    (decoder) => {
      const samples = run(decoder, withEndMarker(request.bytes));
      // Interleave mode 0 is "none": the decoder leaves one plane after the other.
      const planar = samples.components > 1 && decoder.getInterleaveMode() === 0;
      return frameFromSamples(planar ? interleave(samples) : samples, request.pixel, request.pixel.photometricInterpretation);
    },
  );
}

/** Without its end marker a stream that was cut makes the decoder read on through its whole memory, for seconds, before it gives up. */
function withEndMarker(bytes: Uint8Array): Uint8Array {
  if (indexOfBytes(bytes, [0xff, 0xd9]) >= 0) return bytes;
  const ended = new Uint8Array(bytes.length + 2);
  ended.set(bytes);
  ended.set([0xff, 0xd9], bytes.length);
  return ended;
}

/** JPEG XL, also recompressed JPEG, PS3.5 A.4.12. */
export async function decodeJpegXl(request: FrameToDecode, libjxl: WasmCodec<LibjxlModule>): Promise<DecodedFrame> {
  const { width, height } = jpegXlSize(request.bytes);
  // An orientation may turn them; what comes out is compared again.
  const sides = [request.pixel.columns, request.pixel.rows];
  if (!(sides[0] === width && sides[1] === height) && !(sides[0] === height && sides[1] === width)) throw otherSize();
  return using(
    libjxl,
    ({ JpegXLDecoder }) => new JpegXLDecoder(),
    (decoder) => {
      const samples = run(decoder, request.bytes);
      decoder.releaseBuffers();
      return frameFromSamples(samples, request.pixel, samples.components === 3 ? 'RGB' : request.pixel.photometricInterpretation);
    },
  );
}

/** A decoder holds memory of its module until it is deleted. */
function using<Module extends WasmModule, Decoder extends WasmDecoder>(
  codec: WasmCodec<Module>,
  make: (module: Module) => Decoder,
  decode: (decoder: Decoder) => DecodedFrame,
): Promise<DecodedFrame> {
  return codec.use((module) => {
    const decoder = make(module);
    try {
      return decode(decoder);
    } finally {
      decoder.delete();
    }
  });
}

/** Runs one decoder and copies its samples out of WASM memory. */
function run(decoder: WasmDecoder, bytes: Uint8Array): Samples {
  decoder.getEncodedBuffer(bytes.length).set(bytes);
  decoder.decode();
  const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
  const count = width * height * componentCount;
  const sampleBytes = bitsPerSample <= 8 ? 1 : bitsPerSample <= 16 ? 2 : 4;
  const inWasm = decoder.getDecodedBuffer();
  if (count === 0 || inWasm.length < count * sampleBytes) throw new DomainError('invalid', 'codestream gave no image');
  const memory = new Uint8Array(count * sampleBytes);
  memory.set(inWasm.subarray(0, memory.length));
  return { width, height, components: componentCount, precision: bitsPerSample, data: view(memory, sampleBytes, isSigned === true) };
}

function view(memory: Uint8Array, sampleBytes: 1 | 2 | 4, signed: boolean): Samples['data'] {
  if (sampleBytes === 1) return signed ? new Int8Array(memory.buffer) : memory;
  if (sampleBytes === 2) return signed ? new Int16Array(memory.buffer) : new Uint16Array(memory.buffer);
  return new Int32Array(memory.buffer);
}

function interleave(samples: Samples): Samples {
  const pixels = samples.width * samples.height;
  const data = samples.data.slice();
  for (let component = 0; component < samples.components; component++) {
    for (let i = 0, to = component, from = component * pixels; i < pixels; i++, to += samples.components) {
      data[to] = samples.data[from + i] as number;
    }
  }
  return { ...samples, data };
}

/** What a JPEG 2000 stream of this data set holds once the transform of the codec is undone. */
export function withoutCodecTransform({ pixel }: Pick<FrameToDecode, 'pixel'>): string {
  return pixel.photometricInterpretation === 'YBR_RCT' || pixel.photometricInterpretation === 'YBR_ICT'
    ? 'RGB'
    : pixel.photometricInterpretation;
}

interface Size {
  readonly width: number;
  readonly height: number;
  readonly components: number;
}

/** A codestream that claims another size is refused before a decoder allocates for it. */
function checkSize({ pixel }: FrameToDecode, size: Size): void {
  if (size.width !== pixel.columns || size.height !== pixel.rows || size.components !== pixel.samplesPerPixel) {
    throw otherSize();
  }
}

function otherSize(): DomainError {
  return new DomainError('invalid', 'codestream size differs from rows, columns and samples per pixel');
}

/** SIZ, ISO/IEC 15444-1 A.5.1; it follows SOC, which a JP2 wrapper may precede. */
function jpeg2000Size(bytes: Uint8Array): Size {
  const at = codestreamStart(bytes);
  const header = new DataView(bytes.buffer, bytes.byteOffset + at, SIZ_BYTES);
  return {
    width: header.getUint32(8) - header.getUint32(16),
    height: header.getUint32(12) - header.getUint32(20),
    components: header.getUint16(40),
  };
}

/** SOC and SIZ without its component list. */
const SIZ_BYTES = 42;

function codestreamStart(bytes: Uint8Array): number {
  const at = indexOfBytes(bytes, [0xff, 0x4f, 0xff, 0x51]);
  if (at < 0 || at + SIZ_BYTES > bytes.length) throw new DomainError('invalid', 'no JPEG 2000 codestream');
  return at;
}

/** Where these bytes, of which the first is ff, begin; -1 when they are not there. */
function indexOfBytes(bytes: Uint8Array, wanted: readonly number[]): number {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (wanted.every((byte, n) => bytes[at + n] === byte)) return at;
  }
  return -1;
}

/** Every tile-part (SOT, ISO/IEC 15444-1 A.4.2) must lie within the stream. A length of 0 means up to the end. */
function checkTileParts(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const broken = () => new DomainError('invalid', 'JPEG 2000 codestream is incomplete');
  let at = codestreamStart(bytes) + 2;
  let tileParts = 0;
  while (at + 4 <= bytes.length) {
    const marker = view.getUint16(at);
    if (marker === END_OF_CODESTREAM) break;
    if (marker !== START_OF_TILE_PART) {
      if (tileParts > 0) throw broken();
      at += 2 + view.getUint16(at + 2);
      continue;
    }
    if (at + 12 > bytes.length) throw broken();
    const length = view.getUint32(at + 6);
    if (length === 0) return;
    if (length < 14 || at + length > bytes.length) throw broken();
    tileParts++;
    at += length;
  }
  // A cut just between two tile-parts shows only by the end marker that is missing.
  if (tileParts === 0 || at + 2 > bytes.length || view.getUint16(at) !== END_OF_CODESTREAM) throw broken();
}

const START_OF_TILE_PART = 0xff90;
const END_OF_CODESTREAM = 0xffd9;

/** SOF55, ISO/IEC 14495-1 C.2.2. */
function jpegLsSize(bytes: Uint8Array): Size {
  let at = 2;
  while (at + 10 <= bytes.length) {
    if (bytes[at] !== 0xff) throw new DomainError('invalid', 'no JPEG-LS marker where one must be');
    const marker = bytes[at + 1] as number;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const word = (offset: number) => ((bytes[at + offset] as number) << 8) | (bytes[at + offset + 1] as number);
    if (marker === 0xf7) return { height: word(5), width: word(7), components: bytes[at + 9] as number };
    at += 2 + word(2);
  }
  throw new DomainError('invalid', 'no JPEG-LS frame header');
}
