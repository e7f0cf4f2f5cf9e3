/** What a facility says of how its patients' consents open its studies: which, to whom of those that were named, from when on, and what for. */
import type { ReleaseCounts, ReleaseIndex, ReleaseRules } from '../../domain/consent/consent-index.ts';
import { type ReleaseRule, releaseCode } from '../../domain/consent/release-rule.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import { type Proof, provenAtWork } from '../../domain/people/credentials.ts';
import { actOfOwner, type RefusalLog } from '../../domain/record/audit.ts';
import { decideConsent } from '../../domain/sharing/access.ts';
import { onRecord, refused } from '../access/demand.ts';

interface Stores<Calls extends keyof ReleaseIndex> {
  readonly releases: Pick<ReleaseIndex, Calls>;
}
interface By {
  readonly facility: FacilityRef;
  readonly actor: PersonActor;
  readonly proof: Proof;
}

/** @throws denied: more than they may take themselves; conflict when they were changed since; unauthenticated */
export async function setReleaseRules(
  { releases, refusals }: Stores<'set'> & { readonly refusals: RefusalLog },
  { facility, actor, proof }: By,
  said: { readonly revision: number; readonly rules: readonly ReleaseRule[] },
): Promise<ReleaseRules> {
  await onRecord(refusals, actor, 'consent.take', async () => demandWithinOwn(actor, said.rules));
  const changes = said.rules.length === 0 ? ['release:none'] : said.rules.map(releaseCode);
  const entry = { ...actOfOwner(actor), action: 'release-rules-changed', what: { facilityCode: facility.code, changes } } as const;
  return releases.set(facility.id, said, actor.userId, () => [entry], provenAtWork(actor, proof));
}

/** Nobody gives what they do not have: without rules all may be downloaded. */
function demandWithinOwn(actor: PersonActor, rules: readonly ReleaseRule[]): void {
  const gives = decideConsent(actor, { mayDownload: rules.length === 0 || rules.some(({ mayDownload }) => mayDownload) });
  if (!gives.allowed) throw refused(gives.reason);
}

/** Changes nothing. */
export function tryReleaseRules(
  { releases }: Stores<'wouldOpen'>,
  facility: FacilityRef,
  rules: readonly ReleaseRule[],
  signal: AbortSignal,
): Promise<ReleaseCounts> {
  return releases.wouldOpen(facility.id, rules, signal);
}
