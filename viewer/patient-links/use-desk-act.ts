import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from '../design/raised/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';

/** Something the desk does to links: what came of it is said, and what is shown of links is asked for anew. `said`: in words, of what was answered. */
export function useDeskAct<Answer, Asked = void>(act: (asked: Asked) => Promise<Answer>, said: (answer: Answer) => string) {
  const errorText = useErrorText();
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (answer) => toast(said(answer)),
    onError: (error) => toast(errorText(error), 'problem'),
    onSettled: () => client.invalidateQueries({ queryKey: ['links'] }),
  });
}
