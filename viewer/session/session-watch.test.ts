import { describe, expect, it } from 'vitest';
import { ASK_EVERY_MS, type SessionTimes, sessionStep, TELL_EVERY_MS, WARN_MS } from './session-watch.ts';

const IDLE = 30 * 60_000;
const fresh: SessionTimes = { idleMs: IDLE, idleAt: IDLE, at: 12 * 3_600_000, askedAt: 0, usedAt: 0, toldAt: 0 };

describe('an open page', () => {
  it.each([
    ['just asked', {}, 1_000, { do: 'rest' }],
    ['asks by itself once a minute', {}, ASK_EVERY_MS, { do: 'ask', tell: false }],
    ['tells that somebody is there, not at every move', { usedAt: 5_000 }, 10_000, { do: 'rest' }],
    ['tells it after a while', { usedAt: 5_000 }, TELL_EVERY_MS, { do: 'ask', tell: true }],
    ['tells nothing new twice', { usedAt: 5_000, toldAt: 6_000, askedAt: 60_000 }, 70_000, { do: 'rest' }],
    [
      'warns before the idle end',
      { askedAt: IDLE - WARN_MS },
      IDLE - WARN_MS + 5_000,
      { do: 'warn', leftMs: WARN_MS - 5_000, mayStay: true },
    ],
    ['asks again while it warns', { askedAt: IDLE - WARN_MS }, IDLE - WARN_MS + 15_000, { do: 'ask', tell: false }],
    ['who comes back while it warns stays', { askedAt: IDLE - 20_000, usedAt: IDLE - 10_000 }, IDLE - 9_000, { do: 'ask', tell: true }],
    ['asks once more at the end', { askedAt: IDLE - 1 }, IDLE, { do: 'ask', tell: false }],
    ['lets go when that did not help', { askedAt: IDLE }, IDLE + 1, { do: 'end' }],
    ['that slept past the end asks before it lets go', {}, 3 * IDLE, { do: 'ask', tell: false }],
    [
      'warns before the end that use does not move',
      { idleAt: 2 * IDLE, at: IDLE, askedAt: IDLE - 31_000 },
      IDLE - 30_000,
      { do: 'warn', leftMs: 30_000, mayStay: false },
    ],
    [
      'with a short idle time warns in its last third',
      { idleMs: 60_000, idleAt: 60_000, askedAt: 39_000 },
      41_000,
      { do: 'warn', leftMs: 19_000, mayStay: true },
    ],
    ['with a short idle time tells sooner', { idleMs: 60_000, idleAt: 60_000, usedAt: 14_000 }, 15_000, { do: 'ask', tell: true }],
  ] as const)('%s', (_, times, now, step) => {
    expect(sessionStep({ ...fresh, ...times }, now)).toEqual(step);
  });
});
