import { isIPv6 } from 'node:net';
import { describe, expect, test } from 'vitest';
import { networksOf, plainAddress } from './network.ts';

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

  test.each([
    ...['::', '::1', '1::', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', 'A:B:C:D::1.2.3.4', '1:2:3:4:5:6:1.2.3.4'],
    ...['', ':', ':::', '1', '1:', ':1', '1:::2', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4::5:6:7:8', '12345::', 'g::'],
    ...['::1.2.3', '::1.2.3.256', '::1.2.3.4.5', '::1.2.3.4:5', '1:2:3:4:5:6:7:1.2.3.4', '1.2.3.4', '::-1', ':: 1', '[::1]'],
  ])('%j has a /64 when it is IPv6, and only then', (address) => {
    expect(networksOf(address).site !== undefined).toBe(isIPv6(address));
  });
});
