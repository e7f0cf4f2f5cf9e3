import { describe, expect, it, vi } from 'vitest';
import { createFairTurns, createFairTurnsInTwoLines, type TurnLimits } from './fair-turns.ts';

const limits: TurnLimits = { atOnce: 2, atOnceOfOne: 1, waitingMax: 4, waitingOfOneMax: 3, waitMsMax: 60_000 };

/** Work that ends when told to, in the order it began. */
function works() {
  const begun: string[] = [];
  const ends = new Map<string, (thrown?: unknown) => void>();
  return {
    begun,
    make: (name: string) => () =>
      new Promise<string>((resolve, reject) => {
        begun.push(name);
        ends.set(name, (thrown) => (thrown === undefined ? resolve(name) : reject(thrown)));
      }),
    end: async (name: string, thrown?: unknown) => {
      ends.get(name)?.(thrown);
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    },
  };
}

describe('turns', () => {
  it('a place is given now or not at all, and is back when it is left', async () => {
    const turns = createFairTurns(limits);
    const { begun, make, end } = works();
    const leave = turns.takeNow('a');
    expect([leave === undefined, turns.takeNow('a'), turns.running]).toEqual([false, undefined, 1]);
    const waiting = [turns.run('a', make('a')), turns.run('b', make('b')), turns.run('c', make('c'))];
    expect(begun).toEqual(['b']);
    leave?.();
    expect(begun).toEqual(['b', 'a']);
    // Whoever waits comes first.
    expect(turns.takeNow('c')).toBeUndefined();
    await end('b');
    for (const name of ['a', 'c']) await end(name);
    await Promise.all(waiting);
    expect(turns.running).toBe(0);
  });

  it('askers take turns, whoever came with many', async () => {
    const turns = createFairTurns(limits);
    const { begun, make, end } = works();
    const all = ['a1', 'a2', 'a3', 'b1', 'c1'].map((name) => turns.run(name.charAt(0), make(name)));
    expect(begun).toEqual(['a1', 'b1']);
    expect([turns.running, turns.waiting]).toEqual([2, 3]);
    await end('a1');
    expect(begun).toEqual(['a1', 'b1', 'a2']);
    await end('a2');
    expect(begun.at(-1)).toBe('c1');
    await end('b1');
    expect(begun.at(-1)).toBe('a3');
    await end('c1');
    await end('a3');
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'c1']);
    expect([turns.running, turns.waiting]).toEqual([0, 0]);
  });

  it('of two lines the first is served before the second, and a full second does not fill the first', async () => {
    const [first, second] = createFairTurnsInTwoLines({ ...limits, atOnce: 1, waitingMax: 2 });
    const { begun, make, end } = works();
    const all = [second.run('a', make('a1')), second.run('b', make('b1')), second.run('c', make('c1'))];
    await expect(second.run('d', make('d1'))).rejects.toMatchObject({ kind: 'busy' });
    all.push(first.run('b', make('b2')), first.run('d', make('d2')));
    expect([first.running, second.running, first.waiting, second.waiting]).toEqual([1, 1, 2, 2]);
    for (const name of ['a1', 'b2', 'd2', 'b1', 'c1']) await end(name);
    expect(begun).toEqual(['a1', 'b2', 'd2', 'b1', 'c1']);
    await Promise.all(all);
    expect([first.running, first.waiting, second.waiting]).toEqual([0, 0, 0]);
  });

  it('one who fails makes room', async () => {
    const turns = createFairTurns({ ...limits, atOnce: 1 });
    const { begun, make, end } = works();
    const first = turns.run('a', make('a1'));
    const second = turns.run('b', make('b1'));
    await Promise.all([expect(first).rejects.toThrow('broken'), end('a1', new Error('broken'))]);
    expect(begun).toEqual(['a1', 'b1']);
    await end('b1');
    expect(await second).toBe('b1');
  });

  it.each([
    ['of all', ['a', 'a', 'b', 'b', 'c', 'd'], 'd'],
    ['of one', ['a', 'a', 'a', 'a'], 'a'],
  ])('too many wait: %s', async (_name, askers, refused) => {
    const turns = createFairTurns(limits);
    const { make } = works();
    for (const asker of askers) void turns.run(asker, make(asker));
    await expect(turns.run(refused, make('x'))).rejects.toMatchObject({ kind: 'busy' });
  });

  it('whoever waits too long is told', async () => {
    vi.useFakeTimers();
    try {
      const turns = createFairTurns(limits);
      const { begun, make } = works();
      void turns.run('a', make('a1'));
      const late = expect(turns.run('a', make('a2'))).rejects.toMatchObject({ kind: 'busy' });
      await vi.advanceTimersByTimeAsync(limits.waitMsMax);
      await late;
      expect([begun, turns.waiting]).toEqual([['a1'], 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('whoever leaves while waiting is dropped; while running, the place is kept until the end', async () => {
    const turns = createFairTurns({ ...limits, atOnce: 1 });
    const { begun, make, end } = works();
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = turns.run('a', make('a1'), running.signal);
    const second = turns.run('b', make('b1'), waiting.signal);
    const third = turns.run('c', make('c1'));
    waiting.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    expect(turns.waiting).toBe(1);
    running.abort(new Error('left too'));
    await expect(first).rejects.toThrow('left too');
    expect([begun, turns.running]).toEqual([['a1'], 1]);
    await end('a1');
    expect(begun).toEqual(['a1', 'c1']);
    await end('c1');
    expect(await third).toBe('c1');
    await expect(turns.run('a', make('a2'), running.signal)).rejects.toThrow('left too');
  });
});
