import type { Sending } from './exchange.ts';

/**
 * How often an answer that is still going out asks whether it may. With what `see-study.ts` may believe for half a second it comes to
 * less than the second in which a revocation must bite.
 */
export const RECHECK_MS = 400;

/**
 * Breaks the connection of an answer whose receiver has lost the right to it, however slowly it is read and whatever has been fetched for it
 * already. It costs an answer that is soon out nothing but a timer. An answer that has not begun is the route's own to refuse.
 */
export function watchAnswer(sending: Sending, stillMay: () => Promise<unknown>, everyMs: number = RECHECK_MS): void {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const again = () => {
    if (!over) timer = setTimeout(() => void check(), everyMs).unref();
  };
  const check = async () => {
    try {
      if (sending.hasBegun()) await stillMay();
      again();
    } catch {
      // Refused, or nobody can say: deny by default.
      sending.breakOff();
    }
  };
  sending.onceOver(() => {
    over = true;
    clearTimeout(timer);
  });
  again();
}
