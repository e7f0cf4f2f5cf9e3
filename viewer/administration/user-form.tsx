import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { jobSchema } from '../../gateway/api/contract/fields.ts';
import { type ChangeUser, changeUserSchema, createUserSchema, type User } from '../../gateway/api/contract/people.ts';
import { changeUser, createUser, getSignInWait, resetFactors } from '../api/people.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { toast } from '../design/raised/toast.tsx';
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

const NOBODY = { email: '', name: '', nameKana: '', job: '', facilityCode: '', administrator: false, password: '' };
/** Chosen, and no code of a facility: those have letters and digits. */
const NO_FACILITY = '*';

function NewUserForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const saved = useSaved(onDone);
  const create = useMutation({ mutationFn: createUser, onSuccess: saved });
  const form = useContractForm({
    schema: createUserSchema,
    start: NOBODY,
    bodyOf: ({ facilityCode, ...fields }) => ({ ...fields, facilityCode: facilityCodeOf(facilityCode) }),
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
      <NameAndJob asks />
      <FacilityField />
      <AdministratorField />
      <PasswordField name="password" label={t('admin.initialPassword')} />
      <FormRefusal />
      <SubmitButton kind="primary" className="self-end" sending={t('form.saving')}>
        {t('admin.create')}
      </SubmitButton>
    </Form>
  );
}

/** Undefined: nothing is chosen yet. */
function facilityCodeOf(chosen: string): string | null | undefined {
  if (chosen === '') return undefined;
  return chosen === NO_FACILITY ? null : chosen;
}

/** Neither address nor facility of an account change. */
function ChangeUserForm({ user, onDone }: { user: User; onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const saved = useSaved(onDone);
  const save = useMutation({ mutationFn: (change: ChangeUser) => changeUser(user.id, change), onSuccess: saved });
  const stand = useMutation({ mutationFn: (change: ChangeUser) => changeUser(user.id, change), onSuccess: saved });
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
      <SignInWait user={user} />
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
        {user.secondFactor ? <ResetFactors user={user} onDone={saved} /> : null}
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

/** Whoever guessed wrong has to wait, the user or somebody else. Looked up anew each time, since a telephone call is what brings people here. */
function SignInWait({ user: { id } }: { user: User }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const keptFocus = useKeptFocus<HTMLDivElement>();
  const wait = useQuery({ queryKey: ['sign-in-wait', id], queryFn: ({ signal }) => getSignInWait(id, signal), gcTime: 0 });
  const unlock = useMutation({
    mutationFn: () => changeUser(id, { unlock: true }),
    onSuccess: () => {
      toast(t('admin.unlocked'));
      return wait.refetch();
    },
    onError: (error) => toast(errorText(error), 'problem'),
  });
  return (
    <div {...keptFocus} className="empty:hidden">
      {wait.data?.waits === true ? (
        <section aria-label={t('admin.unlock')} className="flex flex-col items-start gap-2 rounded-md border border-line p-3">
          <p className="text-sm text-pretty text-ink-2">{t('admin.waits')}</p>
          <Button size="small" busy={unlock.isPending} onClick={() => unlock.mutate()}>
            {t('admin.unlock')}
          </Button>
        </section>
      ) : null}
    </div>
  );
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
    </>
  );
}

/** For who has lost telephone and recovery codes. */
function ResetFactors({ user, onDone }: { user: User; onDone: () => Promise<void> }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const name = useStaffName()(user);
  const [asking, setAsking] = useState(false);
  const reset = useMutation({
    mutationFn: () => resetFactors(user.id),
    onSuccess: async () => {
      await onDone();
      toast(t('admin.factorsReset'));
    },
    onError: (error) => toast(errorText(error), 'problem'),
  });
  return (
    <>
      <Button busy={reset.isPending} onClick={() => setAsking(true)}>
        {t('admin.resetFactors')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('admin.resetFactorsTitle', { name })}
        body={t('admin.resetFactorsBody')}
        confirm={t('admin.resetFactors')}
        onConfirm={() => reset.mutate()}
      />
    </>
  );
}

function NameAndJob({ asks = false }: { asks?: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <div className="grid grid-cols-2 gap-4">
        <TextField name="name" label={t('admin.userName')} />
        <TextField name="nameKana" label={t('admin.userKana')} optional />
      </div>
      <SelectField name="job" label={t('admin.job')} asks={asks}>
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

function FacilityField() {
  const { t } = useTranslation();
  const facilities = useFacilities();
  const facilityName = useFacilityName();
  return (
    <SelectField name="facilityCode" label={t('admin.facility')} whenEmpty={t('form.flaw.no-facility')} asks>
      {(facilities.data ?? []).map((facility) => (
        <option key={facility.code} value={facility.code}>
          {facilityName(facility)}
        </option>
      ))}
      <option value={NO_FACILITY}>{t('nav.noFacility')}</option>
    </SelectField>
  );
}

function AdministratorField() {
  const { t } = useTranslation();
  const { register } = useFormContext();
  return (
    <label className="flex items-start gap-2.5 text-sm">
      <input
        type="checkbox"
        className="mt-0.5 size-4 shrink-0 accent-(--color-accent)"
        {...register('administrator', { deps: ['facilityCode'] })}
      />
      <span>
        {t('admin.administrator')}
        <span className="block text-xs text-ink-3">{t('admin.administratorHint')}</span>
      </span>
    </label>
  );
}
