/** Unusual use of images: the record is gone through in stretches by one process at a time; what is found waits to be decided. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityCode, UserId } from '../../../gateway/domain/identifiers.ts';
import { LOOKING } from '../../../gateway/domain/record/audit.ts';
import type {
  KeptPerson,
  KeptViewing,
  UnusualRevision,
  UnusualUse,
  UnusualUseIndex,
} from '../../../gateway/domain/record/unusual-index.ts';
import type { UnusualRule } from '../../../gateway/domain/record/unusual-rules.ts';
import {
  BEFORE_MS,
  EVIDENCE_MAX,
  type UnusualDecision,
  type UnusualFinding,
  type Viewing,
} from '../../../gateway/domain/record/unusual-use.ts';
import type { Right } from '../../../gateway/domain/sharing/access.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { recorded } from './audit.ts';

/** Any number, the same in every version of this program: two that judge at once would each count what the other has. */
const JUDGING_LOCK = 7_305_431_003;
const STRETCH_MAX = 2_000;
/** Views before a stretch that are counted in, and people of facilities whose names are compared. */
const BEFORE_MAX = 20_000;
const STAFF_MAX = 20_000;
const LIST_MAX = 200;

export function unusualUseIndex(db: Database, now: () => Date): UnusualUseIndex {
  return {
    judgeSome: judgeSome(db),

    async list({ decided, after, limit }) {
      const order = decided ? ['<', 'DESC', 'IS NOT NULL'] : ['>', 'ASC', 'IS NULL'];
      const rows = await db.rows({
        text: `${USE} WHERE decided_at ${order[2]} AND ($2::bigint IS NULL OR use_id ${order[0]} $2) ORDER BY use_id ${order[1]} LIMIT $1`,
        values: [Math.min(limit, LIST_MAX + 1), after ?? null],
      });
      return rows.map(toUse);
    },

    async waiting() {
      const [row] = await db.rows({ text: 'SELECT count(*)::integer AS n FROM unusual_uses WHERE decided_at IS NULL' });
      return Number(row?.['n'] ?? 0);
    },

    use: (id) => useById(db, id),

    decide: (id, { decision, words, by }, entries, proven) =>
      db.transaction(async (tx) => {
        const at = now();
        await demandProven(tx, proven, at);
        const known = await useById(tx, id, 'FOR UPDATE');
        if (known === undefined) throw new DomainError('not-found', 'there is no such line');
        if (known.decided !== undefined) throw new DomainError('conflict', 'it has been decided', { ids: { reason: 'use-decided' } });
        await tx.rows({
          text: 'UPDATE unusual_uses SET decided_at = $2, decided_by = $3, decision = $4, words = $5 WHERE use_id = $1',
          values: [id, at, by, decision, words],
        });
        return recorded(tx, { ...known, decided: { at, by, decision, words } }, entries, at);
      }),

    rules: () => newestRules(db),

    setRules: ({ revision, region, by }, entries, proven) =>
      db.transaction(async (tx) => {
        const at = now();
        await demandProven(tx, proven, at);
        const [made] = await tx.rows({
          text: `INSERT INTO unusual_rules (revision, changed_at, changed_by, region)
            SELECT $1, $2, $3, $4::jsonb WHERE coalesce((SELECT max(revision) FROM unusual_rules), 0) = $1 - 1
            ON CONFLICT (revision) DO NOTHING RETURNING revision`,
          values: [revision + 1, at, by, JSON.stringify(region)],
        });
        if (made === undefined) throw new DomainError('conflict', 'the rules were changed meanwhile', { ids: { reason: 'rules-changed' } });
        return recorded(tx, { revision: revision + 1, changedAt: at, changedBy: by, region }, entries, at);
      }),
  };
}

const judgeSome =
  (db: Database): UnusualUseIndex['judgeSome'] =>
  async (limit, judge) => {
    // Nearly always: nobody did anything since.
    if (await isJudged(db)) return 0;
    return db.transaction(async (tx) => {
      const [turn] = await tx.rows({ text: 'SELECT pg_try_advisory_xact_lock($1) AS ours', values: [JUDGING_LOCK] });
      if (turn?.['ours'] !== true) return 0;
      const { from, to } = await nextStretch(tx, Math.min(limit, STRETCH_MAX));
      if (to === from) return 0;
      const views = await viewsOf(tx, from, to);
      const [first] = views;
      if (first !== undefined) {
        const region = (await newestRules(tx)).region;
        const users = [...new Set(views.map(({ userId }) => userId))];
        const [before, viewers] = [await viewsBefore(tx, users, first), await people(tx, 'u.user_id = ANY ($1::bigint[])', users)];
        const facilities = [...new Set(viewers.flatMap(({ facilityCode }) => facilityCode ?? []))];
        const staff = await people(tx, 'f.code = ANY ($1::text[])', facilities);
        await keep(tx, judge({ views, before, viewers, staff, region }));
      }
      await tx.rows({ text: 'UPDATE unusual_progress SET seq = $1', values: [to] });
      return to - from;
    });
  };

