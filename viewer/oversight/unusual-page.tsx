import { useInfiniteQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listUnusual } from '../api/record.ts';
import { Button } from '../design/button.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { MoreButton } from '../design/more-button.tsx';
import { Notice } from '../design/notice.tsx';
import { Failure } from '../shell/failure.tsx';
import { UnusualCard } from './unusual-card.tsx';
import { UnusualRulesForm } from './unusual-rules-form.tsx';

/** Use of images that somebody should look at: what waits, what was decided, and the rules that find it. */
export function UnusualPage() {
  const { t } = useTranslation();
  const [decided, setDecided] = useState(false);
  const keptFocus = useKeptFocus<HTMLDivElement>();
  return (
    <section aria-label={t('unusual.title')}>
      <h2 className="mb-1 text-base font-semibold">{t('unusual.title')}</h2>
      <p className="mb-4 text-sm text-pretty text-ink-2">{t('unusual.intro')}</p>
      <div {...keptFocus}>
        <div className="mb-4 flex flex-wrap gap-2">
          {([false, true] as const).map((which) => (
            <Button
              key={String(which)}
              size="small"
              className="aria-pressed:border-accent"
              aria-pressed={decided === which}
              onClick={() => setDecided(which)}
            >
              {t(which ? 'unusual.decidedOnes' : 'unusual.waiting')}
            </Button>
          ))}
        </div>
        <Lines decided={decided} />
      </div>
      <UnusualRulesForm />
    </section>
  );
}

function Lines({ decided }: { decided: boolean }) {
  const { t } = useTranslation();
  const found = useInfiniteQuery({
    queryKey: ['unusual', decided],
    queryFn: ({ pageParam, signal }) => listUnusual(decided, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const { data, error, refetch } = found;
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  const uses = data.pages.flatMap((page) => page.uses);
  if (uses.length === 0 && decided) return <p className="py-6 text-sm text-ink-3">{t('unusual.nothingDecided')}</p>;
  if (uses.length === 0) return <Notice icon={ShieldCheck} title={t('unusual.nothingWaits')} body={t('unusual.nothingWaitsBody')} />;
  return (
    <>
      <ul className="flex flex-col gap-4">
        {uses.map((use) => (
          <UnusualCard key={use.id} use={use} />
        ))}
      </ul>
      <MoreButton pages={found} />
    </>
  );
}
