import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FrameIndex } from '../../domain/imaging/dataset.ts';
import { forwardAccess } from '../parse/inflated.ts';
import { bufferAccess } from '../parse/random-access.ts';
import { frameCount, readFrame, withChecksums } from './frame-index.ts';
import { frameBytes, frameLayout, streamFrame } from './frame-stream.ts';

const object = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 2_654_435_761) >>> 24));
const source = bufferAccess(object);
const deflated = deflateRawSync(object);

const LAYOUTS: readonly (readonly [string, FrameIndex])[] = [
  ['native', { kind: 'native', frames: 3, offset: 100, frameBits: 8 * 5000, tag: '7FE00010' }],
  ['native, past a piece', { kind: 'native', frames: 2, offset: 7, frameBits: 8 * 1_300_001, tag: '7FE00010' }],
  ['bits', { kind: 'native', frames: 5, offset: 3, frameBits: 1001, tag: '7FE00010' }],
  ['bits, past a piece', { kind: 'native', frames: 2, offset: 3, frameBits: 8 * 1_200_000 + 5, tag: '7FE00010' }],
  ['a few bits', { kind: 'native', frames: 20, offset: 3, frameBits: 3, tag: '7FE00010' }],
  [
    'fragments',
    {
      kind: 'encapsulated',
      frames: [
        [10, 20, 40, 1000, 2000, 2],
        [5000, 1],
        [1, 1_500_000, 1_600_000, 1_048_576],
      ],
    },
  ],
];

async function gathered(stream: AsyncIterable<Uint8Array>): Promise<{ bytes: Buffer; largest: number }> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return { bytes: Buffer.concat(pieces), largest: Math.max(0, ...pieces.map(({ length }) => length)) };
}

describe.each(LAYOUTS)('%s', (_name, index) => {
  it('gives what readFrame gives, in pieces', async () => {
    for (let frame = 0; frame < frameCount(index); frame++) {
      const whole = Buffer.from(await readFrame(source, index, frame));
      const { bytes, largest } = await gathered(streamFrame(source, index, frame));
      expect(bytes.equals(whole)).toBe(true);
      expect([frameBytes(index, frame), largest <= 1024 * 1024]).toEqual([whole.length, true]);
    }
  });

  it('any range of it', async () => {
    const whole = Buffer.from(await readFrame(source, index, 0));
    for (const [offset, length] of [
      [0, 1],
      [Math.floor(whole.length / 2), Math.ceil(whole.length / 2)],
      [whole.length - 1, 1],
      [Math.floor(whole.length / 3), Math.ceil(whole.length / 3)],
    ] as const) {
      const { bytes } = await gathered(streamFrame(source, index, 0, { offset, length }));
      expect(bytes.equals(whole.subarray(offset, offset + length))).toBe(true);
    }
  });

  it('deflated, in one pass for all that are read in order', async () => {
    const within: FrameIndex = { kind: 'deflated', dataSetOffset: 0, within: frameLayout(index) };
    let passes = 0;
    const counted = {
      bytes: deflated.length,
      read: async (offset: number, length: number) => {
        if (offset === 0) passes++;
        return deflated.subarray(offset, offset + length);
      },
    };
    const inflated = forwardAccess(counted, 0);
    for (let frame = 0; frame < Math.min(2, frameCount(index)); frame++) {
      const { bytes } = await gathered(streamFrame(inflated, within, frame));
      expect(bytes.equals(Buffer.from(await readFrame(source, index, frame)))).toBe(true);
    }
    inflated.close();
    expect(passes).toBe(1);
  });

  it('a byte that was changed is not given to its end', async () => {
    const checked = await withChecksums(source, index);
    const { offset } = { offset: index.kind === 'native' ? index.offset : 41 };
    const other = Buffer.from(object);
    other[offset] = (other[offset] as number) ^ 1;
    await expect(gathered(streamFrame(bufferAccess(other), checked, 0))).rejects.toMatchObject({ kind: 'damaged' });
    expect((await gathered(streamFrame(source, checked, 0))).bytes.length).toBe(frameBytes(index, 0));
  });

  it('an object that ends before it', async () => {
    await expect(gathered(streamFrame(bufferAccess(object.subarray(0, 3)), index, 0))).rejects.toMatchObject({ kind: 'invalid' });
  });
});
