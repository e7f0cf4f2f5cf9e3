import type { FrameIndex } from '../../domain/imaging/dataset.ts';

/** A frame index between threads: a million small arrays would take a second to copy, three large ones take none. */
export type PackedFrames =
  | Exclude<FrameIndex, { kind: 'encapsulated' | 'deflated' }>
  | { readonly kind: 'packed'; readonly lengths: Uint32Array<ArrayBuffer>; readonly numbers: Float64Array<ArrayBuffer> }
  | { readonly kind: 'deflated'; readonly dataSetOffset: number; readonly within: PackedFrames };

/** Frames unpacked in one turn of the event loop. */
const UNPACKED_A_TURN = 50_000;

export function packFrames(index: FrameIndex): { readonly frames: PackedFrames; readonly memory: ArrayBuffer[] } {
  switch (index.kind) {
    case 'encapsulated': {
      const lengths = Uint32Array.from(index.frames, (frame) => frame.length);
      const numbers = new Float64Array(lengths.reduce((sum, length) => sum + length, 0));
      let at = 0;
      for (const frame of index.frames) {
        numbers.set(frame, at);
        at += frame.length;
      }
      return { frames: { kind: 'packed', lengths, numbers }, memory: [lengths.buffer, numbers.buffer] };
    }
    case 'deflated': {
      const { frames, memory } = packFrames(index.within);
      return { frames: { ...index, within: frames }, memory };
    }
    default:
      return { frames: index, memory: [] };
  }
}

export async function unpackFrames(packed: PackedFrames): Promise<FrameIndex> {
  switch (packed.kind) {
    case 'packed': {
      const frames: number[][] = [];
      let at = 0;
      for (const length of packed.lengths) {
        frames.push(Array.from(packed.numbers.subarray(at, at + length)));
        at += length;
        if (frames.length % UNPACKED_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return { kind: 'encapsulated', frames };
    }
    case 'deflated':
      return { ...packed, within: await unpackFrames(packed.within) };
    default:
      return packed;
  }
}
