import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DECISION_CHARS_MAX, decideUnusualSchema, UNUSUAL_DECISIONS, type UnusualUse } from '../../gateway/api/contract/unusual.ts';
import { decideUnusual, recordsOfUse } from '../api/record.ts';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { SelectField } from '../forms/form-fields.tsx';
import { TextAreaField } from '../forms/text-area-field.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { formatDA, formatInstant } from '../i18n/dates.ts';
import type { Language } from '../i18n/translation.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { RecordLine } from '../record/record-line.tsx';
import { unusualDecisionWord, unusualRuleWord } from '../record/unusual-words.ts';
import { Failure } from '../shell/failure.tsx';

/** One line of the queue: who, when, whom, why, on which records it rests, and what came of it. */
export function UnusualCard({ use }: { use: UnusualUse }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { who, patient } = use;
  const [from, to] = [formatInstant(use.firstAt, language), formatInstant(use.lastAt, language)];
  return (
    <li data-testid="unusual-use" className="rounded-lg border border-line bg-surface p-4">
      <h3 className="text-sm font-semibold">{unusualRuleWord(use.rule, t)}</h3>
      <dl className="mt-2 grid grid-cols-[5rem_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm">
        <Row name={t('unusual.who')}>{[who.name, who.facility ?? ''].filter((text) => text !== '').join(t('app.and'))}</Row>
        <Row name={t('unusual.when')}>{from === to ? from : t('unusual.range', { from, to })}</Row>
        <Row name={t('unusual.patient')}>
          {patient === null ? t('unusual.several') : t('unusual.patientOf', { facility: patient.facility, id: patient.patientID })}
        </Row>
        <Row name={t('unusual.why')}>{reasonWords(use, t, language)}</Row>
      </dl>
      <Records use={use} />
      <Outcome use={use} />
    </li>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-xs leading-5 text-ink-3">{name}</dt>
      <dd className="min-w-0 text-pretty wrap-anywhere">{children}</dd>
    </>
  );
}

function reasonWords({ rule, day, reason }: UnusualUse, t: TFunction, language: Language): string {
  const of = (name: string) => Number(reason[name] ?? 0);
  switch (rule) {
    case 'own-name':
      return t(reason['whole'] === true ? 'unusual.reason.sameWhole' : 'unusual.reason.sameFamily');
    case 'own-staff':
      return t('unusual.reason.staff', { people: of('people') });
    case 'many-patients':
      return t('unusual.reason.many', { patients: of('patients'), minutes: of('minutes'), least: of('least') });
    case 'night':
      return t('unusual.reason.night', {
        day: formatDA(day.replaceAll('-', ''), language),
        patients: of('patients'),
        from: of('fromHour'),
        until: of('untilHour'),
      });
    case 'no-visit':
      return t('unusual.reason.noVisit', { passed: of('passed'), days: of('days') });
    default:
      return rule;
  }
}

/** Asked for when they are opened: that they were read is on record. */
function Records({ use: { id, records } }: { use: UnusualUse }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ['unusual-records', id, useLanguage()],
    queryFn: ({ signal }) => recordsOfUse(id, signal),
    enabled: open,
  });
  return (
    <details className="mt-3" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer py-1 text-xs text-ink-2 pointer-coarse:py-3">{t('unusual.records', { count: records })}</summary>
      {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined ? null : (
        <ol className="max-h-96 divide-y divide-line overflow-y-auto">
          {data.entries.map((entry) => (
            <RecordLine key={entry.seq} entry={entry} />
          ))}
        </ol>
      )}
    </details>
  );
}

function Outcome({ use }: { use: UnusualUse }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { decided } = use;
  if (decided === null) return use.own ? <p className="mt-3 text-sm text-ink-2">{t('unusual.own')}</p> : <Decision use={use} />;
  return (
    <div className="mt-3 border-t border-line pt-3 text-sm">
      <p className="font-medium">{unusualDecisionWord(decided.decision, t)}</p>
      <p className="whitespace-pre-wrap wrap-anywhere">{decided.words}</p>
      <p className="text-xs text-ink-3">{t('unusual.decidedBy', { at: formatInstant(decided.at, language), name: decided.by })}</p>
    </div>
  );
}

function Decision({ use }: { use: UnusualUse }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useContractForm({
    schema: decideUnusualSchema,
    start: { decision: '', words: '' },
    send: async (body) => {
      await decideUnusual(use.id, body);
      toast(t('unusual.decidedNow'));
      await client.invalidateQueries({ queryKey: ['unusual'] });
    },
  });
  return (
    <Form form={form} className="mt-3 grid grid-cols-[14rem_minmax(0,1fr)] items-start gap-3 border-t border-line pt-3 max-sm:grid-cols-1">
      <SelectField name="decision" label={t('unusual.decision')} asks>
        {UNUSUAL_DECISIONS.map((decision) => (
          <option key={decision} value={decision}>
            {unusualDecisionWord(decision, t)}
          </option>
        ))}
      </SelectField>
      <TextAreaField name="words" label={t('unusual.words')} hint={t('unusual.wordsHint', { max: DECISION_CHARS_MAX })} />
      <div className="sm:col-start-2">
        <FormRefusal />
        <SubmitButton kind="primary" size="small" sending={t('unusual.deciding')}>
          {t('unusual.decide')}
        </SubmitButton>
      </div>
    </Form>
  );
}
