/** Which letters this page shows, and in which state: each is asked about again and again beside the studies (`standing-watch.ts`). */
import { STANDING_LETTERS_MAX } from '../../gateway/api/contract/bounds.ts';
import type { Standing } from '../../gateway/api/contract/session.ts';

type State = Standing['letters'][number];
type Told = (state: State) => void;

const shown = new Map<string, { state: State; tell: Set<Told> }>();

/** From now on the letter is on the screen, in that state. `told`: when it is in another. Returns what ends that. */
export function showLetter(id: string, state: State, told: Told): () => void {
  const entry = shown.get(id) ?? { state, tell: new Set() };
  entry.state = state;
  entry.tell.add(told);
  shown.set(id, entry);
  return () => {
    entry.tell.delete(told);
    if (entry.tell.size === 0 && shown.get(id) === entry) shown.delete(id);
  };
}

export function shownLetters(): readonly string[] {
  return [...shown.keys()].slice(0, STANDING_LETTERS_MAX);
}

/** What the gateway says of it now. */
export function letterTold(id: string, state: State): void {
  const entry = shown.get(id);
  if (entry === undefined || entry.state === state) return;
  entry.state = state;
  for (const tell of [...entry.tell]) tell(state);
}
