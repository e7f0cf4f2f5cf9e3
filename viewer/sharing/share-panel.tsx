import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Share, StudySummary } from '../../gateway/api/contract.ts';
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
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { user } = useSession();
  const facilities = useFacilities();
  const { shares, share, revoke } = useShares(exactly(study));
  const today = todayDA(new Date());
  const [facilityCode, setFacilityCode] = useState<string>();
  const [until, setUntil] = useState(() => untilAfter(today, SHARE_DAYS_DEFAULT));
  const [tried, setTried] = useState(false);
  /** A new one empties the picker. */
  const [round, setRound] = useState(0);

  const others = (facilities.data ?? []).filter((facility) => facility.code !== study.owner.code && facility.code !== user.facility?.code);
  const chosen = others.find((facility) => facility.code === facilityCode);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (chosen === undefined || !mayRunUntil(until, today)) return;
    share.mutate(
      { facilityCode: chosen.code, until },
      {
        onSuccess: () => {
          toast(t('share.done', { facility: chosen.name }));
          setFacilityCode(undefined);
          setTried(false);
          setRound((before) => before + 1);
        },
      },
    );
  };

  return (
    <div className="flex flex-col gap-6">
      <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
        <p className="text-sm text-ink-2">{t('share.intro')}</p>
        <FacilityPicker
          key={round}
          facilities={others}
          chosen={facilityCode}
          onChoose={setFacilityCode}
          error={tried && chosen === undefined ? t('share.mustChoose') : undefined}
        />
        <Field
          label={t('share.until')}
          hint={t('share.untilNote')}
          error={tried && !mayRunUntil(until, today) ? t('share.mustDate') : undefined}
        >
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
                onChange={(event) => setUntil(event.target.value)}
              />
              {SHARE_PRESETS.map((days) => (
                <Button
                  key={days}
                  size="small"
                  aria-pressed={until === untilAfter(today, days)}
                  onClick={() => setUntil(untilAfter(today, days))}
                  className="aria-pressed:border-accent/60 aria-pressed:bg-accent-soft aria-pressed:text-accent"
                >
                  {t('share.days', { count: days })}
                </Button>
              ))}
            </div>
          )}
        </Field>
        {share.error === null ? null : (
          <p role="alert" className="text-sm text-danger">
            {errorText(share.error)}
          </p>
        )}
        <Button type="submit" kind="primary" className="self-start" disabled={share.isPending}>
          {share.isPending ? t('share.submitting') : t('share.submit')}
        </Button>
      </form>
      <section>
        <h3 className="mb-2 text-xs font-medium text-ink-2">{t('share.current')}</h3>
        {shares.isError ? <p className="text-sm text-danger">{errorText(shares.error)}</p> : null}
        {shares.data?.length === 0 ? <p className="text-sm text-ink-3">{t('share.nobody')}</p> : null}
        <ul className="divide-y divide-line rounded-md border border-line empty:hidden">
          {inForceFirst(shares.data ?? [], new Date()).map((one) => (
            <ShareRow
              key={one.id}
              share={one}
              onRevoke={() =>
                revoke.mutate(one.id, {
                  onSuccess: () => toast(t('share.revokedDone', { facility: one.facility.name })),
                  onError: (error) => toast(errorText(error), 'problem'),
                })
              }
            />
          ))}
        </ul>
      </section>
    </div>
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
