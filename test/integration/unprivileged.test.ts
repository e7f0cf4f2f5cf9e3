/** The program as a user who may do nothing else: no root, a data folder of its own, the embedded database included. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMINISTRATOR, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';

const SETUP = new URL('../../gateway/setup.mjs', import.meta.url).pathname;
const folder = temporaryFolder('unprivileged');
const data = join(folder, 'data');
/** `nobody`; where the tests are not run by root, whoever runs them. */
const isRoot = process.getuid?.() === 0;
const uid = isRoot ? Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout) : (process.getuid?.() ?? 0);
const gid = isRoot ? Number(spawnSync('id', ['-g', 'nobody'], { encoding: 'utf8' }).stdout) : (process.getgid?.() ?? 0);

function start(words: readonly string[]): ChildProcess {
  const become = isRoot
    ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--bounding-set=-all', '--no-new-privs', process.execPath]
    : [process.execPath];
  const [program = '', ...args] = [...become, SETUP, 'start', ...words];
  return spawn(program, args, {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      RENKEI_DATA: data,
      RENKEI_HTTP_PORT: '0',
      RENKEI_DIMSE_PORT: '0',
      RENKEI_ADMIN_EMAIL: ADMINISTRATOR.email,
      RENKEI_ADMIN_PASSWORD: ADMINISTRATOR.password,
      RENKEI_LOG: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function command(words: readonly string[]): Promise<{ status: number; answer: unknown }> {
  const child = start([...words, '--json']);
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [status] = (await once(child, 'close')) as [number];
  return { status, answer: JSON.parse(stdout) };
}

beforeAll(async () => {
  // What an installation does before: packages and viewer are there, owned by another.
  const built = await startGatewayProcess(join(folder, 'built'));
  await built.stop();
  mkdirSync(data, { mode: 0o700 });
  if (isRoot) chownSync(data, uid, gid);
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

test('it starts, is ready, keeps all files to itself, and its commands work beside it and alone', async () => {
  const child = start([]);
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [string];
  const { http } = JSON.parse(line) as { http: number };
  expect((await fetch(`http://127.0.0.1:${http}/readyz`)).status).toBe(200);
  expect(readFileSync(`/proc/${child.pid}/status`, 'utf8')).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));

  const postmaster = readFileSync(join(data, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0];
  expect(statSync(`/proc/${postmaster}`).uid).toBe(uid);
  expect(await command(['facility', 'create', '--code', 'H1', '--name', 'H1'])).toMatchObject({ status: 0 });
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);

  expect(await command(['audit', 'verify'])).toMatchObject({ status: 0, answer: { intact: true } });
  for (const name of readdirSync(data, { recursive: true }) as string[]) {
    expect({ name, uid: statSync(join(data, name)).uid }).toEqual({ name, uid });
  }
  for (const secret of ['record-key.pem', 'postgres/password', 'postgres/owner-password']) {
    expect({ secret, mode: statSync(join(data, secret)).mode & 0o077 }).toEqual({ secret, mode: 0 });
  }
});
