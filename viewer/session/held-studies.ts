/** Which studies this page holds: on its screen, or still in its memory. Each is asked about again and again (`standing-watch.ts`). */
import { STANDING_STUDIES_MAX } from '../../gateway/api/contract/bounds.ts';

/** `exact` and `shown` as in a study's summary. */
export interface HeldStudy {
  readonly studyInstanceUID: string;
  readonly exact: string;
  readonly shown: string;
  readonly sharedUntil: string | null;
  /** It is there by an emergency alone. */
  readonly emergencyUntil?: string | null;
  /** By what it is there that is not the facility's own. */
  readonly given?: 'share' | 'consent' | null;
}

/**
 * Why a study may no longer be shown here. `gone`: it was the facility's own, and has been moved or taken away. `changed`: some of its series are
 * held back now, or others than before; what is shown of it is to be asked for anew. `emergency`: it was opened in one, which is over. `barred`: the reader's job may look at it no more.
 * `consent`: it was there by a consent of its patient, which covers it no more.
 */
export type StudyEnd = 'revoked' | 'expired' | 'gone' | 'changed' | 'barred' | 'emergency' | 'consent';

/** Studies whose images stay in memory after their page was left. The oldest is forgotten for another. */
export const REMEMBERED_STUDIES_MAX = 12;

export class HeldStudies {
  /** Of each who shows it, and whether more of it than a row in a list. */
  readonly #shown = new Map<string, { study: HeldStudy; holders: Map<(end: StudyEnd) => void, boolean> }>();
  readonly #remembered = new Map<string, HeldStudy>();
  readonly #forget: (study: HeldStudy) => void;

  /** `forget`: what is in memory of a study is to go. */
  constructor(forget: (study: HeldStudy) => void) {
    this.#forget = forget;
  }

  /** From now on the study is on the screen. Returns what ends that; with `remember` its images stay in memory for a while. */
  show(study: HeldStudy, onEnd: (end: StudyEnd) => void, remember: boolean): () => void {
    const key = keyOf(study);
    const before = this.#shown.get(key)?.study ?? this.#remembered.get(key);
    // Otherwise images of a series that is held back now would stay in memory.
    if (before !== undefined && before.shown !== study.shown) this.#forget(study);
    const entry = this.#shown.get(key) ?? { study, holders: new Map() };
    entry.holders.set(onEnd, remember);
    this.#shown.set(key, entry);
    this.#remembered.delete(key);
    return () => {
      entry.holders.delete(onEnd);
      if (entry.holders.size === 0 && this.#shown.get(key) === entry) this.#shown.delete(key);
      if (remember) this.#remember(key, study);
    };
  }

  /** At most as many as one question takes: what is remembered first, since it was opened. */
  all(): readonly HeldStudy[] {
    const shown = [...this.#shown].filter(([key]) => !this.#remembered.has(key)).map(([, { study }]) => study);
    return [...this.#remembered.values(), ...shown].slice(0, STANDING_STUDIES_MAX);
  }

  /**
   * The study may no longer be shown: it is forgotten, and who shows it is told. `barred`: who may still list it keeps its rows, and only what was opened
   * of it goes. Returns whether something did.
   */
  end(study: HeldStudy, now: Date, how: 'changed' | 'ended' | 'barred'): boolean {
    const key = keyOf(study);
    const entry = this.#shown.get(key);
    if (how === 'barred') return this.#close(key, study);
    this.#shown.delete(key);
    this.#remembered.delete(key);
    this.#forget(study);
    for (const holder of entry?.holders.keys() ?? []) holder(how === 'ended' ? whyEnded(study, now) : how);
    return true;
  }

  #close(key: string, study: HeldStudy): boolean {
    const entry = this.#shown.get(key);
    const opened = [...(entry?.holders ?? [])].filter(([, isOpened]) => isOpened).map(([holder]) => holder);
    if (opened.length === 0 && !this.#remembered.has(key)) return false;
    this.#remembered.delete(key);
    for (const holder of opened) entry?.holders.delete(holder);
    if (entry?.holders.size === 0) this.#shown.delete(key);
    this.#forget(study);
    for (const holder of opened) holder('barred');
    return true;
  }

  clear(): void {
    this.#shown.clear();
    this.#remembered.clear();
  }

  #remember(key: string, study: HeldStudy): void {
    this.#remembered.set(key, study);
    for (const [oldest, left] of this.#remembered) {
      if (this.#remembered.size <= REMEMBERED_STUDIES_MAX) return;
      this.#remembered.delete(oldest);
      if (!this.#shown.has(oldest)) this.#forget(left);
    }
  }
}

function keyOf({ studyInstanceUID, exact }: HeldStudy): string {
  return `${studyInstanceUID} ${exact}`;
}

function whyEnded({ sharedUntil, given, emergencyUntil = null }: HeldStudy, now: Date): StudyEnd {
  if (emergencyUntil !== null) return 'emergency';
  if (sharedUntil === null) return 'gone';
  if (given === 'consent') return 'consent';
  return new Date(sharedUntil) <= now ? 'expired' : 'revoked';
}
