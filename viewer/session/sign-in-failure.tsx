import type { TFunction } from 'i18next';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';
import { useErrorText } from '../i18n/use-error-text.ts';

export function SignInFailure({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const problem = signInProblem(error);
  return (
    <p role="alert" className="flex gap-2.5 rounded-md bg-danger-soft px-3 py-2.5 text-sm text-danger">
      <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span>
        {problem === 'other' ? errorText(error) : t(`signIn.${problem}`)}
        {problem === 'locked' ? <span className="mt-1 block">{waitText(error, t)}</span> : null}
      </span>
    </p>
  );
}

/** How long until it makes sense to try again, when the gateway says. */
function waitText(error: unknown, t: TFunction): string {
  const seconds = error instanceof ApiError ? (error.retryAfterS ?? 0) : 0;
  if (seconds <= 0) return '';
  return seconds < 90 ? t('signIn.waitSeconds', { count: seconds }) : t('signIn.waitMinutes', { count: Math.ceil(seconds / 60) });
}

/** 401: something typed is wrong. `busy`: too many attempts from here, for now. */
export function signInProblem(error: unknown): 'wrong' | 'locked' | 'other' {
  if (!(error instanceof ApiError)) return 'other';
  if (error.status === 401 || error.status === 400) return 'wrong';
  return error.kind === 'busy' || error.status === 429 ? 'locked' : 'other';
}
