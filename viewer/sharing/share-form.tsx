import type { UseMutationResult } from '@tanstack/react-query';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { useState } from 'react';
import { Controller, useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { SHARE_DAYS_MAX } from '../../gateway/api/contract/bounds.ts';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { type CreateShare, createShareSchema, type Share } from '../../gateway/api/contract/sharing.ts';
import type { StudyAddress } from '../api/study-address.ts';
import { Button } from '../design/button.tsx';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { DateField, useFlaw } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { todayDA } from '../i18n/dates.ts';
import { useSession } from '../session/use-session.ts';
import { FacilityPicker } from './facility-picker.tsx';
import { ReceiverFields } from './receiver-fields.tsx';
import { isLive } from './share-standing.ts';
import { mayRunUntil, SHARE_DAYS_DEFAULT, SHARE_PRESETS, untilAfter } from './share-until.ts';
import { useFacilityName } from './use-facility-name.ts';
import { useFacilities } from './use-shares.ts';

interface Props {
  intro: string;
  /** Codes of facilities that need no share. */
  owners: readonly string[];
  /** The study, or the first of several: of its owner's receivers one is chosen. */
  study: StudyAddress;
  /** What was given already, where that is known. */
  shares?: readonly Share[] | undefined;
  share: UseMutationResult<unknown, Error, CreateShare>;
  /** Whether who gives it may take it themselves: nobody gives what they do not have. */
  mayTake: boolean;
}

interface Typed {
  facilityCode: string;
  until: string;
  /** Whether what follows is seen: what is not seen is not said. */
  more: boolean;
  /** `facility`, `person` or `job:` and the job. */
  audience: string;
  personId: string;
  notBefore: string;
  right: 'take' | 'look';
}

const COMMON = { facilityCode: '', more: false, audience: 'facility', personId: '', notBefore: '', right: 'take' } as const;

/** What is not seen is not said, but that it is to look at where no more can be given. */
const wishBy = (mayTake: boolean) => (typed: Typed) => ({ ...wishOf(typed), ...(mayTake ? {} : { mayDownload: false }) });

function wishOf({ facilityCode, until, more, audience, personId, notBefore, right }: Typed): object {
  const [, job] = audience.split(':');
  return {
    facilityCode,
    until,
    ...(more && audience === 'person' ? { personId } : {}),
    ...(more && job !== undefined ? { job } : {}),
    ...(more && notBefore !== '' ? { notBefore } : {}),
    ...(more ? { mayDownload: right === 'take' } : {}),
  };
}

/** What may be said only of today: the gateway says it by its own clock. */
function wishSchema(today: string) {
  return createShareSchema
    .refine(({ until }) => mayRunUntil(until, today), { message: 'until', path: ['until'] })
    .refine(({ notBefore, until }) => notBefore === undefined || notBefore <= until, { message: 'not-before', path: ['notBefore'] });
}

const FIELDS: Readonly<Record<string, keyof Typed>> = {
  until: 'until',
  'unknown-facility': 'facilityCode',
  'not-before': 'notBefore',
  'unknown-person': 'personId',
  'unknown-job': 'audience',
};

/** With which facility, until when; and where more is to be said, with whom there, from when and what for. */
export function ShareForm({ intro, owners, study, shares = [], share, mayTake }: Props) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const others = useOtherFacilities(owners);
  const today = todayDA(new Date());
  /** A new one empties the picker. */
  const [round, setRound] = useState(0);
  const form = useContractForm<Typed, CreateShare>({
    schema: wishSchema(today),
    start: { ...COMMON, right: mayTake ? 'take' : 'look', until: untilAfter(today, SHARE_DAYS_DEFAULT) },
    bodyOf: wishBy(mayTake),
    send: async (body) => {
      await share.mutateAsync(body);
      const chosen = others.find(({ code }) => code === body.facilityCode);
      toast(t('share.done', { facility: chosen === undefined ? body.facilityCode : facilityName(chosen) }));
      form.fields.reset({ ...COMMON, right: mayTake ? 'take' : 'look', until: form.fields.getValues('until') });
      setRound((before) => before + 1);
    },
    fieldOf: ({ reason }) => FIELDS[reason ?? ''],
  });
  const more = form.fields.watch('more');
  return (
    <Form form={form} className="flex flex-col gap-4">
      {more ? null : <p className="text-sm text-ink-2">{intro}</p>}
      <FacilityField key={round} facilities={others} shares={shares} />
      <UntilField today={today} />
      {more ? <ReceiverFields study={study} today={today} mayTake={mayTake} /> : null}
      <FormRefusal />
      <div className="flex flex-wrap items-center gap-3">
        <SubmitButton kind="primary" sending={t('share.submitting')}>
          {t('share.submit')}
        </SubmitButton>
        <MoreButton />
      </div>
    </Form>
  );
}

function MoreButton() {
  const { t } = useTranslation();
  const { watch, setValue } = useFormContext<Typed>();
  const more = watch('more');
  return (
    <Button kind="bare" aria-expanded={more} onClick={() => setValue('more', !more)}>
      {more ? <ChevronUp className="size-4" aria-hidden /> : <ChevronDown className="size-4" aria-hidden />}
      {t(more ? 'share.less' : 'share.more')}
    </Button>
  );
}

/** Neither an owner nor one's own. */
function useOtherFacilities(owners: readonly string[]): readonly Facility[] {
  const { user } = useSession();
  const facilities = useFacilities();
  return (facilities.data ?? []).filter(({ code }) => !owners.includes(code) && code !== user.facility?.code);
}

function FacilityField({ facilities, shares }: { facilities: readonly Facility[]; shares: readonly Share[] }) {
  const { t } = useTranslation();
  const { setValue } = useFormContext<Typed>();
  const now = new Date();
  const holders = new Map(shares.filter((share) => isLive(share, now)).map(({ facility, until }) => [facility.code, until]));
  const error = useFlaw('facilityCode', t('share.mustChoose'));
  return (
    <Controller
      name="facilityCode"
      render={({ field: { ref, value, onChange } }) => (
        <FacilityPicker
          inputRef={ref}
          label={t('share.facility')}
          facilities={facilities}
          chosen={value}
          holders={holders}
          onChoose={(code) => {
            onChange(code ?? '');
            // Who was meant there is nobody here.
            setValue('audience', 'facility');
            setValue('personId', '');
          }}
          error={error}
        />
      )}
    />
  );
}

function UntilField({ today }: { today: string }) {
  const { t } = useTranslation();
  const { watch, setValue, formState } = useFormContext<{ until: string }>();
  const until = watch('until');
  return (
    <DateField
      name="until"
      label={t('share.until')}
      className="w-44 max-sm:w-full"
      hint={t('share.untilNote')}
      whenEmpty={t('share.mustDate')}
      min={untilAfter(today, 0)}
      max={untilAfter(today, SHARE_DAYS_MAX - 1)}
      beside={SHARE_PRESETS.map((days) => (
        <Button
          key={days}
          size="small"
          aria-pressed={until === untilAfter(today, days)}
          onClick={() => setValue('until', untilAfter(today, days), { shouldValidate: formState.isSubmitted })}
          className="aria-pressed:border-accent/60 aria-pressed:bg-accent-soft aria-pressed:text-accent"
        >
          {t('share.days', { count: days })}
        </Button>
      ))}
      besideLook="flex flex-wrap items-center gap-2"
    />
  );
}
