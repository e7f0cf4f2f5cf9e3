// @vitest-environment happy-dom
import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sessionOf } from '../../test/fixtures/viewer/samples.ts';
import { refused, showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { useSessionWatch } from './use-session-watch.ts';

const MINUTE = 60_000;
const SESSION = { ...sessionOf(), ends: { idleInMs: 15 * MINUTE, inMs: 600 * MINUTE } };
const ASK = 'GET /api/session?optional=true';

function Watched({ onEnded }: { onEnded: (why: string) => void }) {
  const { ending, stay } = useSessionWatch(SESSION, onEnded);
  return (
    <button type="button" onClick={stay}>
      {ending === undefined ? 'rest' : `ends in ${ending.inS}`}
    </button>
  );
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const open = async (answer: unknown) => {
  const onEnded = vi.fn();
  const shown = await showPart(<Watched onEnded={onEnded} />, { language: 'ja', session: SESSION, answers: { [ASK]: answer } });
  return { ...shown, onEnded, word: () => screen.getByRole('button').textContent };
};
const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

describe('the session of an open page', () => {
  it('nothing is done: said before it ends, and a press keeps it', async () => {
    // The page's own questions do not count as use.
    const end = Date.now() + SESSION.ends.idleInMs;
    let kept = false;
    const left = () => ({ ...SESSION, ends: { ...SESSION.ends, idleInMs: kept ? SESSION.ends.idleInMs : end - Date.now() } });
    const { word, asked, onEnded } = await open(left);
    expect(word()).toBe('rest');
    await pass(14.5 * MINUTE);
    expect(word()).toMatch(/^ends in \d+$/);
    const before = asked.length;
    kept = true;
    await act(async () => screen.getByRole('button').click());
    await vi.waitFor(() => expect(word()).toBe('rest'));
    expect(asked.length).toBe(before + 1);
    expect(onEnded).not.toHaveBeenCalled();
  });

  it.each([
    ['nobody is signed in any more', null, 'ended'],
    ['the gateway refuses', refused(401, { error: 'unauthenticated' }), 'ended'],
    ['somebody else is signed in', { ...SESSION, user: { ...SESSION.user, id: 'other' } }, 'other-user'],
    ['the gateway does not answer, and the time is up', refused(503, { error: 'busy' }), 'expired'],
  ])('%s: its page is left', async (_name, answer, why) => {
    const { onEnded } = await open(answer);
    await pass(16 * MINUTE);
    await vi.waitFor(() => expect(onEnded).toHaveBeenCalledWith(why));
  });
});
