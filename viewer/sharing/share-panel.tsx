import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Share } from '../../gateway/api/contract/sharing.ts';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { exactly } from '../api/study-address.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Confirm } from '../design/confirm.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { toast } from '../design/raised/toast.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { Failure } from '../shell/failure.tsx';
import { ShareForm } from './share-form.tsx';
import { besides, isLive, liveFirst, shareStanding } from './share-standing.ts';
import { useShareWords } from './use-share-words.ts';
import { useShares } from './use-shares.ts';

export function SharePanel({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const { shares, share, revoke } = useShares(exactly(study));
  return (
    <div className="flex flex-col gap-6">
      <ShareForm
        intro={t('share.intro')}
        owners={[study.owner.code]}
        study={exactly(study)}
        shares={shares.data}
        share={share}
        mayTake={study.mayDownload}
      />
      <CurrentShares shares={shares.data} error={shares.error} onRetry={() => void shares.refetch()} onRevoke={revoke.mutate} />
    </div>
  );
}

interface CurrentProps {
  shares: readonly Share[] | undefined;
  error: Error | null;
  onRetry: () => void;
  onRevoke: ReturnType<typeof useShares>['revoke']['mutate'];
}

function CurrentShares({ shares, error, onRetry, onRevoke }: CurrentProps) {
  const { t } = useTranslation();
  const words = useShareWords();
  const errorText = useErrorText();
  const now = new Date();
  const keptFocus = useKeptFocus<HTMLElement>();
  const revoke = (share: Share) =>
    onRevoke(share.id, {
      onSuccess: () => toast(t('share.revokedDone', { facility: words(share).receiver })),
      onError: (refusal) => toast(errorText(refusal), 'problem'),
    });
  return (
    <section {...keptFocus}>
      <h3 className="mb-2 text-xs font-medium text-ink-2">{t('share.current')}</h3>
      {error === null ? null : <Failure error={error} onRetry={onRetry} />}
      {shares?.length === 0 ? <p className="text-sm text-ink-3">{t('share.nobody')}</p> : null}
      <ul className="divide-y divide-line rounded-md border border-line empty:hidden">
        {liveFirst(shares ?? [], now).map((share) => (
          <ShareRow key={share.id} share={share} remaining={besides(share, shares ?? [], now)} onRevoke={() => revoke(share)} />
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  share: Share;
  /** What its facility has when it ends. */
  remaining: readonly Share[];
  onRevoke: () => void;
}

function ShareRow({ share, remaining, onRevoke }: RowProps) {
  const { t } = useTranslation();
  const words = useShareWords();
  const language = useLanguage();
  const [asking, setAsking] = useState(false);
  const now = new Date();
  const standing = shareStanding(share, now);
  const live = isLive(share, now);
  const staffName = useStaffName();
  const { createdBy: name, createdByRomaji } = share;
  const sharer = name === null ? t('through.command') : staffName({ name, nameRomaji: createdByRomaji ?? '' });
  const { facility, who, term, right, receiver } = words(share);
  const inWords = (other: Share) => {
    const said = words(other);
    return [said.who, ...said.term, said.right].join(t('app.and'));
  };
  const others = remaining.map(inWords).join(t('share.next'));
  return (
    <li className={classes('flex items-center gap-3 px-3 py-2.5', !live && 'text-ink-3')} data-testid="share-row">
      <div className="min-w-0 flex-1">
        <p className={classes('text-sm break-words', live ? 'text-ink' : 'text-ink-3 line-through')}>{facility}</p>
        <p className={classes('flex flex-wrap gap-x-2.5 text-xs', live ? 'text-ink-2' : 'text-ink-3')}>
          {standing === 'not-begun' ? <span className="text-warning">{t('share.notBegun')}</span> : null}
          {[who, ...term, right].map((text) => (
            <span key={text}>{`${text} `}</span>
          ))}
        </p>
        <p className="text-2xs text-ink-3">{t('share.by', { name: sharer, date: formatInstant(share.createdAt, language) })}</p>
      </div>
      {live ? (
        <Button kind="bare" size="small" className="text-danger! hover:text-danger!" onClick={() => setAsking(true)}>
          {t('share.revoke')}
        </Button>
      ) : (
        <span className="text-xs">{t(standing === 'revoked' ? 'share.revoked' : 'share.expired')}</span>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('share.revokeTitle', { facility: receiver })}
        body={remaining.length === 0 ? t('share.revokeBody') : t('share.revokeRemains', { facility, others })}
        confirm={t('share.revokeConfirm')}
        onConfirm={onRevoke}
      />
    </li>
  );
}
