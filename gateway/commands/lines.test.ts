import { expect, test } from 'vitest';
import { lines } from './lines.ts';

test.each([
  ['a value a line', { file: '/b', bytes: 12, ok: true, none: null }, 'file: /b\nbytes: 12\nok: true\nnone: null'],
  ['members of a member', { problems: { missing: 0, corrupt: 2 } }, 'problems: missing 0, corrupt 2'],
  [
    'one of a list a line',
    {
      users: [
        { email: 'a@b.example', facility: null },
        { email: 'c@d.example', facility: 'H1' },
      ],
    },
    'users: \n  email a@b.example, facility null\n  email c@d.example, facility H1',
  ],
  ['texts of a list', { encryption: ['age1x'] }, 'encryption: \n  age1x'],
  ['a list of nothing', { listed: [] }, 'listed: none'],
  ['what lies deeper', { images: { at: { where: 's3' } } }, 'images: at {"where":"s3"}'],
])('%s', (_, answer, text) => {
  expect(lines(answer)).toBe(text);
});
