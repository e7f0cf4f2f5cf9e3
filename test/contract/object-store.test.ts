/** One contract, every driver. The S3 one runs against a real Ceph RADOS Gateway that this file starts. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, utimes, watch, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { Client } from 'minio';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ByteStream } from '../../gateway/domain/byte-stream.ts';
import type { ObjectKey } from '../../gateway/domain/identifiers.ts';
import { objectKey } from '../../gateway/domain/imaging/object-keys.ts';
import type { CommitOutcome, ObjectStore } from '../../gateway/domain/imaging/object-store.ts';
import { openFileObjects, READ_CHUNK_BYTES } from '../../storage/objects/files.ts';
import { openObjects } from '../../storage/objects/open.ts';
import { MULTIPART_ABOVE_BYTES, openS3Objects, type S3ObjectsOptions } from '../../storage/objects/s3.ts';
import { STAGE_BUFFER_BYTES } from '../../storage/objects/spool.ts';
import type { WriterTask } from '../fixtures/servers/object-writer.ts';
import { type S3Server, startS3Server } from '../fixtures/servers/s3-server.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const BUCKET = 'renkei';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
  await server.createBucket(BUCKET);
});
afterAll(() => server?.remove());

let folder: string;
let open: ObjectStore[];
let children: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'renkei-objects-'));
  open = [];
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const store of open) await store.close();
  await rm(folder, { recursive: true, force: true });
});

function s3Options(more: Partial<S3ObjectsOptions> = {}): S3ObjectsOptions {
  const { endpoint, accessKey, secretKey, region } = server;
  // A prefix of its own for every test: the folder's name is new each time.
  const prefix = folder.slice(folder.lastIndexOf('/') + 1);
  return { endpoint, accessKey, secretKey, region, bucket: BUCKET, prefix, stagingFolder: join(folder, 'staging'), ...more };
}

function kept(store: ObjectStore): ObjectStore {
  open.push(store);
  return store;
}

const DRIVERS: readonly {
  readonly name: string;
  readonly start: (more?: { stagesMax?: number }) => Promise<ObjectStore>;
  readonly staging: () => string;
  readonly writer: () => WriterTask['store'];
  /** Behind the store's back, in place. */
  readonly overwrite: (key: ObjectKey, bytes: Uint8Array) => Promise<void>;
}[] = [
  {
    name: 'files',
    start: async (more) => kept(await openFileObjects({ root: join(folder, 'objects'), ...more })),
    staging: () => join(folder, 'objects', '.staging'),
    writer: () => ({ driver: 'files', root: join(folder, 'objects') }),
    overwrite: (key, bytes) => writeFile(join(folder, 'objects', key), bytes),
  },
  {
    name: 's3',
    start: async (more) => kept(await openS3Objects(s3Options(more))),
    staging: () => join(folder, 'staging'),
    writer: () => ({ driver: 's3', ...s3Options() }),
    overwrite: async (key, bytes) => {
      await otherClient().putObject(BUCKET, `${s3Options().prefix}/${key}`, Buffer.from(bytes));
    },
  },
];

const KEY = objectKey('originals', 'F', '1.2', '1.2.3', 'a.dcm');

async function commit(store: ObjectStore, key: ObjectKey, bytes: Uint8Array, chunkBytes = 65_536): Promise<void> {
  await committed(store, key, bytes, chunkBytes);
}

async function committed(store: ObjectStore, key: ObjectKey, bytes: Uint8Array, chunkBytes = 65_536): Promise<CommitOutcome> {
  const staged = await store.stage();
  try {
    for (let at = 0; at < bytes.length; at += chunkBytes) await staged.write(bytes.subarray(at, at + chunkBytes));
    return await staged.commit(key);
  } finally {
    await staged.discard();
  }
}

