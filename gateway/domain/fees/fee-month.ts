/** Months of the region, in which fees are claimed. */
import { startOfDay } from '../region-days.ts';
import { FEE_RULES } from './fee-rules.ts';

const MONTH = /^(?:19|2\d)\d\d-(?:0[1-9]|1[0-2])$/;

/** YYYY-MM, of a year that somebody could mean. */
export function isMonth(text: string): boolean {
  return MONTH.test(text);
}

export function monthsLater(month: string, months: number): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 'YYYY-MM'.length);
}

/** Its first and its last instant. */
export function monthBounds(month: string, timeZone: string): { readonly from: Date; readonly to: Date } {
  const from = startOfDay(`${month}-01`, timeZone);
  const next = startOfDay(`${monthsLater(month, 1)}-01`, timeZone);
  return { from, to: new Date(next.getTime() - 1) };
}

/** `before-record`: nothing was on record yet when it ended. */
export const MONTH_STATES = ['over', 'running', 'not-begun', 'before-record'] as const;
export type MonthState = (typeof MONTH_STATES)[number];

/** Months before it of which it is asked what counted then. */
export const MONTHS_LOOKED_BACK = Math.max(...FEE_RULES.map(({ intervalMonths = 1 }) => intervalMonths)) - 1;
