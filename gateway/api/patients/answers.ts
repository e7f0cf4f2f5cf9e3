/** Patients and persons in the contract's shapes. */
import type { Patient, PersonSeen } from '../../domain/patients/patient.ts';
import type { Actor } from '../../domain/people/actor.ts';
import type { ListedPerson as PersonInList } from '../../usecases/patients/list-patients.ts';
import type { OpenedPerson } from '../../usecases/patients/open-person.ts';
import type { ListedPerson, PatientSummary, PersonDetail, PersonSummary } from '../contract/patients.ts';
import { studySummary } from '../studies/answers.ts';

function personSummary({ patients, studies, unopened, newest }: PersonSeen): PersonSummary {
  return {
    patients: patients.map(patientSummary),
    studyCount: studies,
    unopenedCount: unopened,
    newestStudyDate: newest.studyDate,
  };
}

export function listedPerson(actor: Actor, { seen, study }: PersonInList, now: Date): ListedPerson {
  const { studyInstanceUID, exact, shown, sharedUntil, given } = studySummary(actor, study, now);
  return { ...personSummary(seen), study: { studyInstanceUID, exact, shown, sharedUntil, given } };
}

function patientSummary({ no, owner, patientID, patientName, patientBirthDate, patientSex }: Patient): PatientSummary {
  return {
    id: no,
    owner: { code: owner.code, name: owner.name },
    patientID,
    patientName: patientName.value,
    patientBirthDate,
    patientSex,
  };
}

export function personDetail(actor: Actor, { person, studies }: OpenedPerson, now: Date): PersonDetail {
  return {
    ...personSummary(person),
    studies: studies.map(({ study, bodyParts }) => ({ ...studySummary(actor, study, now), bodyParts: [...bodyParts] })),
  };
}
