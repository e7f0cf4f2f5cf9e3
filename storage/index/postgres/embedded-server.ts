/** The embedded server itself: made, started, found, asked and stopped. Who may do so when is decided in embedded.ts, under its lock. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, readlink, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { asDomainError, DomainError } from '../../../gateway/domain/errors.ts';
import type { Log } from '../../../gateway/domain/operation/log.ts';
import { type FileLock, tryLock } from '../../file-lock.ts';
import { type Binaries, chooseRunAs, embeddedBinaries, giveTo, type RunAs } from './embedded-user.ts';
import { type ConnectionTarget, connectionOptions, withClient } from './pool.ts';

/** Recovery after a crash included. */
export const START_TIMEOUT_MS = 60_000;
export const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 25;
const RESTART_PAUSE_MS = 500;
const LOG_BYTES_MAX = 5_000_000;
/** Above any kernel's largest. */
const PID_OF_NOBODY = 2_147_483_647;
/** The program's everyday role: no superuser, owns nothing, cannot change the record (`roles.ts`). */
const EVERYDAY = 'renkei';
/** The role that initdb makes: the cluster's superuser and the schema's owner. For setting up and restoring only. */
const OWNER = 'renkei_owner';
const DATABASE = 'renkei';

export interface Place {
  /** The data folder, as a real path. */
  readonly root: string;
  /** Below the data folder; owned by us or by the server's user. */
  readonly cluster: string;
  readonly data: string;
  /** Files with the two roles' passwords, 0600. */
  readonly password: string;
  readonly ownerPassword: string;
  readonly log: string;
}

export function placeBelow(root: string): Place {
  const cluster = join(root, 'postgres');
  return {
    root,
    cluster,
    data: join(cluster, 'data'),
    password: join(cluster, 'password'),
    ownerPassword: join(cluster, 'owner-password'),
    log: join(cluster, 'server.log'),
  };
}

// ── Whose it is ──────────────────────────────────────────────────────────────

/**
 * The server holds a lock on the cluster's PG_VERSION, which nobody removes, by a descriptor that it and all its processes inherit: held
 * for as long as any of them lives, seen from every namespace and, on NFS, from every host. 'held': by a server that lives somewhere.
 */
export async function lockCluster(place: Place): Promise<FileLock | 'held' | 'no cluster'> {
  const version = join(place.data, 'PG_VERSION');
  if (!(await exists(version))) return 'no cluster';
  return (await tryLock(version)) ?? 'held';
}

/** The server that answers here, as its owner; undefined when none of ours runs within reach. @throws unavailable when it does not take our password */
export async function adoptServer(place: Place, log: Log): Promise<ConnectionTarget | undefined> {
  const running = await findRunning(place);
  if (running === undefined) return undefined;
  const target = await waitForAnswer(place, undefined, performance.now() + START_TIMEOUT_MS);
  if (target === 'refused') {
    // Where the folder of a process is not to be seen, the number may be another program's.
    if (process.platform !== 'linux') return undefined;
    throw passwordRefused(place.ownerPassword, running.pid);
  }
  if (target !== undefined) log.info('database.adopted', { port: target.port });
  return target;
}

/** Others may use the server with the right one: it is not changed under them. */
function passwordRefused(file: string, pid: number | undefined): DomainError {
  return new DomainError(
    'unavailable',
    `the embedded database, which runs already${pid === undefined ? '' : ` (process ${pid})`}, refuses the password in ${file}: the file was lost or changed. Put it ` +
      `back from a copy; or end all programs on this data folder and that process (kill -INT${pid === undefined ? '' : ` ${pid}`}), and start again: a new one is made then`,
  );
}

// ── Start ────────────────────────────────────────────────────────────────────

