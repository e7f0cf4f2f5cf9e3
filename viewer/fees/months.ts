/** Months that are offered: this one, and two years back. */
export const MONTHS_OFFERED = 25;

/** The newest first. `today`: DA. */
export function monthsBack(today: string): readonly string[] {
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(4, 6))];
  return Array.from({ length: MONTHS_OFFERED }, (_none, back) =>
    new Date(Date.UTC(year, month - 1 - back, 1)).toISOString().slice(0, 'YYYY-MM'.length),
  );
}
