import { describe, expect, test } from 'vitest';
import { soundOf } from '../../domain/people/sound.ts';
import { soundsOfName } from './name-sound.ts';

describe('sounds of a name', () => {
  test('each component begins one, groups that sound alike are one', () => {
    expect(soundsOfName({ Alphabetic: 'Takahashi^Koh', Ideographic: '髙橋^功', Phonetic: 'たかはし^こう' })).toEqual({
      joined: ['takahasiko', 'kotakahasi'],
      withoutKana: false,
    });
  });

  test('a name in Latin letters only says so', () => {
    expect(soundsOfName({ Alphabetic: 'SATOH^AKIRA' })).toEqual({ joined: ['satoakira', 'akirasato'], withoutKana: true });
  });

  test('a vowel that two components share is long where they are written together', () => {
    expect(soundsOfName({ Phonetic: 'いとう^うみ' }).joined).toContain(soundOf('itoumi'));
  });

  test('kana without small ones, as older systems write them', () => {
    expect(soundsOfName({ Alphabetic: 'ﾊﾂﾄﾘ^ｼﾖｳｺ' }).joined).toEqual(['hatutorisiyoko', 'siyokohatutori', 'hattorisyoko', 'syokohattori']);
  });

  test('kanji have no sound, kana beside them do', () => {
    expect(soundsOfName({ Ideographic: '高橋^みどり' })).toEqual({ joined: ['midori'], withoutKana: false });
    expect(soundsOfName({})).toEqual({ joined: [], withoutKana: true });
  });
});
