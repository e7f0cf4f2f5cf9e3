import { isIP, isIPv6 } from 'node:net';
import { describe, expect, test } from 'vitest';
import { addressRange, isHost, networksOf, plainAddress } from './network.ts';

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

describe('a range of addresses', () => {
  test.each([
    ['192.168.1.20', { family: 'ipv4', address: '192.168.1.20', prefixBits: 32 }],
    ['192.168.1.0/24', { family: 'ipv4', address: '192.168.1.0', prefixBits: 24 }],
    ['0.0.0.0/0', { family: 'ipv4', address: '0.0.0.0', prefixBits: 0 }],
    ['255.255.255.255/32', { family: 'ipv4', address: '255.255.255.255', prefixBits: 32 }],
    ['2001:db8::/32', { family: 'ipv6', address: '2001:db8::', prefixBits: 32 }],
    ['::1', { family: 'ipv6', address: '::1', prefixBits: 128 }],
    ['fd00:1::/64', { family: 'ipv6', address: 'fd00:1::', prefixBits: 64 }],
  ])('%s', (text, range) => {
    expect(addressRange(text)).toEqual(range);
    expect(isIP(range.address)).toBe(range.family === 'ipv4' ? 4 : 6);
  });

  test.each([
    ...['300.1.1.0/99', '300.1.1.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/', '10.0.0.0/x', '10.0.0.0/08', '10.0.0/8', '10.0.0.0.0/8'],
    ...[
      '10.0.0.0/8 ',
      ' 10.0.0.0/8',
      '10.0.0.0/8/8',
      '10.00.0.1',
      'hospital',
      '',
      '/',
      '::/129',
      ':::/64',
      '12345::/16',
      'fe80::1%eth0',
      '.1.2.3',
    ],
    ...['1.2.3.', '10.0.0.0-10.0.0.9', `${'0:'.repeat(30)}:/8`],
  ])('%j is none', (text) => {
    expect(addressRange(text)).toBeUndefined();
  });
});

describe('a host', () => {
  test.each(['pacs', 'pacs.example', 'ct_room-1', '192.168.1.20', 'fd00::1', 'xn--wgv71a.example.'])('%s', (text) => {
    expect(isHost(text)).toBe(true);
  });
  test.each(['', ' ', '192.168.1.20:104', '[fd00::1]', '300.1.1.1', '192.168.1', '-pacs', 'pacs/1', 'サーバ', 'a b', 'a'.repeat(254)])(
    '%j is none',
    (text) => {
      expect(isHost(text)).toBe(false);
    },
  );
});
