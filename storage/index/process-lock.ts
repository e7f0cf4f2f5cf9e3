/** A lock between processes of one host that ends with its holder, however that ends. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DomainError } from '../../gateway/domain/errors.ts';

const RETRY_MS = 50;

/** @throws busy when another process held it for `waitMs` */
export async function withProcessLock<T>(name: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const address = lockAddress(name);
  const deadline = Date.now() + waitMs;
  let server: Server | undefined;
  while (server === undefined) {
    server = await listen(address);
    if (server !== undefined) break;
    if (Date.now() > deadline) throw new DomainError('busy', 'another process is starting or stopping the database and does not finish');
    await delay(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    const held = server;
    await new Promise<void>((resolve) => held.close(() => resolve()));
  }
}

/** Linux: a name in the abstract namespace, which the kernel frees. Elsewhere a socket file, which a dead holder leaves behind. */
function lockAddress(name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return process.platform === 'linux' ? `\0renkei-${digest}` : join(tmpdir(), `renkei-${digest}.lock`);
}

async function listen(address: string): Promise<Server | undefined> {
  const server = await tryListen(address);
  if (server !== undefined || address.startsWith('\0')) return server;
  if (await answers(address)) return undefined;
  await rm(address, { force: true });
  return tryListen(address);
}

function tryListen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
