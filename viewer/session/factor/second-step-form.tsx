import { useTranslation } from 'react-i18next';
import { type HalfSignIn, type SecondStep, type Session, secondStepSchema } from '../../../gateway/api/contract/session.ts';
import { ApiError } from '../../api/http.ts';
import { askSecondStepPasskey, finishSignIn } from '../../api/sign-in.ts';
import { Button } from '../../design/button.tsx';
import { Form, SubmitButton } from '../../forms/form.tsx';
import { useContractForm } from '../../forms/use-contract-form.ts';
import { SignInFailure } from '../sign-in-failure.tsx';
import { FactorFields, factorBody, factorField, NO_FACTOR, OtherWays, useFactorWay } from './factor-fields.tsx';
import { PasskeyButton } from './passkey-button.tsx';

interface Props {
  half: HalfSignIn;
  onSignedIn: (session: Session) => Promise<void>;
  /** `ended`: it took too long, or the password was changed meanwhile. */
  onBack: (why: 'ended' | 'wanted') => void;
}

/** The second step of a sign-in, after the right password. */
export function SecondStepForm({ half, onSignedIn, onBack }: Props) {
  const { t } = useTranslation();
  const choice = useFactorWay(half.secondFactor.ways);
  const endedOr = (refused: unknown): never => {
    if (refused instanceof ApiError && refused.reason === 'sign-in-again') onBack('ended');
    throw refused;
  };
  const finish = async (shown: SecondStep) => onSignedIn(await finishSignIn(shown).catch(endedOr));
  const form = useContractForm({
    schema: secondStepSchema,
    start: NO_FACTOR,
    bodyOf: (typed) => factorBody(choice.way, typed),
    send: (body) => finish(body),
    fieldOf: (error) => factorField(choice.way, error),
  });
  return (
    <Form form={form} className="flex flex-col gap-4" aria-labelledby="second-step-title" marksOptional={false}>
      <h1 id="second-step-title" className="text-center text-base font-semibold">
        {t('secondStep.title')}
      </h1>
      {form.refusal === undefined || form.refusal.field !== undefined ? null : <SignInFailure error={form.refusal.error} />}
      {choice.way === 'passkey' ? (
        <>
          <PasskeyButton
            words={t('passkey.signIn')}
            ask={() => askSecondStepPasskey().catch(endedOr)}
            send={(passkey) => finish({ passkey })}
          />
          <OtherWays {...choice} />
        </>
      ) : (
        <>
          <FactorFields {...choice} autoFocus />
          <SubmitButton kind="primary" size="large" className="mt-1" sending={t('signIn.submitting')}>
            {t('signIn.submit')}
          </SubmitButton>
        </>
      )}
      <p className="text-xs text-pretty text-ink-3">{t('secondStep.lost')}</p>
      <Button kind="bare" size="small" className="self-center" onClick={() => onBack('wanted')}>
        {t('secondStep.back')}
      </Button>
    </Form>
  );
}
