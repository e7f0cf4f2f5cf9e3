import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, Printer } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { PatientSummary } from '../../gateway/api/contract/patients.ts';
import { Button } from '../design/button.tsx';
import { todayDA } from '../i18n/dates.ts';
import { PrintSheet } from '../oversight/print-sheet.tsx';
import { useSession } from '../session/use-session.ts';
import { ConsentFormSheet } from './consent-form-sheet.tsx';
import { OwnPatient } from './own-patient.tsx';

const route = getRouteApi('/signed-in/framed/patients/$patientId/consent/form');

/** The form on paper: looked at, and printed. */
export function ConsentFormPage() {
  const { t } = useTranslation();
  const { patientId } = route.useParams();
  useEffect(() => {
    document.title = `${t('consentForm.title')} – Renkei`;
  }, [t]);
  return (
    <main className="h-full overflow-y-auto">
      <OwnPatient key={patientId} id={patientId}>
        {(patient) => <ConsentForm patient={patient} />}
      </OwnPatient>
    </main>
  );
}

function ConsentForm({ patient }: { patient: PatientSummary }) {
  const { t } = useTranslation();
  const { regionName } = useSession();
  const sheet = (
    <ConsentFormSheet
      patient={patient}
      region={regionName}
      address={`${window.location.origin}/patients/${patient.id}`}
      today={todayDA(new Date())}
      codeLabel={t('consentForm.qr')}
    />
  );
  return (
    <div className="mx-auto flex max-w-[210mm] flex-col gap-4 p-4 sm:p-6">
      <header className="flex items-start gap-1.5">
        <Button asChild kind="bare" size="icon" className="-ml-2">
          <Link to="/patients/$patientId/consent" params={{ patientId: patient.id }} aria-label={t('takeConsent.back')}>
            <ArrowLeft className="size-[18px]" aria-hidden />
          </Link>
        </Button>
        <div className="min-w-0 flex-1">
          <h1 className="text-xl font-semibold">{t('consentForm.title')}</h1>
          <p className="mt-1 text-sm text-pretty text-ink-2">{t('consentForm.intro')}</p>
          {regionName === '' ? <p className="mt-1 text-xs text-accent">{t('consentForm.noRegion')}</p> : null}
        </div>
      </header>
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" onClick={() => window.print()}>
          <Printer className="size-4" aria-hidden />
          {t('consentForm.print')}
        </Button>
        <Button asChild>
          <Link to="/patients/$patientId/consent" params={{ patientId: patient.id }} search={{ basis: 'paper' }}>
            {t('consentForm.take')}
          </Link>
        </Button>
      </div>
      <section aria-label={t('consentForm.preview')} className="overflow-x-auto rounded-md bg-white p-[15mm] max-sm:p-4">
        {sheet}
      </section>
      <PrintSheet>{sheet}</PrintSheet>
    </div>
  );
}
