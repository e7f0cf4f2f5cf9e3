/** Dates as people type them, in any of the ways that the page itself or a Japanese form writes them. */
import { daToInput, eraYear } from './dates.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ERA_LETTERS: Readonly<Record<string, string>> = { 明治: 'M', 大正: 'T', 昭和: 'S', 平成: 'H', 令和: 'R' };
const ERA_YEARS_FROM = 1873;
const ERA_YEARS_TO = 2199;

/**
 * 2026/11/25, 2026-11-25, 2026.11.25, 2026年11月25日, 20261125, 令和8年11月25日, R8.11.25, R081125, 25 Nov 2026, Nov 25, 2026; full-width too.
 * YYYY-MM-DD; undefined when it is none of them or no day of the calendar.
 */
export function readTypedDate(text: string): string | undefined {
  const typed = text.normalize('NFKC').trim().toLowerCase();
  const read = westernDate(typed) ?? eraDate(typed) ?? writtenDate(typed);
  return read === undefined ? undefined : daToInput(read) || undefined;
}

function westernDate(typed: string): string | undefined {
  const match = /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(typed) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(typed);
  return match === null ? undefined : da(match[1], match[2], match[3]);
}

function eraDate(typed: string): string | undefined {
  const match =
    /^(明治|大正|昭和|平成|令和|[mtshr])\.?\s*(\d{1,2}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(typed) ??
    /^([mtshr])(\d{2})(\d{2})(\d{2})$/.exec(typed);
  const [, era = '', count, month, day] = match ?? [];
  const wanted = `${ERA_LETTERS[era] ?? era.toUpperCase()}${count === '元' ? 1 : Number(count)}`;
  for (let year = ERA_YEARS_FROM; match !== null && year <= ERA_YEARS_TO; year += 1) {
    const found = da(String(year), month, day);
    if (eraYear(found, 'ja') === wanted) return found;
  }
  return undefined;
}

function writtenDate(typed: string): string | undefined {
  const { groups } =
    /^(?<day>\d{1,2})\s*(?<month>[a-z]{3,9})\.?,?\s*(?<year>\d{4})$/.exec(typed) ??
    /^(?<month>[a-z]{3,9})\.?\s*(?<day>\d{1,2}),?\s+(?<year>\d{4})$/.exec(typed) ??
    {};
  return groups === undefined ? undefined : da(groups['year'], monthNumber(groups['month'] ?? ''), groups['day']);
}

function monthNumber(name: string): string {
  return String(MONTHS.indexOf(name.slice(0, 3)) + 1);
}

function da(year = '', month = '', day = ''): string {
  return `${year}${month.padStart(2, '0')}${day.padStart(2, '0')}`;
}
