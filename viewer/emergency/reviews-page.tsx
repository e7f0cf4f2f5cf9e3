import { ShieldAlert } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { listEmergencyReviews, reviewEmergency } from '../api/emergencies.ts';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Notice } from '../design/notice.tsx';
import { useSession } from '../session/use-session.ts';
import { ReviewQueue } from './review-queue.tsx';

/** What of the facility’s was opened in emergencies, for who reviews it. */
export function EmergencyReviewsPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const keptFocus = useKeptFocus<HTMLElement>();
  useEffect(() => {
    document.title = `${t('emergency.reviews')} – Renkei`;
  }, [t]);
  if (!user.reviewsEmergencies) return <Notice icon={ShieldAlert} title={t('emergency.reviews')} body={t('emergency.notReviewer')} />;
  return (
    <main {...keptFocus} className="h-full overflow-y-auto focus-visible:-outline-offset-2">
      <div className="mx-auto flex min-h-full max-w-3xl flex-col gap-6 p-4 sm:p-8">
        <div>
          <h1 className="text-xl font-semibold">{t('emergency.reviews')}</h1>
          <p className="mt-1 text-sm text-pretty text-ink-2">{t('emergency.reviewsIntro')}</p>
        </div>
        <ReviewQueue whose="facility" list={listEmergencyReviews} decide={reviewEmergency} />
      </div>
    </main>
  );
}
