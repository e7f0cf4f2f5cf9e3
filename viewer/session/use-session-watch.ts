import { useQueryClient } from '@tanstack/react-query';
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import type { Session } from '../../gateway/api/contract/session.ts';
import { ApiError, setCsrfToken } from '../api/http.ts';
import { getSession } from '../api/session.ts';
import { SESSION_END_REASONS, type SessionEndReason, type SessionTimes, sessionStep } from './session-watch.ts';
import { noteSessionEnd, noteWhy, sessionQuery } from './use-session.ts';

const LOOK_MS = 1_000;
/** Of an answer that does not come: what can no longer be asked about is treated as ended. */
const ANSWER_MS_MAX = 10_000;
const DOING = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;
export interface SessionEnding {
  readonly inS: number;
  readonly mayStay: boolean;
}

/** Pages of one browser tell each other that the session has ended. */
const CHANNEL = 'renkei-session';

export function tellOtherPages(why: SessionEndReason): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(why);
  channel.close();
}

/**
 * Keeps an eye on the session of an open page: tells the gateway that its person is there, says how long it lasts when it is about to end,
 * and calls `onEnded` when it has ended or can no longer be asked about. `stay` keeps the session, or puts away the word of an end that use does
 * not move.
 */
export function useSessionWatch(
  session: Session,
  onEnded: (why: SessionEndReason) => void,
): { ending: SessionEnding | undefined; stay: () => void } {
  const client = useQueryClient();
  const [ending, setEnding] = useState<SessionEnding>();
  const putAway = useRef(false);
  const times = useRef<SessionTimes>(undefined);
  const rest = useCallback(() => setEnding(undefined), []);
  const ask = useAsk(session, times, rest, onEnded);

  useEffect(() => {
    times.current = timesOf(session, client.getQueryState(sessionQuery.queryKey)?.dataUpdatedAt ?? Date.now(), undefined, true);
    const look = () => {
      if (times.current === undefined) return;
      const step = sessionStep(times.current, Date.now());
      if (step.do === 'warn' && (step.mayStay || !putAway.current))
        setEnding({ inS: Math.ceil(step.leftMs / 1000), mayStay: step.mayStay });
      if (step.do === 'rest') rest();
      if (step.do === 'end') onEnded('expired');
      if (step.do === 'ask') void ask(step.tell);
    };
    const ends = [watchUse(times), lookAgain(look), hearOtherPages(() => void ask(false))];
    return () => {
      for (const end of ends) end();
    };
  }, [session, client, ask, rest, onEnded]);

  const stay = () => {
    putAway.current = ending?.mayStay === false;
    rest();
    void ask(true);
  };
  return { ending, stay };
}

type Times = RefObject<SessionTimes | undefined>;

/** One question at a time. `tell`: the person is there, which keeps the session. */
function useAsk(session: Session, times: Times, onKept: () => void, onEnded: (why: SessionEndReason) => void) {
  const asking = useRef(false);
  return useCallback(
    async (tell: boolean) => {
      if (asking.current) return;
      asking.current = true;
      const before = Date.now();
      try {
        const found = await getSession({ poll: !tell, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
        if (found === null) return onEnded('ended');
        if (found.user.id !== session.user.id) return onEnded('other-user');
        setCsrfToken(found.csrfToken);
        times.current = timesOf(found, before, times.current, tell);
        if (tell) onKept();
      } catch (thrown) {
        if (thrown instanceof ApiError && thrown.status === 401) return onEnded('ended');
        // In vain: at its end that is the end, before it the next time will do.
        if (times.current !== undefined) times.current = { ...times.current, askedAt: before };
      } finally {
        asking.current = false;
      }
    },
    [session.user.id, times, onKept, onEnded],
  );
}

/** Notes when the page was last used. Each of these returns what ends it. */
function watchUse(times: Times): () => void {
  const use = () => {
    if (times.current !== undefined) times.current = { ...times.current, usedAt: Date.now() };
  };
  for (const name of DOING) window.addEventListener(name, use, { passive: true, capture: true });
  return () => {
    for (const name of DOING) window.removeEventListener(name, use, { capture: true });
  };
}

/** A machine that slept looks at once when it wakes. */
function lookAgain(look: () => void): () => void {
  const timer = setInterval(look, LOOK_MS);
  document.addEventListener('visibilitychange', look);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', look);
  };
}

function hearOtherPages(ask: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }) => {
    noteWhy(
      SESSION_END_REASONS.find((why) => why === data),
      Date.now(),
    );
    ask();
  };
  return () => channel.close();
}

function timesOf({ ends }: Session, at: number, before: SessionTimes | undefined, told: boolean): SessionTimes | undefined {
  if (ends === null) return undefined;
  noteSessionEnd(at + Math.min(ends.idleInMs, ends.inMs));
  return {
    idleMs: Math.max(before?.idleMs ?? 0, ends.idleInMs),
    idleAt: at + ends.idleInMs,
    at: at + ends.inMs,
    askedAt: at,
    usedAt: before?.usedAt ?? at,
    toldAt: told ? at : (before?.toldAt ?? at),
  };
}
