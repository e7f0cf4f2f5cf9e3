import { createHash } from 'node:crypto';
import { evictOldest } from '../../domain/bounds/evict-oldest.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { actorKey, originKey } from '../access/see-study.ts';

/** A list that is left open asks again every few seconds: the same answer to the same person is one entry on the record in this time. */
export const LISTING_WINDOW_MS = 10 * 60_000;
export const LISTINGS_REMEMBERED_MAX = 10_000;

/** Puts a list that was read on record, unless the same answer to the same person was within the window. Resolves when the entry is durable. */
export type OncePerListing = (actor: Actor, answer: unknown, record: () => Promise<void>) => Promise<void>;

/** @param monotonicMs milliseconds that never run backwards */
export function createOncePerListing(monotonicMs: () => number = () => performance.now()): OncePerListing {
  const listings = new Map<string, number>();
  return async (actor, answer, record) => {
    // A digest: what somebody looked for is not kept in memory either.
    const digest = createHash('sha256').update(JSON.stringify(answer)).digest('base64');
    const key = `${actorKey(actor)}|${originKey(actor)}|${digest}`;
    const before = listings.get(key);
    const nowMs = monotonicMs();
    if (before !== undefined && nowMs - before < LISTING_WINDOW_MS) return;
    await record();
    listings.delete(key);
    listings.set(key, nowMs);
    evictOldest(listings, LISTINGS_REMEMBERED_MAX);
  };
}
