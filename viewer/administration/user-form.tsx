import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { jobSchema } from '../../gateway/api/contract/fields.ts';
import { type ChangeUser, changeUserSchema, createUserSchema, type User } from '../../gateway/api/contract/people.ts';
import { changeUser, createUser } from '../api/gateway.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { toast } from '../design/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { SelectField, TextField } from '../forms/form-fields.tsx';
import { passwordRefused } from '../forms/refused-fields.ts';
import { useContractForm } from '../forms/use-contract-form.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useFacilities } from '../sharing/use-shares.ts';

/** `user` undefined: a new one. */
export function UserForm({ user, onDone }: { user: User | undefined; onDone: () => void }) {
  return user === undefined ? <NewUserForm onDone={onDone} /> : <ChangeUserForm user={user} onDone={onDone} />;
}

const NOBODY = { email: '', name: '', nameKana: '', job: 'physician', facilityCode: '', administrator: false, password: '' };

function NewUserForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const saved = useSaved(onDone);
  const create = useMutation({ mutationFn: createUser, onSuccess: saved });
  const form = useContractForm({
    schema: createUserSchema,
    start: NOBODY,
    bodyOf: ({ facilityCode, ...fields }) => ({ ...fields, facilityCode: facilityCode === '' ? null : facilityCode }),
    send: create.mutateAsync,
    fieldOf: ({ reason }) => {
      if (reason === 'email-taken') return 'email';
      if (reason === 'no-facility' || reason === 'unknown-facility') return 'facilityCode';
      return passwordRefused(reason) ? 'password' : undefined;
    },
  });
  return (
    <Form form={form} className="flex flex-col gap-4">
      <TextField name="email" label={t('admin.email')} type="email" inputMode="email" />
      <NameAndJob />
      <FacilityField optional={form.fields.watch('administrator')} />
      <AdministratorField />
      <PasswordField name="password" label={t('admin.initialPassword')} />
      <FormRefusal />
      <SubmitButton kind="primary" className="self-end" sending={t('form.saving')}>
        {t('admin.create')}
      </SubmitButton>
    </Form>
  );
}

/** Neither address nor facility of an account change. */
function ChangeUserForm({ user, onDone }: { user: User; onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const saved = useSaved(onDone);
  const save = useMutation({ mutationFn: (change: ChangeUser) => changeUser(user.id, change), onSuccess: saved });
  const stand = useMutation({
    mutationFn: (change: ChangeUser) => changeUser(user.id, change),
    // Who may try again: the form stays open.
    onSuccess: (_answer, change) => (change.unlock === true ? void toast(t('admin.unlocked')) : saved()),
  });
  const { name, nameKana, job, administrator } = user;
  const form = useContractForm({
    schema: changeUserSchema,
    start: { name, nameKana, job, administrator, newPassword: '' },
    bodyOf: (typed) => ({
      ...typed,
      administrator: typed.administrator === administrator ? undefined : typed.administrator,
      newPassword: typed.newPassword === '' ? undefined : typed.newPassword,
    }),
    send: save.mutateAsync,
    fieldOf: ({ reason }) => (passwordRefused(reason) ? 'newPassword' : undefined),
  });
  return (
    <Form form={form} className="flex flex-col gap-4">
      <NameAndJob />
      <AdministratorField />
      {/* So that a browser keeps the password under the address it belongs to, and not under that of who gives it. */}
      <input type="email" autoComplete="username" value={user.email} readOnly hidden />
      <PasswordField name="newPassword" label={t('admin.newPassword')} hint={t('admin.newPasswordHint')} optional />
      <FormRefusal />
      {stand.error === null ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(stand.error)}
        </p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <StandingButtons user={user} onChange={stand.mutate} />
        <SubmitButton kind="primary" className="ml-auto" sending={t('form.saving')}>
          {t('app.save')}
        </SubmitButton>
      </div>
    </Form>
  );
}

/** A word of thanks and the end of the form. */
function useSaved(onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return async () => {
    toast(t('admin.saved'));
    onDone();
    await client.invalidateQueries({ queryKey: ['users'] });
  };
}

function StandingButtons({ user, onChange }: { user: User; onChange: (change: ChangeUser) => void }) {
  const { t } = useTranslation();
  const name = useStaffName()(user);
  const [asking, setAsking] = useState(false);
  return (
    <>
      {user.disabled ? (
        <Button onClick={() => onChange({ disabled: false })}>{t('admin.enable')}</Button>
      ) : (
        <Button kind="danger" onClick={() => setAsking(true)}>
          {t('admin.disable')}
        </Button>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('admin.disableTitle', { name })}
        body={t('admin.disableBody')}
        confirm={t('admin.disable')}
        onConfirm={() => onChange({ disabled: true })}
      />
      <Button onClick={() => onChange({ unlock: true })}>{t('admin.unlock')}</Button>
    </>
  );
}

function NameAndJob() {
  const { t } = useTranslation();
  return (
    <>
      <div className="grid grid-cols-2 gap-4">
        <TextField name="name" label={t('admin.userName')} />
        <TextField name="nameKana" label={t('admin.userKana')} optional />
      </div>
      <SelectField name="job" label={t('admin.job')}>
        {jobSchema.options.map((one) => (
          <option key={one} value={one}>
            {t(`job.${one}`)}
          </option>
        ))}
      </SelectField>
    </>
  );
}

interface PasswordProps {
  name: string;
  label: string;
  /** What to know beside the rule for passwords. */
  hint?: string;
  optional?: boolean;
}

function PasswordField({ name, label, hint = '', optional = false }: PasswordProps) {
  const { t } = useTranslation();
  return (
    <TextField
      name={name}
      label={label}
      hint={`${t('form.passwordRule')}${hint}`}
      whenEmpty={t('form.flaw.password-short')}
      type="password"
      autoComplete="new-password"
      optional={optional}
    />
  );
}

function FacilityField({ optional }: { optional: boolean }) {
  const { t } = useTranslation();
  const facilities = useFacilities();
  const facilityName = useFacilityName();
  return (
    <SelectField name="facilityCode" label={t('admin.facility')} optional={optional}>
      <option value="">{t('nav.noFacility')}</option>
      {(facilities.data ?? []).map((facility) => (
        <option key={facility.code} value={facility.code}>
          {facilityName(facility)}
        </option>
      ))}
    </SelectField>
  );
}

function AdministratorField() {
  const { t } = useTranslation();
  const { register } = useFormContext();
  return (
    <label className="flex items-start gap-2.5 text-sm">
      <input type="checkbox" className="mt-0.5 size-4 accent-(--color-accent)" {...register('administrator', { deps: ['facilityCode'] })} />
      <span>
        {t('admin.administrator')}
        <span className="block text-xs text-ink-3">{t('admin.administratorHint')}</span>
      </span>
    </label>
  );
}
