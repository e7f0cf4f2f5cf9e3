import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ReleaseCountsAnswer, ReleaseRuleAnswer } from '../../../gateway/api/contract/consents.ts';
import { setReleaseRules, tryReleaseRules } from '../../api/consents.ts';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/raised/dialog.tsx';
import { toast } from '../../design/raised/toast.tsx';
import { useErrorText } from '../../i18n/use-error-text.ts';
import { releaseRuleWord } from '../../record/release-words.ts';

interface Props {
  rules: readonly ReleaseRuleAnswer[];
  revision: number;
  onClose: () => void;
}

/** What rules would open and close, before they hold. */
export function TryDialog({ rules, revision, onClose }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  const tried = useQuery({
    queryKey: ['release-rules', 'try', revision, rules],
    queryFn: ({ signal }) => tryReleaseRules([...rules], signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const set = useMutation({
    mutationFn: () => setReleaseRules({ revision, rules: [...rules] }),
    onSuccess: (now) => {
      toast(t('release.saved'));
      onClose();
      client.setQueryData(['release-rules'], now);
    },
  });
  const failed = set.error ?? tried.error;
  return (
    <Dialog open onOpenChange={(open) => (open || set.isPending ? undefined : onClose())} title={t('release.tryTitle')}>
      <div className="flex flex-col gap-4">
        <ol className="flex list-decimal flex-col gap-1 pl-5 text-sm text-ink-2">
          {rules.map((rule, at) => (
            <li key={at}>{releaseRuleWord(rule, t)}</li>
          ))}
        </ol>
        {rules.length === 0 ? <p className="text-sm text-ink-2">{t('release.noRules')}</p> : null}
        {tried.data === undefined ? (
          failed === null && <p className="text-sm text-ink-3">{t('release.counting')}</p>
        ) : (
          <Counts counts={tried.data} />
        )}
        {failed === null ? null : (
          <p role="alert" className="text-sm text-danger">
            {errorText(failed)}
          </p>
        )}
        <div className="flex flex-wrap justify-end gap-3">
          <Button busy={set.isPending} onClick={onClose}>
            {t('app.cancel')}
          </Button>
          <Button kind="primary" busy={set.isPending || tried.data === undefined} onClick={() => set.mutate()}>
            {t(set.isPending ? 'release.saving' : 'release.save')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

/** What takes something from somebody, and what gives more than before. */
const STANDS_OUT: ReadonlySet<string> = new Set(['opened', 'closed', 'wider', 'narrower']);

function Counts({ counts }: { counts: ReleaseCountsAnswer }) {
  const { t } = useTranslation();
  const said = (studies: number, patients: number) =>
    t('release.studiesOf', { studies: t('release.studies', { count: studies }), patients: t('release.patients', { count: patients }) });
  const rows = [
    ['now', said(counts.studiesNow, counts.patientsNow)],
    ['after', said(counts.studiesThen, counts.patientsThen)],
    ['opened', t('release.studies', { count: counts.opened })],
    ['closed', t('release.studies', { count: counts.closed })],
    ['waiting', t('release.studies', { count: counts.waiting })],
    ['wider', t('release.studies', { count: counts.wider })],
    ['narrower', t('release.studies', { count: counts.narrower })],
  ] as const;
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm" data-testid="release-counts">
      {rows.map(([name, words]) => (
        <div key={name} className="contents">
          <dt className="text-ink-2">{t(`release.count.${name}`)}</dt>
          <dd className={STANDS_OUT.has(name) && counts[name as 'closed'] > 0 ? 'font-medium text-danger' : 'text-ink'} data-count={name}>
            {words}
          </dd>
        </div>
      ))}
    </dl>
  );
}
