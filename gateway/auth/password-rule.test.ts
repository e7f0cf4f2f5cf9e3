import { describe, expect, test } from 'vitest';
import { PASSWORD_CHARS_MAX } from '../domain/people/password-length.ts';
import { romaji } from '../domain/people/romaji.ts';
import { passwordFlaw } from './password-rule.ts';

const OWN = [
  'hanako.sato@chuo-hospital.example',
  '佐藤 花子',
  'サトウ ハナコ',
  'CHUO',
  '中央病院',
  'チュウオウビョウイン',
  'Chuo Hospital',
];

describe('a password', () => {
  test.each([
    'kR7#qw2!',
    'Correct-Horse-9-Battery',
    'minato-no-umi-42',
    'eight characters or more',
    '東京都港区芝公園四丁目二番',
    'もくせい 3 月の港 で買う',
    '🦄🐙🌋🎻🧊🪁🥝🛶🎈🐝🍩🧵🪐',
    `${'The quick brown fox is late. '.repeat(4)}0123456789ab`,
    [...'🦄🐙🌋🎻🧊🪁🥝🛶'].join('').repeat(16),
  ])('may be %s', async (password) => {
    expect(await passwordFlaw(password, OWN)).toBeUndefined();
  });

  test.each([
    ['short', 'password-short'],
    ['kr7qw2xm', 'password-short'],
    ['kR7qw2xmTz', 'password-short'],
    ['東京都港区芝公園四丁目', 'password-short'],
    ['xY9$'.repeat(PASSWORD_CHARS_MAX / 4 + 1), 'password-long'],
    ['Password1!', 'password-common'],
    ['P@ssw0rd-2026', 'password-common'],
    ['Password-1234567', 'password-common'],
    ['aaaaaaaaaaaaa', 'password-common'],
    ['ababababababa', 'password-common'],
    ['1234567890123', 'password-common'],
    ['abcdefghijklm', 'password-common'],
    ['qwertyuiopasdf', 'password-common'],
    ['Qwerty-12345!', 'password-common'],
    ['1qaz2wsx3edc4', 'password-common'],
    ['iloveyouiloveyou', 'password-common'],
    ['Sakura-2026!', 'password-common'],
    ['tanaka19850401', 'password-common'],
    ['パスワードパスワードパスワード', 'password-common'],
    ['hanako.sato@chuo-hospital.example', 'password-personal'],
    ['HanakoSato-2026', 'password-common'],
    ['Chuo-Hospital-1', 'password-common'],
    ['中央病院-佐藤花子-2026年', 'password-personal'],
    ['Renkei-2026!', 'password-personal'],
    ['ieknerIEKNER1', 'password-personal'],
    ['もくせい 3 月の港', 'password-short'],
    ['chuobyoin-12-#', 'password-personal'],
    ['r3nk31-ch40-#1', 'password-personal'],
    ['p a s s w o r d 1', 'password-common'],
    ['P.A.S.S.W.O.R.D.2026', 'password-common'],
    ['p_a_s_s_w_o_r_d_1', 'password-common'],
    ['p　a　s　s　w　o　r　d　1', 'password-common'],
    ['p\u200ba\u200bs\u200bs\u200bw\u200bo\u200br\u200bd1', 'password-common'],
    ['pass word - pass word', 'password-common'],
    ['p @ s s w 0 r d !', 'password-common'],
    ['d r o w s s a p 1', 'password-common'],
    ['ｐａｓｓｗｏｒｄ１２３４５', 'password-common'],
    ['ppaasssswwoorrdd', 'password-common'],
    ['1ddrroowwssssaapp', 'password-common'],
    ['pàsswörd-2026!', 'password-common'],
    ['p4ssw0rdp4ssw0rd', 'password-common'],
    ['q w e r t y u i o p', 'password-common'],
    ['q-a-z-w-s-x-e-d-c', 'password-common'],
    ['qqwweerrttyyuuii', 'password-common'],
    ['!@#$%^&*()!@#', 'password-common'],
    ['zxcvbnm,./zxcvbnm', 'password-common'],
    ['たていすかんなにらせたていす', 'password-common'],
    ['1 2 3 4 5 6 7 8 9', 'password-common'],
    ['a-b-c-d-e-f-g-h', 'password-common'],
    ['tanaka-1985-04-01', 'password-common'],
    ['Yamada 01/04/1985', 'password-common'],
    ['s a k u r a 2 0 2 6', 'password-common'],
    ['h a n a k o . s a t o', 'password-common'],
    ['o.t.a.s o.k.a.n.a.h', 'password-common'],
    ['cchhuuoohhoossppiittaall', 'password-common'],
    ['C H U O - 中 央 病 院', 'password-personal'],
    ['さとうはなこ-さとう-12', 'password-personal'],
    ['ちゅうおうびょういん-123', 'password-personal'],
    ['chu0-h0sp1t41-2026', 'password-personal'],
  ])('may not be %s', async (password, flaw) => {
    expect(await passwordFlaw(password, OWN)).toBe(flaw);
  });

  test.each([
    ['サトウ', 'satou'],
    ['はなこ', 'hanako'],
    ['ﾁｭｳｵｳﾋﾞｮｳｲﾝ', 'chuuoubyouin'],
    ['シュッチョウ', 'shucchou'],
    ['リョータロー', 'ryotaro'],
    ['佐藤', ''],
  ])('is also not made of a name in Latin letters: %s is %s', (kana, latin) => {
    expect(romaji(kana)).toBe(latin);
  });

  test('the passwords of our own tests and demo are good ones', async () => {
    for (const password of ['only-for-tests-1', 'only-for-tests-2', 'ten-characters-1', 'Correct-Horse-9-Staple'])
      expect(await passwordFlaw(password, ['radiographer@hospital.example'])).toBeUndefined();
  });
});
