import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Siren } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EmergencyFinding, SearchEmergency } from '../../gateway/api/contract/emergencies.ts';
import { searchEmergencySchema } from '../../gateway/api/contract/emergencies.ts';
import { listEmergencies, searchEmergency } from '../api/emergencies.ts';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Notice } from '../design/notice.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { DateField, TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { formatDA, inputToDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useSession } from '../session/use-session.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { Failure } from '../shell/failure.tsx';
import { EmergencyEntry } from './emergency-entry.tsx';
import { OpenForm } from './open-form.tsx';

const NOBODY = { patientID: '', birthDate: '', name: '' };

/** To open, in an emergency, what others hold of one person: who it is, then why. Below, what the reader has opened so. */
export function EmergencyPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  const keptFocus = useKeptFocus<HTMLElement>();
  useEffect(() => {
    document.title = `${t('emergency.title')} – Renkei`;
  }, [t]);
  if (!user.opensEmergencies) return <Notice icon={Siren} title={t('emergency.title')} body={t('emergency.forDoctors')} />;
  return (
    <main {...keptFocus} className="h-full overflow-y-auto focus-visible:-outline-offset-2">
      <div className="mx-auto flex min-h-full max-w-3xl flex-col gap-8 p-4 sm:p-8">
        <div>
          <h1 className="flex items-center gap-2 text-xl font-semibold text-danger">
            <Siren className="size-5 shrink-0" aria-hidden />
            {t('emergency.title')}
          </h1>
          <p className="mt-2 text-sm text-pretty text-ink-2">{t('emergency.intro')}</p>
          <ul className="mt-2 list-disc pl-5 text-sm text-pretty text-ink-2">
            <li>{t('emergency.introTold')}</li>
            <li>{t('emergency.introReview')}</li>
            <li>{t('emergency.introLook')}</li>
          </ul>
          <p className="mt-2 text-xs text-pretty text-ink-3">{t('emergency.law')}</p>
        </div>
        <BreakGlass />
        <Own />
      </div>
    </main>
  );
}

interface Found {
  readonly whom: SearchEmergency;
  readonly finding: EmergencyFinding;
}

function BreakGlass() {
  const { t } = useTranslation();
  const [found, setFound] = useState<Found>();
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useContractForm({
    schema: searchEmergencySchema,
    start: NOBODY,
    send: async (whom) => {
      setFound(undefined);
      setFound({ whom, finding: await searchEmergency(whom) });
    },
  });
  return (
    <section aria-label={t('emergency.who')}>
      <h2 className="text-base font-semibold">{t('emergency.who')}</h2>
      <p className="mt-1 mb-4 text-sm text-pretty text-ink-2">{t('emergency.whoHint')}</p>
      <Form form={form} marksOptional={false} className="grid items-start gap-3 sm:grid-cols-3">
        <TextField name="patientID" label={t('emergency.patientID')} optional />
        <DateField name="birthDate" label={t('emergency.birthDate')} className="w-full" optional />
        <TextField name="name" label={t('emergency.name')} hint={t('emergency.nameHint')} optional />
        <div className="flex flex-wrap items-center gap-3 sm:col-span-3">
          <SubmitButton kind="primary" sending={t('emergency.find')}>
            {t('emergency.find')}
          </SubmitButton>
          <FormRefusal />
        </div>
      </Form>
      {found === undefined ? null : (
        <div className="mt-6 flex flex-col gap-4" data-testid="finding">
          <Finding {...found} />
          {found.finding.facilities.length === 0 ? null : (
            <OpenForm
              key={JSON.stringify(found.whom)}
              whom={found.whom}
              objected={found.finding.objected}
              onOpened={({ patient }) => {
                void client.invalidateQueries({ queryKey: ['emergencies'] });
                if (patient !== null) void navigate({ to: '/patients/$patientId', params: { patientId: patient.id } });
              }}
            />
          )}
        </div>
      )}
    </section>
  );
}

/** There is such a person, and where their images are; no more. */
function Finding({ whom, finding: { finding, facilities } }: Found) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const said = [
    whom.patientID ? `${t('emergency.patientID')} ${whom.patientID}` : '',
    whom.name ?? '',
    whom.birthDate ? formatDA(inputToDA(whom.birthDate), language) : '',
  ].filter((text) => text !== '');
  return (
    <div role="status" className="rounded-lg border border-line bg-surface px-4 py-3 text-sm">
      <p className="text-xs break-words text-ink-3">{said.join('　')}</p>
      <p className="mt-1 font-medium">
        {finding !== 'somebody'
          ? t(`emergency.finding.${finding}`)
          : facilities.length === 0
            ? t('emergency.finding.noImages')
            : t('emergency.finding.somebody')}
      </p>
      {facilities.length === 0 ? null : <p className="mt-1 break-words text-ink-2">{facilities.map(facilityName).join(t('app.and'))}</p>}
    </div>
  );
}

function Own() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['emergencies', 'own'],
    queryFn: ({ signal }) => listEmergencies(signal),
  });
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined || data.emergencies.length === 0) return null;
  return (
    <section aria-label={t('emergency.own')}>
      <h2 className="mb-4 text-base font-semibold">{t('emergency.own')}</h2>
      <ul className="flex flex-col gap-3">
        {data.emergencies.map((emergency) => (
          <EmergencyEntry key={emergency.id} emergency={emergency} leadsToPatient />
        ))}
      </ul>
    </section>
  );
}
