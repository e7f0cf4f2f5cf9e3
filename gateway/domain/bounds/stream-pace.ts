import { createFairTurns, type TurnLimits } from './fair-turns.ts';
import { inPacedTurn, type Rest } from './paced-turn.ts';

/**
 * Everything is made by one thread: reading, hashing and sending the pieces of a few large answers would come before each step of a small one.
 * So for a moment after each question the pieces of streams are made one at a time, each asker in turn, at this pace.
 */
export interface StreamPace {
  /** A question came. */
  asked(): void;
  /** Resolves when this asker's stream may make its next piece. `bytes`: of the one before. */
  pass(asker: string, bytes: number): Promise<void>;
}

/** So long after the last question streams keep to the pace: those that a viewer asks one after another are less apart. */
export const ANSWERING_MS = 250;
/** Together: 67 MB a second, half of a line of 1 Gbit/s. */
export const STREAMED_BYTES_A_MS_MAX = 64 * 1024;
/** A small piece may be as much work as a large one. */
export const PIECE_MS_MIN = 2;

/** Streams are bounded by the door; whoever waits too long goes on. */
const PIECE_TURNS: TurnLimits = { atOnce: 1, atOnceOfOne: 1, waitingMax: 1024, waitingOfOneMax: 256, waitMsMax: 10_000 };

export interface StreamPaceOptions {
  readonly now?: () => number;
  readonly rest?: Rest;
}

export function createStreamPace({ now = () => performance.now(), rest }: StreamPaceOptions = {}): StreamPace {
  const turns = createFairTurns(PIECE_TURNS);
  let askedAt = Number.NEGATIVE_INFINITY;
  return {
    asked() {
      askedAt = now();
    },
    pass(asker, bytes) {
      if (now() - askedAt >= ANSWERING_MS) return Promise.resolve();
      const restMs = () => Math.max(PIECE_MS_MIN, bytes / STREAMED_BYTES_A_MS_MAX);
      return inPacedTurn(turns, asker, async () => {}, restMs, rest).catch(() => {});
    },
  };
}
