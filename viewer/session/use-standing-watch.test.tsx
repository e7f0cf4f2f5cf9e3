// @vitest-environment happy-dom
import { act } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sessionOf } from '../../test/fixtures/viewer/samples.ts';
import { showPart } from '../../test/fixtures/viewer/show-part.tsx';
import { ASK_EVERY_MS } from './standing-watch.ts';
import { SIGNING_OUT, useStandingWatch } from './use-standing-watch.ts';

const SESSION = sessionOf();
const ASK = 'GET /api/standing';

function Watched({ onEnded }: { onEnded: (why: string) => void }) {
  useStandingWatch(SESSION, onEnded);
  return null;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('whoever signs out here is asked about no more, and is not told of an end', async () => {
  const onEnded = vi.fn();
  const answers = { [ASK]: () => ({ user: SESSION.user.id, studies: [] }) };
  const { asked } = await showPart(<Watched onEnded={onEnded} />, { language: 'ja', session: SESSION, answers });
  await act(() => vi.advanceTimersByTimeAsync(3 * ASK_EVERY_MS));
  const before = asked.length;
  expect(before).toBeGreaterThan(1);
  window.dispatchEvent(new Event(SIGNING_OUT));
  await act(() => vi.advanceTimersByTimeAsync(5 * ASK_EVERY_MS));
  expect(asked).toHaveLength(before);
  expect(onEnded).not.toHaveBeenCalled();
});
