/** The desk: which patients of the region's facilities are one person. It sees what facilities say of their patients, and no study. */
import { foldName } from '../../dicom/text/person-name.ts';
import { DomainError } from '../../domain/errors.ts';
import type { LinkId, PatientNo } from '../../domain/identifiers.ts';
import type { Patient, PatientLink } from '../../domain/patients/patient.ts';
import type { LinkIndex } from '../../domain/patients/patient-index.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import type { Proof, Proven } from '../../domain/people/credentials.ts';
import { type AuditEntry, actOfAdministrator, type SubjectOf } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';

/** Patients that one search of the desk shows; more are found by typing more. */
export const DESK_PATIENTS_MAX = 50;

interface Stores<Calls extends keyof LinkIndex> {
  readonly links: Pick<LinkIndex, Calls>;
}
type Recorded = { readonly audit: Pick<AuditLog, 'append'> };
interface Asked {
  readonly actor: PersonActor;
  readonly proof: Proof;
}

/** What waits, the likeliest first; on record, since it names patients of every facility. */
export async function linksWaiting(
  { links, audit }: Stores<'waiting'> & Recorded,
  actor: PersonActor,
  page: { readonly limit: number; readonly after?: LinkId },
): Promise<{ readonly links: readonly PatientLink[]; readonly next: LinkId | undefined }> {
  const found = await links.waiting({ ...page, limit: page.limit + 1 });
  const shown = found.slice(0, page.limit);
  await audit.append([{ ...actOfAdministrator(actor), action: 'patients-listed', what: { list: 'links', count: shown.length } }]);
  return { links: shown, next: found.length > page.limit ? shown.at(-1)?.id : undefined };
}

export interface DeskSearch {
  readonly patientID?: string;
  /** YYYYMMDD */
  readonly birthDate?: string;
  /** Some of it, in any script. */
  readonly name?: string;
}

export async function findPatients(
  { links, audit }: Stores<'find'> & Recorded,
  actor: PersonActor,
  { name, ...asked }: DeskSearch,
): Promise<{ readonly patients: readonly Patient[]; readonly more: boolean }> {
  const folded = name === undefined ? '' : foldName(name).replaceAll(' ', '');
  const found = await links.find({ ...asked, ...(folded === '' ? {} : { name: folded }) }, DESK_PATIENTS_MAX + 1);
  const patients = found.slice(0, DESK_PATIENTS_MAX);
  await audit.append([
    { ...actOfAdministrator(actor), action: 'patients-listed', what: { list: 'desk-patients', count: patients.length } },
  ]);
  return { patients, more: found.length > DESK_PATIENTS_MAX };
}

/** A patient, whom it is joined with, and what was ever said of it. @throws not-found */
export async function openPatient(
  { links, audit }: Stores<'patient' | 'patientsOfPerson' | 'linksOf'> & Recorded,
  actor: PersonActor,
  no: PatientNo,
): Promise<{ readonly patient: Patient; readonly joined: readonly Patient[]; readonly links: readonly PatientLink[] }> {
  const patient = await patientBy(links, no);
  const [person, history] = await Promise.all([links.patientsOfPerson(patient.personId), links.linksOf(no)]);
  await audit.append([
    {
      ...actOfAdministrator(actor),
      action: 'patients-listed',
      what: { list: 'desk-patient', count: person.length, ...whatPatient(patient) },
    },
  ]);
  return { patient, joined: person.filter((other) => other.no !== no), links: history };
}

/** Somebody says that two are one person: it waits to be decided like what was worked out. @throws as `LinkIndex.propose` */
export function proposeLink(
  { links }: Stores<'propose'>,
  { actor, proof }: Asked,
  pair: { readonly patient: PatientNo; readonly other: PatientNo },
): Promise<PatientLink> {
  const entry = ({ id, patient, other }: PatientLink): AuditEntry => ({
    ...actOfAdministrator(actor),
    action: 'link-proposed',
    what: whatPair(id, patient, other),
  });
  return links.propose(pair, actor.userId, (link) => [entry(link)], provenOf({ actor, proof }));
}

/** @throws not-found; conflict; unauthenticated, denied when what proves who asks has ended meanwhile */
export function decideLink(
  { links }: Stores<'decide'>,
  { actor, proof }: Asked,
  id: LinkId,
  state: 'confirmed' | 'rejected',
): Promise<PatientLink> {
  const entry = ({ patient, other, reasons }: PatientLink): AuditEntry => ({
    ...actOfAdministrator(actor),
    action: state === 'confirmed' ? 'link-confirmed' : 'link-rejected',
    what: { ...whatPair(id, patient, other), ...(reasons.length === 0 ? {} : { reasons }) },
  });
  return links.decide(id, { state, by: actor.userId }, (link) => [entry(link)], provenOf({ actor, proof }));
}

/** Takes a patient out of its person: every link that joins it is undone, and is on record. @throws as `decideLink` */
export async function separatePatient(
  { links }: Stores<'separate'>,
  { actor, proof }: Asked,
  no: PatientNo,
): Promise<readonly PatientLink[]> {
  const entry = ({ id, patient, other }: PatientLink): AuditEntry => ({
    ...actOfAdministrator(actor),
    action: 'link-undone',
    what: whatPair(id, patient, other),
  });
  return links.separate(no, actor.userId, (undone) => undone.map(entry), provenOf({ actor, proof }));
}

function provenOf({ actor, proof }: Asked): Proven {
  return { userId: actor.userId, proof: { ...proof, administrator: true } };
}

function whatPatient({ owner, patientID }: Patient) {
  return { ownerFacilityCode: owner.code, patientID };
}

function whatPair(linkId: LinkId, patient: Patient, other: Patient): SubjectOf<'link-confirmed'> {
  return { linkId, ...whatPatient(patient), otherFacilityCode: other.owner.code, otherPatientID: other.patientID };
}

async function patientBy(links: Pick<LinkIndex, 'patient'>, no: PatientNo): Promise<Patient> {
  const found = await links.patient(no);
  if (found === undefined) throw new DomainError('not-found', 'there is no such patient');
  return found;
}
