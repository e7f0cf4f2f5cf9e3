import { DomainError } from '../../domain/errors.ts';
import type { SeriesInstanceUID, SOPClassUID, SOPInstanceUID, StudyInstanceUID } from '../../domain/identifiers.ts';
import { isClip } from '../../domain/imaging/clip.ts';
import type { DicomJson, DicomJsonElement, PersonNameJson } from '../../domain/imaging/dataset.ts';
import { isObjectName } from '../../domain/imaging/object-name.ts';
import { numberOfFrames } from '../../domain/imaging/pixel-description.ts';
import { openingFrame, readingKey } from '../../domain/imaging/reading-order.ts';
import type { InstanceAttributes, RequestAttributes, SeriesAttributes, StudyAttributes } from '../../domain/imaging/study.ts';
import { tagOf } from '../dictionary/dictionary.ts';
import { normaliseUID } from '../dictionary/uid.ts';
import { frameCount } from '../frames/frame-index.ts';
import { normaliseDate } from '../text/date-time.ts';
import { searchableName } from '../text/person-name.ts';
import { wholeNumberOf } from '../text/whole-number.ts';

import type { ParsedObject } from './part10.ts';
import { knownElement } from './unknown-vr.ts';

/** What the index is told of an instance. */
export interface IndexedAttributes {
  readonly study: StudyAttributes;
  readonly series: SeriesAttributes;
  readonly instance: InstanceAttributes;
}

/** Attributes kept with the study: Patient, Patient Study and General Study modules, PS3.3 C.7.1.1, C.7.2.1 and C.7.2.2. */
const STUDY_KEYWORDS = [
  'TimezoneOffsetFromUTC',
  'StudyDate',
  'StudyTime',
  'AccessionNumber',
  'IssuerOfAccessionNumberSequence',
  'InstitutionName',
  'ReferringPhysicianName',
  'ReferringPhysicianIdentificationSequence',
  'ConsultingPhysicianName',
  'StudyDescription',
  'ProcedureCodeSequence',
  'PhysiciansOfRecord',
  'NameOfPhysiciansReadingStudy',
  'AdmittingDiagnosesDescription',
  'AdmittingDiagnosesCodeSequence',
  'ReferencedStudySequence',
  'ReferencedPatientSequence',
  'PatientName',
  'PatientID',
  'IssuerOfPatientID',
  'TypeOfPatientID',
  'IssuerOfPatientIDQualifiersSequence',
  'PatientBirthDate',
  'PatientBirthTime',
  'PatientSex',
  'PatientInsurancePlanCodeSequence',
  'OtherPatientIDs',
  'OtherPatientNames',
  'OtherPatientIDsSequence',
  'PatientAge',
  'PatientSize',
  'PatientWeight',
  'PatientBodyMassIndex',
  'MedicalAlerts',
  'Allergies',
  'EthnicGroup',
  'Occupation',
  'SmokingStatus',
  // Some senders announce how many will come: the study is complete with the last of them. A search answers what is there.
  'NumberOfStudyRelatedInstances',
  'AdditionalPatientHistory',
  'PregnancyStatus',
  'PatientSexNeutered',
  'PatientComments',
  'PatientIdentityRemoved',
  'DeidentificationMethod',
  'StudyInstanceUID',
  'StudyID',
  'RequestingService',
  'ReasonForVisit',
  'AdmissionID',
  'ServiceEpisodeID',
] as const;

/** Attributes kept with the series: General Series, General Equipment and Frame of Reference modules, PS3.3 C.7.3.1, C.7.5.1 and C.7.4.1. */
const SERIES_KEYWORDS = [
  'TimezoneOffsetFromUTC',
  'SeriesDate',
  'SeriesTime',
  'Modality',
  'Manufacturer',
  'InstitutionName',
  'InstitutionAddress',
  'StationName',
  'SeriesDescription',
  'SeriesDescriptionCodeSequence',
  'InstitutionalDepartmentName',
  'PerformingPhysicianName',
  'OperatorsName',
  'ManufacturerModelName',
  'ReferencedPerformedProcedureStepSequence',
  'BodyPartExamined',
  'DeviceSerialNumber',
  'SoftwareVersions',
  'ProtocolName',
  'PatientPosition',
  'SeriesInstanceUID',
  'SeriesNumber',
  'Laterality',
  'FrameOfReferenceUID',
  'PositionReferenceIndicator',
  'PerformedProcedureStepStartDate',
  'PerformedProcedureStepStartTime',
  'PerformedProcedureStepEndDate',
  'PerformedProcedureStepEndTime',
  'PerformedProcedureStepID',
  'PerformedProcedureStepDescription',
  'RequestAttributesSequence',
] as const;

