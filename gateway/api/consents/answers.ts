/** Consents and notices in the contract's shapes. */
import type { PostedNotice } from '../../domain/consent/consent.ts';
import { consentStands } from '../../domain/consent/consent-covers.ts';
import type { ConsentReach, KeptConsent } from '../../domain/consent/consent-index.ts';
import type { FacilityId } from '../../domain/identifiers.ts';
import type { ConsentAnswer, ConsentReachAnswer, PostedNoticeAnswer } from '../contract/consents.ts';

export function consentAnswer({ consent, circumstances, named, studies }: KeptConsent, now: Date): ConsentAnswer {
  const { scope, basis } = consent;
  const stands = consentStands(consent, circumstances, now);
  const facilities = (ids: readonly FacilityId[]) => named.filter(({ id }) => ids.includes(id)).map(({ code, name }) => ({ code, name }));
  return {
    id: consent.id,
    ended: stands.yes ? null : stands.reason,
    to: scope.to === 'region' ? 'region' : facilities(scope.to.facilities),
    exceptFacilities: facilities(scope.exceptFacilities),
    modalities: [...scope.modalities],
    studyDateFrom: scope.studyDateFrom ?? null,
    studyDateTo: scope.studyDateTo ?? null,
    exceptStudies: [...scope.exceptStudies],
    basis: basis.kind,
    relation: basis.relation ?? null,
    ground: basis.ground ?? null,
    hasDocument: basis.document !== undefined,
    takenAt: consent.takenAt.toISOString(),
    takenBy: consent.takenBy?.name ?? null,
    until: consent.until?.toISOString() ?? null,
    formVersion: consent.formVersion,
    withdrawnAt: consent.withdrawnAt?.toISOString() ?? null,
    withdrawnElsewhere: consent.withdrawnElsewhere,
    studies,
  };
}

export function reachAnswer({ circumstances, studies, studyCount, facilityCount }: ConsentReach): ConsentReachAnswer {
  return {
    studyCount,
    facilityCount,
    studies: studies.map(({ studyId, studyDate, modalities }) => ({ id: studyId, studyDate, modalities: [...modalities] })),
    noticePosted: circumstances.noticePosted,
    diedOn: circumstances.diedOn ?? null,
  };
}

export function noticeAnswer({ id, version, postedOn, filedAt, removedAt }: PostedNotice): PostedNoticeAnswer {
  return { id, version, postedOn, filedAt: filedAt.toISOString(), removedAt: removedAt?.toISOString() ?? null };
}
