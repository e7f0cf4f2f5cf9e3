import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeskPatient, Link } from '../../gateway/api/contract/links.ts';
import { getDeskPatient, separatePatient } from '../api/links.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { Failure } from '../shell/failure.tsx';
import { evidenceWord } from './evidence-word.ts';
import { PatientLine } from './patient-line.tsx';
import { useDeskAct } from './use-desk-act.ts';
import { usePatientLabel } from './use-patient-label.ts';

interface Props {
  patient: DeskPatient;
  onLookForSame: () => void;
}

/** A patient: who is the same person, what was decided so far, and how to part it. */
export function DeskPatientView({ patient, onLookForSame }: Props) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['links', 'patient', patient.id],
    queryFn: ({ signal }) => getDeskPatient(patient.id, signal),
  });
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  return (
    <div className="flex flex-col gap-5">
      <PatientLine patient={data.patient} />
      <section aria-label={t('links.joined')}>
        <h3 className="mb-2 text-sm font-semibold">{t('links.joined')}</h3>
        {data.joined.length === 0 ? <p className="text-sm text-ink-3">{t('links.joinedNone')}</p> : null}
        <ul className="flex flex-col gap-3">
          {data.joined.map((other) => (
            <li key={other.id}>
              <PatientLine patient={other} />
            </li>
          ))}
        </ul>
      </section>
      {data.links.length === 0 ? null : <History links={data.links} of={patient} />}
      <div className="flex flex-wrap gap-2">
        <Button onClick={onLookForSame}>{t('links.proposeFirst')}</Button>
        {data.joined.length === 0 ? null : <SeparateButton patient={patient} />}
      </div>
    </div>
  );
}

function History({ links, of }: { links: readonly Link[]; of: DeskPatient }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const label = usePatientLabel();
  return (
    <section aria-label={t('links.history')}>
      <h3 className="mb-2 text-sm font-semibold">{t('links.history')}</h3>
      <ul className="flex flex-col gap-2 text-sm">
        {links.map((link) => (
          <li key={link.id} className="min-w-0">
            <span className="font-medium">{t(`links.state.${link.state}`)}</span>{' '}
            <span className="break-words">{label(link.patient.id === of.id ? link.other : link.patient)}</span>
            <span className="block text-xs text-ink-3">
              {formatInstant(link.undoneAt ?? link.decidedAt ?? link.proposedAt, language)}
              {link.reasons.length === 0 ? '' : `　${link.reasons.map((code) => evidenceWord(code, t)).join(t('app.and'))}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function SeparateButton({ patient }: { patient: DeskPatient }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const label = usePatientLabel();
  const separate = useDeskAct(
    () => separatePatient(patient.id),
    () => t('links.separated'),
  );
  return (
    <>
      <Button busy={separate.isPending} onClick={() => setAsking(true)}>
        {t('links.separate')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('links.separateTitle')}
        body={t('links.separateBody', { one: label(patient) })}
        confirm={t('links.separate')}
        onConfirm={() => separate.mutate()}
      />
    </>
  );
}
