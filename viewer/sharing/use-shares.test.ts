import { expect, it } from 'vitest';
import { facilityOf } from '../../test/fixtures/viewer/samples.ts';
import { wholeDirectory } from './use-shares.ts';

it('a directory of more than one page is read to its end', async () => {
  const pages = [
    { facilities: [facilityOf({ code: 'A' }), facilityOf({ code: 'B' })], next: 'B' },
    { facilities: [facilityOf({ code: 'C' })], next: null },
  ];
  const asked: (string | undefined)[] = [];
  const found = await wholeDirectory((after) => {
    asked.push(after);
    return Promise.resolve(pages[asked.length - 1] ?? { facilities: [], next: null });
  });
  expect(found.map(({ code }) => code)).toEqual(['A', 'B', 'C']);
  expect(asked).toEqual([undefined, 'B']);
});
