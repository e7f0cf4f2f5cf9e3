import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../../gateway/api/contract/people.ts';
import { listUsers } from '../api/people.ts';
import { Combobox, ComboboxLine } from '../design/combobox.tsx';
import { Field } from '../design/field.tsx';
import { useRested } from '../design/use-rested.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { TYPING_PAUSE_MS } from './use-people-list.ts';

/** More than this are found by typing. */
const SHOWN_MAX = 20;

interface Props {
  label: string;
  chosen: User | undefined;
  onChoose: (user: User | undefined) => void;
  /** Whether something stands in the field that is nobody yet. */
  onUnchosen: (unchosen: boolean) => void;
  error: string | undefined;
}

/** Type some of the name, address or facility; empty: everybody. */
export function PersonPicker({ label, chosen, onChoose, onUnchosen, error }: Props) {
  const { t } = useTranslation();
  const staffName = useStaffName();
  const facilityName = useFacilityName();
  const [typed, setTyped] = useState('');
  const q = useRested(typed, TYPING_PAUSE_MS);
  const { data } = useQuery({
    queryKey: ['users', 'found', q],
    queryFn: ({ signal }) => listUsers({ q, limit: SHOWN_MAX }, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Field label={label} error={error}>
      {(ids) => (
        <Combobox
          {...ids}
          label={label}
          placeholder={t('admin.everybody')}
          items={data?.users ?? []}
          none={data === undefined ? undefined : t('admin.noneFound')}
          chosen={chosen}
          typed={typed}
          keyOf={(user) => user.id}
          textOf={staffName}
          draw={(user) => <ComboboxLine text={staffName(user)} small={user.facility === null ? user.email : facilityName(user.facility)} />}
          onType={(text) => {
            setTyped(text);
            onUnchosen(text.trim() !== '');
          }}
          onChoose={(user) => {
            if (user !== undefined) onUnchosen(false);
            onChoose(user);
          }}
        />
      )}
    </Field>
  );
}