const STUDY_TAGS = tags(STUDY_KEYWORDS);
const SERIES_TAGS = tags(SERIES_KEYWORDS);

const INSTANCE_TAGS = tags(['SOPClassUID', 'SOPInstanceUID', 'InstanceNumber', 'NumberOfFrames', 'Rows', 'Columns', 'BitsAllocated']);
const INDEXED_TAGS: readonly string[] = [...new Set([...STUDY_TAGS, ...SERIES_TAGS, ...INSTANCE_TAGS])];

function tags(keywords: readonly string[]): readonly string[] {
  return keywords
    .map((keyword) => {
      const tag = tagOf(keyword);
      if (tag === undefined) throw new DomainError('internal', `${keyword} is not in the dictionary`);
      return tag;
    })
    .sort();
}

/**
 * @throws invalid, with a code for a message: no-sop-instance-uid, no-sop-class-uid, no-study-instance-uid, no-series-instance-uid,
 * or unstorable-… when a UID cannot be part of a name in the object store.
 */
export function instanceAttributes(
  parsed: Pick<ParsedObject, 'fileMeta' | 'header' | 'frames' | 'characterSet'>,
  warn: (code: string) => void = () => {},
): IndexedAttributes {
  const { fileMeta } = parsed;
  const header = indexedElements(parsed);
  const sopInstanceUID = uid('sop-instance-uid', first(header, '00080018') ?? first(fileMeta, '00020003'));
  const sopClassUID = sopClass(first(header, '00080016') ?? first(fileMeta, '00020002'));
  const studyInstanceUID = uid('study-instance-uid', first(header, '0020000D'));
  const seriesInstanceUID = uid('series-instance-uid', first(header, '0020000E'));
  const frames = frameCount(parsed.frames) === 0 ? 0 : numberOfFrames(header);
  return {
    study: {
      studyInstanceUID: studyInstanceUID as StudyInstanceUID,
      patientID: text(header, '00100020'),
      issuerOfPatientID: text(header, '00100021'),
      patientName: searchableName(name(header, '00100010')),
      patientBirthDate: date(header, '00100030'),
      patientSex: text(header, '00100040'),
      studyDate: date(header, '00080020'),
      studyTime: text(header, '00080030'),
      accessionNumber: text(header, '00080050'),
      studyID: text(header, '00200010'),
      studyDescription: text(header, '00081030'),
      referringPhysicianName: searchableName(name(header, '00080090')),
      attributes: subset(header, STUDY_TAGS, warn),
    },
    series: {
      seriesInstanceUID: seriesInstanceUID as SeriesInstanceUID,
      modality: text(header, '00080060'),
      seriesNumber: integer(header, '00200011'),
      seriesDescription: text(header, '0008103E'),
      bodyPartExamined: text(header, '00180015'),
      performedProcedureStepStartDate: date(header, '00400244'),
      performedProcedureStepStartTime: text(header, '00400245'),
      requestAttributes: requestAttributes(header['00400275'], parsed.characterSet),
      attributes: subset(header, SERIES_TAGS, warn),
    },
    instance: {
      sopInstanceUID: sopInstanceUID as SOPInstanceUID,
      sopClassUID: sopClassUID as SOPClassUID,
      instanceNumber: integer(header, '00200013'),
      rows: integer(header, '00280010'),
      columns: integer(header, '00280011'),
      bitsAllocated: integer(header, '00280100'),
      numberOfFrames: frames,
      clip: isClip(parsed.header, frames),
      readingKey: readingKey(parsed.header),
      openingFrame: openingFrame(parsed.header, Math.min(frames, frameCount(parsed.frames))),
    },
  };
}

