import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type PatientAnswer, type WhoLooked, whoLookedSchema } from '../../gateway/api/contract/oversight.ts';
import { askWhoLooked } from '../api/record.ts';
import { Button } from '../design/button.tsx';
import { Form, SubmitButton } from '../forms/form.tsx';
import { DateField, SelectField, TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { PatientLine } from '../patient-links/patient-line.tsx';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useFacilities } from '../sharing/use-shares.ts';
import { Failure } from '../shell/failure.tsx';
import { PatientAnswerSheet } from './patient-answer-sheet.tsx';
import { PrintSheet } from './print-sheet.tsx';

const START = { facilityCode: '', patientID: '', from: '', to: '' };

/** One page for a patient who asks who looked at their images. */
export function PatientAnswerPage() {
  const { t } = useTranslation();
  const { data: facilities } = useFacilities();
  const facilityName = useFacilityName();
  const [names, setNames] = useState(false);
  const [answer, setAnswer] = useState<PatientAnswer>();
  const [asked, setAsked] = useState<WhoLooked>();
  const ask = async (body: WhoLooked) => {
    setAsked(body);
    setAnswer(await askWhoLooked(body));
  };
  const form = useContractForm({
    schema: whoLookedSchema,
    start: START,
    bodyOf: ({ from, to, ...typed }) => ({ ...typed, names, ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) }),
    send: (body) => ask(body),
  });
  return (
    <section aria-label={t('whoLooked.title')}>
      <h2 className="mb-1 text-base font-semibold">{t('whoLooked.title')}</h2>
      <p className="mb-3 text-sm text-pretty text-ink-2">{t('whoLooked.intro')}</p>
      <Form form={form} className="mb-4 grid grid-cols-2 items-start gap-3 max-sm:grid-cols-1">
        <SelectField name="facilityCode" label={t('whoLooked.facility')}>
          <option value="" />
          {facilities?.map((facility) => (
            <option key={facility.code} value={facility.code}>
              {facilityName(facility)}
            </option>
          ))}
        </SelectField>
        <TextField name="patientID" label={t('whoLooked.patientID')} />
        <DateField name="from" label={t('studies.from')} className="w-full" optional options={{ deps: ['to'] }} />
        <DateField name="to" label={t('studies.to')} className="w-full" optional />
        <label className="flex items-center gap-2 text-sm sm:col-span-2 pointer-coarse:min-h-11">
          <input type="checkbox" checked={names} onChange={(event) => setNames(event.target.checked)} />
          {t('whoLooked.names')}
        </label>
        <div className="flex flex-wrap gap-2 sm:col-span-2">
          <SubmitButton kind="primary" sending={t('whoLooked.make')}>
            {t('whoLooked.make')}
          </SubmitButton>
          {answer === undefined || answer.choose.length > 0 ? null : <Button onClick={() => window.print()}>{t('whoLooked.print')}</Button>}
        </div>
      </Form>
      {asked === undefined || answer === undefined || answer.choose.length === 0 ? null : (
        <Choice answer={answer} onChoose={(patient) => ask({ ...asked, patient })} />
      )}
      {answer === undefined || answer.choose.length > 0 ? null : (
        <>
          <div className="rounded-md bg-white p-5 text-black" data-testid="patient-answer">
            <PatientAnswerSheet answer={answer} />
          </div>
          <PrintSheet>
            <PatientAnswerSheet answer={answer} />
          </PrintSheet>
        </>
      )}
    </section>
  );
}

/** Several patients go by the ID: it is said of which. */
function Choice({ answer, onChoose }: { answer: PatientAnswer; onChoose: (patient: string) => Promise<void> }) {
  const { t } = useTranslation();
  const { mutate, isPending, error, variables } = useMutation({ mutationFn: onChoose });
  return (
    <div data-testid="which-patient">
      <p className="mb-2 text-sm text-pretty">{t('whoLooked.which', { count: answer.choose.length })}</p>
      <ul className="flex flex-col gap-2">
        {answer.choose.map((patient) => (
          <li key={patient.id} className="flex flex-wrap items-center justify-between gap-3 rounded-md border border-line p-3">
            <PatientLine patient={patient} />
            <Button size="small" busy={isPending && variables === patient.id} onClick={() => mutate(patient.id)}>
              {t('whoLooked.make')}
            </Button>
          </li>
        ))}
      </ul>
      {error === null ? null : <Failure error={error} onRetry={() => (variables === undefined ? undefined : mutate(variables))} />}
    </div>
  );
}
