import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeMe } from '../api/gateway.ts';
import { ApiError } from '../api/http.ts';
import { Button } from '../design/button.tsx';
import { Field, Input } from '../design/field.tsx';
import { toast } from '../design/toast.tsx';
import { useErrorText, usePasswordReason } from '../i18n/use-error-text.ts';
import { sessionQuery } from '../session/use-session.ts';
import { passwordFlaw } from './new-password.ts';

const NOTHING = { current: '', next: '', repeat: '' };

export function PasswordForm({ email }: { email: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const passwordReason = usePasswordReason();
  const [typed, setTyped] = useState(NOTHING);
  const [tried, setTried] = useState(false);
  const change = usePasswordChange();
  const flaw = tried ? passwordFlaw(typed.next, typed.repeat) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (typed.current === '' || passwordFlaw(typed.next, typed.repeat) !== undefined) return;
    const onSuccess = () => {
      toast(t('settings.changed'));
      setTyped(NOTHING);
      setTried(false);
    };
    change.mutate({ currentPassword: typed.current, newPassword: typed.next }, { onSuccess });
  };
  const wrong = change.error instanceof ApiError && change.error.reason === 'wrong-password';
  const refused = passwordReason(change.error);
  const field = (name: keyof typeof NOTHING, error: string | undefined, hint?: string) => (
    <PasswordField
      label={t(`settings.${name}`)}
      hint={hint}
      error={error}
      autoComplete={name === 'current' ? 'current-password' : 'new-password'}
      value={typed[name]}
      onType={(value) => setTyped({ ...typed, [name]: value })}
    />
  );
  return (
    <form onSubmit={submit} className="flex max-w-sm flex-col gap-3" noValidate>
      <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
      {field('current', wrong ? t('settings.wrong') : undefined)}
      {field('next', flaw === 'short' ? t('settings.rule') : refused, t('settings.rule'))}
      {field('repeat', flaw === 'mismatch' ? t('settings.mismatch') : undefined)}
      {change.error === null || wrong || refused !== undefined ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(change.error)}
        </p>
      )}
      <Button type="submit" className="self-start" disabled={change.isPending}>
        {t('settings.change')}
      </Button>
    </form>
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

interface PasswordFieldProps {
  label: string;
  hint: string | undefined;
  error: string | undefined;
  autoComplete: 'current-password' | 'new-password';
  value: string;
  onType: (value: string) => void;
}

function PasswordField({ label, hint, error, autoComplete, value, onType }: PasswordFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {({ id, describedBy, invalid }) => (
        <Input
          id={id}
          type="password"
          autoComplete={autoComplete}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          value={value}
          onChange={(event) => onType(event.target.value)}
        />
      )}
    </Field>
  );
}
