/** What may have happened between two spellings of one birth date. Pure. */
import { type DateParts, ERAS, isDay, partsOf } from './calendar.ts';

export type BirthDateLikeness =
  | 'same'
  | 'one-digit'
  | 'digits-swapped'
  | 'day-and-month-swapped'
  /** The same year of another era: 昭和10年 taken for 平成10年. */
  | 'other-era'
  /** One year of an era more or less, same day. */
  | 'next-year'
  /** One of them says first of January or of the month, as who does not know the day writes it. */
  | 'day-unknown'
  | 'differs'
  | 'unknown';

/** How many years lie between the same year of two eras. */
const BETWEEN_ERAS: ReadonlySet<number> = new Set(
  ERAS.flatMap((one) => ERAS.filter(({ first }) => first > one.first).map(({ first }) => first - one.first)),
);
const FIRST_YEAR = 1860;

/** @param one, other YYYYMMDD; anything else is no date. */
export function likenessOfBirthDates(one: string, other: string): BirthDateLikeness {
  if (!isBirthDate(one) || !isBirthDate(other)) return 'unknown';
  if (one === other) return 'same';
  const [left, right] = [partsOf(one), partsOf(other)];
  const apart = Math.abs(left.year - right.year);
  const sameDay = left.month === right.month && left.day === right.day;
  if (sameDay && apart === 1) return 'next-year';
  if (sameDay && BETWEEN_ERAS.has(apart)) return 'other-era';
  if (apart === 0 && left.month === right.day && left.day === right.month) return 'day-and-month-swapped';
  const changed = [...one].flatMap((digit, n) => (digit === other[n] ? [] : [n]));
  if (changed.length === 1) return 'one-digit';
  const [first = 0, second = 0] = changed;
  if (changed.length === 2 && second === first + 1 && one[first] === other[second] && one[second] === other[first]) return 'digits-swapped';
  return apart === 0 && (isDayUnknown(left, right) || isDayUnknown(right, left)) ? 'day-unknown' : 'differs';
}

function isDayUnknown(vague: DateParts, exact: DateParts): boolean {
  return vague.day === 1 && (vague.month === 1 || vague.month === exact.month);
}

export function isBirthDate(text: string): boolean {
  if (!/^[0-9]{8}$/.test(text)) return false;
  const parts = partsOf(text);
  return parts.year >= FIRST_YEAR && isDay(parts);
}
