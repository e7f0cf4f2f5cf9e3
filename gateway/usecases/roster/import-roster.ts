/** A facility's list of patients on its way in: read and kept, shown, applied, taken back. Nothing of it counts before somebody applies it. */
import { searchableName } from '../../dicom/text/person-name.ts';
import type { Clock } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { FacilityCode, FacilityId } from '../../domain/identifiers.ts';
import { phoneForm, postalForm } from '../../domain/patients/contact-forms.ts';
import { planOf, ROSTER_FINDINGS } from '../../domain/patients/demographics.ts';
import {
  type RosterCandidate,
  type RosterFilter,
  type RosterImport,
  type RosterImportId,
  type RosterIndex,
  type RosterKind,
  type RosterLineFault,
  type RosterRow,
  type RosterUndoing,
  STAYS_BECAUSE,
  type StatedPatient,
} from '../../domain/patients/roster-import.ts';
import type { PersonActor } from '../../domain/people/actor.ts';
import { type Proof, type Proven, provenAtWork } from '../../domain/people/credentials.ts';
import type { PeopleIndex } from '../../domain/people/people-index.ts';
import { type AuditEntry, actBy, type RefusalLog } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';
import { dayOf } from '../../domain/region-days.ts';
import { decideRosters, type Right } from '../../domain/sharing/access.ts';
import { onRecord, refused } from '../access/demand.ts';
import { readCsvRoster } from './read-csv.ts';
import { readReceipts } from './read-receipts.ts';
import { ReadingPlaces } from './reading-places.ts';
import type { RosterBytes, RosterPatient, RosterReading } from './roster.ts';
import { Turns } from './turns.ts';

export interface AskedOfRosters {
  readonly actor: PersonActor;
  readonly proof: Proof;
}

interface Stores<Calls extends keyof RosterIndex> {
  readonly rosters: Pick<RosterIndex, Calls>;
}
type Recorded = { readonly audit: Pick<AuditLog, 'append'> };

interface Intake extends Stores<'keep'> {
  readonly people: Pick<PeopleIndex, 'facilityByCode'>;
  readonly refusals: RefusalLog;
  readonly clock: Clock;
  readonly timeZone: string;
}

export interface BroughtFile {
  readonly facility: FacilityCode;
  readonly kind: RosterKind;
  readonly bytes: RosterBytes;
}

/** @throws denied; not-found; invalid, too-large, unsupported of a file that cannot be read; conflict; busy when too many are read at once; too-slow */
export type RosterReader = (asked: AskedOfRosters, file: BroughtFile) => Promise<RosterImport>;

export function createRosterReader(stores: Intake): RosterReader {
  const places = new ReadingPlaces();
  return async (asked, file) => {
    const facilityId = await facilityFor(stores, asked.actor, file.facility);
    const place = places.enter(file.facility);
    try {
      return await readRoster(stores, asked, facilityId, { ...file, bytes: place.bytes(file.bytes) });
    } finally {
      place.release();
    }
  };
}

async function facilityFor({ people, refusals }: Intake, actor: PersonActor, code: FacilityCode): Promise<FacilityId> {
  const { of } = reachOf(actor);
  if (of !== undefined && actor.facility?.code !== code)
    await onRecord(refusals, actor, 'roster.import', () => {
      throw refused('not-the-owner');
    });
  const facility = await people.facilityByCode(code);
  if (facility === undefined) throw new DomainError('not-found', 'there is no such facility');
  return facility.id;
}

async function readRoster(
  { rosters, clock, timeZone }: Intake,
  asked: AskedOfRosters,
  facilityId: FacilityId,
  { kind, bytes }: BroughtFile,
): Promise<RosterImport> {
  const today = dayOf(clock.now(), timeZone).replaceAll('-', '');
  const read = await (kind === 'csv' ? readCsvRoster : readReceipts)(bytes, { today });
  if (read.patients.length === 0 && read.faultCount === 0)
    throw new DomainError('invalid', 'nobody is in it', { ids: { reason: 'roster-empty' } });
  const { patients, faults, charset } = read;
  return rosters.keep(
    {
      facilityId,
      kind,
      charset,
      counts: countsOf(read),
      patients: await statedPatients(patients),
      faults: faults.map(lineFault),
      by: asked.actor.userId,
    },
    (roster) => [rosterEntry(asked.actor, 'roster-read', roster, ['lines', 'faults'])],
    provenFor(asked),
  );
}

function countsOf({ lines, patients, faultCount, repeated, truncated }: RosterReading) {
  return { lines, patients: patients.length, faults: faultCount, repeated, truncated };
}

function lineFault({ line, code, otherLine }: RosterReading['faults'][number]): RosterLineFault {
  return { line, code, otherLine };
}

async function statedPatients(patients: readonly RosterPatient[]): Promise<readonly StatedPatient[]> {
  const turns = new Turns();
  const stated: StatedPatient[] = [];
  for (const patient of patients) {
    stated.push(statedPatient(patient));
    await turns.pass();
  }
  return stated;
}

function statedPatient({ line, patientID, name, birthDate, sex, postalCode, phone, insurance }: RosterPatient): StatedPatient {
  const contact = { postalCode: postalForm(postalCode), phone: phoneForm(phone), insurance };
  return { line, patientID, name: searchableName(name), birthDate, sex, contact };
}

/** The newest first; of the desk's those of every facility. */
export async function listRosters(
  { rosters }: Stores<'list'>,
  actor: PersonActor,
  page: { readonly limit: number; readonly after?: RosterImportId },
): Promise<{ readonly rosters: readonly RosterImport[]; readonly next: RosterImportId | undefined }> {
  const found = await rosters.list(reachOf(actor).of, { ...page, limit: page.limit + 1 });
  const shown = found.slice(0, page.limit);
  return { rosters: shown, next: found.length > page.limit ? shown.at(-1)?.id : undefined };
}

