/** Files and folders as the browser hands them over, from a drop or from a file chooser. */
import { HEAD_BYTES } from './looks-like-dicom.ts';
import type { ItemSource, UploadItem } from './upload-items.ts';
import { zipSource } from './zip-source.ts';

const ZIP_NAME = /\.zip$/i;

function fileItem(file: File, path: string = file.webkitRelativePath || file.name): UploadItem {
  return {
    path,
    bytes: file.size,
    head: async () => new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()),
    content: async () => file,
  };
}

function fileSource(file: File, path?: string): ItemSource {
  const name = path ?? (file.webkitRelativePath || file.name);
  if (ZIP_NAME.test(file.name) || file.type === 'application/zip') return zipSource(file, name);
  return {
    name,
    async *items() {
      yield fileItem(file, name);
    },
  };
}

export function sourcesOfFiles(files: Iterable<File>): ItemSource[] {
  return [...files].map((file) => fileSource(file));
}

/** What of the drop's entries this needs; the browser's own types are the same. */
export interface DroppedEntry {
  readonly isDirectory: boolean;
  readonly fullPath: string;
  file?(found: (file: File) => void, failed: (error: unknown) => void): void;
  createReader?(): { readEntries(found: (entries: DroppedEntry[]) => void, failed: (error: unknown) => void): void };
}

/** Must be called while the drop event is handled: afterwards the browser has forgotten the items. */
export function sourcesOfDrop(transfer: DataTransfer): ItemSource[] {
  const entries = [...transfer.items].flatMap((item) => (item.kind === 'file' ? [item.webkitGetAsEntry() as DroppedEntry | null] : []));
  const known = entries.filter((entry): entry is DroppedEntry => entry !== null);
  return known.length > 0 ? known.map(entrySource) : sourcesOfFiles(transfer.files);
}

export function entrySource(entry: DroppedEntry): ItemSource {
  const name = entry.fullPath.replace(/^\//, '');
  return {
    name,
    async *items(signal) {
      for await (const file of walk(entry, signal)) {
        yield* fileSource(file.file, file.path).items(signal);
      }
    },
  };
}

/** Every file below an entry, folder by folder. */
async function* walk(entry: DroppedEntry, signal: AbortSignal): AsyncGenerator<{ file: File; path: string }> {
  signal.throwIfAborted();
  if (!entry.isDirectory) {
    const file = await new Promise<File>((resolve, reject) => entry.file?.(resolve, reject));
    yield { file, path: entry.fullPath.replace(/^\//, '') };
    return;
  }
  const reader = entry.createReader?.();
  // A reader gives at most 100 entries a call; an empty answer is the end.
  while (reader !== undefined) {
    const entries = await new Promise<DroppedEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const inner of entries) yield* walk(inner, signal);
  }
}
