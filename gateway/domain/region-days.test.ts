import { expect, test } from 'vitest';
import { endOfDay } from './region-days.ts';

test.each([
  ['Tokyo has no summer time', '2026-12-24', 'Asia/Tokyo', '2026-12-24T14:59:59.999Z'],
  ['the last day of a year', '2026-12-31', 'Asia/Tokyo', '2026-12-31T14:59:59.999Z'],
  ['the day summer time begins', '2026-03-29', 'Europe/Berlin', '2026-03-29T21:59:59.999Z'],
  ['the day summer time ends', '2026-10-25', 'Europe/Berlin', '2026-10-25T22:59:59.999Z'],
  ['west of Greenwich', '2026-07-01', 'America/New_York', '2026-07-02T03:59:59.999Z'],
])('%s', (_, date, zone, expected) => {
  expect(endOfDay(date, zone).toISOString()).toBe(expected);
});
