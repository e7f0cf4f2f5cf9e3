import { createHash, createPublicKey, verify } from 'node:crypto';
import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ObjectKey } from '../../domain/identifiers.ts';
import { digestInName } from '../../domain/imaging/digest-in-name.ts';
import { objectKey } from '../../domain/imaging/object-keys.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { IndexBackup, IndexRows } from '../../domain/operation/backup.ts';
import { type BackupHead, type BackupItem, type BackupObject, type BackupSeal, readBackup, sealedText } from './backup-archive.ts';

/** Objects on their way into the store at once: each waits for its own sync. */
const COMMITS_AT_ONCE = 8;

/** What a backup says of itself, once all of it has been read and is what its seal says. */
export interface VerifiedBackup {
  readonly head: BackupHead;
  readonly seal: BackupSeal;
  /** Of the key that signed it: SHA-256 of its SPKI, hexadecimal. */
  readonly signer: string;
}

/** Digest of a public key (SPKI in DER, base64), by which people compare it. */
export function keyFingerprint(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex');
}

/** Reads all of it and writes nothing. @throws invalid when it is no backup, is cut, changed, or in another order than it was signed in */
export async function verifyBackup(source: ByteStream): Promise<VerifiedBackup> {
  let head: BackupHead | undefined;
  let sealed: Extract<BackupItem, { kind: 'seal' }> | undefined;
  const unlike = new Set<ObjectKey>();
  let rows = 0;
  for await (const item of readBackup(source)) {
    if (item.kind === 'head') head = item.head;
    else if (item.kind === 'rows') rows += item.chunk.rows.length;
    else if (item.kind === 'seal') sealed = item;
    else if ((await digestOf(item.object.stream)) !== digestInName(item.object.key)) unlike.add(item.object.key);
  }
  if (head === undefined || sealed === undefined) throw changed();
  const { seal, contents } = sealed;
  if (seal.digest !== contents.digest || seal.entries !== contents.entries || seal.rows !== rows) throw changed();
  if (!isSigned(seal)) throw changed();
  const named = new Set(seal.damaged.map(({ key }) => key));
  if ([...unlike].some((key) => !named.has(key))) throw changed();
  return { head, seal, signer: keyFingerprint(seal.publicKey) };
}

export interface RestoreParts {
  readonly index: IndexBackup;
  readonly objects: Pick<ObjectStore, 'stage'>;
}

export interface Restored {
  readonly rows: number;
  readonly objects: number;
  /** Damaged when the backup was made, so not put back. */
  readonly leftOut: number;
}

/**
 * Puts a verified backup back: objects first made durable, then the index in one transaction, which ends only when all that was read is what was
 * verified. Broken off at any point it leaves no row; objects it has put there lie under names that hold their digests and are met again.
 * @throws conflict when the installation is not empty and is not to be replaced; invalid; unavailable; full
 */
export async function restoreBackup(
  parts: RestoreParts,
  source: ByteStream,
  verified: VerifiedBackup,
  options: { readonly replace: boolean },
): Promise<Restored> {
  const { head, seal } = verified;
  const { schemaVersion, oldestSchemaVersion } = parts.index;
  if (head.schemaVersion > schemaVersion) {
    throw new DomainError(
      'invalid',
      `the backup is of schema ${head.schemaVersion}, this program knows ${schemaVersion}: run the newer program`,
    );
  }
  if (head.schemaVersion < oldestSchemaVersion) {
    throw new DomainError(
      'invalid',
      `the backup is of schema ${head.schemaVersion}, too old for this program, which reads ${oldestSchemaVersion} and later: restore it with an ` +
        'earlier version and start this one on what that made',
    );
  }
  const damaged = new Set(seal.damaged.map(({ key }) => key));
  const items = readBackup(source);
  let waiting: BackupItem | undefined;
  async function* rows(): AsyncGenerator<IndexRows> {
    for (let next = await items.next(); next.done !== true; next = await items.next()) {
      if (next.value.kind === 'rows') yield next.value.chunk;
      else if (next.value.kind !== 'head') {
        waiting = next.value;
        return;
      }
    }
  }
  let objects = 0;
  let leftOut = 0;
  const putObjects = async () => {
    const put = objectPutter(parts.objects);
    try {
      for (let item = waiting; item !== undefined; ) {
        if (item.kind === 'seal') {
          if (item.contents.digest !== seal.digest) throw changed();
        } else if (item.kind === 'object' && damaged.has(item.object.key)) leftOut += 1;
        else if (item.kind === 'object') {
          await put.one(item.object);
          objects += 1;
        }
        const next: IteratorResult<BackupItem> = await items.next();
        item = next.done === true ? undefined : next.value;
      }
    } finally {
      await put.settled();
    }
    put.check();
  };
  const loaded = await parts.index.load(rows(), { replace: options.replace, beforeCommit: putObjects });
  return { rows: loaded.rows, objects, leftOut };
}

/** Commits beside one another; the first failure is told by the next call. */
function objectPutter(objects: RestoreParts['objects']) {
  const running = new Set<Promise<void>>();
  let failure: unknown;
  const check = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    check,
    settled: async () => void (await Promise.all(running)),
    async one({ key, stream }: BackupObject): Promise<void> {
      check();
      objectKey(...key.split('/'));
      if (digestInName(key) === undefined) throw changed();
      const staged = await objects.stage();
      try {
        for await (const chunk of stream) await staged.write(chunk);
      } catch (thrown) {
        await staged.discard();
        throw thrown;
      }
      const committing: Promise<void> = staged
        .commit(key)
        .then(() => staged.discard())
        .catch(async (thrown: unknown) => {
          failure ??= thrown;
          await staged.discard();
        })
        .finally(() => running.delete(committing));
      running.add(committing);
      if (running.size >= COMMITS_AT_ONCE) await Promise.race(running);
    },
  };
}

function isSigned(seal: BackupSeal): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(seal.publicKey, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' && verify(null, sealedText(seal), key, Buffer.from(seal.signature, 'base64'));
  } catch {
    return false;
  }
}

async function digestOf(bytes: ByteStream): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}

function changed(): DomainError {
  return new DomainError('invalid', 'the backup is not what was signed: it was changed or is cut short');
}
