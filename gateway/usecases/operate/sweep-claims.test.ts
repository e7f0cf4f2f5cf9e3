import { expect, test } from 'vitest';
import { memoryObjects } from '../../../test/fixtures/servers/memory-objects.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Claim, IngestIndex } from '../../domain/imaging/ingest-index.ts';
import type { Adopter, AdoptOutcome } from '../../domain/imaging/reception.ts';
import type { Log } from '../../domain/operation/log.ts';
import { sweepClaims } from './sweep-claims.ts';

const log: Log = { info: () => {}, warn: () => {}, error: () => {} };
const key = `originals/H1/1.2/1.3/1.4/${'ab'.repeat(32)}.dcm`;
const claim = (id: string, at = key) =>
  ({
    id,
    facilityId: '1',
    sopInstanceUID: '1.4',
    key: at,
    sha256: 'ab'.repeat(32),
    bytes: 4,
    source: { door: 'stow' },
    claimedAt: new Date(0),
  }) as unknown as Claim;

async function sweep(claims: Claim[], adopt: () => Promise<AdoptOutcome>, kept: string[]) {
  const objects = memoryObjects();
  for (const name of kept) objects.kept.set(name, Buffer.from('good'));
  const released: string[] = [];
  const adopted: unknown[] = [];
  const ingest = {
    abandonedClaims: async () => claims,
    release: async (id: string) => {
      released.push(id);
    },
  } as unknown as IngestIndex;
  const adopter: Adopter = {
    adopt: async (original) => {
      adopted.push(original);
      return adopt();
    },
  };
  const counts = await sweepClaims({ objects, ingest, adopter, log }, new Date(0), 10);
  return { counts, released, adopted, objects };
}

const stored = async () => ({ kind: 'stored' }) as AdoptOutcome;

test('a claim with its bytes is finished, in the name of its facility', async () => {
  const { counts, released, adopted } = await sweep([claim('c1')], stored, [key]);
  expect(counts).toEqual({ finished: 1, released: 0, failed: 0 });
  expect(released).toEqual(['c1']);
  expect(adopted).toEqual([expect.objectContaining({ facility: { id: '1', code: 'H1' }, source: { door: 'stow' } })]);
});

test('a claim without bytes is released', async () => {
  const { counts, released, adopted } = await sweep([claim('c1')], stored, []);
  expect(counts).toEqual({ finished: 0, released: 1, failed: 0 });
  expect(released).toEqual(['c1']);
  expect(adopted).toEqual([]);
});

test('bytes that are not whole: released, and the bytes stay for verify to name', async () => {
  const { counts, released, objects } = await sweep([claim('c1')], async () => ({ kind: 'unusable', reason: 'corrupt' }), [key]);
  expect(counts.released).toBe(1);
  expect(released).toEqual(['c1']);
  expect(objects.kept.has(key)).toBe(true);
});

test('a claim under a name that is no original is released', async () => {
  const { released } = await sweep([claim('c1', 'derived/H1/1.2/1.3/x')], stored, ['derived/H1/1.2/1.3/x']);
  expect(released).toEqual(['c1']);
});

test('a store that does not answer leaves the claim, and the next is tried', async () => {
  let calls = 0;
  const adopt = async () => {
    calls += 1;
    if (calls === 1) throw new DomainError('unavailable', 'no store');
    return { kind: 'stored' } as AdoptOutcome;
  };
  const { counts, released } = await sweep([claim('c1'), claim('c2')], adopt, [key]);
  expect(counts).toEqual({ finished: 1, released: 0, failed: 1 });
  expect(released).toEqual(['c2']);
});
