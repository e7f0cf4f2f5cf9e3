/** Dates a share may run to. Values are those of a date field: YYYY-MM-DD. */
import { SHARE_DAYS_MAX } from '../../gateway/api/contract/bounds.ts';
import { addDays, daToInput, inputToDA, parseDA } from '../i18n/dates.ts';

export const SHARE_DAYS_DEFAULT = 30;
export const SHARE_PRESETS = [7, 30, 90, 180] as const;

export function untilAfter(todayDA: string, days: number): string {
  return daToInput(addDays(todayDA, days));
}

/** Today counts: the share runs to the end of the day. */
export function mayRunUntil(value: string, todayDA: string): boolean {
  const da = inputToDA(value);
  return parseDA(da) !== undefined && da >= todayDA && da <= addDays(todayDA, SHARE_DAYS_MAX - 1);
}
