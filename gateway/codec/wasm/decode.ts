import { inflateRawSync } from 'node:zlib';
import { type Codecs, decode as decodeBy } from '../pixels/decode.ts';
import type { DecodedFrame, FrameToDecode } from '../pixels/frame.ts';
import { charls, libjxl, openjpeg, openjph } from './wasm-codecs.ts';

const CODECS: Codecs = {
  charls,
  libjxl,
  openjpeg,
  openjph,
  inflateRaw: (bytes, maxOutputLength) => inflateRawSync(bytes, { maxOutputLength }),
};

/** The room's decoder with the codecs as Node loads them. @throws invalid (corrupt), unsupported (syntax or layout), too-large */
export function decode(request: FrameToDecode): Promise<DecodedFrame> {
  return decodeBy(request, CODECS);
}
