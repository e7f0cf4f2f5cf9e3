import { describe, expect, test } from 'vitest';
import type { FrameIndex } from '../../../gateway/domain/imaging/dataset.ts';
import { decodeFrameIndex, encodeFrameIndex } from './frame-index.ts';

describe('frame index as bytes', () => {
  test.each<[string, FrameIndex]>([
    ['none', { kind: 'none' }],
    ['native, past 4 GiB', { kind: 'native', frames: 1_000, offset: 2 ** 40 + 1, frameBits: 2 ** 35, tag: '7FE00009' }],
    ['no frames', { kind: 'encapsulated', frames: [] }],
    ['an empty frame', { kind: 'encapsulated', frames: [[], [10, 0]] }],
    [
      'fragments, backwards too',
      {
        kind: 'encapsulated',
        frames: [
          [1_000, 17, 1_025, 4],
          [500, 127, 128, 128],
          [2 ** 42, 2 ** 33],
        ],
      },
    ],
    ['native with checksums', { kind: 'native', frames: 2, offset: 300, frameBits: 8, tag: '7FE00010', checksums: [0, 0xffffffff] }],
    [
      'fragments with checksums',
      {
        kind: 'encapsulated',
        frames: [
          [8, 2, 20, 2],
          [30, 1],
        ],
        checksums: [1, 2 ** 31, 3],
      },
    ],
    ['deflated', { kind: 'deflated', dataSetOffset: 300, within: { kind: 'encapsulated', frames: [[8, 2]] } }],
  ])('%s', (_name, index) => {
    expect(decodeFrameIndex(encodeFrameIndex(index))).toEqual(index);
  });

  test('compact: 600 frames of one fragment', () => {
    const frames = Array.from({ length: 600 }, (_, n) => [2_000 + n * 120_008, 120_000]);
    expect(encodeFrameIndex({ kind: 'encapsulated', frames }).length).toBeLessThan(600 * 6);
  });

  test.each([Number.POSITIVE_INFINITY, Number.NaN, 1.5, -1, 2 ** 60])('%s is no whole number: internal, and it ends', (frameBits) => {
    const index: FrameIndex = { kind: 'native', frames: 1, offset: 0, frameBits, tag: '7FE00010' };
    expect(() => encodeFrameIndex(index)).toThrow(expect.objectContaining({ kind: 'internal' }));
  });

  test.each([
    ['a number without end', [1, 0, ...new Array<number>(20).fill(255), 1]],
    ['more frames than bytes', [2, 255, 255, 255, 127]],
    ['nothing', []],
    ['cut short', [2, 5, 1]],
    ['an unknown kind', [9]],
    ['an unknown tag', [1, 7, 1, 1, 1]],
    ['half a checksum', [1, 0, 1, 1, 1, 9, 9]],
  ])('%s: internal', (_name, bytes) => {
    expect(() => decodeFrameIndex(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ kind: 'internal' }));
  });
});
