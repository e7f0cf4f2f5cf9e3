/** Days that there are, and the eras in which birth dates are written. Pure. */

/**
 * By which names and which digit of receipts an era goes, its year 1, and how many years it had. Source of the days: 元号法 and the orders of 1912, 1926, 1989 and 2019.
 * Meiji 5 and before had another calendar.
 */
export const ERAS: readonly {
  readonly names: readonly string[];
  readonly digit: string;
  readonly first: number;
  readonly years: number;
}[] = [
  { names: ['明治', '明', 'm'], digit: '1', first: 1868, years: 45 },
  { names: ['大正', '大', 't'], digit: '2', first: 1912, years: 15 },
  { names: ['昭和', '昭', 's'], digit: '3', first: 1926, years: 64 },
  { names: ['平成', '平', 'h'], digit: '4', first: 1989, years: 31 },
  { names: ['令和', '令', 'r'], digit: '5', first: 2019, years: 99 },
];

export interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Of YYYYMMDD. */
export function partsOf(date: string): DateParts {
  return { year: Number(date.slice(0, 4)), month: Number(date.slice(4, 6)), day: Number(date.slice(6)) };
}

export function isDay({ year, month, day }: DateParts): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
