import { evictOldest } from '../../domain/bounds/evict-oldest.ts';
import type { Clock } from '../../domain/clock.ts';
import { asDomainError } from '../../domain/errors.ts';
import type { ObjectKey } from '../../domain/identifiers.ts';
import { readDerivedKey, readOriginalKey, readQuarantineKey, type SeriesName } from '../../domain/imaging/derived.ts';
import { digestInName } from '../../domain/imaging/digest-in-name.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import { type Counters, NO_COUNTERS } from '../../domain/operation/counters.ts';
import type { DamageIndex, DamageReports } from '../../domain/operation/damage.ts';
import type { Log } from '../../domain/operation/log.ts';
import type { TaskQueue } from '../../domain/operation/tasks.ts';

/** The same damage is told again after this: a viewer asks for a frame many times. */
export const TOLD_AGAIN_AFTER_MS = 60_000;
/** A derived object that was not there is asked for again after this. */
export const WANTED_AGAIN_AFTER_MS = 600_000;
const REMEMBERED_MAX = 10_000;
/** Series are left alone for so long after their last instance: what is not there yet may be on its way. */
const DERIVE_DUE_AFTER_MS = 10_000;

export interface DamageReportsParts {
  readonly damage: Pick<DamageIndex, 'report' | 'mended'>;
  readonly studies: Pick<StudyIndex, 'seriesAt'>;
  readonly tasks: Pick<TaskQueue, 'enqueue'>;
  readonly objects: Pick<ObjectStore, 'remove'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters?: Counters;
  readonly wantedAgainAfterMs?: number;
  /** Milliseconds that never run backwards. */
  readonly monotonicMs?: () => number;
}

export function createDamageReports(parts: DamageReportsParts): DamageReports {
  const { damage, studies, tasks, objects, clock, log, counters = NO_COUNTERS, monotonicMs = () => performance.now() } = parts;
  const told = new Map<string, number>();
  const running = new Set<Promise<void>>();
  const underWay = new Set<string>();

  const isNews = (what: string, againAfterMs: number): boolean => {
    const at = monotonicMs();
    const before = told.get(what);
    if (before !== undefined && at - before < againAfterMs) return false;
    told.delete(what);
    told.set(what, at);
    evictOldest(told, REMEMBERED_MAX);
    return true;
  };
  const run = (key: string, work: () => Promise<void>) => {
    underWay.add(key);
    const ended: Promise<void> = work()
      .catch((thrown: unknown) => {
        told.delete(key);
        log.warn('damage.not-told', { kind: asDomainError(thrown).kind });
      })
      .finally(() => {
        underWay.delete(key);
        running.delete(ended);
      });
    running.add(ended);
  };
  const makeAnew = async (series: SeriesName, dueAfterMs: number) => {
    const due = new Date(clock.now().getTime() + dueAfterMs);
    for (const id of await studies.seriesAt(series)) await tasks.enqueue('derive-series', id, due);
  };

  return {
    found(key, problem, by = 'read') {
      const what = whatIs(key);
      // What is derived is gone once it has been dealt with: only what is under way is not begun twice.
      if (what === 'derived' ? underWay.has(key) : !isNews(key, TOLD_AGAIN_AFTER_MS)) return;
      counters.add('damaged_objects', 1, { what, problem });
      log.error('object.damaged', { key, what, problem, by });
      run(key, async () => {
        const series = readDerivedKey(key);
        if (series === undefined) {
          await damage.report(key, problem, by);
          return;
        }
        await objects.remove(key);
        await makeAnew(series, 0);
      });
    },
    wanted(series) {
      const what = `wanted ${series.facilityCode}/${series.studyInstanceUID}/${series.seriesInstanceUID}`;
      if (isNews(what, parts.wantedAgainAfterMs ?? WANTED_AGAIN_AFTER_MS)) run(what, () => makeAnew(series, DERIVE_DUE_AFTER_MS));
    },
    mended(key) {
      told.delete(key);
      counters.add('mended_objects', 1, { what: whatIs(key) });
      log.warn('object.mended', { key });
      run(key, async () => {
        await damage.mended(key);
        const path = readOriginalKey(key)?.path;
        if (path !== undefined) await makeAnew(path, DERIVE_DUE_AFTER_MS);
      });
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

function whatIs(key: ObjectKey): 'original' | 'quarantine' | 'file' | 'derived' {
  if (readOriginalKey(key) !== undefined) return 'original';
  if (readQuarantineKey(key) !== undefined) return 'quarantine';
  return digestInName(key) === undefined ? 'derived' : 'file';
}
