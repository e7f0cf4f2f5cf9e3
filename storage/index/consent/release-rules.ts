/** What facilities say of how consents open their studies: one row a change, the newest holds. What follows is settled piece by piece. */
import type { ReleaseCounts, ReleaseIndex, ReleaseRules } from '../../../gateway/domain/consent/consent-index.ts';
import type { ReleaseRule } from '../../../gateway/domain/consent/release-rule.ts';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityId, UserId } from '../../../gateway/domain/identifiers.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Queryable, Row } from '../postgres/pool.ts';
import { recorded } from '../record/audit.ts';
import { type Settlement, settleInPieces, settleLeft } from './in-pieces.ts';

const RELEASES: Settlement = { noted: 'release_settlements', piece: 'settle_release' };
/** Persons whom one question counts: none lasts long, and who no longer wants the answer is heard between two. */
const COUNTED_AT_A_TIME = 500;
const UNSAID: ReleaseRules = { revision: 0, rules: [], setAt: undefined, setBy: undefined };

export function releaseIndex(db: Database, now: () => Date): ReleaseIndex {
  return {
    rulesOf: (facilityId) => rulesOf(db, facilityId),
    set: set(db, now),
    wouldOpen: wouldOpen(db, now),
    settleLeft: (changedBefore) => settleLeft(db, RELEASES, changedBefore),
  };
}

async function rulesOf(db: Queryable, facilityId: FacilityId): Promise<ReleaseRules> {
  const [row] = await db.rows({
    text: `SELECT r.revision, r.rules, r.set_at, r.set_by, u.name FROM release_rules r LEFT JOIN users u ON u.user_id = r.set_by
      WHERE r.facility_id = $1 ORDER BY r.revision DESC LIMIT 1`,
    values: [facilityId],
  });
  return row === undefined ? UNSAID : toRules(row);
}

const set =
  (db: Database, now: () => Date): ReleaseIndex['set'] =>
  async (facilityId, { revision, rules }, by, entries, proven) => {
    const made = await db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const [kept] = await tx.rows({
        text: `INSERT INTO release_rules (facility_id, revision, rules, set_at, set_by)
          SELECT $1, $2::integer + 1, $3::jsonb, $4, $5
          WHERE coalesce((SELECT max(r.revision) FROM release_rules r WHERE r.facility_id = $1), 0) = $2::integer
          ON CONFLICT (facility_id, revision) DO NOTHING RETURNING revision`,
        values: [facilityId, revision, JSON.stringify(rules), at, by ?? null],
      });
      if (kept === undefined)
        throw new DomainError('conflict', 'the rules were changed meanwhile', { ids: { reason: 'release-rules-changed' } });
      return recorded(tx, await rulesOf(tx, facilityId), entries, at);
    });
    await settleInPieces(db, RELEASES, facilityId);
    return made;
  };

const COUNTS = ['patientsNow', 'patientsThen', 'studiesNow', 'studiesThen', 'opened', 'closed', 'waiting', 'wider', 'narrower'] as const;
const COLUMN_OF: Readonly<Record<(typeof COUNTS)[number], string>> = {
  patientsNow: 'patients_now',
  patientsThen: 'patients_then',
  studiesNow: 'studies_now',
  studiesThen: 'studies_then',
  opened: 'opened',
  closed: 'closed',
  waiting: 'waiting',
  wider: 'wider',
  narrower: 'narrower',
};

const wouldOpen =
  (db: Database, now: () => Date): ReleaseIndex['wouldOpen'] =>
  async (facilityId, rules, signal) => {
    const proposed = JSON.stringify(rules);
    const sums = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Record<keyof ReleaseCounts, number>;
    for (let after: string | null = '0'; after !== null; ) {
      signal.throwIfAborted();
      const [row]: Row[] = await db.rows({
        text: 'SELECT * FROM release_counts($1, $2::jsonb, $3, $4, $5)',
        values: [facilityId, proposed, after, COUNTED_AT_A_TIME, now()],
      });
      for (const name of COUNTS) sums[name] += row?.[COLUMN_OF[name]] ?? 0;
      after = (row?.['last'] as string | null | undefined) ?? null;
    }
    return sums;
  };

function toRules(row: Row): ReleaseRules {
  return {
    revision: row['revision'],
    rules: row['rules'] as readonly ReleaseRule[],
    setAt: row['set_at'],
    setBy: row['set_by'] === null ? undefined : { id: row['set_by'] as UserId, name: row['name'] },
  };
}
