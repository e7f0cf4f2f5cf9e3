import { createTokenBuckets } from '../domain/bounds/token-bucket.ts';
import { networksOf } from '../domain/people/network.ts';

/** How long a refusal waits. A connection that asks again at each answer is refused four times a second, where thousands would take a processor. */
export const SLOWED_MS = 250;
/** Of one network, to those who are not signed in: far above what pages do whose sessions have ended. */
export const UNKNOWN_A_SECOND = 20;
const BURST_S = 10;
const NETWORKS_REMEMBERED_MAX = 20_000;

export interface SlowedRefusals {
  /** @returns ms by which the answer waits; 0 for whatever is no such refusal */
  delayMs(status: number, asker: { readonly ip: string }): number;
}

/**
 * Refusals that cost the refused nothing are asked for as fast as the network allows, at the expense of all others. Who is told 429 has asked too
 * often already and waits each time; who is told 401 waits when its network (RFC 4291: of IPv6 the /64) is told so more often than this.
 */
export function createSlowedRefusals({ monotonicMs = () => performance.now() } = {}): SlowedRefusals {
  const buckets = createTokenBuckets(NETWORKS_REMEMBERED_MAX, monotonicMs);

  function spend(network: string): boolean {
    const bucket = buckets.refilled(network, UNKNOWN_A_SECOND, UNKNOWN_A_SECOND * BURST_S);
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  return {
    delayMs(status, asker) {
      if (status === 429) return SLOWED_MS;
      return status === 401 && !spend(networksOf(asker.ip).network) ? SLOWED_MS : 0;
    },
  };
}
