import { expect, test } from 'vitest';
import type { Sha256 } from '../identifiers.ts';
import {
  HTJ2K_FRAMES_MAX,
  htj2kFramesKey,
  mayHaveHtj2k,
  readDerivedKey,
  readOriginalKey,
  readQuarantineKey,
  seriesThumbnailKey,
} from './derived.ts';
import type { InstancePath } from './object-keys.ts';
import { originalKey, quarantineKey } from './object-keys.ts';
import type { IndexedInstance } from './study.ts';

const path = {
  facilityCode: 'H1',
  studyInstanceUID: '1.2',
  seriesInstanceUID: '1.2.3',
  sopInstanceUID: '1.2.3.4',
} as unknown as InstancePath;
const { sopInstanceUID: _, ...name } = path;
const first = { ...name, ordinal: 1 };
const second = { ...name, ordinal: 2 };
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

test.each([
  { name: 'a thumbnail', key: seriesThumbnailKey(first, sha256) as string, series: first },
  { name: 'frames', key: htj2kFramesKey(first, sha256) as string, series: first },
  { name: 'frames of another patient under the UID', key: htj2kFramesKey(second, sha256) as string, series: second },
  { name: 'an original', key: originalKey(path, sha256) as string, series: undefined },
  { name: 'a folder', key: 'derived/H1/1.2/1.2.3', series: undefined },
  { name: 'a folder of another patient', key: 'derived/H1/1.2/1.2.3/study-2', series: undefined },
])('derived key: $name', ({ key, series }) => {
  expect(readDerivedKey(key)).toEqual(series);
});

test.each([
  { name: 'native grey', syntax: '1.2.840.10008.1.2.1', bits: 16, frames: 1, may: true },
  { name: 'as many frames as may be', syntax: '1.2.840.10008.1.2.1', bits: 16, frames: HTJ2K_FRAMES_MAX, may: true },
  { name: 'one more', syntax: '1.2.840.10008.1.2.1', bits: 16, frames: HTJ2K_FRAMES_MAX + 1, may: false },
  { name: 'no frames', syntax: '1.2.840.10008.1.2.1', bits: 16, frames: 0, may: false },
  { name: 'one bit a pixel', syntax: '1.2.840.10008.1.2.1', bits: 1, frames: 1, may: false },
  { name: 'lossy', syntax: '1.2.840.10008.1.2.4.50', bits: 8, frames: 1, may: false },
])('frames in HTJ2K: $name', ({ syntax, bits, frames, may }) => {
  const instance = { instance: { numberOfFrames: frames, bitsAllocated: bits }, object: { transferSyntaxUID: syntax } };
  expect(mayHaveHtj2k(instance as unknown as IndexedInstance)).toBe(may);
});
