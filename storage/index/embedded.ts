/**
 * The embedded default: a real PostgreSQL below the data folder, shared by every process that opens the folder.
 * The first starts it, the others adopt it, the last one out stops it. After a kill -9 it goes on running and is adopted by the next.
 * Each process holds one connection for as long as it lives (`presence`): that is how the last one knows that it is the last, and how
 * a process notices that the server is gone and starts it again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, readlink, realpath, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { asDomainError, DomainError } from '../../gateway/domain/errors.ts';
import type { Log } from '../../gateway/domain/log.ts';
import { type Binaries, chooseRunAs, embeddedBinaries, giveTo, type RunAs } from './embedded-user.ts';
import { type ConnectionTarget, connectionOptions, translate, withClient } from './pool.ts';
import { withProcessLock } from './process-lock.ts';

/** Recovery after a crash included. */
export const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
/** Waiting for another process that starts or stops the server. */
const LOCK_TIMEOUT_MS = START_TIMEOUT_MS + STOP_TIMEOUT_MS;
const POLL_MS = 25;
const LETTING_GO_MS = 1_000;
const RESTART_PAUSE_MS = 500;
const LOG_BYTES_MAX = 5_000_000;
/** Above any kernel's largest. */
const PID_OF_NOBODY = 2_147_483_647;
/** The program's everyday role: no superuser, owns nothing, cannot change the record (`roles.ts`). */
const USER = 'renkei';
/** The role that initdb makes: the cluster's superuser and the schema's owner. For setting up and restoring only. */
const OWNER = 'renkei_owner';
const DATABASE = 'renkei';
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

interface Place {
  /** Below the data folder; owned by us or by the server's user. */
  readonly cluster: string;
  readonly data: string;
  /** Files with the two roles' passwords, 0600. */
  readonly password: string;
  readonly ownerPassword: string;
  readonly log: string;
}

