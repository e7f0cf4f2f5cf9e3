import { describe, expect, it } from 'vitest';
import { ACCEPT_CHARS_MAX, covers, essenceOf, parseAccept, parseMediaType } from './media-types.ts';

describe('parseAccept, RFC 9110 12.5.1', () => {
  it.each([
    [undefined, ['*/*']],
    ['', ['*/*']],
    ['image/png', ['image/png']],
    ['text/html;q=0.5, image/png, image/jpeg;q=0.8', ['image/png', 'image/jpeg', 'text/html']],
    ['image/png;q=0, image/jpeg', ['image/jpeg']],
    ['IMAGE/PNG', ['image/png']],
    ['*', ['*/*']],
    ['multipart/related; type="application/dicom"; transfer-syntax=*, */*;q=0.1', ['multipart/related', '*/*']],
    [' , image/png , ', ['image/png']],
  ])('%s', (header, expected) => {
    expect(parseAccept(header).map(essenceOf)).toEqual(expected);
  });

  it.each(['nonsense', 'image/', '/png', 'image/png;q=2', 'image/png;q=x', 'a/b;c', 'a/b;c="d', '*/png', 'x'.repeat(ACCEPT_CHARS_MAX + 1)])(
    'refuses %s',
    (header) => {
      expect(() => parseAccept(header)).toThrow(expect.objectContaining({ kind: 'invalid' }));
    },
  );

  it('refuses more ranges than the bound', () => {
    expect(() => parseAccept('a/b,'.repeat(65))).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});

describe('parseMediaType', () => {
  it.each([
    ['multipart/related; type=application/dicom; boundary=abc', { type: 'application/dicom', boundary: 'abc' }],
    ['multipart/related; type="application/dicom"; boundary="a,b;c\\"d"', { type: 'application/dicom', boundary: 'a,b;c"d' }],
    ['multipart/related;TYPE=x ; Boundary = y', { type: 'x', boundary: 'y' }],
    ['a/b; c=1; c=2;', { c: '1' }],
  ])('%s', (text, parameters) => {
    expect(Object.fromEntries(parseMediaType(text).parameters)).toEqual(parameters);
  });
});

describe('covers', () => {
  it.each([
    ['*/*', 'image/png', true],
    ['image/*', 'image/png', true],
    ['image/png', 'image/png', true],
    ['image/jpeg', 'image/png', false],
    ['text/*', 'image/png', false],
  ])('%s covers %s: %s', (range, essence, expected) => {
    expect(covers(parseMediaType(range), essence)).toBe(expected);
  });
});
