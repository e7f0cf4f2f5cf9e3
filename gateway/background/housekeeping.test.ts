import { expect, test } from 'vitest';
import { memoryObjects } from '../../test/fixtures/servers/memory-objects.ts';
import { DomainError } from '../domain/errors.ts';
import type { StudyId } from '../domain/identifiers.ts';
import type { IngestIndex } from '../domain/imaging/ingest-index.ts';
import type { Log } from '../domain/operation/log.ts';
import type { ClaimSweep } from '../usecases/operate/sweep-claims.ts';
import { CLAIM_ABANDONED_AFTER_MS, type HousekeepingParts, startHousekeeping } from './housekeeping.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const nothing: ClaimSweep = { finished: 0, released: 0, failed: 0 };

function parts(given: Partial<HousekeepingParts> & { sweeps?: ClaimSweep[]; chores?: string[]; events?: string[] }): HousekeepingParts {
  const { sweeps = [], chores = [], events = [] } = given;
  const log: Log = { info: (event) => events.push(event), warn: (event) => events.push(event), error: (event) => events.push(event) };
  return {
    objects: {
      ...memoryObjects(),
      sweepStaged: async () => {
        chores.push('staged');
        return 0;
      },
    },
    ingest: {
      completeQuietStudies: async (quietSince: Date) => {
        chores.push(`complete ${NOW - quietSince.getTime()}`);
        return [] as StudyId[];
      },
    } as unknown as IngestIndex,
    postedNotices: { settleLeft: async () => 0 },
    releases: { settleLeft: async () => 0 },
    keptFiles: { removeUnnamed: async () => undefined },
    sweep: async (before) => {
      chores.push(`sweep ${NOW - before.getTime()}`);
      return sweeps.shift() ?? nothing;
    },
    clock: { now: () => new Date(NOW) },
    log,
    quietMs: 7_000,
    pause: (_ms, signal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
    ...given,
  };
}

test('the first round sweeps staged bytes and all claims older than told, then completes quiet studies', async () => {
  const chores: string[] = [];
  const housekeeping = startHousekeeping(parts({ chores, abandonedAtStartAfterMs: 0, sweeps: [{ finished: 1, released: 1, failed: 0 }] }));
  await housekeeping.swept;
  await housekeeping.stop();
  expect(chores).toEqual(['staged', 'sweep 0', 'sweep 0', 'complete 7000']);
});

test('later rounds leave young claims alone: their process may be alive', async () => {
  const chores: string[] = [];
  let rounds = 0;
  let done = () => {};
  const seen = new Promise<void>((resolve) => {
    done = resolve;
  });
  const housekeeping = startHousekeeping(
    parts({
      chores,
      abandonedAtStartAfterMs: 0,
      pause: async () => {
        rounds += 1;
        if (rounds > 1) done();
      },
    }),
  );
  await seen;
  await housekeeping.stop();
  expect(chores.slice(0, 5)).toEqual(['staged', 'sweep 0', 'complete 7000', `sweep ${CLAIM_ABANDONED_AFTER_MS}`, 'complete 7000']);
});

test('claims that cannot be settled end the round instead of turning in it', async () => {
  const chores: string[] = [];
  const housekeeping = startHousekeeping(parts({ chores, sweeps: [{ finished: 0, released: 0, failed: 3 }] }));
  await housekeeping.swept;
  await housekeeping.stop();
  expect(chores.filter((chore) => chore.startsWith('sweep'))).toHaveLength(1);
});

test('a chore that fails keeps no other from being done', async () => {
  const chores: string[] = [];
  const events: string[] = [];
  const housekeeping = startHousekeeping(
    parts({
      chores,
      events,
      sweep: async () => {
        throw new DomainError('unavailable', 'no index');
      },
    }),
  );
  await housekeeping.swept;
  await housekeeping.stop();
  expect(events).toEqual(['housekeeping.failed']);
  expect(chores).toEqual(['staged', 'complete 7000']);
});
