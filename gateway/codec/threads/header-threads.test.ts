import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { HEADER_BOMBS } from '../../../test/fixtures/hostile/header-bombs.ts';
import { handClock } from '../../../test/fixtures/servers/hand-clock.ts';
import { bufferAccess, type RandomAccess, readObject } from '../../dicom/parse/part10.ts';
import { DomainError } from '../../domain/errors.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { createHeaderThreads, type HeaderThreads, SOURCE_LOOKS_MAX } from './header-threads.ts';
import { packFrames, unpackFrames } from './packed-frames.ts';

const LARGE = HEADER_BOMBS['items of one element']?.(2 * 1024 * 1024) ?? Buffer.alloc(0);
const SMALL_NUMBER_OF_FRAGMENTS = HEADER_BOMBS['fragments']?.(8 * 30_000) ?? Buffer.alloc(0);

/** Steps of 100 ms. */
const LIMITS = { cpuMsMax: 800, waitMsMax: 800 };

/** The same bytes from a store: never at once. */
function stored(bytes: Uint8Array, on: (offset: number) => void | Promise<void> = () => {}): RandomAccess {
  const { read } = bufferAccess(bytes);
  return {
    bytes: bytes.length,
    read: async (offset, length) => {
      await on(offset);
      return read(offset, length);
    },
  };
}

