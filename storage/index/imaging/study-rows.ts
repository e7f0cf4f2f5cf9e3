/** Columns and rows of studies, series and instances as the domain knows them. Used by studies.ts and query.ts. */

import type {
  FacilityCode,
  FacilityId,
  InstanceId,
  ObjectKey,
  PatientNo,
  SeriesId,
  SeriesInstanceUID,
  Sha256,
  SOPClassUID,
  SOPInstanceUID,
  StudyId,
  StudyInstanceUID,
  TransferSyntaxUID,
  VersionId,
} from '../../../gateway/domain/identifiers.ts';
import type { DicomJson, PersonNameJson } from '../../../gateway/domain/imaging/dataset.ts';
import type { IndexedInstance, IndexedSeries, IndexedStudy, SearchableName } from '../../../gateway/domain/imaging/study.ts';
import type { Grant, StudyRight } from '../../../gateway/domain/sharing/access.ts';
import type { Row } from '../postgres/pool.ts';

/** s = studies, a = study_access, f = facilities (the owner), told and opening = `BESIDE`. Not unique beside series' columns: those are prefixed. */
export const STUDY_COLUMNS = `
  s.study_id, s.facility_id AS owner_id, f.code AS owner_code, f.name AS owner_name, a.granted_at, coalesce(a.opened_at, opening.opened_at) AS opened_at,
  s.study_instance_uid, s.ordinal, s.patient_no, s.patient_id, s.issuer_of_patient_id,
  s.patient_name, s.patient_name_alphabetic, s.patient_name_ideographic, s.patient_name_phonetic,
  s.patient_birth_date, s.patient_sex, s.study_date, s.study_time, s.accession_number, s.dicom_study_id, s.study_description,
  s.referring_physician_name, s.referring_physician_name_alphabetic, s.referring_physician_name_ideographic,
  s.referring_physician_name_phonetic, s.attributes AS study_attributes, told.modalities, told.number_of_series,
  told.number_of_instances AS study_number_of_instances, told.number_of_images AS study_number_of_images,
  told.number_of_clips AS study_number_of_clips, s.first_received_at, s.last_received_at, told.complete_at`;

/** A row of study_access that gives a right now to who asks. $1 is the asking facility, $2 the time, $3 who of it asks (`audiencesOf`). */
export function gives(access: string): string {
  return `${inRanges(access)} AND ${givesInRange(access)}`;
}

function inRanges(access: string): string {
  return `${access}.facility_id IN ($1, 0) AND $1::bigint <> ALL (${access}.not_to)`;
}

/** Rows that the asking facility may find are two ranges of each index by facility: its own, and what is given to the whole region, but not to it. a = study_access. */
export const OWN_RANGE = 'a.facility_id = $1';
export const REGION_RANGE = 'a.facility_id = 0 AND $1::bigint <> ALL (a.not_to)';
export const BOTH_RANGES = inRanges('a');

/** As `gives`, of a row in one of the ranges. */
export function givesInRange(access: string): string {
  return `${access}.audience = ANY($3::text[]) AND ${inForce(access)}`;
}

function inForce(access: string): string {
  return `${access}.listed AND (${access}.until IS NULL OR ${access}.until > $2) AND (${access}.not_before IS NULL OR ${access}.not_before <= $2)`;
}

/** What is asked of a right by functions of the database, whose plans a connection keeps: 0010-rights-of-a-page.sql. */
const ASKING = '$1, $2, $3';

/** Of several rows that give a right to one study the first that was given, so that a study is one row of a list: a = study_access. */
export const STANDS_FOR_STUDY = `(a.alone OR a.grant_id = first_grant(a.study_id, ${ASKING}))`;

/** All rights to a study, the first given first. */
export function rightsTo(study: string): string {
  return `rights_to(${study}, ${ASKING})`;
}

/** A series is there for who asks when some right to its study does not hold it back. */
export function isShown(series: string): string {
  return `shows_series(${series}.study_id, ${series}.series_instance_uid, ${ASKING})`;
}

