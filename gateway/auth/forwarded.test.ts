import { describe, expect, test } from 'vitest';
import { lastForwarded } from './forwarded.ts';

describe('what a proxy names last', () => {
  test.each([
    [{ 'x-forwarded-for': '203.0.113.1, 198.51.100.2' }, '198.51.100.2'],
    [{ 'x-forwarded-for': ['203.0.113.1', '198.51.100.3'] }, '198.51.100.3'],
    [{ 'x-forwarded-for': '198.51.100.2:4711' }, '198.51.100.2'],
    [{ 'x-forwarded-for': '::ffff:198.51.100.2' }, '198.51.100.2'],
    [{ 'x-forwarded-for': 'unknown' }, undefined],
    [{ 'x-forwarded-for': '' }, undefined],
    [{ forwarded: 'for=192.0.2.60;proto=http;by=203.0.113.43' }, '192.0.2.60'],
    [{ forwarded: 'for=192.0.2.43, for="[2001:db8:cafe::17]:4711"' }, '2001:db8:cafe::17'],
    [{ forwarded: 'for=_hidden' }, undefined],
    [{}, undefined],
  ])('%j', (headers, address) => {
    expect(lastForwarded(headers)).toBe(address);
  });
});
