import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compress, contentCoding } from './compress.ts';

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
