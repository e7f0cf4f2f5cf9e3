import type { StudyList, StudySummary } from '../../gateway/api/contract/studies.ts';

/** A study is known by its owner too, and by which of the owner's it is: several may go by the same UID. */
export function studyKey(study: StudySummary): string {
  return `${study.of ?? study.owner.code}/${study.studyInstanceUID}`;
}

export interface Merged {
  readonly pages: readonly StudyList[];
  /** Keys of the studies that were not in the list before. */
  readonly arrived: readonly string[];
}

/**
 * Lays a freshly read first page over the pages already loaded, so that what arrived stands where it belongs and what was taken away
 * is gone, without reading the other pages again. What the fresh page covers is replaced; what it pushed beyond its end stays, and the
 * place where the second page goes on (`next`) is still the old one.
 */
export function mergeFirstPage(pages: readonly StudyList[], fresh: StudyList): Merged {
  const [first, ...rest] = pages;
  if (first === undefined) return { pages: [fresh], arrived: [] };
  const known = new Set(pages.flatMap((page) => page.studies.map(studyKey)));
  const freshKeys = new Set(fresh.studies.map(studyKey));
  const arrived = fresh.studies.map(studyKey).filter((key) => !known.has(key));
  // A fresh page without `next` is the whole list.
  if (fresh.next === null) return { pages: [fresh], arrived };
  let covered = -1;
  for (const [at, study] of first.studies.entries()) if (freshKeys.has(studyKey(study))) covered = at;
  const beyond = first.studies.slice(covered + 1).filter((study) => !freshKeys.has(studyKey(study)));
  const head: StudyList = { studies: [...fresh.studies, ...beyond], next: first.next };
  const tail = rest.map((page) => ({ ...page, studies: page.studies.filter((study) => !freshKeys.has(studyKey(study))) }));
  return { pages: [head, ...tail], arrived };
}
