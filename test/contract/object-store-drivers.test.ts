/** What only one driver has to deal with, and which driver a setting opens. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, rename, symlink, truncate, utimes, watch, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Client } from 'minio';
import { describe, expect, it, vi } from 'vitest';
import { objectKey } from '../../gateway/domain/imaging/object-keys.ts';
import { openFileObjects } from '../../storage/objects/files.ts';
import { openObjects } from '../../storage/objects/open.ts';
import { openS3Objects, type S3ObjectsOptions } from '../../storage/objects/s3.ts';
import {
  BUCKET,
  commit,
  committed,
  folder,
  KEY,
  kept,
  keysOf,
  MIB,
  run,
  s3Options,
  server,
  sha256,
  startWriter,
  withDisk,
} from '../fixtures/servers/object-stores.ts';
import type { WriterTask } from '../fixtures/servers/object-writer.ts';

describe('files only: what is no file', () => {
  const bytes = randomBytes(1000);
  const original = objectKey('originals', 'F', '1.2', `${sha256(bytes)}.dcm`);
  const derived = objectKey('derived', 'F', '1.2', 'thumbnail.jpg');

  it.each(['an empty folder', 'a folder with something in it', 'a symbolic link'])(
    '%s where an object belongs gives way to the object',
    async (what) => {
      const root = join(folder, 'objects');
      const store = kept(await openFileObjects({ root }));
      for (const key of [original, derived]) {
        await mkdir(join(root, key, '..'), { recursive: true });
        if (what === 'a symbolic link') await symlink('/etc/hostname', join(root, key));
        else await mkdir(join(root, key));
        if (what === 'a folder with something in it') await writeFile(join(root, key, 'something'), 'kept');
      }
      expect(await committed(store, original, bytes)).toBe('mended');
      await store.put(derived, bytes);
      for (const key of [original, derived]) expect(bytes.equals(await store.read(key))).toBe(true);
      const aside = await readdir(join(root, '.aside'), { recursive: true }).catch(() => []);
      expect(aside.filter((name) => name.endsWith('something'))).toHaveLength(what === 'a folder with something in it' ? 2 : 0);
      expect(await keysOf(store, '')).toEqual([derived, original].sort());
    },
  );

  it('a folder where an object belongs is removed as the object is', async () => {
    const root = join(folder, 'objects');
    const store = kept(await openFileObjects({ root }));
    await mkdir(join(root, derived), { recursive: true });
    await store.remove(derived);
    expect(await store.head(derived)).toBeUndefined();
    expect(await readdir(join(root, 'derived'))).toEqual([]);
  });

  const root = () => join(folder, 'objects');

  it('do not follow a symbolic link out of the root, for folder or file', async () => {
    const outside = join(folder, 'outside');
    await mkdir(join(outside, 'F'), { recursive: true });
    await writeFile(join(outside, 'F', 'secret'), 'secret');
    await mkdir(root());
    await symlink(outside, join(root(), 'originals'));
    await mkdir(join(root(), 'derived'));
    await symlink(join(outside, 'F', 'secret'), join(root(), 'derived', 'link'));
    const store = kept(await openFileObjects({ root: root() }));
    const through = objectKey('originals', 'F', 'secret');
    await expect(store.get(through)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(store.remove(through)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(commit(store, objectKey('originals', 'F', 'new'), Buffer.from('x'))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(commit(store, objectKey('originals', 'G', 'new'), Buffer.from('x'))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(store.read(objectKey('derived', 'link'))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(commit(store, objectKey('derived', 'link'), Buffer.from('x'))).rejects.toMatchObject({ kind: 'conflict' });
    expect(await keysOf(store, '')).toEqual([]);
    expect(await readdir(outside, { recursive: true })).toEqual(['F', 'F/secret']);
  });

  it('say so when the disk is full, keep what they have, and go on when there is room', async () => {
    await withDisk('size=24m', async (disk) => {
      const store = kept(await openFileObjects({ root: disk }));
      const small = randomBytes(100_000);
      await commit(store, KEY, small);
      const big = await store.stage();
      await expect(
        (async () => {
          for (let count = 0; count < 40; count += 1) await big.write(randomBytes(MIB));
          await big.commit(objectKey('originals', 'F', 'big'));
        })(),
      ).rejects.toMatchObject({ kind: 'full' });
      await expect(store.probe()).rejects.toMatchObject({ kind: 'full' });
      expect(small.equals(await store.read(KEY))).toBe(true);
      await big.discard();
      expect(await store.head(objectKey('originals', 'F', 'big'))).toBeUndefined();
      await commit(store, objectKey('originals', 'F', 'later'), small);
      await store.probe();
      await store.close();
    });
  });

  it('say unavailable when the disk can be read only, or has vanished', async () => {
    await withDisk('size=24m', async (disk) => {
      const store = kept(await openFileObjects({ root: disk }));
      await commit(store, KEY, Buffer.from('x'));
      await run('mount', ['-o', 'remount,ro', disk]);
      await expect(commit(store, objectKey('a', 'b'), Buffer.from('x'))).rejects.toMatchObject({ kind: 'unavailable' });
      await expect(store.probe()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(Buffer.from(await store.read(KEY)).toString()).toBe('x');
      await store.close();
    });
    const store = kept(await openFileObjects({ root: root() }));
    await commit(store, KEY, Buffer.from('x'));
    await rename(root(), `${root()}.away`);
    await expect(commit(store, KEY, Buffer.from('x'))).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(store.probe()).rejects.toMatchObject({ kind: 'unavailable' });
    // Nor is anything said to be lost that only cannot be seen.
    for (const looks of [
      () => store.read(KEY),
      () => store.get(KEY),
      () => store.head(KEY),
      () => store.remove(KEY),
      () => keysOf(store, ''),
    ])
      await expect(looks()).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('mounted') });
    await rename(`${root()}.away`, root());
    expect(Buffer.from(await store.read(KEY)).toString()).toBe('x');
  });

  it('are seen as another process on the folder leaves them', async () => {
    const [one, other] = [kept(await openFileObjects({ root: root() })), kept(await openFileObjects({ root: root() }))];
    await one.put(KEY, Buffer.from('first'));
    expect(Buffer.from(await other.read(KEY)).toString()).toBe('first');
    await one.put(KEY, Buffer.from('second'));
    expect(Buffer.from(await other.read(KEY)).toString()).toBe('second');
    await one.remove(KEY);
    await expect(other.read(KEY)).rejects.toMatchObject({ kind: 'not-found' });
    await other.put(KEY, Buffer.from('third')); // its folder went with the object
    expect(Buffer.from(await one.read(KEY)).toString()).toBe('third');
  });

  it('tell of a file that became shorter instead of giving less', async () => {
    const store = kept(await openFileObjects({ root: root() }));
    await commit(store, KEY, randomBytes(MIB));
    await store.read(KEY, { offset: 0, length: 10 });
    await truncate(join(root(), KEY), 1000);
    await expect(store.read(KEY, { offset: 900, length: 200, of: 2000 })).rejects.toMatchObject({ kind: 'damaged' });
  });

  it('compare a range again when the file was written to since it was found whole', async () => {
    // A clock ahead: a file is remembered only when its last change is some time ago.
    const store = kept(await openFileObjects({ root: root(), now: () => Date.now() + 10_000 }));
    const bytes = randomBytes(1000);
    await commit(store, KEY, bytes);
    // Apart from the time of what is written below, however coarse the file system's clock.
    await utimes(join(root(), KEY), 1, 1);
    const range = { offset: 100, length: 100, of: 1000, crc32: crc32(bytes.subarray(100, 200)) };
    const buffer = new Uint8Array(200);
    expect(store.readNow?.(KEY, range, buffer)).toBeUndefined();
    expect(bytes.subarray(100, 200).equals(await store.read(KEY, range, undefined, buffer))).toBe(true);
    expect(store.readNow?.(KEY, { ...range, crc32: range.crc32 ^ 1 }, buffer)).toBeUndefined();
    expect(store.readNow?.(KEY, { ...range, of: 1001 }, buffer)).toBeUndefined();
    const now = store.readNow?.(KEY, range, buffer) ?? new Uint8Array();
    expect([now.length, now.buffer === buffer.buffer, bytes.subarray(100, 200).equals(now)]).toEqual([100, true, true]);
    await writeFile(join(root(), KEY), randomBytes(1000));
    expect(store.readNow?.(KEY, range, buffer)).toBeUndefined();
    await expect(store.read(KEY, range)).rejects.toMatchObject({ kind: 'damaged', ids: { problem: 'corrupt' } });
  });
});

describe('S3 only', () => {
  const fails = async (more: Partial<S3ObjectsOptions>) => {
    const store = kept(await openS3Objects(s3Options({ attemptsMax: 1, ...more })));
    return store.probe().then(
      () => undefined,
      (error: unknown) => error,
    );
  };

  it.each([
    ['a wrong secret', { secretKey: 'wrongsecret123' }, /RENKEI_S3_SECRET_KEY/],
    ['an unknown access key', { accessKey: 'nobody' }, /RENKEI_S3_ACCESS_KEY/],
    ['a missing bucket', { bucket: 'no-such-bucket' }, /no-such-bucket does not exist.*create it/],
    ['nobody at the address', { endpoint: 'http://127.0.0.1:9' }, /cannot be reached.*RENKEI_S3_ENDPOINT/],
  ])('says what to do about %s', async (_name, more, message) => {
    expect(await fails(more)).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(message) });
  });

  it('says what to do about a wrong clock', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3600 * 1000 });
    try {
      expect(await fails({})).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/clock/) });
    } finally {
      vi.useRealTimers();
    }
  });

  it.each(['ftp://127.0.0.1', 'nonsense', 'http://127.0.0.1:1/path', ''])('does not open with the endpoint %j', async (endpoint) => {
    await expect(openS3Objects(s3Options({ endpoint }))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('gives up a server that takes the connection and says nothing', async () => {
    const silent = createTcpServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    expect(await fails({ endpoint: `http://127.0.0.1:${port}`, idleTimeoutMs: 100 })).toMatchObject({ kind: 'unavailable' });
    silent.close();
  });

  it('tries a server that is overloaded again, but not for ever', async () => {
    let requests = 0;
    const busy = createServer((incoming, answer) => {
      requests += 1;
      incoming.resume();
      answer.writeHead(503).end();
    }).listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as AddressInfo;
    const store = kept(await openS3Objects(s3Options({ endpoint: `http://127.0.0.1:${port}`, attemptsMax: 3 })));
    await expect(store.put(KEY, Buffer.from('x'))).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/503/) });
    expect(requests).toBe(3);
    busy.close();
  });

  it('keeps existing objects on a server without If-None-Match', async () => {
    const old = createServer((incoming, answer) => {
      if (incoming.headers['if-none-match'] !== undefined) {
        incoming.resume();
        answer.writeHead(501, { 'content-type': 'application/xml' }).end('<Error><Code>NotImplemented</Code></Error>');
        return;
      }
      const { hostname, port } = new URL(server.endpoint);
      const { method, url: path, headers } = incoming;
      incoming.pipe(
        request({ hostname, port, method, path, headers }, (response) => {
          answer.writeHead(response.statusCode ?? 500, response.headers);
          response.pipe(answer);
        }),
      );
    }).listen(0, '127.0.0.1');
    await once(old, 'listening');
    const { port } = old.address() as AddressInfo;
    const store = kept(await openS3Objects(s3Options({ endpoint: `http://127.0.0.1:${port}` })));
    await commit(store, KEY, Buffer.from('first'));
    await commit(store, KEY, Buffer.from('other'));
    expect(Buffer.from(await store.read(KEY)).toString()).toBe('first');
    await store.close();
    old.close();
  });

  it('aborts the upload in parts that a killed process left', async () => {
    const task: WriterTask = { store: { driver: 's3', ...s3Options() }, objectBytes: 48 * MIB, leftOpen: 0 };
    await mkdir(s3Options().stagingFolder);
    const watching = watch(s3Options().stagingFolder);
    const child = startWriter(task);
    for await (const { filename } of watching) if (filename?.endsWith('.upload')) break;
    // The note is there before the first part goes up.
    await vi.waitUntil(async () => (await unfinished()).length > 0, { timeout: 30_000, interval: 20 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await unfinished()).length).toBeGreaterThan(0);
    const store = kept(await openS3Objects(s3Options()));
    expect(await store.sweepStaged()).toBeGreaterThan(0);
    expect(await unfinished()).toEqual([]);
    expect(await readdir(s3Options().stagingFolder)).toEqual([]);
  });

  it('ends a read with an error, never early, when the server dies in the middle; and comes back by itself', async () => {
    const store = kept(await openS3Objects(s3Options({ attemptsMax: 2 })));
    const bytes = randomBytes(60 * MIB);
    await commit(store, KEY, bytes, MIB);
    const stream = (await store.get(KEY))[Symbol.asyncIterator]();
    await stream.next();
    await server.kill();
    await expect(
      (async () => {
        while (!(await stream.next()).done);
      })(),
    ).rejects.toMatchObject({ kind: 'unavailable' });
    const staged = await store.stage();
    await staged.write(Buffer.from('while it was down'));
    await expect(staged.commit(objectKey('later'))).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(store.probe()).rejects.toMatchObject({ kind: 'unavailable' });
    await server.start();
    await staged.commit(objectKey('later')); // what was staged is still there
    expect(Buffer.from(await store.read(objectKey('later'))).toString()).toBe('while it was down');
    expect(sha256(await store.read(KEY))).toBe(sha256(bytes));
    await store.probe();
  });

  async function unfinished(): Promise<string[]> {
    const { hostname, port } = new URL(server.endpoint);
    const { accessKey, secretKey, region } = server;
    const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey, region });
    const { uploads } = await client.listIncompleteUploadsQuery(BUCKET, s3Options().prefix, '', '', '');
    return uploads.map(({ key }) => key);
  }
});

describe('openObjects', () => {
  it('opens files without an address', async () => {
    const store = kept(await openObjects({ dataFolder: folder }));
    await store.put(KEY, Buffer.from('x'));
    expect(await readdir(join(folder, 'objects'))).toContain('originals');
  });

  it.each([`s3://${BUCKET}`, `s3://${BUCKET}/`, `s3://${BUCKET}/some/prefix`, `s3://${BUCKET}/some/prefix/`])('opens %s', async (url) => {
    const store = kept(await openObjects({ url, dataFolder: folder, s3: server }));
    const key = objectKey('open-objects', folder.slice(-6));
    await store.put(key, Buffer.from('x'));
    expect(await keysOf(store, 'open-objects/')).toContain(key);
    await store.remove(key);
  });

  it.each(['http://x', 's3://', 's3:bucket', 'nonsense'])('does not open %s', async (url) => {
    await expect(openObjects({ url, dataFolder: folder, s3: server })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('asks for the S3 settings', async () => {
    await expect(openObjects({ url: 's3://bucket', dataFolder: folder })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/RENKEI_S3_ENDPOINT/),
    });
  });
});
