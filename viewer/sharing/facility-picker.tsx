import { type Ref, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Facility } from '../../gateway/api/contract/people.ts';
import { Combobox, ComboboxLine } from '../design/combobox.tsx';
import { Field } from '../design/field.tsx';
import { formatInstantDay } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { matchFacilities } from './match-facility.ts';
import { useFacilityName } from './use-facility-name.ts';

interface Props {
  label: string;
  facilities: readonly Facility[];
  /** Until when each has it that has it already, by code. */
  holders: ReadonlyMap<string, string>;
  chosen: string | undefined;
  onChoose: (code: string | undefined) => void;
  error: string | undefined;
  inputRef?: Ref<HTMLInputElement>;
}

/** A region has a few hundred facilities at most; more than this are found by typing. */
const SHOWN_MAX = 50;

/** Type some of the name in any script, choose with the arrows or by touch. */
export function FacilityPicker({ label, facilities, holders, chosen, onChoose, error, inputRef }: Props) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const language = useLanguage();
  const [typed, setTyped] = useState('');
  const current = facilities.find((facility) => facility.code === chosen);
  const draw = (facility: Facility) => {
    const text = facilityName(facility);
    const others = [facility.name, facility.nameKana, facility.nameRomaji].filter((name) => name !== '' && name !== text);
    const until = holders.get(facility.code);
    const mark = until === undefined ? undefined : t('share.hasIt', { date: formatInstantDay(until, language) });
    return <ComboboxLine text={text} small={others.join('　')} mark={mark} />;
  };
  return (
    <Field label={label} error={error}>
      {(ids) => (
        <Combobox
          {...ids}
          inputRef={inputRef}
          label={label}
          placeholder={t('share.facilityPlaceholder')}
          items={matchFacilities(facilities, current === undefined ? typed : '').slice(0, SHOWN_MAX)}
          none={t('share.noFacility')}
          chosen={current}
          typed={typed}
          keyOf={(facility) => facility.code}
          textOf={facilityName}
          draw={draw}
          onType={setTyped}
          onChoose={(facility) => onChoose(facility?.code)}
        />
      )}
    </Field>
  );
}
