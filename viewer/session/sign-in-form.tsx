import type { TFunction } from 'i18next';
import { Eye, EyeOff, Info, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Session, signInSchema } from '../../gateway/api/contract/session.ts';
import { signIn } from '../api/gateway.ts';
import { ApiError } from '../api/http.ts';
import { Form, SubmitButton } from '../forms/form.tsx';
import { TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import type { SessionEndReason } from './session-watch.ts';

interface Props {
  /** Why the reader is here though they had signed in. */
  ended: SessionEndReason | undefined;
  onSignedIn: (session: Session) => Promise<void>;
}

export function SignInForm({ ended, onSignedIn }: Props) {
  const { t } = useTranslation();
  const form = useContractForm({
    schema: signInSchema,
    start: { email: '', password: '' },
    send: async (body) => {
      const session = await signIn(body).catch((refused: unknown) => {
        // It cannot be read, so it is typed anew.
        form.fields.setFocus('password', { shouldSelect: true });
        throw refused;
      });
      await onSignedIn(session);
    },
  });
  return (
    <Form form={form} className="flex flex-col gap-4" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title" className="sr-only">
        {t('signIn.title')}
      </h1>
      {form.refusal === undefined ? <Ended why={ended} /> : <Failure error={form.refusal.error} />}
      <TextField
        name="email"
        label={t('signIn.email')}
        type="email"
        autoComplete="username"
        inputMode="email"
        autoFocus
        className="h-11! w-full"
      />
      <PasswordField />
      <SubmitButton kind="primary" size="large" className="mt-1" sending={t('signIn.submitting')}>
        {t('signIn.submit')}
      </SubmitButton>
    </Form>
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

function Failure({ error }: { error: unknown }) {
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
function PasswordField() {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <TextField
      name="password"
      label={t('signIn.password')}
      type={shown ? 'text' : 'password'}
      autoComplete="current-password"
      autoCapitalize="none"
      spellCheck={false}
      className="h-11! w-full pr-11"
      beside={
        <button
          type="button"
          aria-label={shown ? t('signIn.hide') : t('signIn.show')}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
          className="absolute inset-y-0 right-0 grid w-11 place-items-center rounded-md text-ink-2 hover:text-ink"
        >
          {shown ? <EyeOff className="size-4" aria-hidden /> : <Eye className="size-4" aria-hidden />}
        </button>
      }
    />
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
