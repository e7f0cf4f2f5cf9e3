/** Which patients may be one person, as soon as something new is known of one: worked out beside everything else, decided by the desk. */
import { blockKeys } from '../../domain/patients/block-keys.ts';
import { CandidateSearch } from '../../domain/patients/candidates.ts';
import type { PatientContact } from '../../domain/patients/demographics.ts';
import type { LinkProposal } from '../../domain/patients/patient.ts';
import type { MatchedPatient, MatchIndex } from '../../domain/patients/patient-index.ts';
import { type DescribedPatient, describedPatient, type PatientDescription } from '../../domain/patients/same-person.ts';

/** Patients in one transaction. */
export const MATCHED_AT_ONCE = 20;
/** Nothing is joined by itself: no region has agreed on it yet. */
export const MATCHING_POLICY = { automatic: false };

/** How many patients were looked at; 0: none waits, or another process is at it. */
export function proposeLinks({ matching }: { readonly matching: MatchIndex }, at: Date): Promise<number> {
  return matching.matchSome(MATCHED_AT_ONCE, { keysOf: (patient) => blockKeys(described(patient)), proposalsOf }, at);
}

function proposalsOf(patient: MatchedPatient, near: readonly MatchedPatient[]): readonly LinkProposal[] {
  const search = new CandidateSearch<MatchedPatient>([described(patient)], MATCHING_POLICY);
  for (const other of near) search.offer({ ref: other, person: other.personId, patient: described(other) });
  return (search.candidates()[0] ?? []).map(({ known, score, reasons }) => ({
    patient: patient.no,
    other: known.ref.no,
    score,
    reasons: reasons.map(({ code }) => code),
  }));
}

export function described({ owner, patientID, patientName, patientBirthDate, patientSex, contact }: MatchedPatient): DescribedPatient {
  const said = { name: patientName.folded, birthDate: patientBirthDate, sex: patientSex };
  return describedPatient({ facility: owner.id, patientID, ...said, ...contactOf(contact) });
}

export function contactOf({ insurance, ...contact }: PatientContact): Pick<PatientDescription, 'postalCode' | 'phone' | 'insurance'> {
  return insurance === undefined ? contact : { ...contact, insurance };
}
