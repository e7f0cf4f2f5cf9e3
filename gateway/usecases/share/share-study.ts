import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ShareId } from '../../domain/identifiers.ts';
import type { Actor, PersonActor } from '../../domain/people/actor.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import { auditStudy, auditWho } from '../../domain/record/audit.ts';
import type { Share, ShareIndex } from '../../domain/sharing/share.ts';
import { SHARE_DAYS_MAX } from '../../domain/sharing/share-days.ts';
import type { SeenStudy, StudyAccess } from '../access/see-study.ts';

const DAY_MS = 86_400_000;

interface ListStores {
  readonly shares: Pick<ShareIndex, 'sharesOf'>;
}

interface RevokeStores {
  readonly access: Pick<StudyAccess, 'forget'>;
  readonly shares: Pick<ShareIndex, 'sharesOf' | 'revoke'>;
}

interface ShareStores {
  readonly access: Pick<StudyAccess, 'forget'>;
  readonly shares: Pick<ShareIndex, 'share'>;
  readonly people: Pick<PeopleIndex, 'facilityByCode'>;
  readonly clock: Clock;
}

type Shareable = SeenStudy<'study.share'>;

/** Lets a facility see a study until a time. Sharing again with the same facility moves the time. @throws invalid */
export async function shareStudy(
  stores: ShareStores,
  actor: Actor,
  seen: Shareable,
  request: { toFacilityCode: string; until: Date },
): Promise<Share> {
  const to = await stores.people.facilityByCode(request.toFacilityCode);
  if (to === undefined) throw new DomainError('invalid', 'no facility has that code', { ids: { reason: 'unknown-facility' } });
  if (to.id === seen.study.owner.id) throw new DomainError('invalid', 'the study is that facility’s own');
  const now = stores.clock.now().getTime();
  if (request.until.getTime() <= now) throw new DomainError('invalid', 'the last day has already passed', { ids: { reason: 'until' } });
  if (request.until.getTime() > now + SHARE_DAYS_MAX * DAY_MS)
    throw new DomainError('invalid', `a share lasts ${SHARE_DAYS_MAX} days at most`, { ids: { reason: 'until' } });
  const { what, ...shared } = given(actor, seen);
  const made = await stores.shares.share(
    { studyId: seen.study.id, toFacilityId: to.id, until: request.until, by: actor.kind === 'person' ? actor.userId : undefined },
    { ...shared, action: 'study-shared', what: { ...what, until: request.until.toISOString() }, toFacilityCode: to.code },
  );
  stores.access.forget(seen.study.study.studyInstanceUID);
  return made;
}

/** Ends a share now, on every node. @throws not-found */
export async function revokeShare(stores: RevokeStores, actor: PersonActor, seen: Shareable, shareId: ShareId): Promise<Share> {
  const live = (await stores.shares.sharesOf(seen.study.id)).find((share) => share.id === shareId);
  if (live === undefined) throw new DomainError('not-found', 'no such share');
  const revoked = await stores.shares.revoke(shareId, seen.study.id, actor.userId, {
    ...given(actor, seen),
    action: 'share-revoked',
    toFacilityCode: live.to.code,
  });
  stores.access.forget(seen.study.study.studyInstanceUID);
  if (revoked === undefined) throw new DomainError('not-found', 'no such share');
  return revoked;
}

/** Who has it and who had it, newest first. */
export function listShares({ shares }: ListStores, { study }: SeenStudy<'study.disclosures'>): Promise<readonly Share[]> {
  return shares.sharesOf(study.id);
}

function given(actor: Actor, { study, right }: SeenStudy) {
  return {
    outcome: 'success',
    who: auditWho(actor),
    remoteAddress: actor.remoteAddress,
    what: {
      ...auditStudy(study),
      patientID: study.study.patientID,
      count: study.numberOfStudyRelatedInstances,
    },
    right,
  } as const;
}
