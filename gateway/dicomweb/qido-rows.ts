import { vrOf } from '../dicom/dictionary/dictionary.ts';
import type { DicomJson, DicomJsonElement } from '../domain/imaging/dataset.ts';
import type { IndexedStudy } from '../domain/imaging/study.ts';
import type { FoundInstance, FoundSeries } from '../domain/imaging/study-index.ts';

/** Which attributes beyond the required ones a search asks for: tags, or all that are known. */
export type IncludeFields = readonly string[] | 'all';

/** Attributes of every study row, PS3.18 table 10.6.3-3; StudyDescription besides, which every list shows. */
const STUDY_TAGS = [
  '00080005',
  '00080020',
  '00080030',
  '00080050',
  '00080090',
  '00080201',
  '00081030',
  '00100010',
  '00100020',
  '00100030',
  '00100040',
  '0020000D',
  '00200010',
];
/** PS3.18 table 10.6.3-4. */
const SERIES_TAGS = ['00080005', '00080060', '00080201', '0008103E', '0020000E', '00200011', '00400244', '00400245', '00400275'];
/** Left out when the data set has none; the others are there and empty, so that a client finds what it expects. */
const OPTIONAL_TAGS: ReadonlySet<string> = new Set(['00080005', '00080201', '00400244', '00400245', '00400275']);

/** @param urlOfStudy where the study is, absolute; likewise below */
export function studyRow(found: IndexedStudy, include: IncludeFields, urlOfStudy: string): DicomJson {
  return sorted({
    ...chosen(found.study.attributes, STUDY_TAGS, include),
    ...studyComputed(found),
    '00081190': url(urlOfStudy),
  });
}

/** @param wholeStudy the study's attributes too: for a search that is not below one study */
export function seriesRow(found: FoundSeries, include: IncludeFields, urlOfStudy: string, wholeStudy: boolean): DicomJson {
  const { series, study } = found;
  return sorted({
    ...upper(study, include, wholeStudy),
    ...chosen(series.attributes, SERIES_TAGS, include),
    '0020000D': uid(found.studyInstanceUID),
    '0020000E': uid(series.seriesInstanceUID),
    '00201209': integer(found.numberOfSeriesRelatedInstances),
    '00081190': url(`${urlOfStudy}/series/${series.seriesInstanceUID}`),
  });
}

/**
 * PS3.18 table 10.6.3-5.
 * @param header the instance's own, when more than the required attributes are asked for
 * @param whole the attributes of study and series too: for a search that is not below them
 */
export function instanceRow(
  found: FoundInstance,
  header: DicomJson | undefined,
  include: IncludeFields,
  urlOfStudy: string,
  whole: { readonly study: boolean; readonly series: boolean },
): DicomJson {
  const { instance, study, series, object } = found;
  const instanceUrl = `${urlOfStudy}/series/${found.seriesInstanceUID}/instances/${instance.sopInstanceUID}`;
  const own = header === undefined ? {} : chosen(header, [], include);
  return sorted({
    ...upper(study, include, whole.study),
    ...(whole.series ? chosen(series.series.attributes, SERIES_TAGS, include) : {}),
    ...own,
    '00080016': uid(instance.sopClassUID),
    '00080018': uid(instance.sopInstanceUID),
    '00080056': AVAILABLE,
    '00083002': uid(object.transferSyntaxUID),
    '00081190': url(instanceUrl),
    '0020000D': uid(found.studyInstanceUID),
    '0020000E': uid(found.seriesInstanceUID),
    '00200013': instance.instanceNumber === null ? (header?.['00200013'] ?? { vr: 'IS' }) : integer(instance.instanceNumber),
    ...(instance.rows === null ? {} : { '00280010': short(instance.rows) }),
    ...(instance.columns === null ? {} : { '00280011': short(instance.columns) }),
    ...(instance.bitsAllocated === null ? {} : { '00280100': short(instance.bitsAllocated) }),
    ...(instance.numberOfFrames > 1 ? { '00280008': integer(instance.numberOfFrames) } : {}),
  });
}

/** Whether a row of the index has all that is asked for, so that the header need not be opened. */
export function needsHeader(include: IncludeFields, found: FoundInstance): boolean {
  // Where it is no number that the index holds, what the file says instead; most files without one have none in their header either.
  if (include === 'all' || found.instance.instanceNumber === null) return true;
  return include.some(
    (tag) => !ALWAYS_IN_INSTANCE.has(tag) && !(tag in found.study.study.attributes) && !(tag in found.series.series.attributes),
  );
}

const ALWAYS_IN_INSTANCE: ReadonlySet<string> = new Set([
  '00080016',
  '00080018',
  '00080056',
  '00080061',
  '00081190',
  '0020000D',
  '0020000E',
  '00200013',
  '00201206',
  '00201208',
  '00280008',
  '00280010',
  '00280011',
  '00280100',
]);

const AVAILABLE: DicomJsonElement = { vr: 'CS', Value: ['ONLINE'] };

function studyComputed(found: IndexedStudy): DicomJson {
  return {
    '00080056': AVAILABLE,
    // An empty one is legal, and ends the work list of clients that take its first value (OHIF).
    ...(found.modalitiesInStudy.length === 0 ? {} : { '00080061': { vr: 'CS', Value: [...found.modalitiesInStudy] } }),
    '0020000D': uid(found.study.studyInstanceUID),
    '00201206': integer(found.numberOfStudyRelatedSeries),
    '00201208': integer(found.numberOfStudyRelatedInstances),
  };
}

/** The study's part of a row below it: all of it, or only what was asked for by name. */
function upper(study: IndexedStudy, include: IncludeFields, whole: boolean): DicomJson {
  if (whole) return { ...chosen(study.study.attributes, STUDY_TAGS, include), ...studyComputed(study) };
  const all: DicomJson = { ...study.study.attributes, ...studyComputed(study) };
  return include === 'all' ? all : chosen(all, [], include);
}

function chosen(attributes: DicomJson, required: readonly string[], include: IncludeFields): DicomJson {
  const row: DicomJson = {};
  for (const tag of required) {
    const element = attributes[tag];
    if (element !== undefined) row[tag] = element;
    else if (!OPTIONAL_TAGS.has(tag)) row[tag] = { vr: vrOf(tag) };
  }
  if (include === 'all') return { ...attributes, ...row };
  for (const tag of include) {
    const element = attributes[tag];
    if (element !== undefined) row[tag] = element;
  }
  return row;
}

function sorted(row: DicomJson): DicomJson {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function uid(value: string): DicomJsonElement {
  return { vr: 'UI', Value: [value] };
}

function integer(value: number | null): DicomJsonElement {
  return value === null ? { vr: 'IS' } : { vr: 'IS', Value: [value] };
}

function short(value: number): DicomJsonElement {
  return { vr: 'US', Value: [value] };
}

function url(value: string): DicomJsonElement {
  return { vr: 'UR', Value: [value] };
}
