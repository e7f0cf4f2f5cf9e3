import { createHash, type Hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { ByteStream } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ObjectKey } from '../../domain/identifiers.ts';
import type { IndexRows } from '../../domain/operation/backup.ts';
import type { ObjectProblem } from '../../domain/operation/damage.ts';
import { readTar, type TarEntry, writeTar } from './tar.ts';

/**
 * What a backup is: a tar with a head, the index in pieces, the objects, and a seal.
 *
 *     renkei-backup.json            whose it is, when it was made, what is in it
 *     index/000001-facilities.jsonl.gz …
 *     objects/originals/… objects/quarantine/…
 *     seal.json                     digest of all names, lengths and digests before it, signed
 */
const HEAD = 'renkei-backup.json';
const SEAL = 'seal.json';
export const BACKUP_FORMAT = 'renkei-backup';
export const BACKUP_VERSION = 1;
/** Head and seal. The seal lists what was damaged. */
const SMALL_ENTRY_BYTES_MAX = 16 * 1024 * 1024;
const INDEX_ENTRY_BYTES_MAX = 1024 * 1024 * 1024;
export const DAMAGED_LISTED_MAX = 10_000;

export interface BackupHead {
  readonly format: typeof BACKUP_FORMAT;
  readonly version: number;
  readonly madeAt: string;
  readonly madeBy: string;
  readonly schemaVersion: number;
  /** `object-store`: they are in a store of their own, at `imagesAt`, and are backed up there. */
  readonly images: 'included' | 'object-store' | 'left-out';
  readonly imagesAt?: string;
  /** Settings that are no secrets, for whoever sets the restored installation up. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface BackupSeal {
  readonly entries: number;
  readonly rows: number;
  readonly objects: number;
  readonly objectBytes: number;
  /** Objects that were not what they should be when the backup was made; those that are in it are not put back. */
  readonly damaged: readonly { readonly key: ObjectKey; readonly problem: ObjectProblem }[];
  readonly digest: string;
  /** Ed25519, SPKI in DER, base64; and its signature of `sealedText`. */
  readonly publicKey: string;
  readonly signature: string;
}

export interface BackupObject {
  readonly key: ObjectKey;
  readonly bytes: number;
  readonly stream: ByteStream;
}

/** What the seal's signature is of. */
export function sealedText({ digest, entries, damaged }: Pick<BackupSeal, 'digest' | 'entries' | 'damaged'>): Buffer {
  return Buffer.from(`renkei backup ${BACKUP_VERSION}\n${digest}\n${entries}\n${JSON.stringify(damaged)}\n`);
}

/** Running digest of what a backup holds, in its order. */
class Contents {
  readonly #hash: Hash = createHash('sha256');
  entries = 0;

