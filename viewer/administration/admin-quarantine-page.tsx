import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Quarantine } from '../../gateway/api/contract.ts';
import { listQuarantine } from '../api/gateway.ts';
import { Notice } from '../design/notice.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { formatBytes } from '../i18n/format-bytes.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';

/** What the gateway's reader says; one it does not name here is shown as it is. */
const REASONS = [
  'not-dicom',
  'empty',
  'dicomdir',
  'no-sop-instance-uid',
  'no-sop-class-uid',
  'no-study-instance-uid',
  'no-series-instance-uid',
  'unstorable-sop-instance-uid',
  'unstorable-sop-class-uid',
  'unstorable-study-instance-uid',
  'unstorable-series-instance-uid',
  'header-too-large',
  'header-too-deep',
  'header-too-many-elements',
  'header-too-many-items',
  'too-many-fragments',
  'reader-failed',
  'invalid',
] as const;
const DOORS = ['dimse', 'stow', 'upload', 'import', 'reindex'] as const;

export function AdminQuarantinePage() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { data, error } = useQuery({ queryKey: ['quarantine'], queryFn: ({ signal }) => listQuarantine(signal) });
  if (error !== null) {
    return (
      <p role="alert" className="text-sm text-danger">
        {errorText(error)}
      </p>
    );
  }
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  if (data.entries.length === 0) return <Notice icon={ShieldCheck} title={t('admin.noEntries')} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone it is wider than the screen, and the keyboard must scroll it too (WCAG 2.1.1)
    <section tabIndex={0} aria-label={t('admin.quarantine')} className="overflow-x-auto rounded-lg border border-line">
      <table className="w-full text-left text-sm">
        <thead className="bg-surface text-xs text-ink-2">
          <tr>
            {(['received', 'facility', 'reason', 'bytes', 'door', 'sender'] as const).map((column) => (
              <th key={column} scope="col" className="px-3 py-2 font-medium whitespace-nowrap">
                {t(`admin.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {data.entries.map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ entry }: { entry: Quarantine }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const reason = REASONS.find((known) => known === entry.reason);
  const door = DOORS.find((known) => known === entry.door);
  return (
    <tr>
      <td className="px-3 py-2 whitespace-nowrap text-ink-2">{formatInstant(entry.at, language)}</td>
      <td className="px-3 py-2 font-mono text-xs whitespace-nowrap">{entry.facilityCode}</td>
      <td className="min-w-48 px-3 py-2">{reason === undefined ? entry.reason : t(`admin.reasons.${reason}`)}</td>
      <td className="px-3 py-2 text-right whitespace-nowrap text-ink-2">{formatBytes(entry.bytes)}</td>
      <td className="px-3 py-2 whitespace-nowrap text-ink-2">{door === undefined ? entry.door : t(`admin.doors.${door}`)}</td>
      <td className="px-3 py-2 font-mono text-xs text-ink-2">{entry.sender ?? '–'}</td>
    </tr>
  );
}
