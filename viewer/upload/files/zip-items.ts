/**
 * A ZIP is read by its central directory (APPNOTE 4.3.12), the only place that says where each entry lies and how long it is. One entry
 * at a time is in memory. No byte of an entry is sent before its checksum has been found right.
 */
import {
  BlobReader,
  ERR_CENTRAL_DIRECTORY_NOT_FOUND,
  ERR_ENCRYPTED_CENTRAL_DIRECTORY,
  ERR_INVALID_CRC32,
  ERR_SPLIT_ZIP_FILE,
  type FileEntry,
  ZipReader,
} from '@zip.js/zip.js/lib/zip-core-native.js';
import { decodeName, tidyPath } from './archive-names.ts';
import { type Budget, ContentSink, ENTRY_BYTES_MAX, HELD_BYTES_MAX } from './content-sink.ts';
import { inflatedHead } from './inflated-head.ts';
import { packingOf, startsWith } from './looks-like.ts';
import { type Content, headOf, UnreadableFile, type UploadItem, unreadableItem } from './upload-items.ts';

/** What may follow the archive's end, as a transfer in blocks leaves it. */
const APPENDED_BYTES_MAX = 64 * 1024;
/** Enough of most images to say whose they are, so that an entry is begun once. */
const BEGINNING_BYTES = 16 * 1024;
/** Of an entry in the directory, without its texts. APPNOTE 4.3.12. */
const CENTRAL_HEADER_BYTES = 46;
/** Headers looked for in an archive without a directory. */
const BEGUN_MAX = 10_000;
const STORED = 0;
const DEFLATE = 8;
/** Stored, Deflate, and Deflate64, which Windows writes for files over 2 GB. APPNOTE 4.4.5. */
const METHODS = new Set([STORED, DEFLATE, 9]);
const METHOD_NAMES: Readonly<Record<number, string>> = {
  1: 'Shrink',
  6: 'Implode',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  96: 'JPEG',
  97: 'WavPack',
  98: 'PPMd',
};

/** What opens an entry that is an archive itself. */
type Open = (content: Content, path: string, budget: Budget, signal: AbortSignal) => AsyncIterable<UploadItem>;

/** @throws UnreadableFile when the archive as a whole cannot be read, or not to its end; the signal's reason */
export async function* zipItems(archive: Blob, name: string, budget: Budget, open: Open, signal: AbortSignal): AsyncGenerator<UploadItem> {
  const beginsWithEntry = startsWith(await headOf(archive, 4), [0x50, 0x4b, 3, 4]);
  if (archive.size === 0) throw new UnreadableFile('empty');
  let found = 0;
  let firstOffset = Number.POSITIVE_INFINITY;
  let directoryBytes = 0;
  const reader = readerOf(archive);
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      signal.throwIfAborted();
      found += 1;
      directoryBytes += CENTRAL_HEADER_BYTES + entry.rawFilename.length + entry.rawExtraField.length + entry.rawComment.length;
      firstOffset = Math.min(firstOffset, entry.offset);
      // Some writers mark files as folders; what has bytes is a file.
      if (entry.directory && entry.uncompressedSize === 0) continue;
      const path = `${name}/${tidyPath(entry.filename)}`;
      try {
        yield* entryItems(archive, entry as unknown as FileEntry, path, budget, open, signal);
      } catch (problem) {
        signal.throwIfAborted();
        yield unreadableItem(path, entry.uncompressedSize, entryProblem(problem));
      }
    }
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof UnreadableFile) throw thrown;
    const reason = archiveReason(thrown, found, beginsWithEntry);
    throw new UnreadableFile(reason, reason === 'cut-short' ? await filesBegun(archive) : '', thrown);
  }
  // Its directory goes on behind as many files as it says to have.
  const behind = archive.slice((reader.directoryOffset ?? archive.size) + directoryBytes);
  if (startsWith(await headOf(behind, 4), [0x50, 0x4b, 1, 2])) throw new UnreadableFile('damaged');
  // The end that was found belongs to an archive that lies within this one: of this one the end is missing.
  if (found > 0 && beginsWithEntry && firstOffset > 0) throw new UnreadableFile('cut-short', await filesBegun(archive));
  if (found === 0) throw new UnreadableFile(beginsWithEntry ? 'cut-short' : 'empty');
}

/** Of an archive whose directory is missing: how many files can be seen to begin in it, as far as their headers tell where the next one is. */
async function filesBegun(archive: Blob): Promise<string> {
  let count = 0;
  for (let at = 0; at < archive.size && count < BEGUN_MAX; count += 1) {
    const local = await localHeader(archive, at);
    if (local === undefined) break;
    // Sizes that follow the data, or stand in a Zip64 field: the next header is not to be found from here.
    if (local.packedBytes === 0 || local.packedBytes === 0xffff_ffff) return String(count + 1);
    at = local.from + local.packedBytes;
  }
  return count === 0 ? '' : String(count);
}

/** APPNOTE 4.3.7: 30 bytes, the name, the extra field, and then the data. Undefined: there is none. */
async function localHeader(archive: Blob, at: number): Promise<{ from: number; packedBytes: number } | undefined> {
  const local = await headOf(archive.slice(at), 30);
  if (local.length < 30 || !startsWith(local, [0x50, 0x4b, 3, 4])) return undefined;
  const view = new DataView(local.buffer, local.byteOffset, local.byteLength);
  return { from: at + 30 + view.getUint16(26, true) + view.getUint16(28, true), packedBytes: view.getUint32(18, true) };
}

