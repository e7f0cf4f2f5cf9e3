import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../../gateway/api/contract/people.ts';
import { changeUser, createUser, type UserChange } from '../api/gateway.ts';
import { Button } from '../design/button.tsx';
import { Field, Input, Select } from '../design/field.tsx';
import { toast } from '../design/toast.tsx';
import { useErrorText, usePasswordReason } from '../i18n/use-error-text.ts';
import { isKnownJob, JOB_NAMES } from '../sharing/record-words.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useFacilities } from '../sharing/use-shares.ts';
import { TextField } from './text-field.tsx';

interface Fields {
  readonly email: string;
  readonly name: string;
  readonly nameKana: string;
  readonly job: User['job'];
  /** Empty: none. */
  readonly facilityCode: string;
  readonly administrator: boolean;
  readonly password: string;
}

function fieldsOf(user: User | undefined): Fields {
  const { name = '', nameKana = '', job = 'physician', administrator = false } = user ?? {};
  return { email: '', name, nameKana, job, facilityCode: '', administrator, password: '' };
}

/** `user` undefined: a new one. */
export function UserForm({ user, onDone }: { user: User | undefined; onDone: () => void }) {
  const { t } = useTranslation();
  const passwordReason = usePasswordReason();
  const [fields, setFields] = useState(() => fieldsOf(user));
  const { create, change } = useUserChange(user, onDone);
  const set = (some: Partial<Fields>) => setFields({ ...fields, ...some });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (user === undefined) create.mutate(newUser(fields));
    else change.mutate(changesOf(user, fields));
  };
  const error = create.error ?? change.error;
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {user === undefined ? (
        <TextField label={t('admin.email')} type="email" autoComplete="off" value={fields.email} onType={(email) => set({ email })} />
      ) : null}
      <div className="grid grid-cols-2 gap-4">
        <TextField label={t('admin.userName')} value={fields.name} onType={(name) => set({ name })} />
        <TextField label={t('admin.userKana')} optional value={fields.nameKana} onType={(nameKana) => set({ nameKana })} />
      </div>
      <JobField job={fields.job} onChoose={(job) => set({ job })} />
      {user === undefined ? (
        <FacilityField code={fields.facilityCode} required={!fields.administrator} onChoose={(facilityCode) => set({ facilityCode })} />
      ) : null}
      <AdministratorField checked={fields.administrator} onCheck={(administrator) => set({ administrator })} />
      <PasswordField
        isNew={user === undefined}
        error={passwordReason(error)}
        value={fields.password}
        onType={(password) => set({ password })}
      />
      <Refusal error={error} />
      <div className="flex flex-wrap items-center gap-2">
        {user === undefined ? null : <StandingButtons user={user} onChange={change.mutate} />}
        <div className="flex-1" />
        <Button type="submit" kind="primary" disabled={create.isPending || change.isPending}>
          {t(user === undefined ? 'admin.create' : 'app.save')}
        </Button>
      </div>
    </form>
  );
}

/** A word of thanks and the end of the form; unlocking leaves it open. */
function useUserChange(user: User | undefined, onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const done = async () => {
    toast(t('admin.saved'));
    onDone();
    await client.invalidateQueries({ queryKey: ['users'] });
  };
  const create = useMutation({ mutationFn: createUser, onSuccess: done });
  const change = useMutation({
    mutationFn: (fields: UserChange) => changeUser(user?.id ?? '', fields),
    onSuccess: (_answer, fields) => (fields.unlock === true ? void toast(t('admin.unlocked')) : done()),
  });
  return { create, change };
}

function newUser({ email, facilityCode, ...fields }: Fields): Parameters<typeof createUser>[0] {
  return {
    ...fields,
    name: fields.name.trim(),
    nameKana: fields.nameKana.trim(),
    email: email.trim(),
    facilityCode: facilityCode === '' ? null : facilityCode,
  };
}

function changesOf(user: User, { name, nameKana, job, administrator, password }: Fields): UserChange {
  return {
    name: name.trim(),
    nameKana: nameKana.trim(),
    job,
    ...(administrator === user.administrator ? {} : { administrator }),
    ...(password === '' ? {} : { newPassword: password }),
  };
}

/** What is wrong with the password stands at its field. */
function Refusal({ error }: { error: Error | null }) {
  const errorText = useErrorText();
  const passwordReason = usePasswordReason();
  if (error === null || passwordReason(error) !== undefined) return null;
  return (
    <p role="alert" className="text-sm text-danger">
      {errorText(error)}
    </p>
  );
}

function StandingButtons({ user, onChange }: { user: User; onChange: (change: UserChange) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Button kind={user.disabled ? 'quiet' : 'danger'} onClick={() => onChange({ disabled: !user.disabled })}>
        {t(user.disabled ? 'admin.enable' : 'admin.disable')}
      </Button>
      <Button onClick={() => onChange({ unlock: true })}>{t('admin.unlock')}</Button>
    </>
  );
}

function JobField({ job, onChoose }: { job: User['job']; onChoose: (job: User['job']) => void }) {
  const { t } = useTranslation();
  return (
    <Field label={t('admin.job')}>
      {({ id }) => (
        <Select id={id} value={job} onChange={(event) => (isKnownJob(event.target.value) ? onChoose(event.target.value) : undefined)}>
          {JOB_NAMES.map((one) => (
            <option key={one} value={one}>
              {t(`job.${one}`)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

function FacilityField({ code, required, onChoose }: { code: string; required: boolean; onChoose: (code: string) => void }) {
  const { t } = useTranslation();
  const facilities = useFacilities();
  const facilityName = useFacilityName();
  return (
    <Field label={t('admin.facility')}>
      {({ id }) => (
        <Select id={id} required={required} value={code} onChange={(event) => onChoose(event.target.value)}>
          <option value="">{t('nav.noFacility')}</option>
          {(facilities.data ?? []).map((facility) => (
            <option key={facility.code} value={facility.code}>
              {facilityName(facility)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

function AdministratorField({ checked, onCheck }: { checked: boolean; onCheck: (checked: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <label className="flex items-start gap-2.5 text-sm">
      <input
        type="checkbox"
        className="mt-0.5 size-4 accent-(--color-accent)"
        checked={checked}
        onChange={(event) => onCheck(event.target.checked)}
      />
      <span>
        {t('admin.administrator')}
        <span className="block text-xs text-ink-3">{t('admin.administratorHint')}</span>
      </span>
    </label>
  );
}

interface PasswordFieldProps {
  isNew: boolean;
  error: string | undefined;
  value: string;
  onType: (value: string) => void;
}

function PasswordField({ isNew, error, value, onType }: PasswordFieldProps) {
  const { t } = useTranslation();
  return (
    <Field label={t(isNew ? 'admin.initialPassword' : 'admin.newPassword')} hint={t('settings.rule')} error={error}>
      {({ id, describedBy, invalid }) => (
        <Input
          id={id}
          type="password"
          autoComplete="new-password"
          required={isNew}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          value={value}
          onChange={(event) => onType(event.target.value)}
        />
      )}
    </Field>
  );
}
