import { Siren } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';

/** Stands as long as what is on the screen is there by an emergency alone. `until`: of each study; null: it was given. */
export function EmergencyBar({ until }: { until: readonly (string | null)[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [first] = until.filter((one) => one !== null).toSorted();
  if (first === undefined) return null;
  return (
    <p
      role="note"
      data-testid="emergency-bar"
      className="flex shrink-0 items-center justify-center gap-2 border-b border-danger bg-[#7d1d15] px-3 py-1.5 text-sm font-medium text-white"
    >
      <Siren className="size-4 shrink-0" aria-hidden />
      <span className="text-pretty">{t('studies.emergencyBar', { at: formatInstant(first, language) })}</span>
    </p>
  );
}
