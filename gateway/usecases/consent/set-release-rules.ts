/** What a facility says of how its patients' consents open its studies: which, to whom of those that were named, from when on, and what for. */
import type { ReleaseCounts, ReleaseIndex, ReleaseRules } from '../../domain/consent/consent-index.ts';
import { neverReached, type ReleaseRule, releaseCode } from '../../domain/consent/release-rule.ts';
import { DomainError } from '../../domain/errors.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import { type Proof, provenAtWork } from '../../domain/people/credentials.ts';
import { actOfOwner } from '../../domain/record/audit.ts';

interface Stores<Calls extends keyof ReleaseIndex> {
  readonly releases: Pick<ReleaseIndex, Calls>;
}
interface By {
  readonly facility: FacilityRef;
  readonly actor: PersonActor;
  readonly proof: Proof;
}

/** @throws invalid: a rule that no study comes to; conflict when they were changed since; unauthenticated, denied */
export function setReleaseRules(
  { releases }: Stores<'set'>,
  { facility, actor, proof }: By,
  said: { readonly revision: number; readonly rules: readonly ReleaseRule[] },
): Promise<ReleaseRules> {
  demandReached(said.rules);
  const changes = said.rules.length === 0 ? ['release:none'] : said.rules.map(releaseCode);
  const entry = { ...actOfOwner(actor), action: 'release-rules-changed', what: { facilityCode: facility.code, changes } } as const;
  return releases.set(facility.id, said, actor.userId, () => [entry], provenAtWork(actor, proof));
}

/** Changes nothing. @throws invalid as `setReleaseRules` */
export function tryReleaseRules(
  { releases }: Stores<'wouldOpen'>,
  facility: FacilityRef,
  rules: readonly ReleaseRule[],
  signal: AbortSignal,
): Promise<ReleaseCounts> {
  demandReached(rules);
  return releases.wouldOpen(facility.id, rules, signal);
}

function demandReached(rules: readonly ReleaseRule[]): void {
  const at = neverReached(rules);
  if (at === undefined) return;
  throw new DomainError('invalid', `rule ${at + 1} is never reached: one before it covers all that it covers`, {
    ids: { reason: 'rule-never-reached', value: String(at + 1) },
  });
}
