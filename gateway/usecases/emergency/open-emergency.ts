/** A doctor opens the images of one person in an emergency. They say whom they mean first, and are told no more than that there is such a person, and where. */
import { foldName } from '../../dicom/text/person-name.ts';
import type { Clock } from '../../domain/clock.ts';
import {
  EMERGENCIES_LISTED_MAX,
  EMERGENCY_MS,
  type Emergency,
  type EmergencyCategory,
  type Identification,
  type Identified,
  identifiedBy,
} from '../../domain/emergency/emergency.ts';
import type { EmergencyIndex, FoundPerson, OpenedEmergency } from '../../domain/emergency/emergency-index.ts';
import { DomainError } from '../../domain/errors.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import { type Proof, provenAtWork, type Slowing } from '../../domain/people/credentials.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import { type ActOf, actBy, auditWho, type RefusalLog } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import type { StudyAccess } from '../access/see-study.ts';

/**
 * Persons whom one doctor may look for: ten at once, then one in 1, 2, … 30 minutes, and one more each half hour. Who is opened does not count: a
 * disaster brings many at once, who looks around opens none. The same on all nodes.
 */
export const EMERGENCY_SEARCHES: Slowing = { free: 10, waitMs: 60_000, waitMsMax: 30 * 60_000, forgivenInMs: 30 * 60_000, how: 'wait' };

interface SearchStores {
  readonly emergencies: Pick<EmergencyIndex, 'findPerson'>;
  readonly people: Pick<PeopleIndex, 'admitAttempt'>;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly refusals: RefusalLog;
  readonly clock: Clock;
}

type OpenStores = SearchStores & {
  readonly emergencies: Pick<EmergencyIndex, 'open'>;
  readonly people: Pick<PeopleIndex, 'forgiveAttempt'>;
  readonly access: Pick<StudyAccess, 'forget'>;
};

export interface EmergencySaid {
  readonly patientID?: string;
  /** YYYYMMDD */
  readonly birthDate?: string;
  /** In any script, whole. */
  readonly name?: string;
}

/** One person of whom others hold images, or why there is none to be told of. @throws invalid when too little is said; too-many */
export async function searchEmergency(
  stores: SearchStores,
  actor: PersonActor,
  facility: FacilityRef,
  said: EmergencySaid,
): Promise<FoundPerson | 'nobody' | 'several'> {
  const asked = identified(said);
  const by = identifiedBy(asked);
  if (by === undefined)
    throw new DomainError('invalid', 'say two of patient ID, birth date and name', { ids: { reason: 'identify-by-two' } });
  const { people, clock, refusals } = stores;
  const now = clock.now();
  const admission = await people.admitAttempt([{ key: searchKey(actor), slowing: EMERGENCY_SEARCHES }], now);
  if (!admission.admitted) {
    const how = { outcome: 'refused', who: auditWho(actor), remoteAddress: actor.remoteAddress } as const;
    await refusals.refused({ ...how, action: 'access-refused', what: { asked: 'emergency.open' }, refusal: 'looked-for-too-many' });
    const retryAfterSeconds = Math.max(1, Math.ceil((admission.retryAt.getTime() - now.getTime()) / 1000));
    throw new DomainError('too-many', 'too many patients were looked for', { ids: { reason: 'emergency-searches', retryAfterSeconds } });
  }
  const found = await stores.emergencies.findPerson(asked, facility.id);
  await stores.audit.append([searched(actor, by, found)]);
  return found;
}

/**
 * From now on the doctor sees what others hold of the person, for a day; those concerned are told. Whom it is about is said again: no number of a search opens
 * anything.
 * @throws invalid; not-found: nobody fits, or several do; too-many; conflict as `EmergencyIndex.open`; unauthenticated, denied
 */
export async function openEmergency(
  stores: OpenStores,
  { actor, proof }: { readonly actor: PersonActor; readonly proof: Proof },
  facility: FacilityRef,
  said: EmergencySaid,
  why: { readonly category: EmergencyCategory; readonly reason: string; readonly despiteObjection: boolean },
): Promise<Emergency> {
  const found = await searchEmergency(stores, actor, facility, said);
  if (typeof found === 'string')
    throw new DomainError('not-found', 'there is no such person here', {
      ids: { reason: found === 'several' ? 'several-persons' : 'nobody-found' },
    });
  const until = new Date(stores.clock.now().getTime() + EMERGENCY_MS);
  const reader = { id: actor.userId, job: actor.job, facilityId: facility.id };
  const wish = { ...why, patient: found.patient.no, reader, until };
  const by = identifiedBy(identified(said)) as Identification;
  const made = await stores.emergencies.open(wish, (opened) => entriesOf(actor, facility, by, found, opened), provenAtWork(actor, proof));
  for (const studyInstanceUID of made.studies) stores.access.forget(studyInstanceUID);
  // This search, and the one before it.
  const key = { key: searchKey(actor), clears: false };
  await stores.people.forgiveAttempt([key]);
  await stores.people.forgiveAttempt([key]);
  return made.emergency;
}

/** The reader's own, on record since it names patients. */
export async function ownEmergencies(
  stores: { readonly emergencies: Pick<EmergencyIndex, 'ofReader'>; readonly audit: Pick<AuditLog, 'append'> },
  actor: PersonActor,
): Promise<readonly Emergency[]> {
  const found = await stores.emergencies.ofReader(actor.userId, EMERGENCIES_LISTED_MAX);
  if (found.length > 0) await stores.audit.append([listed(actor, found.length)]);
  return found;
}

export function listed(actor: PersonActor, count: number): ActOf<'patients-listed'> {
  return { action: 'patients-listed', ...actBy(actor), what: { list: 'emergencies', count } };
}

const searchKey = (actor: PersonActor) => `emergency-search|${actor.userId}`;

function identified({ name, patientID, birthDate }: EmergencySaid): Identified {
  const folded = name === undefined ? '' : foldName(name).replaceAll(' ', '');
  return {
    ...(patientID === undefined || patientID === '' ? {} : { patientID }),
    ...(birthDate === undefined || birthDate === '' ? {} : { birthDate }),
    ...(folded === '' ? {} : { name: folded }),
  };
}

function searched(actor: PersonActor, by: Identification, found: FoundPerson | 'nobody' | 'several'): ActOf<'emergency-searched'> {
  const whom =
    typeof found === 'string'
      ? { finding: found }
      : {
          finding: 'somebody' as const,
          ownerFacilityCode: found.patient.owner,
          patientID: found.patient.patientID,
          personId: found.personId,
        };
  return {
    action: 'emergency-searched',
    ...actBy(actor),
    what: { identifiedBy: by, ...whom },
    right: { kind: 'emergency' },
  };
}

/** One an owner and patient, so that each finds it in its own record. */
function entriesOf(
  actor: PersonActor,
  facility: FacilityRef,
  by: Identification,
  { personId }: FoundPerson,
  { emergency, opened }: OpenedEmergency,
): readonly ActOf<'emergency-opened'>[] {
  const { id, category, until, despiteObjection } = emergency;
  return opened.map(({ owner, patientID, studies }) => ({
    action: 'emergency-opened',
    ...actBy(actor),
    what: {
      emergencyId: id,
      ownerFacilityCode: owner,
      patientID,
      personId,
      count: studies,
      category,
      until: until.toISOString(),
      identifiedBy: by,
      ...(despiteObjection ? { despiteObjection } : {}),
    },
    toFacilityCode: facility.code,
    right: { kind: 'emergency', grant: id },
  }));
}
