import { createInflateRaw, constants as zlib } from 'node:zlib';
import { DomainError } from '../../domain/errors.ts';
import type { RandomAccess } from './random-access.ts';

/** A deflated data set (PS3.5 A.5) larger than this when inflated is refused: a few kilobytes can claim to be terabytes. */
export const INFLATED_BYTES_MAX = 1024 * 1024 * 1024;
/** The beginning of the inflated data set that is kept; what lies behind is inflated again when asked for. */
const HEAD_BYTES = 1024 * 1024;
/** In a thread of its own, whose parser reads at once or not at all, so much of it: what a header may be. */
const HEAD_BYTES_IN_THREAD = 64 * 1024 * 1024;
const DEFLATED_READ_BYTES = 64 * 1024;
const INFLATED_CHUNK_BYTES = 64 * 1024;
/** How far a reader may go back without the data set being inflated again from its start: headers are read in overlapping pieces. */
const BACK_BYTES = 1024 * 1024;
/** An inflater that nobody has read from for this long is let go. */
const IDLE_MS = 2_000;

/** The inflated data set, offsets from its beginning. */
export interface InflatedAccess extends RandomAccess {
  /** The stream ended early or was wrong; what came before is there. */
  readonly damaged: boolean;
}

/**
 * Inflates once to learn the length. Memory stays flat: reads behind the head that go forward share a second pass, which drops what is
 * behind them. Were each to begin at the start, a file of 50 KB whose values lie far apart would keep a processor busy for hours.
 * @throws too-large past `bytesMax`; what the source throws
 */
export async function inflatedAccess(source: RandomAccess, offset: number, bytesMax = INFLATED_BYTES_MAX): Promise<InflatedAccess> {
  const headBytes = source.readSync === undefined ? HEAD_BYTES : HEAD_BYTES_IN_THREAD;
  const head: Buffer[] = [];
  let held = 0;
  let bytes = 0;
  let damaged = false;
  try {
    for await (const chunk of inflate(source, offset)) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw new DomainError('too-large', 'the inflated data set is too large');
      if (held < headBytes) {
        const part = Buffer.from(chunk.subarray(0, headBytes - held));
        head.push(part);
        held += part.length;
      }
    }
  } catch (thrown) {
    if (!isInflateError(thrown)) throw thrown;
    damaged = true;
  }
  const kept = Buffer.concat(head);
  const forward = forwardReader(source, offset, IDLE_MS);
  return {
    bytes,
    damaged,
    readSync: (from, length) => (from + length <= kept.length ? kept.subarray(from, from + length) : undefined),
    read: async (from, length) => {
      const end = Math.min(from + length, bytes);
      return end <= kept.length ? kept.subarray(from, end) : await forward.read(from, end - from);
    },
  };
}

interface Pass {
  readonly chunks: AsyncGenerator<Buffer>;
  /** Inflated bytes from `start` to `end`. */
  readonly window: Buffer[];
  start: number;
  end: number;
}

/** Bytes that reading an inflated data set forward holds, in pieces of a megabyte: the window behind, the piece, zlib's own. */
export const INFLATING_BYTES = 4 * 1024 * 1024;

/**
 * An inflated data set for one who reads it forward, at their own pace; its length is not known. Going back costs a pass from its beginning.
 * `close` lets the pass go.
 */
export function forwardAccess(source: RandomAccess, offset: number, idleMs: number): RandomAccess & { close(): void } {
  const { read, close } = forwardReader(source, offset, idleMs);
  return { bytes: Number.POSITIVE_INFINITY, read, close };
}

