import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { FileX, TriangleAlert } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Roster } from '../../gateway/api/contract/rosters.ts';
import { ApiError } from '../api/http.ts';
import { applyRoster, discardRoster, undoRoster } from '../api/rosters.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Notice } from '../design/notice.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { RosterLines } from './roster-lines.tsx';
import { RosterState } from './rosters-page.tsx';
import { staysOf, useRoster, useRosterAct } from './use-rosters.ts';

const route = getRouteApi('/signed-in/framed/rosters/$rosterId');

/** One list: what it means, and whether it counts. */
export function RosterPage() {
  const { t } = useTranslation();
  const { rosterId } = route.useParams();
  const errorText = useErrorText();
  const keptFocus = useKeptFocus<HTMLDivElement>();
  const { data: roster, error, refetch } = useRoster(rosterId);
  useEffect(() => {
    document.title = `${t('rosters.title')} – Renkei`;
  }, [t]);
  if (error instanceof ApiError && [400, 404].includes(error.status)) {
    return (
      <Notice icon={FileX} title={t('rosters.goneTitle')} body={t('rosters.goneBody')}>
        <Button asChild>
          <Link to="/rosters">{t('rosters.back')}</Link>
        </Button>
      </Notice>
    );
  }
  if (error !== null && roster === undefined) {
    return (
      <Notice icon={TriangleAlert} tone="danger" title={t('rosters.title')} body={errorText(error)}>
        <Button onClick={() => void refetch()}>{t('app.retry')}</Button>
      </Notice>
    );
  }
  return (
    <main className="h-full overflow-y-auto">
      <div {...keptFocus} className="mx-auto flex max-w-4xl flex-col gap-5 p-4 sm:p-8">
        <Link to="/rosters" className="inline-flex items-center self-start text-sm text-accent hover:underline pointer-coarse:min-h-11">
          {t('rosters.back')}
        </Link>
        {roster === undefined ? <p className="text-sm text-ink-3">{t('app.loading')}</p> : <Shown roster={roster} />}
      </div>
    </main>
  );
}

function Shown({ roster }: { roster: Roster }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const { facility, kind, state, read, applied, undone, undoing, kept } = roster;
  const acts = [
    ['read', read],
    ['applied', applied],
    ['undone', undone],
  ] as const;
  return (
    <>
      <div>
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="text-xl font-semibold">
            {facilityName(facility)}　{t(`rosters.kinds.${kind}`)}
          </h1>
          <RosterState state={state} />
        </div>
        <ul className="mt-1 text-sm text-ink-2">
          {acts.map(([what, act]) =>
            act === null ? null : (
              <li key={what}>
                {t(what === 'read' ? 'rosters.wasRead' : `rosters.state.${what}`)}
                {t('app.inBrackets', { text: t('rosters.by', { when: formatInstant(act.at, language), who: act.by }) })}
              </li>
            ),
          )}
        </ul>
      </div>
      <Read roster={roster} />
      {state === 'checking' ? (
        <p role="status" className="rounded-md border border-line-strong px-3 py-2.5 text-sm">
          {t('rosters.checking')}
        </p>
      ) : null}
      {undoing === null ? null : (
        <Undoing title={t(state === 'undone' ? 'rosters.undid' : 'rosters.undoing')} roster={roster} undoing={undoing} />
      )}
      {kept ? null : <p className="text-sm text-ink-2">{t('rosters.notKept')}</p>}
      <Acts roster={roster} />
      {state === 'checking' || !kept ? null : <RosterLines roster={roster} />}
    </>
  );
}

function Facts({ title, facts }: { title: string; facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <section aria-label={title} className="rounded-lg border border-line bg-surface p-4">
      <h2 className="text-sm font-semibold">{title}</h2>
      <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-2">{name}</dt>
            <dd className="tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Read({ roster: { charset, counts } }: { roster: Roster }) {
  const { t } = useTranslation();
  const lines = (count: number) => t('rosters.linesCount', { count });
  return (
    <>
      <Facts
        title={t('rosters.what')}
        facts={[
          [t('rosters.charset'), t(charset === 'shift_jis' ? 'rosters.charsets.shift_jis' : 'rosters.charsets.utf-8')],
          [t('rosters.lines'), lines(counts.lines)],
          [t('rosters.faults'), lines(counts.faults)],
          [t('rosters.repeated'), lines(counts.repeated)],
        ]}
      />
      {counts.truncated ? <p className="text-sm text-danger">{t('rosters.truncated')}</p> : null}
    </>
  );
}

function Undoing({ title, roster: { state }, undoing }: { title: string; roster: Roster; undoing: NonNullable<Roster['undoing']> }) {
  const { t } = useTranslation();
  const did = state === 'undone';
  const people = (count: number) => t('rosters.people', { count });
  return (
    <Facts
      title={title}
      facts={[
        [t(did ? 'rosters.didRemove' : 'rosters.removed'), people(undoing.removed)],
        [t(did ? 'rosters.didRestore' : 'rosters.restored'), people(undoing.restored)],
        ...(undoing.withdrawn === null
          ? []
          : [[t(did ? 'rosters.didWithdraw' : 'rosters.withdrawn'), t('rosters.pairs', { count: undoing.withdrawn })] as const]),
        ...staysOf(undoing).map(({ why, count }) => [t('rosters.staysTitle', { why: t(`rosters.stays.${why}`) }), people(count)] as const),
      ]}
    />
  );
}

function Acts({ roster }: { roster: Roster }) {
  const { id, state, undoing, kept } = roster;
  if (state === 'checking') return <Discard id={id} />;
  if (state === 'ready')
    return (
      <div className="flex flex-wrap gap-2">
        <Apply roster={roster} />
        <Discard id={id} />
      </div>
    );
  return state === 'applied' && kept && undoing !== null ? <Undo id={id} undoing={undoing} /> : null;
}

function Apply({ roster: { id, counts } }: { roster: Roster }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const act = useRosterAct(() => applyRoster(id), t('rosters.applied'));
  return (
    <>
      <Button kind="primary" busy={act.isPending} onClick={() => setAsking(true)}>
        {t('rosters.apply')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('rosters.applyTitle')}
        body={t('rosters.applyBody', { new: counts.new, changed: counts.changed })}
        confirm={t('rosters.apply')}
        onConfirm={() => act.mutate()}
      />
    </>
  );
}

function Discard({ id }: { id: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const act = useRosterAct(() => discardRoster(id), t('rosters.discarded'));
  return (
    <div>
      <Button busy={act.isPending} onClick={() => setAsking(true)}>
        {t('rosters.discard')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('rosters.discardTitle')}
        body={t('rosters.discardBody')}
        confirm={t('rosters.discard')}
        onConfirm={() => act.mutate(undefined, { onSuccess: () => void navigate({ to: '/rosters' }) })}
      />
    </div>
  );
}

function Undo({ id, undoing }: { id: string; undoing: NonNullable<Roster['undoing']> }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const act = useRosterAct(() => undoRoster(id), t('rosters.undone'));
  const stays = staysOf(undoing).reduce((sum, { count }) => sum + count, 0);
  const body = t('rosters.undoBody', { removed: undoing.removed, restored: undoing.restored });
  return (
    <div>
      <Button kind="danger" busy={act.isPending} onClick={() => setAsking(true)}>
        {t('rosters.undo')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('rosters.undoTitle')}
        body={stays === 0 ? body : `${body} ${t('rosters.undoStays', { count: stays })}`}
        confirm={t('rosters.undo')}
        onConfirm={() => act.mutate()}
      />
    </div>
  );
}
