/** Domain records in the contract's shapes. */

import type { QuarantineRecord } from '../domain/imaging/ingest-index.ts';
import type { Notice } from '../domain/imaging/notice.ts';
import type { StudyRecord } from '../domain/imaging/study.ts';
import { formatStudyOf } from '../domain/imaging/study-address.ts';
import type { Actor } from '../domain/people/actor.ts';
import type { AETitleEntry, Facility } from '../domain/people/facility.ts';
import type { User } from '../domain/people/user.ts';
import type { AuditRecord } from '../domain/record/audit.ts';
import { decideStudy, decideTakingOut } from '../domain/sharing/access.ts';
import type { Share } from '../domain/sharing/share.ts';
import { maySettle } from '../usecases/correct/settle-notice.ts';
import type { SeriesWithClips } from '../usecases/find/list-studies.ts';
import type * as contract from './contract.ts';

export function studySummary(actor: Actor, record: StudyRecord, now: Date): contract.StudySummary {
  const { study, owner, right, ordinal } = record;
  return {
    studyInstanceUID: study.studyInstanceUID,
    owner: { code: owner.code, name: owner.name },
    of: record.shadowed ? formatStudyOf({ ownerCode: owner.code, ordinal }) : null,
    exact: formatStudyOf({ ownerCode: owner.code, ordinal }),
    besides: record.besides,
    sharedUntil: right.kind === 'share' ? right.until.toISOString() : null,
    patientID: study.patientID,
    patientName: study.patientName.value,
    patientBirthDate: study.patientBirthDate,
    patientSex: study.patientSex,
    studyDate: study.studyDate,
    studyTime: study.studyTime,
    studyDescription: study.studyDescription,
    accessionNumber: study.accessionNumber,
    referringPhysicianName: study.referringPhysicianName.value,
    modalities: [...record.modalitiesInStudy],
    seriesCount: record.numberOfStudyRelatedSeries,
    instanceCount: record.numberOfStudyRelatedInstances,
    imageCount: record.numberOfImages,
    clipCount: record.numberOfClips,
    complete: record.completeAt !== undefined,
    receivedAt: record.lastReceivedAt.toISOString(),
    arrivedAt: record.arrivedAt.toISOString(),
    opened: record.openedAt !== undefined,
    mayShare: decideStudy(actor, 'study.share', { ownerFacilityId: owner.id, right }, now).allowed,
  };
}

export function seriesSummary({
  series,
  numberOfSeriesRelatedInstances,
  numberOfImages,
  numberOfClips,
  clips,
}: SeriesWithClips): contract.SeriesSummary {
  return {
    seriesInstanceUID: series.seriesInstanceUID,
    modality: series.modality,
    seriesNumber: series.seriesNumber,
    seriesDescription: series.seriesDescription,
    bodyPartExamined: series.bodyPartExamined,
    instanceCount: numberOfSeriesRelatedInstances,
    imageCount: numberOfImages,
    clipCount: numberOfClips,
    clips: clips.map(({ sopInstanceUID, instanceNumber, numberOfFrames }) => ({ sopInstanceUID, instanceNumber, frames: numberOfFrames })),
  };
}

export function shareAnswer(share: Share): contract.Share {
  return {
    id: share.id,
    facility: { code: share.to.code, name: share.to.name },
    until: share.until.toISOString(),
    createdAt: share.createdAt.toISOString(),
    createdBy: share.createdByName,
    revokedAt: share.revokedAt?.toISOString() ?? null,
  };
}

export function facilityAnswer(facility: Facility, withAETitles: boolean): contract.Facility {
  const { code, name, nameKana, nameRomaji, aeTitles } = facility;
  return { code, name, nameKana, nameRomaji, ...(withAETitles ? { aeTitles: aeTitles.map(aeTitleAnswer) } : {}) };
}

