import { DomainError } from '../../domain/errors.ts';
import type { DecodedFrame } from '../pixels/frame.ts';
import { openjph } from './wasm-codecs.ts';

/** PS3.5 A.4.4 for 1.2.840.10008.1.2.4.202: progression by resolution first, so that a prefix of the codestream is a smaller image. */
const RPCL = 2;
const DECOMPOSITIONS_MAX = 5;
/** The smallest resolution is at least this wide and high; a smaller one would show nothing useful. */
const SMALLEST_SIDE = 16;

/**
 * Lossless HTJ2K, RPCL, with TLM and one tile-part a resolution.
 * Encodes what two decoders (OpenJPH and OpenJPEG) were found to give back bit for bit: grey of 8 bits unsigned or of 16 bits, and RGB of 8 bits.
 * @throws unsupported for every other frame
 */
export async function encodeHtj2k(frame: DecodedFrame): Promise<Uint8Array<ArrayBuffer>> {
  if (!canEncodeHtj2k(frame)) throw new DomainError('unsupported', 'frame cannot be coded as HTJ2K');
  const { columns, rows, samplesPerPixel, bitsAllocated } = frame;
  const samples = interleaved(frame);
  return openjph.use((module) => {
    const encoder = new module.HTJ2KEncoder();
    try {
      encoder
        .getDecodedBuffer({
          width: columns,
          height: rows,
          // Every bit of the container is coded, so bits above High Bit (overlays, sign) survive too.
          bitsPerSample: bitsAllocated,
          componentCount: samplesPerPixel,
          isSigned: frame.pixelRepresentation === 1,
          // The reversible colour transform changes no value after decoding and is announced in the codestream.
          isUsingColorTransform: samplesPerPixel === 3,
        })
        .set(samples);
      encoder.setQuality(true, 0);
      encoder.setProgressionOrder(RPCL);
      encoder.setDecompositions(decompositions(columns, rows));
      encoder.setTLMMarker(true);
      encoder.setTilePartDivisionsAtResolutions(true);
      encoder.encode();
      return new Uint8Array(encoder.getEncodedBuffer());
    } finally {
      encoder.delete();
    }
  });
}

function canEncodeHtj2k({ samplesPerPixel, bitsAllocated, pixelRepresentation, photometricInterpretation }: DecodedFrame): boolean {
  if (samplesPerPixel === 1) return bitsAllocated === 16 || (bitsAllocated === 8 && pixelRepresentation === 0);
  return samplesPerPixel === 3 && bitsAllocated === 8 && pixelRepresentation === 0 && photometricInterpretation === 'RGB';
}

/** At least one: the encoder does not return whole streams for zero decompositions. */
export function decompositions(columns: number, rows: number): number {
  const smallest = Math.min(columns, rows);
  return Math.max(1, Math.min(DECOMPOSITIONS_MAX, Math.floor(Math.log2(smallest / SMALLEST_SIDE))));
}

function interleaved({ bytes, planarConfiguration, samplesPerPixel, bitsAllocated }: DecodedFrame): Uint8Array {
  if (planarConfiguration === 0 || samplesPerPixel === 1) return bytes;
  const sampleBytes = bitsAllocated / 8;
  const pixels = bytes.length / samplesPerPixel / sampleBytes;
  const result = new Uint8Array(bytes.length);
  let from = 0;
  for (let sample = 0; sample < samplesPerPixel; sample++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const to = (pixel * samplesPerPixel + sample) * sampleBytes;
      for (let byte = 0; byte < sampleBytes; byte++) result[to + byte] = bytes[from++] as number;
    }
  }
  return result;
}
