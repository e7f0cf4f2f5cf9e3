import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { smallFile } from '../../test/fixtures/dicom/small-dicom.ts';
import { memoryObjects } from '../../test/fixtures/servers/memory-objects.ts';
import type { ObjectKey, Sha256 } from '../domain/identifiers.ts';
import type { IngestIndex } from '../domain/imaging/ingest-index.ts';
import type { InstanceToIndex } from '../domain/imaging/study.ts';
import type { FacilityRef } from '../domain/people/actor.ts';
import { createAdopter } from './adopt.ts';

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex') as Sha256;
const facility = { id: '7', code: 'H1' } as unknown as FacilityRef;
const keyOf = (folder: string, digest: string) => `originals/${folder}/${digest}.dcm` as ObjectKey;

async function adopt(bytes: Buffer, key: ObjectKey, sha256: Sha256) {
  const objects = memoryObjects();
  objects.kept.set(key, bytes);
  const indexed: InstanceToIndex[] = [];
  const ingest = {
    finish: async (_claim: undefined, instance: InstanceToIndex) => {
      indexed.push(instance);
      return { kind: 'stored' };
    },
  } as unknown as IngestIndex;
  const outcome = await createAdopter({ objects, ingest }).adopt({
    facility,
    source: { door: 'reindex' },
    key,
    bytes: bytes.length,
    sha256,
  });
  return { outcome, indexed, objects };
}

const file = smallFile();
const home = 'H1/2.25.1/2.25.1.1/2.25.1.1.1';

test('a whole original is indexed under its own name', async () => {
  const { outcome, indexed } = await adopt(file, keyOf(home, sha(file)), sha(file));
  expect(outcome.kind).toBe('stored');
  expect(indexed[0]).toMatchObject({
    facilityId: '7',
    source: { door: 'reindex' },
    object: { key: keyOf(home, sha(file)), sha256: sha(file) },
  });
});

test.each([
  {
    name: 'a byte that changed',
    bytes: Buffer.concat([file.subarray(0, -1), Buffer.of(7)]),
    at: keyOf(home, sha(file)),
    digest: sha(file),
    reason: 'corrupt',
  },
  { name: 'bytes that ended early', bytes: file.subarray(0, 500), at: keyOf(home, sha(file)), digest: sha(file), reason: 'corrupt' },
  {
    name: 'no image',
    bytes: Buffer.from('a letter'),
    at: keyOf(home, sha(Buffer.from('a letter'))),
    digest: sha(Buffer.from('a letter')),
    reason: 'not-dicom',
  },
  {
    name: 'another instance’s name',
    bytes: file,
    at: keyOf('H1/2.25.1/2.25.1.1/2.25.9', sha(file)),
    digest: sha(file),
    reason: 'name-differs',
  },
  {
    name: 'another facility’s name',
    bytes: file,
    at: keyOf('H2/2.25.1/2.25.1.1/2.25.1.1.1', sha(file)),
    digest: sha(file),
    reason: 'name-differs',
  },
])('$name: nothing is indexed and the bytes stay', async ({ bytes, at, digest, reason }) => {
  const { outcome, indexed, objects } = await adopt(bytes, at, digest);
  expect(outcome).toEqual({ kind: 'unusable', reason });
  expect(indexed).toEqual([]);
  expect(objects.kept.get(at)).toBe(bytes);
});
