import { DomainError } from '../errors.ts';

/** From here on that this machine's clock and the database's differ is told. */
export const CLOCK_DRIFT_TOLD_MS = 2_000;
/** From here on nothing is dated by this machine: of what it wrote, nobody could say when it was. */
export const CLOCK_DRIFT_MS_MAX = 60_000;

/** How this machine's clock stands beside the database's. Implemented by `storage/index/operation/database-clock.ts`. */
export interface DatabaseClock {
  /** So far ahead of the database's: as last compared, and by as much as it was set since. Behind, it is negative. ms. */
  readonly aheadMs: number;
  /** Compares anew. The index dates nothing while `demandClock` refuses it. @throws unavailable when the database does not answer */
  compare(): Promise<number>;
}

export type Agreement = 'agrees' | 'drifts' | 'refused';

export function agreementOf(aheadMs: number): Agreement {
  const apartMs = Math.abs(aheadMs);
  if (apartMs < CLOCK_DRIFT_TOLD_MS) return 'agrees';
  return apartMs < CLOCK_DRIFT_MS_MAX ? 'drifts' : 'refused';
}

export function clockWords(aheadMs: number): string {
  return `this machine's clock is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs < 0 ? 'behind' : 'ahead of'} the database's`;
}

/** @throws unavailable */
export function demandClock({ aheadMs }: Pick<DatabaseClock, 'aheadMs'>): void {
  if (agreementOf(aheadMs) !== 'refused') return;
  const message = `${clockWords(aheadMs)}; nothing is put on record until both are right (NTP)`;
  throw new DomainError('unavailable', message, { ids: { reason: 'clock-drift', aheadMs: Math.round(aheadMs) } });
}
