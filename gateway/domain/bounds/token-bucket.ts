import { evictOldest } from './evict-oldest.ts';

/** What one may still do: refilled at a rate up to a most, and what is done is taken out by whoever asked. */
export interface TokenBucket {
  left: number;
}

export interface TokenBuckets {
  /** The bucket as it stands now; full when it is not remembered. */
  refilled(key: string, aSecond: number, most: number): TokenBucket;
}

/** @param rememberedMax past it, the bucket that was asked for longest ago is forgotten */
export function createTokenBuckets(rememberedMax: number, monotonicMs: () => number): TokenBuckets {
  const buckets = new Map<string, TokenBucket & { atMs: number }>();
  return {
    refilled(key, aSecond, most) {
      const nowMs = monotonicMs();
      const bucket = buckets.get(key) ?? { left: most, atMs: nowMs };
      bucket.left = Math.min(most, bucket.left + ((nowMs - bucket.atMs) / 1000) * aSecond);
      bucket.atMs = nowMs;
      buckets.delete(key);
      buckets.set(key, bucket);
      evictOldest(buckets, rememberedMax);
      return bucket;
    },
  };
}