/** With what undoing it would do, of one that can be. @throws not-found */
export async function openRoster(
  { rosters }: Stores<'roster' | 'undoing'>,
  actor: PersonActor,
  id: RosterImportId,
): Promise<{ readonly roster: RosterImport; readonly undoing: RosterUndoing | undefined }> {
  const roster = await rosters.roster(id, reachOf(actor).of);
  const undoable = roster.state === 'applied' && roster.kept;
  return { roster, undoing: undoable ? await rosters.undoing(id) : roster.undoing };
}

/** Lines of it, on record, since they name patients. @throws not-found */
export async function rosterRows(
  { rosters, audit }: Stores<'roster' | 'rows'> & Recorded,
  actor: PersonActor,
  id: RosterImportId,
  page: { readonly show: RosterFilter; readonly after: number; readonly limit: number },
): Promise<{ readonly rows: readonly RosterRow[]; readonly next: number | undefined }> {
  const roster = await rosters.roster(id, reachOf(actor).of);
  const found = await rosters.rows(id, { ...page, limit: page.limit + 1 });
  const rows = found.slice(0, page.limit);
  await audit.append([listed(actor, 'roster', roster, rows.length)]);
  return { rows, next: found.length > page.limit ? rows.at(-1)?.line : undefined };
}

/** @throws not-found */
export async function rosterFaults(
  { rosters }: Stores<'roster' | 'faults'>,
  actor: PersonActor,
  id: RosterImportId,
): Promise<readonly RosterLineFault[]> {
  await rosters.roster(id, reachOf(actor).of);
  return rosters.faults(id);
}

/** For the desk alone: they name patients of other facilities. @throws not-found */
export async function rosterCandidates(
  { rosters, audit }: Stores<'roster' | 'candidates'> & Recorded,
  actor: PersonActor,
  id: RosterImportId,
  page: { readonly skip: number; readonly limit: number },
): Promise<{ readonly candidates: readonly RosterCandidate[]; readonly next: number | undefined }> {
  const roster = await rosters.roster(id, undefined);
  const found = await rosters.candidates(id, { ...page, limit: page.limit + 1 });
  const candidates = found.slice(0, page.limit);
  await audit.append([listed(actor, 'roster-candidates', roster, candidates.length)]);
  return { candidates, next: found.length > page.limit ? page.skip + page.limit : undefined };
}

/** @throws as `RosterIndex.apply` */
export function applyRoster({ rosters }: Stores<'apply'>, asked: AskedOfRosters, id: RosterImportId): Promise<RosterImport> {
  const { actor } = asked;
  return rosters.apply(id, reachOf(actor).of, {
    planOf,
    by: actor.userId,
    entries: (roster) => [rosterEntry(actor, 'roster-applied', roster, ROSTER_FINDINGS)],
    proven: provenFor(asked),
  });
}

/** @throws as `RosterIndex.undo` */
export function undoRoster({ rosters }: Stores<'undo'>, asked: AskedOfRosters, id: RosterImportId): Promise<RosterImport> {
  const { actor } = asked;
  return rosters.undo(id, reachOf(actor).of, {
    planOf: undefined,
    by: actor.userId,
    entries: (roster) => [rosterEntry(actor, 'roster-undone', roster, [])],
    proven: provenFor(asked),
  });
}

/** @throws as `RosterIndex.discard` */
export function discardRoster({ rosters }: Stores<'discard'>, asked: AskedOfRosters, id: RosterImportId): Promise<void> {
  const { actor } = asked;
  return rosters.discard(id, reachOf(actor).of, {
    planOf: undefined,
    by: actor.userId,
    entries: (roster) => [rosterEntry(actor, 'roster-discarded', roster, [])],
    proven: provenFor(asked),
  });
}

/** @throws denied */
function reachOf(actor: PersonActor): { readonly of: FacilityId | undefined; readonly right: Right } {
  const decision = decideRosters(actor);
  if (!decision.allowed) throw refused(decision.reason);
  return decision;
}

function provenFor({ actor, proof }: AskedOfRosters): Proven {
  return actor.administrator ? { userId: actor.userId, proof: { ...proof, administrator: true } } : provenAtWork(actor, proof);
}

type RosterAct = 'roster-read' | 'roster-applied' | 'roster-undone' | 'roster-discarded';
type Counted = 'lines' | 'faults' | (typeof ROSTER_FINDINGS)[number];

function rosterEntry(actor: PersonActor, action: RosterAct, roster: RosterImport, counted: readonly Counted[]): AuditEntry {
  const { id, facility, counts, undoing } = roster;
  const undone = undoing === undefined ? [] : undoingCounts(undoing);
  const said = action === 'roster-undone' ? undone : counted.map((name) => `${name}=${counts[name]}`);
  return {
    ...act(actor),
    action,
    what: { rosterId: id, ownerFacilityCode: facility.code, count: counts.patients, ...(said.length === 0 ? {} : { counts: said }) },
  };
}

function undoingCounts({ removed, restored, withdrawn, stays }: RosterUndoing): readonly string[] {
  const staying = STAYS_BECAUSE.reduce((sum, why) => sum + stays[why], 0);
  return [`removed=${removed}`, `restored=${restored}`, `withdrawn=${withdrawn}`, `stays=${staying}`];
}

function listed(actor: PersonActor, list: 'roster' | 'roster-candidates', { id, facility }: RosterImport, count: number): AuditEntry {
  return { ...act(actor), action: 'patients-listed', what: { list, count, ownerFacilityCode: facility.code, rosterId: id } };
}

function act(actor: PersonActor) {
  return { ...actBy(actor), right: reachOf(actor).right } as const;
}
