/** What is packed by Deflate, as far as it is asked for. RFC 1951. */

/** Output of the last piece may be lost when the stream finds that its end is missing, so pieces are small and a few more than needed are given. */
const PIECE_BYTES = 4096;
/** Deflate makes nothing longer than by 5 bytes in 64 KiB. */
const SLACK_BYTES = 3 * PIECE_BYTES;

/** At least so many first bytes, or fewer when there are no more or the rest is damaged. Of `packed` no more is read than about as many. */
export async function inflatedHead(packed: Blob, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const begun = new Uint8Array(await packed.slice(0, bytes + SLACK_BYTES).arrayBuffer());
  let at = 0;
  const given = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(control) {
        if (at >= begun.length) control.close();
        else control.enqueue(begun.slice(at, at + PIECE_BYTES));
        at += PIECE_BYTES;
      },
    },
    { highWaterMark: 0 },
  );
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let read = 0;
  const reader = given.pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  try {
    while (read < bytes) {
      const { done, value } = await reader.read();
      if (done) break;
      pieces.push(value as Uint8Array<ArrayBuffer>);
      read += value.length;
    }
  } catch {
    // Cut, as was to be expected of a beginning, or damaged: what came counts.
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
