/** What is typed into the one search field, as words and dates. */
import { normaliseDate } from '../../dicom/text/date-time.ts';
import { foldName } from '../../dicom/text/person-name.ts';
import type { SearchDate, SearchWord } from '../../domain/imaging/query.ts';
import { soundOf } from '../../domain/people/sound.ts';

export const SEARCH_WORDS_MAX = 8;

export interface SearchTerms {
  readonly words: readonly SearchWord[];
  readonly dates: readonly SearchDate[];
}

/** At most SEARCH_WORDS_MAX of both together; a date may be written in any of the usual ways, western or by era. */
export function searchTerms(typed: string): SearchTerms {
  const dates: SearchDate[] = [];
  const rest = DATE_FORMS.reduce(
    (text, form) =>
      text.replace(form, (raw: string, before: string, ...given: unknown[]) => {
        const { era, year, month, day } = given.at(-1) as Partial<Record<'era' | 'year' | 'month' | 'day', string>>;
        const date = searchDate(era, year ?? '', month, day);
        if (date === undefined || dates.length === SEARCH_WORDS_MAX) return raw;
        dates.push({ raw: raw.trim(), ...date });
        return before;
      }),
    typed.normalize('NFKC'),
  );
  const words = rest.split(/[\s^=]+/).filter((word) => word !== '');
  return { words: words.slice(0, SEARCH_WORDS_MAX - dates.length).map(searchWord), dates };
}

function searchWord(raw: string): SearchWord {
  return { raw, folded: foldName(raw), sound: soundOf(raw), kana: /[\u3041-\u3096\u30a1-\u30fa]/.test(raw.normalize('NFKC')) };
}

/** First days of the eras. */
const ERAS: readonly (readonly [name: string, letter: string, from: string])[] = [
  ['明治', 'M', '18680125'],
  ['大正', 'T', '19120730'],
  ['昭和', 'S', '19261225'],
  ['平成', 'H', '19890108'],
  ['令和', 'R', '20190501'],
];

const ERA = `(?<era>${ERAS.map(([name]) => name).join('|')}|[MTSHR]\\.?)`;
const MONTH = '(?<month>\\d{1,2})';
const DAY = '(?<day>\\d{1,2})';

/**
 * 令和8年11月25日, R8.11.25, R081125, 令和8年, S40; 2026年11月25日, 2026年11月, 2026年, 2026/11/25, 2026-11-25, 2026/11, 20261125; 生 may follow.
 * Four digits alone are no year and six no month: they are more often part of an identifier.
 */
const DATE_FORMS: readonly RegExp[] = [
  `${ERA}\\s?(?<year>\\d{1,2}|元)(?:(?:年\\s?|[./-])(?:${MONTH}(?:(?:月\\s?|[./-])(?:${DAY}日?)?)?)?)?`,
  `${ERA}(?<year>\\d{2})(?<month>\\d{2})(?<day>\\d{2})`,
  `(?<year>\\d{4})年\\s?(?:${MONTH}(?:月\\s?(?:${DAY}日?)?)?)?`,
  `(?<year>\\d{4})[./-]${MONTH}(?:[./-]${DAY})?`,
  '(?<year>\\d{4})(?<month>\\d{2})(?<day>\\d{2})',
].map((form) => new RegExp(`(^|\\s)${form}(?:生まれ|生)?(?=\\s|$)`, 'giu'));

function searchDate(era: string | undefined, year: string, month = '', day = ''): Omit<SearchDate, 'raw'> | undefined {
  const at = ERAS.findIndex(([name, letter]) => name === era || letter === era?.[0]?.toUpperCase());
  const first = ERAS[at]?.[2];
  const counted = year === '元' ? 1 : Number(year);
  const western = String(first === undefined ? counted : Number(first.slice(0, 4)) + counted - 1).padStart(4, '0');
  if (counted < 1 || western < '1868' || western > '2199') return undefined;
  const [mm, dd] = [month.padStart(2, '0'), day.padStart(2, '0')];
  if (day !== '') {
    const date = normaliseDate(`${western}${mm}${dd}`);
    return date === '' ? undefined : { from: date, to: date };
  }
  if (month !== '' && (mm < '01' || mm > '12')) return undefined;
  const whole = month === '' ? { from: `${western}0101`, to: `${western}1231` } : { from: `${western}${mm}01`, to: `${western}${mm}31` };
  // The first and the last year of an era are parts of years. Papers printed before an era's end go on counting: 平成32年 is 2020.
  const last = ERAS[at + 1]?.[2];
  const from = first !== undefined && first > whole.from && first <= whole.to ? first : whole.from;
  const to = first !== undefined && last !== undefined && last > whole.from && last <= whole.to ? dayBefore(last) : whole.to;
  return { from, to };
}

function dayBefore(date: string): string {
  const day = new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6)) - 1));
  return day.toISOString().slice(0, 10).replaceAll('-', '');
}
