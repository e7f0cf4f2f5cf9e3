import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { echoAETitle } from '../api/people.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { formatInstant } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';

type Entry = NonNullable<Facility['aeTitles']>[number];

/** The registered application entities of a facility: when each last sent, what last went wrong, and whether it answers now. */
export function AETitleList({ facility }: { facility: Facility }) {
  const { t } = useTranslation();
  const entries = facility.aeTitles ?? [];
  if (entries.length === 0) return null;
  return (
    <section aria-label={t('admin.aeState')} className="mt-6 border-t border-line pt-4">
      <h3 className="mb-2 text-xs font-medium text-ink-2">{t('admin.aeState')}</h3>
      <ul className="divide-y divide-line rounded-md border border-line">
        {entries.map((entry) => (
          <Row key={entry.aeTitle} code={facility.code} entry={entry} />
        ))}
      </ul>
    </section>
  );
}

function Row({ code, entry: { aeTitle, host, port, contact } }: { code: string; entry: Entry }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const errorText = useErrorText();
  const echo = useMutation({ mutationFn: () => echoAETitle(code, aeTitle) });
  const { receivedAt, failedAt, error } = contact ?? {};
  const outcome = echo.data?.outcome;
  const reachable = host !== undefined && port !== undefined;
  // A status of DIMSE is shown as the standard writes it (PS3.7 annex C); a rejection has words.
  const rejection = REJECTIONS.find((one) => one === error);
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="font-mono text-sm text-ink">{aeTitle}</p>
        <p className="text-xs text-ink-2">
          {receivedAt === undefined ? t('admin.aeNothingYet') : t('admin.aeReceived', { at: formatInstant(receivedAt, language) })}
        </p>
        {failedAt === undefined ? null : (
          <p className="text-xs text-danger">
            {t('admin.aeFailed', {
              at: formatInstant(failedAt, language),
              error: rejection === undefined ? `0x${error ?? ''}` : t(`admin.rejected.${rejection}`),
            })}
          </p>
        )}
        {reachable ? null : <p className="text-xs text-pretty text-ink-3">{t('admin.aeNoHost')}</p>}
        <p role="status" className={classes('text-xs', outcome === 'answered' ? 'text-ok' : 'text-danger')}>
          {echo.error === null ? null : errorText(echo.error)}
          {outcome === undefined ? null : t(`admin.echo.${outcome}`, { status: echo.data?.detail ?? '' })}
        </p>
      </div>
      {reachable ? (
        <Button size="small" busy={echo.isPending} onClick={() => echo.mutate()}>
          {t(echo.isPending ? 'admin.echoing' : 'admin.echoNow')}
        </Button>
      ) : null}
    </li>
  );
}

const REJECTIONS = [
  'calling-ae-title-not-recognized',
  'called-ae-title-not-recognized',
  'local-limit-exceeded',
  'temporary-congestion',
] as const;
