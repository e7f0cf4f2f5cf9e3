import { DomainError } from '../../domain/errors.ts';
import type { NoticeId } from '../../domain/identifiers.ts';
import type { NoticeIndex, SettledNotice, Settlement } from '../../domain/imaging/notice.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import { type Proof, provenAtWork } from '../../domain/people/credentials.ts';
import { type AuditEntry, actOfOwner, type SubjectOf } from '../../domain/record/audit.ts';
import type { StudyAccess } from '../access/see-study.ts';

/**
 * Says which of two places of the facility that claim one UID is right. On record with it; no version of any instance is lost by it.
 * @throws not-found: the facility has no such notice that waits; unauthenticated, denied when what proves who asks has ended meanwhile
 */
export async function settleNotice(
  stores: { readonly notices: Pick<NoticeIndex, 'settle'>; readonly access: Pick<StudyAccess, 'forget'> },
  { actor, proof }: { readonly actor: PersonActor; readonly proof: Proof },
  facility: FacilityRef,
  request: { readonly noticeId: NoticeId; readonly settlement: Settlement },
): Promise<SettledNotice> {
  const { noticeId, settlement } = request;
  const how = actOfOwner(actor);
  const entries = (done: SettledNotice): AuditEntry[] => [
    { ...how, action: 'place-settled', what: whatSettled(facility.code, request, done) },
    ...done.endedShares.map(({ to, ...whom }) => ({
      ...how,
      action: 'share-revoked' as const,
      what: { ...whatLeft(facility.code, request, done), ...whom },
      toFacilityCode: to,
    })),
  ];
  const asked = { noticeId, facilityId: facility.id, settlement, by: actor.userId };
  const settled = await stores.notices.settle(asked, entries, provenAtWork(actor, proof));
  if (settled === undefined) throw new DomainError('not-found', 'there is no such notice that waits');
  stores.access.forget(settled.studyInstanceUID);
  stores.access.forget(settled.other.studyInstanceUID);
  return settled;
}

/** The new place, what was decided of which notice, the former place, and how many instances left it. */
function whatSettled(
  ownerFacilityCode: string,
  { noticeId, settlement }: { readonly noticeId: NoticeId; readonly settlement: Settlement },
  { kind, studyInstanceUID, ordinal, other, moved }: SettledNotice,
): SubjectOf<'place-settled'> {
  return {
    ownerFacilityCode,
    studyInstanceUID,
    ...(ordinal === 1 ? {} : { ordinal }),
    count: moved,
    settlement,
    noticeId,
    noticeKind: kind,
    fromStudyInstanceUID: other.studyInstanceUID,
    fromOrdinal: other.ordinal,
  };
}

/** The former place, now that it is empty. */
function whatLeft(
  ownerFacilityCode: string,
  { noticeId }: { readonly noticeId: NoticeId },
  { other }: SettledNotice,
): SubjectOf<'share-revoked'> {
  return {
    ownerFacilityCode,
    studyInstanceUID: other.studyInstanceUID,
    ...(other.ordinal === 1 ? {} : { ordinal: other.ordinal }),
    settlement: 'correction',
    noticeId,
  };
}
