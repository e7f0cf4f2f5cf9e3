import { setTimeout as delay } from 'node:timers/promises';
import { evictOldest } from '../../domain/bounds/evict-oldest.ts';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { StudyInstanceUID } from '../../domain/identifiers.ts';
import type { IndexedStudy, StudyPart } from '../../domain/imaging/study.ts';
import { formatStudyOf, type StudyAddress } from '../../domain/imaging/study-address.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Actor, FacilityRef } from '../../domain/people/actor.ts';
import { auditStudy, auditWho } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import { decideStudy, type RefusalReason, type Right, type StudyAction } from '../../domain/sharing/access.ts';
import { type Asker, askerOf, audiencesOf } from '../../domain/sharing/audience.ts';

/** How long what the index said of somebody and a study may be believed: half of the second in which a revocation must bite. */
export const STUDY_FACTS_MS_MAX = 500;
export const STUDY_FACTS_MAX = 10_000;
/** States of metadata that are remembered as given. */
const DESCRIBED_MAX = 20_000;
/** One refusal an actor, study and this time goes on the record; a program that retries does not fill it. */
export const REFUSAL_WINDOW_MS = 60_000;
export const REFUSAL_WINDOWS_MAX = 10_000;

/** A study that an actor was let do something with: what, by what right, and in the name of which facility. */
export interface SeenStudy<For extends StudyAction = StudyAction> {
  readonly study: IndexedStudy;
  /** As far as the right to do this goes: what is read below the study is read of this. */
  readonly part: StudyPart;
  readonly right: Right;
  readonly action: For;
  readonly facility: FacilityRef;
}

export interface StudyAccess {
  /**
   * The study under that address, when the actor may do this with it now. Cheap to ask again for every frame.
   * @throws not-found alike for what does not exist and for what the actor may not know of; denied; unavailable
   */
  see<For extends StudyAction>(actor: Actor, action: For, address: StudyAddress): Promise<SeenStudy<For>>;
  /** This process just changed a study under that UID: ask the index anew. */
  forget(studyInstanceUID: StudyInstanceUID): void;
  /**
   * The index said, past what is believed, that metadata of the study are in this state (`metadataRevision`). What this process believes of the study
   * from now on is no older, or frames would be of an older version than the metadata that were given before them: another process may have stored it.
   * @param replaced whether something in it came in place of another lately. Then no other process believes the other any more either when this
   * resolves: the first time that a process hears of the state, it waits until whatever was believed before has become too old.
   */
  described(studyInstanceUID: StudyInstanceUID, state: string, replaced: () => Promise<boolean>): Promise<void>;
}

interface Facts {
  readonly askedAtMs: number;
  readonly study: Promise<IndexedStudy | undefined>;
}

interface AccessPorts {
  readonly studies: Pick<StudyIndex, 'study'>;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  /** Milliseconds that never run backwards. */
  readonly monotonicMs?: () => number;
  readonly wait?: (ms: number) => Promise<unknown>;
}

export function createStudyAccess(ports: AccessPorts): StudyAccess {
  const { clock, monotonicMs = () => performance.now(), wait = delay } = ports;
  const believed = new BelievedStudies(ports);
  const recordRefusal = createRefusals(ports);
  /** When each state was heard of first. */
  const described = new Map<string, number>();
  return {
    async see(actor, action, address) {
      const { studyInstanceUID } = address;
      const { facility } = actor;
      const study = facility && (await believed.of(askerOf(actor, facility), address));
      const decision = decideStudy(actor, action, study && { ownerFacilityId: study.owner.id, rights: study.rights }, clock.now());
      if (decision.allowed && study !== undefined && facility !== undefined) {
        const { right, heldBack } = decision;
        return { study, part: { studyId: study.id, heldBack }, right, action, facility };
      }
      await recordRefusal(actor, action, address, study, decision.allowed ? 'not-owned-and-not-shared' : decision.reason);
      if (decision.allowed || decision.hide)
        throw new DomainError('not-found', 'there is no such thing here', { ids: { studyInstanceUID } });
      throw new DomainError('denied', 'not allowed', { ids: { studyInstanceUID, reason: decision.reason } });
    },
    forget: (studyInstanceUID) => believed.forget(studyInstanceUID),
    async described(studyInstanceUID, state, replaced) {
      const key = `${studyInstanceUID}|${state}`;
      const sinceMs = described.get(key) ?? monotonicMs();
      if (!described.has(key)) {
        described.set(key, sinceMs);
        evictOldest(described, DESCRIBED_MAX);
        believed.forget(studyInstanceUID);
      }
      const untilMs = sinceMs + STUDY_FACTS_MS_MAX;
      if (monotonicMs() >= untilMs || !(await replaced())) return;
      // A timer may be early by a part of a millisecond.
      for (let nowMs = monotonicMs(); nowMs < untilMs; nowMs = monotonicMs()) await wait(untilMs - nowMs);
    },
  };
}

