import type { Actor } from '../domain/actor.ts';
import { type AuditEntry, auditWho } from '../domain/audit.ts';
import type { SeriesInstanceUID, SOPInstanceUID } from '../domain/identifiers.ts';
import type { AuditLog } from '../domain/ports.ts';
import { actorKey, evictOldest, type SeenStudy } from './see-study.ts';

/** Frames of one series that one person scrolls through within this time are one view. */
export const VIEW_WINDOW_MS = 10 * 60_000;
export const VIEW_WINDOWS_MAX = 50_000;

/** No record, no disclosure: each resolves when the entry is durable, and is awaited before the first byte goes out. */
export interface ViewRecorder {
  /** Metadata, frames, renderings, thumbnails and bulk data: one entry an actor, study and series in `VIEW_WINDOW_MS`. */
  viewed(actor: Actor, seen: SeenStudy, seriesInstanceUID?: SeriesInstanceUID): Promise<void>;
  /** DICOM objects handed out: one entry a request. `count` is how many instances. */
  downloaded(
    actor: Actor,
    seen: SeenStudy,
    what: { readonly seriesInstanceUID?: SeriesInstanceUID; readonly sopInstanceUID?: SOPInstanceUID; readonly count: number },
  ): Promise<void>;
  /** A search was answered with that many rows. */
  listed(actor: Actor, count: number, detail: string): Promise<void>;
}

export function createViewRecorder(ports: {
  readonly audit: Pick<AuditLog, 'append'>;
  /** Milliseconds that never run backwards. */
  readonly monotonicMs?: () => number;
}): ViewRecorder {
  const { audit, monotonicMs = () => performance.now() } = ports;
  const views = new Map<string, { readonly atMs: number; readonly recorded: Promise<void> }>();

  return {
    viewed(actor, seen, seriesInstanceUID) {
      const key = `${actorKey(actor)}|${seen.record.id}|${seriesInstanceUID ?? ''}|${seen.right}`;
      const nowMs = monotonicMs();
      const before = views.get(key);
      if (before !== undefined && nowMs - before.atMs < VIEW_WINDOW_MS) return before.recorded;
      const recorded = audit.append([
        {
          ...disclosure('study-viewed', actor, seen),
          what: { ...whatStudy(seen), ...(seriesInstanceUID === undefined ? {} : { seriesInstanceUID }) },
        },
      ]);
      const view = { atMs: nowMs, recorded };
      views.delete(key);
      views.set(key, view);
      evictOldest(views, VIEW_WINDOWS_MAX);
      // What could not be recorded was not disclosed: the next request tries again.
      recorded.catch(() => {
        if (views.get(key) === view) views.delete(key);
      });
      return recorded;
    },
    async downloaded(actor, seen, what) {
      await audit.append([{ ...disclosure('study-downloaded', actor, seen), what: { ...whatStudy(seen), ...what } }]);
    },
    async listed(actor, count, detail) {
      await audit.append([
        {
          action: 'studies-listed',
          outcome: 'success',
          who: auditWho(actor),
          remoteAddress: actor.remoteAddress,
          what: { count, detail },
          right: 'member of the facility',
        },
      ]);
    },
  };
}

function disclosure(action: AuditEntry['action'], actor: Actor, seen: SeenStudy): Omit<AuditEntry, 'what'> {
  return {
    action,
    outcome: 'success',
    who: auditWho(actor),
    remoteAddress: actor.remoteAddress,
    right: seen.right,
    ...(actor.facility === undefined ? {} : { toFacilityCode: actor.facility.code }),
  };
}

function whatStudy(seen: SeenStudy): NonNullable<AuditEntry['what']> {
  const { owner, study } = seen.record;
  return { ownerFacilityCode: owner.code, patientID: study.patientID, studyInstanceUID: study.studyInstanceUID };
}
