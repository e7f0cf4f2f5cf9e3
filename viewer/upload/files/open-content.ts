/** Opens what is packed, archives within archives too, down to files that may be images. */

import { type Budget, ContentSink, ENTRY_BYTES_MAX } from './content-sink.ts';
import { packingOf } from './looks-like.ts';
import { type Content, HEAD_BYTES, headOf, itemOf, sizeOf, UnreadableFile, type UploadItem, unreadableItem } from './upload-items.ts';

/** Archives within one another: a study's ZIP in a disc's ZIP in a mail's ZIP. */
export const ARCHIVE_DEPTH_MAX = 3;
/** @throws the signal's reason; all else that goes wrong is an item */
export async function* openContent(content: Content, path: string, budget: Budget, signal: AbortSignal): AsyncGenerator<UploadItem> {
  try {
    const packing = packingOf(await headOf(content, HEAD_BYTES), path);
    if (packing === 'none') {
      yield itemOf(content, path);
      return;
    }
    if (budget.depth >= ARCHIVE_DEPTH_MAX) throw new UnreadableFile('too-deep');
    const inner = { ...budget, depth: budget.depth + 1 };
    const blob = content instanceof Blob ? content : new Blob([content]);
    if (packing === 'gzip') {
      yield* openContent(await gunzip(blob, inner, signal), path, inner, signal);
    } else {
      const { zipItems } = await import('./zip-items.ts');
      yield* zipItems(blob, path, inner, openContent, signal);
    }
  } catch (thrown) {
    if (!(thrown instanceof UnreadableFile)) throw thrown;
    yield unreadableItem(path, sizeOf(content), thrown);
  }
}

/** The stream checks length and CRC itself (RFC 1952 2.3.1). @throws UnreadableFile; the signal's reason */
async function gunzip(packed: Blob, budget: Budget, signal: AbortSignal): Promise<Content> {
  const sink = new ContentSink(Math.min(ENTRY_BYTES_MAX, budget.inflated.left));
  try {
    await packed.stream().pipeThrough(new DecompressionStream('gzip')).pipeTo(sink.writable(), { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown instanceof UnreadableFile ? thrown : new UnreadableFile('damaged', '', thrown);
  }
  budget.inflated.left -= sink.bytes;
  return sink.content();
}
