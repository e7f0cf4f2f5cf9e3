import { createInflateRaw, constants as zlib } from 'node:zlib';
import { DomainError } from '../domain/errors.ts';
import type { RandomAccess } from './random-access.ts';

/** A deflated data set (PS3.5 A.5) larger than this when inflated is refused: a few kilobytes can claim to be terabytes. */
export const INFLATED_BYTES_MAX = 1024 * 1024 * 1024;
/** The beginning of the inflated data set that is kept; what lies behind is inflated again when asked for. */
const HEAD_BYTES = 1024 * 1024;
const DEFLATED_READ_BYTES = 256 * 1024;

/**
 * The inflated data set, offsets from its beginning. Memory stays flat: a read behind the head inflates from the start and drops what is before it.
 * `damaged` says that the stream ended early or was wrong; what came before is there.
 * @throws too-large past INFLATED_BYTES_MAX
 */
export async function inflatedAccess(source: RandomAccess, offset: number): Promise<RandomAccess & { readonly damaged: boolean }> {
  const head: Buffer[] = [];
  let held = 0;
  let bytes = 0;
  let damaged = false;
  try {
    for await (const chunk of inflate(source, offset)) {
      bytes += chunk.length;
      if (bytes > INFLATED_BYTES_MAX) throw new DomainError('too-large', 'the inflated data set is too large');
      if (held < HEAD_BYTES) {
        const part = Buffer.from(chunk.subarray(0, HEAD_BYTES - held));
        head.push(part);
        held += part.length;
      }
    }
  } catch (thrown) {
    if (thrown instanceof DomainError) throw thrown;
    damaged = true;
  }
  const kept = Buffer.concat(head);
  return {
    bytes,
    damaged,
    read: async (from, length) => {
      const end = Math.min(from + length, bytes);
      if (end <= kept.length) return kept.subarray(from, end);
      const parts: Buffer[] = [];
      let at = 0;
      for await (const chunk of inflate(source, offset)) {
        if (at + chunk.length > from) parts.push(Buffer.from(chunk.subarray(Math.max(0, from - at), Math.max(0, end - at))));
        at += chunk.length;
        if (at >= end) break;
      }
      return Buffer.concat(parts);
    },
  };
}

async function* inflate(source: RandomAccess, offset: number): AsyncGenerator<Buffer> {
  const inflater = createInflateRaw({ finishFlush: zlib.Z_SYNC_FLUSH });
  const feed = async (): Promise<void> => {
    for (let at = offset; at < source.bytes && !inflater.destroyed; ) {
      const chunk = await source.read(at, Math.min(DEFLATED_READ_BYTES, source.bytes - at));
      if (chunk.length === 0) break;
      at += chunk.length;
      if (!inflater.write(chunk)) {
        await new Promise<void>((resolve) => {
          inflater.once('drain', resolve);
          inflater.once('close', resolve);
        });
      }
    }
    if (!inflater.destroyed) inflater.end();
  };
  const fed = feed().catch((thrown: unknown) => {
    inflater.destroy(thrown instanceof Error ? thrown : new Error('the source failed'));
  });
  try {
    for await (const chunk of inflater) yield chunk as Buffer;
  } finally {
    inflater.destroy();
    await fed;
  }
}
