/** Who wants news by mail, to which address, and what is due. An account's row is its place in the queue. */
import { DAY_MS } from '../../../gateway/domain/clock.ts';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { UserId } from '../../../gateway/domain/identifiers.ts';
import type { Proven } from '../../../gateway/domain/people/credentials.ts';
import {
  MAIL_AT_FIRST,
  MAIL_CODE_MS,
  MAIL_CODE_TRIES_MAX,
  MAIL_CODES_A_DAY_MAX,
  MAIL_COUNT_MAX,
  MAIL_KINDS,
  MAIL_SETTLED_MS,
  type MailIndex,
  type MailKind,
  type MailMode,
  type MailOutcome,
  type NewsDue,
} from '../../../gateway/domain/people/mail.ts';
import type { Database, Query, Queryable, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';
import { demandProven } from './proofs.ts';

export function mailIndex(db: Database, now: () => Date): MailIndex {
  return { ...choicesOf(db, now), ...codesOf(db, now), ...newsOf(db, now) };
}

type Choices = Pick<MailIndex, 'mailChoices' | 'chooseMail' | 'askMailCode' | 'confirmMailAddress' | 'removeMailAddress'>;

function choicesOf(db: Database, now: () => Date): Choices {
  return {
    async mailChoices(id) {
      const [row] = await db.rows({ text: 'SELECT * FROM mail_choices WHERE user_id = $1', values: [id] });
      if (row === undefined) return MAIL_AT_FIRST;
      return {
        mode: row['mode'] as MailMode,
        kinds: MAIL_KINDS.filter((kind) => (row['kinds'] as readonly MailKind[]).includes(kind)),
        address: row['address'] ?? undefined,
        pendingAddress: row['pending_address'] ?? undefined,
        failedAt: row['failed_at'] ?? undefined,
      };
    },

    chooseMail: (proven, { mode, kinds, language, dueAt }, entries) =>
      proved(db, now, proven, async (tx, at) => {
        const changed = await tx.rows({
          text: `UPDATE mail_choices SET mode = $2, kinds = $3, language = $6, news_due_at = $4, news_attempts = 0,
              told_until = CASE WHEN mode = 'off' THEN $5 ELSE told_until END
            WHERE user_id = $1 AND ($2 = 'off' OR address IS NOT NULL) RETURNING user_id`,
          values: [proven.userId, mode, kinds, dueAt ?? null, at, language],
        });
        if (changed.length === 0) throw noAddress();
        await appendAudit(tx, entries, at);
      }),

    askMailCode: askMailCode(db, now),

    confirmMailAddress: confirmMailAddress(db, now),

    removeMailAddress: (proven, entries) =>
      proved(db, now, proven, async (tx, at) => {
        const had = await tx.rows({
          text: `UPDATE mail_choices SET mode = 'off', news_due_at = NULL, address = NULL, failed_at = NULL,
              pending_address = NULL, code_due_at = NULL, code_hash = NULL WHERE user_id = $1 RETURNING user_id`,
          values: [proven.userId],
        });
        if (had.length > 0) await appendAudit(tx, entries, at);
      }),
  };
}

const noAddress = () => new DomainError('conflict', 'no address has been confirmed', { ids: { reason: 'mail-no-address' } });

function proved<Result>(db: Database, now: () => Date, proven: Proven, act: (tx: Queryable, at: Date) => Promise<Result>): Promise<Result> {
  return db.transaction(async (tx) => {
    const at = now();
    await demandProven(tx, proven, at);
    return act(tx, at);
  });
}

const askMailCode =
  (db: Database, now: () => Date): MailIndex['askMailCode'] =>
  (proven, address, language) =>
    proved(db, now, proven, async (tx, at) => {
      const asked = await tx.rows({
        text: `INSERT INTO mail_choices AS m (user_id, kinds, language, pending_address, code_due_at, codes_since, codes) VALUES ($1, $2, $6, $3, $4, $4, 1)
          ON CONFLICT (user_id) DO UPDATE SET language = $6, pending_address = $3, code_due_at = $4, code_attempts = 0, code_hash = NULL, code_tries = 0,
            codes_since = CASE WHEN m.codes_since > $5 THEN m.codes_since ELSE $4 END,
            codes = CASE WHEN m.codes_since > $5 THEN m.codes + 1 ELSE 1 END
          WHERE m.codes_since IS NULL OR m.codes_since <= $5 OR m.codes < ${MAIL_CODES_A_DAY_MAX} RETURNING user_id`,
        values: [proven.userId, MAIL_KINDS, address, at, new Date(at.getTime() - DAY_MS), language],
      });
      if (asked.length === 0)
        throw new DomainError('too-many', 'codes were sent often enough for a day', {
          ids: { reason: 'mail-codes', retryAfterSeconds: 3600 },
        });
    });

const confirmMailAddress =
  (db: Database, now: () => Date): MailIndex['confirmMailAddress'] =>
  (proven, codeHash, dueAt, entries) =>
    proved(db, now, proven, async (tx, at) => {
      const [row] = await tx.rows({
        text: `UPDATE mail_choices SET code_tries = code_tries + 1
          WHERE user_id = $1 AND code_hash IS NOT NULL AND code_until > $2 AND code_tries < ${MAIL_CODE_TRIES_MAX} RETURNING code_hash, mode`,
        values: [proven.userId, at],
      });
      if (row === undefined) return 'ended';
      if (row['code_hash'] !== codeHash) return 'wrong';
      await tx.rows({
        text: `UPDATE mail_choices SET address = pending_address, pending_address = NULL, code_hash = NULL, code_due_at = NULL, failed_at = NULL,
            news_due_at = $2, news_attempts = 0 WHERE user_id = $1`,
        values: [proven.userId, dueAt(row['mode'] as MailMode) ?? null],
      });
      await appendAudit(tx, entries, at);
      return 'confirmed';
    });

function codesOf(db: Database, now: () => Date): Pick<MailIndex, 'leaseMail' | 'codesDue' | 'setMailCode' | 'codeSettled'> {
  return {
    async leaseMail(holder, until) {
      const rows = await db.rows({
        text: `INSERT INTO mail_sender AS s (leased_by, leased_until) VALUES ($1, $2)
          ON CONFLICT (singleton) DO UPDATE SET leased_by = $1, leased_until = $2 WHERE s.leased_by = $1 OR s.leased_until <= $3 RETURNING leased_by`,
        values: [holder, until, now()],
      });
      return rows.length === 1;
    },

    async codesDue(limit) {
      const rows = await db.rows({
        text: `SELECT m.user_id, m.pending_address, coalesce(u.language, m.language) AS language, m.code_attempts FROM mail_choices m JOIN users u USING (user_id)
          WHERE m.code_due_at <= $1 AND u.disabled_at IS NULL ORDER BY m.code_due_at LIMIT $2`,
        values: [now(), limit],
      });
      return rows.map((row) => ({
        userId: row['user_id'] as UserId,
        address: row['pending_address'],
        language: row['language'],
        attempts: row['code_attempts'],
      }));
    },

    async setMailCode(userId, address, codeHash) {
      const rows = await db.rows({
        text: `UPDATE mail_choices SET code_hash = $3, code_until = $4, code_tries = 0
          WHERE user_id = $1 AND pending_address = $2 AND code_due_at IS NOT NULL RETURNING user_id`,
        values: [userId, address, codeHash, new Date(now().getTime() + MAIL_CODE_MS)],
      });
      return rows.length === 1;
    },

    async codeSettled(userId, address, outcome) {
      await db.rows({
        text: `UPDATE mail_choices SET code_due_at = $3, code_attempts = CASE WHEN $3::timestamptz IS NULL THEN 0 ELSE code_attempts + 1 END,
            failed_at = CASE $4 WHEN 'failed' THEN $5 WHEN 'sent' THEN NULL ELSE failed_at END
          WHERE user_id = $1 AND pending_address = $2 AND code_due_at IS NOT NULL`,
        values: [userId, address, retryOf(outcome) ?? null, outcome.is, now()],
      });
    },
  };
}

function newsOf(db: Database, now: () => Date): Pick<MailIndex, 'newsDue' | 'newsSettled' | 'mailWaiting'> {
  return {
    async newsDue(limit) {
      const at = now();
      const until = new Date(at.getTime() - MAIL_SETTLED_MS);
      return (await db.rows(newsDueQuery(at, until, limit))).map((row) => toNewsDue(row, until));
    },

    async newsSettled({ userId, address, until }, nextAt, outcome) {
      const retry = retryOf(outcome);
      await db.rows({
        text: `UPDATE mail_choices SET news_due_at = $3, news_attempts = CASE WHEN $4 THEN news_attempts + 1 ELSE 0 END,
            told_until = CASE WHEN $4 OR $6 = 'failed' THEN told_until ELSE $5 END,
            failed_at = CASE $6 WHEN 'failed' THEN $7 WHEN 'sent' THEN NULL ELSE failed_at END
          WHERE user_id = $1 AND address = $2 AND news_due_at IS NOT NULL`,
        values: [userId, address, retry ?? nextAt, retry !== undefined, until, outcome.is, now()],
      });
    },

    async mailWaiting() {
      const [row] = await db.rows({
        text: `SELECT count(*)::integer AS waiting FROM mail_choices m JOIN users u USING (user_id)
          WHERE u.disabled_at IS NULL AND (m.code_due_at IS NOT NULL OR m.news_attempts > 0)`,
      });
      return row?.['waiting'] ?? 0;
    },
  };
}

const retryOf = (outcome: MailOutcome): Date | undefined => (outcome.is === 'retry' ? outcome.at : undefined);

/** Who is due, with what is new for them: of `at-once` those for whom there is something. */
export function newsDueQuery(at: Date, until: Date, limit: number): Query {
  const since = (column: string) => `${column} > m.told_until AND ${column} <= $2`;
  const counted = (kind: MailKind, from: string) =>
    `(SELECT count(*)::integer FROM (SELECT FROM ${from} LIMIT ${MAIL_COUNT_MAX}) c WHERE '${kind}' = ANY (m.kinds)) AS ${kind}`;
  return {
    name: 'mail-news-due',
    text: `SELECT m.user_id, m.address, coalesce(u.language, m.language) AS language, m.mode, m.news_attempts, n.*
      FROM mail_choices m JOIN users u USING (user_id) CROSS JOIN LATERAL (SELECT
        ${counted('studies', `notices n WHERE n.facility_id = u.facility_id AND n.settled_at IS NULL AND ${since('n.at')}`)},
        ${counted(
          'letters',
          `(SELECT FROM letters l WHERE l.to_facility_id = u.facility_id AND l.state IN ('sent', 'recalled') AND l.state = 'sent' AND ${since('l.sent_at')}
            UNION ALL SELECT FROM letters l WHERE l.to_facility_id = u.facility_id AND l.state = 'recalled' AND ${since('l.recalled_at')}
            UNION ALL SELECT FROM letters l WHERE l.from_facility_id = u.facility_id AND l.state = 'declined' AND ${since('l.declined_at')}) l`,
        )},
        ${counted(
          'emergencies',
          `emergency_reviews r JOIN grants g USING (grant_id) WHERE r.facility_id = u.facility_id AND r.verdict IS NULL AND ${since('g.created_at')}`,
        )}) n
      WHERE m.news_due_at <= $1 AND u.disabled_at IS NULL AND u.facility_id IS NOT NULL
        AND (m.mode = 'daily' OR n.studies + n.letters + n.emergencies > 0)
      ORDER BY m.news_due_at LIMIT $3`,
    values: [at, until, limit],
  };
}

function toNewsDue(row: Row, until: Date): NewsDue {
  const { user_id: userId, address, language, mode, news_attempts: attempts, studies, letters, emergencies } = row;
  return {
    userId: userId as UserId,
    address,
    language,
    mode: mode as MailMode,
    attempts,
    counts: { studies, letters, emergencies },
    until,
  };
}
