import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { withdrawAllConsents } from '../api/consents.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { useConsentAct } from './use-consents.ts';

/** The patient is here, and what they agreed to was perhaps taken elsewhere: all of it ends. */
export function WithdrawAll({ patientId }: { patientId: string }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const withdraw = useConsentAct(() => withdrawAllConsents(patientId), t('consent.withdrewAll'));
  return (
    <details className="border-t border-line pt-2" data-testid="withdraw-all">
      <summary className="cursor-pointer py-1 text-sm text-ink-2 pointer-coarse:py-3">{t('consent.allEnd')}</summary>
      <p className="mb-3 text-xs text-pretty text-ink-2">{t('consent.allEndIntro')}</p>
      <Button kind="danger" busy={withdraw.isPending} onClick={() => setAsking(true)}>
        {t('consent.withdrawAll')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('consent.withdrawAllTitle')}
        body={t('consent.withdrawAllBody')}
        confirm={t('consent.withdrawAll')}
        onConfirm={() => withdraw.mutate()}
      />
    </details>
  );
}