/** The server, started, as its owner. The cluster is made when there is none. @param lock Of the cluster, when there is one; let go of here. */
export async function startServer(place: Place, lock: FileLock | undefined, log: Log): Promise<ConnectionTarget> {
  let held = lock;
  try {
    const binaries = await embeddedBinaries();
    await letPass(place.root);
    const runAs = await chooseRunAs(place.cluster, binaries);
    await initialise(place, binaries, runAs, log);
    await giveTo(runAs.owner, place.cluster);
    held ??= await tryLock(join(place.data, 'PG_VERSION'));
    if (held === undefined) throw new DomainError('unavailable', 'another program has just started the embedded database');
    const deadline = performance.now() + START_TIMEOUT_MS;
    let renewed = false;
    for (;;) {
      await disownPid(place);
      if (!renewed && (await passwordIn(place.ownerPassword)) === '') {
        await renewOwnerPassword(place, binaries, runAs, log);
        renewed = true;
      }
      try {
        const target = await start(place, binaries, runAs, held, log);
        if (target !== 'refused') return target;
        if (renewed) throw passwordRefused(place.ownerPassword, undefined);
        await renewOwnerPassword(place, binaries, runAs, log);
        renewed = true;
      } catch (thrown) {
        // Processes of a killed postmaster end by themselves within moments; a port may be taken between choosing and binding it.
        const passing = thrown instanceof DomainError && /still in use|could not bind|already in use/.test(thrown.message);
        if (!passing || performance.now() > deadline) throw thrown;
        await delay(RESTART_PAUSE_MS);
      }
    }
  } finally {
    await held?.release();
  }
}

/**
 * A pid that is in use again, by another process or a zombie, would keep PostgreSQL from starting. The file is not removed for that: by
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

/** What the operator can do when the cluster is not whole. */
function backAgain({ cluster }: Place): string {
  return (
    `put ${cluster} back from a copy that was taken while nothing ran; or move it elsewhere and bring the index back with npm start -- restore FILE, ` +
    'or without a backup with npm start -- reindex'
  );
}

