/** Studies and series in the contract's shapes. */
import type { IndexedStudy } from '../../domain/imaging/study.ts';
import { formatStudyOf } from '../../domain/imaging/study-address.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { decideStudy, heldBackByAll, type StudyAction, type StudyDecision, type StudyRight, shownBy } from '../../domain/sharing/access.ts';
import { shownTag } from '../../usecases/access/standing-of-studies.ts';
import type { OpenedSeries } from '../../usecases/find/list-studies.ts';
import type { SeriesSummary, StudySummary } from '../contract/studies.ts';

export function studySummary(actor: Actor, found: IndexedStudy, now: Date): StudySummary {
  const { study, owner, rights, ordinal } = found;
  const decided = (action: StudyAction) => decideStudy(actor, action, { ownerFacilityId: owner.id, rights }, now);
  const view = decided('study.view');
  return {
    studyInstanceUID: study.studyInstanceUID,
    owner: { code: owner.code, name: owner.name },
    of: found.shadowed ? formatStudyOf({ ownerCode: owner.code, ordinal }) : null,
    exact: formatStudyOf({ ownerCode: owner.code, ordinal }),
    shown: shownTag(view.allowed ? view.shown : shownBy(rights)),
    besides: found.besides,
    sharedUntil: lastDay(rights),
    emergencyUntil: emergencyUntil(rights, view),
    given: givenBy(rights),
    patient: found.patientNo,
    patientID: study.patientID,
    patientName: study.patientName.value,
    patientBirthDate: study.patientBirthDate,
    patientSex: study.patientSex,
    studyDate: study.studyDate,
    studyTime: study.studyTime,
    studyDescription: study.studyDescription,
    accessionNumber: study.accessionNumber,
    referringPhysicianName: study.referringPhysicianName.value,
    modalities: [...found.modalitiesInStudy],
    seriesCount: found.numberOfStudyRelatedSeries,
    instanceCount: found.numberOfStudyRelatedInstances,
    imageCount: found.numberOfImages,
    clipCount: found.numberOfClips,
    complete: found.completeAt !== undefined,
    // When what is held back came is not told.
    receivedAt: (heldBackByAll(rights).length === 0 ? found.lastReceivedAt : found.arrivedAt).toISOString(),
    arrivedAt: found.arrivedAt.toISOString(),
    opened: found.openedAt !== undefined,
    mayShare: decided('study.share').allowed,
    mayView: view.allowed,
    mayDownload: decided('study.download').allowed,
  };
}

/** By the right that a view of it goes on record with. */
function emergencyUntil(rights: readonly StudyRight[], decision: StudyDecision): string | null {
  if (!decision.allowed || decision.right.kind !== 'emergency') return null;
  const { grant } = decision.right;
  const taken = rights.find((right) => right.kind === 'emergency' && right.grantId === grant);
  return taken?.kind === 'emergency' ? taken.until.toISOString() : null;
}

function givenBy(rights: readonly StudyRight[]): StudySummary['given'] {
  const kinds = rights.map(({ kind }) => kind);
  if (kinds.includes('owner')) return null;
  return (['consent', 'share'] as const).find((kind) => kinds.includes(kind)) ?? null;
}

/** When the last of what was given ends; null: it is the facility's own. */
function lastDay(rights: readonly StudyRight[]): string | null {
  const ends = rights.filter((right) => right.kind !== 'owner').map(({ until }) => until.getTime());
  return ends.length === 0 ? null : new Date(Math.max(...ends)).toISOString();
}

export function seriesSummary({
  series,
  numberOfSeriesRelatedInstances,
  numberOfImages,
  numberOfClips,
  clips,
  opening,
  revision,
}: OpenedSeries): SeriesSummary {
  return {
    seriesInstanceUID: series.seriesInstanceUID,
    modality: series.modality,
    seriesNumber: series.seriesNumber,
    seriesDescription: series.seriesDescription,
    bodyPartExamined: series.bodyPartExamined,
    revision,
    instanceCount: numberOfSeriesRelatedInstances,
    imageCount: numberOfImages,
    clipCount: numberOfClips,
    clips: clips.map(({ sopInstanceUID, instanceNumber, numberOfFrames, openingFrame }) => ({
      sopInstanceUID,
      instanceNumber,
      frames: numberOfFrames,
      openingFrame,
    })),
    opening: opening === undefined ? null : { sopInstanceUID: opening.sopInstanceUID, frame: opening.frame },
  };
}
