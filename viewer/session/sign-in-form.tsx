import { Eye, EyeOff, Info } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type HalfSignIn, type Session, signInSchema } from '../../gateway/api/contract/session.ts';
import { signIn } from '../api/sign-in.ts';
import { Form, SubmitButton } from '../forms/form.tsx';
import { TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { PasskeySignIn } from './factor/passkey-sign-in.tsx';
import { SecondStepForm } from './factor/second-step-form.tsx';
import type { SessionEndReason } from './session-watch.ts';
import { SignInFailure } from './sign-in-failure.tsx';

interface Props {
  /** Why the reader is here though they had signed in. */
  ended: SessionEndReason | undefined;
  onSignedIn: (session: Session) => Promise<void>;
}

/** The password, and the second step where there is one. */
export function SignInForm({ ended, onSignedIn }: Props) {
  const [half, setHalf] = useState<HalfSignIn>();
  const [again, setAgain] = useState(false);
  if (half !== undefined) {
    const back = (why: 'ended' | 'wanted') => {
      setAgain(why === 'ended');
      setHalf(undefined);
    };
    return <SecondStepForm half={half} onSignedIn={onSignedIn} onBack={back} />;
  }
  return (
    <>
      <PasswordStep ended={again ? 'again' : ended} onSignedIn={onSignedIn} onHalf={setHalf} />
      <PasskeySignIn onSignedIn={onSignedIn} />
    </>
  );
}

interface StepProps extends Omit<Props, 'ended'> {
  ended: Props['ended'] | 'again';
  onHalf: (half: HalfSignIn) => void;
}

function PasswordStep({ ended, onSignedIn, onHalf }: StepProps) {
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
      if ('secondFactor' in session) onHalf(session);
      else await onSignedIn(session);
    },
  });
  return (
    <Form form={form} className="flex flex-col gap-4" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title" className="sr-only">
        {t('signIn.title')}
      </h1>
      {form.refusal === undefined ? <Ended why={ended} /> : <SignInFailure error={form.refusal.error} />}
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

function Ended({ why }: { why: SessionEndReason | 'again' | undefined }) {
  const { t } = useTranslation();
  if (why === undefined) return null;
  return (
    <p className="flex gap-2.5 rounded-md bg-info-soft px-3 py-2.5 text-sm text-info">
      <Info className="mt-0.5 size-4 shrink-0" aria-hidden />
      {t(`signIn.${why}`)}
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
