/** The embedded server among processes: several at once, killed ones, stale traces, folders its user cannot reach. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { openIndex } from '../../storage/index/open.ts';
import { killTree } from '../fixtures/servers/postgres-server.ts';
import { WITH_TYPESCRIPT } from '../fixtures/servers/typescript-child.ts';

const folders: string[] = [];
const children = new Set<ChildProcess>();

async function newFolder(mode = 0o755): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'renkei-process-'));
  await chmod(parent, mode);
  folders.push(parent);
  return join(parent, 'data');
}

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  for (const folder of folders.splice(0)) {
    const pid = postmaster(join(folder, 'data'));
    if (pid !== undefined && existsSync(`/proc/${pid}`)) killTree(pid);
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
});

const pidFile = (data: string) => join(data, 'postgres/data/postmaster.pid');
function postmaster(data: string): number | undefined {
  return existsSync(pidFile(data)) ? Number(readFileSync(pidFile(data), 'utf8').split('\n')[0]) : undefined;
}

/** A process of its own that opens the folder's index, says so, and closes it when told. */
async function opener(data: string): Promise<{ child: ChildProcess; close(): Promise<void> }> {
  const module = new URL('../../storage/index/open.ts', import.meta.url).href;
  const script = `
    const { openIndex } = await import(${JSON.stringify(module)});
    const index = await openIndex({ dataFolder: ${JSON.stringify(data)} });
    await index.probe();
    console.log('open');
    process.stdin.once('data', async () => { await index.probe(); await index.close(); process.exit(0); });`;
  const child = spawn(process.execPath, [...WITH_TYPESCRIPT, '--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.add(child);
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string];
  expect(line).toBe('open');
  return {
    child,
    async close() {
      child.stdin?.write('close\n');
      const [code] = (await once(child, 'exit')) as [number];
      children.delete(child);
      expect(code).toBe(0);
    },
  };
}

describe('embedded PostgreSQL and its processes', () => {
  test('three processes open one new folder at once: one server; the last one out stops it', async () => {
    const data = await newFolder();
    const opened = await Promise.all([opener(data), opener(data), opener(data)]);
    const pid = postmaster(data);
    for (const one of opened) {
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      expect(postmaster(data)).toBe(pid);
      await one.close();
    }
    expect(existsSync(pidFile(data))).toBe(false);
  });

  test('kill -9 of its starter leaves it; the next one adopts and stops it', async () => {
    const data = await newFolder();
    const first = await opener(data);
    const pid = postmaster(data);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const second = await opener(data);
    expect(postmaster(data)).toBe(pid);
    await second.close();
    expect(existsSync(pidFile(data))).toBe(false);
  });

  test.each<[string, () => number]>([
    ['nobody’s', () => 4_000_000],
    ['another process’s', () => process.pid],
  ])('a left-over pid file with %s number does not keep it from starting', async (_name, number) => {
    const data = await newFolder();
    const index = await openIndex({ dataFolder: data });
    killTree(postmaster(data) ?? 0);
    // The process above starts it again; only after it is closed is the trace laid.
    await expect
      .poll(
        () =>
          index.probe().then(
            () => true,
            () => false,
          ),
        { timeout: 30_000 },
      )
      .toBe(true);
    const left = readFileSync(pidFile(data), 'utf8');
    await index.close();
    const owner = await stat(join(data, 'postgres/data/PG_VERSION'));
    writeFileSync(pidFile(data), left.replace(/^\d+/, String(number())), { mode: 0o600 });
    if (process.getuid?.() === 0) (await import('node:fs')).chownSync(pidFile(data), owner.uid, owner.gid);
    const again = await openIndex({ dataFolder: data });
    await again.probe();
    await again.close();
  });

  test('below a folder that only we may pass through', async () => {
    const data = await newFolder(0o700);
    const index = await openIndex({ dataFolder: data });
    await index.probe();
    await index.close();
    // And after the folder was opened to others, or closed again: the cluster changes hands with it.
    const parent = folders.at(-1) ?? '';
    for (const mode of [0o755, 0o700]) {
      await chmod(parent, mode);
      const again = await openIndex({ dataFolder: data });
      await again.probe();
      await again.close();
    }
  });

  const PASSWORDS = ['postgres/password', 'postgres/owner-password'];

  test.each<[string, (file: string) => void]>([
    ['lost', (file) => rmSync(file)],
    ['those of another folder', (file) => writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`)],
  ])('its passwords are %s: they are made anew, and nothing is lost', async (_name, spoil) => {
    const data = await newFolder();
    const index = await openIndex({ dataFolder: data });
    await index.close();
    for (const file of PASSWORDS) spoil(join(data, file));
    const again = await openIndex({ dataFolder: data });
    expect(await again.database.rows({ text: 'SELECT max(version) > 0 AS whole, current_user AS role FROM schema_migrations' })).toEqual([
      { whole: true, role: 'renkei' },
    ]);
    await again.asOwner((owner) => owner.rows({ text: 'SELECT 1' }));
    await again.close();
    for (const file of PASSWORDS) expect((await stat(join(data, file))).mode & 0o777).toBe(0o600);
    expect(existsSync(pidFile(data))).toBe(false);
  });

  test.each(PASSWORDS)('%s is lost while it runs: who comes is told so, and who is there stays', async (file) => {
    const data = await newFolder();
    const index = await openIndex({ dataFolder: data });
    const kept = readFileSync(join(data, file));
    rmSync(join(data, file));
    await expect(openIndex({ dataFolder: data })).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining(file) });
    await index.probe();
    writeFileSync(join(data, file), kept, { mode: 0o600 });
    await (await openIndex({ dataFolder: data })).close();
    await index.close();
  });

  const PARTS = ['postgres/data/PG_VERSION', 'postgres/data/global/pg_control', 'postgres/data/base'];
  test.each(PARTS)('without %s it is refused with how to go on, and nothing is left running', async (part) => {
    const data = await newFolder();
    await (await openIndex({ dataFolder: data })).close();
    rmSync(join(data, part), { recursive: true });
    const refused = openIndex({ dataFolder: data });
    await expect(refused).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/restore FILE.*reindex/) });
    expect(existsSync(pidFile(data))).toBe(false);
  });

  test('a lock file that cannot be opened is named', async () => {
    const data = await newFolder();
    await mkdir(join(data, 'renkei.lock'), { recursive: true });
    await expect(openIndex({ dataFolder: data })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('renkei.lock'),
    });
  });

  test('the password is for the owner only, and the server listens on loopback only', async () => {
    const data = await newFolder();
    const index = await openIndex({ dataFolder: data });
    expect((await stat(join(data, 'postgres/password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(data, 'postgres'))).mode & 0o077).toBe(0);
    const settings = await index.database.rows({
      text: `SELECT name, setting FROM pg_settings WHERE name IN ('listen_addresses', 'fsync', 'synchronous_commit', 'full_page_writes') ORDER BY name`,
    });
    expect(settings.map((row) => row['setting'])).toEqual(['on', 'on', '127.0.0.1', 'on']);
    await index.close();
  });

  test('a folder that cannot be used: unavailable, and it says why', async () => {
    const data = await newFolder();
    await mkdir(data, { recursive: true });
    writeFileSync(join(data, 'postgres'), 'in the way');
    await expect(openIndex({ dataFolder: data })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('in the way'),
    });
    await expect(openIndex({ dataFolder: join(data, 'postgres', 'below-a-file') })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('ENOTDIR'),
    });
  });
});
