import { constants, crc32, deflateRawSync } from 'node:zlib';
import type { ImageSink } from './image-sink.ts';

/** Filtered bytes that are compressed at a time, and so held. */
const STRIP_BYTES = 1024 * 1024;
const COMPRESSION_LEVEL = 6;
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** PNG (ISO/IEC 15948) of 8 bits grey or RGB, row by row, on the thread that calls: nothing of it waits for the process' own threads. */
export function encodePng(
  rows: Iterable<Uint8Array>,
  { columns, rows: height, channels }: { readonly columns: number; readonly rows: number; readonly channels: 1 | 3 },
  sink: ImageSink,
): void {
  sink.write(SIGNATURE);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = channels === 1 ? 0 : 2;
  chunk(sink, 'IHDR', header);
  // zlib's wrapper (RFC 1950) around raw deflate: each strip is flushed to a whole byte, so strips follow each other.
  chunk(sink, 'IDAT', Uint8Array.of(0x78, 0x9c));
  const stride = columns * channels + 1;
  const strip = new Uint8Array(Math.max(1, Math.floor(STRIP_BYTES / stride)) * stride);
  const filters = createFilters(columns * channels, channels);
  let filled = 0;
  let check = 1;
  const flush = (last: boolean) => {
    const bytes = strip.subarray(0, filled);
    check = adler32(check, bytes);
    const finishFlush = last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
    chunk(sink, 'IDAT', deflateRawSync(bytes, { level: COMPRESSION_LEVEL, finishFlush }));
    filled = 0;
  };
  for (const row of rows) {
    if (filled === strip.length) flush(false);
    filters(row, strip.subarray(filled, filled + stride));
    filled += stride;
  }
  flush(true);
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32BE(check);
  chunk(sink, 'IDAT', trailer);
  chunk(sink, 'IEND', new Uint8Array());
}

function chunk(sink: ImageSink, type: string, data: Uint8Array): void {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length, 0);
  head.write(type, 4, 'latin1');
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(data, crc32(head.subarray(4))));
  sink.write(head);
  sink.write(data);
  sink.write(tail);
}

/** Of none, Sub and Up (section 9) the filter whose bytes are smallest, as the specification advises. `to` has the filter's number first. */
function createFilters(length: number, channels: number): (row: Uint8Array, to: Uint8Array) => void {
  const above = new Uint8Array(length);
  return (row, to) => {
    let none = 0;
    let sub = 0;
    let up = 0;
    for (let i = 0; i < length; i++) {
      const value = row[i] as number;
      const left = i < channels ? 0 : (row[i - channels] as number);
      none += size(value);
      sub += size((value - left) & 0xff);
      up += size((value - (above[i] as number)) & 0xff);
    }
    const filter = sub <= up ? (sub < none ? 1 : 0) : up < none ? 2 : 0;
    to[0] = filter;
    for (let i = 0; i < length; i++) {
      const before = filter === 0 ? 0 : filter === 2 ? (above[i] as number) : i < channels ? 0 : (row[i - channels] as number);
      to[i + 1] = (row[i] as number) - before;
    }
    above.set(row);
  };
}

/** A byte as a signed difference. */
function size(byte: number): number {
  return byte < 128 ? byte : 256 - byte;
}

const ADLER_PRIME = 65_521;
/** Bytes that may be added before a sum could leave 32 bits. */
const ADLER_RUN = 3_854;

function adler32(before: number, bytes: Uint8Array): number {
  let a = before & 0xffff;
  let b = before >>> 16;
  for (let from = 0; from < bytes.length; from += ADLER_RUN) {
    const end = Math.min(bytes.length, from + ADLER_RUN);
    for (let i = from; i < end; i++) {
      a += bytes[i] as number;
      b += a;
    }
    a %= ADLER_PRIME;
    b %= ADLER_PRIME;
  }
  return ((b << 16) | a) >>> 0;
}