/** The record has not grown since: a row of each. */
async function isJudged(db: Queryable): Promise<boolean> {
  const [row] = await db.rows({ text: 'SELECT p.seq >= h.seq AS judged FROM unusual_progress p, audit_head h' });
  return row?.['judged'] === true;
}

/** After a restore the record may end before: what is there was looked at. */
async function nextStretch(tx: Queryable, limit: number): Promise<{ readonly from: number; readonly to: number }> {
  await tx.rows({ text: 'INSERT INTO unusual_progress (seq) SELECT seq FROM audit_head ON CONFLICT DO NOTHING' });
  const [row] = await tx.rows({
    text: 'SELECT least(p.seq, h.seq) AS start, least(p.seq + $1, h.seq) AS stop FROM unusual_progress p, audit_head h',
    values: [limit],
  });
  return { from: Number(row?.['start'] ?? 0), to: Number(row?.['stop'] ?? 0) };
}

/** a = audit */
const VIEWING = `a.seq, a.at, a.user_id, a.entry::json #>> '{who,facilityCode}' AS facility_code, a.entry::json #>> '{right,kind}' AS right_kind,
  a.owner_facility_code, a.patient_id, a.study_instance_uid, s.patient_no`;
/** The study that the entry names, as it is now: of whom it is is said by its row, since two may go by one Patient ID. */
const STUDY_OF_ENTRY = `LEFT JOIN facilities o ON o.code = a.owner_facility_code
  LEFT JOIN studies s ON s.facility_id = o.facility_id AND s.study_instance_uid = a.study_instance_uid AND s.ordinal = a.study_ordinal`;
const BY_PEOPLE = `a.user_id IS NOT NULL AND (a.entry::json ->> 'outcome') = 'success' AND a.action = ANY ($1::text[])`;

async function viewsOf(tx: Queryable, from: number, to: number): Promise<readonly KeptViewing[]> {
  const rows = await tx.rows({
    text: `SELECT ${VIEWING}, p.patient_name_alphabetic, p.patient_name_ideographic, p.patient_name_phonetic, seen.last_seen_at
      FROM audit a ${STUDY_OF_ENTRY} LEFT JOIN patients p ON p.patient_no = s.patient_no
        LEFT JOIN LATERAL (
          SELECT max(greatest(t.last_received_at, CASE WHEN t.study_date ~ '^(19|20)\\d\\d(0[1-9]|1[0-2])(0[1-9]|1\\d|2[0-8])$'
            THEN t.study_date::date::timestamptz ELSE t.last_received_at END)) AS last_seen_at
          FROM studies t WHERE t.patient_no = s.patient_no) seen ON true
      WHERE a.seq > $2 AND a.seq <= $3 AND ${BY_PEOPLE} ORDER BY a.seq`,
    values: [LOOKING, from, to],
  });
  return rows.map((row) => ({
    ...toViewing(row),
    patientName: {
      alphabetic: row['patient_name_alphabetic'] ?? '',
      ideographic: row['patient_name_ideographic'] ?? '',
      phonetic: row['patient_name_phonetic'] ?? '',
    },
    lastSeenAt: row['last_seen_at'] ?? undefined,
  }));
}

/** The newest of them, in order. */
async function viewsBefore(tx: Queryable, users: readonly UserId[], first: Viewing): Promise<readonly Viewing[]> {
  const rows = await tx.rows({
    text: `SELECT ${VIEWING} FROM audit a ${STUDY_OF_ENTRY}
      WHERE a.seq < $3 AND a.seq > coalesce((SELECT b.seq FROM audit b WHERE b.at < $4::timestamptz ORDER BY b.at DESC LIMIT 1), 0)
        AND a.at >= $4 AND a.user_id = ANY ($2::text[]) AND ${BY_PEOPLE}
      ORDER BY a.seq DESC LIMIT ${BEFORE_MAX}`,
    values: [LOOKING, users, first.seq, new Date(first.at.getTime() - BEFORE_MS)],
  });
  return rows.map(toViewing).reverse();
}

