import { useTranslation } from 'react-i18next';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { formatInstant, formatInstantDay } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';

/** The year in which a consent ends that was given without a term. */
const NO_TERM = '9999';

/** For what and until when a study was given to who reads this; empty: it is the facility's own. */
export function useGivenTerm({
  sharedUntil,
  given,
  emergencyUntil,
  mayDownload,
}: Pick<StudySummary, 'sharedUntil' | 'given' | 'emergencyUntil' | 'mayDownload'>): string {
  const { t } = useTranslation();
  const language = useLanguage();
  if (emergencyUntil !== null) return t('studies.emergencyUntil', { at: formatInstant(emergencyUntil, language) });
  if (sharedUntil === null) return '';
  const words = [
    mayDownload ? '' : t('studies.viewOnly'),
    given === 'consent' ? t('studies.byConsent') : '',
    sharedUntil.startsWith(NO_TERM) ? '' : t('studies.until', { date: formatInstantDay(sharedUntil, language) }),
  ];
  return words.filter((word) => word !== '').join(t('app.and'));
}
