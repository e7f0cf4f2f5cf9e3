import { expect, test } from 'vitest';
import { memoryObjects } from '../../../test/fixtures/servers/memory-objects.ts';
import { DomainError } from '../../domain/errors.ts';
import type { QuarantineId } from '../../domain/identifiers.ts';
import type { QuarantinedFile } from '../../domain/imaging/ingest-index.ts';
import type { AdoptOutcome } from '../../domain/imaging/reception.ts';
import type { Facility } from '../../domain/people/facility.ts';
import { reindex } from './reindex.ts';

const keyOf = (facility: string, nibble: string) => `originals/${facility}/1.2/1.3/1.4/${nibble.repeat(64)}.dcm`;

async function run(kept: string[], indexed: string[], adopt: (key: string) => AdoptOutcome) {
  const objects = memoryObjects();
  for (const key of kept) objects.kept.set(key, Buffer.from('x'));
  const adopted: string[] = [];
  let lookUps = 0;
  const quarantine: QuarantinedFile[] = [];
  const report = await reindex({
    objects,
    studies: { hasObject: async (key) => indexed.includes(key) },
    people: {
      facilityByCode: async (code) => {
        lookUps += 1;
        return code === 'H1' ? ({ id: '1', code } as unknown as Facility) : undefined;
      },
    },
    ingest: {
      quarantined: async ({ before }) => (before === undefined ? quarantine : []),
      quarantine: async (entry) => {
        quarantine.push(entry as QuarantinedFile);
        return 'q1' as QuarantineId;
      },
    },
    adopter: {
      adopt: async (original) => {
        const outcome = adopt(original.key);
        adopted.push(original.key);
        return outcome;
      },
    },
  });
  return { report, adopted, lookUps, quarantine };
}

const stored = () => ({ kind: 'stored' }) as AdoptOutcome;

test('what is not indexed is, what is already is left alone, and only originals are looked at', async () => {
  const { report, adopted, lookUps } = await run(
    [keyOf('H1', 'a'), keyOf('H1', 'b'), keyOf('H1', 'c'), 'derived/H1/1.2/1.3/thumbnail.jpg'],
    [keyOf('H1', 'b')],
    (key) => (key === keyOf('H1', 'c') ? ({ kind: 'new-version' } as AdoptOutcome) : stored()),
  );
  expect(adopted).toEqual([keyOf('H1', 'a'), keyOf('H1', 'c')]);
  expect(report).toMatchObject({ objects: 3, alreadyIndexed: 1, indexed: 2, versions: 1, complete: true });
  expect(lookUps).toBe(1);
});

test.each<{ name: string; key: string; outcome: AdoptOutcome; problem: string }>([
  { name: 'of a facility nobody knows', key: keyOf('H9', 'a'), outcome: { kind: 'unusable', reason: '-' }, problem: 'facility-unknown' },
  { name: 'damaged', key: keyOf('H1', 'a'), outcome: { kind: 'unusable', reason: 'corrupt' }, problem: 'corrupt' },
  { name: 'without a readable header', key: keyOf('H1', 'a'), outcome: { kind: 'unusable', reason: 'not-dicom' }, problem: 'unreadable' },
  { name: 'not named as an original', key: 'originals/H1/x', outcome: { kind: 'unusable', reason: '-' }, problem: 'unreadable' },
])('an object $name is reported and the rest goes on', async ({ key, outcome, problem }) => {
  const { report } = await run([key, keyOf('H1', 'f')], [], (asked) => (asked === key ? outcome : stored()));
  expect(report.listed).toEqual([{ problem, key }]);
  expect(report).toMatchObject({ indexed: 1, complete: false });
});

test('a store that does not answer ends it', async () => {
  const failing = run([keyOf('H1', 'a')], [], () => {
    throw new DomainError('unavailable', 'no store');
  });
  await expect(failing).rejects.toMatchObject({ kind: 'unavailable' });
});

test('an object in quarantine gets its row back; one of a facility nobody knows is reported', async () => {
  const key = `quarantine/H1/${'d'.repeat(64)}.bin`;
  const strange = `quarantine/H9/${'d'.repeat(64)}.bin`;
  const { report, quarantine } = await run([key, strange], [], stored);
  expect(quarantine).toEqual([
    { facilityId: '1', facilityCode: 'H1', source: { door: 'reindex' }, reason: 'found-by-reindex', key, bytes: 1, sha256: 'd'.repeat(64) },
  ]);
  expect(report).toMatchObject({ quarantined: 1, listed: [{ problem: 'facility-unknown', key: strange }], complete: false });
});
