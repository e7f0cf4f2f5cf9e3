/** Some acts are only done by who has lately proved who they are: a session that was left open is not enough for them. */
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import { CLOCK_DRIFT_MS_MAX } from '../domain/operation/database-clock.ts';
import type { Authenticated } from './authenticate.ts';

/** For changes of the second factor. */
export const FRESH_FOR_FACTORS_MINUTES = 5;
/** For administration, and for what makes a credential that outlives the session. */
export const FRESH_FOR_ADMINISTRATION_MINUTES = 15;

/** For taking whole studies away as files, which no revocation reaches. */
export const FRESH_FOR_EXPORT_MINUTES = 15;

/** For looking for and opening what nobody has given: the doctor is there, not a screen that was left open. */
export const FRESH_FOR_EMERGENCY_MINUTES = 5;

/**
 * A sign-in proves it too. A token cannot prove it again, and need not: it was made by who had (`POST /api/tokens`), or on the command line.
 * @throws denied with `ids.reason` `confirm-first`: POST /api/session/confirmation, then the same again
 */
export function demandFresh({ clock }: { readonly clock: Clock }, { session }: Pick<Authenticated, 'session'>, minutes: number): void {
  if (session === undefined) return;
  const ageMs = clock.now().getTime() - session.confirmedAt.getTime();
  // Set back, a clock would make each proof last longer by as much. Two nodes may differ by twice what each may from the database.
  const isKnown = ageMs >= -2 * CLOCK_DRIFT_MS_MAX;
  if (!isKnown || ageMs > minutes * 60_000)
    throw new DomainError('denied', 'prove again who you are', { ids: { reason: 'confirm-first' } });
}
