import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { BASIS_KINDS } from '../../../gateway/api/contract/consent-rules.ts';
import { type GiveConsent, giveConsentSchema } from '../../../gateway/api/contract/consents.ts';
import type { PatientSummary } from '../../../gateway/api/contract/patients.ts';
import { giveConsent } from '../../api/consents.ts';
import { Button } from '../../design/button.tsx';
import { toast } from '../../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../../forms/form.tsx';
import { useContractForm } from '../../forms/use-contract-form.ts';
import { useLanguage } from '../../i18n/use-language.ts';
import { displayName } from '../../patient/name-groups.ts';
import { birthDateWords } from '../../patient/patient-facts.tsx';
import { useSession } from '../../session/use-session.ts';
import { useFacilities } from '../../sharing/use-shares.ts';
import { CONSENT_FORM_VERSION } from '../form-text.ts';
import { OwnPatient } from '../own-patient.tsx';
import { useConsentsChanged, useReach, WHOLE } from '../use-consents.ts';
import { BasisFields } from './basis-fields.tsx';
import { bodyOf, missingOf, previewOf, START, type Typed } from './consent-wish.ts';
import { ProofField } from './proof-field.tsx';
import { Reach } from './reach.tsx';
import { ScopeFields } from './scope-fields.tsx';

const route = getRouteApi('/signed-in/framed/patients/$patientId/consent');

/** A consent is taken within a minute, with the tablet in the patient's hands. */
export function TakeConsentPage() {
  const { t } = useTranslation();
  const { patientId } = route.useParams();
  const asked = route.useSearch().basis;
  const basis = BASIS_KINDS.find((kind) => kind === asked) ?? START.basis;
  useEffect(() => {
    document.title = `${t('takeConsent.title')} – Renkei`;
  }, [t]);
  return (
    <main className="h-full overflow-y-auto">
      <OwnPatient key={patientId} id={patientId}>
        {(patient) => <TakeConsent patient={patient} basis={basis} />}
      </OwnPatient>
    </main>
  );
}

/** The gateway's reasons that are about one field. */
const FIELDS: Readonly<Record<string, keyof Typed>> = {
  until: 'until',
  'consent-term-missing': 'until',
  'consent-relation-missing': 'relation',
  'consent-ground-missing': 'ground',
  'consent-to-nobody': 'facilities',
};

/** What the rules of the basis ask for, beside the schema. */
const WISH = giveConsentSchema.superRefine((body, { addIssue }) => {
  for (const path of missingOf(body as GiveConsent)) addIssue({ code: 'custom', message: 'required', path: [path] });
});

function TakeConsent({ patient, basis }: { patient: PatientSummary; basis: Typed['basis'] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const changed = useConsentsChanged();
  const { user } = useSession();
  const others = (useFacilities().data ?? []).filter(({ code }) => code !== user.facility?.code);
  const toPatient = { to: '/patients/$patientId', params: { patientId: patient.id } } as const;
  const form = useContractForm<Typed, GiveConsent>({
    schema: WISH as never,
    start: { ...START, basis, formVersion: CONSENT_FORM_VERSION },
    bodyOf: (typed) => bodyOf(typed, others),
    send: async (body) => {
      await giveConsent(patient.id, body);
      toast(t('takeConsent.given'));
      await changed();
      await navigate(toPatient);
    },
    fieldOf: ({ reason }) => FIELDS[reason ?? ''],
  });
  const typed = form.fields.watch();
  const whole = useReach(patient.id, WHOLE).data;
  const reach = useReach(patient.id, previewOf(typed, others)).data;
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-5 p-4 sm:p-6">
      <Head patient={patient} />
      <Form form={form} className="flex flex-col gap-7">
        <BasisFields whole={whole} />
        <ScopeFields others={others} studies={whole?.studies ?? []} />
        <ProofField patient={patient} others={others} studies={whole?.studies ?? []} />
        <div className="flex flex-col gap-3">
          <Reach reach={previewOf(typed, others) === undefined ? undefined : reach} />
          <FormRefusal />
          <div className="flex flex-wrap items-center gap-3">
            <SubmitButton kind="primary" size="large" sending={t('takeConsent.giving')}>
              {t('takeConsent.give')}
            </SubmitButton>
            <Button asChild kind="bare">
              <Link {...toPatient}>{t('app.cancel')}</Link>
            </Button>
          </div>
        </div>
      </Form>
    </div>
  );
}

function Head({ patient }: { patient: PatientSummary }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <header className="flex items-start gap-1.5">
      <Button asChild kind="bare" size="icon" className="-ml-2">
        <Link to="/patients/$patientId" params={{ patientId: patient.id }} aria-label={t('takeConsent.back')}>
          <ArrowLeft className="size-[18px]" aria-hidden />
        </Link>
      </Button>
      <div className="min-w-0 flex-1">
        <h1 className="text-xl font-semibold">{t('takeConsent.title')}</h1>
        <p className="mt-1 flex flex-wrap gap-x-3 text-sm">
          <span className="font-medium break-words" data-testid="person">
            {displayName(patient.patientName).primary || t('studies.noName')}
          </span>
          <span className="text-ink-2">{birthDateWords(patient.patientBirthDate, t, language)}</span>
          <span className="font-mono text-ink-2">{patient.patientID}</span>
        </p>
      </div>
      <Button asChild size="small" className="mt-1">
        <Link to="/patients/$patientId/consent/form" params={{ patientId: patient.id }}>
          {t('takeConsent.formLink')}
        </Link>
      </Button>
    </header>
  );
}
