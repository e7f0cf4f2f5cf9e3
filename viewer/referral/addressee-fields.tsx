import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LetterDoctor } from '../../gateway/api/contract/letters.ts';
import { letterDoctors } from '../api/letters.ts';
import { Combobox, ComboboxLine } from '../design/combobox.tsx';
import { Field } from '../design/field.tsx';
import { useRested } from '../design/use-rested.ts';
import { useSession } from '../session/use-session.ts';
import { FacilityPicker } from '../sharing/facility-picker.tsx';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useFacilities } from '../sharing/use-shares.ts';
import type { DraftState } from './draft-keeper.ts';

const TYPING_PAUSE_MS = 200;
const NOBODY = new Map<string, string>();

interface Props {
  draft: DraftState;
  /** A reply goes back to whom it replies. */
  fixed: boolean;
  onChange: (part: Partial<DraftState>) => void;
}

/** To which facility, and to which doctor of it. */
export function AddresseeFields({ draft, fixed, onChange }: Props) {
  const { t } = useTranslation();
  const { user } = useSession();
  const { data: facilities = [] } = useFacilities();
  const facilityName = useFacilityName();
  const { to } = draft;
  const others = facilities.filter(({ code }) => code !== user.facility?.code);
  return (
    <>
      {fixed && to !== null ? (
        <div className="flex flex-col gap-1.5">
          <p className="text-xs font-medium text-ink-2">{t('writer.facility')}</p>
          <p className="flex min-h-9 items-center text-sm">{facilityName(to)}</p>
        </div>
      ) : (
        <div data-writes="to">
          <FacilityPicker
            label={t('writer.facility')}
            facilities={others}
            holders={NOBODY}
            chosen={to?.code}
            error={undefined}
            onChoose={(code) => {
              const chosen = others.find((facility) => facility.code === code);
              onChange({ to: chosen === undefined ? null : { code: chosen.code, name: chosen.name }, toPerson: null });
            }}
          />
        </div>
      )}
      {to === null ? <span /> : <DoctorField key={to.code} code={to.code} draft={draft} onChange={onChange} />}
    </>
  );
}

function DoctorField({ code, draft, onChange }: { code: string; draft: DraftState; onChange: Props['onChange'] }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const name = useRested(typed.trim(), TYPING_PAUSE_MS);
  const { data } = useQuery({
    queryKey: ['letters', 'doctors', code, name],
    queryFn: ({ signal }) => letterDoctors(code, name, signal),
    enabled: name.length > 0,
    placeholderData: keepPreviousData,
  });
  const chosen: LetterDoctor | undefined = draft.toPerson === null ? undefined : { ...draft.toPerson, nameKana: '' };
  const choose = (person: LetterDoctor | undefined) =>
    onChange({
      toPerson: person === undefined ? null : { id: person.id, name: person.name },
      ...(person === undefined || draft.content.toDoctor !== '' ? {} : { content: { ...draft.content, toDoctor: person.name } }),
    });
  return (
    <Field label={t('writer.doctor')} mark={t('form.optional')} hint={t('writer.doctorHint')}>
      {(ids) => (
        <Combobox
          {...ids}
          label={t('writer.doctor')}
          placeholder={t('writer.doctorPlaceholder')}
          items={data?.people ?? []}
          none={typed.trim().length < 2 ? t('writer.doctorTypeMore') : t('writer.noDoctor')}
          chosen={chosen}
          typed={typed}
          keyOf={(person) => person.id}
          textOf={(person) => person.name}
          draw={(person) => <ComboboxLine text={person.name} small={person.nameKana} />}
          onType={setTyped}
          onChoose={choose}
        />
      )}
    </Field>
  );
}