/** What the index said of those who ask and of studies, believed for STUDY_FACTS_MS_MAX. */
class BelievedStudies {
  readonly #ports: AccessPorts;
  readonly #monotonicMs: () => number;
  readonly #known = new Map<StudyInstanceUID, Map<string, Facts>>();
  #count = 0;

  constructor(ports: AccessPorts) {
    this.#ports = ports;
    this.#monotonicMs = ports.monotonicMs ?? (() => performance.now());
  }

  of(asker: Asker, address: StudyAddress): Promise<IndexedStudy | undefined> {
    const { studyInstanceUID, of } = address;
    const asked = `${asker.id}|${audiencesOf(asker).join()}|${of === undefined ? '' : formatStudyOf(of)}`;
    const nowMs = this.#monotonicMs();
    const before = this.#known.get(studyInstanceUID)?.get(asked);
    if (before !== undefined && nowMs - before.askedAtMs < STUDY_FACTS_MS_MAX) return before.study;
    if (this.#count >= STUDY_FACTS_MAX) {
      this.#known.clear();
      this.#count = 0;
    }
    let ofStudy = this.#known.get(studyInstanceUID);
    if (ofStudy === undefined) {
      ofStudy = new Map();
      this.#known.set(studyInstanceUID, ofStudy);
    }
    // The age counts from the question, not the answer: what changed while the index was busy is not believed longer.
    const study = this.#ports.studies.study(asker, address, this.#ports.clock.now());
    const entry = { askedAtMs: nowMs, study };
    if (!ofStudy.has(asked)) this.#count++;
    ofStudy.set(asked, entry);
    study.catch(() => {
      const current = this.#known.get(studyInstanceUID);
      if (current?.get(asked) !== entry) return;
      current.delete(asked);
      this.#count--;
      if (current.size === 0) this.#known.delete(studyInstanceUID);
    });
    return study;
  }

  forget(studyInstanceUID: StudyInstanceUID): void {
    const ofStudy = this.#known.get(studyInstanceUID);
    if (ofStudy === undefined) return;
    this.#count -= ofStudy.size;
    this.#known.delete(studyInstanceUID);
  }
}

/** Puts a refusal on record, the same one once in REFUSAL_WINDOW_MS. */
function createRefusals({ audit, monotonicMs = () => performance.now() }: AccessPorts) {
  const refusals = new Map<string, number>();
  return async (
    actor: Actor,
    action: StudyAction,
    { studyInstanceUID }: StudyAddress,
    study: IndexedStudy | undefined,
    reason: RefusalReason,
  ): Promise<void> => {
    const key = `${actorKey(actor)}|${originKey(actor)}|${studyInstanceUID}|${study?.id ?? ''}|${action}`;
    const nowMs = monotonicMs();
    const before = refusals.get(key);
    if (before !== undefined && nowMs - before < REFUSAL_WINDOW_MS) return;
    refusals.delete(key);
    refusals.set(key, nowMs);
    evictOldest(refusals, REFUSAL_WINDOWS_MAX);
    const known = study && { ...auditStudy(study), patientID: study.study.patientID };
    const what = { ...known, studyInstanceUID, asked: action };
    const { remoteAddress } = actor;
    try {
      await audit.append([{ action: 'access-refused', outcome: 'refused', who: auditWho(actor), remoteAddress, what, refusal: reason }]);
    } catch (thrown) {
      // It is not on record: the next one must be.
      if (refusals.get(key) === nowMs) refusals.delete(key);
      throw thrown;
    }
  };
}

/** That study and no other, whatever else goes by its UID from now on. */
export function exactly({ study }: Pick<SeenStudy, 'study'>): StudyAddress {
  return { studyInstanceUID: study.study.studyInstanceUID, of: { ownerCode: study.owner.code, ordinal: study.ordinal } };
}

/**
 * The same study again, for the same action, while an answer is in the making or goes out.
 * @throws not-found, also when something that was seen of it is held back by now; denied; unavailable
 */
export async function seeAgain<For extends StudyAction>(
  access: Pick<StudyAccess, 'see'>,
  actor: Actor,
  seen: SeenStudy<For>,
): Promise<SeenStudy<For>> {
  const again = await access.see(actor, seen.action, exactly(seen));
  if (showsLess(again.part.heldBack, seen.part.heldBack))
    throw new DomainError('not-found', 'there is no such thing here', {
      ids: { studyInstanceUID: seen.study.study.studyInstanceUID },
    });
  return again;
}

/** Whether more is held back now than before. */
export function showsLess(now: StudyPart['heldBack'], before: StudyPart['heldBack']): boolean {
  return !now.every((series) => before.includes(series));
}

/** Who is asking, as a key for what is remembered a while of them. */
export function actorKey(actor: Actor): string {
  const facility = actor.facility?.id ?? '';
  return actor.kind === 'person' ? `person|${actor.userId}|${facility}` : `system|${facility}|${actor.aeTitle ?? ''}|${actor.through}`;
}

/** Where they ask from and how they proved who they are: the record names both, so neither hides behind what was recorded of the other. */
export function originKey(actor: Actor): string {
  return `${actor.remoteAddress}|${actor.through}`;
}
