import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { confirmAuthenticatorSchema, type Factors, type NewAuthenticator } from '../../gateway/api/contract/session.ts';
import { beginAuthenticator, confirmAuthenticator, getFactors, removeAuthenticator, renewRecoveryCodes } from '../api/account.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { QrCode } from '../design/qr-code.tsx';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { formatInstantDay } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { CodeField } from '../session/factor/factor-fields.tsx';
import { FACTORS } from '../session/use-session.ts';
import { Failure } from '../shell/failure.tsx';
import { RecoveryCodeList } from './recovery-code-list.tsx';
import { useChanged, useNewCodes, useTold } from './use-factors.ts';

/** One's own second factor: set up, made anew, switched off. */
export function SecondFactorPanel() {
  const keptFocus = useKeptFocus<HTMLDivElement>();
  const [setting, setSetting] = useState<NewAuthenticator>();
  const { codes, setCodes, added, kept } = useNewCodes();
  const factors = useQuery({ queryKey: FACTORS, queryFn: ({ signal }) => getFactors(signal) });
  const begin = useTold(beginAuthenticator, setSetting);
  const confirm = async (code: string) => {
    const { recoveryCodes } = await confirmAuthenticator({ code });
    setSetting(undefined);
    await added(recoveryCodes, 'factors.switchedOn');
  };
  if (factors.isError) return <Failure error={factors.error} onRetry={() => void factors.refetch()} />;
  if (factors.data === undefined) return null;
  return (
    <div {...keptFocus} className="flex flex-col gap-4">
      <State factors={factors.data} />
      {codes.length === 0 ? null : <RecoveryCodeList codes={codes} onKept={kept} />}
      {setting === undefined ? (
        <Acts factors={factors.data} begin={() => begin.mutate(undefined)} beginning={begin.isPending} onCodes={setCodes} />
      ) : (
        <SetUp setting={setting} onConfirm={confirm} onCancel={() => setSetting(undefined)} />
      )}
    </div>
  );
}

function State({ factors: { authenticator, passkeys, recoveryCodesLeft } }: { factors: Factors }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (authenticator === null && passkeys.length === 0) return <p className="text-sm text-ink-2">{t('factors.off')}</p>;
  return (
    <div className="text-sm">
      <p>{authenticator === null ? t('factors.byPasskey') : t('factors.on', { day: formatInstantDay(authenticator.since, language) })}</p>
      <p className={recoveryCodesLeft < FEW_CODES ? 'text-danger' : 'text-ink-2'}>{t('factors.codesLeft', { count: recoveryCodesLeft })}</p>
    </div>
  );
}

/** Fewer than that are soon none. */
const FEW_CODES = 3;

interface ActsProps {
  factors: Factors;
  begin: () => void;
  beginning: boolean;
  onCodes: (codes: readonly string[]) => void;
}

function Acts({ factors, begin, beginning, onCodes }: ActsProps) {
  const { t } = useTranslation();
  const changed = useChanged();
  const [asking, setAsking] = useState<'remove' | 'renew'>();
  const remove = useTold(removeAuthenticator, async () => {
    onCodes([]);
    toast(t('factors.switchedOff'));
    await changed();
  });
  const renew = useTold(renewRecoveryCodes, async ({ recoveryCodes }) => {
    onCodes(recoveryCodes);
    await changed();
  });
  const { authenticator, passkeys } = factors;
  const isAnyOn = authenticator !== null || passkeys.length > 0;
  return (
    <div className="flex flex-wrap gap-2">
      {isAnyOn ? (
        <Button busy={renew.isPending} onClick={() => setAsking('renew')}>
          {t('factors.renewCodes')}
        </Button>
      ) : null}
      <Button busy={beginning} onClick={begin}>
        {t(authenticator === null ? 'factors.setUp' : 'factors.replace')}
      </Button>
      {authenticator === null ? null : (
        <Button kind="danger" busy={remove.isPending} onClick={() => setAsking('remove')}>
          {t('factors.switchOff')}
        </Button>
      )}
      <Confirm
        open={asking === 'remove'}
        onOpenChange={() => setAsking(undefined)}
        title={t('factors.switchOffTitle')}
        body={t(passkeys.length === 0 ? 'factors.switchOffBody' : 'factors.switchOffOne')}
        confirm={t('factors.switchOff')}
        onConfirm={() => remove.mutate(undefined)}
      />
      <Confirm
        open={asking === 'renew'}
        onOpenChange={() => setAsking(undefined)}
        title={t('factors.renewTitle')}
        body={t('factors.renewBody')}
        confirm={t('factors.renewCodes')}
        onConfirm={() => renew.mutate(undefined)}
      />
    </div>
  );
}

interface SetUpProps {
  setting: NewAuthenticator;
  onConfirm: (code: string) => Promise<void>;
  onCancel: () => void;
}

function SetUp({ setting, onConfirm, onCancel }: SetUpProps) {
  const { t } = useTranslation();
  const form = useContractForm({
    schema: confirmAuthenticatorSchema,
    start: { code: '' },
    send: ({ code }) => onConfirm(code),
    fieldOf: ({ reason }) => (reason === 'wrong-code' ? 'code' : undefined),
  });
  const here = useRef<HTMLDivElement>(null);
  // The button that begins it may be the last thing on the screen.
  useEffect(() => {
    here.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <Form form={form} className="flex flex-col gap-4" aria-label={t('factors.setUp')}>
      <p className="text-sm text-pretty text-ink-2">{t('factors.scan')}</p>
      <div className="flex flex-wrap items-start gap-4">
        <QrCode text={setting.uri} label={t('factors.qr')} />
        <div className="min-w-48 flex-1 text-sm">
          <p className="text-ink-2">{t('factors.byHand')}</p>
          <code className="mt-1 block font-mono text-xs break-all text-ink select-all" data-testid="authenticator-secret">
            {inGroups(setting.secret)}
          </code>
        </div>
      </div>
      <CodeField className="w-48" />
      <FormRefusal />
      <div className="flex gap-2">
        <SubmitButton kind="primary" sending={t('signIn.submitting')}>
          {t('factors.switchOn')}
        </SubmitButton>
        <Button onClick={onCancel}>{t('app.cancel')}</Button>
      </div>
      <div ref={here} className="-mt-4 scroll-mb-6" />
    </Form>
  );
}

const inGroups = (secret: string) => (secret.match(/.{1,4}/g) ?? []).join(' ');
