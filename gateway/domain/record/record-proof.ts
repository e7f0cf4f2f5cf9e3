import type { ObjectKey } from '../identifiers.ts';
import { objectKey } from '../imaging/object-keys.ts';
import { canonicalJson } from './audit.ts';

/**
 * A signed statement, kept outside the database, that the record's entry `seq` had `hash`: by the chain it vouches for every entry up to
 * there. Epochs: a record that began anew or was put back from a backup is another from `seq` on, by the operator's command (`begin`).
 */
export interface RecordCheckpoint {
  readonly epoch: number;
  readonly kind: 'begin' | 'regular';
  readonly seq: number;
  readonly hash: string;
  /** Of a beginning: up to this entry the checkpoints of earlier epochs still bind. 0 otherwise. */
  readonly keeps: number;
  /** ISO 8601. */
  readonly at: string;
  /** `restore`, `reindex`, `start-new`; '' otherwise. */
  readonly why: string;
}

/** A place in the chain: entry `seq` has `hash`. 0 and AUDIT_GENESIS_HASH: before the first. */
export interface RecordPoint {
  readonly seq: number;
  readonly hash: string;
}

/** How far a look at the whole record came that was not ended. */
export interface RecordProgress extends RecordPoint {
  /** ISO 8601: of that entry, and when the look began. */
  readonly at: string;
  readonly begunAt: string;
  readonly timesBackwards: number;
}

/** What is taken up again of a look that was broken off; older, it begins anew, since entries that it had passed could be others by now. */
export const RESUMED_MS_MAX = 12 * 3_600_000;

/** The text that is signed. */
export function progressText({ seq, hash, at, begunAt, timesBackwards }: RecordProgress): string {
  return canonicalJson({ progress: 1, seq, hash, at, begunAt, timesBackwards });
}

/** Implemented by `storage/record-proofs.ts`. */
export interface RecordProofs {
  /** What this program's key signed, and how much there is that it did not, or that was changed. @throws unavailable */
  read(): Promise<{ readonly proven: readonly RecordCheckpoint[]; readonly ofOtherKeys: number; readonly forged: number }>;
  /** Signs and keeps it in the data folder, in place of the one before. */
  keepNewest(checkpoint: RecordCheckpoint): Promise<void>;
  /** Signs and keeps it in the object store, beside those before; past CHECKPOINTS_MAX every second old one goes. */
  append(checkpoint: RecordCheckpoint): Promise<void>;
  /** Signs and keeps it beside the newest; undefined: the look came to its end. */
  keepProgress(progress: RecordProgress | undefined): Promise<void>;
  /** What this program's key signed; undefined: nothing was broken off. */
  progress(): Promise<RecordProgress | undefined>;
}

/** Objects of one epoch. Any one vouches for all before it, so fewer old ones only blur where a change began. */
export const CHECKPOINTS_MAX = 256;
export const CHECKPOINTS_PREFIX = 'record/';

/** The text that is signed. */
export function checkpointText({ epoch, kind, seq, hash, keeps, at, why }: RecordCheckpoint): string {
  return canonicalJson({ epoch, kind, seq, hash, keeps, at, why });
}

/** `writer`: of the process, so that two never write one name. Sorts by epoch and number. */
export function checkpointKey({ epoch, kind, seq }: RecordCheckpoint, writer: string): ObjectKey {
  return objectKey('record', String(epoch).padStart(6, '0'), `${String(seq).padStart(15, '0')}-${kind}-${writer}.json`);
}

export function currentEpoch(proven: readonly RecordCheckpoint[]): number {
  return proven.reduce((highest, { epoch }) => Math.max(highest, epoch), 1);
}

/** Where the chain must pass, in order: of an epoch that another followed, only what the other keeps. */
export function pointsOf(proven: readonly RecordCheckpoint[]): readonly RecordPoint[] {
  const begins = proven.filter(({ kind }) => kind === 'begin');
  const stands = ({ epoch, seq }: RecordCheckpoint) => begins.every((begin) => begin.epoch <= epoch || seq <= begin.keeps);
  return proven
    .filter((checkpoint) => checkpoint.seq > 0 && stands(checkpoint))
    .map(({ seq, hash }) => ({ seq, hash }))
    .sort((a, b) => a.seq - b.seq);
}

/** Which of an epoch's objects, in order of their names, go when there are too many: every second of the older half. A beginning stays. */
export function toThin(keys: readonly ObjectKey[]): readonly ObjectKey[] {
  if (keys.length <= CHECKPOINTS_MAX) return [];
  return keys.slice(0, keys.length >> 1).filter((key, n) => n % 2 === 1 && !key.includes('-begin-'));
}
