import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Facility, Share, StudySummary } from '../../gateway/api/contract.ts';
import { exactly } from '../api/study-address.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Confirm } from '../design/confirm.tsx';
import { Field, Input } from '../design/field.tsx';
import { toast } from '../design/toast.tsx';
import { formatInstant, formatInstantDay, todayDA } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useSession } from '../session/use-session.ts';
import { FacilityPicker } from './facility-picker.tsx';
import { mayRunUntil, SHARE_DAYS_DEFAULT, SHARE_DAYS_MAX, SHARE_PRESETS, untilAfter } from './share-until.ts';
import { useFacilities, useShares } from './use-shares.ts';

export function SharePanel({ study }: { study: StudySummary }) {
  const { shares, share, revoke } = useShares(exactly(study));
  return (
    <div className="flex flex-col gap-6">
      <ShareForm study={study} share={share} />
      <CurrentShares shares={shares.data} error={shares.error} onRevoke={revoke.mutate} />
    </div>
  );
}

function ShareForm({ study, share }: { study: StudySummary; share: ReturnType<typeof useShares>['share'] }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const others = useOtherFacilities(study);
  const today = todayDA(new Date());
  const [facilityCode, setFacilityCode] = useState<string>();
  const [until, setUntil] = useState(() => untilAfter(today, SHARE_DAYS_DEFAULT));
  const [tried, setTried] = useState(false);
  /** A new one empties the picker. */
  const [round, setRound] = useState(0);
  const chosen = others.find((facility) => facility.code === facilityCode);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (chosen === undefined || !mayRunUntil(until, today)) return;
    const onSuccess = () => {
      toast(t('share.done', { facility: chosen.name }));
      setFacilityCode(undefined);
      setTried(false);
      setRound((before) => before + 1);
    };
    share.mutate({ facilityCode: chosen.code, until }, { onSuccess });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      <p className="text-sm text-ink-2">{t('share.intro')}</p>
      <FacilityPicker
        key={round}
        facilities={others}
        chosen={facilityCode}
        onChoose={setFacilityCode}
        error={tried && chosen === undefined ? t('share.mustChoose') : undefined}
      />
      <UntilField today={today} until={until} wrong={tried && !mayRunUntil(until, today)} onChoose={setUntil} />
      {share.error === null ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(share.error)}
        </p>
      )}
      <Button type="submit" kind="primary" className="self-start" disabled={share.isPending}>
        {share.isPending ? t('share.submitting') : t('share.submit')}
      </Button>
    </form>
  );
}

/** Neither the owner nor one's own. */
function useOtherFacilities(study: StudySummary): readonly Facility[] {
  const { user } = useSession();
  const facilities = useFacilities();
  return (facilities.data ?? []).filter(({ code }) => code !== study.owner.code && code !== user.facility?.code);
}

interface UntilProps {
  today: string;
  until: string;
  wrong: boolean;
  onChoose: (until: string) => void;
}

function UntilField({ today, until, wrong, onChoose }: UntilProps) {
  const { t } = useTranslation();
  return (
    <Field label={t('share.until')} hint={t('share.untilNote')} error={wrong ? t('share.mustDate') : undefined}>
      {({ id, describedBy, invalid }) => (
        <div className="flex flex-wrap items-center gap-2">
          <Input
            id={id}
            type="date"
            name="until"
            className="w-44"
            min={untilAfter(today, 0)}
            max={untilAfter(today, SHARE_DAYS_MAX - 1)}
            value={until}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            onChange={(event) => onChoose(event.target.value)}
          />
          {SHARE_PRESETS.map((days) => (
            <Button
              key={days}
              size="small"
              aria-pressed={until === untilAfter(today, days)}
              onClick={() => onChoose(untilAfter(today, days))}
              className="aria-pressed:border-accent/60 aria-pressed:bg-accent-soft aria-pressed:text-accent"
            >
              {t('share.days', { count: days })}
            </Button>
          ))}
        </div>
      )}
    </Field>
  );
}

interface CurrentProps {
  shares: readonly Share[] | undefined;
  error: Error | null;
  onRevoke: ReturnType<typeof useShares>['revoke']['mutate'];
}

function CurrentShares({ shares, error, onRevoke }: CurrentProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const revoke = (share: Share) =>
    onRevoke(share.id, {
      onSuccess: () => toast(t('share.revokedDone', { facility: share.facility.name })),
      onError: (refusal) => toast(errorText(refusal), 'problem'),
    });
  return (
    <section>
      <h3 className="mb-2 text-xs font-medium text-ink-2">{t('share.current')}</h3>
      {error === null ? null : <p className="text-sm text-danger">{errorText(error)}</p>}
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

function ShareRow({ share, onRevoke }: { share: Share; onRevoke: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const [asking, setAsking] = useState(false);
  const standing = shareStanding(share, new Date());
  return (
    <li className={classes('flex items-center gap-3 px-3 py-2.5', standing !== 'in-force' && 'text-ink-3')} data-testid="share-row">
      <div className="min-w-0 flex-1">
        <p className={classes('truncate text-sm', standing === 'in-force' ? 'text-ink' : 'text-ink-3 line-through')}>
          {share.facility.name}
        </p>
        <p className="truncate text-2xs text-ink-3">
          {t('studies.until', { date: formatInstantDay(share.until, language) })}
          {'　'}
          {t('share.by', { name: share.createdBy, date: formatInstant(share.createdAt, language) })}
        </p>
      </div>
      {standing === 'in-force' ? (
        <Button kind="bare" size="small" className="text-danger hover:text-danger" onClick={() => setAsking(true)}>
          {t('share.revoke')}
        </Button>
      ) : (
        <span className="text-xs">{t(standing === 'revoked' ? 'share.revoked' : 'share.expired')}</span>
      )}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('share.revokeTitle', { facility: share.facility.name })}
        body={t('share.revokeBody')}
        confirm={t('share.revokeConfirm')}
        onConfirm={onRevoke}
      />
    </li>
  );
}
