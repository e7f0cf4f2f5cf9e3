import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { IndexedStudy } from '../../domain/imaging/study.ts';
import type { StudyAddress } from '../../domain/imaging/study-address.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { decideStudy, heldBackByAll, type StudyDecision } from '../../domain/sharing/access.ts';
import { askerOf, audiencesOf } from '../../domain/sharing/audience.ts';
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
): Promise<readonly StudyDecision[]> {
  const now = clock.now();
  const { facility } = actor;
  const facts = facility === undefined || addresses.length === 0 ? [] : await studies.factsOf(askerOf(actor, facility), addresses, now);
  return addresses.map((_, at) => decideStudy(actor, 'study.view', facts[at], now));
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
  let unchangedSince: string | undefined;
  return async (actor) => {
    const asker = askerOf(actor, demandMember(actor, 'study.list'));
    // Before the question: what changes between the two is asked about the next time.
    const revision = await ports.studies.listRevision(asker.id, ports.clock.now());
    // Who has another job or facility by now is asked about anew: that changes no list.
    const state = [revision, asker.id, ...audiencesOf(asker)].join();
    if (state === unchangedSince) return;
    const standing = await standingOfStudies(ports, actor, addresses);
    const stands = ({ rights }: IndexedStudy, decision: StudyDecision | undefined) =>
      decision?.allowed === true && !showsLess(decision.heldBack, heldBackByAll(rights));
    if (!shown.every((study, at) => stands(study, standing[at])))
      throw new DomainError('unavailable', 'the list has changed while it was made');
    unchangedSince = state;
  };
}
