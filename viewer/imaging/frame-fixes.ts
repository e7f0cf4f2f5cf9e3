/** Two kinds of frames that the loader (5.14) reads wrongly, put right before and after it. Plain bytes in, plain bytes out. */

const EXTENDED_JPEG = '1.2.840.10008.1.2.4.51';
/** The part's header names the syntax within this many bytes. */
const HEADER_BYTES_MAX = 1_024;

/**
 * JPEG Extended with 8-bit samples goes to the loader's 12-bit decoder, which leaves YCbCr unconverted. Such a stream is also what its
 * 8-bit decoder reads (the processes differ only in the number of tables, ISO 10918-1), so the part is called baseline. In place.
 */
export function relabelExtendedJpeg(part: Uint8Array): void {
  const header = new TextDecoder('latin1').decode(part.subarray(0, HEADER_BYTES_MAX));
  const at = header.indexOf(EXTENDED_JPEG);
  if (at < 0 || jpegPrecision(part.subarray(at)) !== 8) return;
  part[at + EXTENDED_JPEG.length - 1] = '0'.charCodeAt(0);
}

/** Bits a sample, from the first frame header (SOF0 or SOF1) of a JPEG stream; undefined when there is none. */
function jpegPrecision(bytes: Uint8Array): number | undefined {
  for (let at = 0; at + 4 < bytes.length; at += 1) {
    if (bytes[at] === 0xff && (bytes[at + 1] === 0xc0 || bytes[at + 1] === 0xc1)) return bytes[at + 4];
  }
  return undefined;
}

/** Native YBR_FULL_422, PS3.3 C.7.6.3.1.2: Y1 Y2 Cb Cr for each two pixels, 8 bits each. */
export function rgbOfYbr422(samples: ArrayLike<number>, pixels: number, channels: 3 | 4): Uint8ClampedArray {
  const out = new Uint8ClampedArray(pixels * channels).fill(255);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const group = (pixel >> 1) * 4;
    const y = samples[group + (pixel & 1)] ?? 0;
    const cb = (samples[group + 2] ?? 128) - 128;
    const cr = (samples[group + 3] ?? 128) - 128;
    const at = pixel * channels;
    out[at] = y + 1.402 * cr;
    out[at + 1] = y - 0.344136 * cb - 0.714136 * cr;
    out[at + 2] = y + 1.772 * cb;
  }
  return out;
}
