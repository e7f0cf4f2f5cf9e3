import { type Action, decide } from '../domain/access.ts';
import type { Actor } from '../domain/actor.ts';
import { auditWho } from '../domain/audit.ts';
import { DomainError } from '../domain/errors.ts';
import { evictOldest } from '../domain/evict-oldest.ts';
import type { FacilityId, StudyInstanceUID } from '../domain/identifiers.ts';
import type { AuditLog, Clock, StudyIndex } from '../domain/ports.ts';
import type { StudyRecord } from '../domain/study.ts';

/** How long what the index said of a facility and a study may be believed: half of the second in which a revocation must bite. */
export const STUDY_FACTS_MS_MAX = 500;
export const STUDY_FACTS_MAX = 10_000;
/** One refusal an actor, study and this time goes on the record; a program that retries does not fill it. */
export const REFUSAL_WINDOW_MS = 60_000;
export const REFUSAL_WINDOWS_MAX = 10_000;

/** A study, and the right by which the actor sees it, for the record. */
export interface SeenStudy {
  readonly record: StudyRecord;
  readonly right: string;
}

export interface StudyAccess {
  /**
   * The study under that UID, when the actor may do this with it now. Cheap to ask again for every frame.
   * @throws not-found alike for what does not exist and for what the actor may not know of; denied; unavailable
   */
  see(actor: Actor, action: Action, studyInstanceUID: StudyInstanceUID): Promise<SeenStudy>;
  /** This process just changed the study: ask the index anew. */
  forget(studyInstanceUID: StudyInstanceUID): void;
}

interface Facts {
  readonly askedAtMs: number;
  readonly study: Promise<StudyRecord | undefined>;
}

export function createStudyAccess(ports: {
  readonly studies: Pick<StudyIndex, 'study'>;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  /** Milliseconds that never run backwards. */
  readonly monotonicMs?: () => number;
}): StudyAccess {
  const { studies, audit, clock, monotonicMs = () => performance.now() } = ports;
  const known = new Map<StudyInstanceUID, Map<string, Facts>>();
  let knownCount = 0;
  const refusals = new Map<string, number>();

  function facts(facilityId: FacilityId, studyInstanceUID: StudyInstanceUID): Promise<StudyRecord | undefined> {
    const nowMs = monotonicMs();
    let ofStudy = known.get(studyInstanceUID);
    const before = ofStudy?.get(facilityId);
    if (before !== undefined && nowMs - before.askedAtMs < STUDY_FACTS_MS_MAX) return before.study;
    if (knownCount >= STUDY_FACTS_MAX) {
      known.clear();
      knownCount = 0;
      ofStudy = undefined;
    }
    if (ofStudy === undefined) {
      ofStudy = new Map();
      known.set(studyInstanceUID, ofStudy);
    }
    // The age counts from the question, not the answer: what changed while the index was busy is not believed longer.
    const study = studies.study(facilityId, studyInstanceUID, clock.now());
    const entry = { askedAtMs: nowMs, study };
    if (!ofStudy.has(facilityId)) knownCount++;
    ofStudy.set(facilityId, entry);
    study.catch(() => {
      const current = known.get(studyInstanceUID);
      if (current?.get(facilityId) === entry && current.delete(facilityId)) knownCount--;
    });
    return study;
  }

  return {
    async see(actor, action, studyInstanceUID) {
      const record = actor.facility === undefined ? undefined : await facts(actor.facility.id, studyInstanceUID);
      const decision = decide(actor, action, record && { ownerFacilityId: record.owner.id, right: record.right }, clock.now());
      if (decision.allowed && record !== undefined) return { record, right: decision.reason };
      await recordRefusal(actor, action, studyInstanceUID, record, decision.reason);
      if (decision.allowed || decision.hide)
        throw new DomainError('not-found', 'there is no such thing here', { ids: { studyInstanceUID } });
      throw new DomainError('denied', 'not allowed', { ids: { studyInstanceUID } });
    },
    forget(studyInstanceUID) {
      const ofStudy = known.get(studyInstanceUID);
      if (ofStudy === undefined) return;
      knownCount -= ofStudy.size;
      known.delete(studyInstanceUID);
    },
  };

  async function recordRefusal(
    actor: Actor,
    action: Action,
    studyInstanceUID: StudyInstanceUID,
    record: StudyRecord | undefined,
    reason: string,
  ): Promise<void> {
    const key = `${actorKey(actor)}|${placeKey(actor)}|${studyInstanceUID}|${action}`;
    const nowMs = monotonicMs();
    const before = refusals.get(key);
    if (before !== undefined && nowMs - before < REFUSAL_WINDOW_MS) return;
    refusals.delete(key);
    refusals.set(key, nowMs);
    evictOldest(refusals, REFUSAL_WINDOWS_MAX);
    const known = record && { ownerFacilityCode: record.owner.code, patientID: record.study.patientID };
    try {
      await audit.append([
        {
          action: 'access-refused',
          outcome: 'refused',
          who: auditWho(actor),
          remoteAddress: actor.remoteAddress,
          what: { ...known, studyInstanceUID, detail: action },
          right: reason,
        },
      ]);
    } catch (thrown) {
      // It is not on record: the next one must be.
      if (refusals.get(key) === nowMs) refusals.delete(key);
      throw thrown;
    }
  }
}

/** Who is asking, as a key for what is remembered a while of them. */
export function actorKey(actor: Actor): string {
  const facility = actor.facility?.id ?? '';
  return actor.kind === 'person' ? `person|${actor.userId}|${facility}` : `system|${facility}|${actor.aeTitle ?? ''}|${actor.through}`;
}

/** Where they ask from and how they proved who they are: the record names both, so neither hides behind what was recorded of the other. */
export function placeKey(actor: Actor): string {
  return `${actor.remoteAddress}|${actor.through}`;
}
