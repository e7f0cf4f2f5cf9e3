import type { BufferPool } from '../../domain/bounds/buffer-pool.ts';
import type { Lease } from '../../domain/bounds/byte-budget.ts';
import type { ByteStream } from '../../domain/byte-stream.ts';
import type { ObjectKey } from '../../domain/identifiers.ts';
import type { ByteRange, ObjectStore } from '../../domain/imaging/object-store.ts';
import type { Held, Looks } from './looks.ts';

/** A frame up to this is read whole and held until it is out; a larger one streams. */
export const FRAME_WHOLE_BYTES_MAX = 4 * 1024 * 1024;

/** Who takes bytes. The signal aborts when they take no more; it is asked for only where something must be waited for, as it costs a frame to make one. */
export interface Taker {
  readonly leaving: AbortSignal;
}

/** Bytes in a buffer that is used again. */
export interface HeldBytes extends Held<Uint8Array> {
  /** Safe to repeat. `isOut`: nobody reads the bytes any more, so that others may be written over them. */
  release(isOut?: boolean): void;
}

/** A frame that is kept as one piece. Where, stays inside. */
export interface KeptFrame {
  readonly bytes: number;
  /** The whole, or a part of it. @throws damaged, not-found, invalid, unavailable */
  open(taker: Taker, part?: Pick<ByteRange, 'offset' | 'length'>): Promise<HeldBytes | ByteStream> | HeldBytes | ByteStream;
}

interface Ports {
  readonly objects: Pick<ObjectStore, 'get' | 'read' | 'readNow'>;
  readonly looks: Pick<Looks, 'budget' | 'buffers'>;
}

/**
 * The range of an object. A small one is read whole, whatever part of it is asked for, as only then it is known to be the frame that was kept;
 * a larger one streams, and so does any while there is no memory for it.
 */
export class FrameInObject implements KeptFrame {
  readonly #ports: Ports;
  readonly #asker: string;
  readonly #key: ObjectKey;
  readonly #range: ByteRange;

  constructor(ports: Ports, asker: string, key: ObjectKey, range: ByteRange) {
    this.#ports = ports;
    this.#asker = asker;
    this.#key = key;
    this.#range = range;
  }

  get bytes(): number {
    return this.#range.length;
  }

  open(taker: Taker, part?: Pick<ByteRange, 'offset' | 'length'>): Promise<HeldBytes | ByteStream> | HeldBytes | ByteStream {
    const { objects, looks } = this.#ports;
    const range = this.#range;
    const lease = range.length <= FRAME_WHOLE_BYTES_MAX ? looks.budget.takeNow(this.#asker, range.length) : undefined;
    if (lease === undefined) return objects.get(this.#key, partOf(range, part), taker.leaving);
    const held = new HeldBuffer(lease, looks.buffers);
    try {
      const now = objects.readNow?.(this.#key, range, held.buffer);
      return now === undefined ? this.#read(held, part, taker.leaving) : held.with(now, part);
    } catch (thrown) {
      held.release();
      throw thrown;
    }
  }

  async #read(held: HeldBuffer, part: Pick<ByteRange, 'offset' | 'length'> | undefined, signal: AbortSignal): Promise<HeldBytes> {
    try {
      return held.with(await this.#ports.objects.read(this.#key, this.#range, signal, held.buffer), part);
    } catch (thrown) {
      held.release();
      throw thrown;
    }
  }
}

/** A part of a large frame has no checksum of its own. */
function partOf(frame: ByteRange, part: Pick<ByteRange, 'offset' | 'length'> | undefined): ByteRange {
  if (part === undefined) return frame;
  const { of } = frame;
  return { offset: frame.offset + part.offset, length: part.length, ...(of === undefined ? {} : { of }) };
}

class HeldBuffer implements HeldBytes {
  readonly buffer: Uint8Array<ArrayBuffer>;
  value: Uint8Array;
  readonly #lease: Lease;
  readonly #buffers: BufferPool;
  #isOver = false;

  constructor(lease: Lease, buffers: BufferPool) {
    this.buffer = buffers.take(lease.bytes);
    this.value = this.buffer;
    this.#lease = lease;
    this.#buffers = buffers;
  }

  get bytes(): number {
    return this.#lease.bytes;
  }

  with(frame: Uint8Array, part: Pick<ByteRange, 'offset' | 'length'> | undefined): this {
    this.value = part === undefined ? frame : frame.subarray(part.offset, part.offset + part.length);
    return this;
  }

  release(isOut = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#lease.release();
    if (isOut) this.#buffers.giveBack(this.buffer);
  }
}
