import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';
import { toast } from '../design/raised/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { FACTORS, sessionQuery, useSession } from '../session/use-session.ts';

/** What has changed is asked for again: who else is signed in, and whether this person has a second factor. */
export function useChanged() {
  const client = useQueryClient();
  return ({ stays = false }: { stays?: boolean } = {}) =>
    Promise.all(
      [FACTORS, ['sessions'], ...(stays ? [] : [sessionQuery.queryKey])].map((queryKey) => client.invalidateQueries({ queryKey })),
    );
}

/** Who would not prove who they are has said so and hears nothing more. */
export function useTold<Given, Answer>(ask: (given: Given) => Promise<Answer>, onDone: (answer: Answer) => unknown) {
  const errorText = useErrorText();
  return useMutation({
    mutationFn: ask,
    onSuccess: onDone,
    onError: (error) => {
      if (!(error instanceof ApiError) || error.reason !== 'confirm-first') toast(errorText(error), 'problem');
    },
  });
}

/** The codes that came with a new factor, until the person has kept them. */
export function useNewCodes() {
  const { t } = useTranslation();
  const mustSetUp = useSession().user.mustSetUpFactor;
  const changed = useChanged();
  const [codes, setCodes] = useState<readonly string[]>([]);
  return {
    codes,
    setCodes,
    /** A factor is there from now on. */
    added: async (recoveryCodes: readonly string[], told: 'factors.switchedOn' | 'passkeys.added') => {
      setCodes(recoveryCodes);
      toast(t(told));
      // Who was led here to set it up is led away by it: not before the codes are kept.
      await changed({ stays: mustSetUp && recoveryCodes.length > 0 });
    },
    kept: () => {
      setCodes([]);
      void changed();
    },
  };
}
