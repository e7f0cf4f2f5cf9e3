import { expect, test } from 'vitest';
import { rubyParts, withoutReadings } from './ruby.ts';

test.each<[string, ReturnType<typeof rubyParts>, string]>([
  ['', [], ''],
  ['すべて', ['すべて'], 'すべて'],
  ['{同意|どうい}する', [{ text: '同意', reading: 'どうい' }, 'する'], '同意する'],
  ['見る{撮影|さつえい}', ['見る', { text: '撮影', reading: 'さつえい' }], '見る撮影'],
  ['{同意}と|と{{x}}', ['{同意}と|と{{x}}'], '{同意}と|と{{x}}'],
])('%s', (text, parts, plain) => {
  expect(rubyParts(text)).toEqual(parts);
  expect(withoutReadings(text)).toBe(plain);
});
