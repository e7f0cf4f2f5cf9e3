/** Emergencies in the contract's shapes. */
import { isRunning, type Emergency as Kept } from '../../domain/emergency/emergency.ts';
import type { FoundPerson, ToldCount } from '../../domain/emergency/emergency-index.ts';
import type { FacilityRef, PersonActor } from '../../domain/people/actor.ts';
import { nameInLatin } from '../../domain/people/romaji.ts';
import { decide } from '../../domain/sharing/access.ts';
import type { Emergency, EmergencyFinding, ToldEmergencies } from '../contract/emergencies.ts';

export function findingAnswer(found: FoundPerson | 'nobody' | 'several'): EmergencyFinding {
  if (typeof found === 'string') return { finding: found, facilities: [], objected: false };
  return { finding: 'somebody', facilities: found.facilities.map(({ code, name }) => ({ code, name })), objected: found.objected };
}

/** To whoever opened it, as one of the owners knows the patient; to a facility as it knows them; to the region as the first does. */
type For = { readonly reader: true } | { readonly facility: FacilityRef } | { readonly region: true };

export function emergencyAnswer(actor: PersonActor, kept: Kept, whose: For, now: Date): Emergency {
  const { id, reader, category, despiteObjection, openedAt, until, endedAt, studies, reviews } = kept;
  const mayReview = isTheirsToReview(actor, kept, whose);
  const reviewing = !('facility' in whose) || (decide(actor, 'emergency.review').allowed && ownsSome(kept, whose.facility));
  return {
    id,
    reader: {
      id: reader.id,
      name: reader.name,
      nameRomaji: nameInLatin(reader),
      job: reader.job,
      facility: { code: reader.facility.code, name: reader.facility.name },
    },
    category,
    reason: reviewing ? kept.reason : null,
    despiteObjection,
    openedAt: openedAt.toISOString(),
    until: until.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    running: isRunning(kept, now),
    patient: patientOf(kept, whose),
    studies,
    reviews: reviews.map(({ facility: { code, name }, decided }) => ({
      facility: { code, name },
      verdict: decided?.verdict ?? null,
      words: reviewing ? (decided?.words ?? null) : null,
      at: decided?.at.toISOString() ?? null,
      byRegion: decided?.byRegion ?? false,
    })),
    mayReview,
  };
}

function ownsSome({ reviews }: Kept, { id }: FacilityRef): boolean {
  return reviews.some(({ facility }) => facility.id === id);
}

/** Whether it waits for them; nobody decides of their own. */
function isTheirsToReview(actor: PersonActor, { reader, reviews }: Kept, whose: For): boolean {
  if ('reader' in whose || reader.id === actor.userId) return false;
  const waiting = reviews.filter(({ decided }) => decided === undefined);
  if ('region' in whose) return waiting.length > 0;
  return decide(actor, 'emergency.review').allowed && waiting.some(({ facility }) => facility.id === whose.facility.id);
}

function patientOf({ patients, reviews }: Kept, whose: For): Emergency['patient'] {
  const owners = reviews.map(({ facility }) => facility.code);
  const known =
    'facility' in whose
      ? patients.find(({ facility }) => facility === whose.facility.code)
      : (patients.find(({ facility }) => owners.includes(facility)) ?? patients[0]);
  if (known === undefined) return null;
  const { no, patientID, patientName, patientBirthDate } = known;
  return { id: no, patientID, patientName, patientBirthDate };
}

/** For the bell and its page. */
export function toldAnswer({ waiting, newestAt }: ToldCount, emergencies: readonly Emergency[]): ToldEmergencies {
  return { waiting, newestAt: newestAt?.toISOString() ?? null, emergencies: [...emergencies] };
}
