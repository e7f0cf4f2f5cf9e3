import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type BrotliOptions, brotliCompress, constants, createBrotliCompress, createGzip, gzip, type ZlibOptions } from 'node:zlib';
import { type ByteStream, piped } from '../domain/byte-stream.ts';

/** Shorter answers fit a packet as they are. */
export const COMPRESSED_BYTES_MIN = 1024;
/** Of 0–11: half of what the best would save of JSON, in a hundredth of its time. */
const BROTLI_QUALITY = 5;
const GZIP_LEVEL = 6;

export type ContentCoding = 'br' | 'gzip';

/** The coding to answer in, RFC 9110 12.5.3: br before gzip where both are equally welcome; undefined: as it is. */
export function contentCoding(acceptEncoding: string | undefined): ContentCoding | undefined {
  const weights = new Map<string, number>();
  for (const part of (acceptEncoding ?? '').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    weights.set(coding, weight === undefined ? 1 : Number(weight) || 0);
  }
  const welcome = (coding: string) => weights.get(coding) ?? weights.get('*') ?? 0;
  const [br, gz] = [welcome('br'), welcome('gzip')];
  if (br === 0 && gz === 0) return undefined;
  return br >= gz ? 'br' : 'gzip';
}

export function compress(bytes: Uint8Array, coding: ContentCoding): Promise<Buffer> {
  if (coding === 'gzip') return promisify(gzip)(bytes, { level: GZIP_LEVEL });
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength };
  return promisify(brotliCompress)(bytes, { params });
}

/** Long answers that somebody waits for: of headers that are much alike, quality 2 leaves a fifteenth of what gzip does, in the same time. */
const STREAM_BROTLI = { [constants.BROTLI_PARAM_QUALITY]: 2, [constants.BROTLI_PARAM_LGWIN]: 18 };
const STREAM_GZIP_LEVEL = constants.Z_BEST_SPEED;
const COMPRESSED_PIECE_BYTES = 64 * 1024;
/** What is made while a thread compresses what came before. */
const AHEAD_BYTES = 512 * 1024;

/** The stream, compressed. */
export async function* compressed(bytes: ByteStream, coding: ContentCoding): AsyncGenerator<Uint8Array> {
  // Streams' own options are passed on; the types do not say so.
  const options: ZlibOptions & BrotliOptions & { writableHighWaterMark: number } = {
    chunkSize: COMPRESSED_PIECE_BYTES,
    writableHighWaterMark: AHEAD_BYTES,
  };
  const compressor =
    coding === 'gzip' ? createGzip({ ...options, level: STREAM_GZIP_LEVEL }) : createBrotliCompress({ ...options, params: STREAM_BROTLI });
  const source = Readable.from(bytes, { objectMode: false, highWaterMark: AHEAD_BYTES });
  yield* piped(source, source.pipe(compressor));
}
