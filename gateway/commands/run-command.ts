import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { hashNewPassword } from '../auth/password-rule.ts';
import { createToken } from '../auth/tokens.ts';
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import type { FacilityCode, SeriesId, StudyInstanceUID } from '../domain/identifiers.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { Adopter, Receiver } from '../domain/imaging/reception.ts';
import type { Index } from '../domain/opened-index.ts';
import type { DamageReports } from '../domain/operation/damage.ts';
import { type InstallationNote, judgeInstallation, refusalOf } from '../domain/operation/installation.ts';
import type { Log } from '../domain/operation/log.ts';
import type { AETitleEntry } from '../domain/people/facility.ts';
import type { RecordAnchors } from '../domain/record/record-anchor.ts';
import type { RecordProofs } from '../domain/record/record-proof.ts';
import { createFacility } from '../usecases/account/manage-people.ts';
import { importFiles } from '../usecases/operate/import-folder.ts';
import { reindex } from '../usecases/operate/reindex.ts';
import { remakeDerived } from '../usecases/operate/remake-derived.ts';
import { beginRebuilt, gatherFacts, type InstallationParts, joinRestored, startNew } from '../usecases/operate/settle-installation.ts';
import { verifyOriginals } from '../usecases/operate/verify-originals.ts';
import { beginEpoch } from '../usecases/record/verify-record.ts';
import { runAuditCommand } from './audit-commands.ts';
import { type BackupSettings, type BackupStores, runBackupCommand } from './backup-commands.ts';
import type { Command } from './command-line.ts';
import { runConsentCommand } from './consent-command.ts';
import { runFeesCommand } from './fees-command.ts';
import { runShareCommand } from './share-command.ts';
import { COMMAND_LINE, runUserCommand } from './user-commands.ts';
import { walkFolder } from './walk-folder.ts';

/** What commands work on, opened by `gateway/main.ts`; each names the few that it takes. */
export interface CommandStores
  extends Pick<
    Index,
    'people' | 'audit' | 'studies' | 'shares' | 'consents' | 'links' | 'ingest' | 'keptFiles' | 'damage' | 'installation' | 'feeRecord'
  > {
  readonly objects: ObjectStore;
  /** The same store without checks of what it hands out. */
  readonly kept: ObjectStore;
  readonly reports: DamageReports;
  readonly receiver: Receiver;
  readonly adopter: Adopter;
  readonly clock: Clock;
  /** The note of whose data folder it is. */
  readonly folder: InstallationNote;
  /** What was signed of the record, outside the database. */
  readonly proofs: RecordProofs;
  readonly anchors: RecordAnchors;
  /** Where the operator typed: npm runs us in the project's folder, paths are meant from there. */
  readonly typedIn: string;
  readonly backup: BackupSettings;
  /** In which a day ends. */
  readonly timeZone: string;
  /** Runs work that makes derived objects, each series anew and to its end. */
  readonly derive: <T>(work: (derive: (series: SeriesId) => Promise<unknown>) => Promise<T>) => Promise<T>;
  readonly log: Log;
}

/** `answer` is printed (as JSON with --json, as lines without); `ok` false gives a non-zero exit status. */
export interface CommandResult {
  readonly ok: boolean;
  readonly answer: Readonly<Record<string, unknown>>;
}

type Named<Name extends Command['name']> = Extract<Command, { readonly name: Name }>;

/** Runs one command, beside a running gateway or without one. @throws DomainError with a message for the operator */
export async function runCommand(stores: CommandStores, command: Exclude<Command, { name: 'serve' | 'help' }>): Promise<CommandResult> {
  switch (command.name) {
    case 'token create':
      return createTokenFor(stores, command);
    case 'facility create':
      return createOneFacility(stores, command);
    case 'user create':
    case 'user list':
    case 'user enable':
    case 'user disable':
    case 'user administrator':
    case 'user password':
    case 'user reset-factors':
      return { ok: true, answer: await runUserCommand(stores, command, stores.typedIn) };
    case 'import':
      return importFolder(stores, command);
    case 'reindex':
      return reindexAll(stores);
    case 'start-new':
      return startAnew(stores);
    case 'verify':
      return verifyAll(stores);
    case 'derive':
      return deriveAgain(stores, command);
    case 'share':
      return { ok: true, answer: await runShareCommand(stores, command) };
    case 'consent add':
      return { ok: true, answer: await runConsentCommand(stores, command) };
    case 'backup':
    case 'backup key':
      return runBackupCommand(stores, command);
    case 'restore':
      return restoreAll(stores, command);
    case 'fees':
      return runFeesCommand(stores, command);
    case 'audit verify':
    case 'audit anchors':
    case 'audit breach':
      return runAuditCommand(stores, command);
  }
}

type Stores<Name extends keyof CommandStores> = Pick<CommandStores, Name>;

async function createTokenFor(stores: Stores<'people' | 'clock'>, command: Named<'token create'>): Promise<CommandResult> {
  const found = await stores.people.credentials(command.user.toLowerCase());
  if (found === undefined) throw new DomainError('not-found', `no user has the address ${command.user}`);
  const created = await createToken(stores, {
    by: undefined,
    userId: found.user.id,
    name: 'command line',
    remoteAddress: COMMAND_LINE.remoteAddress,
    ...daysOf(command.days),
  });
  return { ok: true, answer: { token: created.token } };
}

