import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../../gateway/api/contract.ts';
import { changeUser, createUser, type UserChange } from '../api/gateway.ts';
import { Button } from '../design/button.tsx';
import { Field, Input, Select } from '../design/field.tsx';
import { toast } from '../design/toast.tsx';
import { useErrorText, usePasswordReason } from '../i18n/use-error-text.ts';
import { isKnownJob, JOB_NAMES } from '../sharing/record-words.ts';
import { useFacilities } from '../sharing/use-shares.ts';

/** `user` undefined: a new one. */
export function UserForm({ user, onDone }: { user: User | undefined; onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const passwordReason = usePasswordReason();
  const client = useQueryClient();
  const facilities = useFacilities();
  const [email, setEmail] = useState('');
  const [name, setName] = useState(user?.name ?? '');
  const [nameKana, setNameKana] = useState(user?.nameKana ?? '');
  const [job, setJob] = useState<User['job']>(user?.job ?? 'physician');
  const [facilityCode, setFacilityCode] = useState('');
  const [administrator, setAdministrator] = useState(user?.administrator ?? false);
  const [password, setPassword] = useState('');
  const done = async (text: string) => {
    toast(text);
    onDone();
    await client.invalidateQueries({ queryKey: ['users'] });
  };
  const create = useMutation({ mutationFn: createUser, onSuccess: () => done(t('admin.saved')) });
  const change = useMutation({ mutationFn: (fields: UserChange) => changeUser(user?.id ?? '', fields) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const fields = { name: name.trim(), nameKana: nameKana.trim(), job };
    if (user === undefined) {
      create.mutate({ ...fields, email: email.trim(), administrator, password, facilityCode: facilityCode === '' ? null : facilityCode });
    } else {
      change.mutate(
        {
          ...fields,
          ...(administrator === user.administrator ? {} : { administrator }),
          ...(password === '' ? {} : { newPassword: password }),
        },
        { onSuccess: () => done(t('admin.saved')) },
      );
    }
  };
  const error = create.error ?? change.error;
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {user === undefined ? (
        <Field label={t('admin.email')}>
          {({ id }) => (
            <Input id={id} type="email" required autoComplete="off" value={email} onChange={(event) => setEmail(event.target.value)} />
          )}
        </Field>
      ) : null}
      <div className="grid grid-cols-2 gap-4">
        <Field label={t('admin.userName')}>
          {({ id }) => <Input id={id} required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label={t('admin.userKana')}>
          {({ id }) => <Input id={id} maxLength={200} value={nameKana} onChange={(event) => setNameKana(event.target.value)} />}
        </Field>
      </div>
      <Field label={t('admin.job')}>
        {({ id }) => (
          <Select id={id} value={job} onChange={(event) => (isKnownJob(event.target.value) ? setJob(event.target.value) : undefined)}>
            {JOB_NAMES.map((one) => (
              <option key={one} value={one}>
                {t(`job.${one}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {user === undefined ? (
        <Field label={t('admin.facility')}>
          {({ id }) => (
            <Select id={id} required={!administrator} value={facilityCode} onChange={(event) => setFacilityCode(event.target.value)}>
              <option value="">{t('admin.noFacility')}</option>
              {(facilities.data ?? []).map((facility) => (
                <option key={facility.code} value={facility.code}>
                  {facility.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ) : null}
      <label className="flex items-start gap-2.5 text-sm">
        <input
          type="checkbox"
          className="mt-0.5 size-4 accent-(--color-accent)"
          checked={administrator}
          onChange={(event) => setAdministrator(event.target.checked)}
        />
        <span>
          {t('admin.administrator')}
          <span className="block text-xs text-ink-3">{t('admin.administratorHint')}</span>
        </span>
      </label>
      <Field
        label={t(user === undefined ? 'admin.initialPassword' : 'admin.newPassword')}
        hint={t('settings.rule')}
        error={passwordReason(error)}
      >
        {({ id, describedBy, invalid }) => (
          <Input
            id={id}
            type="password"
            autoComplete="new-password"
            required={user === undefined}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      {error === null || passwordReason(error) !== undefined ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(error)}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {user === undefined ? null : (
          <>
            <Button
              kind={user.disabled ? 'quiet' : 'danger'}
              onClick={() => change.mutate({ disabled: !user.disabled }, { onSuccess: () => done(t('admin.saved')) })}
            >
              {t(user.disabled ? 'admin.enable' : 'admin.disable')}
            </Button>
            <Button onClick={() => change.mutate({ unlock: true }, { onSuccess: () => toast(t('admin.unlocked')) })}>
              {t('admin.unlock')}
            </Button>
          </>
        )}
        <div className="flex-1" />
        <Button type="submit" kind="primary" disabled={create.isPending || change.isPending}>
          {t(user === undefined ? 'admin.create' : 'app.save')}
        </Button>
      </div>
    </form>
  );
}
