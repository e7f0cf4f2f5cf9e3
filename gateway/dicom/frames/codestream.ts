import type { TransferSyntaxUID } from '../../domain/identifiers.ts';
import { RLE_LOSSLESS } from '../dictionary/transfer-syntax.ts';

/** Bytes of a frame that are enough to tell its codec: markers before the first scan, comments and tables included. */
export const CODESTREAM_HEAD_BYTES = 64 * 1024;

const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
const JPEG_EXTENDED = '1.2.840.10008.1.2.4.51';
const JPEG_LOSSLESS = '1.2.840.10008.1.2.4.57';
const JPEG_LS_NEAR_LOSSLESS = '1.2.840.10008.1.2.4.81';
const JPEG_2000 = '1.2.840.10008.1.2.4.91';
const JPEG_XL = '1.2.840.10008.1.2.4.112';
const HTJ2K = '1.2.840.10008.1.2.4.203';

/** Start of frame by marker, ITU-T T.81 table B.1 and T.87. */
const BY_START_OF_FRAME: Readonly<Record<number, string>> = {
  192: JPEG_BASELINE,
  193: JPEG_EXTENDED,
  195: JPEG_LOSSLESS,
  247: JPEG_LS_NEAR_LOSSLESS,
};
const START_OF_SCAN = 0xda;

/**
 * The transfer syntax that can decode a frame, from how the frame begins; of lossless and lossy kinds the general one.
 * For objects that do not say. Undefined: nothing known.
 */
export function syntaxOfCodestream(bytes: Buffer): TransferSyntaxUID | undefined {
  return guess(bytes) as TransferSyntaxUID | undefined;
}

function guess(bytes: Buffer): string | undefined {
  if (bytes.length < 8) return undefined;
  switch (bytes.readUInt16BE(0)) {
    case 0xffd8:
      return jpeg(bytes);
    case 0xff4f:
      // Rsiz, ISO/IEC 15444-1 table A.10; bit 14 tells of Part 15.
      return (bytes.readUInt16BE(6) & 0x4000) === 0 ? JPEG_2000 : HTJ2K;
    case 0xff0a:
      return JPEG_XL;
    default:
      break;
  }
  if (bytes.readUInt32BE(0) === 12) {
    const box = bytes.toString('latin1', 4, 8);
    if (box === 'JXL ') return JPEG_XL;
    if (box === 'jP  ') return JPEG_2000;
  }
  // RLE header: number of segments, then the first one's offset, PS3.5 G.5.
  const segments = bytes.readUInt32LE(0);
  return segments >= 1 && segments <= 15 && bytes.readUInt32LE(4) === 64 ? RLE_LOSSLESS : undefined;
}

function jpeg(bytes: Buffer): string | undefined {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] as number;
    const syntax = BY_START_OF_FRAME[marker];
    if (syntax !== undefined) return syntax;
    if (marker === START_OF_SCAN) return undefined;
    // Fill bytes may stand before a marker.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
