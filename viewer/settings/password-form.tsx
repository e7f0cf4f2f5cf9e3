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

export function PasswordForm({ email }: { email: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const passwordReason = usePasswordReason();
  const client = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [repeat, setRepeat] = useState('');
  const [tried, setTried] = useState(false);
  const change = useMutation({ mutationFn: changeMe });
  const flaw = tried ? passwordFlaw(next, repeat) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (current === '' || passwordFlaw(next, repeat) !== undefined) return;
    change.mutate(
      { currentPassword: current, newPassword: next },
      {
        onSuccess: () => {
          toast(t('settings.changed'));
          setCurrent('');
          setNext('');
          setRepeat('');
          setTried(false);
          // The browser has a new session, with a new token for what changes something; all others have ended.
          void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
          void client.invalidateQueries({ queryKey: ['sessions'] });
          void client.invalidateQueries({ queryKey: ['tokens'] });
        },
      },
    );
  };
  const wrong = change.error instanceof ApiError && change.error.reason === 'wrong-password';
  const refused = passwordReason(change.error);
  return (
    <form onSubmit={submit} className="flex max-w-sm flex-col gap-3" noValidate>
      <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        label={t('settings.current')}
        error={wrong ? t('settings.wrong') : undefined}
        autoComplete="current-password"
        value={current}
        onType={setCurrent}
      />
      <PasswordField
        label={t('settings.next')}
        hint={t('settings.rule')}
        error={flaw === 'short' ? t('settings.rule') : refused}
        autoComplete="new-password"
        value={next}
        onType={setNext}
      />
      <PasswordField
        label={t('settings.repeat')}
        error={flaw === 'mismatch' ? t('settings.mismatch') : undefined}
        autoComplete="new-password"
        value={repeat}
        onType={setRepeat}
      />
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

interface PasswordFieldProps {
  label: string;
  hint?: string;
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
