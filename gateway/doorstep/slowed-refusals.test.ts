import { describe, expect, test } from 'vitest';
import { createSlowedRefusals, SLOWED_MS, UNKNOWN_A_SECOND } from './slowed-refusals.ts';

function refusals() {
  let ms = 0;
  const { delayMs } = createSlowedRefusals({ monotonicMs: () => ms });
  return {
    delayMs,
    later: (more: number) => {
      ms += more;
    },
    /** How many of so many refusals went out at once. */
    atOnce: (count: number, address: string) =>
      Array.from({ length: count }, () => delayMs(401, { ip: address })).filter((delay) => delay === 0).length,
  };
}

describe('refusals that are slowed', () => {
  test.each([200, 204, 304, 400, 403, 404, 409, 500, 503])('%i never is', (status) => {
    const { delayMs } = refusals();
    for (let n = 0; n < 1_000; n += 1) expect(delayMs(status, { ip: '192.0.2.1' })).toBe(0);
  });

  test('429 always is', () => {
    expect(refusals().delayMs(429, { ip: '192.0.2.1' })).toBe(SLOWED_MS);
  });

  test.each<[string, string, string]>([
    ['IPv4', '192.0.2.1', '192.0.2.2'],
    ['a /64 of IPv6', '2001:db8:0:1::1', '2001:db8:0:2::1'],
  ])('401 is when %s is told so more often than the rate; another is not', (_name, address, another) => {
    const { atOnce, later } = refusals();
    expect(atOnce(1_000, address)).toBe(UNKNOWN_A_SECOND * 10);
    later(2_000);
    expect(atOnce(1_000, address)).toBe(UNKNOWN_A_SECOND * 2);
    expect(atOnce(10, another)).toBe(10);
  });

  test('addresses of one /64 count together', () => {
    const { atOnce } = refusals();
    atOnce(1_000, '2001:db8:0:1::1');
    expect(atOnce(1, '2001:db8:0:1:ffff::2')).toBe(0);
  });
});
