import { useTranslation } from 'react-i18next';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { formatInstantDay } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';

/** For what and until when a study was given to who reads this; empty: it is the facility's own. */
export function useGivenTerm({ sharedUntil, mayDownload }: Pick<StudySummary, 'sharedUntil' | 'mayDownload'>): string {
  const { t } = useTranslation();
  const language = useLanguage();
  if (sharedUntil === null) return '';
  const until = t('studies.until', { date: formatInstantDay(sharedUntil, language) });
  return mayDownload ? until : `${t('studies.viewOnly')}${t('app.and')}${until}`;
}
