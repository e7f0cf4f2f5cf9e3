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
      <Field label={t('settings.current')} error={wrong ? t('settings.wrong') : undefined}>
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            type="password"
            autoComplete="current-password"
            aria-describedby={describedBy}
            aria-invalid={invalid}
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
          />
        )}
      </Field>
      <Field
        label={t('settings.next')}
        hint={t('settings.rule', { count: PASSWORD_CHARS_MIN })}
        error={flaw === 'short' ? t('settings.rule', { count: PASSWORD_CHARS_MIN }) : undefined}
      >
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            type="password"
            autoComplete="new-password"
            aria-describedby={describedBy}
            aria-invalid={invalid}
            value={next}
            onChange={(event) => setNext(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('settings.repeat')} error={flaw === 'mismatch' ? t('settings.mismatch') : undefined}>
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            type="password"
            autoComplete="new-password"
            aria-describedby={describedBy}
            aria-invalid={invalid}
            value={repeat}
            onChange={(event) => setRepeat(event.target.value)}
          />
        )}
      </Field>
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
