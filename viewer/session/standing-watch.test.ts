import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Standing } from '../../gateway/api/contract/session.ts';
import { HeldStudies, type HeldStudy, REMEMBERED_STUDIES_MAX } from './held-studies.ts';
import { ASK_EVERY_MS, FRESH_MS, LOST_MS, type StandingPorts, watchStanding } from './standing-watch.ts';

const shared = (n: number): HeldStudy => ({
  studyInstanceUID: `1.2.${n}`,
  exact: 'H1~1',
  shown: 'whole',
  sharedUntil: '2026-12-01T00:00:00.000Z',
  given: 'share',
});

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-26T10:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A page with one study, and a gateway whose answers the test chooses. */
function rig(answer: () => Promise<{ user: string; studies: Standing['studies'] }>) {
  const told: string[] = [];
  const asked: number[] = [];
  const ports: StandingPorts = {
    userId: 'u1',
    now: () => Date.now(),
    held: () => [shared(1)],
    ask: () => {
      asked.push(Date.now());
      return answer();
    },
    isSignedOut: (thrown) => thrown === 'signed out',
    sessionEnded: (why) => told.push(`session ${why}`),
    studyEnded: ({ studyInstanceUID }, how) => told.push(`study ${studyInstanceUID}${how === 'ended' ? '' : ` ${how}`}`),
    cover: (cover) => {
      if (cover !== undefined || told.at(-1)?.startsWith('cover ')) told.push(cover === undefined ? 'shown' : `cover ${cover}`);
    },
  };
  return { watch: watchStanding(ports), told, asked };
}

