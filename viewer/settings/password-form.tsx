import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { password } from '../../gateway/api/contract/fields.ts';
import { changePasswordSchema } from '../../gateway/api/contract/session.ts';
import { changeMe } from '../api/session.ts';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { TextField } from '../forms/form-fields.tsx';
import { passwordRefused } from '../forms/refused-fields.ts';
import { useContractForm } from '../forms/use-contract-form.ts';
import { sessionQuery } from '../session/use-session.ts';

/** What is sent, and the new one once more: whoever mistypes it notices before it counts. */
const TYPED_TWICE = changePasswordSchema
  .extend({ repeat: password })
  .refine(({ newPassword, repeat }) => newPassword === repeat, { message: 'mismatch', path: ['repeat'] });
const NOTHING = { currentPassword: '', newPassword: '', repeat: '' };

export function PasswordForm({ email }: { email: string }) {
  const { t } = useTranslation();
  const change = usePasswordChange();
  const form = useContractForm({
    schema: TYPED_TWICE,
    start: NOTHING,
    send: async ({ currentPassword, newPassword }) => {
      await change.mutateAsync({ currentPassword, newPassword });
      toast(t('settings.changed'));
      form.fields.reset(NOTHING);
    },
    fieldOf: ({ reason }) => (reason === 'wrong-password' ? 'currentPassword' : passwordRefused(reason) ? 'newPassword' : undefined),
  });
  return (
    <Form form={form} className="flex max-w-sm flex-col gap-3">
      <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
      <TextField name="currentPassword" label={t('settings.current')} type="password" autoComplete="current-password" />
      <TextField
        name="newPassword"
        label={t('settings.next')}
        hint={t('form.passwordRule')}
        whenEmpty={t('form.flaw.password-short')}
        type="password"
        autoComplete="new-password"
        options={{ deps: ['repeat'] }}
      />
      <TextField name="repeat" label={t('settings.repeat')} type="password" autoComplete="new-password" />
      <FormRefusal />
      <SubmitButton className="self-start" sending={t('form.saving')}>
        {t('settings.change')}
      </SubmitButton>
    </Form>
  );
}

/** The browser has a new session then, with a new token for what changes something; all others have ended. */
function usePasswordChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: changeMe,
    onSuccess: () => {
      for (const queryKey of [sessionQuery.queryKey, ['sessions'], ['tokens']]) void client.invalidateQueries({ queryKey });
    },
  });
}
