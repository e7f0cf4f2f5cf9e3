import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFairTurns } from '../../domain/bounds/fair-turns.ts';
import { sendingOf } from '../../doorstep/sending.ts';
import { answerInTurn, HELD_BYTES_A_MS_MIN, HELD_MS_MAX, holdUntilSent, piecesOf, streamed } from './outgoing.ts';

class Raw extends EventEmitter {
  destroyed = false;
  closed = false;
  destroy() {
    this.destroyed = true;
    this.emit('close');
  }
}

describe('what an answer holds in memory', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const hold = (raw: Raw, bytes: number) => {
    const release = vi.fn();
    holdUntilSent(sendingOf(raw as unknown as ServerResponse), { bytes, release });
    return release;
  };

  it('is let go when it is out', () => {
    const raw = new Raw();
    const release = hold(raw, 1000);
    expect(release).not.toHaveBeenCalled();
    raw.emit('close');
    expect(release).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(10 * HELD_MS_MAX);
    expect(raw.destroyed).toBe(false);
  });

  it('is let go at once when the client has left before', () => {
    const raw = new Raw();
    raw.destroy();
    expect(hold(raw, 1000)).toHaveBeenCalledOnce();
  });

  it.each([
    ['small', 1000, 0],
    ['large', 256 * 1024 * 1024, (256 * 1024 * 1024) / HELD_BYTES_A_MS_MIN],
  ])('is let go, and the answer broken off, when a client takes too long: %s', (_name, bytes, more) => {
    const raw = new Raw();
    const release = hold(raw, bytes);
    vi.advanceTimersByTime(HELD_MS_MAX + more - 1);
    expect([raw.destroyed, release.mock.calls.length]).toEqual([false, 0]);
    vi.advanceTimersByTime(100);
    expect([raw.destroyed, release.mock.calls.length]).toEqual([true, 1]);
  });
});

describe('an answer that streams', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is whole however slowly its pieces are taken: who takes nothing is the doorstep’s to end', async () => {
    const raw = new Raw();
    const sending = sendingOf(raw as unknown as ServerResponse);
    const { body } = await streamed({ method: 'GET', sending }, {}, piecesOf(new Uint8Array(1_000_000)));
    let taken = 0;
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      taken += piece.length;
      vi.advanceTimersByTime(10 * 60_000);
    }
    expect([taken, raw.destroyed]).toEqual([1_000_000, false]);
  });

  it('makes its next piece when the pace lets it, and names the one before', async () => {
    const sending = sendingOf(new Raw() as unknown as ServerResponse);
    const turns = createFairTurns({ atOnce: 8, atOnceOfOne: 8, waitingMax: 8, waitingOfOneMax: 8, waitMsMax: 1000 });
    const asked: [string, number][] = [];
    let made = 0;
    const pieces = async function* () {
      for (; made < 3; made += 1) yield new Uint8Array(10 + made);
    };
    let go = () => {};
    const pass = (asker: string, bytes: number) => {
      asked.push([asker, bytes]);
      return new Promise<void>((resolve) => {
        go = resolve;
      });
    };
    await answerInTurn(sending, { requests: turns, streams: turns, pace: { pass } }, 'a');
    const answer = await streamed({ method: 'GET', sending }, {}, pieces());
    const body = Readable.from(answer.body as AsyncIterable<Uint8Array>, { objectMode: false })[Symbol.asyncIterator]();
    expect((await body.next()).value).toHaveLength(10);
    await vi.waitFor(() => expect(asked).toEqual([['a', 10]]));
    expect(made).toBe(0);
    go();
    expect((await body.next()).value).toHaveLength(11);
    expect(asked[1]).toEqual(['a', 11]);
  });
});
