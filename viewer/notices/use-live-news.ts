import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { liveNews } from '../api/notices.ts';
import { useSession } from '../session/use-session.ts';
import { SIGNING_OUT } from '../session/use-standing-watch.ts';
import { hearNews } from './live-news.ts';

const NAME = 'renkei.news';
/** What the bell asks; each names no patient. Lists are read again when one of these says something else. */
const ASKED = [
  ['notices', 'newest'],
  ['letters', 'news'],
  ['emergencies', 'told'],
] as const;

/** On every page with a bell. */
export function useLiveNews(): void {
  const client = useQueryClient();
  const { user } = useSession();
  useEffect(() => {
    if (typeof EventSource === 'undefined' || typeof BroadcastChannel === 'undefined') return;
    const name = `${NAME}.${user.id}`;
    // Absent over plain HTTP, whatever the types say.
    const locks = navigator.locks as LockManager | undefined;
    const news = hearNews({
      lock: locks && (async (signal, held) => void (await locks.request(name, { signal }, held))),
      source: liveNews,
      channel: () => new BroadcastChannel(name),
      isHidden: () => document.hidden,
      ask: () => {
        for (const queryKey of ASKED) void client.invalidateQueries({ queryKey, exact: true });
      },
    });
    document.addEventListener('visibilitychange', news.looked);
    window.addEventListener(SIGNING_OUT, news.stop);
    return () => {
      document.removeEventListener('visibilitychange', news.looked);
      window.removeEventListener(SIGNING_OUT, news.stop);
      news.stop();
    };
  }, [client, user.id]);
}
