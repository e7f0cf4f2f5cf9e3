import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PatientSummary, PersonDetail } from '../../gateway/api/contract/patients.ts';
import { Button } from '../design/button.tsx';
import { todayDA } from '../i18n/dates.ts';
import { displayName } from '../patient/name-groups.ts';
import { usePatientFacts } from '../patient/patient-facts.tsx';
import { useFacilityName } from '../sharing/use-facility-name.ts';

/** Who it is, as the newest study says, and under which identifier which facility knows the person. */
export function PersonHead({ person }: { person: PersonDetail }) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const facts = usePatientFacts();
  const [patient] = person.patients as [PatientSummary, ...PatientSummary[]];
  const { primary, secondary } = displayName(patient.patientName);
  const { sexAndAge, birth } = facts({ ...patient, studyDate: todayDA(new Date()) });
  return (
    <header className="flex shrink-0 items-start gap-1.5 border-b border-line bg-surface px-2 py-2">
      <Button asChild kind="bare" size="icon">
        <Link to="/patients" aria-label={t('timeline.toPatients')}>
          <ArrowLeft className="size-[18px]" aria-hidden />
        </Link>
      </Button>
      <div className="min-w-0 flex-1 pt-1">
        <h1 className="flex min-w-0 flex-wrap items-baseline gap-x-3">
          <span className="text-lg leading-6 font-semibold break-words" data-testid="person">
            {primary || t('studies.noName')}
          </span>
          {secondary.length === 0 ? null : <span className="text-xs font-normal text-ink-2">{secondary.join('　')}</span>}
          <span className="text-sm font-normal text-ink">{sexAndAge}</span>
          <span className="text-sm font-normal text-ink-2">{birth}</span>
        </h1>
        <ul className="mt-0.5 flex flex-wrap gap-x-4 text-xs text-ink-3" data-testid="identifiers">
          {person.patients.map(({ id, owner, patientID, patientName, patientBirthDate }) => (
            <li key={id} className="max-w-full break-words">
              {facilityName(owner)} <span className="font-mono text-ink-2">{patientID}</span>
              <Otherwise
                name={displayName(patientName).primary}
                than={primary}
                birthDate={patientBirthDate}
                thanBirthDate={patient.patientBirthDate}
              />
            </li>
          ))}
        </ul>
      </div>
      <p className="hidden shrink-0 pt-1.5 pr-2 text-right text-xs text-ink-2 sm:block">
        <span className="block">{t('patients.studies', { count: person.studyCount })}</span>
        {person.unopenedCount === 0 ? null : (
          <span className="block text-accent">{t('patients.unopened', { count: person.unopenedCount })}</span>
        )}
      </p>
    </header>
  );
}

interface OtherwiseProps {
  name: string;
  than: string;
  birthDate: string;
  thanBirthDate: string;
}

/** Where a facility knows the same person by another name or birth date, that is said: somebody may have been linked wrongly. */
function Otherwise({ name, than, birthDate, thanBirthDate }: OtherwiseProps) {
  const facts = usePatientFacts();
  const said = [
    name === than ? '' : name,
    birthDate === thanBirthDate ? '' : facts({ patientSex: '', patientBirthDate: birthDate, studyDate: '' }).birth,
  ];
  const text = said.filter((part) => part !== '').join('　');
  return text === '' ? null : <span className="text-accent"> {text}</span>;
}
