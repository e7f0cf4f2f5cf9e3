import { DomainError } from '../../domain/errors.ts';
import { isShortage } from '../../domain/shortage.ts';
import { inflateInTurns } from './inflate-in-turns.ts';
import type { RandomAccess } from './random-access.ts';

/** A deflated data set (PS3.5 A.5) larger than this when inflated is refused: a few kilobytes can claim to be terabytes. */
export const INFLATED_BYTES_MAX = 1024 * 1024 * 1024;
/** The beginning of the inflated data set that is kept; what lies behind is inflated again when asked for. */
const HEAD_BYTES = 1024 * 1024;
/** In a thread of its own, whose parser reads at once or not at all, so much of it: what a header may be. */
const HEAD_BYTES_IN_THREAD = 64 * 1024 * 1024;
/** How far a reader may go back without the data set being inflated again from its start: headers are read in overlapping pieces. */
const HEADER_BACK_BYTES = 1024 * 1024;
/** Frames of single bits may share a byte. What is kept longer than it takes to send it burdens the garbage collector. */
const FRAME_BACK_BYTES = 1;
/** An inflater that nobody has read from for this long is let go. */
const IDLE_MS = 2_000;
/** The same of one that goes out as a client takes it; who asks again after that starts over. */
const FORWARD_IDLE_MS = 120_000;

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
  const forward = forwardReader(source, offset, IDLE_MS, HEADER_BACK_BYTES);
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
  readonly backBytes: number;
  /** Inflated bytes from `start` to `end`. */
  readonly window: Buffer[];
  start: number;
  end: number;
}

/** What one who reads an inflated data set forward is charged: the window behind, a piece of up to INFLATED_PIECE_BYTES, zlib's own, and room to spare. */
export const INFLATING_BYTES = 4 * 1024 * 1024;

/**
 * An inflated data set for one who reads it forward, at their own pace; its length is not known. Going back costs a pass from its beginning.
 * `close` lets the pass go.
 */
export function forwardAccess(source: RandomAccess, offset: number): RandomAccess & Forward {
  return { bytes: Number.POSITIVE_INFINITY, ...forwardReader(source, offset, FORWARD_IDLE_MS, FRAME_BACK_BYTES) };
}

type Forward = Required<Pick<RandomAccess, 'read' | 'readSome'>> & { close(): void };

/** A read that goes back behind the window, or comes while another is under way, has a pass of its own. */
function forwardReader(source: RandomAccess, offset: number, idleMs: number, backBytes: number): Forward {
  let waiting: { readonly pass: Pass; readonly idle: NodeJS.Timeout } | undefined;
  const take = (from: number): Pass => {
    if (waiting === undefined || waiting.pass.start > from)
      return { chunks: inflate(source, offset), backBytes, window: [], start: 0, end: 0 };
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
  const inPass = async (from: number, reading: (pass: Pass) => Promise<Uint8Array>) => {
    const pass = take(from);
    const bytes = await reading(pass);
    putBack(pass);
    return bytes;
  };
  return {
    read: (from, length) => inPass(from, (pass) => readFrom(pass, from, from + length)),
    readSome: (from, lengthMax) => inPass(from, (pass) => readSomeFrom(pass, from, lengthMax)),
    close() {
      closed = true;
      close();
    },
  };
}

/** Goes on until the pass has come to `to`, or to its end; what lies far behind `from` is dropped. */
async function advance(pass: Pass, from: number, to: number): Promise<void> {
  try {
    while (pass.end < to) {
      const next = await pass.chunks.next();
      if (next.done === true) break;
      pass.window.push(next.value);
      pass.end += next.value.length;
      const needed = Math.min(from, pass.end - pass.backBytes);
      for (let [oldest] = pass.window; oldest !== undefined && pass.start + oldest.length <= needed; [oldest] = pass.window) {
        pass.start += oldest.length;
        pass.window.shift();
      }
    }
  } catch (thrown) {
    if (!isInflateError(thrown)) throw thrown;
  }
}

/** What is left of the piece in which `from` lies. */
async function readSomeFrom(pass: Pass, from: number, lengthMax: number): Promise<Uint8Array> {
  await advance(pass, from, from + 1);
  let at = pass.start;
  for (const chunk of pass.window) {
    if (at + chunk.length > from) return chunk.subarray(from - at, from - at + lengthMax);
    at += chunk.length;
  }
  return new Uint8Array();
}

async function readFrom(pass: Pass, from: number, to: number): Promise<Uint8Array> {
  await advance(pass, from, to);
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

/** zlib's complaints about a stream have codes Z_…; anything else is the source's, and one about memory is no end of the stream. */
function isInflateError(thrown: unknown): boolean {
  return (
    thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && thrown.code.startsWith('Z_') && !isShortage(thrown)
  );
}

const DEFLATED_READ_BYTES = 128 * 1024;

function inflate(source: RandomAccess, offset: number): AsyncGenerator<Buffer> {
  return inflateInTurns(bytesFrom(source, offset), source.asker ?? '', { mayBeCut: true });
}

async function* bytesFrom(source: RandomAccess, offset: number): AsyncGenerator<Uint8Array> {
  for (let at = offset; at < source.bytes; ) {
    const bytes = await source.read(at, Math.min(DEFLATED_READ_BYTES, source.bytes - at));
    if (bytes.length === 0) return;
    at += bytes.length;
    yield bytes;
  }
}
