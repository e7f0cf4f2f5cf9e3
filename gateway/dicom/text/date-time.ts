/** DA and TM as they should be (PS3.5 6.2) and as they are met. */

/** `YYYYMMDD` of a date that exists, also written 1999.01.31 (ACR-NEMA), 1999-01-31 or 1999/01/31; '' when it is none. */
export function normaliseDate(text: string): string {
  const parts = /^(\d{4})([.\-/]?)(\d{2})\2(\d{2})$/.exec(text.trim());
  if (parts === null) return '';
  const [, year, , month, day] = parts;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (Number(year) < 100) return '';
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day) ? `${year}${month}${day}` : '';
}

/** First and last moment a TM names, each `HHMMSS.FFFFFF`; undefined when it is no time. Colons of ACR-NEMA are let pass; second 60 is a leap second. */
export function normaliseTime(text: string): { readonly from: string; readonly to: string } | undefined {
  const parts = /^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?$/.exec(text.trim());
  if (parts === null) return undefined;
  const [, hours, minutes, seconds, fraction] = parts;
  if (Number(hours) > 23 || Number(minutes ?? 0) > 59 || Number(seconds ?? 0) > 60) return undefined;
  return {
    from: `${hours}${minutes ?? '00'}${seconds ?? '00'}.${(fraction ?? '').padEnd(6, '0')}`,
    to: `${hours}${minutes ?? '59'}${seconds ?? '59'}.${(fraction ?? '').padEnd(6, '9')}`,
  };
}
