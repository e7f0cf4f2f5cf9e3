import { describe, expect, it } from 'vitest';
import { parseAETitles, writeAETitles } from './ae-titles.ts';

describe('AE titles', () => {
  it.each([
    ['', { entries: [] }],
    ['PACS1\n\n CT_ROOM 10.0.0.0/8 ', { entries: [{ aeTitle: 'PACS1' }, { aeTitle: 'CT_ROOM', addressRange: '10.0.0.0/8' }] }],
    ['"MY PACS"', { entries: [{ aeTitle: 'MY PACS' }] }],
    ['SEVENTEEN_LETTERS', { invalid: 'SEVENTEEN_LETTERS' }],
    ['BACK\\SLASH', { invalid: 'BACK\\SLASH' }],
    ['A B C', { invalid: 'A B C' }],
  ])('%j', (text, expected) => {
    expect(parseAETitles(text)).toEqual(expected);
  });
  it('are written as they are read', () => {
    const text = '"MY PACS" 10.0.0.0/8\nPACS1';
    const parsed = parseAETitles(text);
    expect('entries' in parsed ? writeAETitles(parsed.entries) : '').toBe(text);
  });
});
