import { describe, expect, test } from 'vitest';
import { lastForwarded, networksOf, plainAddress } from './network.ts';

describe('an address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7', { network: '192.0.2.7' }],
    ['::ffff:192.0.2.7', '192.0.2.7', { network: '192.0.2.7' }],
    ['::FFFF:c000:207', '192.0.2.7', { network: '192.0.2.7' }],
    ['0:0:0:0:0:ffff:c000:0207', '192.0.2.7', { network: '192.0.2.7' }],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', { network: '2001:db8:1:2::/64', site: '2001:db8:1::/48' }],
    ['2001:0db8:0001:0002::9', '2001:0db8:0001:0002::9', { network: '2001:db8:1:2::/64', site: '2001:db8:1::/48' }],
    ['2001:db8::1', '2001:db8::1', { network: '2001:db8:0:0::/64', site: '2001:db8:0::/48' }],
    ['fe80::1%eth0', 'fe80::1', { network: 'fe80:0:0:0::/64', site: 'fe80:0:0::/48' }],
    ['::1', '::1', { network: '0:0:0:0::/64', site: '0:0:0::/48' }],
    ['64:ff9b::192.0.2.7', '64:ff9b::192.0.2.7', { network: '64:ff9b:0:0::/64', site: '64:ff9b:0::/48' }],
    ['command line', 'command line', { network: 'command line' }],
  ])('%s', (address, plain, networks) => {
    expect(plainAddress(address)).toBe(plain);
    expect(networksOf(address)).toEqual(networks);
  });
});

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
