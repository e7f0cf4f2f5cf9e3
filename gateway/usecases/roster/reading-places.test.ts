import { describe, expect, test } from 'vitest';
import { CONTENDED_WINDOW_BYTES_MIN, CONTENDED_WINDOW_MS } from '../../domain/bounds/pace.ts';
import type { FacilityCode } from '../../domain/identifiers.ts';
import { ReadingPlaces, ROSTERS_READ_AT_ONCE_MAX } from './reading-places.ts';

const [A, B, C] = ['A', 'B', 'C'] as FacilityCode[] as [FacilityCode, FacilityCode, FacilityCode];
const BUSY = expect.objectContaining({ kind: 'busy', ids: expect.objectContaining({ reason: 'rosters-reading' }) });

function clocked() {
  let at = 0;
  const passes = (ms: number) => {
    at += ms;
  };
  return { places: new ReadingPlaces(() => at), passes };
}

/** A sender whose pieces come when the test says so. */
function sender() {
  const waiting: ((next: IteratorResult<Uint8Array>) => void)[] = [];
  return {
    sends: (bytes: number) => waiting.shift()?.({ done: false, value: new Uint8Array(bytes) }),
    bytes: { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<Uint8Array>>((resolve) => waiting.push(resolve)) }) },
  };
}

describe('places in which lists are read', () => {
  test('one of a facility, and so many in all; one that was left is there again', () => {
    const { places } = clocked();
    const first = places.enter(A);
    expect(() => places.enter(A)).toThrow(BUSY);
    places.enter(B);
    expect(ROSTERS_READ_AT_ONCE_MAX).toBe(2);
    expect(() => places.enter(C)).toThrow(BUSY);
    first.release();
    places.enter(C);
    first.release();
    expect(() => places.enter(C)).toThrow(BUSY);
  });

  test.each<[string, number, number, boolean]>([
    ['nothing for less than a window', CONTENDED_WINDOW_MS - 1, 0, false],
    ['nothing for a window', CONTENDED_WINDOW_MS, 0, true],
    ['little for a window', CONTENDED_WINDOW_MS, CONTENDED_WINDOW_BYTES_MIN - 1, true],
    ['enough', CONTENDED_WINDOW_MS, CONTENDED_WINDOW_BYTES_MIN, false],
  ])('who sends %s', async (_name, ms, bytes, givenUp) => {
    const { places, passes } = clocked();
    const slow = sender();
    const pieces = places.enter(A).bytes(slow.bytes)[Symbol.asyncIterator]();
    let next = pieces.next();
    places.enter(B);
    passes(ms);
    if (bytes > 0) {
      slow.sends(bytes);
      await next;
      next = pieces.next();
    }
    if (!givenUp) {
      expect(() => places.enter(C)).toThrow(BUSY);
      return;
    }
    places.enter(C);
    await expect(next).rejects.toMatchObject({ kind: 'too-slow' });
  });

  test('the time that reading takes is not the sender’s', async () => {
    const { places, passes } = clocked();
    const quick = sender();
    const pieces = places.enter(A).bytes(quick.bytes)[Symbol.asyncIterator]();
    const first = pieces.next();
    quick.sends(10);
    await first;
    passes(10 * CONTENDED_WINDOW_MS);
    places.enter(B);
    expect(() => places.enter(C)).toThrow(BUSY);
  });

  test('who is given up and comes again has a place of their own', () => {
    const { places, passes } = clocked();
    const slow = places.enter(A);
    void slow
      .bytes(sender().bytes)
      [Symbol.asyncIterator]()
      .next()
      .catch(() => {});
    passes(CONTENDED_WINDOW_MS);
    places.enter(A);
    slow.release();
    expect(() => places.enter(A)).toThrow(BUSY);
  });
});
