import { describe, expect, test } from 'vitest';
import { EMPTY_CONTENT, isPlainLine, isPlainText, missingIn } from './letter-content.ts';
import { ageOf, filledText, LETTER_VARIABLES } from './letter-variables.ts';

describe('what is written', () => {
  test.each<[string, string, line: boolean, text: boolean]>([
    ['words', '高血圧症 I10', true, true],
    ['markup, which is text', '<script>alert(1)</script>', true, true],
    ['lines', '一行目\n二行目\tここ', false, true],
    ['a zero', 'a\u0000b', false, false],
    ['an escape', 'a\u001b[31mb', false, false],
    ['a mark that turns the writing', 'exe.\u202efdp', false, false],
    ['a line separator', 'a\u2028b', false, false],
    ['a carriage return', 'a\rb', false, false],
  ])('%s', (_name, given, line, text) => {
    expect([isPlainLine(given), isPlainText(given)]).toEqual([line, text]);
  });

  test('what must be there before it is sent', () => {
    expect(missingIn(EMPTY_CONTENT, 'referral', 0)).toEqual(['patientName', 'purpose']);
    expect(missingIn(EMPTY_CONTENT, 'reply', 0)).toEqual(['patientName', 'course']);
    expect(missingIn({ ...EMPTY_CONTENT, patientName: '山田 太郎', purpose: ' ' }, 'referral', 0)).toEqual(['purpose']);
    expect(missingIn({ ...EMPTY_CONTENT, patientName: '山田 太郎' }, 'referral', 1)).toEqual([]);
    expect(missingIn({ ...EMPTY_CONTENT, patientName: '山田 太郎', course: '経過良好' }, 'reply', 0)).toEqual([]);
  });
});

const FROM = {
  content: {
    patientName: '山田 太郎',
    patientKana: 'ヤマダ タロウ',
    patientBirthDate: '1950-11-29',
    patientSex: 'M',
    toDoctor: '',
    fromDoctor: '佐藤 花子',
  },
  toFacility: '中央病院',
  fromFacility: '駅前クリニック',
  today: '2026-11-28',
} as const;

describe('variables', () => {
  test.each<[string, string]>([
    ['{{患者氏名}}様（{{年齢}}歳・{{性別}}）', '山田 太郎様（75歳・男）'],
    ['{{ 生年月日 }}生 {{今日}}', '1950年11月29日生 2026年11月28日'],
    ['{{宛先医師}}先生 {{知らない}}', '{{宛先医師}}先生 {{知らない}}'],
    ['{{自施設}} {{医師名}} → {{宛先施設}}', '駅前クリニック 佐藤 花子 → 中央病院'],
    ['{{constructor}} {{__proto__}} {患者氏名}', '{{constructor}} {{__proto__}} {患者氏名}'],
  ])('%s', (template, expected) => {
    expect(filledText(template, FROM)).toBe(expected);
  });

  test('what a value says is not read as a variable', () => {
    const content = { ...FROM.content, patientName: '{{今日}}' };
    expect(filledText('{{患者氏名}}', { ...FROM, content })).toBe('{{今日}}');
  });

  test('each has a value', () => {
    const all = { ...FROM, content: { ...FROM.content, toDoctor: '鈴木 一郎' } };
    for (const name of LETTER_VARIABLES) expect(filledText(`{{${name}}}`, all)).not.toContain('{{');
  });

  test.each([
    ['1950-11-28', '76'],
    ['1950-11-29', '75'],
    ['2026-11-28', '0'],
    ['2026-11-29', ''],
    ['', ''],
  ])('born on %s', (born, expected) => {
    expect(ageOf(born, '2026-11-28')).toBe(expected);
  });
});