async function createOneFacility(stores: Stores<'people'>, command: Named<'facility create'>): Promise<CommandResult> {
  const { people } = stores;
  const { code, title, kana, romaji } = command;
  if ((await people.facilityByCode(code)) !== undefined) throw new DomainError('conflict', `a facility has the code ${code} already`);
  const facility = await createFacility(peoplePorts(stores), COMMAND_LINE, {
    code,
    name: title,
    nameKana: kana,
    nameRomaji: romaji,
    aeTitles: command.aeTitles.map(aeTitleEntry),
  });
  return { ok: true, answer: { code: facility.code, name: facility.name, aeTitles: facility.aeTitles.map(({ aeTitle }) => aeTitle) } };
}

async function importFolder(
  { people, receiver, typedIn }: Stores<'people' | 'receiver' | 'typedIn'>,
  command: Named<'import'>,
): Promise<CommandResult> {
  const folder = resolve(typedIn, command.folder);
  const facility = await people.facilityByCode(command.facility);
  if (facility === undefined) throw new DomainError('not-found', `no facility has the code ${command.facility}`);
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) throw new DomainError('invalid', `${folder} is no folder`);
  const report = await importFiles({ receiver, facility: { id: facility.id, code: facility.code }, files: walkFolder(folder) });
  return { ok: report.endedBy === undefined && report.failed.count === 0, answer: { ...report } };
}

async function startAnew(stores: Stores<'clock'> & InstallationStores & RecordStores): Promise<CommandResult> {
  const answer = await startNew(installationOf(stores));
  await beginEpoch(stores, 'start-new', stores.clock.now());
  const say =
    answer.found === 'whole'
      ? 'nothing is missing: npm start goes on as before'
      : 'from now on what is there is the whole; npm start begins with it';
  return { ok: true, answer: { ...answer, say } };
}

async function deriveAgain(stores: Stores<'people' | 'studies' | 'derive' | 'log'>, command: Named<'derive'>): Promise<CommandResult> {
  const { people, studies, log } = stores;
  const { study, facility } = command;
  if (facility !== undefined && (await people.facilityByCode(facility)) === undefined)
    throw new DomainError('not-found', `no facility has the code ${facility}`);
  const which = {
    ...(study === undefined ? {} : { studyInstanceUID: study as StudyInstanceUID }),
    ...(facility === undefined ? {} : { facilityCode: facility as FacilityCode }),
  };
  const report = await stores.derive((derive) => remakeDerived({ studies, derive, log }, which));
  if (study !== undefined && report.series === 0) throw new DomainError('not-found', `no study has the UID ${study}`);
  return { ok: report.failed === 0, answer: { ...report } };
}

async function restoreAll(
  stores: Stores<'clock'> & InstallationStores & RecordStores & BackupStores,
  command: Named<'restore'>,
): Promise<CommandResult> {
  const before = await gatherFacts(installationOf(stores));
  const restored = await runBackupCommand(stores, command);
  await joinRestored(installationOf(stores), before);
  await beginEpoch(stores, 'restore', stores.clock.now());
  return restored;
}

async function verifyAll(
  stores: InstallationStores & Stores<'studies' | 'ingest' | 'keptFiles' | 'damage' | 'reports'>,
): Promise<CommandResult> {
  const { kept, studies, ingest, keptFiles, damage, reports } = stores;
  const report = await verifyOriginals({ objects: kept, studies, ingest, keptFiles, damage, reports });
  // An empty store holds nothing damaged, but `verify` must not call it sound when a start would refuse it.
  const facts = await gatherFacts(installationOf(stores));
  const refused = refusalOf(judgeInstallation(facts).state, facts);
  const sound = report.sound && refused === undefined;
  return { ok: sound, answer: { ...report, sound, ...(refused === undefined ? {} : { installation: refused.message }) } };
}

/** An index without any facility was lost with its database: the originals name theirs, which get their code as name. */
async function reindexAll(
  stores: InstallationStores & RecordStores & Stores<'clock' | 'objects' | 'adopter' | 'studies' | 'people' | 'ingest'>,
): Promise<CommandResult> {
  const { objects, adopter, studies, people, ingest } = stores;
  const { rebuilt } = await beginRebuilt(installationOf(stores));
  if (rebuilt) await beginEpoch(stores, 'reindex', stores.clock.now());
  const facilitiesCreated: string[] = [];
  const createMissing = async (code: FacilityCode) => {
    const names = { name: code, nameKana: '', nameRomaji: '' };
    const facility = await createFacility(peoplePorts(stores), COMMAND_LINE, { code, ...names, aeTitles: [] });
    facilitiesCreated.push(code);
    return facility;
  };
  const report = await reindex({
    objects,
    studies,
    people,
    ingest,
    adopter,
    ...((await people.facilities()).length === 0 ? { createFacility: createMissing } : {}),
  });
  return { ok: report.complete, answer: { ...report, facilitiesCreated } };
}

const peoplePorts = ({ people }: Stores<'people'>) => ({ people, hashPassword: hashNewPassword });

type RecordStores = Stores<'audit' | 'proofs'>;
type InstallationStores = Stores<'installation' | 'kept' | 'folder' | 'audit'>;

function installationOf({ installation, kept, folder, audit }: InstallationStores): InstallationParts {
  return { installation, objects: kept, folder, audit };
}

function daysOf(days: number | undefined): { days?: number } {
  return days === undefined ? {} : { days };
}

function aeTitleEntry(text: string): AETitleEntry {
  const [aeTitle = '', addressRange] = text.split('@');
  if (!/^[\x20-\x5b\x5d-\x7e]{1,16}$/.test(aeTitle))
    throw new DomainError('invalid', '--ae takes 1 to 16 printable characters without a backslash');
  return addressRange === undefined ? { aeTitle: aeTitle.trim() } : { aeTitle: aeTitle.trim(), addressRange };
}
