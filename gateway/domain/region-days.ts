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

/** Zone's local time minus UTC at an instant. */
function offsetMs(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const local = Date.UTC(value('year'), value('month') - 1, value('day'), value('hour'), value('minute'), value('second'));
  return local - Math.floor(instant / 1000) * 1000;
}