describe('an open page', () => {
  test('asks at least twice in the second in which a revocation must bite', async () => {
    const { asked, watch } = rig(async () => ({ user: 'u1', studies: ['stands'] }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(ASK_EVERY_MS).toBeLessThanOrEqual(500);
    watch.stop();
  });

  test.each<[string, () => Promise<Pick<Standing, 'user' | 'studies'>>, string]>([
    ['a study that may no longer be shown', async () => ({ user: 'u1', studies: ['ended'] }), 'study 1.2.1'],
    ['a study of which more is held back', async () => ({ user: 'u1', studies: ['changed'] }), 'study 1.2.1 changed'],
    ['a study that a job may look at no more', async () => ({ user: 'u1', studies: ['barred'] }), 'study 1.2.1 barred'],
    ['an answer that leaves the study out', async () => ({ user: 'u1', studies: [] }), 'study 1.2.1'],
    ['another person’s session', async () => ({ user: 'u2', studies: ['stands'] }), 'session other-user'],
    ['no session', () => Promise.reject('signed out'), 'session ended'],
  ])('%s is let go with the first answer', async (_name, answer, expected) => {
    const { told, watch } = rig(answer);
    await vi.advanceTimersByTimeAsync(0);
    expect(told[0]).toBe(expected);
    watch.stop();
  });

  test('without an answer it is covered after a minute, and shown again with the next one', async () => {
    let down = true;
    const { told, watch } = rig(() => (down ? Promise.reject(new Error('no line')) : Promise.resolve({ user: 'u1', studies: ['stands'] })));
    await vi.advanceTimersByTimeAsync(LOST_MS - 1_000);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told[0]).toBe('cover lost');
    down = false;
    await vi.advanceTimersByTimeAsync(2 * ASK_EVERY_MS);
    expect(told.at(-1)).toBe('shown');
    watch.stop();
  });

  test('an answer that never comes is given up, and asked for again', async () => {
    const { asked, watch } = rig(() => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(500);
    watch.returned();
    expect(asked).toHaveLength(2);
    watch.stop();
  });

  test.each([
    ['just heard', 100, []],
    ['long ago', FRESH_MS + 1, ['cover asking', 'shown']],
  ])('looked at again, %s', async (_name, awayMs, expected) => {
    const { told, watch } = rig(async () => ({ user: 'u1', studies: ['stands'] }));
    await vi.advanceTimersByTimeAsync(0);
    // A page in the background: its timers do not run.
    vi.setSystemTime(Date.now() + awayMs);
    watch.returned();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(expected);
    watch.stop();
  });

  test('left, it is covered at once, so that no kept picture of it shows anything', async () => {
    const { told, watch } = rig(async () => ({ user: 'u1', studies: ['stands'] }));
    await vi.advanceTimersByTimeAsync(0);
    watch.left();
    expect(told).toEqual(['cover asking']);
    watch.stop();
  });

  test.each([
    ['an answer on its way', 0],
    ['the next question', ASK_EVERY_MS],
  ])('left, %s takes the cover off no more; only one that is asked once it is back', async (_name, laterMs) => {
    const answers: (() => void)[] = [];
    const { told, asked, watch } = rig(() => new Promise((resolve) => answers.push(() => resolve({ user: 'u1', studies: ['stands'] }))));
    if (laterMs > 0) {
      answers[0]?.();
      await vi.advanceTimersByTimeAsync(laterMs - 1);
    }
    watch.left();
    for (const answer of answers) answer();
    await vi.advanceTimersByTimeAsync(2 * ASK_EVERY_MS);
    expect({ told, asked: asked.length }).toEqual({ told: ['cover asking'], asked: 1 });
    watch.returned();
    expect(asked).toHaveLength(2);
    expect(told.at(-1)).toBe('cover asking');
    answers.at(-1)?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(told.at(-1)).toBe('shown');
    watch.stop();
  });
});

describe('what a page holds', () => {
  test('a study stays in memory a while after its page, then the oldest is forgotten', () => {
    const forgotten: string[] = [];
    const held = new HeldStudies(({ studyInstanceUID }) => forgotten.push(studyInstanceUID));
    for (let n = 0; n < REMEMBERED_STUDIES_MAX; n += 1) held.show(shared(n), () => undefined, true)();
    expect(forgotten).toEqual([]);
    expect(held.all()).toHaveLength(REMEMBERED_STUDIES_MAX);
    held.show(shared(99), () => undefined, true)();
    expect(forgotten).toEqual(['1.2.0']);
    held.show(shared(50), () => undefined, false)();
    expect(held.all()).toHaveLength(REMEMBERED_STUDIES_MAX);
  });

  test.each([
    [{ ...shared(1), sharedUntil: null }, 'ended', 'gone'],
    [{ ...shared(1), sharedUntil: '2026-11-26T09:59:59.000Z' }, 'ended', 'expired'],
    [{ ...shared(1), given: 'consent' }, 'ended', 'consent'],
    [shared(1), 'ended', 'revoked'],
    [shared(1), 'changed', 'changed'],
  ] as const)('who shows it is told why: %#', (study, how, why) => {
    const forgotten: string[] = [];
    const ends: string[] = [];
    const held = new HeldStudies((one) => forgotten.push(one.studyInstanceUID));
    held.show(study, (end) => ends.push(end), true);
    held.show(study, (end) => ends.push(`row ${end}`), false);
    held.end(study, new Date(), how);
    expect(ends).toEqual([why, `row ${why}`]);
    expect(forgotten).toEqual(['1.2.1']);
    expect(held.all()).toEqual([]);
  });

  test('who may list it and look at it no more keeps its row, and what was opened of it goes once', () => {
    const forgotten: string[] = [];
    const ends: string[] = [];
    const held = new HeldStudies((one) => forgotten.push(one.studyInstanceUID));
    held.show(shared(1), (end) => ends.push(`page ${end}`), true);
    const leave = held.show(shared(1), (end) => ends.push(`row ${end}`), false);
    const barred = () => held.end(shared(1), new Date(), 'barred');
    expect([barred(), barred()]).toEqual([true, false]);
    expect([ends, forgotten, held.all()]).toEqual([['page barred'], ['1.2.1'], [shared(1)]]);
    // Its share is withdrawn afterwards.
    expect(held.end(shared(1), new Date(), 'ended')).toBe(true);
    expect(ends).toEqual(['page barred', 'row revoked']);
    leave();
    held.show(shared(2), () => undefined, true)();
    expect([held.end(shared(2), new Date(), 'barred'), held.all()]).toEqual([true, []]);
  });

  test('images of a study of which others are shown by now do not stay in memory when it is opened again', () => {
    const forgotten: string[] = [];
    const held = new HeldStudies((one) => forgotten.push(one.studyInstanceUID));
    const show = (shown: string) => held.show({ ...shared(1), shown }, () => undefined, true);
    show('whole')();
    show('whole')();
    expect(forgotten).toEqual([]);
    show('other')();
    expect(forgotten).toEqual(['1.2.1']);
    expect(held.all()).toEqual([{ ...shared(1), shown: 'other' }]);
  });
});