async function gather(stream: ByteStream): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys.sort();
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.each(DRIVERS)('ObjectStore by $name', ({ start, staging, writer, overwrite }) => {
  describe('what is committed', () => {
    it.each([0, 1, STAGE_BUFFER_BYTES - 1, STAGE_BUFFER_BYTES, STAGE_BUFFER_BYTES + 1, 3 * MIB + 7, MULTIPART_ABOVE_BYTES + MIB + 1])(
      'reads back whole: %i bytes',
      async (size) => {
        const store = await start();
        const bytes = randomBytes(size);
        const staged = await store.stage();
        for (let at = 0; at < size; at += 100_003) await staged.write(bytes.subarray(at, at + 100_003));
        expect(staged.bytesWritten).toBe(size);
        expect(await staged.sha256()).toBe(sha256(bytes));
        await staged.commit(KEY);
        expect((await gather(await store.get(KEY))).equals(bytes)).toBe(true);
        expect(bytes.equals(await store.read(KEY))).toBe(true);
        expect(await store.head(KEY)).toEqual({ bytes: size });
        expect(await readdir(staging())).toEqual([]);
      },
    );

    it('is what the chunks held when they were written, in chunks of any size', async () => {
      const store = await start();
      const bytes = randomBytes(2 * MIB + 11);
      const staged = await store.stage();
      const chunk = Buffer.alloc(3 * MIB);
      for (let at = 0, size = 1; at < bytes.length; at += size, size = Math.min(size * 3, bytes.length - at)) {
        bytes.copy(chunk, 0, at, at + size);
        await staged.write(chunk.subarray(0, size));
        chunk.fill(0); // the caller may reuse it
      }
      await staged.commit(KEY);
      expect(bytes.equals(await store.read(KEY))).toBe(true);
    });

    it('can be re-read while it is staged, from memory, from the disk and across', async () => {
      const store = await start();
      const bytes = randomBytes(2 * STAGE_BUFFER_BYTES + 500);
      const staged = await store.stage();
      await staged.write(bytes.subarray(0, 100));
      expect(bytes.subarray(10, 100).equals(await staged.read(10, 90))).toBe(true);
      await staged.write(bytes.subarray(100));
      for (const [offset, length] of [
        [0, 132],
        [STAGE_BUFFER_BYTES - 5, 10],
        [2 * STAGE_BUFFER_BYTES - 5, 10],
        [2 * STAGE_BUFFER_BYTES + 1, 10],
        [0, bytes.length],
      ] as const) {
        expect(bytes.subarray(offset, offset + length).equals(await staged.read(offset, length))).toBe(true);
      }
      expect((await staged.read(bytes.length - 3, 100)).length).toBe(3);
      await staged.discard();
    });

    it('stays as it is when the name is committed again', async () => {
      const store = await start();
      await commit(store, KEY, Buffer.from('first'));
      await commit(store, KEY, Buffer.from('other'));
      expect(Buffer.from(await store.read(KEY)).toString()).toBe('first');
      await commit(store, KEY, randomBytes(MULTIPART_ABOVE_BYTES + 1));
      expect(Buffer.from(await store.read(KEY)).toString()).toBe('first');
    });

    it('is one whole object when several commit the same name at once', async () => {
      const store = await start();
      const bytes = randomBytes(700_000);
      await Promise.all(Array.from({ length: 8 }, () => commit(store, KEY, bytes)));
      expect(bytes.equals(await store.read(KEY))).toBe(true);
      expect(await keysOf(store, 'originals/')).toEqual([KEY]);
    });

    it('is replaced by put, and seen so at once', async () => {
      const store = await start();
      const key = objectKey('derived', 'F', 'metadata.json.gz');
      await store.put(key, Buffer.from('one'));
      expect(Buffer.from(await store.read(key)).toString()).toBe('one');
      await store.put(key, Buffer.from('three'));
      expect(Buffer.from(await store.read(key)).toString()).toBe('three');
      expect(await store.head(key)).toEqual({ bytes: 5 });
    });

    describe('under a name that holds its digest', () => {
      const bytes = randomBytes(MIB + 1000);
      const key = objectKey('originals', 'F', '1.2', '1.2.3', '1.2.3.4', `${sha256(bytes)}.dcm`);
      const changed = Buffer.from(bytes);
      changed[500_000] = (changed[500_000] as number) ^ 1;

      it.each([
        ['a byte changed', changed],
        ['cut', bytes.subarray(0, 400)],
        ['longer', Buffer.concat([bytes, bytes])],
        ['empty', Buffer.alloc(0)],
        ['other bytes of the same length', randomBytes(bytes.length)],
      ])('is mended by the good bytes when it was %s, and only then', async (_, damaged) => {
        const store = await start();
        expect(await committed(store, key, bytes)).toBe('stored');
        expect(await committed(store, key, bytes)).toBe('there');
        await overwrite(key, damaged);
        expect(await committed(store, key, bytes)).toBe('mended');
        expect(bytes.equals(await store.read(key))).toBe(true);
        expect(await committed(store, key, bytes)).toBe('there');
        expect(await readdir(staging())).toEqual([]);
      });

      it('is mended when it is sent in parts', async () => {
        const store = await start();
        const large = randomBytes(MULTIPART_ABOVE_BYTES + 11);
        const its = objectKey('originals', 'F', `${sha256(large)}.dcm`);
        expect(await committed(store, its, large)).toBe('stored');
        expect(await committed(store, its, large)).toBe('there');
        await overwrite(its, Buffer.concat([large.subarray(0, -1), Buffer.from([(large.at(-1) as number) ^ 1])]));
        expect(await committed(store, its, large)).toBe('mended');
        expect(large.equals(await store.read(its))).toBe(true);
      });

      it('is never replaced by bytes of another digest, by whichever operation', async () => {
        const store = await start();
        await committed(store, key, bytes);
        await expect(committed(store, key, changed)).rejects.toMatchObject({ kind: 'invalid' });
        await expect(store.put(key, changed)).rejects.toMatchObject({ kind: 'invalid' });
        const staged = await store.stage();
        await staged.write(changed);
        await expect(staged.replace(key)).rejects.toMatchObject({ kind: 'invalid' });
        await staged.discard();
        const quarantined = objectKey('quarantine', 'F', `${sha256(bytes)}.bin`);
        await expect(store.put(quarantined, changed)).rejects.toMatchObject({ kind: 'invalid' });
        expect(await store.head(quarantined)).toBeUndefined();
        expect(bytes.equals(await store.read(key))).toBe(true);
      });
    });

    it('is replaced by a staged one when that is asked for, whatever its length', async () => {
      const store = await start();
      const key = objectKey('derived', 'F', 'frames.j2c');
      for (const size of [10, MULTIPART_ABOVE_BYTES + 1, 0]) {
        const bytes = randomBytes(size);
        const staged = await store.stage();
        await staged.write(bytes);
        await staged.replace(key);
        expect(bytes.equals(await store.read(key))).toBe(true);
      }
      expect(await readdir(staging())).toEqual([]);
    });
  });

  describe('ranges', () => {
    const size = READ_CHUNK_BYTES * 2 + 100;
    const bytes = randomBytes(size);
    it.each([
      [0, 0],
      [0, 1],
      [size - 1, 1],
      [size, 0],
      [0, size],
      [17, READ_CHUNK_BYTES],
      [17, READ_CHUNK_BYTES + 1],
      [size - 5, 5],
    ])('%i+%i', async (offset, length) => {
      const store = await start();
      await commit(store, KEY, bytes);
      const expected = bytes.subarray(offset, offset + length);
      expect(expected.equals(await store.read(KEY, { offset, length }))).toBe(true);
      expect((await gather(await store.get(KEY, { offset, length }))).equals(expected)).toBe(true);
    });

    it('that leave the object are invalid', async () => {
      const store = await start();
      await commit(store, KEY, bytes.subarray(0, 100));
      for (const [offset, length] of [
        [100, 1],
        [99, 2],
        [101, 0],
        [0, 101],
        [-1, 1],
        [0, -1],
        [0.5, 1],
        [Number.NaN, 1],
        [2 ** 60, 1],
      ] as const) {
        await expect(store.read(KEY, { offset, length }), `${offset}+${length}`).rejects.toMatchObject({ kind: 'invalid' });
        await expect(store.get(KEY, { offset, length }), `${offset}+${length}`).rejects.toMatchObject({ kind: 'invalid' });
      }
    });

    it.each([
      ['cut behind the range', bytes.subarray(0, 300)],
      ['cut inside the range', bytes.subarray(0, 150)],
      ['cut before the range', bytes.subarray(0, 50)],
      ['longer', Buffer.concat([bytes, bytes])],
      ['empty', Buffer.alloc(0)],
    ])('of an object that is %s than the asker knows are damaged', async (_, damaged) => {
      const store = await start();
      await commit(store, KEY, bytes);
      const range = { offset: 100, length: 100, of: size };
      expect(bytes.subarray(100, 200).equals(await store.read(KEY, range))).toBe(true);
      await overwrite(KEY, damaged);
      await expect(store.read(KEY, range)).rejects.toMatchObject({ kind: 'damaged' });
      await expect(store.get(KEY, range)).rejects.toMatchObject({ kind: 'damaged' });
    });

    it('whose checksum is known are damaged as soon as a byte of them is another, and whole again with the good bytes', async () => {
      const store = await start();
      await commit(store, KEY, bytes);
      const range = { offset: 100, length: 100, of: size, crc32: crc32(bytes.subarray(100, 200)) };
      const changed = Buffer.from(bytes);
      changed[150] = (changed[150] as number) ^ 1;
      for (let time = 0; time < 2; time += 1) {
        expect(bytes.subarray(100, 200).equals(await store.read(KEY, range))).toBe(true);
        expect(bytes.subarray(100, 200).equals(await store.read(KEY, range))).toBe(true);
        await overwrite(KEY, changed);
        await expect(store.read(KEY, range)).rejects.toMatchObject({ kind: 'damaged', ids: { problem: 'corrupt' } });
        await overwrite(KEY, bytes);
      }
      await expect(store.read(KEY, { ...range, crc32: range.crc32 ^ 1 })).rejects.toMatchObject({ kind: 'damaged' });
    });

    it('of nothing are not found', async () => {
      const store = await start();
      const missing = objectKey('originals', 'F', 'missing.dcm');
      await expect(store.get(missing)).rejects.toMatchObject({ kind: 'not-found' });
      await expect(store.read(missing, { offset: 0, length: 0 })).rejects.toMatchObject({ kind: 'not-found' });
      expect(await store.head(missing)).toBeUndefined();
      await commit(store, KEY, Buffer.from('x'));
      await expect(store.get(objectKey('originals', 'F', '1.2', '1.2.3'))).rejects.toMatchObject({ kind: 'not-found' }); // a folder
      await expect(store.get(`${KEY}/below` as ObjectKey)).rejects.toMatchObject({ kind: 'not-found' });
    });
  });

  it.each([
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    '',
    '.',
    '.staging/x',
    'a/./b',
    'a\\..\\b',
    'a/\0',
    'a/b/',
    'é',
    `a/${'x'.repeat(2000)}`,
  ])('does not take %j for a name', async (key) => {
    const store = await start();
    const bad = key as ObjectKey;
    const staged = await store.stage();
    await staged.write(Buffer.from('x'));
    await expect(staged.commit(bad)).rejects.toMatchObject({ kind: 'invalid' });
    await staged.discard();
    await expect(store.put(bad, Buffer.from('x'))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(store.get(bad)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(store.head(bad)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(store.remove(bad)).rejects.toMatchObject({ kind: 'invalid' });
    expect(await readdir(staging())).toEqual([]);
  });

  describe('listing and removing', () => {
    it('lists by prefix, wherever it is cut', async () => {
      const store = await start();
      const keys = ['originals/A/1/a', 'originals/A/12/b', 'originals/B/1/c', 'derived/A/d'].map((key) => objectKey(...key.split('/')));
      for (const key of keys) await store.put(key, Buffer.from(key));
      expect(await keysOf(store, '')).toEqual([...keys].sort());
      expect(await keysOf(store, 'originals/')).toEqual(['originals/A/1/a', 'originals/A/12/b', 'originals/B/1/c']);
      expect(await keysOf(store, 'originals/A/1')).toEqual(['originals/A/1/a', 'originals/A/12/b']);
      expect(await keysOf(store, 'originals/A/1/')).toEqual(['originals/A/1/a']);
      expect(await keysOf(store, 'orig')).toEqual(['originals/A/1/a', 'originals/A/12/b', 'originals/B/1/c']);
      expect(await keysOf(store, 'nothing/')).toEqual([]);
      for await (const { key, bytes } of store.list('derived/')) expect({ key, bytes }).toEqual({ key: 'derived/A/d', bytes: 11 });
    });

    it('removes, also what is not there, and the name can be used again', async () => {
      const store = await start();
      await commit(store, KEY, Buffer.from('x'));
      await store.read(KEY);
      await store.remove(KEY);
      expect(await store.head(KEY)).toBeUndefined();
      await expect(store.read(KEY)).rejects.toMatchObject({ kind: 'not-found' });
      await store.remove(KEY);
      await commit(store, KEY, Buffer.from('again'));
      expect(Buffer.from(await store.read(KEY)).toString()).toBe('again');
    });
  });

  describe('reading a large object', () => {
    const bytes = randomBytes(8 * MIB);

    it('keeps pace with a slow consumer', async () => {
      const store = await start();
      await commit(store, KEY, bytes);
      const hash = createHash('sha256');
      for await (const chunk of await store.get(KEY)) {
        for (let turns = 0; turns < 5; turns += 1) await turn();
        hash.update(chunk);
      }
      expect(hash.digest('hex')).toBe(sha256(bytes));
    });

    it('ends when the signal does, with its reason, and lets go of everything', async () => {
      const store = await start();
      await commit(store, KEY, bytes);
      const cancel = new AbortController();
      const reason = new Error('the reader left');
      const stream = (await store.get(KEY, undefined, cancel.signal))[Symbol.asyncIterator]();
      await stream.next();
      cancel.abort(reason);
      await expect(stream.next()).rejects.toBe(reason);
      await store.close();
      expect(descriptorsUnder(folder)).toEqual([]);
    });

    it('can be left at any time: before, in the middle, unread', async () => {
      const store = await start();
      await commit(store, KEY, bytes);
      const unread = (await store.get(KEY))[Symbol.asyncIterator]();
      await unread.return?.();
      expect((await unread.next()).done).toBe(true);
      for await (const chunk of await store.get(KEY)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect(bytes.equals(await store.read(KEY))).toBe(true);
      await store.close();
      expect(descriptorsUnder(folder)).toEqual([]);
    });

    it('serves many readers at once', async () => {
      const store = await start();
      await commit(store, KEY, bytes);
      const digests = await Promise.all(Array.from({ length: 12 }, async () => sha256(await gather(await store.get(KEY)))));
      expect(new Set(digests)).toEqual(new Set([sha256(bytes)]));
    });
  });

  describe('stages', () => {
    it('are bounded in number; one that ends makes room', async () => {
      const store = await start({ stagesMax: 2 });
      const [first, second] = [await store.stage(), await store.stage()];
      await expect(store.stage()).rejects.toMatchObject({ kind: 'busy' });
      await first.discard();
      const third = await store.stage();
      await second.commit(KEY);
      await store.stage();
      await third.discard();
    });

    it('leave nothing when discarded, more than once and after a commit too', async () => {
      const store = await start();
      const staged = await store.stage();
      await staged.write(randomBytes(3 * MIB));
      await staged.discard();
      await staged.discard();
      expect(await readdir(staging())).toEqual([]);
      expect(await keysOf(store, '')).toEqual([]);
      const second = await store.stage();
      await second.write(Buffer.from('x'));
      await second.commit(KEY);
      await second.discard();
      expect(await store.head(KEY)).toEqual({ bytes: 1 });
    });

    it('take no more bytes once they were digested', async () => {
      const store = await start();
      const staged = await store.stage();
      await staged.write(Buffer.from('x'));
      await staged.sha256();
      await expect(staged.write(Buffer.from('y'))).rejects.toThrow();
      await staged.commit(KEY);
      expect(await store.head(KEY)).toEqual({ bytes: 1 });
    });

    it('are all gone when the store closes', async () => {
      const store = await start();
      const staged = await store.stage();
      await staged.write(randomBytes(3 * MIB));
      await store.close();
      expect(await readdir(staging())).toEqual([]);
      expect(descriptorsUnder(folder)).toEqual([]);
    });
  });

  it('does nothing for a signal that has ended', async () => {
    const store = await start();
    const reason = new Error('too late');
    const signal = AbortSignal.abort(reason);
    await expect(store.stage(signal)).rejects.toBe(reason);
    await expect(store.put(KEY, Buffer.from('x'), signal)).rejects.toBe(reason);
    await expect(store.get(KEY, undefined, signal)).rejects.toBe(reason);
    await expect(store.remove(KEY, signal)).rejects.toBe(reason);
    await expect(store.probe(signal)).rejects.toBe(reason);
    expect(await store.head(KEY)).toBeUndefined();
  });

  it('probes, and leaves no trace', async () => {
    const store = await start();
    await store.probe();
    expect(await keysOf(store, '')).toEqual([]);
    expect(await readdir(staging())).toEqual([]);
  });

  it('keeps whole what it acknowledged when its process is killed, and sweeps what that left', async () => {
    const store = await start();
    const child = startWriter({ store: writer(), objectBytes: 1_500_000, leftOpen: 3 });
    const acknowledged: ObjectKey[] = [];
    for await (const line of createInterface(child.stdout)) {
      if (line === 'open') {
        expect(await store.sweepStaged()).toBe(0); // never those of a live process
        expect((await readdir(staging())).length).toBeGreaterThanOrEqual(3);
      } else {
        acknowledged.push(line as ObjectKey);
        if (acknowledged.length === 25) child.kill('SIGKILL');
      }
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(25);
    for (const key of acknowledged) expect(key).toContain(sha256(await store.read(key)));
    // What had a name without being acknowledged is whole too.
    for await (const { key } of store.list('originals/CRASH/')) expect(key).toContain(sha256(await store.read(key)));
    const mine = await store.stage();
    await mine.write(randomBytes(2 * MIB));
    await mine.read(0, 1);
    expect(await store.sweepStaged()).toBeGreaterThanOrEqual(3);
    expect((await readdir(staging())).length).toBe(1); // this process's own
    await mine.discard();
    expect(await store.sweepStaged()).toBe(0);
  });
});

/** Another client of the same bucket. */
function otherClient(): Client {
  const { endpoint, accessKey, secretKey, region } = server;
  const { hostname, port } = new URL(endpoint);
  return new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey, region });
}

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
    await rm(root(), { recursive: true });
    await expect(commit(store, KEY, Buffer.from('x'))).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(store.probe()).rejects.toMatchObject({ kind: 'unavailable' });
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
    await store.read(KEY, range);
    await store.read(KEY, range);
    await writeFile(join(root(), KEY), randomBytes(1000));
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

function startWriter(task: WriterTask) {
  const script = fileURLToPath(new URL('../fixtures/servers/object-writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

/** A small file system of its own, for the time of `use`. */
async function withDisk(options: string, use: (disk: string) => Promise<void>): Promise<void> {
  const disk = join(folder, 'disk');
  await mkdir(disk, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
  try {
    await use(disk);
  } finally {
    await run('umount', ['-l', disk]);
  }
}

/** Files under `folder` that this process still holds open. */
function descriptorsUnder(path: string): string[] {
  const targets: string[] = [];
  for (let fd = 0; fd < 1024; fd += 1) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      if (target.startsWith(path)) targets.push(target);
    } catch {
      // not open
    }
  }
  return targets;
}