function toViewing(row: Row): Viewing {
  const owner = row['owner_facility_code'] ?? '';
  const patientID = row['patient_id'] ?? '';
  const patient =
    row['patient_no'] === null ? [owner, patientID === '' ? row['study_instance_uid'] : patientID].join(' ') : row['patient_no'];
  return {
    seq: Number(row['seq']),
    at: row['at'],
    userId: row['user_id'] as UserId,
    facilityCode: row['facility_code'] ?? undefined,
    right: (row['right_kind'] ?? undefined) as Right['kind'] | undefined,
    ownerFacilityCode: owner,
    patientID,
    patient,
  };
}

async function people(tx: Queryable, which: string, of: readonly string[]): Promise<readonly KeptPerson[]> {
  if (of.length === 0) return [];
  const rows = await tx.rows({
    text: `SELECT u.user_id, u.name, u.name_kana, f.code FROM users u LEFT JOIN facilities f USING (facility_id) WHERE ${which} LIMIT ${STAFF_MAX}`,
    values: [of],
  });
  return rows.map((row) => ({
    userId: row['user_id'] as UserId,
    facilityCode: row['code'] ?? undefined,
    name: row['name'],
    nameKana: row['name_kana'],
  }));
}

async function keep(tx: Queryable, findings: readonly UnusualFinding[]): Promise<void> {
  for (const { rule, userId, facilityCode, day, patient, reason, evidence } of findings) {
    const times = evidence.map((one) => one.at.getTime());
    const key = patient?.key ?? '';
    await tx.rows({
      // Who may open images has an account; an entry may name one that a restore has not.
      text: `INSERT INTO unusual_uses AS u (rule, user_id, facility_code, day, patient_key, owner_facility_code, patient_id, reason, evidence, first_at, last_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::bigint[], $10, $11 WHERE EXISTS (SELECT FROM users WHERE user_id = $2)
        ON CONFLICT (user_id, day, rule, patient_key) WHERE decided_at IS NULL DO UPDATE SET
          reason = excluded.reason, first_at = least(u.first_at, excluded.first_at), last_at = greatest(u.last_at, excluded.last_at),
          evidence = (SELECT array_agg(seq ORDER BY seq) FROM (
            SELECT seq FROM unnest(u.evidence || excluded.evidence) seq GROUP BY seq ORDER BY seq LIMIT ${EVIDENCE_MAX}) AS first_ones)`,
      values: [
        ...[rule, userId, facilityCode ?? null, day, key, patient?.ownerFacilityCode ?? null, patient?.patientID ?? null],
        ...[JSON.stringify(reason), evidence.map(({ seq }) => seq), new Date(Math.min(...times)), new Date(Math.max(...times))],
      ],
    });
  }
}

const USE = `SELECT use_id, rule, user_id, facility_code, to_char(day, 'YYYY-MM-DD') AS day, owner_facility_code, patient_id, reason, evidence, first_at, last_at,
  decided_at, decided_by, decision, words FROM unusual_uses`;

async function useById(on: Queryable, id: string, lock = ''): Promise<UnusualUse | undefined> {
  const [row] = await on.rows({ text: `${USE} WHERE use_id = $1 ${lock}`, values: [id] });
  return row === undefined ? undefined : toUse(row);
}

function toUse(row: Row): UnusualUse {
  return {
    id: row['use_id'],
    rule: row['rule'] as UnusualRule,
    userId: row['user_id'] as UserId,
    facilityCode: (row['facility_code'] ?? undefined) as FacilityCode | undefined,
    day: row['day'],
    ownerFacilityCode: (row['owner_facility_code'] ?? undefined) as FacilityCode | undefined,
    patientID: row['patient_id'] ?? undefined,
    reason: row['reason'],
    evidence: (row['evidence'] as string[]).map(Number),
    firstAt: row['first_at'],
    lastAt: row['last_at'],
    decided:
      row['decided_at'] === null
        ? undefined
        : {
            at: row['decided_at'],
            by: row['decided_by'] as UserId,
            decision: row['decision'] as UnusualDecision,
            words: row['words'],
          },
  };
}

async function newestRules(on: Queryable): Promise<UnusualRevision> {
  const [row] = await on.rows({
    text: 'SELECT revision, changed_at, changed_by, region FROM unusual_rules ORDER BY revision DESC LIMIT 1',
  });
  if (row === undefined) return { revision: 0, changedAt: undefined, changedBy: undefined, region: {} };
  return { revision: row['revision'], changedAt: row['changed_at'], changedBy: row['changed_by'] as UserId, region: row['region'] };
}
