import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Clock } from '../../domain/clock.ts';
import { asDomainError, DomainError } from '../../domain/errors.ts';
import type { ObjectKey, QuarantineId, SeriesId, VersionId } from '../../domain/identifiers.ts';
import { htj2kFramesKey, mayHaveHtj2k, type SeriesPath } from '../../domain/imaging/derived.ts';
import type { IngestIndex } from '../../domain/imaging/ingest-index.ts';
import type { KeptFileIndex } from '../../domain/imaging/kept-file.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import { wholeStudy } from '../../domain/imaging/study.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import { type Counters, NO_COUNTERS } from '../../domain/operation/counters.ts';
import type { DamageIndex, DamageReports, ObjectProblem, ScrubStage, ScrubState } from '../../domain/operation/damage.ts';
import type { Log } from '../../domain/operation/log.ts';
import { readDerivedParts } from '../../instances/derived-object.ts';
import { allQuarantined } from './all-quarantined.ts';
import { damagedKeys, lookAt, lookAtFiles } from './look-at.ts';

/** The scrub is this process's for so long after it last said where it is. */
export const SCRUB_LEASE_MS = 60_000;
/** Where it is goes to the index this often. */
export const SCRUB_SAVED_EVERY_MS = 5_000;
/** A turn ends at the next good place after this. */
export const SCRUB_TURN_MS = 30_000;
/** Between the end of a pass and the beginning of the next. */
export const SCRUB_REST_MS = 24 * 3_600_000;

export interface ScrubParts {
  readonly damage: Pick<DamageIndex, 'leaseScrub' | 'moveScrub' | 'list'>;
  readonly studies: Pick<StudyIndex, 'allObjects' | 'allSeries' | 'seriesForDerivation' | 'instancesOf'>;
  readonly ingest: Pick<IngestIndex, 'quarantined'>;
  readonly keptFiles: Pick<KeptFileIndex, 'all' | 'has'>;
  /** The store as it is, without checks of its own. */
  readonly objects: Pick<ObjectStore, 'get' | 'head' | 'read' | 'list' | 'probe'>;
  readonly reports: Pick<DamageReports, 'found' | 'mended' | 'wanted'>;
  readonly clock: Clock;
  /** Milliseconds that never run backwards. */
  readonly monotonicMs?: () => number;
  readonly log: Log;
  readonly counters?: Counters;
  readonly bytesPerSecond: number;
  /** Names this process among those that share the index. */
  readonly holder: string;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** `elsewhere`: another process is at it. `resting`: the last pass is not long over. */
export type ScrubTurn = 'again' | 'resting' | 'elsewhere';

/**
 * One turn of reading everything that is kept, a little at a time: originals, quarantine and files beside images against the digests in their names, derived
 * objects against their tables and seals. It goes on where the last turn ended, whichever process that was in.
 * @throws unavailable, or the signal's reason: the place that was saved last stands
 */
export async function scrubTurn(parts: ScrubParts, signal: AbortSignal): Promise<ScrubTurn> {
  const { clock, damage } = parts;
  const now = clock.now();
  const found = await damage.leaseScrub(parts.holder, now, leaseEnd(now));
  if (found === undefined) return 'elsewhere';
  if (found.stage === 'resting' && now.getTime() - (found.lastPassEndedAt?.getTime() ?? 0) < SCRUB_REST_MS) return 'resting';
  const state = found.stage === 'resting' ? newPass(found, now) : found;
  const walk = new Walk(parts, state, await damagedKeys(damage), signal);
  try {
    await walk.run();
  } finally {
    await walk.save().catch(() => {});
  }
  return walk.state.stage === 'resting' ? 'resting' : 'again';
}

function newPass(last: ScrubState, now: Date): ScrubState {
  return { ...last, pass: last.pass + 1, stage: 'originals', position: '', passBeganAt: now, objects: 0, bytes: 0, damaged: 0 };
}

function leaseEnd(now: Date): Date {
  return new Date(now.getTime() + SCRUB_LEASE_MS);
}

const STAGE_AFTER = {
  originals: 'quarantine',
  quarantine: 'files',
  files: 'derived',
  derived: 'resting',
} as const satisfies Record<Exclude<ScrubStage, 'resting'>, ScrubStage>;

class Walk {
  state: ScrubState;
  readonly #parts: ScrubParts;
  readonly #signal: AbortSignal;
  readonly #known: ReadonlySet<ObjectKey>;
  readonly #monotonicMs: () => number;
  readonly #began: number;
  #saved: number;
  #bytes = 0;

