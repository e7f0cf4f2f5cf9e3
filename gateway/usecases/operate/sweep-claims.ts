import { asDomainError } from '../../domain/errors.ts';
import { readOriginalKey } from '../../domain/imaging/derived.ts';
import type { Claim, IngestIndex } from '../../domain/imaging/ingest-index.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { Adopter } from '../../domain/imaging/reception.ts';
import { type Counters, NO_COUNTERS } from '../../domain/operation/counters.ts';
import type { Log } from '../../domain/operation/log.ts';

export interface ClaimSweep {
  /** The bytes were there and whole: the instance is in the index now. */
  readonly finished: number;
  /** Nothing usable was there: nothing had been acknowledged either. */
  readonly released: number;
  /** Could not be settled now (a store does not answer): still claimed, tried again later. */
  readonly failed: number;
}

export interface SweepClaimsParts {
  readonly objects: Pick<ObjectStore, 'head'>;
  readonly ingest: Pick<IngestIndex, 'abandonedClaims' | 'release'>;
  readonly adopter: Adopter;
  readonly log: Log;
  readonly counters?: Counters;
}

/**
 * Settles the claims that a crash left: finish what is whole, release the rest.
 * Bytes that are there but not whole stay where they are for `verify` to name; an original is never removed.
 */
export async function sweepClaims(parts: SweepClaimsParts, before: Date, limit: number, signal?: AbortSignal): Promise<ClaimSweep> {
  const { counters = NO_COUNTERS } = parts;
  const counts = { finished: 0, released: 0, failed: 0 };
  for (const claim of await parts.ingest.abandonedClaims(before, limit)) {
    if (signal?.aborted) break;
    const outcome = await settle(parts, claim, signal);
    counts[outcome] += 1;
    counters.add('swept_claims', 1, { outcome });
  }
  return counts;
}

async function settle({ objects, ingest, adopter, log }: SweepClaimsParts, claim: Claim, signal?: AbortSignal): Promise<keyof ClaimSweep> {
  try {
    let outcome: 'finished' | 'released' = 'released';
    const kept = await objects.head(claim.key, signal);
    if (kept !== undefined) {
      const facilityCode = readOriginalKey(claim.key)?.path.facilityCode;
      const adopted =
        facilityCode === undefined
          ? ({ kind: 'unusable', reason: 'not-an-original' } as const)
          : await adopter.adopt(
              {
                facility: { id: claim.facilityId, code: facilityCode },
                source: claim.source,
                key: claim.key,
                bytes: claim.bytes,
                sha256: claim.sha256,
              },
              signal,
            );
      if (adopted.kind === 'unusable') log.error('sweep.unusable', { claim: claim.id, key: claim.key, reason: adopted.reason });
      else outcome = 'finished';
    }
    // After the row, so that a crash between the two leaves a claim to sweep and not bytes without a row.
    await ingest.release(claim.id);
    return outcome;
  } catch (thrown) {
    log.warn('sweep.failed', { claim: claim.id, kind: asDomainError(thrown).kind });
    return 'failed';
  }
}
