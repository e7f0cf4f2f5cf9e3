import { DAY_MS } from './clock.ts';

/** The last instant of a calendar day in a zone. `date` = YYYY-MM-DD, as the contract's schema has checked. */
export function endOfDay(date: string, timeZone: string): Date {
  const midnightUtc = Date.parse(`${date}T00:00:00Z`) + DAY_MS;
  // The offset is looked up twice: near a change of offset the first guess may stand on the wrong side of it.
  const guess = midnightUtc - offsetMs(midnightUtc, timeZone);
  return new Date(midnightUtc - offsetMs(guess, timeZone) - 1);
}

/** The first instant of a calendar day in a zone: the one after the last of the day before. */
export function startOfDay(date: string, timeZone: string): Date {
  const dayBefore = new Date(Date.parse(`${date}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
  return new Date(endOfDay(dayBefore, timeZone).getTime() + 1);
}

/** The calendar day in a zone, YYYY-MM-DD. */
export function dayOf(instant: Date, timeZone: string): string {
  return new Date(instant.getTime() + offsetMs(instant.getTime(), timeZone)).toISOString().slice(0, 'YYYY-MM-DD'.length);
}

/** The hour of the day in a zone, 0 to 23. */
export function hourOf(instant: Date, timeZone: string): number {
  return new Date(instant.getTime() + offsetMs(instant.getTime(), timeZone)).getUTCHours();
}

/** Zone's local time minus UTC at an instant. */
function offsetMs(instant: number, timeZone: string): number {
  const parts = formatFor(timeZone).formatToParts(instant);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(value('year'), value('month') - 1, value('day'), value('hour'), value('minute'), value('second'));
  return local - Math.floor(instant / 1000) * 1000;
}

/** Of the region's zone and perhaps another: making one takes longer than all that is done with it. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();
const FORMATS_MAX = 16;

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (FORMATS.size >= FORMATS_MAX) FORMATS.clear();
  FORMATS.set(timeZone, format);
  return format;
}
