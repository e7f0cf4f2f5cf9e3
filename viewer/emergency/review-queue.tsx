import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { EmergencyList } from '../../gateway/api/contract/emergencies.ts';
import { Notice } from '../design/notice.tsx';
import { Failure } from '../shell/failure.tsx';
import { EmergencyEntry } from './emergency-entry.tsx';
import { type Decide, ReviewForm } from './review-form.tsx';

interface Props {
  /** Whose queue: part of the name under which the answer is kept. */
  whose: 'facility' | 'region';
  list: (signal: AbortSignal) => Promise<EmergencyList>;
  decide: Decide;
}

const LOOK_AGAIN_MS = 60_000;

/** What waits first, red; below, what was decided. */
export function ReviewQueue({ whose, list, decide }: Props) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['emergencies', whose],
    queryFn: ({ signal }) => list(signal),
    refetchInterval: LOOK_AGAIN_MS,
  });
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  const { emergencies } = data;
  if (emergencies.length === 0) return <Notice icon={ShieldCheck} title={t('emergency.none')} body={t('emergency.noneBody')} />;
  const waiting = emergencies.filter(({ mayReview }) => mayReview);
  const others = emergencies.filter(({ mayReview }) => !mayReview);
  return (
    <div className="flex flex-col gap-8">
      <section aria-label={t('emergency.waiting')}>
        <h2 className="mb-3 text-base font-semibold">
          {t('emergency.waiting')} <span className={waiting.length === 0 ? 'text-ink-3' : 'text-danger'}>{waiting.length}</span>
        </h2>
        {waiting.length === 0 ? <p className="text-sm text-ink-2">{t('emergency.nothingWaits')}</p> : null}
        <ul className="flex flex-col gap-4">
          {waiting.map((emergency) => (
            <EmergencyEntry key={emergency.id} emergency={emergency}>
              <ReviewForm emergency={emergency} decide={decide} />
            </EmergencyEntry>
          ))}
        </ul>
      </section>
      {others.length === 0 ? null : (
        <section aria-label={t('emergency.others')}>
          <h2 className="mb-3 text-base font-semibold">{t('emergency.others')}</h2>
          <ul className="flex flex-col gap-4">
            {others.map((emergency) => (
              <EmergencyEntry key={emergency.id} emergency={emergency} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
