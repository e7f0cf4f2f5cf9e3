import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../domain/errors.ts';
import { inflatedAccess, readInflated } from './inflated.ts';
import { bufferAccess, type RandomAccess } from './random-access.ts';

/** Longer than the part that is kept, and not all the same. */
const plain = Buffer.from(Array.from({ length: 700_000 }, (_, n) => `${n},`).join(''));
const deflated = Buffer.concat([Buffer.from('before'), deflateRawSync(plain)]);
const AT = 6;

describe('a deflated data set read by range', () => {
  it.each([
    ['the beginning', 0, 100],
    ['across the part that is kept', 1024 * 1024 - 10, 20],
    ['far behind', 4_000_000, 1000],
    ['over the end', plain.length - 5, 100],
    ['past the end', plain.length + 5, 10],
  ])('%s', async (_name, from, length) => {
    const access = await inflatedAccess(bufferAccess(deflated), AT);
    expect([access.bytes, access.damaged]).toEqual([plain.length, false]);
    const expected = plain.subarray(from, from + length);
    expect(Buffer.from(await access.read(from, length)).equals(expected)).toBe(true);
    expect(Buffer.from(await readInflated(bufferAccess(deflated), AT, from, length)).equals(expected)).toBe(true);
  });

  it('a stream that is cut gives what it has', async () => {
    const access = await inflatedAccess(bufferAccess(deflated.subarray(0, deflated.length / 2)), AT);
    expect(access.bytes).toBeGreaterThan(1_000_000);
    expect(Buffer.from(await access.read(0, 1000)).equals(plain.subarray(0, 1000))).toBe(true);
  });

  it.each([
    ['told of', (source: RandomAccess) => inflatedAccess(source, AT)],
    ['read', (source: RandomAccess) => readInflated(source, AT, 0, plain.length)],
  ])('a machine without memory is no end of the stream: %s', async (_name, work) => {
    const shortage = Object.assign(new Error('insufficient memory'), { code: 'Z_MEM_ERROR' });
    const { bytes, read } = bufferAccess(deflated);
    const short = {
      bytes,
      read: (offset: number, length: number) => (offset > AT ? Promise.reject(shortage) : read(offset, length)),
    };
    await expect(work(short)).rejects.toBe(shortage);
  });

  it('a stream that turns wrong gives what came before', async () => {
    // Stored blocks of 1000 bytes, then a block of the type that does not exist (RFC 1951 3.2.3).
    const blocks = Array.from({ length: 1000 }, (_, n) =>
      Buffer.concat([Buffer.from('00e80317fc', 'hex'), plain.subarray(n * 1000, (n + 1) * 1000)]),
    );
    const wrong = Buffer.concat([...blocks, Buffer.from('07', 'hex'), Buffer.alloc(100)]);
    const access = await inflatedAccess(bufferAccess(wrong), 0);
    expect(access.damaged).toBe(true);
    expect(Buffer.from(await access.read(0, 1000)).equals(plain.subarray(0, 1000))).toBe(true);
  });

  it('reads that go forward inflate once more in all, however many they are', async () => {
    let read = 0;
    const source = bufferAccess(deflated);
    const counted: RandomAccess = {
      bytes: source.bytes,
      read: async (offset, length) => {
        const bytes = await source.read(offset, length);
        read += bytes.length;
        return bytes;
      },
    };
    const access = await inflatedAccess(counted, AT);
    for (let from = 1_100_000; from < plain.length; from += 20_000) {
      // Back a little, as a reader of headers does.
      for (const at of [from, from - 5_000]) {
        expect(Buffer.from(await access.read(at, 8_000)).equals(plain.subarray(at, at + 8_000))).toBe(true);
      }
    }
    expect(read).toBeLessThan(deflated.length * 3);
  });

  it('reads that go back, and several at once, are right too', async () => {
    const access = await inflatedAccess(bufferAccess(deflated), AT);
    const places = [4_000_000, 1_500_000, 4_500_000, 1_500_000, 3_000_000, 1_048_000];
    for (const at of places) expect(Buffer.from(await access.read(at, 999)).equals(plain.subarray(at, at + 999))).toBe(true);
    const together = await Promise.all(places.map((at) => access.read(at, 100_000)));
    together.forEach((bytes, n) => {
      expect(Buffer.from(bytes).equals(plain.subarray(places[n], (places[n] ?? 0) + 100_000))).toBe(true);
    });
  });

  it('a bomb is refused at the bound', async () => {
    const bomb = bufferAccess(deflateRawSync(Buffer.alloc(50_000_000)));
    await expect(inflatedAccess(bomb, 0, 10_000_000)).rejects.toMatchObject({ kind: 'too-large' });
  });

  it('the failure of the source is passed on, not taken for damage', async () => {
    const failing: RandomAccess = {
      bytes: deflated.length,
      read: async () => {
        throw new DomainError('unavailable', 'gone');
      },
    };
    await expect(inflatedAccess(failing, AT)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(readInflated(failing, AT, 0, 10)).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