/** Made beside and renamed: a kill in the middle leaves nothing that looks like a cluster. */
async function initialise(place: Place, binaries: Binaries, runAs: RunAs, log: Log): Promise<void> {
  if (await exists(join(place.data, 'PG_VERSION'))) return;
  if (await exists(place.cluster)) {
    throw new DomainError(
      'unavailable',
      `${place.cluster} is in the way of the embedded database, or is one that has lost its data/PG_VERSION: ${backAgain(place)}`,
    );
  }
  const fresh = `${place.cluster}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  for (const file of [place.password, place.ownerPassword]) {
    await writeFile(join(fresh, basename(file)), `${newPassword()}\n`, { mode: 0o600 });
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

/** 'refused': its owner has another password than the file; it is stopped again. */
async function start(place: Place, binaries: Binaries, runAs: RunAs, lock: FileLock, log: Log): Promise<ConnectionTarget | 'refused'> {
  const port = await freePort();
  const { size } = await stat(place.log).catch(() => ({ size: 0 }));
  if (size > LOG_BYTES_MAX) await truncate(place.log);
  const out = await open(place.log, 'a', 0o600);
  const { program, args, options } = runAs.command(binaries.postgres, ['-D', place.data, ...serverSettings(port)]);
  // Its own session and process group: a Ctrl-C or a kill meant for us does not reach it.
  const child = spawn(program, args, {
    ...options,
    cwd: '/',
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', out.fd, out.fd, lock.handle.fd],
  });
  const ended = exitOf(child);
  child.unref();
  await out.close();

  const target = await waitForAnswer(place, ended, performance.now() + START_TIMEOUT_MS);
  if (target === undefined) {
    const tail = (await readFile(place.log, 'utf8').catch(() => '')).split('\n').slice(-5).join(' ').trim();
    throw new DomainError(
      'unavailable',
      `the embedded database does not start: ${tail}. If its files are damaged or missing: ${backAgain(place)}`,
    );
  }
  if (target === 'refused') {
    await stopServer(place, log);
    return target;
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
    // One host, no replica: `backup` reads rows, not the log.
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
export async function createDatabase(owner: ConnectionTarget, everyday: ConnectionTarget): Promise<void> {
  await withClient(connectionOptions({ ...owner, database: 'postgres' }), async (client) => {
    const role = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [EVERYDAY]);
    // The password is of our own making, base64url.
    if (role.rowCount === 0) await client.query(`CREATE ROLE ${EVERYDAY} LOGIN PASSWORD '${everyday.password}'`);
    const database = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
}

/** The same server as the everyday role. @param renew Whether a password that was lost or changed is made anew: only who started the server knows that nobody uses it. */
export async function asEveryday(place: Place, owner: ConnectionTarget, renew: boolean, log: Log): Promise<ConnectionTarget> {
  const target = { ...owner, user: EVERYDAY, password: await passwordIn(place.password) };
  return withClient(connectionOptions({ ...owner, database: 'postgres' }), async (client) => {
    const known = (await client.query('SELECT FROM pg_roles WHERE rolname = $1', [EVERYDAY])).rowCount !== 0;
    if (known ? (await ask({ ...target, database: 'postgres' })) !== 'stranger' : target.password !== '') return target;
    if (!renew) throw passwordRefused(place.password, undefined);
    const password = newPassword();
    if (known) await client.query(`ALTER ROLE ${EVERYDAY} PASSWORD '${password}'`);
    await keepPassword(place.password, password);
    log.warn('database.password-renewed', { role: EVERYDAY });
    return { ...target, password };
  });
}

/** The owner's password was lost or changed. Who holds the cluster's files, and its lock, may set it: PostgreSQL's single-user mode asks for none. */
async function renewOwnerPassword(place: Place, binaries: Binaries, runAs: RunAs, log: Log): Promise<void> {
  const password = newPassword();
  const out = await open(place.log, 'a', 0o600);
  // Takes its port from the settings and does not listen.
  const { program, args, options } = runAs.command(binaries.postgres, ['--single', '-D', place.data, ...serverSettings(5432), 'postgres']);
  const child = spawn(program, args, { ...options, cwd: '/', env: serverEnvironment(), stdio: ['pipe', out.fd, out.fd] });
  const ended = exitOf(child);
  child.stdin?.on('error', () => {});
  child.stdin?.end(`ALTER ROLE ${OWNER} PASSWORD '${password}'\n`);
  await out.close();
  if ((await ended) !== 0)
    throw new DomainError('unavailable', `a new password of the embedded database cannot be set: see ${place.log}. ${backAgain(place)}`);
  await keepPassword(place.ownerPassword, password);
  log.warn('database.password-renewed', { role: OWNER });
}

const newPassword = (): string => randomBytes(24).toString('base64url');

async function keepPassword(file: string, password: string): Promise<void> {
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
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

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined when the server ended, or never was, before it answered; 'refused' when it does not take the owner's password. */
async function waitForAnswer(
  place: Place,
  ended: Promise<unknown> | undefined,
  deadline: number,
): Promise<ConnectionTarget | 'refused' | undefined> {
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
      if (answer === 'stranger') return 'refused';
      if (answer === 'damaged') {
        if (ended !== undefined) await end(running, place);
        throw new DomainError('unavailable', `the embedded database has lost files: ${backAgain(place)}`);
      }
    } else if (running === undefined && seen) {
      return undefined;
    }
    if (over) return undefined;
    if (performance.now() > deadline) {
      throw new DomainError('unavailable', `the embedded database (pid ${running?.pid ?? 'unknown'}) does not answer`);
    }
    await delay(POLL_MS);
  }
}

/** The database asked for is one that every cluster has. */
async function ask(target: ConnectionTarget): Promise<'yes' | 'not yet' | 'stranger' | 'damaged'> {
  // The client has no word of its own for a password that is empty.
  if (target.password === '') return 'stranger';
  try {
    await withClient(connectionOptions(target), async (client) => void (await client.query('SELECT 1')));
    return 'yes';
  } catch (thrown) {
    // Another server has the port and does not know our password.
    const code = (thrown as { code?: string }).code;
    if (code === '28P01' || code === '28000') return 'stranger';
    return DAMAGED.has(code ?? '') ? 'damaged' : 'not yet';
  }
}

/** invalid_catalog_name, undefined_file, data_corrupted, index_corrupted: to be asked again does not help. */
const DAMAGED: ReadonlySet<string> = new Set(['3D000', '58P01', 'XX001', 'XX002']);

// ── Stop ─────────────────────────────────────────────────────────────────────

export async function stopServer(place: Place, log: Log): Promise<void> {
  const running = await findRunning(place);
  if (running === undefined) return;
  await end(running, place);
  log.info('database.stopped');
}

async function end({ pid }: Running, place: Place): Promise<void> {
  // Fast shutdown: ends connections, writes a checkpoint, leaves nothing to recover.
  process.kill(pid, 'SIGINT');
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (await isPostmasterOf(pid, place.data)) {
    if (performance.now() > deadline) throw new DomainError('unavailable', 'the embedded database does not stop');
    await delay(POLL_MS);
  }
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