/** A read that goes back behind the window, or comes while another is under way, has a pass of its own. */
function forwardReader(
  source: RandomAccess,
  offset: number,
  idleMs: number,
): { read(from: number, length: number): Promise<Uint8Array>; close(): void } {
  let waiting: { readonly pass: Pass; readonly idle: NodeJS.Timeout } | undefined;
  const take = (from: number): Pass => {
    if (waiting === undefined || waiting.pass.start > from) return { chunks: inflate(source, offset), window: [], start: 0, end: 0 };
    const { pass, idle } = waiting;
    clearTimeout(idle);
    waiting = undefined;
    return pass;
  };
  let closed = false;
  const close = () => {
    if (waiting === undefined) return;
    clearTimeout(waiting.idle);
    void waiting.pass.chunks.return(undefined).catch(() => {});
    waiting = undefined;
  };
  const putBack = (pass: Pass): void => {
    close();
    if (closed) {
      void pass.chunks.return(undefined).catch(() => {});
      return;
    }
    const idle = setTimeout(() => {
      waiting = undefined;
      void pass.chunks.return(undefined).catch(() => {});
    }, idleMs).unref();
    waiting = { pass, idle };
  };
  return {
    async read(from, length) {
      const pass = take(from);
      const bytes = await readFrom(pass, from, from + length);
      putBack(pass);
      return bytes;
    },
    close() {
      closed = true;
      close();
    },
  };
}

async function readFrom(pass: Pass, from: number, to: number): Promise<Uint8Array> {
  try {
    while (pass.end < to) {
      const next = await pass.chunks.next();
      if (next.done === true) break;
      pass.window.push(next.value);
      pass.end += next.value.length;
      const needed = Math.min(from, pass.end - BACK_BYTES);
      for (let [oldest] = pass.window; oldest !== undefined && pass.start + oldest.length <= needed; [oldest] = pass.window) {
        pass.start += oldest.length;
        pass.window.shift();
      }
    }
  } catch (thrown) {
    if (!isInflateError(thrown)) throw thrown;
  }
  let at = pass.start;
  const parts = pass.window.map((chunk) => {
    const part = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at));
    at += chunk.length;
    return part;
  });
  return Buffer.concat(parts);
}

/** `length` bytes of the inflated data set from `from`, or fewer where it ends, in one pass that stops behind them. */
export async function readInflated(source: RandomAccess, offset: number, from: number, length: number): Promise<Uint8Array> {
  // Memory of its own and of the right size from the start: parts that are joined are in memory twice.
  const whole = new Uint8Array(length);
  const end = from + length;
  let at = 0;
  let filled = 0;
  try {
    for await (const chunk of inflate(source, offset)) {
      const part = chunk.subarray(Math.max(0, from - at), Math.max(0, end - at));
      whole.set(part, filled);
      filled += part.length;
      at += chunk.length;
      if (at >= end) break;
    }
  } catch (thrown) {
    if (!isInflateError(thrown)) throw thrown;
  }
  return whole.subarray(0, filled);
}

/** zlib's own complaints have codes Z_…; anything else is the source's. */
function isInflateError(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && thrown.code.startsWith('Z_');
}

async function* inflate(source: RandomAccess, offset: number): AsyncGenerator<Buffer> {
  // The flush mode lets a stream that is cut give what it has.
  const inflater = createInflateRaw({ finishFlush: zlib.Z_SYNC_FLUSH, chunkSize: INFLATED_CHUNK_BYTES });
  const feed = async (): Promise<void> => {
    for (let at = offset; at < source.bytes && !inflater.destroyed; ) {
      const chunk = await source.read(at, Math.min(DEFLATED_READ_BYTES, source.bytes - at));
      if (chunk.length === 0) break;
      at += chunk.length;
      if (inflater.destroyed) return;
      if (!inflater.write(chunk)) {
        await new Promise<void>((resolve) => {
          const go = () => {
            inflater.off('drain', go).off('close', go);
            resolve();
          };
          inflater.once('drain', go).once('close', go);
        });
      }
    }
    if (!inflater.destroyed) inflater.end();
  };
  const fed = feed().catch((thrown: unknown) => {
    inflater.destroy(thrown instanceof Error ? thrown : new DomainError('unavailable', 'the source failed', { cause: thrown }));
  });
  try {
    for await (const chunk of inflater) yield chunk as Buffer;
  } finally {
    inflater.destroy();
    await fed;
  }
}