/** What is read below, attributes that the file has as UN by their dictionary VR. */
function indexedElements({ header, characterSet }: Pick<ParsedObject, 'header' | 'characterSet'>): DicomJson {
  const elements: DicomJson = {};
  for (const tag of INDEXED_TAGS) {
    const element = knownElement(header, tag, characterSet);
    if (element !== undefined) elements[tag] = element;
  }
  return elements;
}

function uid(what: string, value: string | undefined): string {
  const normalised = normaliseUID(value ?? '');
  if (normalised === '') throw new DomainError('invalid', `no-${what}`);
  if (!isObjectName(normalised)) throw new DomainError('invalid', `unstorable-${what}`);
  return normalised;
}

/** It names no object, so any printable text will do. */
function sopClass(value: string | undefined): string {
  const normalised = normaliseUID(value ?? '');
  if (normalised === '') throw new DomainError('invalid', 'no-sop-class-uid');
  if (!/^[\x20-\x7e]{1,128}$/.test(normalised)) throw new DomainError('invalid', 'unstorable-sop-class-uid');
  return normalised;
}

/** JSON of one attribute, and of all of a study or a series: every row of a list carries them. What is larger stays in the header alone. Characters. */
export const ATTRIBUTE_CHARS_MAX = 16 * 1024;
export const ATTRIBUTES_CHARS_MAX = 32 * 1024;

/** JSON is UTF-8, so the subset says ISO_IR 192 whatever the file declared. */
function subset(header: DicomJson, wanted: readonly string[], warn: (code: string) => void): DicomJson {
  const attributes: DicomJson = { '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } };
  let chars = 0;
  for (const tag of wanted) {
    const element = header[tag];
    if (element === undefined) continue;
    const length = charsOf(element);
    if (length > ATTRIBUTE_CHARS_MAX || chars + length > ATTRIBUTES_CHARS_MAX) {
      warn('attribute-not-in-lists');
      continue;
    }
    chars += length;
    attributes[tag] = element;
  }
  return attributes;
}

/** Of the element's JSON; of the short texts and numbers that most are, no less than that, without writing it. */
function charsOf(element: DicomJsonElement): number {
  const { Value } = element;
  const only = Value?.length === 1 ? Value[0] : undefined;
  if (typeof only === 'string' && only.length <= PLAIN_CHARS_MAX) return 32 + 6 * only.length;
  return typeof only === 'number' ? 64 : JSON.stringify(element).length;
}

/** A character is six in JSON at most. */
const PLAIN_CHARS_MAX = 64;

function first(dataset: DicomJson, tag: string): string | undefined {
  const value = dataset[tag]?.Value?.[0];
  return typeof value === 'string' ? value : undefined;
}

/** First value as text; NULs, which PostgreSQL cannot hold, are left out. */
function text(header: DicomJson, tag: string): string {
  const value = header[tag]?.Value?.[0];
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  return String(value).replaceAll('\0', '');
}

function date(header: DicomJson, tag: string): string {
  return normaliseDate(text(header, tag));
}

/** Items of one Request Attributes Sequence that a series is found by: one a request it answers, so there are few. */
export const REQUEST_ATTRIBUTES_MAX = 64;

function requestAttributes(sequence: DicomJsonElement | undefined, characterSet: ParsedObject['characterSet']): RequestAttributes[] {
  if (sequence?.vr !== 'SQ') return [];
  const items = (sequence.Value ?? []).slice(0, REQUEST_ATTRIBUTES_MAX).filter((item) => item !== null && typeof item === 'object');
  return items.map((item) => {
    const value = (tag: string) => {
      const element = knownElement(item as DicomJson, tag, characterSet);
      return element === undefined ? '' : text({ [tag]: element }, tag);
    };
    return { scheduledProcedureStepID: value('00400009'), requestedProcedureID: value('00401001') };
  });
}

/** A whole number that the attribute's VR, and so the index, can hold; null when absent or not one. */
function integer(header: DicomJson, tag: string): number | null {
  return wholeNumberOf(tag, header[tag]) ?? null;
}

function name(header: DicomJson, tag: string): PersonNameJson {
  const value = header[tag]?.Value?.[0];
  if (value === null || value === undefined) return {};
  if (typeof value === 'object') return value as PersonNameJson;
  return { Alphabetic: String(value) };
}
