import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changeMe } from '../api/gateway.ts';
import { ApiError } from '../api/http.ts';
import { PASSWORD_CHARS_MIN, passwordFlaw } from '../hooks/new-password.ts';
import { useErrorText } from '../hooks/use-error-text.ts';
import { Button } from './ui/button.tsx';
import { Field, Input } from './ui/field.tsx';
import { toast } from './ui/toast.tsx';

export function PasswordForm({ email }: { email: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
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
        },
      },
    );
  };
  const wrong = change.error instanceof ApiError && ['invalid', 'denied'].includes(change.error.kind);
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
        hint={t('settings.rule', { count: PASSWORD_CHARS_MIN })}
        error={flaw === 'short' ? t('settings.rule', { count: PASSWORD_CHARS_MIN }) : undefined}
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
      {change.error === null || wrong ? null : (
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
