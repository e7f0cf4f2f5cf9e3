import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';
import type { PostedNoticeIndex, ReleaseIndex } from '../domain/consent/consent-index.ts';
import { asDomainError } from '../domain/errors.ts';
import type { IngestIndex } from '../domain/imaging/ingest-index.ts';
import type { KeptFileIndex } from '../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { Log } from '../domain/operation/log.ts';
import { removeUnnamedFiles } from '../usecases/keep/remove-unnamed.ts';
import type { ClaimSweep } from '../usecases/operate/sweep-claims.ts';

export const HOUSEKEEPING_EVERY_MS = 5_000;
/** A claim older than this was left by a process that died: writing one instance takes less. */
export const CLAIM_ABANDONED_AFTER_MS = 15 * 60_000;
/** Whoever changes a notice settles what stands on it at once; after so long it is done for them, too. */
const NOTICE_LEFT_AFTER_MS = 60_000;
const CLAIMS_A_ROUND_MAX = 200;
const STUDIES_A_ROUND_MAX = 500;

export interface HousekeepingParts {
  readonly objects: Pick<ObjectStore, 'sweepStaged' | 'remove'>;
  readonly ingest: Pick<IngestIndex, 'completeQuietStudies'>;
  readonly postedNotices: Pick<PostedNoticeIndex, 'settleLeft'>;
  readonly releases: Pick<ReleaseIndex, 'settleLeft'>;
  readonly keptFiles: Pick<KeptFileIndex, 'removeUnnamed'>;
  /** `gateway/usecases/operate/sweep-claims.ts` with its stores. */
  readonly sweep: (before: Date, limit: number, signal: AbortSignal) => Promise<ClaimSweep>;
  readonly clock: Clock;
  readonly log: Log;
  /** A study with no new instance for so long is complete. */
  readonly quietMs: number;
  /**
   * Claims older than this are swept by the first round. 0 when no other process writes to this index: then every claim
   * found at start is abandoned. Default: CLAIM_ABANDONED_AFTER_MS.
   */
  readonly abandonedAtStartAfterMs?: number;
  readonly everyMs?: number;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Housekeeping {
  /** Resolves when the first round, the sweep at start, is over. It never rejects. */
  readonly swept: Promise<void>;
  stop(): Promise<void>;
}

/** Every round: settles claims, staged bytes and notices of dead processes, completes studies that have gone quiet, and removes files that nothing names. */
export function startHousekeeping(parts: HousekeepingParts): Housekeeping {
  const { clock, everyMs = HOUSEKEEPING_EVERY_MS, abandonedAtStartAfterMs = CLAIM_ABANDONED_AFTER_MS, pause = realPause } = parts;
  const stopping = new AbortController();
  const start = clock.now().getTime();
  const swept = firstRound(parts, new Date(start - abandonedAtStartAfterMs), stopping.signal);

  const loop = async () => {
    await swept;
    while (!stopping.signal.aborted) {
      await pause(everyMs, stopping.signal).catch(() => {});
      if (!stopping.signal.aborted) await round(parts, new Date(clock.now().getTime() - CLAIM_ABANDONED_AFTER_MS), stopping.signal);
    }
  };
  const ended = loop();
  return {
    swept,
    stop: async () => {
      stopping.abort(new Error('housekeeping is stopping'));
      await ended;
    },
  };
}

async function firstRound(parts: HousekeepingParts, claimsBefore: Date, signal: AbortSignal): Promise<void> {
  await attempt(parts.log, 'staged', async () => {
    const staged = await parts.objects.sweepStaged();
    if (staged > 0) parts.log.info('housekeeping.staged-swept', { staged });
  });
  await round(parts, claimsBefore, signal);
}

async function round(parts: HousekeepingParts, claimsBefore: Date, signal: AbortSignal): Promise<void> {
  await attempt(parts.log, 'claims', () => sweepAll(parts, claimsBefore, signal));
  await attempt(parts.log, 'quiet-studies', async () => {
    const quietSince = new Date(parts.clock.now().getTime() - parts.quietMs);
    const complete = await parts.ingest.completeQuietStudies(quietSince, STUDIES_A_ROUND_MAX);
    if (complete.length > 0) parts.log.info('housekeeping.studies-complete', { studies: complete.length });
  });
  await attempt(parts.log, 'notices', async () => {
    const before = new Date(parts.clock.now().getTime() - NOTICE_LEFT_AFTER_MS);
    const facilities = (await parts.postedNotices.settleLeft(before)) + (await parts.releases.settleLeft(before));
    if (facilities > 0) parts.log.info('housekeeping.notices-settled', { facilities });
  });
  await attempt(parts.log, 'unnamed-files', async () => {
    const files = await removeUnnamedFiles(parts, signal);
    if (files > 0) parts.log.info('housekeeping.unnamed-files-removed', { files });
  });
}

/** Batch after batch until none is left. A batch that gets nowhere ends the round: the next one tries again. */
async function sweepAll(parts: HousekeepingParts, before: Date, signal: AbortSignal): Promise<void> {
  for (;;) {
    const sweep = await parts.sweep(before, CLAIMS_A_ROUND_MAX, signal);
    const ended = sweep.finished + sweep.released;
    if (ended + sweep.failed > 0) parts.log.info('housekeeping.claims-swept', { ...sweep });
    if (ended === 0 || signal.aborted) return;
  }
}

/** One chore that fails does not keep the others from being done. */
async function attempt(log: Log, chore: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    log.error('housekeeping.failed', { chore, kind: asDomainError(thrown).kind }, thrown);
  }
}

async function realPause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
