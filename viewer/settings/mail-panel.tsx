import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { MAIL_KINDS, MAIL_MODES, type MailChoices, mailAddressSchema, mailCodeSchema } from '../../gateway/api/contract/notices.ts';
import { askMailCode, chooseMail, confirmMail, getMail, removeMail } from '../api/account.ts';
import { Button } from '../design/button.tsx';
import { Panel } from '../design/panel.tsx';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useSession } from '../session/use-session.ts';
import { Failure } from '../shell/failure.tsx';
import { useTold } from './use-factors.ts';

const MAIL = ['mail'] as const;

/** Notices by mail, where the region sends any, for who belongs to a facility that is told of something. */
export function MailPanel() {
  const { t } = useTranslation();
  const { user } = useSession();
  const mail = useQuery({ queryKey: MAIL, queryFn: ({ signal }) => getMail(signal), enabled: user.facility !== null });
  if (user.facility === null || mail.isPending || mail.data?.served === false) return null;
  return (
    <Panel title={t('settings.mail')} intro={t('settings.mailIntro')}>
      {mail.isError ? <Failure error={mail.error} onRetry={() => void mail.refetch()} /> : <Choices mail={mail.data} />}
    </Panel>
  );
}

function useMailChanged() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: MAIL });
}

function Choices({ mail }: { mail: MailChoices }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { address, pendingAddress, failedAt } = mail;
  return (
    <div className="flex flex-col gap-5" data-testid="mail">
      {failedAt === null ? null : (
        <p role="alert" className="text-sm text-danger">
          {t('settings.mailFailed', { at: formatInstant(failedAt, language) })}
        </p>
      )}
      {address === null ? null : <Confirmed address={address} />}
      {pendingAddress === null ? null : <Code key={pendingAddress} address={pendingAddress} />}
      {address === null ? null : <HowOften mail={mail} />}
      <Address key={address ?? ''} has={address !== null} />
    </div>
  );
}

function Confirmed({ address }: { address: string }) {
  const { t } = useTranslation();
  const changed = useMailChanged();
  const remove = useTold(removeMail, async () => {
    toast(t('settings.mailRemoved'));
    await changed();
  });
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 text-sm">
      <p className="min-w-0 break-all">
        <span className="text-ink-2">{t('settings.mailTo')}</span> {address}
      </p>
      <Button kind="bare" size="small" busy={remove.isPending} onClick={() => remove.mutate(undefined)}>
        {t('settings.mailRemove')}
      </Button>
    </div>
  );
}

function Address({ has }: { has: boolean }) {
  const { t } = useTranslation();
  const changed = useMailChanged();
  const form = useContractForm({
    schema: mailAddressSchema,
    start: { address: '' },
    send: async (body) => {
      await askMailCode(body);
      form.fields.reset();
      toast(t('settings.mailCodeSent'));
      await changed();
    },
    fieldOf: ({ reason }) => (reason === 'mail-address' || reason === 'mail-codes' ? 'address' : undefined),
  });
  return (
    <Form form={form} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-start gap-3">
        <div className="min-w-48 flex-1">
          <TextField name="address" type="email" inputMode="email" label={t(has ? 'settings.mailOther' : 'settings.mailAddress')} />
        </div>
        <SubmitButton className="mt-[1.4rem]" sending={t('settings.mailSending')}>
          {t('settings.mailSendCode')}
        </SubmitButton>
      </div>
      <FormRefusal />
    </Form>
  );
}

function Code({ address }: { address: string }) {
  const { t } = useTranslation();
  const changed = useMailChanged();
  const form = useContractForm({
    schema: mailCodeSchema,
    start: { code: '' },
    send: async () => {
      await confirmMail({ code: form.fields.getValues('code') });
      toast(t('settings.mailConfirmed'));
      await changed();
    },
    fieldOf: ({ reason }) => (reason === 'mail-code' || reason === 'mail-code-ended' ? 'code' : undefined),
  });
  return (
    <Form form={form} className="flex flex-col gap-3 rounded-md border border-accent/50 bg-accent-soft p-3">
      <p className="text-sm break-words text-pretty">{t('settings.mailPending', { address })}</p>
      <div className="flex flex-wrap items-start gap-3">
        <div className="w-40">
          <TextField name="code" label={t('settings.mailCode')} inputMode="numeric" autoComplete="one-time-code" />
        </div>
        <SubmitButton className="mt-[1.4rem]" sending={t('settings.mailSending')}>
          {t('settings.mailConfirm')}
        </SubmitButton>
      </div>
      <FormRefusal />
    </Form>
  );
}

const look = 'flex items-center gap-2.5 text-sm pointer-coarse:min-h-11';
const mark = 'size-4 shrink-0 accent-(--color-accent)';

/** Kept as it is chosen. */
function HowOften({ mail: { mode, kinds } }: { mail: MailChoices }) {
  const { t } = useTranslation();
  const changed = useMailChanged();
  const save = useTold(chooseMail, async () => {
    toast(t('settings.mailKept'));
    await changed();
  });
  const shown = save.isPending ? save.variables : { mode, kinds };
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <fieldset disabled={save.isPending}>
        <legend className="mb-1 text-xs text-ink-2">{t('settings.mailHowOften')}</legend>
        {MAIL_MODES.map((one) => (
          <label key={one} className={look}>
            <input
              type="radio"
              name="mail-mode"
              className={mark}
              checked={shown.mode === one}
              onChange={() => save.mutate({ mode: one, kinds })}
            />
            {t(`settings.mailMode.${one}`)}
          </label>
        ))}
      </fieldset>
      <fieldset disabled={save.isPending || shown.mode === 'off'} className="disabled:opacity-60">
        <legend className="mb-1 text-xs text-ink-2">{t('settings.mailOfWhat')}</legend>
        {MAIL_KINDS.map((kind) => (
          <label key={kind} className={look}>
            <input
              type="checkbox"
              className={mark}
              checked={shown.kinds.includes(kind)}
              // One at least: who wants none has a choice for that.
              disabled={shown.kinds.length === 1 && shown.kinds.includes(kind)}
              onChange={({ currentTarget: { checked } }) =>
                save.mutate({ mode, kinds: MAIL_KINDS.filter((other) => (other === kind ? checked : kinds.includes(other))) })
              }
            />
            {t(`settings.mailKind.${kind}`)}
          </label>
        ))}
      </fieldset>
    </div>
  );
}
