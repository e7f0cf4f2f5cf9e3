/**
 * The embedded default: a real PostgreSQL below the data folder, shared by every process that opens the folder and can reach the server.
 * The first starts it, the others adopt it, the last one out stops it. After a kill -9 it goes on running and is adopted by the next.
 * A process that cannot reach it (another container, another host) is told who has the folder, and starts nothing.
 * Each process holds one connection for as long as it lives (`presence`): that is how the last one knows that it is the last, and how
 * a process notices that the server is gone and starts it again.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { Log } from '../../../gateway/domain/operation/log.ts';
import { type FileLock, withLock } from '../../file-lock.ts';
import {
  adoptServer,
  asEveryday,
  createDatabase,
  isAlive,
  lockCluster,
  type Place,
  placeBelow,
  START_TIMEOUT_MS,
  STOP_TIMEOUT_MS,
  startServer,
  stopServer,
} from './embedded-server.ts';
import { holderFile, inUse, readHolder, unreachable, writeHolder } from './folder-holder.ts';
import { type ConnectionTarget, connectionOptions, translate } from './pool.ts';

/** Waiting for another process that starts or stops the server. */
const LOCK_TIMEOUT_MS = START_TIMEOUT_MS + STOP_TIMEOUT_MS;
/** A server that is ending still holds the cluster: so long is it waited for, when it is within reach, and when it is not. */
const ENDING_TIMEOUT_MS = 20_000;
const ENDING_ELSEWHERE_TIMEOUT_MS = 3_000;
const POLL_MS = 25;
const LETTING_GO_MS = 1_000;
const RESTART_PAUSE_MS = 500;
/** Followed by the holder's pid. */
const PRESENCE = 'renkei-presence-';

export interface EmbeddedServer {
  /** Where it answers now; the port changes when it had to be started anew on another. */
  target(): ConnectionTarget;
  /** The same as the schema's owner. */
  owner(): ConnectionTarget;
  onMoved(listener: (target: ConnectionTarget) => void): void;
  /** Lets go of it, and stops it when nobody else holds it. Call when all other connections of this process are closed. */
  close(): Promise<void>;
}

/** @throws conflict when a program that we cannot reach has the folder; unavailable; each with a message an operator can act on */
export async function openEmbedded(dataFolder: string, log: Log): Promise<EmbeddedServer> {
  const root = await makeFolder(dataFolder);
  const place = placeBelow(root);
  const locked = <T>(work: () => Promise<T>) =>
    withLock(
      holderFile(root),
      LOCK_TIMEOUT_MS,
      () => 'another process is starting or stopping the database and does not finish',
      work,
    ).catch((thrown: unknown) => ((thrown as NodeJS.ErrnoException).syscall === undefined ? Promise.reject(thrown) : explain(thrown)));

  let target: ConnectionTarget = {};
  let owner: ConnectionTarget = {};
  let presence: pg.Client | undefined;
  let closing = false;
  const listeners: ((target: ConnectionTarget) => void)[] = [];

  const join_ = async (): Promise<void> => {
    await locked(async () => {
      const found = await adoptOrStart(place, log).catch(explain);
      owner = found.owner;
      target = await asEveryday(place, owner, found.started, log);
      await createDatabase(owner, target);
      presence = await holdPresence(target);
    });
    for (const listener of listeners) listener(target);
    presence?.once('end', () => {
      presence = undefined;
      if (!closing) void rejoin();
    });
  };
  const rejoin = async (): Promise<void> => {
    log.warn('database.gone');
    while (!closing && presence === undefined) {
      try {
        await join_();
      } catch (thrown) {
        log.error('database.does-not-start', {}, thrown);
        await delay(RESTART_PAUSE_MS, undefined, { ref: false });
      }
    }
  };

  await join_();
  return {
    target: () => target,
    owner: () => owner,
    onMoved: (listener) => void listeners.push(listener),
    async close() {
      closing = true;
      const held = presence;
      if (held === undefined) return;
      await locked(async () => {
        const heldByOthers = await isHeldByOthers(held);
        await held.end().catch(() => {});
        if (!heldByOthers) await stopServer(place, log);
      });
    },
  };
}

async function makeFolder(dataFolder: string): Promise<string> {
  try {
    await mkdir(dataFolder, { recursive: true, mode: 0o711 });
    return await realpath(dataFolder);
  } catch (thrown) {
    return explain(thrown);
  }
}

/** A file system's refusal, in words an operator can act on. */
function explain(thrown: unknown): never {
  if (thrown instanceof DomainError) throw thrown;
  const { code, path, message } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') throw new DomainError('full', 'no space left for the embedded database', { cause: thrown });
  throw new DomainError('unavailable', `the embedded database cannot be prepared: ${code ?? message} ${path ?? ''}`.trim(), {
    cause: thrown,
  });
}

/** The running server, as its owner. */
async function adoptOrStart(place: Place, log: Log): Promise<{ owner: ConnectionTarget; started: boolean }> {
  const begun = performance.now();
  for (;;) {
    const lock = await lockCluster(place);
    const holder = lock === 'held' ? await readHolder(place.root) : undefined;
    const elsewhere = holder !== undefined && unreachable(holder);
    const found = elsewhere ? undefined : await adoptServer(place, log);
    if (found !== undefined || lock !== 'held') {
      const owner = await takeUp(place, found, lock === 'held' || lock === 'no cluster' ? undefined : lock, log);
      await writeHolder(place.root);
      return { owner, started: found === undefined };
    }
    // Processes of a killed or ending server let go of the cluster within moments.
    if (performance.now() - begun > (elsewhere ? ENDING_ELSEWHERE_TIMEOUT_MS : ENDING_TIMEOUT_MS)) throw inUse(place.root, holder);
    await delay(RESTART_PAUSE_MS);
  }
}

async function takeUp(place: Place, found: ConnectionTarget | undefined, lock: FileLock | undefined, log: Log): Promise<ConnectionTarget> {
  if (found === undefined) return startServer(place, lock, log);
  await lock?.release();
  return found;
}

async function holdPresence(target: ConnectionTarget): Promise<pg.Client> {
  const client = new pg.Client({ ...connectionOptions(target), application_name: `${PRESENCE}${process.pid}` });
  // What follows an error is 'end', which is heard.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (thrown) {
    throw translate(thrown);
  }
}

/** Whether another process holds the server. One that was killed a moment ago is waited for: its connection ends by itself. */
async function isHeldByOthers(presence: pg.Client): Promise<boolean> {
  const deadline = performance.now() + LETTING_GO_MS;
  for (;;) {
    let others: number[];
    try {
      const found = await presence.query<{ application_name: string }>(
        `SELECT application_name FROM pg_stat_activity WHERE application_name LIKE '${PRESENCE}%' AND pid <> pg_backend_pid()`,
      );
      others = found.rows.map((row) => Number(row.application_name.slice(PRESENCE.length)));
    } catch {
      // It does not answer: whoever finds it so starts it anew.
      return true;
    }
    if (others.length === 0) return false;
    if (others.some(isAlive) || performance.now() > deadline) return true;
    await delay(POLL_MS);
  }
}
