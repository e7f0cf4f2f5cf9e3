import { useMutation } from '@tanstack/react-query';
import { KeyRound, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PasskeyAnswer, PasskeyQuestion } from '../../../gateway/api/contract/passkeys.ts';
import { ApiError } from '../../api/http.ts';
import { Button } from '../../design/button.tsx';
import { SignInFailure } from '../sign-in-failure.tsx';
import { PasskeyNotShown, showPasskey } from './passkey-prompt.ts';

interface Props {
  words: string;
  kind?: 'primary' | 'quiet';
  ask: () => Promise<PasskeyQuestion>;
  send: (answer: PasskeyAnswer) => Promise<unknown>;
}

/** Asks for a passkey when it is pressed, and says above itself what went wrong. */
export function PasskeyButton({ words, kind = 'primary', ask, send }: Props) {
  const { t } = useTranslation();
  const show = useMutation({ mutationFn: async () => send(await showPasskey(await ask())) });
  return (
    <div className="flex flex-col gap-3">
      {show.isError ? <PasskeyFailure error={show.error} /> : null}
      <Button kind={kind} size="large" className="w-full" busy={show.isPending} onClick={() => show.mutate()}>
        <KeyRound className="size-4" aria-hidden />
        {show.isPending ? t('passkey.waiting') : words}
      </Button>
    </div>
  );
}

function PasskeyFailure({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const why =
    error instanceof PasskeyNotShown ? 'notShown' : error instanceof ApiError && error.reason === 'wrong-passkey' ? 'wrong' : undefined;
  if (why === undefined) return <SignInFailure error={error} />;
  return (
    <p role="alert" className="flex gap-2.5 rounded-md bg-danger-soft px-3 py-2.5 text-sm text-danger">
      <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      {t(`passkey.${why}`)}
    </p>
  );
}
