import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compress, compressed, contentCoding } from './compress.ts';

test.each([
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip', 'gzip'],
  ['BR', 'br'],
  ['br;q=0.5, gzip', 'gzip'],
  ['br;q=0, gzip;q=0', undefined],
  ['*', 'br'],
  ['*;q=0.5, br;q=0', 'gzip'],
  ['identity', undefined],
  ['', undefined],
  [undefined, undefined],
  ['br;q=x', undefined],
])('RFC 9110 12.5.3: %s', (header, coding) => {
  expect(contentCoding(header)).toBe(coding);
});

test('what is read again is what was sent', async () => {
  const bytes = Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, n) => ({ n, name: '山田 太郎' }))));
  const br = await compress(bytes, 'br');
  const gz = await compress(bytes, 'gzip');
  expect(brotliDecompressSync(br)).toEqual(bytes);
  expect(gunzipSync(gz)).toEqual(bytes);
  expect(Math.max(br.length, gz.length)).toBeLessThan(bytes.length / 4);
});

test.each(['br', 'gzip'] as const)(
  'a stream in %s is what was sent; what fails in it fails here, and whoever leaves ends it',
  async (coding) => {
    const pieces = Array.from({ length: 40 }, (_, n) => Buffer.from(`${n} 山田 太郎 `.repeat(5_000)));
    let ended = false;
    async function* source(failing: boolean) {
      try {
        yield* pieces;
        if (failing) throw new Error('the store went away');
      } finally {
        ended = true;
      }
    }
    const read = async (bytes: AsyncIterable<Uint8Array>) => {
      const all: Uint8Array[] = [];
      for await (const piece of bytes) all.push(piece);
      return Buffer.concat(all);
    };
    const whole = await read(compressed(source(false), coding));
    expect((coding === 'br' ? brotliDecompressSync : gunzipSync)(whole).equals(Buffer.concat(pieces))).toBe(true);
    await expect(read(compressed(source(true), coding))).rejects.toThrow('the store went away');
    ended = false;
    for await (const piece of compressed(source(false), coding)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(() => ended).toBe(true);
  },
);