function aeTitleAnswer({ contact, ...entry }: AETitleEntry): NonNullable<contract.Facility['aeTitles']>[number] {
  if (contact === undefined) return entry;
  const { receivedAt, failedAt, error } = contact;
  return {
    ...entry,
    contact: {
      ...(receivedAt === undefined ? {} : { receivedAt: receivedAt.toISOString() }),
      ...(failedAt === undefined ? {} : { failedAt: failedAt.toISOString() }),
      ...(error === undefined ? {} : { error }),
    },
  };
}

export function userAnswer(user: User): contract.User {
  const { id, email, name, nameKana, job, administrator } = user;
  return {
    id,
    email,
    name,
    nameKana,
    job,
    administrator,
    facility: user.facility === undefined ? null : { code: user.facility.code, name: user.facility.name },
    disabled: user.disabledAt !== undefined,
  };
}

export function quarantineAnswer(actor: Actor, record: QuarantineRecord): contract.Quarantine {
  return {
    id: record.id,
    at: record.at.toISOString(),
    facilityCode: record.facilityCode,
    reason: record.reason,
    bytes: record.bytes,
    door: record.source.door,
    sender: record.source.callingAETitle ?? record.source.remoteAddress ?? null,
    fileName: record.source.fileName ?? null,
    mayTakeOut: decideTakingOut(actor, record.facilityId).allowed,
  };
}

export function noticeAnswer(actor: Actor, notice: Notice, withStudy: boolean, now: Date): contract.Notice {
  const { id, kind, at, count, studyInstanceUID, sopInstanceUID, study, other, settlement } = notice;
  const shown = (record: StudyRecord | undefined) => (withStudy && record !== undefined ? studySummary(actor, record, now) : null);
  return {
    id,
    at: at.toISOString(),
    kind,
    count,
    studyInstanceUID,
    sopInstanceUID: sopInstanceUID ?? null,
    study: shown(study),
    other: other === undefined ? null : { studyInstanceUID: other.studyInstanceUID, study: shown(other.study) },
    settlement: settlement ?? null,
    maySettle: other !== undefined && settlement === undefined && maySettle(actor, now).allowed,
  };
}

/** Names are looked up for the reader; the record itself holds only ids. */
export interface Names {
  readonly person: (userId: string) => string | undefined;
  readonly facility: (code: string) => string | undefined;
}

export function recordAnswer({ seq, at, entry }: AuditRecord, names: Names): contract.RecordEntry {
  const facility = (code: string | undefined) => (code === undefined ? null : (names.facility(code) ?? code));
  const { who, what } = entry;
  return {
    seq,
    at: at.toISOString(),
    action: entry.action,
    outcome: entry.outcome,
    who: {
      name: who.userId === undefined ? (who.aeTitle ?? who.through ?? who.kind) : (names.person(who.userId) ?? who.userId),
      job: who.job ?? null,
      facility: facility(who.facilityCode),
    },
    seriesInstanceUID: what?.seriesInstanceUID ?? null,
    count: what?.count ?? null,
    toFacility: facility(entry.toFacilityCode),
    right: entry.right ?? null,
    remoteAddress: entry.remoteAddress ?? null,
    ownStaff: who.facilityCode !== undefined && who.facilityCode === what?.ownerFacilityCode,
    studyInstanceUID: what?.studyInstanceUID ?? null,
    ownerFacility: facility(what?.ownerFacilityCode),
    detail: what?.detail === undefined ? null : detailAnswer(what.detail, names),
  };
}

const USER_DETAIL = /^user (\S+?)(?=[\s:]|$)/;

/** The person a detail is about, as `usecases/manage-people.ts` writes it. */
export function userInDetail(detail: string | undefined): string | undefined {
  return USER_DETAIL.exec(detail ?? '')?.[1];
}

function detailAnswer(detail: string, names: Names): string {
  const name = names.person(userInDetail(detail) ?? '');
  return name === undefined ? detail : detail.replace(USER_DETAIL, () => name);
}
