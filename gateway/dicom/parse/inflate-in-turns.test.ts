import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createFairTurns, type FairTurns } from '../../domain/bounds/fair-turns.ts';
import { INFLATED_BYTES_A_MS_MAX, INFLATED_PIECE_BYTES, INFLATING_TURNS, inflateInTurns } from './inflate-in-turns.ts';

const PIECES = 12;
const zeros = Buffer.alloc(PIECES * INFLATED_PIECE_BYTES);
const bomb = deflateRawSync(zeros);

const noRest = async () => {};

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Turns that tell of themselves. */
function watchedTurns() {
  const turns = createFairTurns(INFLATING_TURNS);
  const of = new Map<string, number>();
  const seen = { most: 0, mostOfOne: 0, order: [] as string[] };
  const watched: FairTurns = {
    takeNow: (asker) => turns.takeNow(asker),
    run: (asker, work, signal) =>
      turns.run(
        asker,
        async () => {
          of.set(asker, (of.get(asker) ?? 0) + 1);
          seen.most = Math.max(seen.most, turns.running);
          seen.mostOfOne = Math.max(seen.mostOfOne, of.get(asker) ?? 0);
          seen.order.push(asker);
          try {
            return await work();
          } finally {
            of.set(asker, (of.get(asker) ?? 0) - 1);
          }
        },
        signal,
      ),
    get running() {
      return turns.running;
    },
    get waiting() {
      return turns.waiting;
    },
  };
  return { turns: watched, seen };
}

async function lengthsOf(pieces: AsyncIterable<Uint8Array>): Promise<number[]> {
  const lengths: number[] = [];
  for await (const piece of pieces) lengths.push(piece.length);
  return lengths;
}

describe('inflating takes turns', () => {
  it('however many streams there are, one piece of an asker and two in all are inflated at a time', async () => {
    const { turns, seen } = watchedTurns();
    const askers = ['a', 'a', 'a', 'a', 'b', 'b', 'c', 'd'];
    const all = await Promise.all(askers.map((asker) => lengthsOf(inflateInTurns(once(bomb), asker, { turns, rest: noRest }))));
    for (const lengths of all) {
      expect(Math.max(...lengths)).toBeLessThanOrEqual(INFLATED_PIECE_BYTES);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(zeros.length);
    }
    expect([seen.most, seen.mostOfOne]).toEqual([INFLATING_TURNS.atOnce, INFLATING_TURNS.atOnceOfOne]);
  });

  it('who has one stream gets every second piece beside one who has eight', async () => {
    const { turns, seen } = watchedTurns();
    const many = Array.from({ length: 8 }, () => lengthsOf(inflateInTurns(once(bomb), 'many', { turns, rest: noRest })));
    await lengthsOf(inflateInTurns(once(bomb), 'one', { turns, rest: noRest }));
    const until = seen.order.slice(0, seen.order.lastIndexOf('one') + 1);
    const [one, others] = [until.filter((asker) => asker === 'one').length, until.filter((asker) => asker === 'many').length];
    // A piece of each at a time, and one that each had begun before the other came.
    expect(others).toBeLessThanOrEqual(one * 2 + 2);
    await Promise.all(many);
  });

  it('nothing is inflated before it is asked for', async () => {
    const { turns, seen } = watchedTurns();
    const stream = inflateInTurns(once(bomb), 'a', { turns });
    for (let n = 1; n <= 3; n += 1) expect((await stream.next()).value?.length).toBeGreaterThan(0);
    expect(seen.order).toHaveLength(3);
    await stream.return(undefined);
  });

  it('a turn lasts for as long as its piece should take, and another asker has one meanwhile', async () => {
    const rests: { readonly ms: number; readonly over: () => void }[] = [];
    const rest = (ms: number) => new Promise<void>((over) => rests.push({ ms, over }));
    const { turns, seen } = watchedTurns();
    const first = inflateInTurns(once(bomb), 'a', { turns, rest });
    expect((await first.next()).value).toHaveLength(INFLATED_PIECE_BYTES);
    const second = first.next();
    expect((await inflateInTurns(once(bomb), 'b', { turns, rest }).next()).value).toHaveLength(INFLATED_PIECE_BYTES);
    expect([seen.order, turns.waiting]).toEqual([['a', 'b'], 1]);
    expect(rests.every(({ ms }) => ms <= INFLATED_PIECE_BYTES / INFLATED_BYTES_A_MS_MAX)).toBe(true);
    rests[0]?.over();
    expect((await second).value?.length).toBeGreaterThan(0);
    expect(seen.order).toEqual(['a', 'b', 'a']);
  });

  it('a source that does not answer holds no turn', async () => {
    const { turns } = watchedTurns();
    const silent: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
    for (let n = 0; n < 4; n += 1) void inflateInTurns(silent, 'a', { turns }).next();
    const lengths = await lengthsOf(inflateInTurns(once(bomb), 'a', { turns }));
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(zeros.length);
  });

  it('what is left of the source is closed with the stream', async () => {
    let closed = false;
    const source = (async function* () {
      try {
        for (;;) yield bomb;
      } finally {
        closed = true;
      }
    })();
    const stream = inflateInTurns(source, 'a');
    await stream.next();
    await stream.return(undefined);
    expect(closed).toBe(true);
  });

  it.each([
    ['cut, and may be', bomb.subarray(0, -20), true, undefined],
    ['cut', bomb.subarray(0, -20), false, 'Z_BUF_ERROR'],
    ['wrong', Buffer.from('07ffff', 'hex'), true, 'Z_DATA_ERROR'],
    ['empty, and may be cut', Buffer.alloc(0), true, undefined],
    ['followed by other bytes', Buffer.concat([bomb, Buffer.alloc(100_000, 1)]), false, undefined],
  ] as const)('a stream that is %s', async (_name, bytes, mayBeCut, code) => {
    const read = lengthsOf(inflateInTurns(once(bytes), 'a', { mayBeCut }));
    if (code === undefined) await expect(read).resolves.toBeInstanceOf(Array);
    else await expect(read).rejects.toMatchObject({ code });
  });
});
