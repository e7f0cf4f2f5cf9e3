/** Birth dates as rosters write them: of the western calendar or by era. Pure. */

import { ERAS, isDay } from '../../domain/patients/calendar.ts';

const WESTERN = /^([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?: ?[t ][0-9:]{4,8})?|([0-9]{2})([0-9]{2}))$/;
const BY_NAME =
  /^(明治|大正|昭和|平成|令和|[明大昭平令mtshr])[-/. ]?(元|[0-9]{1,2})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))$/;
/** GYYMMDD, as receipts have it (記録条件仕様 別表 年号区分コード). */
const BY_DIGIT = /^([1-5])([0-9]{2})([0-9]{2})([0-9]{2})$/;

const TEXT_CHARS_MAX = 40;
const FIRST_YEAR = 1868;

/**
 * YYYYMMDD; '' when nothing is said, undefined when it is no date. S25.4.12, 昭和二十五年 is not read, 1950-04-12, 1950年4月12日, 19500412, 3250412, 昭和元年12月25日.
 * @param today YYYYMMDD: nobody is born later
 */
export function rosterBirthDate(text: string, today: string): string | undefined {
  if (text.length > TEXT_CHARS_MAX) return undefined;
  const plain = text
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/\s*([年月./-])\s*/g, '$1');
  if (/^0*$/.test(plain)) return '';
  const western = WESTERN.exec(plain);
  if (western !== null) return asDate(Number(western[1]), western[2] ?? western[4], western[3] ?? western[5], today);
  const named = BY_NAME.exec(plain);
  if (named !== null)
    return eraDate(
      (names) => names.includes(named[1] ?? ''),
      named[2] === '元' ? 1 : Number(named[2]),
      named[3] ?? named[5],
      named[4] ?? named[6],
      today,
    );
  const digits = BY_DIGIT.exec(plain);
  return digits === null ? undefined : eraDate((_, digit) => digit === digits[1], Number(digits[2]), digits[3], digits[4], today);
}

function eraDate(
  isMeant: (names: readonly string[], digit: string) => boolean,
  year: number,
  month = '',
  day = '',
  today = '',
): string | undefined {
  const era = ERAS.find(({ names, digit }) => isMeant(names, digit));
  if (era === undefined || year < 1 || year > era.years) return undefined;
  return asDate(era.first + year - 1, month, day, today);
}

function asDate(year: number, month = '', day = '', today = ''): string | undefined {
  const text = `${year}${month.padStart(2, '0')}${day.padStart(2, '0')}`;
  if (year < FIRST_YEAR || !isDay({ year, month: Number(month), day: Number(day) })) return undefined;
  return text > today ? undefined : text;
}
