/** How often a password was guessed, and when the guesser may try again: one count for all nodes. Keys are hashes. */
import { createHash } from 'node:crypto';
import { type AttemptIndex, type AttemptState, nextAttempt } from '../../../gateway/domain/people/credentials.ts';
import type { Database, Queryable } from '../postgres/pool.ts';

/** Forgotten after this: all waits and what slows them down are over by then. */
const KEPT_MS = 24 * 3_600_000;
const OLD_REMOVED_MAX = 200;
/** Past about this many rows the oldest go, whatever their age. */
export const ATTEMPT_ROWS_MAX = 200_000;
/** How often the rows are counted, in attempts of this process. */
const COUNTED_EVERY = 1_000;

/** `dated` @throws when the clock is not to be believed: by it somebody would wait until long after it was set right. */
export function attemptIndex(db: Database, dated: () => Date): AttemptIndex {
  let attempts = 0;
  return {
    async admitAttempt(given, now) {
      dated();
      const keys = [...given].sort((a, b) => (a.key < b.key ? -1 : 1));
      const full = attempts++ % COUNTED_EVERY === 0 ? await tooMany(db) : 0;
      return db.transaction(async (tx) => {
        await removeOld(tx, now, full);
        const states = await lockStates(tx, keys, now);
        const failures = new Map<string, number>();
        let lookAt = now;
        let nextAt: Date | undefined;
        const next: { key: string; state: AttemptState }[] = [];
        for (const { key, slowing } of keys) {
          const step = nextAttempt(states.get(key), slowing, now);
          if ('refusedUntil' in step) return { admitted: false, retryAt: step.refusedUntil };
          if (step.lookAt > lookAt) lookAt = step.lookAt;
          if (step.state.nextAt !== undefined && (nextAt === undefined || step.state.nextAt > nextAt)) nextAt = step.state.nextAt;
          failures.set(key, step.state.failures);
          next.push({ key, state: step.state });
        }
        await writeStates(tx, next);
        return { admitted: true, lookAt, nextAt, failures };
      });
    },

    async forgiveAttempt(keys) {
      await db.rows({
        text: `UPDATE sign_in_attempts a SET failures = CASE WHEN k.clears THEN 0 ELSE greatest(0, a.failures - 1) END,
            next_at = CASE WHEN k.clears THEN NULL ELSE a.next_at END
          FROM unnest($1::text[], $2::boolean[]) AS k (key, clears) WHERE a.key = k.key`,
        values: [keys.map(({ key }) => key), keys.map(({ clears }) => clears)],
      });
    },

    async clearAttempts(account) {
      await db.rows({ text: 'DELETE FROM sign_in_attempts WHERE account = $1', values: [account] });
    },
  };
}

/** The account is known by the hash of its address, as `gateway/auth/secrets.ts` makes it. */
function accountOf(email: string): string {
  return createHash('sha256').update(email.toLowerCase()).digest('hex');
}

export async function clearAttemptsAt(tx: Queryable, email: string): Promise<void> {
  await tx.rows({ text: 'DELETE FROM sign_in_attempts WHERE account = $1', values: [accountOf(email)] });
}

export async function anyWaitsAt(on: Queryable, email: string, now: Date): Promise<boolean> {
  const [row] = await on.rows({
    text: 'SELECT EXISTS (SELECT FROM sign_in_attempts WHERE account = $1 AND next_at > $2) AS any',
    values: [accountOf(email), now],
  });
  return row?.['any'] === true;
}

/** In the order of the keys, so that two attempts do not wait for each other. */
async function lockStates(
  tx: Queryable,
  keys: readonly { key: string; account?: string }[],
  now: Date,
): Promise<ReadonlyMap<string, AttemptState>> {
  await tx.rows({
    text: `INSERT INTO sign_in_attempts (key, account, failures, last_at) SELECT key, account, 0, $3
      FROM unnest($1::text[], $2::text[]) AS k (key, account) ORDER BY key ON CONFLICT (key) DO NOTHING`,
    values: [keys.map(({ key }) => key), keys.map(({ account }) => account ?? null), now],
  });
  const rows = await tx.rows({
    text: 'SELECT key, failures, last_at, next_at FROM sign_in_attempts WHERE key = ANY($1) ORDER BY key FOR UPDATE',
    values: [keys.map(({ key }) => key)],
  });
  return new Map(
    rows.map((row) => [row['key'], { failures: row['failures'], lastAt: row['last_at'], nextAt: row['next_at'] ?? undefined }]),
  );
}

async function writeStates(tx: Queryable, next: readonly { key: string; state: AttemptState }[]): Promise<void> {
  await tx.rows({
    text: `UPDATE sign_in_attempts a SET failures = k.failures, last_at = k.last_at, next_at = k.next_at
      FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::timestamptz[]) AS k (key, failures, last_at, next_at) WHERE a.key = k.key`,
    values: [
      next.map(({ key }) => key),
      next.map(({ state }) => state.failures),
      next.map(({ state }) => state.lastAt),
      next.map(({ state }) => state.nextAt ?? null),
    ],
  });
}

/** How many rows there are more than there should be. */
async function tooMany(db: Database): Promise<number> {
  const [row] = await db.rows({ text: 'SELECT count(*)::integer AS count FROM sign_in_attempts' });
  return Math.max(0, Number(row?.['count']) - ATTEMPT_ROWS_MAX);
}

async function removeOld(tx: Queryable, now: Date, excess: number): Promise<void> {
  if (excess > 0)
    await tx.rows({
      text: `DELETE FROM sign_in_attempts WHERE key = ANY (ARRAY(SELECT key FROM sign_in_attempts ORDER BY last_at LIMIT $1 FOR UPDATE SKIP LOCKED))`,
      values: [excess + COUNTED_EVERY],
    });
  await tx.rows({
    text: `DELETE FROM sign_in_attempts WHERE key = ANY (ARRAY(SELECT key FROM sign_in_attempts WHERE last_at < $1 ORDER BY last_at LIMIT ${OLD_REMOVED_MAX} FOR UPDATE SKIP LOCKED))`,
    values: [new Date(now.getTime() - KEPT_MS)],
  });
}
