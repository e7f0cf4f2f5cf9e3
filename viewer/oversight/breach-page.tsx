import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type BreachReport, breachQuestionSchema } from '../../gateway/api/contract/oversight.ts';
import type { User } from '../../gateway/api/contract/people.ts';
import { PersonPicker } from '../administration/person-picker.tsx';
import { askBreach } from '../api/record.ts';
import { Button } from '../design/button.tsx';
import { Form, SubmitButton } from '../forms/form.tsx';
import { DateField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { PrintSheet } from './print-sheet.tsx';

/** Whom and what an account affected between two days, with drafts of the notices. */
export function BreachPage() {
  const { t } = useTranslation();
  const [person, setPerson] = useState<User>();
  const [missing, setMissing] = useState(false);
  const [report, setReport] = useState<BreachReport>();
  const form = useContractForm({
    schema: breachQuestionSchema,
    start: { from: '', to: '' },
    bodyOf: (typed) => ({ ...typed, userId: person?.id ?? '0' }),
    send: async (body) => {
      setMissing(person === undefined);
      if (person !== undefined) setReport(await askBreach(body));
    },
  });
  return (
    <section aria-label={t('breach.title')}>
      <h2 className="mb-1 text-base font-semibold">{t('breach.title')}</h2>
      <p className="mb-3 text-sm text-pretty text-ink-2">{t('breach.intro')}</p>
      <Form form={form} className="mb-4 grid grid-cols-3 items-start gap-3 max-sm:grid-cols-1">
        <PersonPicker
          label={t('breach.account')}
          chosen={person}
          onChoose={setPerson}
          onUnchosen={() => undefined}
          error={missing && person === undefined ? t('admin.mustChoosePerson') : undefined}
        />
        <DateField name="from" label={t('studies.from')} className="w-full" options={{ deps: ['to'] }} />
        <DateField name="to" label={t('studies.to')} className="w-full" />
        <div className="flex flex-wrap gap-2 sm:col-span-3">
          <SubmitButton kind="primary" sending={t('breach.find')}>
            {t('breach.find')}
          </SubmitButton>
          {report === undefined ? null : <Button onClick={() => window.print()}>{t('whoLooked.print')}</Button>}
        </div>
      </Form>
      {report === undefined ? null : (
        <>
          <BreachSheet report={report} />
          <PrintSheet>
            <BreachSheet report={report} />
          </PrintSheet>
        </>
      )}
    </section>
  );
}

function BreachSheet({ report }: { report: BreachReport }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { facilities, listed, refused, given, changed, entries, patientsInAll } = report;
  return (
    <article data-testid="breach-report">
      <p className="text-sm font-medium">
        {t('breach.of', {
          account: report.account,
          from: formatInstant(report.from, language),
          to: formatInstant(report.to, language),
        })}
      </p>
      <p className="mt-1 text-sm">{t('breach.sum', { patients: patientsInAll, facilities: facilities.length, entries })}</p>
      <p className="text-sm">{t('breach.more', { listed, refused, given, changed })}</p>
      {report.complete ? null : <p className="text-sm text-danger">{t('breach.incomplete')}</p>}
      <Draft title={t('breach.authority')} text={report.authorityNotice[language]} />
      {facilities.map((facility) => (
        <section key={facility.code} aria-label={facility.name} className="mt-4">
          <h3 className="text-sm font-semibold">
            {t('breach.facility', { name: facility.name, patients: facility.patients, studies: facility.studies, images: facility.images })}
          </h3>
          <Draft title={t('breach.notice')} text={facility.notice[language]} />
          <ul className="mt-2 divide-y divide-line border-y border-line text-xs">
            {facility.affected.map((patient, at) => (
              <li key={at} className="break-inside-avoid py-1.5 wrap-anywhere">
                {t('breach.patient', {
                  id: patient.patientID ?? t('breach.unnamed'),
                  studies: patient.studies.length,
                  images: patient.images,
                  from: formatInstant(patient.firstAt, language),
                  to: formatInstant(patient.lastAt, language),
                })}
                {patient.taken ? t('app.inBrackets', { text: t('breach.taken') }) : null}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </article>
  );
}

function Draft({ title, text }: { title: string; text: string }) {
  return (
    <details className="mt-2" open>
      <summary className="cursor-pointer py-1 text-xs text-ink-2 pointer-coarse:py-3">{title}</summary>
      <pre className="rounded-md border border-line p-3 font-sans text-xs whitespace-pre-wrap wrap-anywhere">{text}</pre>
    </details>
  );
}
