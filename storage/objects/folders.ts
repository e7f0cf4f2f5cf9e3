/**
 * Folders of the files driver: made when first needed, durable before an object in them is acknowledged, and never outside the root,
 * whatever symbolic links someone put there.
 */
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DomainError } from '../../gateway/domain/errors.ts';
import { makeFolder, syncFolder } from './fs-calls.ts';
import { codeOf } from './fs-errors.ts';

/** Folders known to exist, to be real and to be synced into their parents. The oldest is forgotten past it; forgetting costs a few calls. */
export const KNOWN_FOLDERS_MAX = 20_000;

export class Folders {
  readonly #root: string;
  readonly #known = new Set<string>();
  readonly #making = new Map<string, Promise<void>>();
  readonly #syncs = new Map<string, FolderSync>();

  /** `root` is a real path. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Makes the folder (relative to the root, '' = the root) and those above it. New entries are in their parents, but not yet durable:
   * returns the folders to sync before anything inside is acknowledged.
   */
  async ensure(folder: string): Promise<readonly string[]> {
    if (folder === '' || this.#known.has(folder)) return [];
    const parent = parentOf(folder);
    const unsynced = await this.ensure(parent);
    const making = this.#making.get(folder) ?? this.#make(folder);
    this.#making.set(folder, making);
    try {
      await making;
    } finally {
      this.#making.delete(folder);
    }
    return [...unsynced, parent];
  }

  /** Syncs each once; calls that arrive while one runs share the next one. */
  async sync(folders: readonly string[]): Promise<void> {
    if (folders.length === 1) return this.#syncOne(folders[0] ?? '');
    await Promise.all([...new Set(folders)].map((folder) => this.#syncOne(folder)));
  }

  /** After `ensure` and `sync`: later objects in this folder need neither. */
  remember(folder: string): void {
    for (let at = folder; at !== '' && !this.#known.has(at); at = parentOf(at)) {
      if (this.#known.size >= KNOWN_FOLDERS_MAX) {
        for (const oldest of this.#known) {
          this.#known.delete(oldest);
          break;
        }
      }
      this.#known.add(at);
    }
  }

  /** Somebody removed it, or one above it. */
  forget(folder: string): void {
    for (let at = folder; at !== ''; at = parentOf(at)) this.#known.delete(at);
  }

  async #make(folder: string): Promise<void> {
    const path = join(this.#root, folder);
    try {
      await makeFolder(path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      // Not made by us: it may be a link that leads out of the store.
      if ((await realpath(path)) !== path) throw new DomainError('invalid', 'a folder of the object store is a symbolic link');
    }
  }

  #syncOne(folder: string): Promise<void> {
    const running = this.#syncs.get(folder);
    if (running) return running.again();
    const sync = new FolderSync(join(this.#root, folder), () => this.#syncs.delete(folder));
    this.#syncs.set(folder, sync);
    return sync.first;
  }
}

/** A sync that has begun may have missed a later name, so those who come after it wait for one more, together. */
class FolderSync {
  readonly first: Promise<void>;
  readonly #path: string;
  #next: Promise<void> | undefined;
  #last: Promise<void>;

  constructor(path: string, idle: () => void) {
    this.#path = path;
    this.first = syncFolder(path);
    this.#last = this.first;
    void this.#untilIdle(idle);
  }

  again(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    const next = this.#last
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return syncFolder(this.#path);
      });
    this.#next = next;
    this.#last = next;
    return next;
  }

  async #untilIdle(idle: () => void): Promise<void> {
    for (let seen: Promise<void> | undefined; seen !== this.#last; ) {
      seen = this.#last;
      await seen.catch(() => undefined);
    }
    idle();
  }
}

function parentOf(folder: string): string {
  const parent = dirname(folder);
  return parent === '.' ? '' : parent;
}
