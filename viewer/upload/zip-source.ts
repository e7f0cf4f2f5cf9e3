/** A ZIP is read as a stream: one entry at a time is in memory, never the whole archive. */
import { Unzip, UnzipInflate } from 'fflate';
import { HEAD_BYTES } from './looks-like-dicom.ts';
import type { ItemSource, UploadItem } from './upload-items.ts';

/** Entries inflated but not yet taken; the archive is read no further until some are. */
const ENTRIES_WAITING_MAX = 8;
/** A larger entry is refused: it would not fit a browser's memory, and small archives can hold enormous ones. */
export const ENTRY_BYTES_MAX = 1024 ** 3;

export class BrokenZip extends Error {
  constructor(name: string, cause?: unknown) {
    super(name, { cause });
    this.name = 'BrokenZip';
  }
}

export function zipSource(file: Blob, name: string): ItemSource {
  return { name, items: (signal) => entriesOf(file, name, signal) };
}

/** @throws BrokenZip; the signal's reason */
async function* entriesOf(file: Blob, name: string, signal: AbortSignal): AsyncGenerator<UploadItem> {
  if (!(await hasDirectory(file))) throw new BrokenZip(name);
  const waiting: UploadItem[] = [];
  let problem: unknown;
  let open = 0;
  let seen = 0;
  const unzip = new Unzip((entry) => {
    if (entry.name.endsWith('/')) return;
    seen += 1;
    open += 1;
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    entry.ondata = (error, piece, final) => {
      if (error !== null) problem ??= error;
      if (error === null && piece !== null) {
        bytes += piece.length;
        if (bytes > ENTRY_BYTES_MAX) problem ??= new Error('entry too large');
        else pieces.push(piece);
      }
      if (final) {
        open -= 1;
        waiting.push(entryItem(`${name}/${entry.name}`, pieces, bytes));
      }
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  const reader = file.stream().getReader();
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      try {
        unzip.push(value ?? new Uint8Array(0), done);
      } catch (thrown) {
        problem ??= thrown;
      }
      if (problem !== undefined) throw new BrokenZip(name, problem);
      while (waiting.length > (done ? 0 : ENTRIES_WAITING_MAX)) {
        const item = waiting.shift();
        if (item !== undefined) yield item;
      }
      if (done) break;
    }
    if (open > 0 || seen === 0) throw new BrokenZip(name);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A whole archive ends with its directory (PK\5\6, then 18 bytes and a comment of at most 65535); one that was cut short does not. */
async function hasDirectory(file: Blob): Promise<boolean> {
  const tail = new Uint8Array(await file.slice(Math.max(0, file.size - 65_557)).arrayBuffer());
  for (let at = tail.length - 22; at >= 0; at -= 1) {
    if (tail[at] === 0x50 && tail[at + 1] === 0x4b && tail[at + 2] === 5 && tail[at + 3] === 6) return true;
  }
  return false;
}

function entryItem(path: string, pieces: readonly Uint8Array[], bytes: number): UploadItem {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return { path, bytes, head: async () => whole.subarray(0, HEAD_BYTES), content: async () => whole };
}
