import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../domain/errors.ts';
import type { HttpAnswer, Sending } from './exchange.ts';
import { CHECKS_BEFORE_MAX, RECHECK_MS, watchAnswer } from './watch-answer.ts';

const lost = async () => {
  throw new DomainError('not-found', 'there is no such thing here');
};

/** A response that tells what became of it. */
function rig() {
  const state = { begun: false, broken: false, over: [] as (() => void)[] };
  const sending = {
    hasBegun: () => state.begun,
    onceOver: (listener: () => void) => void state.over.push(listener),
    breakOff: () => {
      state.broken = true;
    },
  } as unknown as Sending;
  const letGo = vi.fn(async () => ({ done: true as const, value: undefined }));
  const body = { next: async () => ({ done: false as const, value: Buffer.from('x') }), return: letGo, [Symbol.asyncIterator]: () => body };
  const answer: HttpAnswer = { status: 200, headers: {}, body: body as never };
  return { state, watch: watchAnswer(sending), letGo, answer };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('an answer that is about to begin', () => {
  it.each([
    ['at once, the right lost', 0, lost, 200],
    ['just before it is asked again, the right lost', RECHECK_MS - 1, lost, 200],
    ['late, the right held', RECHECK_MS, async () => {}, 200],
    ['late, the right lost', RECHECK_MS, lost, 'not-found'],
    ['late, and nobody can say', RECHECK_MS, async () => Promise.reject(new DomainError('unavailable', 'down')), 'unavailable'],
  ])('%s', async (_name, afterMs, stillMay, expected) => {
    const { watch, answer, letGo } = rig();
    watch.add(stillMay);
    vi.advanceTimersByTime(afterMs);
    const outcome = await watch.begins(answer).then(
      ({ status }) => status,
      (thrown: DomainError) => thrown.kind,
    );
    expect([outcome, letGo.mock.calls.length]).toEqual([expected, expected === 200 ? 0 : 1]);
  });

  it('is asked until an answer is young enough, and refused when none is', async () => {
    const slow = (times: number) => {
      let left = times;
      return vi.fn(async () => {
        if (left-- > 0) vi.advanceTimersByTime(RECHECK_MS);
      });
    };
    for (const [times, asked, outcome] of [
      [0, 1, 200],
      [2, 3, 200],
      [CHECKS_BEFORE_MAX - 1, CHECKS_BEFORE_MAX, 200],
      [CHECKS_BEFORE_MAX, CHECKS_BEFORE_MAX, 'unavailable'],
    ] as const) {
      const { watch, answer } = rig();
      const stillMay = slow(times);
      watch.add(stillMay);
      vi.advanceTimersByTime(RECHECK_MS);
      const got = await watch.begins(answer).then(
        ({ status }) => status,
        (thrown: DomainError) => thrown.kind,
      );
      expect({ got, asked: stillMay.mock.calls.length }).toEqual({ got: outcome, asked });
    }
  });

  it('holds several things, each of which may be lost', async () => {
    const { watch, answer } = rig();
    watch.add(async () => {});
    watch.add(lost);
    vi.advanceTimersByTime(RECHECK_MS);
    await expect(watch.begins(answer)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('that holds nothing of anybody is never asked about', async () => {
    const { watch, answer } = rig();
    vi.advanceTimersByTime(60_000);
    await expect(watch.begins(answer)).resolves.toBe(answer);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('an answer that goes out', () => {
  it('is broken off when the right is lost, and left alone before it begins', async () => {
    const { watch, state } = rig();
    watch.add(lost);
    await vi.advanceTimersByTimeAsync(5 * RECHECK_MS);
    expect(state.broken).toBe(false);
    state.begun = true;
    await vi.advanceTimersByTimeAsync(RECHECK_MS);
    expect(state.broken).toBe(true);
  });

  it('is watched no more once it is out', async () => {
    const { watch, state } = rig();
    const stillMay = vi.fn(async () => {});
    watch.add(stillMay);
    state.begun = true;
    await vi.advanceTimersByTimeAsync(2 * RECHECK_MS);
    for (const listener of state.over) listener();
    await vi.advanceTimersByTimeAsync(10 * RECHECK_MS);
    expect([stillMay.mock.calls.length, vi.getTimerCount()]).toEqual([2, 0]);
  });
});
