import { describe, expect, it, vi } from 'vitest';
import { createByteBudget } from './byte-budget.ts';

const budget = (waitingMax = 10) => createByteBudget({ bytesMax: 1600, waitingMax, waitMsMax: 60_000 });
const settle = async () => {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
};

describe('bytes of all looks together', () => {
  it('never more than the bound, whatever is asked for', async () => {
    const one = budget(200);
    const leases = new Set<{ release(): void }>();
    const looks = Array.from({ length: 200 }, async (_, n) => {
      const lease = await one.take(`person ${n % 9}`, 1 + ((n * 137) % 1400));
      leases.add(lease);
      await settle();
      lease.release();
      leases.delete(lease);
    });
    await Promise.all(looks);
    expect(one.peak).toBeLessThanOrEqual(1600);
    expect(one.peak).toBeGreaterThan(1000);
    expect([one.held, one.waiting, leases.size]).toEqual([0, 0, 0]);
  });

  it('a look that can never fit is refused at once', async () => {
    const one = budget();
    expect(one.lookMax).toBe(1400);
    await expect(one.take('a', 1401)).rejects.toMatchObject({ kind: 'too-large' });
    expect((await one.take('a', 1400)).bytes).toBe(1400);
  });

  it('one person has half at most, or one look; the last eighth is for small ones', async () => {
    const one = budget();
    await one.take('a', 500);
    expect(one.takeNow('a', 301)).toBeUndefined();
    expect(one.takeNow('b', 901)).toBeUndefined();
    expect(one.takeNow('b', 900)?.bytes).toBe(900);
    expect(one.takeNow('c', 101)).toBeUndefined();
    expect(one.takeNow('c', 100)?.bytes).toBe(100);
    expect(one.takeNow('c', 100)?.bytes).toBe(100);
    expect(one.takeNow('c', 1)).toBeUndefined();
    expect(one.held).toBe(1600);
  });

  it('large ones wait in order, a small one passes, and what is given back goes to who waits', async () => {
    const one = budget();
    const first = await one.take('a', 1000);
    const got: string[] = [];
    const wait = (name: string, bytes: number) =>
      one.take(name, bytes).then((lease) => {
        got.push(name);
        return lease;
      });
    void wait('b', 1200);
    void wait('c', 300);
    await wait('d', 100);
    expect(got).toEqual(['d']);
    first.shrink(100);
    await settle();
    expect([got, one.held]).toEqual([['d', 'b'], 1400]);
    first.release();
    first.release();
    await settle();
    expect([one.held, one.waiting]).toEqual([1300, 1]);
  });

  it('too many waiting, too long, or gone', async () => {
    vi.useFakeTimers();
    try {
      const one = budget(2);
      await one.take('a', 1400);
      const gone = new AbortController();
      const leaving = expect(one.take('b', 1400, gone.signal)).rejects.toThrow('left');
      const late = expect(one.take('c', 1400)).rejects.toMatchObject({ kind: 'busy' });
      await expect(one.take('d', 1400)).rejects.toMatchObject({ kind: 'busy' });
      gone.abort(new Error('left'));
      await leaving;
      await expect(one.take('b', 1, gone.signal)).rejects.toThrow('left');
      await vi.advanceTimersByTimeAsync(60_000);
      await late;
      expect(one.waiting).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('holds nothing for who leaves in the moment in which it is granted', async () => {
    const budget = createByteBudget({ bytesMax: 800, waitingMax: 10, waitMsMax: 1000 });
    const all = await budget.take('a', 700);
    const leaving = new AbortController();
    const waiting = budget.take('b', 600, leaving.signal);
    all.release();
    leaving.abort(new Error('the client left'));
    await expect(waiting).rejects.toThrow('the client left');
    expect(budget.held).toBe(0);
  });
});
