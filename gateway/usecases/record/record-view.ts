import { randomBytes } from 'node:crypto';
import { evictOldest } from '../../domain/bounds/evict-oldest.ts';
import type { SeriesInstanceUID, SOPInstanceUID } from '../../domain/identifiers.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { type ActOf, actBy, auditStudy, type SubjectOf } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import type { Right } from '../../domain/sharing/access.ts';
import { actorKey, originKey, type SeenStudy } from '../access/see-study.ts';
import { NO_RECORD_RATE, type RecordRate } from './record-rate.ts';

/** Frames of one series that one person scrolls through within this time are one view. */
export const VIEW_WINDOW_MS = 10 * 60_000;
export const VIEW_WINDOWS_MAX = 50_000;
/** Enough to tell the views of one study apart for ever. */
const VIEW_NAME_BYTES = 6;
/** Ends of views in one commit. */
const ENDS_AT_ONCE = 100;

export interface DownloadedWhat {
  readonly seriesInstanceUID?: SeriesInstanceUID;
  readonly sopInstanceUID?: SOPInstanceUID;
  /** As a file-set for a medium. */
  readonly media?: true;
  readonly count: number;
}

/** Single instances of a series that are put on record one by one; who fetches more of it in the window fetches the series. */
export const SINGLES_OF_A_SERIES_MAX = 20;

/** No record, no disclosure: each resolves when the entry is durable, and is awaited before the first byte goes out. */
export type Listed = Required<Pick<SubjectOf<'studies-listed'>, 'list' | 'count'>>;

/** Of a person's line of time what one patient's studies are: who asks later who saw that patient's finds it. */
export type PatientListed = Required<Pick<SubjectOf<'studies-listed'>, 'count' | 'ownerFacilityCode' | 'patientID' | 'personId'>>;

/** The study, and the series of it, that a search was below. */
export interface Within {
  readonly seen: SeenStudy;
  readonly seriesInstanceUID?: SeriesInstanceUID;
}

export interface ViewRecorder {
  /**
   * Metadata, frames, renderings and bulk data: one entry an actor, place, study and series in `VIEW_WINDOW_MS`. Its count is how
   * many instances were laid open: those that the series, or without one the study, then held.
   */
  viewed(actor: Actor, seen: SeenStudy, seriesInstanceUID?: SeriesInstanceUID): Promise<void>;
  /**
   * Puts on record how long views lasted whose window is over, or `all` of them: one `view-ended` each that went on for a second or more.
   * What cannot be written is kept for the next time. A view whose end is not on record was shorter, or the program was killed meanwhile.
   */
  endViews(all: boolean): Promise<void>;
  /** Thumbnails, as a list of studies shows them: one entry an actor, place and study in `VIEW_WINDOW_MS`. Nobody opened the study by that. */
  thumbnailsViewed(actor: Actor, seen: SeenStudy): Promise<void>;
  /** @throws too-many, before anything is looked up */
  admit(actor: Actor): void;
  /**
   * DICOM objects handed out: one entry a request. `count` is how many instances. Single instances of one series past
   * SINGLES_OF_A_SERIES_MAX in `VIEW_WINDOW_MS` are one entry for the whole series, written before the first of them goes out.
   */
  downloaded(actor: Actor, seen: SeenStudy, what: DownloadedWhat): Promise<void>;
  /** A download that is on record ended before its end: `sent` instances had been handed to the connection whole. */
  brokenOff(actor: Actor, seen: SeenStudy, what: DownloadedWhat, sent: number): Promise<void>;
  /** A list of so many rows was answered; `within` is the study, and the series, that a search was below. */
  listed(actor: Actor, list: Listed, within?: Within): Promise<void>;
  /** A person's line of time was answered: one entry a patient. */
  personListed(actor: Actor, patients: readonly PatientListed[]): Promise<void>;
}

