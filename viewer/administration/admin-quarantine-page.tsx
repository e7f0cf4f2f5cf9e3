import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Quarantine } from '../../gateway/api/contract/operation.ts';
import { listQuarantine, retryQuarantined } from '../api/operation.ts';
import { Button } from '../design/button.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Notice } from '../design/notice.tsx';
import { toast } from '../design/raised/toast.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { formatBytes } from '../i18n/format-bytes.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { Failure } from '../shell/failure.tsx';
import { QUARANTINE_REASONS } from './quarantine-reasons.ts';

const DOORS = ['dimse', 'stow', 'upload', 'import', 'reindex'] as const;

export function AdminQuarantinePage() {
  const keptFocus = useKeptFocus<HTMLDivElement>();
  return (
    <div {...keptFocus}>
      <Entries />
    </div>
  );
}

function Entries() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: ['quarantine'], queryFn: ({ signal }) => listQuarantine(signal) });
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  if (data.entries.length === 0) return <Notice icon={ShieldCheck} title={t('admin.noEntries')} />;
  return (
    <>
      <p className="mb-3 text-sm text-pretty text-ink-2">{t('admin.quarantineIntro')}</p>
      <ul aria-label={t('admin.quarantine')} className="divide-y divide-line rounded-lg border border-line">
        {data.entries.map((entry) => (
          <Row key={entry.id} entry={entry} />
        ))}
      </ul>
    </>
  );
}

function Row({ entry }: { entry: Quarantine }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const reason = QUARANTINE_REASONS.find((known) => known === entry.reason);
  const door = DOORS.find((known) => known === entry.door);
  const facts = [
    facilityName({ code: entry.facilityCode, name: entry.facilityName }),
    formatInstant(entry.at, language),
    door === undefined ? entry.door : t(`admin.doors.${door}`),
    entry.sender ?? '',
    formatBytes(entry.bytes),
  ].filter((text) => text !== '');
  return (
    <li data-testid="quarantined" className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-[1_1_16rem]">
        <p className="text-sm break-all text-ink">{entry.fileName ?? t('admin.noFileName')}</p>
        <p className="text-sm text-danger">{reason === undefined ? entry.reason : t(`admin.reasons.${reason}`)}</p>
        <p className="flex flex-wrap gap-x-3 text-xs text-ink-2">
          {facts.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        {entry.mayTakeOut ? (
          <Button asChild size="small">
            <a href={`/api/quarantine/${entry.id}/file`} download>
              {t('admin.takeOut')}
            </a>
          </Button>
        ) : null}
        <RetryButton id={entry.id} />
      </div>
    </li>
  );
}

function RetryButton({ id }: { id: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => retryQuarantined(id),
    onSuccess: ({ outcome }) => {
      const failed = outcome === 'quarantined' || outcome === 'refused' || outcome === 'skipped';
      toast(t(failed ? 'admin.retriedInVain' : 'admin.retried'), failed ? 'problem' : undefined);
    },
    onError: (error) => toast(errorText(error), 'problem'),
    onSettled: () => client.invalidateQueries({ queryKey: ['quarantine'] }),
  });
  return (
    <Button size="small" busy={retry.isPending} onClick={() => retry.mutate()}>
      {t(retry.isPending ? 'admin.retrying' : 'admin.retryReceive')}
    </Button>
  );
}
