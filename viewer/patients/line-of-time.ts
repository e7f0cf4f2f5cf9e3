/** A person's studies as a line of time: years as headings, and between two studies how long there was none. Pure. */
import type { ListedLetter } from '../../gateway/api/contract/letters.ts';
import type { StudyOnLine } from '../../gateway/api/contract/patients.ts';
import { parseDA, todayDA } from '../i18n/dates.ts';

/** Shorter times without a study are not told: a check after three months is nothing missing. */
export const GAP_MONTHS_MIN = 6;

export type LineItem =
  /** `date`: DA of the first study below it, '' for those without a date. */
  | { readonly kind: 'year'; readonly key: string; readonly date: string }
  /** Whole months between the study above and the one below. */
  | { readonly kind: 'gap'; readonly key: string; readonly months: number }
  | { readonly kind: 'letter'; readonly key: string; readonly letter: ListedLetter }
  | { readonly kind: 'study'; readonly key: string; readonly study: StudyOnLine; readonly at: number };

/** One text for each study; the same study of two owners is two. */
export function lineKey({ exact, studyInstanceUID }: Pick<StudyOnLine, 'exact' | 'studyInstanceUID'>): string {
  return `${studyInstanceUID} ${exact}`;
}

/** @param studies the newest first, those without a date last, as the gateway gives them; letters likewise, each before what is no newer */
export function lineOfTime(studies: readonly StudyOnLine[], letters: readonly ListedLetter[] = []): readonly LineItem[] {
  const items: LineItem[] = [];
  const waiting = [...letters];
  const lettersUntil = (date: string) => {
    while (waiting[0] !== undefined && sentDA(waiting[0]) >= date) {
      const letter = waiting.shift() as ListedLetter;
      items.push({ kind: 'letter', key: `letter ${letter.id}`, letter });
    }
  };
  let before: StudyOnLine | undefined;
  for (const [at, study] of studies.entries()) {
    lettersUntil(study.studyDate === '' ? '0' : study.studyDate);
    const months = before === undefined ? 0 : monthsBetween(study.studyDate, before.studyDate);
    if (months >= GAP_MONTHS_MIN) items.push({ kind: 'gap', key: `gap ${lineKey(study)}`, months });
    if (before === undefined || yearOf(before) !== yearOf(study))
      items.push({ kind: 'year', key: `year ${yearOf(study)} ${at}`, date: yearOf(study) === '' ? '' : study.studyDate });
    items.push({ kind: 'study', key: lineKey(study), study, at });
    before = study;
  }
  lettersUntil('');
  return items;
}

/** DA of the day here on which it was sent. */
function sentDA({ times, createdAt }: ListedLetter): string {
  return todayDA(new Date(times.send ?? createdAt));
}

function yearOf({ studyDate }: StudyOnLine): string {
  return String(parseDA(studyDate)?.year ?? '');
}

/** Whole months from one day to a later one, 0 where one of them is no day. */
function monthsBetween(fromDA: string, toDA: string): number {
  const [from, to] = [parseDA(fromDA), parseDA(toDA)];
  if (from === undefined || to === undefined) return 0;
  return (to.year - from.year) * 12 + to.month - from.month - (to.day < from.day ? 1 : 0);
}

/** Of two that are chosen the one chosen first goes for a third; chosen again, it is chosen no more. */
export function chosenWith(chosen: readonly string[], key: string): readonly string[] {
  return chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen.slice(-1), key];
}
