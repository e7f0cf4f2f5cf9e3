/** Consents as the domain knows them. */
import type { Consent, ConsentScope, ConsentWish } from '../../../gateway/domain/consent/consent.ts';
import { endsWithDeath, needsPostedNotice } from '../../../gateway/domain/consent/consent-covers.ts';
import type { KeptConsent } from '../../../gateway/domain/consent/consent-index.ts';
import type { ConsentId, FacilityCode, FacilityId, PatientNo, StudyId, UserId } from '../../../gateway/domain/identifiers.ts';
import type { Row } from '../postgres/pool.ts';
import { toDocument } from './posted-notices.ts';

/** The end of what holds until it is withdrawn: a row of study_access that is no owner's has one. */
const WITHOUT_TERM = new Date('9999-12-31T00:00:00Z');

export const untilOf = (until: Date | undefined) => until ?? WITHOUT_TERM;

const HANGS = 'EXISTS (SELECT FROM posted_notices n WHERE n.facility_id = p.facility_id AND n.removed_at IS NULL)';
const DIED = "(SELECT to_char(min(d.died_on), 'YYYY-MM-DD') FROM patients d WHERE d.person_id = p.person_id)";

/** p = patients */
export const CIRCUMSTANCES = `${HANGS} AS notice_posted, ${DIED} AS died_on`;

export const CONSENT = `
  SELECT k.*, p.facility_id, p.patient_id, o.code, o.name, g.until, g.created_at, g.created_by, u.name AS taken_by_name, g.withdrawn_at,
    coalesce(w.facility_id <> p.facility_id, false) AS withdrawn_elsewhere, ${CIRCUMSTANCES},
    (SELECT count(DISTINCT a.study_id)::integer FROM study_access a JOIN studies s ON s.study_id = a.study_id
      WHERE a.grant_id = k.grant_id AND a.kind = 'consent' AND s.facility_id = p.facility_id) AS studies,
    (SELECT coalesce(json_agg(json_build_object('id', f.facility_id::text, 'code', f.code, 'name', f.name) ORDER BY f.code), '[]')
      FROM facilities f WHERE f.facility_id = ANY (coalesce(k.to_facilities, '{}') || k.except_facilities)) AS named
  FROM consents k JOIN grants g ON g.grant_id = k.grant_id JOIN patients p ON p.patient_no = k.patient_no
    JOIN facilities o ON o.facility_id = p.facility_id LEFT JOIN users u ON u.user_id = g.created_by
    LEFT JOIN users w ON w.user_id = g.withdrawn_by`;

/** Members of a row of `consents`, all but its number. */
export function toColumns({ patientNo, scope, basis, formVersion }: ConsentWish, takenAt: Date): Readonly<Record<string, unknown>> {
  const rule = { basis, takenAt };
  return {
    patient_no: patientNo,
    basis: basis.kind,
    relation: basis.relation ?? null,
    ground: basis.ground ?? null,
    document_key: basis.document?.key ?? null,
    document_type: basis.document?.mediaType ?? null,
    form_version: formVersion,
    to_facilities: scope.to === 'region' ? null : scope.to.facilities,
    except_facilities: scope.exceptFacilities,
    modalities: scope.modalities,
    study_date_from: scope.studyDateFrom ?? null,
    study_date_to: scope.studyDateTo ?? null,
    except_studies: scope.exceptStudies,
    needs_notice: needsPostedNotice(rule),
    ends_with_death: endsWithDeath(rule),
  };
}

export function toKept(row: Row): KeptConsent {
  return {
    consent: toConsent(row),
    patientID: row['patient_id'],
    circumstances: { noticePosted: row['notice_posted'], diedOn: row['died_on'] ?? undefined },
    named: row['named'],
    studies: row['studies'],
  };
}

function toConsent(row: Row): Consent {
  const until = row['until'] as Date;
  return {
    id: row['grant_id'] as ConsentId,
    patientNo: row['patient_no'] as PatientNo,
    facility: { id: row['facility_id'] as FacilityId, code: row['code'] as FacilityCode, name: row['name'] },
    scope: toScope(row),
    basis: { kind: row['basis'], document: toDocument(row), relation: row['relation'] ?? undefined, ground: row['ground'] ?? undefined },
    takenAt: row['created_at'],
    takenBy: row['created_by'] === null ? undefined : { id: row['created_by'] as UserId, name: row['taken_by_name'] },
    until: until.getTime() === WITHOUT_TERM.getTime() ? undefined : until,
    formVersion: row['form_version'],
    withdrawnAt: row['withdrawn_at'] ?? undefined,
    withdrawnElsewhere: row['withdrawn_elsewhere'],
  };
}

function toScope(row: Row): ConsentScope {
  return {
    to: row['to_facilities'] === null ? 'region' : { facilities: row['to_facilities'] as FacilityId[] },
    exceptFacilities: row['except_facilities'] as FacilityId[],
    modalities: row['modalities'],
    studyDateFrom: row['study_date_from'] ?? undefined,
    studyDateTo: row['study_date_to'] ?? undefined,
    exceptStudies: row['except_studies'] as StudyId[],
  };
}
