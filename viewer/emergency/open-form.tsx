import { useTranslation } from 'react-i18next';
import { EMERGENCY_CATEGORIES, type Emergency, openEmergencySchema, type SearchEmergency } from '../../gateway/api/contract/emergencies.ts';
import { openEmergency } from '../api/emergencies.ts';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { SelectField } from '../forms/form-fields.tsx';
import { TextAreaField } from '../forms/text-area-field.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { categoryWord } from '../record/record-words.ts';

interface Props {
  whom: SearchEmergency;
  /** The patient said no before. */
  objected: boolean;
  onOpened: (emergency: Emergency) => void;
}

/** Why, in a category and in words; then it is opened. */
export function OpenForm({ whom, objected, onOpened }: Props) {
  const { t } = useTranslation();
  const form = useContractForm({
    schema: openEmergencySchema,
    start: { category: '', reason: '', despiteObjection: false },
    bodyOf: (typed) => ({ ...whom, ...typed }),
    send: async (body) => {
      const opened = await openEmergency(body);
      toast(t('emergency.opened'));
      onOpened(opened);
    },
  });
  return (
    <Form form={form} className="flex flex-col gap-4 rounded-lg border border-danger/60 bg-danger-soft p-4">
      <h3 className="text-base font-semibold text-danger">{t('emergency.why')}</h3>
      <SelectField name="category" label={t('emergency.category')} asks>
        {EMERGENCY_CATEGORIES.map((category) => (
          <option key={category} value={category}>
            {categoryWord(category, t)}
          </option>
        ))}
      </SelectField>
      <TextAreaField name="reason" label={t('emergency.reason')} hint={t('emergency.reasonHint')} />
      {objected ? (
        <div role="alert" className="rounded-md border border-danger px-3 py-2.5">
          <p className="text-sm font-medium text-danger">{t('emergency.objected')}</p>
          <p className="mt-1 text-xs text-pretty text-ink-2">{t('emergency.objectedBody')}</p>
          <label className="mt-2 flex min-h-11 items-center gap-2 text-sm">
            <input type="checkbox" className="size-4 accent-danger" {...form.fields.register('despiteObjection')} />
            {t('emergency.despite')}
          </label>
        </div>
      ) : null}
      <FormRefusal />
      <div className="flex flex-wrap items-center gap-3">
        <SubmitButton kind="danger" size="large" sending={t('emergency.opening')} data-testid="break-glass">
          {t('emergency.open')}
        </SubmitButton>
        <span className="text-xs text-pretty text-ink-2">{t('emergency.openHint')}</span>
      </div>
    </Form>
  );
}
