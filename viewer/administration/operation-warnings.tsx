import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { listWarnings } from '../api/operation.ts';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';

/** What only the operator can put right, above every page of the administration. */
export function OperationWarnings() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data } = useQuery({ queryKey: ['warnings'], queryFn: ({ signal }) => listWarnings(signal), select: (answer) => answer.warnings });
  if (data === undefined || data.length === 0) return null;
  return (
    <ul aria-label={t('admin.warnings')} className="mb-4 flex flex-col gap-2">
      {data.map((warning) => (
        <li
          key={`${warning.code} ${warning.detail}`}
          className="flex gap-2.5 rounded-md border border-line-strong bg-surface px-3 py-2.5 text-sm text-ink"
        >
          <TriangleAlert className="mt-0.5 size-4 shrink-0 text-danger" aria-hidden />
          <div className="min-w-0">
            <p className="break-words">{t(`admin.warning.${warning.code}`, { detail: warning.detail })}</p>
            <p className="mt-0.5 text-2xs text-ink-3">{t('admin.warningLast', { at: formatInstant(warning.lastAt, language) })}</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