/** Nobody of the asking facility has opened it: a = study_access. */
export const IS_UNOPENED = `a.opened_at IS NULL AND (a.facility_id <> 0 OR NOT EXISTS (
    SELECT FROM study_openings o WHERE o.study_id = a.study_id AND o.facility_id = $1))`;

/** a = study_access: where nothing is held back, as nearly everywhere, the series are not looked at. */
export const HOLDS_NOTHING_BACK = "a.held_back = '{}'";

/** Which of the studies under a UID its asker means: a = study_access, s = studies. Own before shared, the first before later ones. */
export const FIRST_MEANT = "a.kind <> 'owner', CASE a.kind WHEN 'owner' THEN '-infinity' ELSE a.granted_at END, s.study_id";

/** What is told of the studies of a page (`PAGE_COLUMNS` of study_access) by who asks: $1 to $3 as for `gives`. `studies_told` says what. */
export const BESIDE = `JOIN studies_told(ARRAY(SELECT study_id FROM page), ${ASKING}) told ON told.told_id = a.study_id
  LEFT JOIN study_openings opening ON opening.study_id = a.study_id AND opening.facility_id = $1`;
export const BESIDE_COLUMNS = 'told.besides, told.shadowed, told.rights';

/** a = study_access */
export const PAGE_COLUMNS = 'a.study_id, a.kind, a.granted_at, a.opened_at, a.study_date, a.study_time';

/** The studies of a page, a common table expression of that name, as `toIndexedStudy` reads them. */
export const PAGE_OF_STUDIES = `FROM page a JOIN studies s ON s.study_id = a.study_id JOIN facilities f ON f.facility_id = s.facility_id
  ${BESIDE}`;

/** e = series */
export const SERIES_COLUMNS = `
  e.series_id, e.study_id AS series_study_id, e.series_instance_uid, e.modality, e.series_number, e.series_description, e.body_part_examined,
  e.performed_procedure_step_start_date, e.performed_procedure_step_start_time, e.scheduled_procedure_step_ids, e.requested_procedure_ids,
  e.attributes AS series_attributes,
  e.number_of_instances AS series_number_of_instances,
  e.number_of_instances + e.more_images AS series_number_of_images, e.number_of_clips AS series_number_of_clips, e.metadata_key, e.metadata_etag, e.metadata_revision, e.revision`;

/** i = instances, v = their current version */
export const INSTANCE_COLUMNS = `
  i.instance_id, i.version_id, i.series_id AS instance_series_id, i.sop_instance_uid, i.sop_class_uid, i.instance_number, i.rows, i.columns,
  i.bits_allocated, i.number_of_frames, i.clip, i.reading_key, i.opening_frame, v.object_key, v.bytes, encode(v.sha256, 'hex') AS sha256, v.transfer_syntax_uid, v.data_set_offset`;

export function toRights(row: Row): readonly StudyRight[] {
  return (row['rights'] as readonly Row[]).map((right) =>
    right['kind'] === 'owner'
      ? { kind: 'owner' }
      : {
          kind: right['kind'] as Grant['kind'],
          grantId: right['grantId'],
          audience: right['audience'],
          notBefore: right['notBefore'] === null ? undefined : new Date(right['notBefore']),
          until: new Date(right['until']),
          mayDownload: right['mayDownload'],
          heldBack: right['heldBack'],
          heldBackState: right['heldBackState'],
        },
  );
}

