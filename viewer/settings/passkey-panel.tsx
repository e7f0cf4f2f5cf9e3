import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { namePasskeySchema, type Passkey } from '../../gateway/api/contract/passkeys.ts';
import { addPasskey, askNewPasskey, getFactors, removePasskey, renamePasskey } from '../api/account.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Dialog } from '../design/raised/dialog.tsx';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { formatInstantDay } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { browserKnowsPasskeys, makePasskey, PasskeyNotShown } from '../session/factor/passkey-prompt.ts';
import { FACTORS } from '../session/use-session.ts';
import { Failure } from '../shell/failure.tsx';
import { RecoveryCodeList } from './recovery-code-list.tsx';
import { useChanged, useNewCodes, useTold } from './use-factors.ts';

/** One's own passkeys: added, named, removed. */
export function PasskeyPanel() {
  const { t } = useTranslation();
  const keptFocus = useKeptFocus<HTMLDivElement>();
  const { codes, added, kept } = useNewCodes();
  const factors = useQuery({ queryKey: FACTORS, queryFn: ({ signal }) => getFactors(signal) });
  if (factors.isError) return <Failure error={factors.error} onRetry={() => void factors.refetch()} />;
  if (factors.data === undefined) return null;
  const { passkeys, passkeysPossible } = factors.data;
  const possible = passkeysPossible && browserKnowsPasskeys();
  return (
    <div {...keptFocus} className="flex flex-col gap-4">
      {passkeys.length === 0 ? <p className="text-sm text-ink-2">{t('passkeys.none')}</p> : null}
      {passkeys.length === 0 ? null : (
        <ul className="divide-y divide-line">
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} />
          ))}
        </ul>
      )}
      {codes.length === 0 ? null : <RecoveryCodeList codes={codes} onKept={kept} />}
      {possible ? <NewPasskey onAdded={(recoveryCodes) => added(recoveryCodes, 'passkeys.added')} /> : null}
      {possible ? null : <p className="text-sm text-ink-3">{t(passkeysPossible ? 'passkeys.oldBrowser' : 'passkeys.notHere')}</p>}
    </div>
  );
}

function NewPasskey({ onAdded }: { onAdded: (recoveryCodes: readonly string[]) => Promise<void> }) {
  const { t } = useTranslation();
  const form = useContractForm({
    schema: namePasskeySchema,
    start: { name: '' },
    send: async ({ name }) => {
      const made = await makePasskey(await askNewPasskey()).catch((stopped: unknown) => {
        if (!(stopped instanceof PasskeyNotShown)) throw stopped;
        toast(t('passkeys.notMade'), 'problem');
      });
      if (made === undefined) return;
      const { recoveryCodes } = await addPasskey({ ...made, name });
      form.fields.reset();
      await onAdded(recoveryCodes);
    },
  });
  return (
    <Form form={form} className="flex flex-col gap-3" aria-label={t('passkeys.add')}>
      <div className="flex flex-wrap items-start gap-3">
        <div className="min-w-48 flex-1">
          <TextField name="name" label={t('passkeys.name')} placeholder={t('passkeys.namePlaceholder')} />
        </div>
        <SubmitButton className="mt-[1.4rem]" sending={t('passkey.waiting')}>
          {t('passkeys.add')}
        </SubmitButton>
      </div>
      <FormRefusal />
    </Form>
  );
}

function PasskeyRow({ passkey }: { passkey: Passkey }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const changed = useChanged();
  const [asking, setAsking] = useState<'name' | 'remove'>();
  const remove = useTold(removePasskey, async () => {
    toast(t('passkeys.removed'));
    await changed();
  });
  const { id, name, createdAt, lastUsedAt } = passkey;
  const said = [
    `${t('passkeys.since')} ${formatInstantDay(createdAt, language)}`,
    lastUsedAt === null ? t('settings.never') : `${t('settings.lastUsed')} ${formatInstantDay(lastUsedAt, language)}`,
  ];
  return (
    <li className="flex items-center gap-3 py-2">
      <div className="min-w-0 flex-1">
        <p className="truncate text-sm">{name}</p>
        <p className="text-2xs text-ink-3">{said.join('　')}</p>
      </div>
      <Button kind="bare" size="small" aria-label={`${t('passkeys.rename')}: ${name}`} onClick={() => setAsking('name')}>
        {t('passkeys.rename')}
      </Button>
      <Button
        kind="bare"
        size="small"
        className="text-danger! hover:text-danger!"
        aria-label={`${t('passkeys.remove')}: ${name}`}
        busy={remove.isPending}
        onClick={() => setAsking('remove')}
      >
        {t('passkeys.remove')}
      </Button>
      {asking === 'name' ? <Rename passkey={passkey} onDone={() => setAsking(undefined)} /> : null}
      <Confirm
        open={asking === 'remove'}
        onOpenChange={() => setAsking(undefined)}
        title={t('passkeys.removeTitle')}
        body={t('passkeys.removeBody', { name })}
        confirm={t('passkeys.remove')}
        onConfirm={() => remove.mutate(id)}
      />
    </li>
  );
}

function Rename({ passkey: { id, name }, onDone }: { passkey: Passkey; onDone: () => void }) {
  const { t } = useTranslation();
  const changed = useChanged();
  const form = useContractForm({
    schema: namePasskeySchema,
    start: { name },
    send: async (body) => {
      await renamePasskey(id, body);
      await changed({ stays: true });
      onDone();
    },
  });
  return (
    <Dialog open onOpenChange={onDone} title={t('passkeys.rename')}>
      <Form form={form} className="flex flex-col gap-4">
        <TextField name="name" label={t('passkeys.name')} autoFocus />
        <FormRefusal />
        <div className="flex justify-end gap-2">
          <Button onClick={onDone}>{t('app.cancel')}</Button>
          <SubmitButton kind="primary" sending={t('app.save')}>
            {t('app.save')}
          </SubmitButton>
        </div>
      </Form>
    </Dialog>
  );
}
