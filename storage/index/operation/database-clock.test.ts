import { expect, test } from 'vitest';
import type { Queryable } from '../postgres/pool.ts';
import { databaseClock } from './database-clock.ts';

/** A machine and a database on clocks that are moved by hand. ms. */
function apart(aheadMs: number) {
  let steady = 500;
  let ahead = aheadMs;
  let toDatabaseMs = 0;
  let fromDatabaseMs = 0;
  let setOnTheWayMs = 0;
  const now = () => new Date(1_000_000 + steady + ahead);
  const db = {
    async rows() {
      steady += toDatabaseMs;
      const row = { at: new Date(1_000_000 + steady) };
      steady += fromDatabaseMs;
      ahead += setOnTheWayMs;
      return [row];
    },
  } as unknown as Queryable;
  const clock = databaseClock(db, now, () => steady);
  return {
    clock,
    set: (ms: number) => {
      ahead = ms;
    },
    async compare(toMs = 0, fromMs = 0, setMs = 0) {
      [toDatabaseMs, fromDatabaseMs, setOnTheWayMs] = [toMs, fromMs, setMs];
      return clock.compare();
    },
  };
}

test.each([
  ['to the database', 40_000, 0],
  ['back', 0, 40_000],
  ['both', 70_000, 70_000],
])('a question that is long on its way %s is no drift', async (_, toMs, fromMs) => {
  const { clock, compare } = apart(0);
  await compare();
  expect(await compare(toMs, fromMs)).toBe(0);
  expect(clock.dated()).toBeInstanceOf(Date);
});

test.each([
  ['to the database', 40_000, 0],
  ['back', 0, 40_000],
])('nor does one that is long on its way %s hide what was found', async (_, toMs, fromMs) => {
  const { clock, compare } = apart(65_000);
  await compare();
  expect(await compare(toMs, fromMs)).toBe(65_000);
  expect(() => clock.dated()).toThrow(/65 s ahead/);
});

test('of the first question only what is certain is believed', async () => {
  expect(await apart(-65_000).compare(10_000, 0)).toBe(-65_000);
  expect(await apart(-65_000).compare(0, 10_000)).toBe(-55_000);
});

test('a clock that is set while it is asked for is found as it stands then', async () => {
  expect(await apart(0).compare(0, 0, 65_000)).toBe(65_000);
  expect(await apart(65_000).compare(0, 0, -65_000)).toBe(0);
});

test('a clock that is set between two questions is not believed before the next, and is again as soon as it is set back', async () => {
  const { clock, compare, set } = apart(0);
  await compare();
  set(3_600_000);
  expect(() => clock.dated()).toThrow(/3600 s ahead/);
  // What is told meanwhile is dated by the database's.
  expect(clock.shared().getTime()).toBe(1_000_500);
  set(0);
  expect(clock.dated().getTime()).toBe(1_000_500);
  set(60_000);
  expect(() => clock.dated()).toThrow();
  set(59_999);
  clock.dated();
});

test('of two questions the later is believed', async () => {
  const { compare, set } = apart(90_000);
  expect(await compare()).toBe(90_000);
  set(-90_000);
  expect(await compare(5, 5)).toBe(-90_000);
});
