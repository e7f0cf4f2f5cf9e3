import { DomainError } from '../errors.ts';
import type { ObjectKey } from '../identifiers.ts';
import { objectKey } from '../imaging/object-keys.ts';
import type { AuditEntry } from '../record/audit.ts';

/**
 * One region's stores know each other: an id, made at the first start, stands in the database, in the object store and in the data folder.
 * A part that is missing, empty or another's is seen by it, and nothing begins anew in silence.
 */
export const INSTALLATION_KEY: ObjectKey = objectKey('installation.json');

/** Implemented by `storage/index/operation/installation.ts`. */
export interface InstallationIndex {
  facts(): Promise<IndexFacts>;
  /** The id of this database: the given one, unless it has one. When it is the given one, `entries` are on record with it, before all else. */
  begin(id: string, entries: readonly AuditEntry[]): Promise<string>;
  /** A few of the objects that the index refers to, the oldest and the newest. */
  someObjects(): Promise<readonly ObjectKey[]>;
}

/** The note in the data folder. Implemented by `storage/installation-note.ts`. */
export interface InstallationNote {
  read(): Promise<string | undefined>;
  write(id: string): Promise<void>;
}

export interface IndexFacts {
  readonly id: string | undefined;
  /** Whether it refers to any object. */
  readonly refersToObjects: boolean;
  /** Entries on record. */
  readonly entries: number;
}

export interface InstallationFacts {
  readonly index: IndexFacts;
  readonly objects: {
    readonly id: string | undefined;
    /** Whether there is any original, or anything in quarantine. */
    readonly any: boolean;
    /** Of what the index refers to, a few were looked for: all there. True when it refers to none. */
    readonly sampleThere: boolean;
    /** The operator said that this store goes on without what the index tells of. */
    readonly acceptedWithout: boolean;
  };
  readonly folder: { readonly id: string | undefined };
}

export type InstallationState =
  /** Nothing is anywhere. */
  | 'new'
  /** All parts belong together; some may lack the mark. */
  | 'whole'
  /** The index is empty, and what it should tell of is there. */
  | 'index-missing'
  /** The index tells of objects, and the store has none of them. */
  | 'objects-missing'
  /** The index is in use, and its record is empty. */
  | 'record-missing'
  /** Database and object store are of different installations. */
  | 'objects-differ'
  /** Database and object store belong together, the data folder to another. */
  | 'folder-differs';

/** What is found, and of which installation it is (undefined: of none yet). */
export function judgeInstallation({ index, objects, folder }: InstallationFacts): { state: InstallationState; id: string | undefined } {
  const id = index.id ?? objects.id ?? folder.id;
  if (index.id === undefined && !index.refersToObjects) {
    return objects.any || id !== undefined ? { state: 'index-missing', id } : { state: 'new', id };
  }
  if (index.entries === 0) return { state: 'record-missing', id };
  if (objects.id === undefined) {
    if (index.refersToObjects && !objects.sampleThere) return { state: 'objects-missing', id };
  } else if (index.id !== undefined && objects.id !== index.id) {
    return { state: 'objects-differ', id };
  } else if (index.refersToObjects && !objects.any && !objects.sampleThere && !objects.acceptedWithout) {
    return { state: 'objects-missing', id };
  }
  if (folder.id !== undefined && folder.id !== id) return { state: 'folder-differs', id };
  return { state: 'whole', id };
}

/** What to tell the operator: what is missing, and the commands that bring it back. */
export function refusalOf(state: InstallationState, { index, objects, folder }: InstallationFacts): DomainError | undefined {
  const text = {
    new: undefined,
    whole: undefined,
    'index-missing':
      `the index is empty, but ${objects.any ? 'the object store holds images' : `installation ${objects.id ?? folder.id} was here`}: ` +
      'the database was lost, or RENKEI_DATABASE_URL or RENKEI_DATA names another. Bring it back with npm start -- restore FILE; without a ' +
      'backup npm start -- reindex rebuilds the index from the originals; npm start -- start-new begins with an empty one',
    'objects-missing':
      'the index tells of stored images, but the object store holds none of them: RENKEI_OBJECTS_URL or RENKEI_DATA names another place, or ' +
      'they are lost. Put them back (npm start -- verify lists what is missing, npm start -- restore FILE --replace puts a backup in their ' +
      'place); npm start -- start-new goes on without them',
    'record-missing':
      'the index is in use, but its record is empty: it was cut off or lost. Bring it back with npm start -- restore FILE --replace; ' +
      'npm start -- start-new goes on with a new record',
    'objects-differ':
      `the database is of installation ${index.id}, the object store of ${objects.id}: RENKEI_DATABASE_URL, RENKEI_OBJECTS_URL or RENKEI_DATA ` +
      'names another region’s. Correct the setting, or bring back the right database with npm start -- restore FILE --replace; ' +
      'npm start -- start-new takes the two for one from here on',
    'folder-differs':
      `the data folder is of installation ${folder.id}, database and object store are of ${index.id}: give this program a data folder of its ` +
      'own (RENKEI_DATA); npm start -- start-new takes this one from here on',
  }[state];
  return text === undefined ? undefined : new DomainError('conflict', text);
}
