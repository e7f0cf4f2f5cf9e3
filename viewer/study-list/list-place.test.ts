import { expect, it } from 'vitest';
import { placeOf, rememberPlace } from './list-place.ts';

it('keeps the place of each entry, and of the last fifty only', () => {
  expect(placeOf('a')).toEqual({ offsetPx: 0, row: 0 });
  for (let n = 0; n < 51; n++) rememberPlace(`entry ${n}`, { offsetPx: n * 76, row: n });
  expect(placeOf('entry 50')).toEqual({ offsetPx: 3800, row: 50 });
  expect(placeOf('entry 1')).toEqual({ offsetPx: 76, row: 1 });
  expect(placeOf('entry 0')).toEqual({ offsetPx: 0, row: 0 });
});
