import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Ref, useState } from 'react';
import { Controller, useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { SHARE_DAYS_MAX } from '../../gateway/api/contract/bounds.ts';
import { jobSchema } from '../../gateway/api/contract/fields.ts';
import type { Receiver } from '../../gateway/api/contract/sharing.ts';
import { findReceivers } from '../api/shares.ts';
import { type StudyAddress, studyAddressKey } from '../api/study-address.ts';
import { Combobox, ComboboxLine } from '../design/combobox.tsx';
import { Field } from '../design/field.tsx';
import { useRested } from '../design/use-rested.ts';
import { DateField, SelectField, useFlaw } from '../forms/form-fields.tsx';
import { useStaffName } from '../session/use-staff-name.ts';
import { untilAfter } from './share-until.ts';

const TYPING_PAUSE_MS = 200;

/** To whom of the facility, from when, and what for. */
export function ReceiverFields({ study, today, mayTake }: { study: StudyAddress; today: string; mayTake: boolean }) {
  const { t } = useTranslation();
  const { watch } = useFormContext<{ facilityCode: string; audience: string }>();
  const [facilityCode, audience] = watch(['facilityCode', 'audience']);
  return (
    <fieldset className="grid grid-cols-2 gap-4 max-sm:grid-cols-1" data-testid="share-more">
      <legend className="sr-only">{t('share.more')}</legend>
      <AudienceField study={study} facilityCode={facilityCode} />
      {audience === 'person' ? <DoctorField key={facilityCode} study={study} facilityCode={facilityCode} /> : null}
      <DateField
        name="notBefore"
        optional
        label={t('share.notBefore')}
        hint={t('share.notBeforeNote')}
        className="w-full"
        min={untilAfter(today, 0)}
        max={untilAfter(today, SHARE_DAYS_MAX - 1)}
      />
      <SelectField name="right" label={t('share.right')} hint={t('share.rightNote')}>
        {mayTake ? <option value="take">{t('share.lookAndTake')}</option> : null}
        <option value="look">{t('share.viewOnly')}</option>
      </SelectField>
    </fieldset>
  );
}

function useReceivers(study: StudyAddress, facilityCode: string, q: string) {
  return useQuery({
    queryKey: ['receivers', studyAddressKey(study), facilityCode, q],
    queryFn: ({ signal }) => findReceivers(study, facilityCode, q, signal),
    enabled: facilityCode !== '',
    placeholderData: keepPreviousData,
  });
}

/** A job that nobody there has cannot be chosen, and says so. */
function AudienceField({ study, facilityCode }: { study: StudyAddress; facilityCode: string }) {
  const { t } = useTranslation();
  const { data } = useReceivers(study, facilityCode, '');
  const there = facilityCode === '' ? undefined : data?.jobs;
  return (
    <SelectField name="audience" label={t('share.audience')} hint={facilityCode === '' ? t('share.facilityFirst') : undefined}>
      <option value="facility">{t('share.everybody')}</option>
      <option value="person" disabled={facilityCode === ''}>
        {t('share.oneDoctor')}
      </option>
      {jobSchema.options.map((job) => (
        <option key={job} value={`job:${job}`} disabled={there?.includes(job) !== true}>
          {t('share.only', { who: t(`job.${job}`) })}
          {there === undefined || there.includes(job) ? '' : t('app.inBrackets', { text: t('share.nobodyOfJob') })}
        </option>
      ))}
    </SelectField>
  );
}

function DoctorField({ study, facilityCode }: { study: StudyAddress; facilityCode: string }) {
  const { t } = useTranslation();
  const error = useFlaw('personId', t('share.mustChooseDoctor'));
  return (
    <Controller
      name="personId"
      render={({ field: { ref, onChange } }) => (
        <DoctorPicker study={study} facilityCode={facilityCode} onChoose={onChange} inputRef={ref} error={error} />
      )}
    />
  );
}

interface PickerProps {
  study: StudyAddress;
  facilityCode: string;
  onChoose: (id: string) => void;
  inputRef: Ref<HTMLInputElement>;
  error: string | undefined;
}

/** Nobody is listed before some of a name is typed: in kanji, kana or Latin letters. */
function DoctorPicker({ study, facilityCode, onChoose, inputRef, error }: PickerProps) {
  const { t } = useTranslation();
  const staffName = useStaffName();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<Receiver>();
  const { data } = useReceivers(study, facilityCode, useRested(typed.trim(), TYPING_PAUSE_MS));
  const none = typed.trim().length < 2 ? t('share.doctorTypeMore') : t('share.noDoctor');
  const draw = (person: Receiver) => {
    const others = [person.name, person.nameKana].filter((name) => name !== '' && name !== staffName(person));
    return <ComboboxLine text={staffName(person)} small={[t(`job.${person.job}`), ...others].join('　')} />;
  };
  return (
    <Field label={t('share.doctor')} error={error}>
      {(ids) => (
        <Combobox
          {...ids}
          inputRef={inputRef}
          label={t('share.doctor')}
          placeholder={t('share.doctorPlaceholder')}
          items={data?.people ?? []}
          none={none}
          chosen={chosen}
          typed={typed}
          keyOf={(person) => person.id}
          textOf={staffName}
          draw={draw}
          onType={setTyped}
          onChoose={(person) => {
            setChosen(person);
            onChoose(person?.id ?? '');
          }}
        />
      )}
    </Field>
  );
}