  constructor(parts: ScrubParts, state: ScrubState, known: ReadonlySet<ObjectKey>, signal: AbortSignal) {
    this.#known = known;
    this.#parts = parts;
    this.state = state;
    this.#signal = signal;
    this.#monotonicMs = parts.monotonicMs ?? (() => performance.now());
    this.#began = this.#monotonicMs();
    this.#saved = this.#began;
  }

  /** To the end of the pass or of the turn. */
  async run(): Promise<void> {
    while (this.state.stage !== 'resting') {
      const ended = await this.#stage(this.state.stage);
      if (!ended) return;
      this.#next(this.state.stage);
    }
    this.#parts.counters?.add('scrub_passes', 1);
    const { pass, objects, bytes, damaged } = this.state;
    this.#parts.log.info('scrub.pass-ended', { pass, objects, bytes, damaged });
  }

  async save(): Promise<void> {
    const now = this.#parts.clock.now();
    this.#saved = this.#monotonicMs();
    if (!(await this.#parts.damage.moveScrub(this.#parts.holder, this.state, leaseEnd(now)))) {
      throw new DomainError('conflict', 'another process goes on with the scrub');
    }
  }

  /** Whether the stage came to its end; false: the turn did. */
  async #stage(stage: Exclude<ScrubStage, 'resting'>): Promise<boolean> {
    const { studies, objects, ingest, reports } = this.#parts;
    const { position } = this.state;
    switch (stage) {
      case 'originals':
        for await (const { key, bytes, versionId } of studies.allObjects((position || '0') as VersionId)) {
          const looked = await lookAt(objects, key, this.#signal, (read) => this.#pace(read));
          await this.#seen(versionId, key, looked.problem ?? (looked.bytes === bytes ? undefined : 'length'));
          if (this.#isOver()) return false;
        }
        return true;
      case 'quarantine':
        for await (const { id, key } of allQuarantined(ingest, position === '' ? undefined : (position as QuarantineId))) {
          await this.#seen(id, key, (await lookAt(objects, key, this.#signal, (read) => this.#pace(read))).problem);
          if (this.#isOver()) return false;
        }
        return true;
      case 'files':
        return this.#files(position === '' ? {} : { after: position as ObjectKey });
      case 'derived':
        for await (const id of studies.allSeries(position === '' ? {} : { after: position as SeriesId })) {
          for await (const { key, problem } of this.#derivedOf(id)) {
            if (problem !== undefined) reports.found(key, problem, 'scrub');
            this.#count(problem);
          }
          this.state = { ...this.state, position: id };
          await this.#saveNowAndThen();
          if (this.#isOver()) return false;
        }
        return true;
    }
  }

  async #files(from: { readonly after?: ObjectKey }): Promise<boolean> {
    const { objects, keptFiles } = this.#parts;
    const reading = { ...from, signal: this.#signal, pace: (read: number) => this.#pace(read) };
    for await (const { key, problem } of lookAtFiles(objects, keptFiles, reading)) {
      await this.#seen(key, key, problem);
      if (this.#isOver()) return false;
    }
    return true;
  }

  /** Every derived object of a series, and what ails it. What could be there and is not is asked for. */
  async *#derivedOf(id: SeriesId): AsyncGenerator<{ readonly key: ObjectKey; readonly problem: ObjectProblem | undefined }> {
    const { studies, objects, reports } = this.#parts;
    const series = await studies.seriesForDerivation(id);
    // Not settled: what is not there yet is on its way.
    if (series?.metadata === undefined) return;
    const path: SeriesPath = {
      facilityCode: series.ownerFacilityCode,
      studyInstanceUID: series.studyInstanceUID,
      seriesInstanceUID: series.series.seriesInstanceUID,
      ordinal: series.ordinal,
    };
    const there = new Set<ObjectKey>();
    const folder = `derived/${path.facilityCode}/${path.studyInstanceUID}/${path.seriesInstanceUID}/`;
    for await (const { key } of objects.list(folder, this.#signal)) {
      there.add(key);
      yield { key, problem: await this.#problemOfDerived(key) };
    }
    if (!there.has(series.metadata.key)) reports.found(series.metadata.key, 'missing', 'scrub');
    for await (const instance of studies.instancesOf(wholeStudy(series.studyId), { seriesInstanceUID: path.seriesInstanceUID })) {
      if (!mayHaveHtj2k(instance) || there.has(htj2kFramesKey(path, instance.object.sha256))) continue;
      reports.wanted(path);
      return;
    }
  }

  async #problemOfDerived(key: ObjectKey): Promise<ObjectProblem | undefined> {
    const { objects } = this.#parts;
    const digest = /\/metadata-\d+-([0-9a-f]{64})\.json\.gz$/.exec(key)?.[1];
    try {
      if (digest !== undefined) return (await this.#digestOf(key)) === digest ? undefined : 'corrupt';
      for (const { crc32: expected, ...range } of (await readDerivedParts(objects, key, this.#signal)) ?? []) {
        let sum = 0;
        for await (const chunk of await objects.get(key, range, this.#signal)) {
          sum = crc32(chunk, sum);
          await this.#pace(chunk.length);
        }
        if (sum !== expected) return 'corrupt';
      }
      return undefined;
    } catch (thrown) {
      this.#signal.throwIfAborted();
      const { kind } = asDomainError(thrown);
      // Made anew or removed while it was read.
      if (kind === 'not-found') return undefined;
      if (kind === 'damaged' || kind === 'invalid') return 'corrupt';
      if (kind !== 'unavailable') throw thrown;
      await objects.probe(this.#signal);
      return 'unreadable';
    }
  }

  async #digestOf(key: ObjectKey): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of await this.#parts.objects.get(key, undefined, this.#signal)) {
      hash.update(chunk);
      await this.#pace(chunk.length);
    }
    return hash.digest('hex');
  }

  async #seen(position: string, key: ObjectKey, problem: ObjectProblem | undefined): Promise<void> {
    if (problem !== undefined) this.#parts.reports.found(key, problem, 'scrub');
    else if (this.#known.has(key)) this.#parts.reports.mended(key);
    this.#count(problem);
    this.state = { ...this.state, position };
    await this.#saveNowAndThen();
  }

  #count(problem: ObjectProblem | undefined): void {
    const { counters = NO_COUNTERS } = this.#parts;
    counters.add('scrub_objects', 1, { stage: this.state.stage });
    const damaged = this.state.damaged + (problem === undefined ? 0 : 1);
    this.state = { ...this.state, objects: this.state.objects + 1, damaged };
  }

  /** Keeps to the bytes a second, from the beginning of the turn, and says from time to time that we are still here. */
  async #pace(bytes: number): Promise<void> {
    const { bytesPerSecond, pause, counters = NO_COUNTERS } = this.#parts;
    this.#bytes += bytes;
    this.state = { ...this.state, bytes: this.state.bytes + bytes };
    counters.add('scrub_bytes', bytes, { stage: this.state.stage });
    const ahead = Math.ceil((this.#bytes / bytesPerSecond) * 1000) - (this.#monotonicMs() - this.#began);
    if (ahead > 0) await pause(ahead, this.#signal);
    this.#signal.throwIfAborted();
    await this.#saveNowAndThen();
  }

  async #saveNowAndThen(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#monotonicMs() - this.#saved >= SCRUB_SAVED_EVERY_MS) await this.save();
  }

  #isOver(): boolean {
    return this.#monotonicMs() - this.#began >= SCRUB_TURN_MS;
  }

  #next(stage: Exclude<ScrubStage, 'resting'>): void {
    const next = STAGE_AFTER[stage];
    const ended = next === 'resting' ? { lastPassEndedAt: this.#parts.clock.now() } : {};
    this.state = { ...this.state, stage: next, position: '', ...ended };
  }
}
