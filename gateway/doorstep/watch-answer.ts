import { DomainError } from '../domain/errors.ts';
import type { HttpAnswer, Sending } from './exchange.ts';
import { letGo } from './sending.ts';

/**
 * How often an answer that is still going out asks whether it may. With what `see-study.ts` may believe for half a second it comes to
 * less than the second in which a revocation must bite.
 */
export const RECHECK_MS = 400;
/** Who is told too slowly so many times in a row is refused: a machine that stands still for a moment keeps nobody out. */
export const CHECKS_BEFORE_MAX = 20;

/** Whether the answer may still be given. Throws when it may not, or nobody can say. */
export type StillMay = () => Promise<unknown>;

export interface AnswerWatch {
  /** What the answer will hold may be given as long as this says so. */
  add(stillMay: StillMay): void;
  /**
   * The answer that was made: it may have waited for a turn, the index or the record, and what was decided before is asked again when it has
   * become too old. @throws what was told, the answer let go; unavailable
   */
  begins(answer: HttpAnswer): Promise<HttpAnswer>;
}

/**
 * An answer goes out only while its receiver has the right to it, however long it is in the making, however slowly it is read, and whatever has
 * been fetched for it already. It costs an answer that is soon out nothing but a timer.
 */
export function watchAnswer(sending: Sending, everyMs: number = RECHECK_MS): AnswerWatch {
  const askedFor: StillMay[] = [];
  let askedAtMs = performance.now();
  const ask = async () => {
    askedAtMs = performance.now();
    for (const stillMay of askedFor) await stillMay();
  };
  return {
    add(stillMay) {
      if (askedFor.push(stillMay) === 1) breakOffWhenLost(sending, ask, everyMs);
    },
    async begins(answer) {
      try {
        for (let checks = 0; askedFor.length > 0 && performance.now() - askedAtMs >= everyMs; checks++) {
          if (checks === CHECKS_BEFORE_MAX) throw new DomainError('unavailable', 'who may see this is told too slowly');
          await ask();
        }
        return answer;
      } catch (thrown) {
        await letGo(answer);
        throw thrown;
      }
    },
  };
}

/** Breaks the connection of an answer that has begun. One that has not is refused when it begins. */
function breakOffWhenLost(sending: Sending, stillMay: StillMay, everyMs: number): void {
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
