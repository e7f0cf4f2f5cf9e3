import { makeZip } from 'client-zip';
import type { ByteStream } from '../../domain/byte-stream.ts';

export interface ZipFile {
  readonly name: string;
  readonly bytes: ByteStream | Uint8Array;
}

/**
 * A zip of files as they come, stored and not packed, Zip64 where one needs it (APPNOTE 4.3.9, 4.5.3). No more is read than is taken; when its taker leaves,
 * what was open is closed. What fails in the middle is thrown, and the central directory is not written: no program takes what came for whole.
 */
export async function* zipStream(files: AsyncIterator<ZipFile> & AsyncIterable<ZipFile>, at: Date): AsyncGenerator<Uint8Array> {
  let open: AsyncIterator<Uint8Array> | undefined;
  async function* inputs() {
    for await (const { name, bytes } of files) {
      if (bytes instanceof Uint8Array) yield { name, input: bytes, lastModified: at };
      else {
        const reading = bytes[Symbol.asyncIterator]();
        open = reading;
        yield { name, input: { [Symbol.asyncIterator]: () => reading }, lastModified: at };
        open = undefined;
      }
    }
  }
  const reader = makeZip(inputs()).getReader();
  let whole = false;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    whole = true;
  } finally {
    // The library lets go of the file that it reads, and closes neither it nor the list of files.
    if (!whole) await Promise.allSettled([reader.cancel(), open?.return?.(), files.return?.()]);
  }
}
