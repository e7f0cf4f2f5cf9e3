import type { UseMutationResult } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { Button } from '../design/button.tsx';
import { Field, Input } from '../design/field.tsx';
import { toast } from '../design/toast.tsx';
import { todayDA } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useSession } from '../session/use-session.ts';
import { FacilityPicker } from './facility-picker.tsx';
import { mayRunUntil, SHARE_DAYS_DEFAULT, SHARE_DAYS_MAX, SHARE_PRESETS, untilAfter } from './share-until.ts';
import { useFacilityName } from './use-facility-name.ts';
import { useFacilities } from './use-shares.ts';

interface Props {
  intro: string;
  /** Codes of facilities that need no share. */
  owners: readonly string[];
  share: UseMutationResult<unknown, Error, { facilityCode: string; until: string }>;
}

/** With which facility, until when. */
export function ShareForm({ intro, owners, share }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const facilityName = useFacilityName();
  const others = useOtherFacilities(owners);
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
      toast(t('share.done', { facility: facilityName(chosen) }));
      setFacilityCode(undefined);
      setTried(false);
      setRound((before) => before + 1);
    };
    share.mutate({ facilityCode: chosen.code, until }, { onSuccess });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      <p className="text-sm text-ink-2">{intro}</p>
      <FacilityPicker
        key={round}
        label={t('share.facility')}
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

/** Neither an owner nor one's own. */
function useOtherFacilities(owners: readonly string[]): readonly Facility[] {
  const { user } = useSession();
  const facilities = useFacilities();
  return (facilities.data ?? []).filter(({ code }) => !owners.includes(code) && code !== user.facility?.code);
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
