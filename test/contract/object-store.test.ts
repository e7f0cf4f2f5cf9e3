/** One contract, every driver. The S3 one runs against a real Ceph RADOS Gateway. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ObjectKey } from '../../gateway/domain/identifiers.ts';
import { objectKey } from '../../gateway/domain/imaging/object-keys.ts';
import { READ_CHUNK_BYTES } from '../../storage/objects/files.ts';
import { MULTIPART_ABOVE_BYTES } from '../../storage/objects/s3.ts';
import { STAGE_BUFFER_BYTES } from '../../storage/objects/spool.ts';
import {
  commit,
  committed,
  DRIVERS,
  descriptorsUnder,
  folder,
  gather,
  KEY,
  keysOf,
  MIB,
  sha256,
  startWriter,
} from '../fixtures/servers/object-stores.ts';

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
        const buffer = new Uint8Array(150);
        expect(bytes.subarray(100, 200).equals(await store.read(KEY, range))).toBe(true);
        expect(bytes.subarray(100, 200).equals(await store.read(KEY, range, undefined, buffer))).toBe(true);
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
