import { DomainError, type ErrorKind } from '../../gateway/domain/errors.ts';

/** What the system's error codes mean to whoever asked. errno(3); a code that is not here is `unavailable`: the disk did not do what it was told. */
const KINDS: Readonly<Record<string, readonly [ErrorKind, string]>> = {
  ENOSPC: ['full', 'the disk has no space left'],
  EDQUOT: ['full', 'the disk quota is used up'],
  EFBIG: ['full', 'the file system or a limit of this process allows no larger file'],
  EMFILE: ['busy', 'this process has too many open files (raise ulimit -n)'],
  ENFILE: ['busy', 'this machine has too many open files'],
  ENOMEM: ['busy', 'the system is out of memory'],
  EROFS: ['unavailable', 'the file system is mounted read-only'],
  EIO: ['unavailable', 'the disk reports an input/output error'],
  EACCES: ['unavailable', 'this process may not use the folder (check its owner and mode)'],
  EPERM: ['unavailable', 'this process may not use the folder (check its owner and mode)'],
  ENOENT: ['unavailable', 'the folder has vanished (is the disk mounted?)'],
  ENOTDIR: ['unavailable', 'a folder of the store is not a folder'],
  ESTALE: ['unavailable', 'the network file system lost the folder'],
};

export function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/** Wraps a file system's error once, at this wall. Domain errors and abort reasons pass as they are. */
export function fromFileSystem(thrown: unknown, doing: string): unknown {
  const code = codeOf(thrown);
  if (thrown instanceof DomainError || code === '' || code === 'ABORT_ERR') return thrown;
  const [kind, meaning] = KINDS[code] ?? ['unavailable', 'the disk failed'];
  return new DomainError(kind, `${doing}: ${meaning} (${code})`, { cause: thrown });
}
