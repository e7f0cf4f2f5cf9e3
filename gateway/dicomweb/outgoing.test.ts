import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HELD_BYTES_A_MS_MIN, HELD_MS_MAX, holdUntilSent, piecesOf, sendStream } from './outgoing.ts';

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
    holdUntilSent({ raw } as unknown as FastifyReply, bytes, release);
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
    const send = vi.fn<(body: Readable) => void>();
    await sendStream({ method: 'GET' } as FastifyRequest, { raw, send } as unknown as FastifyReply, piecesOf(new Uint8Array(1_000_000)));
    let taken = 0;
    for await (const piece of send.mock.calls[0]?.[0] ?? []) {
      taken += piece.length;
      vi.advanceTimersByTime(10 * 60_000);
    }
    expect([taken, raw.destroyed]).toEqual([1_000_000, false]);
  });
});
