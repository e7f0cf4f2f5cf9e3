/**
 * Asks the gateway again and again whether this page may still show what it holds. What it may not is dropped within a second; while there is no
 * answer, the page is covered. Times in ms.
 */
import type { Standing } from '../../gateway/api/contract/session.ts';
import type { HeldStudy } from './held-studies.ts';

/** Between an answer and the next question: with the way there and back, less than the second in which a revocation must bite. */
export const ASK_EVERY_MS = 400;
/** An answer that has not come by then does not. */
const ANSWER_MS_MAX = 5_000;
/** A page that comes back (another tab, the back button, a machine that slept) is covered until it has heard, when the last word is older. */
export const FRESH_MS = 2_000;
/** After this long without an answer the page is covered: what was revoked meanwhile is not known. Nothing is dropped. */
export const LOST_MS = 60_000;

export type Cover = 'asking' | 'lost';

export interface StandingPorts {
  readonly userId: string;
  readonly now: () => number;
  readonly held: () => readonly HeldStudy[];
  /** @throws what `isSignedOut` knows, or anything else when no answer came */
  /** Numbers of the letters that it shows. */
  readonly letters?: () => readonly string[];
  readonly ask: (
    studies: readonly HeldStudy[],
    signal: AbortSignal,
    letters: readonly string[],
  ) => Promise<Pick<Standing, 'user' | 'studies'> & Partial<Pick<Standing, 'letters'>>>;
  readonly isSignedOut: (thrown: unknown) => boolean;
  readonly sessionEnded: (why: 'ended' | 'other-user') => void;
  readonly studyEnded: (study: HeldStudy, how: Exclude<Standing['studies'][number], 'stands'>) => void;
  /** In which state a letter is; null: it may be read no more. */
  readonly letterTold?: (id: string, state: Standing['letters'][number]) => void;
  readonly cover: (cover: Cover | undefined) => void;
}

export interface StandingWatch {
  /** The page is looked at again. */
  returned(): void;
  /** The page is left, and the browser may keep its picture. */
  left(): void;
  stop(): void;
}

export function watchStanding(ports: StandingPorts): StandingWatch {
  let heardAt = ports.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking: AbortController | undefined;
  let stopped = false;

  const ask = async () => {
    clearTimeout(timer);
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    const held = ports.held();
    const letters = ports.letters?.() ?? [];
    const tooLate = setTimeout(() => mine.abort(), ANSWER_MS_MAX);
    try {
      const standing = await ports.ask(held, mine.signal, letters);
      if (stopped || asking !== mine) return;
      heardAt = ports.now();
      if (standing.user !== ports.userId) return ports.sessionEnded('other-user');
      for (const [at, study] of held.entries()) {
        const stands = standing.studies[at];
        if (stands !== 'stands') ports.studyEnded(study, stands ?? 'ended');
      }
      for (const [at, id] of letters.entries()) ports.letterTold?.(id, standing.letters?.[at] ?? null);
      ports.cover(undefined);
    } catch (thrown) {
      if (stopped || asking !== mine) return;
      if (ports.isSignedOut(thrown)) return ports.sessionEnded('ended');
      if (ports.now() - heardAt > LOST_MS) ports.cover('lost');
    } finally {
      clearTimeout(tooLate);
      if (!stopped && asking === mine) timer = setTimeout(look, ASK_EVERY_MS);
    }
  };
  const look = () => {
    // Timers stand still while the machine sleeps: the page wakes with what it showed.
    if (ports.now() - heardAt > LOST_MS) ports.cover('lost');
    void ask();
  };
  void ask();
  return {
    returned: () => {
      if (ports.now() - heardAt > FRESH_MS) ports.cover('asking');
      void ask();
    },
    left: () => {
      // What comes in before the page stands still, or as it wakes, was asked before.
      clearTimeout(timer);
      asking?.abort();
      asking = undefined;
      heardAt = Number.NEGATIVE_INFINITY;
      ports.cover('asking');
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      asking?.abort();
      ports.cover(undefined);
    },
  };
}