function readerOf(archive: Blob) {
  return new ZipReader(new BlobReader(archive), {
    // Odd forms are read as far as they can be: length and checksum decide about each entry.
    strictness: 'tolerant',
    // Without this bound a file that is no archive would be read into memory whole.
    maxAppendedDataSize: APPENDED_BYTES_MAX,
    decodeText: decodeName,
  });
}

function archiveReason(thrown: unknown, found: number, beginsWithEntry: boolean) {
  const message = (thrown as Error).message;
  if (message === ERR_SPLIT_ZIP_FILE) return 'split';
  if (message === ERR_ENCRYPTED_CENTRAL_DIRECTORY) return 'encrypted';
  if (isBrowserError(thrown)) return 'not-readable';
  if (message === ERR_CENTRAL_DIRECTORY_NOT_FOUND && found > 0) return 'damaged';
  return beginsWithEntry ? 'cut-short' : 'damaged';
}

/** An entry is unpacked when it is asked for its content; before that only as far as its beginning. @throws UnreadableFile; what the library throws */
async function* entryItems(
  archive: Blob,
  entry: FileEntry,
  path: string,
  budget: Budget,
  open: Open,
  signal: AbortSignal,
): AsyncGenerator<UploadItem> {
  refuseUnreadable(entry, budget);
  const beginning = await entryHead(archive, entry, BEGINNING_BYTES, signal);
  if (packingOf(beginning, path) !== 'none') {
    yield* open(await readEntry(archive, entry, signal), path, budget, signal);
    return;
  }
  const told = <Read>(read: Promise<Read>) =>
    read.catch((problem: unknown) => {
      signal.throwIfAborted();
      throw entryProblem(problem);
    });
  yield {
    path,
    bytes: entry.uncompressedSize,
    head: async (bytes) => (bytes <= beginning.length ? beginning : told(entryHead(archive, entry, bytes, signal))),
    content: () => told(readEntry(archive, entry, signal)),
  };
}

/** @throws UnreadableFile */
function refuseUnreadable(entry: FileEntry, { inflated }: Budget): void {
  const { encrypted, compressionMethod, uncompressedSize } = entry;
  if (encrypted) throw new UnreadableFile('encrypted');
  if (!METHODS.has(compressionMethod)) throw new UnreadableFile('method', METHOD_NAMES[compressionMethod] ?? String(compressionMethod));
  if (compressionMethod === STORED) return;
  if (uncompressedSize > ENTRY_BYTES_MAX || uncompressedSize > inflated.left) throw new UnreadableFile('too-large');
  inflated.left -= uncompressedSize;
}

/** At least so many first bytes of an entry, or all there are. The library always reads to the end. @throws UnreadableFile; what the library throws */
async function entryHead(archive: Blob, entry: FileEntry, bytes: number, signal: AbortSignal): Promise<Uint8Array> {
  const wanted = Math.min(bytes, entry.uncompressedSize);
  const head = await unpackedHead(archive, entry, wanted);
  // What does not unpack as far as that is damaged, or packed in a rarer way; the library says which.
  return head.length >= wanted ? head : headOf(await readEntry(archive, entry, signal), bytes);
}

async function unpackedHead(archive: Blob, entry: FileEntry, bytes: number): Promise<Uint8Array> {
  const local = await localHeader(archive, entry.offset);
  if (local === undefined) return new Uint8Array(0);
  const packed = archive.slice(local.from, local.from + entry.compressedSize);
  if (entry.compressionMethod === STORED) return headOf(packed, bytes);
  return entry.compressionMethod === DEFLATE ? inflatedHead(packed, bytes) : new Uint8Array(0);
}

/** @throws what the library throws */
async function readEntry(archive: Blob, entry: FileEntry, signal: AbortSignal): Promise<Content> {
  const options = { checkCrc32: true, useWebWorkers: false, signal };
  const { compressionMethod, uncompressedSize } = entry;
  if (compressionMethod === STORED && uncompressedSize > HELD_BYTES_MAX) {
    await entry.getData(new WritableStream(), options);
    // Read once for its checksum; what is sent is the archive's own bytes.
    const from = entry.localDirectory?.dataOffset ?? 0;
    return archive.slice(from, from + uncompressedSize);
  }
  const sink = new ContentSink(uncompressedSize);
  await entry.getData(sink.writable(), options);
  return sink.content();
}

function entryProblem(thrown: unknown): UnreadableFile {
  if (thrown instanceof UnreadableFile) return thrown;
  if ((thrown as Error).message === ERR_INVALID_CRC32) return new UnreadableFile('checksum', '', thrown);
  return new UnreadableFile(isBrowserError(thrown) ? 'not-readable' : 'damaged', '', thrown);
}

/** The file has gone, or its disc cannot be read. */
function isBrowserError(thrown: unknown): boolean {
  return thrown instanceof DOMException && (thrown.name === 'NotReadableError' || thrown.name === 'NotFoundError');
}
