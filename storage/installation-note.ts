/** The note in the data folder that says whose it is. */
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../gateway/domain/errors.ts';
import type { InstallationNote } from '../gateway/domain/operation/installation.ts';

const NAME = 'installation.json';

export function installationNote(dataFolder: string): InstallationNote {
  const path = join(dataFolder, NAME);
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code === 'ENOENT') return undefined;
        throw cannot('read', path, thrown);
      });
      if (text === undefined) return undefined;
      try {
        const { installation } = JSON.parse(text) as { installation?: unknown };
        if (typeof installation === 'string') return installation;
      } catch {
        // Said below.
      }
      throw new DomainError('conflict', `${path} is damaged: remove it, and the next start writes it anew from database and object store`);
    },

    async write(id) {
      const beside = `${path}.${process.pid}`;
      try {
        const file = await open(beside, 'w', 0o644);
        try {
          await file.writeFile(`${JSON.stringify({ installation: id })}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, path);
      } catch (thrown) {
        throw cannot('write', path, thrown as NodeJS.ErrnoException);
      }
    },
  };
}

function cannot(what: string, path: string, thrown: NodeJS.ErrnoException): DomainError {
  return new DomainError(thrown.code === 'ENOSPC' ? 'full' : 'unavailable', `cannot ${what} ${path} (${thrown.code})`, { cause: thrown });
}
