import { expect, test } from 'vitest';
import { wrapped } from './signed-document.ts';

const widthOf = (text: string) => text.length;

test.each<[string, string, string[]]>([
  ['nothing', '', ['']],
  ['Japanese', 'あなたの検査の画像を', ['あなたの検', '査の画像を']],
  ['no line begins with a full stop', 'あなたのも。つぎ', ['あなたのも。', 'つぎ']],
  ['between words', 'to be seen by', ['to be', 'seen', 'by']],
  ['a word that is too long', 'radiology', ['radiology']],
])('lines: %s', (_name, text, lines) => {
  expect(wrapped(text, 5, widthOf)).toEqual(lines);
});
