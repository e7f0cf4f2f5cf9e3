import { createTokenBuckets, type TokenBucket } from '../../domain/bounds/token-bucket.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Actor } from '../../domain/people/actor.ts';

/**
 * How fast one person, and one facility, may make the record grow: acts that are put on record one by one, such as searches. What is
 * aggregated (looking through the images of a series) costs one. Past it the act is refused, so that nothing is disclosed unrecorded.
 */
export const ACTS_A_SECOND_DEFAULT = 25;
/** At once, in seconds of the rate: a viewer that opens a day's list, a script that begins. */
const BURST_S = 40;
/** A facility's people and programs together. */
const FACILITY_TIMES = 5;
/** Over a day, in seconds of the rate: about 200,000 acts of a person. */
const DAY_BURST_S = 8_000;
const DAY_S = 86_400;
const ACTORS_REMEMBERED_MAX = 20_000;

export interface RecordRate {
  /** @throws too-many with `ids.retryAfterSeconds`, before anything is looked up */
  admit(actor: Actor): void;
  /** An act is about to go on record. @throws too-many */
  spend(actor: Actor): void;
}

export function createRecordRate(options: { readonly actsASecond?: number; readonly monotonicMs?: () => number } = {}): RecordRate {
  const { actsASecond = ACTS_A_SECOND_DEFAULT, monotonicMs = () => performance.now() } = options;
  const buckets = createTokenBuckets(ACTORS_REMEMBERED_MAX, monotonicMs);

  function bucketsOf(actor: Actor): { bucket: TokenBucket; aSecond: number }[] {
    const keys: (readonly [string, number])[] = [];
    if (actor.facility !== undefined) keys.push([`f${actor.facility.id}`, actsASecond * FACILITY_TIMES]);
    if (actor.kind === 'person') keys.push([`p${actor.userId}`, actsASecond]);
    return keys.flatMap(([key, rate]) => [
      { bucket: buckets.refilled(`${key}|s`, rate, rate * BURST_S), aSecond: rate },
      { bucket: buckets.refilled(`${key}|d`, (rate * DAY_BURST_S) / DAY_S, rate * DAY_BURST_S), aSecond: (rate * DAY_BURST_S) / DAY_S },
    ]);
  }

  function demandOne(of: readonly { bucket: TokenBucket; aSecond: number }[]): void {
    const waitS = Math.max(0, ...of.map(({ bucket, aSecond }) => (1 - bucket.left) / aSecond));
    if (waitS > 0)
      throw new DomainError('too-many', 'too many acts in a short time; what is done here is put on record one by one', {
        ids: { retryAfterSeconds: Math.ceil(waitS) },
      });
  }

  return {
    admit: (actor) => demandOne(bucketsOf(actor)),
    spend(actor) {
      const own = bucketsOf(actor);
      demandOne(own);
      for (const { bucket } of own) bucket.left--;
    },
  };
}

/** For tests and tools that act for nobody. */
export const NO_RECORD_RATE: RecordRate = { admit: () => {}, spend: () => {} };
