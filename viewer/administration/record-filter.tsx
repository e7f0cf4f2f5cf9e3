import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../../gateway/api/contract/people.ts';
import { Button } from '../design/button.tsx';
import { Field, Input, Select } from '../design/field.tsx';
import { ACTION_NAMES } from '../sharing/record-words.ts';
import { PersonPicker } from './person-picker.tsx';

/** As the gateway is asked; empty: whatever. */
export type RecordFilter = Readonly<Record<'who' | 'action' | 'about' | 'from' | 'to', string>>;
export const NO_FILTER: RecordFilter = { who: '', action: '', about: '', from: '', to: '' };

/** Who, what, about whom, and when. Each look at the record is on record itself, so it is asked for by the button. */
export function RecordFilterForm({ filter, onFilter }: { filter: RecordFilter; onFilter: (filter: RecordFilter) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(filter);
  const [person, setPerson] = useState<User>();
  /** A new one empties the picker. */
  const [round, setRound] = useState(0);
  const set = (name: keyof RecordFilter) => (event: { target: { value: string } }) => setTyped({ ...typed, [name]: event.target.value });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFilter({ ...typed, who: person?.id ?? '', about: typed.about.trim() });
  };
  return (
    <form onSubmit={submit} className="mb-4 grid grid-cols-2 items-end gap-3 md:grid-cols-3 xl:grid-cols-6">
      <PersonPicker key={round} label={t('admin.filterWho')} chosen={person} onChoose={setPerson} />
      <Field label={t('admin.filterAction')}>
        {({ id }) => (
          <Select id={id} value={typed.action} onChange={set('action')}>
            <option value="">{t('admin.everything')}</option>
            {ACTION_NAMES.map((action) => (
              <option key={action} value={action}>
                {t(`action.${action}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label={t('admin.filterAbout')}>
        {({ id }) => <Input id={id} value={typed.about} maxLength={200} onChange={set('about')} />}
      </Field>
      <Field label={t('studies.from')}>{({ id }) => <Input id={id} type="date" value={typed.from} onChange={set('from')} />}</Field>
      <Field label={t('studies.to')}>{({ id }) => <Input id={id} type="date" value={typed.to} onChange={set('to')} />}</Field>
      <div className="flex gap-2">
        <Button type="submit" kind="primary">
          {t('admin.filter')}
        </Button>
        <Button
          type="button"
          onClick={() => {
            setTyped(NO_FILTER);
            setPerson(undefined);
            setRound((before) => before + 1);
            onFilter(NO_FILTER);
          }}
        >
          {t('admin.filterClear')}
        </Button>
      </div>
    </form>
  );
}
