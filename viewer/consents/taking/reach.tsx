import { useTranslation } from 'react-i18next';
import type { ConsentReachAnswer } from '../../../gateway/api/contract/consents.ts';

/** What it would open, before anybody presses. Undefined: not known yet. */
export function Reach({ reach }: { reach: ConsentReachAnswer | undefined }) {
  const { t } = useTranslation();
  if (reach === undefined) return null;
  return (
    <p role="status" className="rounded-md bg-info-soft px-3 py-2 text-sm text-info" data-testid="reach">
      {t('takeConsent.reach', {
        studies: t('consent.studies', { count: reach.studyCount }),
        facilities: t('consent.facilities', { count: reach.facilityCount }),
      })}{' '}
      {t('takeConsent.reachLater')}
    </p>
  );
}
