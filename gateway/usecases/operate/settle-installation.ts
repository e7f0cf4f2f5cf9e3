import { randomUUID } from 'node:crypto';
import { DomainError } from '../../domain/errors.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import {
  INSTALLATION_KEY,
  type InstallationFacts,
  type InstallationIndex,
  type InstallationNote,
  type InstallationState,
  judgeInstallation,
  refusalOf,
} from '../../domain/operation/installation.ts';
import type { ActOf, SubjectOf } from '../../domain/record/audit.ts';
import type { AuditLog } from '../../domain/record/audit-log.ts';

const MARK_BYTES_MAX = 4096;

export interface InstallationParts {
  readonly installation: InstallationIndex;
  readonly objects: Pick<ObjectStore, 'head' | 'list' | 'put' | 'read'>;
  readonly folder: InstallationNote;
  readonly audit: Pick<AuditLog, 'append'>;
}

/**
 * Finds that database, object store and data folder belong together, and marks each with the installation's id; a first start makes one.
 * @returns the id
 * @throws conflict when they do not, saying what is missing and which command brings it back; unavailable
 */
export async function settleInstallation(parts: InstallationParts): Promise<string> {
  const facts = await gatherFacts(parts);
  const { state, id } = judgeInstallation(facts);
  const refusal = refusalOf(state, facts);
  if (refusal !== undefined) throw refusal;
  const settled = await parts.installation.begin(id ?? randomUUID(), [begun('start', { installation: 'first-start' })]);
  await mark(parts, facts, settled);
  return settled;
}

export interface Standing {
  /** Resolves once the stores have been found to belong together; asks them until then. @throws as `settleInstallation` */
  check(): Promise<void>;
}

/** A gateway may start before its object store does: then it is judged when that answers, and is not ready before. */
export function createStanding(parts: InstallationParts): Standing {
  let settled = false;
  let asking: Promise<void> | undefined;
  const ask = async () => {
    try {
      await settleInstallation(parts);
      settled = true;
    } finally {
      asking = undefined;
    }
  };
  return {
    async check() {
      if (settled) return;
      asking ??= ask();
      await asking;
    },
  };
}

/** The operator's word that what is there now is meant, also when parts are missing. On record, as the first entry where the record is new. */
export async function startNew(parts: InstallationParts): Promise<{ installation: string; found: InstallationState }> {
  const facts = await gatherFacts(parts);
  const { state } = judgeInstallation(facts);
  const entry = begun('command', {
    installation: 'start-new',
    found: state,
    ...(facts.objects.id === undefined ? {} : { objectsOf: facts.objects.id }),
  });
  const given = facts.index.id ?? randomUUID();
  const settled = await parts.installation.begin(given, [entry]);
  if (facts.index.id !== undefined && state !== 'whole') await parts.audit.append([entry]);
  await markObjects(parts, settled, state === 'objects-missing');
  if (facts.folder.id !== settled) await parts.folder.write(settled);
  return { installation: settled, found: state };
}

/** Before the index is rebuilt from the originals. @throws conflict when they are another installation's */
export async function beginRebuilt(parts: InstallationParts): Promise<{ installation: string; rebuilt: boolean }> {
  const facts = await gatherFacts(parts);
  const { state, id } = judgeInstallation(facts);
  if (state === 'objects-differ' || state === 'folder-differs') throw refusalOf(state, facts);
  const settled = await parts.installation.begin(id ?? randomUUID(), [begun('command', { installation: 'reindex', found: state })]);
  await mark(parts, facts, settled);
  return { installation: settled, rebuilt: facts.index.id === undefined };
}

/** After a backup was put back: marks that a start in the then empty database had made become the restored installation's. */
export async function joinRestored(parts: InstallationParts, before: InstallationFacts): Promise<void> {
  const facts = await gatherFacts(parts);
  const { id } = facts.index;
  if (id === undefined) return;
  const own = (mark: string | undefined) => mark === undefined || mark === before.index.id;
  if (own(facts.objects.id) && (facts.objects.any || facts.objects.id !== undefined)) await markObjects(parts, id);
  if (own(facts.folder.id)) await parts.folder.write(id);
}

/** @throws unavailable */
export async function gatherFacts({ installation, objects, folder }: InstallationParts): Promise<InstallationFacts> {
  const index = await installation.facts();
  const sample = index.refersToObjects ? await installation.someObjects() : [];
  const [mark, any, sampleThere, folderId] = await Promise.all([
    readMark(objects),
    holdsAny(objects),
    areThere(objects, sample),
    folder.read(),
  ]);
  return { index, objects: { ...mark, any, sampleThere }, folder: { id: folderId } };
}

async function mark(parts: InstallationParts, facts: InstallationFacts, id: string): Promise<void> {
  if (facts.objects.id !== id) await markObjects(parts, id);
  if (facts.folder.id !== id) await parts.folder.write(id);
}

async function markObjects({ objects }: InstallationParts, id: string, acceptedWithout = false): Promise<void> {
  const mark = { installation: id, ...(acceptedWithout ? { acceptedWithout } : {}) };
  await objects.put(INSTALLATION_KEY, Buffer.from(`${JSON.stringify(mark)}\n`));
}

async function readMark(
  objects: Pick<ObjectStore, 'head' | 'read'>,
): Promise<{ readonly id: string | undefined; readonly acceptedWithout: boolean }> {
  const found = await objects.head(INSTALLATION_KEY);
  if (found === undefined) return { id: undefined, acceptedWithout: false };
  if (found.bytes > MARK_BYTES_MAX) throw unreadable();
  const { installation, acceptedWithout } = parsed(Buffer.from(await objects.read(INSTALLATION_KEY)).toString('utf8'));
  if (typeof installation !== 'string') throw unreadable();
  return { id: installation, acceptedWithout: acceptedWithout === true };
}

function parsed(text: string): { installation?: unknown; acceptedWithout?: unknown } {
  try {
    return JSON.parse(text) as { installation?: unknown; acceptedWithout?: unknown };
  } catch {
    throw unreadable();
  }
}

function unreadable(): DomainError {
  return new DomainError(
    'conflict',
    `the object ${INSTALLATION_KEY} is damaged, or not this program's: remove it, and the next start writes it anew`,
  );
}

async function holdsAny(objects: Pick<ObjectStore, 'list'>): Promise<boolean> {
  for (const prefix of ['originals/', 'quarantine/']) {
    for await (const _ of objects.list(prefix)) return true;
  }
  return false;
}

async function areThere(objects: Pick<ObjectStore, 'head'>, keys: Awaited<ReturnType<InstallationIndex['someObjects']>>): Promise<boolean> {
  const found = await Promise.all(keys.map((key) => objects.head(key)));
  return found.every((object) => object !== undefined);
}

function begun(through: 'start' | 'command', what: SubjectOf<'installation-begun'>): ActOf<'installation-begun'> {
  return { action: 'installation-begun', outcome: 'success', who: { kind: 'system', through }, what };
}
