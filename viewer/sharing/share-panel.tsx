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
import { formatInstant, formatInstantDay } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { Failure } from '../shell/failure.tsx';
import { ShareForm } from './share-form.tsx';
import { useFacilityName } from './use-facility-name.ts';
import { useShares } from './use-shares.ts';

export function SharePanel({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const { shares, share, revoke } = useShares(exactly(study));
  return (
    <div className="flex flex-col gap-6">
      <ShareForm intro={t('share.intro')} owners={[study.owner.code]} share={share} />
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
  const receiver = useReceiver();
  const errorText = useErrorText();
  const keptFocus = useKeptFocus<HTMLElement>();
  const revoke = (share: Share) =>
    onRevoke(share.id, {
      onSuccess: () => toast(t('share.revokedDone', { facility: receiver(share) })),
      onError: (refusal) => toast(errorText(refusal), 'problem'),
    });
  return (
    <section {...keptFocus}>
      <h3 className="mb-2 text-xs font-medium text-ink-2">{t('share.current')}</h3>
      {error === null ? null : <Failure error={error} onRetry={onRetry} />}
      {shares?.length === 0 ? <p className="text-sm text-ink-3">{t('share.nobody')}</p> : null}
      <ul className="divide-y divide-line rounded-md border border-line empty:hidden">
        {inForceFirst(shares ?? [], new Date()).map((share) => (
          <ShareRow key={share.id} share={share} onRevoke={() => revoke(share)} />
        ))}
      </ul>
    </section>
  );
}

function shareStanding(share: Share, now: Date): 'in-force' | 'ended' | 'revoked' {
  if (share.revokedAt !== null) return 'revoked';
  return new Date(share.until) > now ? 'in-force' : 'ended';
}

function inForceFirst(shares: readonly Share[], now: Date): Share[] {
  const rank = (share: Share) => (shareStanding(share, now) === 'in-force' ? 0 : 1);
  return [...shares].sort((a, b) => rank(a) - rank(b) || b.createdAt.localeCompare(a.createdAt));
}

/** The facility, and who of it where not all are meant. */
function useReceiver(): (share: Share) => string {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const staffName = useStaffName();
  return ({ facility, toJob, toPerson }) => {
    const who = toPerson === null ? toJob && t(`job.${toJob}`) : staffName({ name: toPerson.name, nameRomaji: toPerson.romaji });
    return who === null ? facilityName(facility) : t('share.toSome', { facility: facilityName(facility), who });
  };
}

function ShareRow({ share, onRevoke }: { share: Share; onRevoke: () => void }) {
  const { t } = useTranslation();
  const receiver = useReceiver();
  const language = useLanguage();
  const [asking, setAsking] = useState(false);
  const standing = shareStanding(share, new Date());
  const staffName = useStaffName();
  const { createdBy: name, createdByRomaji } = share;
  const sharer = name === null ? t('through.command') : staffName({ name, nameRomaji: createdByRomaji ?? '' });
  return (
    <li className={classes('flex items-center gap-3 px-3 py-2.5', standing !== 'in-force' && 'text-ink-3')} data-testid="share-row">
      <div className="min-w-0 flex-1">
        <p className={classes('text-sm break-words', standing === 'in-force' ? 'text-ink' : 'text-ink-3 line-through')}>
          {receiver(share)}
        </p>
        <p className="flex flex-wrap gap-x-2.5 text-2xs text-ink-3">
          {share.notBefore === null ? null : <span>{t('share.from', { date: formatInstant(share.notBefore, language) })}</span>}
          <span>{t('studies.until', { date: formatInstantDay(share.until, language) })}</span>
          {share.mayDownload ? null : <span>{t('share.viewOnly')}</span>}
          {share.heldBack.length === 0 ? null : <span>{t('share.heldBack', { count: share.heldBack.length })}</span>}
          <span>{t('share.by', { name: sharer, date: formatInstant(share.createdAt, language) })}</span>
        </p>
      </div>
      {standing === 'in-force' ? (
        <Button kind="bare" size="small" className="text-danger! hover:text-danger!" onClick={() => setAsking(true)}>
          {t('share.revoke')}
        </Button>
      ) : (
        <span className="text-xs">{t(standing === 'revoked' ? 'share.revoked' : 'share.expired')}</span>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('share.revokeTitle', { facility: receiver(share) })}
        body={t('share.revokeBody')}
        confirm={t('share.revokeConfirm')}
        onConfirm={onRevoke}
      />
    </li>
  );
}