describe('large headers in a thread', { timeout: 60_000 }, () => {
  const made: HeaderThreads[] = [];
  const threads = (options: Parameters<typeof createHeaderThreads>[0] = {}) => {
    const one = createHeaderThreads(options);
    made.push(one);
    return one;
  };
  afterEach(async () => {
    await Promise.all(made.splice(0).map((one) => one.close()));
  });

  it('comes to what the main thread would have come to, and nothing is read twice', async () => {
    const offsets: number[] = [];
    const described = await threads().describe(
      stored(LARGE, (offset) => void offsets.push(offset)),
      'H1',
    );
    if (described.kind !== 'instance') throw new Error(described.reason);
    expect(described.metadataGzip.byteLength).toBeGreaterThan(0);
    expect(described.instance.sopInstanceUID).toBe('1.2.3.4.1');
    const behindFirst = offsets.filter((offset) => offset > 0);
    expect(behindFirst).toEqual([...behindFirst].sort((a, b) => a - b));
    expect(offsets.length).toBeLessThan(20);
  });

  it('brings a frame index of many fragments whole', async () => {
    const described = await threads().describe(stored(SMALL_NUMBER_OF_FRAGMENTS), 'H1');
    const { frames } = await readObject(bufferAccess(SMALL_NUMBER_OF_FRAGMENTS));
    expect(described).toMatchObject({ kind: 'instance', frames });
  });

  it('who has used up its share waits before the next one, and others do not', async () => {
    const rests: number[] = [];
    const share = { share: 0.5, burstMs: 0, restMsMax: 60_000, usersMax: 8 };
    const one = threads({ share, rest: async (ms) => void rests.push(ms) });
    for (const turn of ['H1', 'H2']) expect((await one.describe(stored(LARGE), turn)).kind).toBe('instance');
    expect(rests).toEqual([]);
    expect((await one.describe(stored(LARGE), 'H1')).kind).toBe('instance');
    expect(rests).toHaveLength(1);
    expect(rests[0]).toBeGreaterThan(0);
  });

  it('who leaves while it waits for its share is let go, and nothing of it is read', async () => {
    const leave = new AbortController();
    const one = threads({
      share: { share: 0.5, burstMs: 0, restMsMax: 60_000, usersMax: 8 },
      rest: async (_ms, signal) => {
        leave.abort(new DomainError('gone', 'left'));
        signal?.throwIfAborted();
      },
    });
    await one.describe(stored(LARGE), 'H1');
    const offsets: number[] = [];
    await expect(
      one.describe(
        stored(LARGE, (offset) => void offsets.push(offset)),
        'H1',
        leave.signal,
      ),
    ).rejects.toThrow('left');
    expect(offsets).toEqual([]);
  });

  it('finds a value', async () => {
    const place = await threads().locate(stored(LARGE), '7FE00010', '1.2.840.10008.1.2.1', 'looks');
    expect(place).toMatchObject({ vr: 'OW', length: 4, offset: LARGE.length - 4 });
  });

  it('gives the part of a stored header that an image is shown by', async () => {
    const header: DicomJson = {
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'A' }] },
      '00280010': { vr: 'US', Value: [2] },
      '00091001': { vr: 'SQ', Value: [{}] },
      '52009230': {
        vr: 'SQ',
        Value: [
          { '00209111': { vr: 'SQ', Value: [{}] } },
          { '00289132': { vr: 'SQ', Value: [{ '00281050': { vr: 'DS', Value: [40] } }] }, '00209111': { vr: 'SQ' } },
        ],
      },
    };
    const part = await threads().imageHeader(gzipSync(JSON.stringify(header)), 'looks');
    expect(part).toEqual({
      '00280010': { vr: 'US', Value: [2] },
      '52009230': { vr: 'SQ', Value: [null, { '00289132': { vr: 'SQ', Value: [{ '00281050': { vr: 'DS', Value: [40] } }] } }] },
    });
  });

  it.each([
    ['does not answer', new DomainError('unavailable', 'no store')],
    ['has lost the object', new DomainError('not-found', 'no such object')],
    ['fails as nobody foresaw', new TypeError('broken driver')],
  ])('a store that %s says nothing about the bytes', async (_name, thrown) => {
    const failing = stored(LARGE, (offset) => (offset > 500_000 ? Promise.reject(thrown) : undefined));
    await expect(threads().describe(failing, 'H1')).rejects.toBe(thrown);
  });

  it('one of a turn at a time, a named number may wait, and other turns have places of their own', async () => {
    const one = threads({ waitingMax: 1 });
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const first = one.describe(
      stored(LARGE, () => opened),
      'H1',
    );
    const second = one.describe(stored(LARGE), 'H1');
    await expect(one.describe(stored(LARGE), 'H1')).rejects.toMatchObject({ kind: 'busy' });
    const other = one.describe(stored(LARGE), 'H2');
    expect(one.underWay).toBe(3);
    open();
    expect((await Promise.all([first, second, other])).map(({ kind }) => kind)).toEqual(['instance', 'instance', 'instance']);
    expect(one.underWay).toBe(0);
  });

  it('who leaves is released, and the thread goes on to the next', async () => {
    const one = threads();
    const controller = new AbortController();
    const leaving = one.describe(
      stored(LARGE, () => {
        controller.abort(new Error('the sender left'));
        return new Promise(() => {});
      }),
      'H1',
      controller.signal,
    );
    await expect(leaving).rejects.toThrow('the sender left');
    expect((await one.describe(stored(LARGE), 'H1')).kind).toBe('instance');
  });

  it('a store that never answers ends the wait as unavailable, not as a fault of the bytes', async () => {
    const clock = handClock();
    const silent = stored(LARGE, () => {
      setImmediate(() => clock.look(9));
      return new Promise(() => {});
    });
    await expect(threads({ clock, limits: LIMITS }).describe(silent, 'H1')).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('a store that hangs gives the thread back, whatever it answers later, and the next header is read', async () => {
    const clock = handClock();
    const one = threads({ clock, limits: { ...LIMITS, waitMsMax: 1_000_000 } });
    let late = (): void => {};
    const hanging = stored(LARGE, (offset) => {
      if (offset === 0) return undefined;
      setImmediate(() => clock.look(SOURCE_LOOKS_MAX));
      return new Promise<void>((resolve) => {
        late = resolve;
      });
    });
    await expect(one.describe(hanging, 'H1')).rejects.toMatchObject({ kind: 'unavailable', message: 'the source does not answer' });
    late();
    expect((await one.describe(stored(LARGE), 'H1')).kind).toBe('instance');
  });

  it('a store that takes long for each read is waited for', async () => {
    const clock = handClock();
    const one = threads({ clock, limits: { ...LIMITS, waitMsMax: 1_000_000 } });
    const slow = stored(LARGE, () => void clock.look(SOURCE_LOOKS_MAX - 1));
    expect((await one.describe(slow, 'H1')).kind).toBe('instance');
  });

  it('a thread that does not get to it says nothing about the bytes: busy', async () => {
    const clock = handClock();
    const one = threads({ clock, limits: LIMITS });
    const first = one.describe(stored(LARGE), 'H1');
    while (clock.watching === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.look(8, 100);
    await expect(first).rejects.toMatchObject({ kind: 'busy' });
    expect((await one.describe(stored(LARGE), 'H1')).kind).toBe('instance');
  });

  it('bytes that use up the processor time of a header are unreadable, also while more of them are read', async () => {
    const clock = handClock();
    const slow = stored(LARGE, () => {
      setImmediate(() => clock.look(9, 100));
      return new Promise(() => {});
    });
    const described = await threads({ clock, limits: { ...LIMITS, waitMsMax: 10_000 } }).describe(slow, 'H1');
    expect(described).toMatchObject({ kind: 'unreadable', reason: 'reader-failed' });
  });
});

describe('frame indexes between threads', () => {
  it.each([
    { kind: 'none' } as const,
    { kind: 'native', frames: 3, offset: 10, frameBits: 12, tag: '7FE00010' } as const,
    { kind: 'encapsulated', frames: [] } as const,
    { kind: 'encapsulated', frames: [[1, 2, 3, 4], [], [5_000_000_000, 6]] } as const,
    { kind: 'deflated', dataSetOffset: 7, within: { kind: 'encapsulated', frames: [[1, 2]] } } as const,
  ])('$kind', async (index) => {
    expect(await unpackFrames(packFrames(index).frames)).toEqual(index);
  });
});
