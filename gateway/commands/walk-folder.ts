import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileToImport } from '../usecases/operate/import-folder.ts';

/** Folders below one another, past which a tree is not walked: a link loop would have no end. */
export const FOLDER_DEPTH_MAX = 64;

/** Every regular file below a folder, in name order. Links are followed by neither files nor folders. */
export async function* walkFolder(folder: string, depth = 0): AsyncGenerator<FileToImport> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < FOLDER_DEPTH_MAX) yield* walkFolder(path, depth + 1);
    else if (entry.isFile()) yield { path, bytes: (await stat(path)).size, open: () => createReadStream(path) };
  }
}
