import type { UseMutationResult } from '@tanstack/react-query';
import { useState } from 'react';
import { Controller, useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { SHARE_DAYS_MAX } from '../../gateway/api/contract/bounds.ts';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { type CreateShare, createShareSchema } from '../../gateway/api/contract/sharing.ts';
import { Button } from '../design/button.tsx';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { DateField, useFlaw } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { todayDA } from '../i18n/dates.ts';
import { useSession } from '../session/use-session.ts';
import { FacilityPicker } from './facility-picker.tsx';
import { mayRunUntil, SHARE_DAYS_DEFAULT, SHARE_PRESETS, untilAfter } from './share-until.ts';
import { useFacilityName } from './use-facility-name.ts';
import { useFacilities } from './use-shares.ts';

interface Props {
  intro: string;
  /** Codes of facilities that need no share. */
  owners: readonly string[];
  share: UseMutationResult<unknown, Error, CreateShare>;
}

/** With which facility, until when. */
export function ShareForm({ intro, owners, share }: Props) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const others = useOtherFacilities(owners);
  const today = todayDA(new Date());
  /** A new one empties the picker. */
  const [round, setRound] = useState(0);
  const form = useContractForm({
    // What may be said only of today: the gateway says it by its own clock.
    schema: createShareSchema.refine(({ until }) => mayRunUntil(until, today), { message: 'until', path: ['until'] }),
    start: { facilityCode: '', until: untilAfter(today, SHARE_DAYS_DEFAULT) },
    send: async (body) => {
      await share.mutateAsync(body);
      const chosen = others.find(({ code }) => code === body.facilityCode);
      toast(t('share.done', { facility: chosen === undefined ? body.facilityCode : facilityName(chosen) }));
      form.fields.reset({ facilityCode: '', until: form.fields.getValues('until') });
      setRound((before) => before + 1);
    },
    fieldOf: ({ reason }) => (reason === 'until' ? 'until' : reason === 'unknown-facility' ? 'facilityCode' : undefined),
  });
  return (
    <Form form={form} className="flex flex-col gap-4">
      <p className="text-sm text-ink-2">{intro}</p>
      <FacilityField key={round} facilities={others} />
      <UntilField today={today} />
      <FormRefusal />
      <SubmitButton kind="primary" className="self-start" sending={t('share.submitting')}>
        {t('share.submit')}
      </SubmitButton>
    </Form>
  );
}

/** Neither an owner nor one's own. */
function useOtherFacilities(owners: readonly string[]): readonly Facility[] {
  const { user } = useSession();
  const facilities = useFacilities();
  return (facilities.data ?? []).filter(({ code }) => !owners.includes(code) && code !== user.facility?.code);
}

function FacilityField({ facilities }: { facilities: readonly Facility[] }) {
  const { t } = useTranslation();
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
          onChoose={(code) => onChange(code ?? '')}
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
