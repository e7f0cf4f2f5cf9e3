import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '../../gateway/api/contract/people.ts';
import { type RecordQuery, recordQuerySchema } from '../../gateway/api/contract/record.ts';
import { Button } from '../design/button.tsx';
import { Form, SubmitButton } from '../forms/form.tsx';
import { DateField, SelectField, TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { ACTION_NAMES } from '../record/record-words.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useFacilities } from '../sharing/use-shares.ts';
import { PersonPicker } from './person-picker.tsx';

const OUTCOMES = ['success', 'refused', 'failed'] as const;
const NOTHING = { action: '', outcome: '', facility: '', about: '', from: '', to: '' };

/** Who, what, about whom, and when. Each look at the record is on record itself, so it is asked for by the button. */
export function RecordFilterForm({ onFilter }: { onFilter: (filter: RecordQuery) => void }) {
  const { t } = useTranslation();
  const [person, setPerson] = useState<User>();
  /** A name that is typed and not chosen would silently ask about everybody. */
  const [unchosen, setUnchosen] = useState(false);
  const [mustChoose, setMustChoose] = useState(false);
  /** A new one empties the picker. */
  const [round, setRound] = useState(0);
  const form = useContractForm({
    schema: recordQuerySchema,
    start: NOTHING,
    bodyOf: (typed) => ({ ...Object.fromEntries(Object.entries(typed).filter(([, text]) => text.trim() !== '')), who: person?.id }),
    send: async (filter) => {
      setMustChoose(unchosen);
      if (!unchosen) onFilter(filter);
    },
  });
  return (
    <Form form={form} marksOptional={false} className="mb-4 grid grid-cols-2 items-start gap-3 md:grid-cols-3 xl:grid-cols-4">
      <PersonPicker
        key={round}
        label={t('admin.filterWho')}
        chosen={person}
        onChoose={setPerson}
        onUnchosen={setUnchosen}
        error={unchosen && mustChoose ? t('admin.mustChoosePerson') : undefined}
      />
      <SelectField name="action" label={t('admin.filterAction')} optional>
        <option value="">{t('admin.everything')}</option>
        {ACTION_NAMES.map((action) => (
          <option key={action} value={action}>
            {t(`action.${action}`)}
          </option>
        ))}
      </SelectField>
      <OutcomeAndFacility />
      {/* So that the two days stand side by side. */}
      <div className="max-md:col-span-2">
        <TextField name="about" label={t('admin.filterAbout')} optional />
      </div>
      <DateField name="from" label={t('studies.from')} className="w-full" optional options={{ deps: ['to'] }} />
      <DateField name="to" label={t('studies.to')} className="w-full" optional />
      {/* As far down as the fields beside it, which may have a line below them. */}
      <div className="flex gap-2 max-md:col-span-2 md:mt-[1.4rem]">
        <SubmitButton kind="primary" sending={t('admin.filter')}>
          {t('admin.filter')}
        </SubmitButton>
        <Button
          onClick={() => {
            form.fields.reset(NOTHING);
            setPerson(undefined);
            setUnchosen(false);
            setRound((before) => before + 1);
            onFilter({});
          }}
        >
          {t('admin.filterClear')}
        </Button>
      </div>
    </Form>
  );
}

function OutcomeAndFacility() {
  const { t } = useTranslation();
  const { data: facilities } = useFacilities();
  const facilityName = useFacilityName();
  return (
    <>
      <SelectField name="outcome" label={t('admin.filterOutcome')} optional>
        <option value="">{t('admin.everything')}</option>
        {OUTCOMES.map((outcome) => (
          <option key={outcome} value={outcome}>
            {t(`entry.${outcome}`)}
          </option>
        ))}
      </SelectField>
      <SelectField name="facility" label={t('admin.facility')} optional>
        <option value="">{t('admin.everything')}</option>
        {facilities?.map((facility) => (
          <option key={facility.code} value={facility.code}>
            {facilityName(facility)}
          </option>
        ))}
      </SelectField>
    </>
  );
}
