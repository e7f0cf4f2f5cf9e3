import { describe, expect, it } from 'vitest';
import { displayName, plainName } from './name-groups.ts';

describe('displayName', () => {
  it.each([
    {
      name: 'all groups: written form large, reading and romaji small',
      input: { Alphabetic: 'YAMADA^HANAKO', Ideographic: '山田^花子', Phonetic: 'やまだ^はなこ' },
      expected: { primary: '山田 花子', secondary: ['やまだ はなこ', 'YAMADA HANAKO'] },
    },
    { name: 'romaji alone', input: { Alphabetic: 'SMITH^JOHN^Q^DR^JR' }, expected: { primary: 'DR SMITH JOHN Q JR', secondary: [] } },
    { name: 'kana alone', input: { Phonetic: 'ヤマダ^ハナコ' }, expected: { primary: 'ヤマダ ハナコ', secondary: [] } },
    {
      name: 'kana written twice is shown once',
      input: { Ideographic: 'さとう', Phonetic: 'さとう' },
      expected: { primary: 'さとう', secondary: [] },
    },
    { name: 'nothing', input: {}, expected: { primary: '', secondary: [] } },
    { name: 'only delimiters', input: { Alphabetic: '^^^^' }, expected: { primary: '', secondary: [] } },
  ])('$name', ({ input, expected }) => {
    expect(displayName(input)).toEqual(expected);
  });

  it('keeps a name without delimiters whole', () => {
    expect(plainName('Anonymous Patient')).toBe('Anonymous Patient');
  });
});
