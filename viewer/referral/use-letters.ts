import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { type BeginLetter, EMPTY_CONTENT, type Letter } from '../../gateway/api/contract/letters.ts';
import { beginLetter, getLetter, lettersOfPerson, listLetters } from '../api/letters.ts';
import { toast } from '../design/raised/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { showLetter } from '../session/held-letters.ts';
import type { LetterSearch } from './letter-search.ts';

/** How soon what came, or what became of a letter, shows. */
const LOOK_AGAIN_MS = 15_000;

export function useLetterList({ box = 'in', state }: LetterSearch) {
  return useInfiniteQuery({
    queryKey: ['letters', 'list', box, state ?? ''],
    queryFn: ({ pageParam, signal }) =>
      listLetters({ box, ...(state === undefined ? {} : { state }), ...(pageParam === undefined ? {} : { after: pageParam }) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: LOOK_AGAIN_MS,
  });
}

export const letterKey = (id: string) => ['letters', 'letter', id] as const;

const NOTHING_OF_IT = { content: EMPTY_CONTENT, studies: [], files: [], replies: [], patient: null, reason: '' };

/** A letter, asked for anew as soon as its state is another: within a second of its being recalled nothing of it is left on the page. */
export function useLetter(id: string) {
  const client = useQueryClient();
  const query = useQuery({ queryKey: letterKey(id), queryFn: ({ signal }) => getLetter(id, signal), retry: false });
  const shown = query.data?.state;
  useEffect(() => {
    if (shown === undefined) return;
    return showLetter(id, shown, (state) => {
      const before = client.getQueryData<Letter>(letterKey(id));
      // Nothing of it stays while it is asked for: a slow answer would leave the text on the page.
      if (before?.own === false && (state === null || state === 'recalled' || state === 'declined'))
        client.setQueryData<Letter>(letterKey(id), { ...before, state: state ?? 'recalled', ...NOTHING_OF_IT });
      void client.invalidateQueries({ queryKey: letterKey(id) });
    });
  }, [client, id, shown]);
  return query;
}

/** Marks on a line of time. */
export function usePersonLetters(patient: string, enabled: boolean) {
  return useQuery({
    queryKey: ['letters', 'person', patient],
    queryFn: ({ signal }) => lettersOfPerson(patient, signal),
    enabled,
    retry: false,
    staleTime: LOOK_AGAIN_MS,
    refetchInterval: LOOK_AGAIN_MS,
    select: ({ letters }) => letters,
  });
}

/** Begins a draft and goes to it. */
export function useBeginLetter() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const errorText = useErrorText();
  return useMutation({
    mutationFn: (asked: BeginLetter) => beginLetter(asked),
    onSuccess: (letter) => {
      client.setQueryData(letterKey(letter.id), letter);
      void navigate({ to: '/letters/$letterId', params: { letterId: letter.id } });
    },
    onError: (error) => toast(errorText(error), 'problem'),
  });
}

/** Something that is done to a letter: what it became is shown at once. */
export function useLetterAct<Asked>(act: (asked: Asked) => Promise<Letter>, said: (asked: Asked, letter: Letter) => string) {
  const client = useQueryClient();
  const errorText = useErrorText();
  return useMutation({
    mutationFn: act,
    onSuccess: (letter, asked) => {
      client.setQueryData(letterKey(letter.id), letter);
      toast(said(asked, letter));
    },
    onError: (error) => toast(errorText(error), 'problem'),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['letters', 'list'] }),
        client.invalidateQueries({ queryKey: ['letters', 'person'] }),
        client.invalidateQueries({ queryKey: ['letters', 'news'] }),
      ]),
  });
}
