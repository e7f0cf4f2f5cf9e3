import type { StudyInstanceUID } from '../domain/identifiers.ts';
import type { IndexedStudy, InstancePlace } from '../domain/imaging/study.ts';
import { formatStudyOf, type StudyOf } from '../domain/imaging/study-address.ts';

/**
 * Where studies are. `root` is the absolute URL of /dicom-web. A study to which its UID alone does not lead has a base of its own,
 * `{root}/of/{owner}~{number}`, below which every resource of a study is found as below the root.
 */
function urlOf(root: string, studyInstanceUID: StudyInstanceUID, of: StudyOf | undefined): string {
  return `${root}${of === undefined ? '' : `/of/${formatStudyOf(of)}`}/studies/${studyInstanceUID}`;
}

/** @param below the search was asked at the base of one owner: its answers lead to exactly what they tell of */
export function studyUrl(root: string, { study, owner, ordinal, shadowed }: IndexedStudy, below: boolean): string {
  return urlOf(root, study.studyInstanceUID, shadowed || below ? { ownerCode: owner.code, ordinal } : undefined);
}

/** The study in which an instance was kept, for its owner. */
export function placeUrl(root: string, { studyInstanceUID, of }: InstancePlace): string {
  return urlOf(root, studyInstanceUID, of);
}
