/** Rosters as their rows have them. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { FacilityCode, FacilityId } from '../../../gateway/domain/identifiers.ts';
import type { Demographics } from '../../../gateway/domain/patients/demographics.ts';
import type { RosterImport, RosterImportId, RosterRow } from '../../../gateway/domain/patients/roster-import.ts';
import type { Queryable, Row } from '../postgres/pool.ts';

/** i = roster_imports, f = its facility */
export const ROSTER = `SELECT i.*, f.code, f.name, r.name AS reader, a.name AS applier, u.name AS undoer
  FROM roster_imports i JOIN facilities f USING (facility_id) JOIN users r ON r.user_id = i.read_by
  LEFT JOIN users a ON a.user_id = i.applied_by LEFT JOIN users u ON u.user_id = i.undone_by`;

export function toRoster(row: Row): RosterImport {
  return {
    id: row['import_id'] as RosterImportId,
    facility: { id: row['facility_id'] as FacilityId, code: row['code'] as FacilityCode, name: row['name'] },
    kind: row['kind'],
    charset: row['charset'],
    state: row['state'],
    counts: row['counts'],
    undoing: row['undoing'] ?? undefined,
    read: { at: row['read_at'], by: row['reader'] },
    applied: row['applied_at'] === null ? undefined : { at: row['applied_at'], by: row['applier'] },
    undone: row['undone_at'] === null ? undefined : { at: row['undone_at'], by: row['undoer'] },
    kept: row['kept'],
  };
}

export function toRosterRow(row: Row): RosterRow {
  return {
    line: row['line'],
    patientID: row['patient_id'],
    said: toDemographics(row['said']),
    before: row['before'] === null ? undefined : toDemographics(row['before']),
    after: row['after'] === null ? undefined : toDemographics(row['after']),
    doubled: row['doubled'],
    stays: row['stays'] ?? undefined,
  };
}

/** JSON has no undefined. */
export function toDemographics(kept: Demographics): Demographics {
  const { postalCode, phone, insurance } = kept.contact;
  return { ...kept, contact: { postalCode, phone, insurance: insurance ?? undefined } };
}

/** @throws not-found */
export async function rosterBy(tx: Queryable, id: RosterImportId, of: FacilityId | undefined): Promise<RosterImport> {
  const [row] = await tx.rows({
    text: `${ROSTER} WHERE i.import_id = $1 AND ($2::bigint IS NULL OR i.facility_id = $2)`,
    values: [id, of ?? null],
  });
  if (row === undefined) throw new DomainError('not-found', 'there is no such roster');
  return toRoster(row);
}

/** Whoever else would apply, undo or discard it waits. @throws not-found */
export async function lockRoster(tx: Queryable, id: RosterImportId, of: FacilityId | undefined): Promise<RosterImport> {
  await tx.rows({ text: 'SELECT FROM roster_imports WHERE import_id = $1 FOR UPDATE', values: [id] });
  return rosterBy(tx, id, of);
}

export function demandWaiting({ state }: RosterImport, states: readonly RosterImport['state'][]): void {
  if (!states.includes(state))
    throw new DomainError('conflict', 'the roster does not wait to be applied', { ids: { reason: 'roster-not-ready' } });
}
