import { describe, expect, it } from 'vitest';
import type { DicomObject } from '../api/dicom-json.ts';
import { expandSegments, hasPalette, resolvePalette, tableValues } from './palette.ts';

it.each([
  ['words, little endian', [0x01, 0x00, 0x00, 0xff], 2, [1, 0xff00]],
  ['bytes, when there are only as many as entries', [1, 2, 3, 4], 4, [1, 2, 3, 4]],
  ['padding after an odd count is dropped', [1, 2, 3, 0], 3, [1, 2, 3]],
])('tableValues: %s', (_name, bytes, entries, expected) => {
  expect(tableValues(Uint8Array.from(bytes), entries)).toEqual(expected);
});

describe('expandSegments, PS3.3 C.7.9.2', () => {
  it.each([
    ['discrete', [0, 3, 10, 20, 30], 3, [10, 20, 30]],
    ['linear from the last value', [0, 1, 0, 1, 4, 100], 5, [0, 25, 50, 75, 100]],
    ['indirect repeats earlier segments', [0, 2, 5, 6, 2, 1, 0, 0], 4, [5, 6, 5, 6]],
    ['an indirect segment that names itself ends', [2, 1, 0, 0], 4, []],
    ['linear without a start', [1, 4, 100], 4, []],
    ['an unknown opcode ends the table', [0, 1, 7, 9, 9, 9], 4, [7]],
    ['never more than the entries', [0, 4, 1, 2, 3, 4], 2, [1, 2]],
    ['nothing', [], 4, []],
  ])('%s', (_name, segments, entries, expected) => {
    expect(expandSegments(segments, entries)).toEqual(expected);
  });
});

describe('resolvePalette', () => {
  const image = (): DicomObject => ({
    '00280004': { Value: ['PALETTE COLOR'] },
    '00281101': { Value: [2, 0, 16] },
    '00281102': { Value: [2, 0, 16] },
    '00281103': { Value: [2, 0, 16] },
    '00281201': { InlineBinary: 'red' },
    '00281202': { InlineBinary: 'green' },
    '00281203': { InlineBinary: 'blue' },
  });
  it('puts numbers in place of the binary', async () => {
    const instance = image();
    await resolvePalette(instance, async () => Uint8Array.from([0, 1, 0, 2]));
    expect(hasPalette(instance)).toBe(true);
    expect(instance['00281202']?.Value).toEqual([256, 512]);
  });
  it('leaves an image without its tables as it is', async () => {
    const { '00281203': _blue, ...instance } = image();
    await resolvePalette(instance, async () => Uint8Array.from([0, 1, 0, 2]));
    expect(hasPalette(instance)).toBe(false);
  });
  it('does not touch other images', async () => {
    const instance: DicomObject = { '00280004': { Value: ['MONOCHROME2'] } };
    await resolvePalette(instance, async () => Promise.reject(new Error('not asked for')));
    expect(instance).toEqual({ '00280004': { Value: ['MONOCHROME2'] } });
  });
});