export function createViewRecorder(ports: {
  readonly audit: Pick<AuditLog, 'append'>;
  readonly studies: Pick<StudyIndex, 'seriesByUID'>;
  /** Milliseconds that never run backwards. */
  readonly monotonicMs?: () => number;
  readonly rate?: RecordRate;
}): ViewRecorder {
  const { audit, studies, monotonicMs = () => performance.now(), rate = NO_RECORD_RATE } = ports;
  const singles = createSinglesCount(monotonicMs);
  const { once: onceInWindow, takeEnded } = createWindow(monotonicMs);

  async function recordView(actor: Actor, seen: SeenStudy, seriesInstanceUID: SeriesInstanceUID | undefined): Promise<ViewEnd> {
    const series = seriesInstanceUID === undefined ? undefined : await studies.seriesByUID(seen.part, seriesInstanceUID);
    const count = seriesInstanceUID === undefined ? seen.study.numberOfStudyRelatedInstances : series?.numberOfSeriesRelatedInstances;
    const what = {
      ...whatStudy(seen),
      ...(seriesInstanceUID === undefined ? {} : { seriesInstanceUID }),
      ...(count === undefined ? {} : { count }),
      view: randomBytes(VIEW_NAME_BYTES).toString('base64url'),
    };
    rate.spend(actor);
    await audit.append([{ ...disclosure('study-viewed', actor, seen), what }]);
    return { ...disclosure('view-ended', actor, seen), what };
  }

  async function recordDownload(actor: Actor, seen: SeenStudy, what: DownloadedWhat & { readonly oneByOne?: true }): Promise<void> {
    rate.spend(actor);
    await audit.append([{ ...disclosure('study-downloaded', actor, seen), what: { ...whatStudy(seen), ...what } }]);
  }

  return {
    viewed(actor, seen, seriesInstanceUID) {
      return onceInWindow(actor, seen, `series ${seriesInstanceUID ?? ''}`, () => recordView(actor, seen, seriesInstanceUID));
    },
    endViews: createEndWriter(audit, takeEnded),
    thumbnailsViewed(actor, seen) {
      return onceInWindow(actor, seen, 'thumbnails', async () => {
        rate.spend(actor);
        await audit.append([{ ...disclosure('thumbnails-viewed', actor, seen), what: whatStudy(seen) }]);
        return undefined;
      });
    },
    admit: (actor) => rate.admit(actor),
    async downloaded(actor, seen, what) {
      const { seriesInstanceUID } = what;
      if (what.sopInstanceUID === undefined || seriesInstanceUID === undefined) return recordDownload(actor, seen, what);
      if (singles(actor, seen, seriesInstanceUID) <= SINGLES_OF_A_SERIES_MAX) return recordDownload(actor, seen, what);
      return onceInWindow(actor, seen, `singles ${seriesInstanceUID}`, async () => {
        const series = await studies.seriesByUID(seen.part, seriesInstanceUID);
        const count = series?.numberOfSeriesRelatedInstances ?? what.count;
        await recordDownload(actor, seen, { seriesInstanceUID, count, oneByOne: true });
        return undefined;
      });
    },
    async brokenOff(actor, seen, { count, ...target }, sent) {
      // Past the rate no entry is added, and the record keeps saying that all went out.
      if (!mayRecord(rate, actor)) return;
      const what = { ...whatStudy(seen), ...target, count: sent, of: count };
      await audit.append([{ ...disclosure('study-downloaded', actor, seen), outcome: 'failed', what }]);
    },
    async listed(actor, list, within) {
      rate.spend(actor);
      await audit.append([listing(actor, list, within)]);
    },
    async personListed(actor, patients) {
      rate.spend(actor);
      await audit.append(patients.map((patient) => listing(actor, { list: 'person', ...patient }, undefined)));
    },
  };
}

/** Writes the ends that are taken, in their order; what cannot be written yet waits for the next time, the newest VIEW_WINDOWS_MAX of it. */
function createEndWriter(audit: Pick<AuditLog, 'append'>, takeEnded: (all: boolean) => readonly ViewEnd[]): ViewRecorder['endViews'] {
  const unwritten: ViewEnd[] = [];
  async function write(all: boolean): Promise<void> {
    unwritten.push(...takeEnded(all));
    unwritten.splice(0, Math.max(0, unwritten.length - VIEW_WINDOWS_MAX));
    while (unwritten.length > 0) {
      const some = unwritten.slice(0, ENDS_AT_ONCE);
      await audit.append(some);
      unwritten.splice(0, some.length);
    }
  }
  let before: Promise<void> = Promise.resolve();
  return (all) => {
    before = before.catch(() => {}).then(() => write(all));
    return before;
  };
}

