import type { Codec, DecodedFrame } from '../../codec/threads/codec.ts';
import { type BufferPool, createBufferPool } from '../../domain/bounds/buffer-pool.ts';
import { type BudgetLimits, type ByteBudget, createByteBudget } from '../../domain/bounds/byte-budget.ts';
import { createFairTurns, type FairTurns, type TurnLimits } from '../../domain/bounds/fair-turns.ts';
import type { RenderOptions } from '../../domain/imaging/rendering.ts';
import { framesBeside, frameToCome, frameToDecode, frameToRender, type StoredImage } from '../../instances/stored-image.ts';

/** Bytes of decoded, inflated and drawn images that a process holds at once, whoever looks, those included that nobody takes. */
export const LOOK_BYTES_MAX = 512 * 1024 * 1024;
export const LOOK_LIMITS: BudgetLimits = { bytesMax: LOOK_BYTES_MAX, waitingMax: 256, waitMsMax: 15_000 };
/** Renderings have two threads; one person has one of them. Those that wait hold no bytes. */
export const RENDERING_TURNS: TurnLimits = { atOnce: 2, atOnceOfOne: 1, waitingMax: 256, waitingOfOneMax: 64, waitMsMax: 30_000 };
/** Frames that are read, or decoded, or wait for a thread that decodes. */
export const DECODING_TURNS: TurnLimits = { atOnce: 8, atOnceOfOne: 4, waitingMax: 512, waitingOfOneMax: 256, waitMsMax: 30_000 };

/** What looks of a process share. */
export interface Looks {
  readonly budget: ByteBudget;
  /** For bytes that are read into the budget and sent. */
  readonly buffers: BufferPool;
  readonly decodings: FairTurns;
  readonly renderings: FairTurns;
}

export function createLooks(limits: BudgetLimits = LOOK_LIMITS): Looks {
  return {
    budget: createByteBudget(limits),
    buffers: createBufferPool(),
    decodings: createFairTurns(DECODING_TURNS),
    renderings: createFairTurns(RENDERING_TURNS),
  };
}

/** Something in memory that counts against the budget until it is released: once it has gone out, or nobody wants it. */
export interface Held<Value> {
  readonly value: Value;
  readonly bytes: number;
  /** Safe to repeat. */
  release(): void;
}

interface Ports {
  readonly looks: Looks;
  readonly codec: Pick<Codec, 'decodeFrame' | 'renderFrame' | 'costOf'>;
}

/**
 * The frame in Explicit VR Little Endian. Its bytes are read when there is a turn and memory for it, and it is let go when the signal is aborted.
 * @throws not-found, invalid, unsupported, too-large, busy
 */
export function decodeHeld(
  { looks, codec }: Ports,
  asker: string,
  image: StoredImage,
  frame: number,
  signal?: AbortSignal,
): Promise<Held<DecodedFrame>> {
  const work = () =>
    holding(looks.budget, asker, codec.costOf(frameToCome(image, frame)), signal, async () => {
      const request = await frameToDecode(image, frame);
      signal?.throwIfAborted();
      const decoded = await codec.decodeFrame({ ...request, mayBeGivenAway: true });
      return { value: decoded, bytes: decoded.bytes.length };
    });
  return looks.decodings.run(asker, work, signal);
}

/** The frame as JPEG or PNG; as `decodeHeld`. @throws not-found, invalid, unsupported, too-large, busy */
export function renderHeld(
  { looks, codec }: Ports,
  asker: string,
  open: () => Promise<StoredImage>,
  frame: number,
  options: RenderOptions,
  signal?: AbortSignal,
): Promise<Held<Uint8Array>> {
  const work = async () => {
    const image = await open();
    const beside = options.window === undefined ? framesBeside(image, frame) : [];
    return holding(looks.budget, asker, codec.costOf(frameToCome(image, frame, beside), options), signal, async () => {
      const request = await frameToRender(image, frame, beside);
      signal?.throwIfAborted();
      const bytes = await codec.renderFrame({ ...request, mayBeGivenAway: true }, options);
      return { value: bytes, bytes: bytes.length };
    });
  };
  return looks.renderings.run(asker, work, signal);
}

/**
 * Takes `cost` from the budget while `work` runs, and then what its result weighs. The work itself is not broken off by the signal: what it
 * has taken is in use until it ends.
 */
async function holding<Value>(
  budget: ByteBudget,
  asker: string,
  cost: number,
  signal: AbortSignal | undefined,
  work: () => Promise<{ readonly value: Value; readonly bytes: number }>,
): Promise<Held<Value>> {
  const lease = await budget.take(asker, cost, signal);
  try {
    const { value, bytes } = await work();
    signal?.throwIfAborted();
    lease.shrink(bytes);
    const release = () => {
      signal?.removeEventListener('abort', release);
      lease.release();
    };
    signal?.addEventListener('abort', release, { once: true });
    return { value, bytes, release };
  } catch (thrown) {
    lease.release();
    throw thrown;
  }
}
