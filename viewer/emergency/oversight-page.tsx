import { useTranslation } from 'react-i18next';
import { decideOversight, listEmergencyOversight } from '../api/emergencies.ts';
import { useKeptFocus } from '../design/kept-focus.ts';
import { ReviewQueue } from './review-queue.tsx';

/** All that was opened in emergencies in the region, for its administrators. */
export function EmergencyOversightPage() {
  const { t } = useTranslation();
  const keptFocus = useKeptFocus<HTMLElement>();
  return (
    <section {...keptFocus} aria-label={t('emergency.reviews')}>
      <h2 className="text-base font-semibold">{t('emergency.reviews')}</h2>
      <p className="mt-1 mb-6 max-w-prose text-sm text-pretty text-ink-2">{t('emergency.oversightIntro')}</p>
      <ReviewQueue whose="region" list={listEmergencyOversight} decide={decideOversight} />
    </section>
  );
}
