import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RELEASE_RULES_MAX } from '../../../gateway/api/contract/consent-rules.ts';
import type { ReleaseRulesAnswer } from '../../../gateway/api/contract/consents.ts';
import { readReleaseRules } from '../../api/consents.ts';
import { Button } from '../../design/button.tsx';
import { formatInstant } from '../../i18n/dates.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { Failure } from '../../shell/failure.tsx';
import { FacilityPage } from '../facility-page.tsx';
import { type Draft, draftOf, isWrong, NEW_RULE, rulesOf, sameRules } from './draft.ts';
import { RuleCard } from './rule-card.tsx';
import { TryDialog } from './try-dialog.tsx';

/** How the consents of its patients open a facility's studies: which, to whom, from when on, and what for. */
export function ReleaseRulesPage() {
  const { t } = useTranslation();
  return (
    <FacilityPage title={t('release.title')} intro={t('release.intro')}>
      <Rules />
    </FacilityPage>
  );
}

function Rules() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: ['release-rules'], queryFn: ({ signal }) => readReleaseRules(signal) });
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  // What is written is written of one state of the rules.
  return <Editor key={data.revision} told={data} />;
}

function Editor({ told }: { told: ReleaseRulesAnswer }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => told.rules.map(draftOf));
  const [trying, setTrying] = useState(false);
  const changed = !sameRules(drafts, told.rules);
  const wrong = drafts.some(isWrong);
  const put = (at: number, draft: Draft | undefined) =>
    setDrafts(drafts.flatMap((one, n) => (n === at ? (draft === undefined ? [] : [draft]) : [one])));
  return (
    <>
      <ol className="flex flex-col gap-3">
        {drafts.map((draft, at) => (
          <RuleCard key={draft.key} number={at + 1} draft={draft} onChange={(next) => put(at, next)} onRemove={() => put(at, undefined)} />
        ))}
      </ol>
      <p className="text-sm text-pretty text-ink-2" data-testid="rest">
        {t(drafts.length === 0 ? 'release.noRules' : 'release.rest')}
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <Button disabled={drafts.length >= RELEASE_RULES_MAX} onClick={() => setDrafts([...drafts, NEW_RULE()])}>
          {t('release.add')}
        </Button>
        <Button kind="primary" disabled={!changed || wrong} onClick={() => setTrying(true)}>
          {t('release.try')}
        </Button>
        {changed ? <Button onClick={() => setDrafts(told.rules.map(draftOf))}>{t('release.discard')}</Button> : null}
      </div>
      {told.setAt === null ? null : (
        <p className="text-xs text-ink-3">{t('release.last', { at: formatInstant(told.setAt, language), name: told.setBy ?? '' })}</p>
      )}
      {trying ? <TryDialog rules={rulesOf(drafts)} revision={told.revision} onClose={() => setTrying(false)} /> : null}
    </>
  );
}
