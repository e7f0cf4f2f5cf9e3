import { describe, expect, test } from 'vitest';
import { DomainError } from '../../../gateway/domain/errors.ts';
import { groupCommit } from './group-commit.ts';

const bounds = { batchMax: 3, waitingMax: 5 };

describe('group commit', () => {
  test('calls that arrive together, and while a commit is under way, share the next', async () => {
    const batches: number[][] = [];
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const add = groupCommit(
      async (items: readonly number[]) => {
        batches.push([...items]);
        if (batches.length === 1) await held;
        return items.map((item) => item * 10);
      },
      () => false,
      bounds,
    );
    const first = [add(1), add(2)];
    await new Promise((resolve) => setImmediate(resolve));
    const second = [add(3), add(4), add(5), add(6)];
    release();
    expect(await Promise.all([...first, ...second])).toEqual([10, 20, 30, 40, 50, 60]);
    expect(batches).toEqual([[1, 2], [3, 4, 5], [6]]);
  });

  test('others that are about to come share the commit; when they do not come, it goes without them', async () => {
    const batches: number[][] = [];
    let coming = 3;
    const add = groupCommit(
      async (items: readonly number[]) => {
        batches.push([...items]);
        return items;
      },
      () => false,
      { ...bounds, others: () => coming > 0 },
    );
    const arrive = (item: number) => {
      coming -= 1;
      return add(item);
    };
    const first = arrive(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([]);
    await Promise.all([first, arrive(2), arrive(3)]);
    expect(batches).toEqual([[1, 2, 3]]);
    coming = 2;
    expect(await arrive(4)).toBe(4);
    expect(batches).toEqual([[1, 2, 3], [4]]);
    await Promise.all([add(5), add(6), add(7), add(8)]);
    expect(batches.slice(2)).toEqual([[5, 6, 7], [8]]);
  });

  test('one item’s fault is its own; a fault of all is told to all', async () => {
    let commits = 0;
    const add = groupCommit(
      async (items: readonly string[]) => {
        commits++;
        if (items.includes('down')) throw new DomainError('unavailable', 'down');
        if (items.includes('bad')) throw new DomainError('internal', 'bad');
        return items.map((item) => (item === 'odd' ? new DomainError('busy', 'odd') : item));
      },
      (thrown) => thrown instanceof DomainError && thrown.kind !== 'unavailable',
      bounds,
    );
    const settled = await Promise.allSettled([add('a'), add('bad'), add('odd')]);
    expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.kind))).toEqual(['a', 'internal', 'busy']);
    expect(commits).toBe(4);
    const down = await Promise.allSettled([add('a'), add('down')]);
    expect(down.map((one) => (one.status === 'rejected' ? one.reason.kind : 'stored'))).toEqual(['unavailable', 'unavailable']);
    expect(commits).toBe(5);
    expect(await add('again')).toBe('again');
  });

  test('past its bound a call is busy', async () => {
    const add = groupCommit(
      async (items: readonly number[]) => items,
      () => false,
      bounds,
    );
    const settled = await Promise.allSettled(Array.from({ length: 7 }, (_, n) => add(n)));
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(2);
    expect(settled.at(-1)).toMatchObject({ reason: { kind: 'busy' } });
  });
});