/** @throws unavailable, with a message an operator can act on */
export async function openEmbedded(dataFolder: string, log: Log): Promise<EmbeddedServer> {
  const root = await makeFolder(dataFolder);
  const cluster = join(root, 'postgres');
  const place: Place = {
    cluster,
    data: join(cluster, 'data'),
    password: join(cluster, 'password'),
    ownerPassword: join(cluster, 'owner-password'),
    log: join(cluster, 'server.log'),
  };
  const locked = <T>(work: () => Promise<T>) => withProcessLock(cluster, LOCK_TIMEOUT_MS, work);

  let target: ConnectionTarget = {};
  let owner: ConnectionTarget = {};
  let presence: pg.Client | undefined;
  let closing = false;
  const listeners: ((target: ConnectionTarget) => void)[] = [];

  const join_ = async (): Promise<void> => {
    await locked(async () => {
      owner = await adoptOrStart(root, place, log).catch(explain);
      target = { ...owner, user: USER, password: await passwordIn(place.password) };
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
        if (!heldByOthers) await stop(place, log);
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

// ── Start ────────────────────────────────────────────────────────────────────

/** The running server, as its owner. */
async function adoptOrStart(root: string, place: Place, log: Log): Promise<ConnectionTarget> {
  const running = await findRunning(place);
  if (running !== undefined) {
    const target = await waitForAnswer(place, undefined, Date.now() + START_TIMEOUT_MS);
    if (target !== undefined) {
      log.info('database.adopted', { port: target.port });
      return target;
    }
  }
  const binaries = await embeddedBinaries();
  await letPass(root);
  const runAs = await chooseRunAs(place.cluster, binaries);
  await initialise(place, binaries, runAs, log);
  await giveTo(runAs.owner, place.cluster);
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    await disownPid(place);
    try {
      return await start(place, binaries, runAs, log);
    } catch (thrown) {
      // Processes of a killed postmaster end by themselves within moments; a port may be taken between choosing and binding it.
      const passing = thrown instanceof DomainError && /still in use|could not bind|already in use/.test(thrown.message);
      if (!passing || Date.now() > deadline) throw thrown;
      await delay(RESTART_PAUSE_MS);
    }
  }
}

/**
 * A number that lives again, as another process or a zombie, would keep PostgreSQL from starting. The file is not removed for that: by
 * its other lines PostgreSQL sees whether processes of the killed server still write to the cluster, and refuses, rightly.
 */
async function disownPid(place: Place): Promise<void> {
  const file = join(place.data, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const [pid, ...rest] = text.split('\n');
  if (!isAlive(Number(pid))) return;
  const handle = await open(file, 'r+');
  try {
    await handle.truncate(0);
    await handle.write([PID_OF_NOBODY, ...rest].join('\n'), 0);
  } finally {
    await handle.close();
  }
}

/** Started by root, the server's own user must pass through our folder. It may not list it. */
async function letPass(root: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { mode, uid } = await stat(root);
  if (uid === 0 && (mode & 0o011) !== 0o011) await chmod(root, (mode & 0o777) | 0o011);
}

/** Made beside and renamed: a kill in the middle leaves nothing that looks like a cluster. */
async function initialise(place: Place, binaries: Binaries, runAs: RunAs, log: Log): Promise<void> {
  if (await exists(join(place.data, 'PG_VERSION'))) return;
  if (await exists(place.cluster)) {
    throw new DomainError('unavailable', `${place.cluster} is in the way of the embedded database and is not one: move it elsewhere`);
  }
  const fresh = `${place.cluster}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  for (const file of [place.password, place.ownerPassword]) {
    await writeFile(join(fresh, basename(file)), `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  }
  await giveTo(runAs.owner, fresh);

  const { program, args, options } = runAs.command(binaries.initdb, [
    `--pgdata=${join(fresh, 'data')}`,
    `--username=${OWNER}`,
    `--pwfile=${join(fresh, basename(place.ownerPassword))}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
  ]);
  const child = spawn(program, args, { ...options, cwd: '/', env: serverEnvironment(), stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const code = await exitOf(child);
  if (code !== 0) throw new DomainError('unavailable', `the embedded database cannot be created: ${said.trim()}`);
  await rename(fresh, place.cluster);
  log.info('database.created');
}

async function start(place: Place, binaries: Binaries, runAs: RunAs, log: Log): Promise<ConnectionTarget> {
  const port = await freePort();
  const { size } = await stat(place.log).catch(() => ({ size: 0 }));
  if (size > LOG_BYTES_MAX) await truncate(place.log);
  const out = await open(place.log, 'a', 0o600);
  const { program, args, options } = runAs.command(binaries.postgres, ['-D', place.data, ...serverSettings(port)]);
  // Its own session and process group: a Ctrl-C or a kill meant for us does not reach it.
  const child = spawn(program, args, { ...options, cwd: '/', env: serverEnvironment(), detached: true, stdio: ['ignore', out.fd, out.fd] });
  const ended = exitOf(child);
  child.unref();
  await out.close();

  const target = await waitForAnswer(place, ended, Date.now() + START_TIMEOUT_MS);
  if (target === undefined) {
    const tail = (await readFile(place.log, 'utf8').catch(() => '')).split('\n').slice(-5).join(' ').trim();
    throw new DomainError('unavailable', `the embedded database does not start: ${tail}`);
  }
  log.info('database.started', { port });
  return target;
}

function serverSettings(port: number): string[] {
  const memoryMb = totalmem() / 1024 / 1024;
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: `${Math.round(Math.min(512, Math.max(64, memoryMb / 16)))}MB`,
    effective_cache_size: `${Math.round(memoryMb / 2)}MB`,
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    // One host, no replica: backups are dumps.
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    random_page_cost: 1.1,
    jit: 'off',
    // Helpers that a small host does not need.
    io_method: 'sync',
    max_logical_replication_workers: 0,
    // Containers have 64 MB of /dev/shm.
    dynamic_shared_memory_type: 'mmap',
    // An error's detail and statement may hold a patient's name: ids only in logs.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_min_messages: 'warning',
    log_statement: 'none',
    log_timezone: 'UTC',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Nothing of ours: the server needs none of it, and a PGDATA or LD_LIBRARY_PATH of the caller would mislead it. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** The everyday role and the database, each if it is not there: a kill may have come between. */
async function createDatabase(owner: ConnectionTarget, everyday: ConnectionTarget): Promise<void> {
  await withClient(connectionOptions({ ...owner, database: 'postgres' }), async (client) => {
    const role = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [USER]);
    // The password is of our own making, base64url.
    if (role.rowCount === 0) await client.query(`CREATE ROLE ${USER} LOGIN PASSWORD '${everyday.password}'`);
    const database = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
}

const passwordIn = async (file: string): Promise<string> => (await readFile(file, 'utf8').catch(() => '')).trim();

// ── What runs ────────────────────────────────────────────────────────────────

interface Running {
  readonly pid: number;
  readonly port: number;
}

/** The postmaster of this cluster, if one lives. A pid file alone proves nothing: its number may be free, a zombie's, or another's by now. */
async function findRunning(place: Place): Promise<Running | undefined> {
  const lines = (await readFile(join(place.data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return (await isPostmasterOf(pid, place.data)) ? { pid, port } : undefined;
}

async function isPostmasterOf(pid: number, data: string): Promise<boolean> {
  if (process.platform !== 'linux') return isAlive(pid);
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // "pid (name) state …": the name may hold parentheses.
  const state = status.slice(status.lastIndexOf(')') + 2).charAt(0);
  if (state === '' || state === 'Z' || state === 'X') return false;
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  // The postmaster's working folder is its data folder. Unreadable: it is not ours to see, so not our server either.
  return cwd === data;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined when the server ended, or never was, before it answered. */
async function waitForAnswer(place: Place, ended: Promise<unknown> | undefined, deadline: number): Promise<ConnectionTarget | undefined> {
  const password = await passwordIn(place.ownerPassword);
  let over = false;
  void ended?.then(() => {
    over = true;
  });
  let seen = ended === undefined;
  for (;;) {
    const running = await findRunning(place);
    if (running !== undefined && running.port > 0) {
      seen = true;
      const target = { host: '127.0.0.1', port: running.port, user: OWNER, password, database: DATABASE };
      const answer = await ask({ ...target, database: 'postgres' });
      if (answer === 'yes') return target;
      if (answer === 'stranger') return undefined;
    } else if (running === undefined && seen) {
      return undefined;
    }
    if (over) return undefined;
    if (Date.now() > deadline) {
      throw new DomainError('unavailable', `the embedded database (pid ${running?.pid ?? 'unknown'}) does not answer`);
    }
    await delay(POLL_MS);
  }
}

async function ask(target: ConnectionTarget): Promise<'yes' | 'not yet' | 'stranger'> {
  try {
    await withClient(connectionOptions(target), async (client) => void (await client.query('SELECT 1')));
    return 'yes';
  } catch (thrown) {
    // Another server has the port and does not know our password.
    const code = (thrown as { code?: string }).code;
    return code === '28P01' || code === '28000' ? 'stranger' : 'not yet';
  }
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

// ── Stop ─────────────────────────────────────────────────────────────────────

/** Whether another process holds the server. One that was killed a moment ago is waited for: its connection ends by itself. */
async function isHeldByOthers(presence: pg.Client): Promise<boolean> {
  const deadline = Date.now() + LETTING_GO_MS;
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
    if (others.some(isAlive) || Date.now() > deadline) return true;
    await delay(POLL_MS);
  }
}

async function stop(place: Place, log: Log): Promise<void> {
  const running = await findRunning(place);
  if (running === undefined) return;
  // Fast shutdown: ends connections, writes a checkpoint, leaves nothing to recover.
  process.kill(running.pid, 'SIGINT');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (await isPostmasterOf(running.pid, place.data)) {
    if (Date.now() > deadline) throw new DomainError('unavailable', 'the embedded database does not stop');
    await delay(POLL_MS);
  }
  log.info('database.stopped');
}

// ── Small things ─────────────────────────────────────────────────────────────

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(asDomainError(undefined))));
    });
  });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('exit', (code) => resolve(code));
  });
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
