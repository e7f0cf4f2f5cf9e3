import { createHash } from 'node:crypto';
import { headerThreads } from '../codec/threads/header-threads.ts';
import { readOriginalKey } from '../domain/imaging/derived.ts';
import type { IngestIndex } from '../domain/imaging/ingest-index.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { Adopter, AdoptOutcome, OriginalToAdopt } from '../domain/imaging/reception.ts';
import { objectAccess } from '../instances/object-access.ts';
import { describeObject, instanceToIndex } from './describe.ts';

interface AdopterParts {
  readonly objects: Pick<ObjectStore, 'get' | 'read'>;
  readonly ingest: Pick<IngestIndex, 'finish'>;
}

/** Brings originals that lie in the object store into the index. Bytes are never changed or removed. */
export function createAdopter(parts: AdopterParts): Adopter {
  return { adopt: (original, signal) => adopt(parts, original, signal) };
}

async function adopt({ objects, ingest }: AdopterParts, original: OriginalToAdopt, signal: AbortSignal | undefined): Promise<AdoptOutcome> {
  const { facility, source, key, bytes, sha256 } = original;
  if ((await digest(objects, original, signal)) !== sha256) return { kind: 'unusable', reason: 'corrupt' };
  const described = await describeObject(objectAccess(objects, original, { signal }), headerThreads(), facility.code, signal);
  if (described.kind !== 'instance') return { kind: 'unusable', reason: described.reason };
  const name = readOriginalKey(key)?.path;
  if (
    name?.facilityCode !== facility.code ||
    name.studyInstanceUID !== described.study.studyInstanceUID ||
    name.seriesInstanceUID !== described.series.seriesInstanceUID ||
    name.sopInstanceUID !== described.instance.sopInstanceUID
  ) {
    return { kind: 'unusable', reason: 'name-differs' };
  }
  return ingest.finish(undefined, instanceToIndex(described, { facility, source, key, bytes, sha256 }));
}

async function digest(objects: Pick<ObjectStore, 'get'>, { key }: OriginalToAdopt, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await objects.get(key, undefined, signal)) hash.update(chunk);
  return hash.digest('hex');
}
