import { useTranslation } from 'react-i18next';
import type { DeskPatient } from '../../gateway/api/contract/links.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { birthDateWords, sexWord } from '../patient/patient-facts.tsx';
import { PersonName } from '../patient/person-name.tsx';
import { useFacilityName } from '../sharing/use-facility-name.ts';

export function PatientLine({ patient }: { patient: DeskPatient }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const facts = [
    facilityName(patient.facility),
    patient.patientID,
    birthDateWords(patient.patientBirthDate, t, language),
    sexWord(patient.patientSex, t),
  ].filter((fact) => fact !== '');
  return (
    <span className="flex min-w-0 flex-col gap-0.5">
      <PersonName name={patient.patientName} />
      <span className="flex flex-wrap gap-x-3 text-xs text-ink-2">
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </span>
    </span>
  );
}
