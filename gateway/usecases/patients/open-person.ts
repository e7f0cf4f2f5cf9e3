import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { PatientNo } from '../../domain/identifiers.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import type { PersonSeen, StudyOfPerson } from '../../domain/patients/patient.ts';
import type { PatientIndex } from '../../domain/patients/patient-index.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import { auditWho, type RefusalLog } from '../../domain/record/audit.ts';
import { askerOf } from '../../domain/sharing/audience.ts';
import { actorKey } from '../access/see-study.ts';
import { createOncePerListing } from '../record/once-in-window.ts';
import type { ViewRecorder } from '../record/record-view.ts';

export interface OpenedPerson {
  readonly person: PersonSeen;
  /** The newest first, at most PERSON_STUDIES_MAX; fewer than `person.studies` when there are more. */
  readonly studies: readonly StudyOfPerson[];
}

/**
 * The person that one patient is, and all that the asker may see of it, from every facility. `tag`: another one when the answer may be another;
 * where it is the one that `isKnown`, nothing more is read.
 * @throws not-found alike for a patient that is not there and for one of whom the asker may see nothing, though they may of another that is the
 * same person; unavailable when the person changed while it was read
 */
export type PersonOpener = (
  actor: PersonActor,
  facility: FacilityRef,
  no: PatientNo,
  isKnown: (tag: string) => boolean,
) => Promise<{ readonly tag: string; readonly opened?: OpenedPerson }>;

export function createPersonOpener(stores: {
  readonly studies: Pick<StudyIndex, 'listRevision'>;
  readonly patients: Pick<PatientIndex, 'personOf' | 'studiesOf'>;
  readonly recorder: Pick<ViewRecorder, 'personListed'>;
  readonly refusals: RefusalLog;
  readonly clock: Clock;
  readonly monotonicMs?: () => number;
}): PersonOpener {
  const once = createOncePerListing(stores.monotonicMs);
  return async (actor, facility, no, isKnown) => {
    const asker = askerOf(actor, facility);
    const now = stores.clock.now();
    // Before the person is: what changes in between changes the next tag.
    const revision = await stores.studies.listRevision(facility.id, now);
    const person = await stores.patients.personOf(asker, no, now);
    if (person === undefined || !isOf(person, no)) return refuse(stores.refusals, actor);
    const tag = tagOf(actor, facility, no, person, revision);
    if (isKnown(tag)) return { tag };
    const numbers = new Set(person.patients.map((patient) => patient.no));
    // A link that was made since has not been told of: its studies come with the next look.
    const studies = (await stores.patients.studiesOf(asker, person.personId, now)).filter(({ study }) => numbers.has(study.patientNo));
    if (studies.length === 0) throw new DomainError('unavailable', 'the person has changed while it was read');
    const answer = [no, person.patients.map((patient) => patient.no), studies.map(({ study }) => study.id)];
    await once(actor, answer, () => stores.recorder.personListed(actor, listedOf(person)));
    return { tag, opened: { person, studies } };
  };
}

function isOf({ patients }: PersonSeen, no: PatientNo): boolean {
  return patients.some((patient) => patient.no === no);
}

/** Who tries numbers is on record. */
async function refuse(refusals: RefusalLog, actor: PersonActor): Promise<never> {
  await refusals.refused({
    action: 'access-refused',
    outcome: 'refused',
    who: auditWho(actor),
    remoteAddress: actor.remoteAddress,
    what: { asked: 'patient.view' },
    refusal: 'not-owned-and-not-shared',
  });
  throw new DomainError('not-found', 'there is no such patient here', { ids: { reason: 'patient' } });
}

function tagOf(actor: PersonActor, { id }: FacilityRef, no: PatientNo, { patients, studies }: PersonSeen, revision: string): string {
  const what = [
    actorKey(actor),
    id,
    actor.job,
    actor.administrator,
    actor.rights,
    no,
    patients.map((patient) => patient.no),
    studies,
    revision,
  ];
  return createHash('sha256').update(JSON.stringify(what)).digest('base64url');
}

function listedOf({ personId, patients, studiesOf }: PersonSeen) {
  return patients.map(({ owner, patientID }, at) => ({ ownerFacilityCode: owner.code, patientID, personId, count: studiesOf[at] ?? 0 }));
}
