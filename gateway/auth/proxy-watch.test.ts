import { describe, expect, test } from 'vitest';
import type { LogFields } from '../domain/operation/log.ts';
import { deviceName } from './device-name.ts';
import { createProxyWatch, PROXY_SAID_EVERY_MS } from './proxy-watch.ts';

function watch() {
  let ms = 0;
  const said: LogFields[] = [];
  const told: [string, number][] = [];
  const proxies = createProxyWatch({
    log: { info: () => {}, error: () => {}, warn: (_event, fields) => void said.push(fields ?? {}) },
    warn: (peer, requests) => void told.push([peer, requests]),
    monotonicMs: () => ms,
  });
  return { ...proxies, said, told, later: (more: number) => (ms += more) };
}

describe('a proxy that is not trusted', () => {
  test.each([
    ['no header', { ip: '10.0.0.1', headers: {} }, undefined],
    ['none is trusted', { ip: '10.0.0.1', headers: { 'x-forwarded-for': '203.0.113.1' } }, { claimed: '203.0.113.1' }],
    ['Forwarded too', { ip: '10.0.0.1', headers: { forwarded: 'for=203.0.113.1' } }, { claimed: '203.0.113.1' }],
    ['another is', { ip: '10.0.0.9', ips: ['10.0.0.9'], headers: { 'x-forwarded-for': '203.0.113.1' } }, { claimed: '203.0.113.1' }],
    ['it is', { ip: '203.0.113.1', ips: ['10.0.0.1', '203.0.113.1'], headers: { 'x-forwarded-for': '203.0.113.1' } }, undefined],
  ])('is known by its header: %s', (_, request, expected) => {
    expect(watch().untrusted(request)).toEqual(expected);
  });

  test('is said once in a while, with how many requests there were', () => {
    const { watch: see, said, told, later } = watch();
    const request = { ip: '::ffff:10.0.0.1', headers: { 'x-forwarded-for': '203.0.113.1' } };
    for (let n = 0; n < 5; n++) see(request);
    later(PROXY_SAID_EVERY_MS);
    see(request);
    see({ ip: '10.0.0.1', headers: {} });
    expect(said.map(({ peer, requests }) => [peer, requests])).toEqual([
      ['10.0.0.1', 1],
      ['10.0.0.1', 5],
    ]);
    expect(told).toEqual([
      ['10.0.0.1', 1],
      ['10.0.0.1', 5],
    ]);
  });
});

test.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    'Edge · Windows',
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    'Safari · iPad',
  ],
  ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36', 'Chrome · Android'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox · Linux'],
  ['curl/8.5.0', ''],
  [undefined, ''],
])('a device is named by %s: %s', (userAgent, name) => {
  expect(deviceName(userAgent)).toBe(name);
});
