/** Files and folders as the browser hands them over, from a drop or from a file chooser. */
import { budgetFor } from './content-sink.ts';
import { openContent } from './open-content.ts';
import { type ItemSource, UnreadableFile, type UploadItem, unreadableItem } from './upload-items.ts';

function fileSource(file: File): ItemSource {
  const name = file.webkitRelativePath || file.name;
  return { name, items: (signal) => openContent(file, name, budgetFor(file.size), signal) };
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
  return { name: pathOf(entry), items: (signal) => walk(entry, signal) };
}

/** Every file below an entry, folder by folder. A folder or file that cannot be read does not end the rest. */
async function* walk(entry: DroppedEntry, signal: AbortSignal): AsyncGenerator<UploadItem> {
  signal.throwIfAborted();
  const path = pathOf(entry);
  if (!entry.isDirectory) {
    const file = await new Promise<File>((resolve, reject) => entry.file?.(resolve, reject)).catch(notReadable);
    if (file instanceof UnreadableFile) yield unreadableItem(path, 0, file);
    else yield* openContent(file, path, budgetFor(file.size), signal);
    return;
  }
  const reader = entry.createReader?.();
  // A reader gives at most 100 entries a call; an empty answer is the end.
  while (reader !== undefined) {
    const entries = await new Promise<DroppedEntry[]>((resolve, reject) => reader.readEntries(resolve, reject)).catch(notReadable);
    if (entries instanceof UnreadableFile) {
      yield unreadableItem(path, 0, entries);
      return;
    }
    if (entries.length === 0) return;
    for (const inner of entries) yield* walk(inner, signal);
  }
}

const pathOf = (entry: DroppedEntry) => entry.fullPath.replace(/^\//, '');
const notReadable = (thrown: unknown) => new UnreadableFile('not-readable', '', thrown);
