import { useMutation } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { Eye, EyeOff, Info, TriangleAlert } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../../gateway/api/contract/session.ts';
import { signIn } from '../api/gateway.ts';
import { ApiError } from '../api/http.ts';
import { Button } from '../design/button.tsx';
import { Field, Input } from '../design/field.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import type { SessionEndReason } from './session-watch.ts';

interface Props {
  /** Why the reader is here though they had signed in. */
  ended: SessionEndReason | undefined;
  onSignedIn: (session: Session) => Promise<void>;
}

export function SignInForm({ ended, onSignedIn }: Props) {
  const { t } = useTranslation();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const attempt = useMutation({ mutationFn: signIn, onSuccess: onSignedIn });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    attempt.mutate({ email: email.trim().toLowerCase(), password });
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-4" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title" className="sr-only">
        {t('signIn.title')}
      </h1>
      {attempt.error === null ? <Ended why={ended} /> : <Failure error={attempt.error} />}
      <Field label={t('signIn.email')}>
        {({ id }) => (
          <Input
            id={id}
            name="email"
            type="email"
            autoComplete="username"
            inputMode="email"
            required
            autoFocus
            className="h-11! w-full"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        )}
      </Field>
      <PasswordField password={password} onType={setPassword} />
      <Button type="submit" kind="primary" size="large" disabled={attempt.isPending} className="mt-1">
        {attempt.isPending ? t('signIn.submitting') : t('signIn.submit')}
      </Button>
    </form>
  );
}

function Ended({ why }: { why: SessionEndReason | undefined }) {
  const { t } = useTranslation();
  if (why === undefined) return null;
  return (
    <p className="flex gap-2.5 rounded-md bg-info-soft px-3 py-2.5 text-sm text-info">
      <Info className="mt-0.5 size-4 shrink-0" aria-hidden />
      {t(`signIn.${why}`)}
    </p>
  );
}

function Failure({ error }: { error: Error }) {
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

/** What was typed can be looked at. */
function PasswordField({ password, onType }: { password: string; onType: (password: string) => void }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <Field label={t('signIn.password')}>
      {({ id }) => (
        <div className="relative">
          <Input
            id={id}
            name="password"
            type={shown ? 'text' : 'password'}
            autoComplete="current-password"
            required
            className="h-11! w-full pr-11"
            value={password}
            onChange={(event) => onType(event.target.value)}
          />
          <button
            type="button"
            aria-label={shown ? t('signIn.hide') : t('signIn.show')}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-0 right-0 grid w-11 place-items-center rounded-md text-ink-2 hover:text-ink"
          >
            {shown ? <EyeOff className="size-4" aria-hidden /> : <Eye className="size-4" aria-hidden />}
          </button>
        </div>
      )}
    </Field>
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
