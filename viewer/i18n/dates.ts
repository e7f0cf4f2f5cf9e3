/** DICOM dates and times in the words of the reader. All of it is calendar arithmetic on text; no time zone is involved. */
import type { Language } from './translation.ts';

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** DA, PS3.5 6.2: YYYYMMDD; the old YYYY.MM.DD is read too. Undefined when it is no calendar day. */
export function parseDA(da: string): Day | undefined {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(da.trim());
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? { year, month, day } : undefined;
}

const pad = (value: number) => String(value).padStart(2, '0');

const formatters = new Map<string, Intl.DateTimeFormat>();
function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  const known = formatters.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(locale, options);
  formatters.set(key, made);
  return made;
}

/** 2026/11/24 or 24 Nov 2026. What cannot be read is shown as it is. */
export function formatDA(da: string, language: Language): string {
  const day = parseDA(da);
  if (day === undefined) return da;
  if (language === 'ja') return `${day.year}/${pad(day.month)}/${pad(day.day)}`;
  // Three letters each; British English would write “Sept”.
  return `${day.day} ${formatter('en-US', { month: 'short', timeZone: 'UTC' }).format(utc(day))} ${day.year}`;
}

/** YYYY-MM: 2026年11月 or Nov 2026. */
export function formatMonth(month: string, language: Language): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  if (language === 'ja') return `${year}年${number}月`;
  return `${formatter('en-US', { month: 'short', timeZone: 'UTC' }).format(new Date(Date.UTC(year, number - 1, 1)))} ${year}`;
}

/** The year as Japanese forms write it: S37, H5, R8. Empty before Meiji or for another language. */
export function eraYear(da: string, language: Language): string {
  const day = parseDA(da);
  if (day === undefined || language !== 'ja' || day.year < 1873) return '';
  const parts = formatter('en-u-ca-japanese', { era: 'narrow', year: 'numeric', timeZone: 'UTC' }).formatToParts(utc(day));
  const era = parts.find((part) => part.type === 'era')?.value ?? '';
  const year = parts.find((part) => part.type === 'year' || (part.type as string) === 'relatedYear')?.value ?? '';
  return /^[MTSHR]$/.test(era) ? `${era}${year}` : '';
}

/** TM, PS3.5 6.2, to the minute: 09:41. */
export function formatTM(tm: string): string {
  const match = /^(\d{2}):?(\d{2})?/.exec(tm.trim());
  if (match === null || Number(match[1]) > 23) return '';
  return `${match[1]}:${match[2] ?? '00'}`;
}

export type Age = { readonly unit: 'years' | 'months' | 'days'; readonly count: number };

/** Age on a day, as it is said: days in the first month, months before two years, then years. */
export function ageOn(birthDA: string, onDA: string): Age | undefined {
  const birth = parseDA(birthDA);
  const on = parseDA(onDA);
  if (birth === undefined || on === undefined) return undefined;
  const days = Math.round((utc(on).getTime() - utc(birth).getTime()) / 86_400_000);
  if (days < 0) return undefined;
  const months = (on.year - birth.year) * 12 + on.month - birth.month - (on.day < birth.day ? 1 : 0);
  if (months < 1) return { unit: 'days', count: days };
  if (months < 24) return { unit: 'months', count: months };
  return { unit: 'years', count: Math.floor(months / 12) };
}

export function todayDA(now: Date): string {
  return `${now.getFullYear()}${pad(now.getMonth() + 1)}${pad(now.getDate())}`;
}

/** A day some days away, as DA. */
export function addDays(da: string, days: number): string {
  const day = parseDA(da);
  if (day === undefined) return da;
  const moved = new Date(utc(day).getTime() + days * 86_400_000);
  return `${moved.getUTCFullYear()}${pad(moved.getUTCMonth() + 1)}${pad(moved.getUTCDate())}`;
}

/** DA ↔ the value of a date field: YYYY-MM-DD. */
export function daToInput(da: string): string {
  const day = parseDA(da);
  return day === undefined ? '' : `${day.year}-${pad(day.month)}-${pad(day.day)}`;
}
export function inputToDA(value: string): string {
  return value.replaceAll('-', '');
}

/** An instant of the gateway's clock in the reader's own time zone: the day as `formatDA` writes it, and the time. */
export function formatInstant(iso: string, language: Language): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${formatDA(todayDA(date), language)} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

export function formatInstantDay(iso: string, language: Language): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : formatDA(todayDA(date), language);
}

function utc({ year, month, day }: Day): Date {
  return new Date(Date.UTC(year, month - 1, day));
}
