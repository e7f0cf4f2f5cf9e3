import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Notice } from '../../gateway/api/contract/notices.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useSettlement } from './use-notices.ts';

/** Two places claim one UID: which is right, or both. What was decided stays to be read. */
export function NoticeSettlement({ notice }: { notice: Notice }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const settlement = useSettlement();
  const [asking, setAsking] = useState(false);
  if (notice.settlement !== null) {
    return (
      <p data-testid="settled" className="text-xs text-ink-2">
        {t(notice.settlement === 'correction' ? 'notices.settledCorrection' : 'notices.settledTwoObjects')}
      </p>
    );
  }
  if (!notice.maySettle) return null;
  const { id, kind } = notice;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button size="small" busy={settlement.isPending} onClick={() => setAsking(true)} data-testid="settle-correction">
        {t('notices.correction')}
      </Button>
      <Button
        size="small"
        busy={settlement.isPending}
        onClick={() => settlement.mutate({ id, settlement: 'two-objects' })}
        data-testid="settle-two-objects"
      >
        {t('notices.twoObjects')}
      </Button>
      {settlement.error === null ? null : (
        <p role="alert" className="text-xs text-danger">
          {t('notices.settleFailed')}　{errorText(settlement.error)}
        </p>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('notices.correctionTitle')}
        body={t(kind === 'other-patient' ? 'notices.correctionPatientBody' : 'notices.correctionInstanceBody')}
        confirm={t('notices.correction')}
        onConfirm={() => settlement.mutate({ id, settlement: 'correction' })}
      />
    </div>
  );
}
