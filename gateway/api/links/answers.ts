/** Patients and links in the contract's shapes. */
import type { Patient, PatientLink } from '../../domain/patients/patient.ts';
import type { DeskPatient, Link } from '../contract/links.ts';

export function deskPatientAnswer(patient: Patient): DeskPatient {
  return {
    id: patient.no,
    facility: { code: patient.owner.code, name: patient.owner.name },
    patientID: patient.patientID,
    issuerOfPatientID: patient.issuerOfPatientID,
    patientName: patient.patientName.value,
    patientBirthDate: patient.patientBirthDate,
    patientSex: patient.patientSex,
    person: patient.personId,
  };
}

export function linkAnswer(link: PatientLink): Link {
  return {
    id: link.id,
    state: link.state,
    patient: deskPatientAnswer(link.patient),
    other: deskPatientAnswer(link.other),
    score: link.score ?? null,
    reasons: [...link.reasons],
    proposedAt: link.proposedAt.toISOString(),
    decidedAt: link.decidedAt?.toISOString() ?? null,
    undoneAt: link.undoneAt?.toISOString() ?? null,
  };
}