function listing(actor: Actor, list: Listed & Partial<PatientListed>, within: Within | undefined): ActOf<'studies-listed'> {
  return {
    action: 'studies-listed',
    ...actBy(actor),
    what: {
      ...(within && whatStudy(within.seen)),
      ...(within?.seriesInstanceUID === undefined ? {} : { seriesInstanceUID: within.seriesInstanceUID }),
      ...list,
    },
    right: within?.seen.right ?? { kind: 'member' },
  };
}

/** How many single instances of a series an actor has fetched in the window, this one included. */
function createSinglesCount(monotonicMs: () => number): (actor: Actor, seen: SeenStudy, seriesInstanceUID: SeriesInstanceUID) => number {
  const singles = new Map<string, { readonly sinceMs: number; count: number }>();
  return (actor, seen, seriesInstanceUID) => {
    const key = `${actorKey(actor)}|${originKey(actor)}|${seen.study.id}|${seriesInstanceUID}|${rightKey(seen.right)}`;
    const nowMs = monotonicMs();
    const before = singles.get(key);
    const current = before !== undefined && nowMs - before.sinceMs < VIEW_WINDOW_MS ? before : { sinceMs: nowMs, count: 0 };
    current.count++;
    singles.delete(key);
    singles.set(key, current);
    evictOldest(singles, VIEW_WINDOWS_MAX);
    return current.count;
  };
}

type ViewEnd = ActOf<'view-ended'>;

interface Act {
  readonly atMs: number;
  lastMs: number;
  /** Its end, where that is told. */
  end: ViewEnd | undefined;
  readonly recorded: Promise<void>;
}

/**
 * `once`: `what` is the same words for the same act; the first of them in the window is written, and the others wait for it.
 * `takeEnded`: the ends of acts whose window is over, or of `all`, each once.
 */
function createWindow(monotonicMs: () => number): {
  readonly once: (actor: Actor, seen: SeenStudy, what: string, record: () => Promise<ViewEnd | undefined>) => Promise<void>;
  readonly takeEnded: (all: boolean) => readonly ViewEnd[];
} {
  const acts = new Map<string, Act>();
  /** Of windows that another has followed. */
  const over: Act[] = [];
  const isOver = (act: Act) => monotonicMs() - act.atMs >= VIEW_WINDOW_MS;
  return {
    once(actor, seen, what, record) {
      const key = `${actorKey(actor)}|${originKey(actor)}|${seen.study.id}|${what}|${rightKey(seen.right)}`;
      const nowMs = monotonicMs();
      const before = acts.get(key);
      if (before !== undefined && !isOver(before)) {
        before.lastMs = nowMs;
        return before.recorded;
      }
      if (before !== undefined && over.length < VIEW_WINDOWS_MAX) over.push(before);
      const recorded = record().then((end) => {
        if (end !== undefined) act.end = end;
      });
      const act: Act = { atMs: nowMs, lastMs: nowMs, end: undefined, recorded };
      acts.delete(key);
      acts.set(key, act);
      evictOldest(acts, VIEW_WINDOWS_MAX);
      // What could not be recorded was not disclosed: the next request tries again.
      recorded.catch(() => {
        if (acts.get(key) === act) acts.delete(key);
      });
      return recorded;
    },
    takeEnded(all) {
      const ended = over.splice(0);
      for (const [key, act] of acts) {
        if (!all && !isOver(act)) break; // In the order in which they began.
        acts.delete(key);
        ended.push(act);
      }
      return ended.flatMap(({ end, atMs, lastMs }) => {
        const seconds = Math.round((lastMs - atMs) / 1000);
        return end === undefined || seconds < 1 ? [] : [{ ...end, what: { ...end.what, seconds } }];
      });
    },
  };
}

function mayRecord(rate: RecordRate, actor: Actor): boolean {
  try {
    rate.spend(actor);
    return true;
  } catch {
    return false;
  }
}

function rightKey({ kind, grant }: Right): string {
  return `${kind} ${grant ?? ''}`;
}

function disclosure<Act extends 'study-viewed' | 'view-ended' | 'thumbnails-viewed' | 'study-downloaded'>(
  action: Act,
  actor: Actor,
  seen: SeenStudy,
): Omit<ActOf<Act>, 'what'> {
  return {
    action,
    ...actBy(actor),
    right: seen.right,
    ...(actor.facility === undefined ? {} : { toFacilityCode: actor.facility.code }),
  };
}

function whatStudy(seen: SeenStudy) {
  return { ...auditStudy(seen.study), patientID: seen.study.study.patientID };
}
