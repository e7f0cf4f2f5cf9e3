/** Who is meant by a grant: all of a facility, those of a job in it, one person of it, or the members of the whole region. An actor belongs to a handful, known as soon as it is known who asks. */
import type { FacilityId, UserId } from '../identifiers.ts';
import type { Actor, FacilityRef, Job } from '../people/actor.ts';

/** Within a facility, or, as `region`, whoever is of any facility of it; as study_access holds it. */
export type Audience = 'facility' | 'region' | `job:${Job}` | `person:${UserId}`;

/** In whose name the index is asked. With the facility alone: what is given to all of it and to the whole region, and nothing else. */
export interface Asker {
  readonly id: FacilityId;
  readonly job?: Job;
  readonly userId?: UserId;
}

export function audiencesOf({ job, userId }: Omit<Asker, 'id'>): readonly Audience[] {
  return [
    'facility',
    'region',
    ...(job === undefined ? [] : [`job:${job}` as const]),
    ...(userId === undefined ? [] : [`person:${userId}` as const]),
  ];
}

/** Who asks in that facility's name. A machine has no job and is nobody. */
export function askerOf(actor: Actor, { id }: FacilityRef): Asker {
  return actor.kind === 'person' ? { id, job: actor.job, userId: actor.userId } : { id };
}

export function reaches(audience: Audience, actor: Actor): boolean {
  return audiencesOf(actor.kind === 'person' ? actor : {}).includes(audience);
}
