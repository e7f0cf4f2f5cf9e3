import { describe, expect, it } from 'vitest';
import { keepingCertificates, parseAETitles, writeAETitles } from './ae-titles.ts';

describe('AE titles', () => {
  it.each([
    ['', { entries: [] }],
    ['PACS1\n\n CT_ROOM 10.0.0.0/8 ', { entries: [{ aeTitle: 'PACS1' }, { aeTitle: 'CT_ROOM', addressRange: '10.0.0.0/8' }] }],
    ['"MY PACS"', { entries: [{ aeTitle: 'MY PACS' }] }],
    [
      'PACS1 10.0.0.0/8 pacs.example:104\nCT [fd00::1]:11112',
      {
        entries: [
          { aeTitle: 'PACS1', addressRange: '10.0.0.0/8', host: 'pacs.example', port: 104 },
          { aeTitle: 'CT', host: 'fd00::1', port: 11112 },
        ],
      },
    ],
    ['PACS1 300.1.1.0/99', { invalid: 'PACS1 300.1.1.0/99' }],
    ['PACS1 pacs.example:0', { invalid: 'PACS1 pacs.example:0' }],
    ['PACS1 pacs.example:70000', { invalid: 'PACS1 pacs.example:70000' }],
    ['PACS1 10.0.0.1 10.0.0.2', { invalid: 'PACS1 10.0.0.1 10.0.0.2' }],
    ['SEVENTEEN_LETTERS', { invalid: 'SEVENTEEN_LETTERS' }],
    ['BACK\\SLASH', { invalid: 'BACK\\SLASH' }],
    ['A B C', { invalid: 'A B C' }],
  ])('%j', (text, expected) => {
    expect(parseAETitles(text)).toEqual(expected);
  });
  it('are written as they are read', () => {
    const text = '"MY PACS" 10.0.0.0/8 pacs.example:104\nCT [fd00::1]:11112\nPACS1';
    const parsed = parseAETitles(text);
    expect('entries' in parsed ? writeAETitles(parsed.entries) : '').toBe(text);
  });
  it('keep the certificate that the text does not show', () => {
    const before = [{ aeTitle: 'PACS1', certificateSha256: 'ab' }];
    expect(keepingCertificates([{ aeTitle: 'PACS1' }, { aeTitle: 'CT' }], before)).toEqual([...before, { aeTitle: 'CT' }]);
  });
});
