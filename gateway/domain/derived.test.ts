import { expect, test } from 'vitest';
import { encodeFrameTable, frameInTable, readOriginalKey, readQuarantineKey } from './derived.ts';
import type { Sha256 } from './identifiers.ts';
import type { InstancePath } from './object-keys.ts';
import { originalKey, quarantineKey } from './object-keys.ts';

test.each([
  { name: 'first', frame: 0, expected: { offset: 0, length: 10 } },
  { name: 'an empty one', frame: 1, expected: { offset: 10, length: 0 } },
  { name: 'last', frame: 2, expected: { offset: 10, length: 7 } },
  { name: 'past the last', frame: 3, expected: undefined },
  { name: 'before the first', frame: -1, expected: undefined },
])('frame table: $name', ({ frame, expected }) => {
  expect(frameInTable(encodeFrameTable([10, 0, 7]), frame)).toEqual(expected);
});

const path = {
  facilityCode: 'H1',
  studyInstanceUID: '1.2',
  seriesInstanceUID: '1.2.3',
  sopInstanceUID: '1.2.3.4',
} as unknown as InstancePath;
const sha256 = 'ab'.repeat(32) as Sha256;

test.each([
  { name: 'an original', key: originalKey(path, sha256) as string, expected: { path, sha256 } },
  { name: 'a derived object', key: 'derived/H1/1.2/1.2.3/thumbnail.jpg', expected: undefined },
  { name: 'a name without a digest', key: 'originals/H1/1.2/1.2.3/1.2.3.4/image.dcm', expected: undefined },
  { name: 'a deeper name', key: `originals/H1/1.2/1.2.3/1.2.3.4/x/${sha256}.dcm`, expected: undefined },
])('original key: $name', ({ key, expected }) => {
  expect(readOriginalKey(key)).toEqual(expected);
});

test('quarantine key, there and back; an original is none', () => {
  expect(readQuarantineKey(quarantineKey(path.facilityCode, sha256))).toEqual({ facilityCode: 'H1', sha256 });
  expect(readQuarantineKey(originalKey(path, sha256))).toBeUndefined();
});
