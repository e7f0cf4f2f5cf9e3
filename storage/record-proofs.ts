/** Signed checkpoints of the record: in the object store one beside the other, in the data folder the newest. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../gateway/domain/errors.ts';
import type { ObjectKey } from '../gateway/domain/identifiers.ts';
import type { ObjectStore } from '../gateway/domain/imaging/object-store.ts';
import {
  CHECKPOINTS_PREFIX,
  checkpointKey,
  checkpointText,
  progressText,
  type RecordCheckpoint,
  type RecordProgress,
  type RecordProofs,
  toThin,
} from '../gateway/domain/record/record-proof.ts';
import { self } from './process-identity.ts';
import type { RecordKey } from './record-key.ts';

const NEWEST = 'record-newest.json';
const PROGRESS = 'record-verified.json';
const CHECKPOINT_BYTES_MAX = 4096;
/** Objects are counted, and thinned, with the first that this process writes and then with every so many. */
const THIN_EVERY = 64;
/** Objects read at once. */
const READS_AT_ONCE = 16;

type Read = RecordCheckpoint | 'of another key' | 'forged';

export function recordProofs(parts: { objects: ObjectStore; dataFolder: string; key: RecordKey }): RecordProofs {
  const { objects, key } = parts;
  const newest = join(parts.dataFolder, NEWEST);
  let written = 0;

  const signed = (checkpoint: RecordCheckpoint) =>
    `${JSON.stringify({ ...checkpoint, key: key.id, signature: key.sign(checkpointText(checkpoint)) })}\n`;

  const progressFile = join(parts.dataFolder, PROGRESS);
  const keepNewest = (checkpoint: RecordCheckpoint) => writeWhole(newest, signed(checkpoint));

  return {
    async read() {
      const found: Read[] = [];
      const local = await readFile(newest, 'utf8').catch(() => undefined);
      if (local !== undefined) found.push(judge(local, key));
      const keys: { key: ObjectKey; bytes: number }[] = [];
      for await (const object of objects.list(CHECKPOINTS_PREFIX)) keys.push(object);
      for (let n = 0; n < keys.length; n += READS_AT_ONCE) {
        found.push(
          ...(await Promise.all(keys.slice(n, n + READS_AT_ONCE).map(({ key: name, bytes }) => readOne(objects, name, bytes, key)))).filter(
            (one) => one !== undefined,
          ),
        );
      }
      return {
        proven: found.filter((one): one is RecordCheckpoint => typeof one === 'object'),
        ofOtherKeys: found.filter((one) => one === 'of another key').length,
        forged: found.filter((one) => one === 'forged').length,
      };
    },

    keepNewest,

    async append(checkpoint) {
      await objects.put(checkpointKey(checkpoint, `${key.id}-${self.startedAt}-${self.pid}`), Buffer.from(signed(checkpoint)));
      await keepNewest(checkpoint);
      if (written++ % THIN_EVERY === 0) await thin(objects, checkpoint.epoch);
    },

    async keepProgress(progress) {
      if (progress === undefined) await rm(progressFile, { force: true });
      else await writeWhole(progressFile, `${JSON.stringify({ ...progress, signature: key.sign(progressText(progress)) })}\n`);
    },

    async progress() {
      const text = await readFile(progressFile, 'utf8').catch(() => undefined);
      return text === undefined ? undefined : progressIn(text, key);
    },
  };
}

async function writeWhole(file: string, text: string): Promise<void> {
  const beside = `${file}.${process.pid}`;
  try {
    await writeFile(beside, text, { mode: 0o600 });
    await rename(beside, file);
  } catch (cause) {
    throw new DomainError('unavailable', `cannot write ${file} (${(cause as NodeJS.ErrnoException).code})`, { cause });
  }
}

/** Undefined: our key did not sign it, so it says nothing. */
function progressIn(text: string, key: RecordKey): RecordProgress | undefined {
  try {
    const { seq, hash, at, begunAt, timesBackwards, signature } = JSON.parse(text) as RecordProgress & { signature: unknown };
    const progress = { seq, hash, at, begunAt, timesBackwards };
    return typeof signature === 'string' && key.verifies(progressText(progress), signature) ? progress : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: thinned away since it was listed. */
async function readOne(objects: ObjectStore, name: ObjectKey, bytes: number, key: RecordKey): Promise<Read | undefined> {
  if (bytes > CHECKPOINT_BYTES_MAX) return 'forged';
  try {
    return judge(Buffer.from(await objects.read(name)).toString('utf8'), key);
  } catch (thrown) {
    if (thrown instanceof DomainError && thrown.kind === 'not-found') return undefined;
    throw thrown;
  }
}

function judge(text: string, key: RecordKey): Read {
  try {
    const {
      epoch,
      kind,
      seq,
      hash,
      at,
      why,
      keeps,
      key: signedBy,
      signature,
    } = JSON.parse(text) as RecordCheckpoint & { key: unknown; signature: unknown };
    if (signedBy !== key.id) return 'of another key';
    const checkpoint = { epoch, kind, seq, hash, keeps, at, why };
    return typeof signature === 'string' && key.verifies(checkpointText(checkpoint), signature) ? checkpoint : 'forged';
  } catch {
    return 'forged';
  }
}

async function thin(objects: ObjectStore, epoch: number): Promise<void> {
  const keys: ObjectKey[] = [];
  for await (const { key } of objects.list(`${CHECKPOINTS_PREFIX}${String(epoch).padStart(6, '0')}/`)) keys.push(key);
  for (const key of toThin(keys.sort())) await objects.remove(key);
}
