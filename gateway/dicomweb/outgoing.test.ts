import { EventEmitter } from 'node:events';
import type { FastifyReply } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HELD_BYTES_A_MS_MIN, HELD_MS_MAX, holdUntilSent } from './outgoing.ts';

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
