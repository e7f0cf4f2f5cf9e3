import type { Clock } from '../../domain/clock.ts';
import type { StudyAddress } from '../../domain/imaging/study-address.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { decideStudy } from '../../domain/sharing/access.ts';

/**
 * Whether the actor may still see each of the studies that its page holds, in their order. The index is asked each time: what is believed for
 * half a second (`see-study.ts`) and a page's own pause would come to more than the second in which a revocation must bite. Nothing of the
 * study is told, and nothing goes on record: the page asks by itself of what was opened, and recorded, before.
 */
export async function standingOfStudies(
  { studies, clock }: { readonly studies: Pick<StudyIndex, 'factsOf'>; readonly clock: Clock },
  actor: Actor,
  addresses: readonly StudyAddress[],
): Promise<readonly boolean[]> {
  if (actor.facility === undefined || addresses.length === 0) return addresses.map(() => false);
  const now = clock.now();
  const facts = await studies.factsOf(actor.facility.id, addresses, now);
  return facts.map((one) => decideStudy(actor, 'study.view', one, now).allowed);
}
