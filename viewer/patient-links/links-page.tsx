import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { UserCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { listLinks } from '../api/links.ts';
import { Button } from '../design/button.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { MoreButton } from '../design/more-button.tsx';
import { Notice } from '../design/notice.tsx';
import { Failure } from '../shell/failure.tsx';
import { DeskSearch } from './desk-search.tsx';
import { PairCard } from './pair-card.tsx';

/** The desk: pairs that wait to be decided, and any patient, by what facilities say of it. */
export function LinksPage() {
  const { t } = useTranslation();
  const keptFocus = useKeptFocus<HTMLDivElement>();
  return (
    <div {...keptFocus} className="flex flex-col gap-8">
      <section aria-label={t('links.waiting')}>
        <h2 className="text-base font-semibold">{t('links.waiting')}</h2>
        <p className="mt-1 mb-4 max-w-prose text-sm text-pretty text-ink-2">{t('links.intro')}</p>
        <Button asChild className="mb-4">
          <Link to="/rosters">{t('links.rosters')}</Link>
        </Button>
        <Waiting />
      </section>
      <DeskSearch />
    </div>
  );
}

function Waiting() {
  const { t } = useTranslation();
  const waiting = useInfiniteQuery({
    queryKey: ['links', 'waiting'],
    queryFn: ({ pageParam, signal }) => listLinks(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const { data, error, refetch } = waiting;
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  const links = data.pages.flatMap((page) => page.links);
  if (links.length === 0) return <Notice icon={UserCheck} title={t('links.nothingWaits')} body={t('links.nothingWaitsBody')} />;
  return (
    <>
      <ul className="grid items-start gap-4 xl:grid-cols-2">
        {links.map((link) => (
          <PairCard key={link.id} link={link} />
        ))}
      </ul>
      <MoreButton pages={waiting} />
    </>
  );
}
