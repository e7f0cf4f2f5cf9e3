import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Letter } from '../../gateway/api/contract/letters.ts';
import { ApiError } from '../api/http.ts';
import { getLetter, saveLetter } from '../api/letters.ts';
import { DraftKeeper } from './draft-keeper.ts';
import { letterKey } from './use-letters.ts';

/** The draft on this page. A page that is left keeps what was typed last. */
export function useDraft(first: Letter) {
  const client = useQueryClient();
  const [keeper] = useState(
    () =>
      new DraftKeeper(first, {
        save: (body) => saveLetter(first.id, body),
        read: () => getLetter(first.id),
        isChanged: (error) => error instanceof ApiError && error.reason === 'draft-changed',
        saved: (letter) => client.setQueryData(letterKey(first.id), letter),
        now: () => new Date(),
      }),
  );
  useEffect(() => {
    const onHide = () => (document.hidden ? void keeper.keep() : undefined);
    document.addEventListener('visibilitychange', onHide);
    return () => {
      document.removeEventListener('visibilitychange', onHide);
      void keeper.keep();
    };
  }, [keeper]);
  return { keeper, ...useSyncExternalStore(keeper.watch, keeper.page) };
}