  add(name: string, size: number, sha256: string): void {
    this.#hash.update(`${name}\t${size}\t${sha256}\n`);
    this.entries += 1;
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** @param seal is asked last, when all rows and objects have gone by */
export function writeBackup(
  head: BackupHead,
  rows: AsyncIterable<IndexRows>,
  objects: AsyncIterable<BackupObject>,
  seal: (contents: { readonly entries: number; readonly digest: string }) => BackupSeal,
): AsyncGenerator<Uint8Array> {
  const contents = new Contents();
  async function* entries(): AsyncGenerator<TarEntry> {
    yield counted(contents, whole(HEAD, Buffer.from(JSON.stringify(head))));
    let number = 0;
    for await (const chunk of rows) {
      number += 1;
      const bytes = await gzipAsync(`${chunk.rows.join('\n')}\n`, { level: 4 });
      yield counted(contents, whole(`index/${String(number).padStart(6, '0')}-${chunk.table}.jsonl.gz`, bytes));
    }
    for await (const { key, bytes, stream } of objects) {
      yield counted(contents, { name: `objects/${key}`, size: bytes, bytes: stream });
    }
    yield whole(SEAL, Buffer.from(JSON.stringify(seal({ entries: contents.entries, digest: contents.digest() }))));
  }
  return writeTar(entries());
}

/** What a reader of a backup is handed, in this order. Each stream must be read before the next is asked for. */
export type BackupItem =
  | { readonly kind: 'head'; readonly head: BackupHead }
  | { readonly kind: 'rows'; readonly chunk: IndexRows }
  | { readonly kind: 'object'; readonly object: BackupObject }
  | { readonly kind: 'seal'; readonly seal: BackupSeal; readonly contents: { readonly entries: number; readonly digest: string } };

/** @throws invalid when it is no backup, is cut, or is not in the order of one. Digests and signature are the caller's to compare. */
export async function* readBackup(source: ByteStream): AsyncGenerator<BackupItem> {
  const contents = new Contents();
  let stage: 'start' | 'index' | 'objects' | 'sealed' = 'start';
  for await (const entry of readTar(source)) {
    if (stage === 'sealed') throw notOurs();
    if (entry.name === SEAL) {
      if (stage === 'start') throw notOurs();
      stage = 'sealed';
      const seal = json(await gathered(entry, SMALL_ENTRY_BYTES_MAX)) as BackupSeal;
      yield { kind: 'seal', seal, contents: { entries: contents.entries, digest: contents.digest() } };
      continue;
    }
    const seen = counted(contents, entry);
    if (stage === 'start') {
      if (entry.name !== HEAD) throw notOurs();
      stage = 'index';
      yield { kind: 'head', head: checkedHead(json(await gathered(seen, SMALL_ENTRY_BYTES_MAX))) };
    } else if (entry.name.startsWith('index/') && stage === 'index') {
      const table = /^index\/\d{6,}-([a-z_]+)\.jsonl\.gz$/.exec(entry.name)?.[1];
      if (table === undefined) throw notOurs();
      yield { kind: 'rows', chunk: { table, rows: await rowsOf(await gathered(seen, INDEX_ENTRY_BYTES_MAX)) } };
    } else if (entry.name.startsWith('objects/')) {
      stage = 'objects';
      yield { kind: 'object', object: { key: entry.name.slice('objects/'.length) as ObjectKey, bytes: entry.size, stream: seen.bytes } };
      // What was passed over counts too.
      for await (const _ of seen.bytes);
    } else throw notOurs();
  }
  if (stage !== 'sealed') throw new DomainError('invalid', 'the backup is cut short');
}

function checkedHead(head: unknown): BackupHead {
  const { format, version } = head as Partial<BackupHead>;
  if (format !== BACKUP_FORMAT) throw notOurs();
  if (version !== BACKUP_VERSION)
    throw new DomainError('invalid', `the backup is of version ${version}, this program reads ${BACKUP_VERSION}`);
  return head as BackupHead;
}

/** The entry as it is, its name, length and digest noted when its last byte has gone by. */
function counted(contents: Contents, entry: TarEntry): TarEntry {
  return {
    ...entry,
    bytes: (async function* () {
      const hash = createHash('sha256');
      for await (const chunk of entry.bytes) {
        hash.update(chunk);
        yield chunk;
      }
      contents.add(entry.name, entry.size, hash.digest('hex'));
    })(),
  };
}

function whole(name: string, bytes: Uint8Array): TarEntry {
  return {
    name,
    size: bytes.byteLength,
    bytes: (async function* () {
      yield bytes;
    })(),
  };
}

async function gathered({ size, bytes }: TarEntry, bytesMax: number): Promise<Buffer> {
  if (size > bytesMax) throw notOurs();
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);

async function rowsOf(compressed: Buffer): Promise<readonly string[]> {
  try {
    const text = await gunzipAsync(compressed, { maxOutputLength: INDEX_ENTRY_BYTES_MAX });
    return text.toString('utf8').split('\n').slice(0, -1);
  } catch (cause) {
    throw new DomainError('invalid', 'the file is no backup of Renkei, or was changed', { cause });
  }
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new DomainError('invalid', 'the file is no backup of Renkei, or was changed', { cause });
  }
}

function notOurs(): DomainError {
  return new DomainError('invalid', 'the file is no backup of Renkei, or was changed');
}
