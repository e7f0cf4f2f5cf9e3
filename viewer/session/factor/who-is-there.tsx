import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type Confirmation, confirmationSchema, type Factors, type Session } from '../../../gateway/api/contract/session.ts';
import { getFactors } from '../../api/account.ts';
import { askConfirmationPasskey, confirmIdentity } from '../../api/sign-in.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/raised/dialog.tsx';
import { Form, SubmitButton } from '../../forms/form.tsx';
import { TextField } from '../../forms/form-fields.tsx';
import { useContractForm } from '../../forms/use-contract-form.ts';
import { SignInFailure } from '../sign-in-failure.tsx';
import { FACTORS } from '../use-session.ts';
import { FactorFields, type FactorWay, factorBody, factorField, NO_FACTOR, OtherWays, useFactorWay } from './factor-fields.tsx';
import { PasskeyButton } from './passkey-button.tsx';

interface Props {
  user: Session['user'];
  onDone: (confirmed: boolean) => void;
}

/** Asked before what is only done for who has lately proved who they are. */
export function WhoIsThere({ user, onDone }: Props) {
  const { t } = useTranslation();
  const factors = useQuery({ queryKey: FACTORS, queryFn: ({ signal }) => getFactors(signal), enabled: user.secondFactor });
  const choice = useFactorWay(waysOf(factors.data));
  const confirm = async (shown: Confirmation) => {
    await confirmIdentity(shown);
    onDone(true);
  };
  const form = useContractForm({
    schema: confirmationSchema,
    start: { password: '', ...NO_FACTOR },
    bodyOf: ({ password, ...factor }) => ({ password, ...(user.secondFactor ? factorBody(choice.way, factor) : {}) }),
    send: (body) => confirm(body),
    fieldOf: (error) => (error.reason === 'wrong-password' ? 'password' : factorField(choice.way, error)),
  });
  return (
    <Dialog open onOpenChange={() => onDone(false)} title={t('whoIsThere.title')} description={t('whoIsThere.body')}>
      <Form form={form} className="flex flex-col gap-4" marksOptional={false}>
        {choice.way === 'passkey' && user.secondFactor ? (
          <>
            <PasskeyButton words={t('passkey.confirm')} ask={askConfirmationPasskey} send={(passkey) => confirm({ passkey })} />
            <OtherWays {...choice} />
            <Button className="self-end" onClick={() => onDone(false)}>
              {t('app.cancel')}
            </Button>
          </>
        ) : (
          <>
            <input type="email" name="username" autoComplete="username" value={user.email} readOnly hidden />
            {form.refusal === undefined || form.refusal.field !== undefined ? null : <SignInFailure error={form.refusal.error} />}
            <TextField name="password" label={t('signIn.password')} type="password" autoComplete="current-password" autoFocus />
            {user.secondFactor ? <FactorFields {...choice} /> : null}
            <div className="flex justify-end gap-2">
              <Button onClick={() => onDone(false)}>{t('app.cancel')}</Button>
              <SubmitButton kind="primary" sending={t('signIn.submitting')}>
                {t('whoIsThere.go')}
              </SubmitButton>
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

/** What of theirs can be shown; as long as that is not known, what can be typed. */
function waysOf(factors: Factors | undefined): readonly FactorWay[] {
  const typed: readonly FactorWay[] = factors?.authenticator === null ? ['recovery-code'] : ['authenticator', 'recovery-code'];
  return factors?.passkeysPossible === true && factors.passkeys.length > 0 ? ['passkey', ...typed] : typed;
}
