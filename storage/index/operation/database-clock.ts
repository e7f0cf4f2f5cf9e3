/** This machine's clock beside that of a database on another machine. */
import { type DatabaseClock, demandClock } from '../../../gateway/domain/operation/database-clock.ts';
import type { Queryable } from '../postgres/pool.ts';

export interface DatingClock extends DatabaseClock {
  /** What the index writes is dated by it. @throws unavailable while the clocks are too far apart */
  dated(): Date;
  /** The database's time, as near as it is known: for what is told while the clocks are apart. */
  shared(): Date;
}

/** `db` undefined: the embedded server, which has the clock of the machine it shares with us. `steady`: runs on, whatever the clock is set to. ms. */
export function databaseClock(db: Queryable | undefined, now: () => Date, steady: () => number = () => performance.now()): DatingClock {
  const offset = () => now().getTime() - steady();
  let found = { aheadMs: 0, offset: offset() };
  const clock: DatingClock = {
    // Set since then: it is as much further ahead, and nothing is dated by it until somebody has it compared.
    get aheadMs() {
      return db === undefined ? 0 : found.aheadMs + offset() - found.offset;
    },
    async compare() {
      if (db === undefined) return 0;
      const { least, most } = await apart(db, now);
      // What is known is kept as far as the answer allows: one that was long on its way shows no drift, and hides none.
      found = { aheadMs: Math.min(Math.max(clock.aheadMs, least), most), offset: offset() };
      return found.aheadMs;
    },
    dated() {
      demandClock(clock);
      return now();
    },
    shared: () => new Date(now().getTime() - clock.aheadMs),
  };
  return clock;
}

/** The database looked at its clock between our two looks: we are so far ahead at least, and so far at most. ms. */
async function apart(db: Queryable, now: () => Date): Promise<{ least: number; most: number }> {
  const asked = now().getTime();
  const [row] = await db.rows<{ at: Date }>({ text: 'SELECT pg_catalog.clock_timestamp() AS at' });
  const told = now().getTime();
  const at = row?.at.getTime() ?? told;
  // A clock that was set meanwhile has told two times, and either may be right.
  return { least: Math.min(asked, told) - at, most: Math.max(asked, told) - at };
}
