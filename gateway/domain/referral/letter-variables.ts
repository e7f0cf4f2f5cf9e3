/** What stands in double braces in a template, and is put in place when a letter is written from it. */
import type { LetterContent } from './letter-content.ts';

export const LETTER_VARIABLES = [
  '患者氏名',
  '患者カナ',
  '生年月日',
  '性別',
  '年齢',
  '宛先施設',
  '宛先医師',
  '自施設',
  '医師名',
  '今日',
] as const;
export type LetterVariable = (typeof LETTER_VARIABLES)[number];

export interface VariableSources {
  readonly content: Pick<LetterContent, 'patientName' | 'patientKana' | 'patientBirthDate' | 'patientSex' | 'toDoctor' | 'fromDoctor'>;
  readonly toFacility: string;
  readonly fromFacility: string;
  /** YYYY-MM-DD, the region's day. */
  readonly today: string;
}

const SEX = { '': '', M: '男', F: '女', O: 'その他' } as const;

const VALUE_OF = {
  患者氏名: ({ content }) => content.patientName,
  患者カナ: ({ content }) => content.patientKana,
  生年月日: ({ content }) => inKanji(content.patientBirthDate),
  性別: ({ content }) => SEX[content.patientSex],
  年齢: ({ content, today }) => ageOf(content.patientBirthDate, today),
  宛先施設: ({ toFacility }) => toFacility,
  宛先医師: ({ content }) => content.toDoctor,
  自施設: ({ fromFacility }) => fromFacility,
  医師名: ({ content }) => content.fromDoctor,
  今日: ({ today }) => inKanji(today),
} as const satisfies Record<LetterVariable, (from: VariableSources) => string>;

/** The text with its variables in place. What is not known stays as it stands, so that the writer sees it; so does a name that is none. */
export function filledText(text: string, from: VariableSources): string {
  return text.replace(/\{\{\s*([^{}\s]{1,20})\s*\}\}/gu, (whole, name: string) => {
    const value = Object.hasOwn(VALUE_OF, name) ? VALUE_OF[name as LetterVariable](from) : '';
    return value === '' ? whole : value;
  });
}

function inKanji(date: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  return year === undefined ? '' : `${year}年${Number(month)}月${Number(day)}日`;
}

/** Whole years; '' when the birth date is not known or lies ahead. */
export function ageOf(birthDate: string, today: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birthDate) || birthDate > today) return '';
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return `${today.slice(5) < birthDate.slice(5) ? years - 1 : years}`;
}
