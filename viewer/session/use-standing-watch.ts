import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../gateway/api/contract/session.ts';
import { ApiError } from '../api/http.ts';
import { askStanding } from '../api/session.ts';
import { forgetOpened, forgetStudy, heldStudies } from './forget-patients.ts';
import { letterTold, shownLetters } from './held-letters.ts';
import type { HeldStudy, StudyEnd } from './held-studies.ts';
import { watchStanding } from './standing-watch.ts';

/** The page is hidden as long as it stands on the root element, with the words to show instead (`tokens.css`). */
const COVER_ATTRIBUTE = 'data-covered';

/** Told to the window when the person of this page signs out here: from then on nothing is asked. */
export const SIGNING_OUT = 'renkei-signing-out';

/** On every signed-in page: lets go within a second of what may no longer be shown, and calls `onEnded` when the session has ended. */
export function useStandingWatch(session: Session, onEnded: (why: 'ended' | 'other-user') => void): void {
  const client = useQueryClient();
  const { t } = useTranslation();
  const words = useRef({ asking: '', lost: '' });
  words.current = { asking: t('standing.asking'), lost: t('standing.lost') };
  useEffect(() => {
    const watch = watchStanding({
      userId: session.user.id,
      now: () => Date.now(),
      held: () => heldStudies.all(),
      ask: askStanding,
      letters: shownLetters,
      letterTold,
      isSignedOut: (thrown) => thrown instanceof ApiError && thrown.status === 401,
      sessionEnded: onEnded,
      studyEnded: (study, how) => {
        const went = heldStudies.end(study, new Date(), how);
        if (how !== 'barred') forgetStudy(client, study);
        else if (went) forgetOpened(client, study);
      },
      cover: (cover) => coverPage(cover && words.current[cover]),
    });
    const onVisible = () => (document.hidden ? undefined : watch.returned());
    const onShow = (event: PageTransitionEvent) => (event.persisted ? watch.returned() : undefined);
    document.addEventListener('visibilitychange', onVisible);
    window.addEventListener('pageshow', onShow);
    window.addEventListener('pagehide', watch.left);
    window.addEventListener(SIGNING_OUT, watch.stop);
    return () => {
      watch.stop();
      document.removeEventListener('visibilitychange', onVisible);
      window.removeEventListener('pageshow', onShow);
      window.removeEventListener('pagehide', watch.left);
      window.removeEventListener(SIGNING_OUT, watch.stop);
    };
  }, [client, session.user.id, onEnded]);
}

function coverPage(words: string | undefined): void {
  if (words === undefined) document.documentElement.removeAttribute(COVER_ATTRIBUTE);
  else document.documentElement.setAttribute(COVER_ATTRIBUTE, words);
}

/** Says that this study is on the screen. `remember`: its images stay in memory a while after. */
export function useHeldStudy(study: HeldStudy | undefined, remember: boolean, onEnd: (end: StudyEnd) => void): void {
  const latest = useRef(onEnd);
  latest.current = onEnd;
  const { studyInstanceUID, exact, shown, sharedUntil, given = null, emergencyUntil = null } = study ?? {};
  useEffect(() => {
    if (studyInstanceUID === undefined || exact === undefined || shown === undefined || sharedUntil === undefined) return;
    return heldStudies.show({ studyInstanceUID, exact, shown, sharedUntil, given, emergencyUntil }, (end) => latest.current(end), remember);
  }, [studyInstanceUID, exact, shown, sharedUntil, given, emergencyUntil, remember]);
}
