import { describe, expect, it } from 'vitest';
import { ifRangeAllows, noneMatchNames, parseByteRange } from './byte-range.ts';

describe('parseByteRange of 1000 bytes, RFC 9110 14.1.2', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-99', { offset: 0, length: 100 }],
    ['bytes=0-0', { offset: 0, length: 1 }],
    ['bytes=900-', { offset: 900, length: 100 }],
    ['bytes=900-5000', { offset: 900, length: 100 }],
    ['bytes=-100', { offset: 900, length: 100 }],
    ['bytes=-5000', { offset: 0, length: 1000 }],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=1000-1001', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', undefined],
    ['bytes=-', undefined],
    ['bytes=a-b', undefined],
    ['bytes=0-1,4-5', undefined],
    ['lines=0-1', undefined],
    ['bytes=99999999999999999999-', undefined],
  ])('%s', (header, expected) => {
    expect(parseByteRange(header, 1000)).toEqual(expected);
  });

  it('has no satisfiable range in nothing', () => {
    expect(parseByteRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(parseByteRange('bytes=-1', 0)).toBe('unsatisfiable');
  });
});

describe('conditions', () => {
  it.each([
    [undefined, false],
    ['*', true],
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['"b"', false],
  ])('If-None-Match %s', (header, expected) => {
    expect(noneMatchNames(header, '"a"')).toBe(expected);
  });

  it.each([
    [undefined, true],
    ['"a"', true],
    ['"b"', false],
    ['W/"a"', false],
    ['Wed, 21 Oct 2015 07:28:00 GMT', false],
  ])('If-Range %s', (header, expected) => {
    expect(ifRangeAllows(header, '"a"')).toBe(expected);
  });
});
