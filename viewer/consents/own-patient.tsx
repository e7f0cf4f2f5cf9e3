import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PatientSummary } from '../../gateway/api/contract/patients.ts';
import { isGone, PersonAwaited, PersonEnded } from '../patients/person-unseen.tsx';
import { usePerson } from '../patients/use-person.ts';
import { useSession } from '../session/use-session.ts';

/** A page about a patient of the reader's own facility; of another's it says who can. */
export function OwnPatient({ id, children }: { id: string; children: (patient: PatientSummary) => ReactNode }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const { data, error, refetch } = usePerson(id);
  const patient = data?.person.patients.find((one) => one.id === id && one.owner.code === user.facility?.code);
  if (patient !== undefined) return children(patient);
  if (data !== undefined || isGone(error)) return <PersonEnded body={t('consent.notOwn')} testId="not-own" />;
  return <PersonAwaited error={error} onRetry={() => void refetch()} />;
}
