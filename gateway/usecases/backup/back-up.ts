import { createHash } from 'node:crypto';
import type { ByteStream } from '../../domain/byte-stream.ts';
import { asDomainError } from '../../domain/errors.ts';
import type { ObjectKey } from '../../domain/identifiers.ts';
import { digestInName } from '../../domain/imaging/digest-in-name.ts';
import type { IngestIndex } from '../../domain/imaging/ingest-index.ts';
import { KEPT_FILE_FOLDERS, type KeptFileIndex } from '../../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { IndexBackup, IndexRows } from '../../domain/operation/backup.ts';
import type { ObjectProblem } from '../../domain/operation/damage.ts';
import { allQuarantined } from '../operate/all-quarantined.ts';
import { type BackupHead, type BackupObject, type BackupSeal, DAMAGED_LISTED_MAX, sealedText, writeBackup } from './backup-archive.ts';

export interface BackUpParts {
  readonly index: IndexBackup;
  /** The store as it is, without checks of its own. */
  readonly objects: Pick<ObjectStore, 'get' | 'head' | 'probe'>;
  readonly studies: Pick<StudyIndex, 'allObjects'>;
  readonly ingest: Pick<IngestIndex, 'quarantined'>;
  readonly keptFiles: Pick<KeptFileIndex, 'all' | 'has'>;
  /** Ed25519: the public key (SPKI in DER, base64) and its signature (base64). */
  readonly sign: (text: Uint8Array) => { readonly publicKey: string; readonly signature: string };
}

/** Filled while the backup goes by. */
export interface BackupTally {
  rows: number;
  objects: number;
  objectBytes: number;
  damaged: { key: ObjectKey; problem: ObjectProblem }[];
}

export function newTally(): BackupTally {
  return { rows: 0, objects: 0, objectBytes: 0, damaged: [] };
}

/**
 * The whole installation as one stream: the index as of one instant, then every original, quarantined object and file beside images, then a signed seal.
 * Instances that arrive meanwhile may be among the objects without a row; `reindex` brings them in. What cannot be read whole is named in the seal.
 * Memory holds some rows or one chunk of an object.
 */
export function backUp(parts: BackUpParts, head: BackupHead, tally: BackupTally): AsyncGenerator<Uint8Array> {
  return writeBackup(
    head,
    countedRows(parts.index.dump(), tally),
    head.images === 'included' ? objectsOf(parts, tally) : nothing(),
    ({ entries, digest }): BackupSeal => {
      const damaged = tally.damaged.slice(0, DAMAGED_LISTED_MAX);
      const { rows, objects, objectBytes } = tally;
      return { entries, rows, objects, objectBytes, damaged, digest, ...parts.sign(sealedText({ digest, entries, damaged })) };
    },
  );
}

async function* countedRows(chunks: AsyncIterable<IndexRows>, tally: BackupTally): AsyncGenerator<IndexRows> {
  for await (const chunk of chunks) {
    tally.rows += chunk.rows.length;
    yield chunk;
  }
}

async function* objectsOf(parts: BackUpParts, tally: BackupTally): AsyncGenerator<BackupObject> {
  const seen = new Set<ObjectKey>();
  for await (const key of keysOf(parts)) {
    // Quarantine may name one object several times; originals are named once and need not be remembered.
    if (key.startsWith('quarantine/')) {
      if (seen.has(key)) continue;
      seen.add(key);
    }
    const found = await parts.objects.head(key).catch(async (thrown: unknown) => {
      await unlessStoreIsDown(parts, thrown);
      return 'unreadable' as const;
    });
    // What nothing named may be removed while this goes by.
    if (found === undefined && isFile(key) && !(await parts.keptFiles.has(key))) continue;
    if (found === undefined || found === 'unreadable') {
      tally.damaged.push({ key, problem: found ?? 'missing' });
      continue;
    }
    tally.objects += 1;
    tally.objectBytes += found.bytes;
    yield { key, bytes: found.bytes, stream: watched(parts, key, found.bytes, tally) };
  }
}

async function* keysOf({ studies, ingest, keptFiles }: BackUpParts): AsyncGenerator<ObjectKey> {
  for await (const { key } of studies.allObjects()) yield key;
  for await (const { key } of allQuarantined(ingest)) yield key;
  for await (const { key } of keptFiles.all()) yield key;
}

const isFile = (key: ObjectKey) => Object.values(KEPT_FILE_FOLDERS).some((folder) => key.startsWith(folder));

/** The object's bytes. A part of the disk that cannot be read is filled with zeros: the rest of the backup is worth having, and the seal names it. */
async function* watched(parts: BackUpParts, key: ObjectKey, bytes: number, tally: BackupTally): ByteStream {
  const hash = createHash('sha256');
  let sent = 0;
  try {
    for await (const chunk of await parts.objects.get(key, { offset: 0, length: bytes, of: bytes })) {
      hash.update(chunk);
      sent += chunk.length;
      yield chunk;
    }
  } catch (thrown) {
    await unlessStoreIsDown(parts, thrown);
    tally.damaged.push({ key, problem: 'unreadable' });
    for (; sent < bytes; sent += Math.min(ZEROS.length, bytes - sent)) yield ZEROS.subarray(0, Math.min(ZEROS.length, bytes - sent));
    return;
  }
  if (hash.digest('hex') !== digestInName(key)) tally.damaged.push({ key, problem: 'corrupt' });
}

const ZEROS = new Uint8Array(64 * 1024);

async function unlessStoreIsDown({ objects }: BackUpParts, thrown: unknown): Promise<void> {
  const { kind } = asDomainError(thrown);
  if (kind === 'unavailable') return objects.probe();
  if (kind !== 'not-found' && kind !== 'damaged' && kind !== 'invalid') throw thrown;
}

async function* nothing(): AsyncGenerator<BackupObject> {
  // the images are elsewhere
}