export function toIndexedStudy(row: Row): IndexedStudy {
  return {
    id: row['study_id'] as StudyId,
    owner: { id: row['owner_id'] as FacilityId, code: row['owner_code'] as FacilityCode, name: row['owner_name'] },
    ordinal: row['ordinal'],
    patientNo: row['patient_no'] as PatientNo,
    besides: row['besides'],
    shadowed: row['shadowed'],
    rights: toRights(row),
    study: {
      studyInstanceUID: row['study_instance_uid'] as StudyInstanceUID,
      patientID: row['patient_id'],
      issuerOfPatientID: row['issuer_of_patient_id'],
      patientName: toName(row, 'patient_name'),
      patientBirthDate: row['patient_birth_date'],
      patientSex: row['patient_sex'],
      studyDate: row['study_date'],
      studyTime: row['study_time'],
      accessionNumber: row['accession_number'],
      studyID: row['dicom_study_id'],
      studyDescription: row['study_description'],
      referringPhysicianName: toName(row, 'referring_physician_name'),
      attributes: JSON.parse(row['study_attributes']) as DicomJson,
    },
    modalitiesInStudy: row['modalities'],
    numberOfStudyRelatedSeries: row['number_of_series'],
    numberOfStudyRelatedInstances: row['study_number_of_instances'],
    numberOfImages: row['study_number_of_images'],
    numberOfClips: row['study_number_of_clips'],
    arrivedAt: row['granted_at'],
    openedAt: row['opened_at'] ?? undefined,
    firstReceivedAt: row['first_received_at'],
    lastReceivedAt: row['last_received_at'],
    completeAt: row['complete_at'] ?? undefined,
  };
}

function toName(row: Row, column: string): SearchableName {
  return {
    value: JSON.parse(row[column]) as PersonNameJson,
    folded: {
      alphabetic: row[`${column}_alphabetic`],
      ideographic: row[`${column}_ideographic`],
      phonetic: row[`${column}_phonetic`],
    },
  };
}

export function toIndexedSeries(row: Row): IndexedSeries {
  const settled = row['metadata_key'] !== null && row['metadata_revision'] === row['revision'];
  return {
    id: row['series_id'] as SeriesId,
    studyId: row['series_study_id'] as StudyId,
    studyInstanceUID: row['study_instance_uid'] as StudyInstanceUID,
    ordinal: row['ordinal'],
    series: {
      seriesInstanceUID: row['series_instance_uid'] as SeriesInstanceUID,
      modality: row['modality'],
      seriesNumber: row['series_number'],
      seriesDescription: row['series_description'],
      bodyPartExamined: row['body_part_examined'],
      performedProcedureStepStartDate: row['performed_procedure_step_start_date'],
      performedProcedureStepStartTime: row['performed_procedure_step_start_time'],
      requestAttributes: (row['scheduled_procedure_step_ids'] as string[]).map((scheduledProcedureStepID, item) => ({
        scheduledProcedureStepID,
        requestedProcedureID: (row['requested_procedure_ids'] as string[])[item] ?? '',
      })),
      attributes: JSON.parse(row['series_attributes']) as DicomJson,
    },
    numberOfSeriesRelatedInstances: row['series_number_of_instances'],
    numberOfImages: row['series_number_of_images'],
    numberOfClips: row['series_number_of_clips'],
    metadata: settled ? { key: row['metadata_key'] as ObjectKey, etag: row['metadata_etag'] } : undefined,
    revision: row['revision'],
  };
}

export function toIndexedInstance(row: Row): IndexedInstance {
  return {
    id: row['instance_id'] as InstanceId,
    versionId: row['version_id'] as VersionId,
    seriesId: row['instance_series_id'] as SeriesId,
    studyInstanceUID: row['study_instance_uid'] as StudyInstanceUID,
    seriesInstanceUID: row['series_instance_uid'] as SeriesInstanceUID,
    instance: {
      sopInstanceUID: row['sop_instance_uid'] as SOPInstanceUID,
      sopClassUID: row['sop_class_uid'] as SOPClassUID,
      instanceNumber: row['instance_number'],
      rows: row['rows'],
      columns: row['columns'],
      bitsAllocated: row['bits_allocated'],
      numberOfFrames: row['number_of_frames'],
      clip: row['clip'],
      readingKey: row['reading_key'],
      openingFrame: row['opening_frame'],
    },
    object: {
      key: row['object_key'] as ObjectKey,
      bytes: Number(row['bytes']),
      sha256: row['sha256'] as Sha256,
      transferSyntaxUID: row['transfer_syntax_uid'] as TransferSyntaxUID,
      dataSetOffset: Number(row['data_set_offset']),
    },
  };
}
