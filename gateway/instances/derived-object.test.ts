import { expect, test } from 'vitest';
import { memoryObjects } from '../../test/fixtures/servers/memory-objects.ts';
import type { ObjectKey } from '../domain/identifiers.ts';
import { derivedObject, derivedPart, derivedTail, onlyPart, readDerivedParts } from './derived-object.ts';

const KEY = 'derived/H1/1.2/1.3/htj2k/a.frames' as ObjectKey;
const OTHER = 'derived/H1/1.2/1.4/htj2k/a.frames' as ObjectKey;
const parts = [Buffer.from('first'), Buffer.alloc(0), Buffer.alloc(3000, 7)];
const whole = Buffer.concat([...parts, derivedTail(KEY, parts.map(derivedPart))]);

async function read(bytes: Uint8Array, key = KEY) {
  const objects = memoryObjects();
  objects.kept.set(key, bytes);
  return readDerivedParts(objects, key);
}

test.each([1, 3, 500, 4096])('%i parts are found where they were put, each with its checksum', async (count) => {
  const many = Array.from({ length: count }, (_, n) => Buffer.alloc(n % 5, n));
  const bytes = Buffer.concat([...many, derivedTail(KEY, many.map(derivedPart))]);
  const found = await read(bytes);
  expect(found).toHaveLength(count);
  for (const [n, part] of many.entries()) {
    const { offset = 0, length = 0, of, crc32 } = found?.[n] ?? {};
    expect(part.equals(bytes.subarray(offset, offset + length))).toBe(true);
    expect({ of, crc32 }).toEqual({ of: bytes.length, crc32: derivedPart(part).crc32 });
  }
});

test('nothing is no damage', async () => {
  expect(await readDerivedParts(memoryObjects(), KEY)).toBeUndefined();
});

const flipped = (bytes: Buffer, at: number) => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 1;
  return copy;
};

test.each([
  ['empty', Buffer.alloc(0)],
  ['shorter than a trailer', whole.subarray(0, 20)],
  ['cut at its end', whole.subarray(0, -1)],
  ['cut at its beginning', whole.subarray(1)],
  ['longer', Buffer.concat([whole, Buffer.from('x')])],
  ['longer in front', Buffer.concat([Buffer.from('x'), whole])],
  ['of zeros', Buffer.alloc(whole.length)],
  ['changed in the table', flipped(whole, whole.length - 48 - 3)],
  ['changed in the magic', flipped(whole, whole.length - 48)],
  ['changed in the count', flipped(whole, whole.length - 40)],
  ['with an absurd count', Buffer.from(whole).fill(0xff, whole.length - 40, whole.length - 36)],
  ['changed in the seal', flipped(whole, whole.length - 1)],
])('an object %s is damaged', async (_, bytes) => {
  await expect(read(bytes)).rejects.toMatchObject({ kind: 'damaged' });
});

test('an object of another name is damaged', async () => {
  await expect(read(whole, OTHER)).rejects.toMatchObject({ kind: 'damaged' });
});

test('the only part', () => {
  const object = Buffer.from(derivedObject(KEY, Buffer.from('picture')));
  expect(Buffer.from(onlyPart(KEY, object)).toString()).toBe('picture');
  for (const bad of [flipped(object, 0), object.subarray(0, -1), Buffer.alloc(0), whole])
    expect(() => onlyPart(KEY, bad)).toThrow(expect.objectContaining({ kind: 'damaged' }));
  expect(() => onlyPart(OTHER, object)).toThrow(expect.objectContaining({ kind: 'damaged' }));
});
