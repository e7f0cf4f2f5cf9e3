import { Link } from '@tanstack/react-router';
import { FileUp, ShieldAlert } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Roster } from '../../gateway/api/contract/rosters.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { MoreButton } from '../design/more-button.tsx';
import { Notice } from '../design/notice.tsx';
import { Panel } from '../design/panel.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { RosterUpload } from './roster-upload.tsx';
import { useRosters } from './use-rosters.ts';

/** Lists that were brought in, and the next one. */
export function RostersPage() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const rosters = useRosters();
  useEffect(() => {
    document.title = `${t('rosters.title')} – Renkei`;
  }, [t]);
  if (rosters.error !== null) {
    return (
      <Notice icon={ShieldAlert} tone="danger" title={t('rosters.title')} body={errorText(rosters.error)}>
        <Button onClick={() => void rosters.refetch()}>{t('app.retry')}</Button>
      </Notice>
    );
  }
  const all = rosters.data?.pages.flatMap((page) => page.rosters);
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-3xl flex-col gap-5 p-4 sm:p-8">
        <div>
          <h1 className="text-xl font-semibold">{t('rosters.title')}</h1>
          <p className="mt-1 max-w-prose text-sm text-pretty text-ink-2">{t('rosters.intro')}</p>
        </div>
        <Panel title={t('rosters.read')} intro={t('rosters.notYet')}>
          <RosterUpload />
        </Panel>
        <section aria-label={t('rosters.past')}>
          <h2 className="mb-2 text-base font-semibold">{t('rosters.past')}</h2>
          {all === undefined ? <p className="text-sm text-ink-3">{t('app.loading')}</p> : null}
          {all?.length === 0 ? <Notice icon={FileUp} title={t('rosters.none')} body={t('rosters.noneBody')} /> : null}
          <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line empty:hidden">
            {all?.map((roster) => (
              <li key={roster.id}>
                <RosterLine roster={roster} />
              </li>
            ))}
          </ul>
          <MoreButton pages={rosters} />
        </section>
      </div>
    </main>
  );
}

function RosterLine({ roster }: { roster: Roster }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const { id, facility, kind, state, counts, read } = roster;
  return (
    <Link
      to="/rosters/$rosterId"
      params={{ rosterId: id }}
      data-testid="roster"
      className="flex flex-wrap items-center gap-x-4 gap-y-1 bg-surface px-4 py-3 hover:bg-hover focus-visible:-outline-offset-2 pointer-coarse:min-h-11"
    >
      <span className="min-w-0 flex-1">
        <span className="block text-sm font-medium">{t(`rosters.kinds.${kind}`)}</span>
        <span className="block text-xs text-ink-2">
          {facilityName(facility)}　{t('rosters.by', { when: formatInstant(read.at, language), who: read.by })}
        </span>
      </span>
      <span className="text-xs text-ink-2">{t('rosters.patients', { count: counts.patients })}</span>
      <RosterState state={state} />
    </Link>
  );
}

export function RosterState({ state }: Pick<Roster, 'state'>) {
  const { t } = useTranslation();
  return (
    <span
      className={classes(
        'shrink-0 rounded-full border px-2.5 py-0.5 text-xs',
        state === 'ready' ? 'border-accent/60 bg-accent-soft text-accent' : 'border-line text-ink-2',
      )}
    >
      {t(`rosters.state.${state}`)}
    </span>
  );
}
