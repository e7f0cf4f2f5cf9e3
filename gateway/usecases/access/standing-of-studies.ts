import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { IndexedStudy } from '../../domain/imaging/study.ts';
import type { StudyAddress } from '../../domain/imaging/study-address.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { PersonSeen } from '../../domain/patients/patient.ts';
import type { PatientIndex } from '../../domain/patients/patient-index.ts';
import type { Actor } from '../../domain/people/actor.ts';
import {
  decideListed,
  decideStudy,
  heldBackByAll,
  type MemberAction,
  type StudyDecision,
  type StudyFacts,
} from '../../domain/sharing/access.ts';
import { type Asker, askerOf, audiencesOf } from '../../domain/sharing/audience.ts';
import { demandMember } from './demand.ts';
import { exactly, showsLess } from './see-study.ts';

/**
 * Whether the actor may still see each of the studies that its page holds, and how much of it, in their order. The index is asked each time: what is believed for
 * half a second (`see-study.ts`) and a page's own pause would come to more than the second in which a revocation must bite. Nothing of the
 * study is told, and nothing goes on record: the page asks by itself of what was opened, and recorded, before.
 */
export async function standingOfStudies(
  { studies, clock }: { readonly studies: Pick<StudyIndex, 'factsOf'>; readonly clock: Clock },
  actor: Actor,
  addresses: readonly StudyAddress[],
  decideOne: (actor: Actor, study: StudyFacts | undefined, now: Date) => StudyDecision = viewed,
): Promise<readonly StudyDecision[]> {
  const now = clock.now();
  const { facility } = actor;
  const facts = facility === undefined || addresses.length === 0 ? [] : await studies.factsOf(askerOf(actor, facility), addresses, now);
  return addresses.map((_, at) => decideOne(actor, facts[at], now));
}

function viewed(actor: Actor, study: StudyFacts | undefined, now: Date): StudyDecision {
  return decideStudy(actor, 'study.view', study, now);
}

/** `shown` of a decision, short: to who asks later whether that still is so. */
export function shownTag(shown: string): string {
  return createHash('sha256').update(shown).digest('hex').slice(0, TAG_DIGITS);
}

const TAG_DIGITS = 16;

interface ListPorts {
  readonly studies: Pick<StudyIndex, 'factsOf' | 'listRevision'>;
  readonly clock: Clock;
}

/**
 * Whether a list that was read may still be shown to its asker. As long as nothing has changed in any list of the facility that is one small
 * question to the index. @returns who throws unavailable when one of the studies may be seen no more: the list is asked for anew
 */
export function standingOfList(ports: ListPorts, studies: Iterable<IndexedStudy>): (actor: Actor) => Promise<void> {
  const shown = [...new Map([...studies].map((study) => [study.id, study])).values()];
  const addresses = shown.map((study) => exactly({ study }));
  return whenListsChange(ports, 'study.list', async (actor) => {
    const standing = await standingOfStudies(ports, actor, addresses, decideListed);
    const stands = ({ rights }: IndexedStudy, decision: StudyDecision | undefined) =>
      decision?.allowed === true && !showsLess(decision.heldBack, heldBackByAll(rights));
    return shown.every((study, at) => stands(study, standing[at]));
  });
}

/** The same of a list of persons: of each patient that it names its asker must see something still. */
export function standingOfPersons(
  ports: { readonly studies: Pick<StudyIndex, 'listRevision'>; readonly patients: Pick<PatientIndex, 'seenOf'>; readonly clock: Clock },
  persons: readonly PersonSeen[],
): (actor: Actor) => Promise<void> {
  const numbers = (of: readonly PersonSeen[]) => of.flatMap(({ patients }) => patients.map(({ no }) => no));
  const ids = persons.map(({ personId }) => personId);
  return whenListsChange(ports, 'patient.list', async (_actor, asker) => {
    const seen = new Set(numbers(await ports.patients.seenOf(asker, ids, ports.clock.now())));
    return numbers(persons).every((no) => seen.has(no));
  });
}

/** Asks whether it stands whenever something may have changed in a list of the facility. @returns who throws unavailable when it stands no more */
function whenListsChange(
  { studies, clock }: { readonly studies: Pick<StudyIndex, 'listRevision'>; readonly clock: Clock },
  action: MemberAction,
  stands: (actor: Actor, asker: Asker) => Promise<boolean>,
): (actor: Actor) => Promise<void> {
  let unchangedSince: string | undefined;
  return async (actor) => {
    const asker = askerOf(actor, demandMember(actor, action));
    // Before the question: what changes between the two is asked about the next time.
    const revision = await studies.listRevision(asker.id, clock.now());
    // Who has another job, facility or rights by now is asked about anew: that changes no list.
    const rights = actor.kind === 'person' ? JSON.stringify(actor.rights) : '';
    const state = [revision, asker.id, ...audiencesOf(asker), rights].join();
    if (state === unchangedSince) return;
    if (!(await stands(actor, asker))) throw new DomainError('unavailable', 'the list has changed while it was made');
    unchangedSince = state;
  };
}
