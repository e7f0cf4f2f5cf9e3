/**
 * Rows that are locked up to a number are found once: within `IN (…)` the database may ask for them anew with each row that it looks at, and locks more
 * (`tasks.ts` leased a dozen tasks for one). `= (…)` and `= ANY (ARRAY(…))` are worked out before.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FLOOR = new URL('../../', import.meta.url);
const sources = readdirSync(FLOOR, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!\.test)\.(ts|sql)$/.test(name));
const asking = sources.flatMap((name) => {
  const text = readFileSync(new URL(name, FLOOR), 'utf8');
  return [...text.matchAll(/([A-Z]+|=)\s*\(\s*SELECT [^`]*?FOR UPDATE SKIP LOCKED/g)].map(([, before]) => ({ name, before }));
});

test('there are such rows', () => {
  expect(asking.length).toBeGreaterThan(8);
});

test.each(asking)('$name', ({ before }) => {
  expect(['ARRAY', '=']).toContain(before);
});
