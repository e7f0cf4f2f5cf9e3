import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Emergency } from '../../gateway/api/contract/emergencies.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { birthDateWords } from '../patient/patient-facts.tsx';
import { PersonName } from '../patient/person-name.tsx';
import { categoryWord, jobWord, verdictWord } from '../record/record-words.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';

interface Props {
  emergency: Emergency;
  /** For who opened it: while it runs. */
  leadsToPatient?: boolean;
  children?: ReactNode;
}

/** Who opened whose images, when, why, and what was said of it. Red as long as somebody has to decide. */
export function EmergencyEntry({ emergency, leadsToPatient = false, children }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  const staffName = useStaffName();
  const { reader, patient, category, reason, running, openedAt, until, endedAt, studies, reviews, despiteObjection } = emergency;
  const waits = reviews.some(({ verdict }) => verdict === null);
  const end = endedAt ?? until;
  return (
    <li
      data-testid="emergency"
      data-waits={waits}
      data-running={running}
      className={classes('rounded-lg border p-4', waits ? 'border-danger bg-danger-soft' : 'border-line bg-surface')}
    >
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1 text-sm">
        <span className={classes('font-semibold', waits ? 'text-danger' : 'text-ink')}>
          {t(waits ? 'emergency.waits' : 'emergency.reviewed')}
        </span>
        <span className={running ? 'text-danger' : 'text-ink-2'}>
          {t(running ? 'emergency.runsUntil' : 'emergency.endedAt', { at: formatInstant(end, language) })}
        </span>
      </p>
      <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
        <Fact name={t('emergency.reader')}>
          {staffName(reader)}
          <span className="ml-2 text-xs text-ink-2">
            {facilityName(reader.facility)}
            {t('app.and')}
            {jobWord(reader.job, t)}
          </span>
        </Fact>
        {patient === null ? null : (
          <Fact name={t('emergency.patient')}>
            <PersonName name={patient.patientName} />
            <span className="text-xs text-ink-2">
              {[patient.patientID, birthDateWords(patient.patientBirthDate, t, language)].filter((text) => text !== '').join('　')}
            </span>
          </Fact>
        )}
        <Fact name={t('emergency.openedAt')}>
          {formatInstant(openedAt, language)}
          <span className="ml-2 text-xs text-ink-2">{t('emergency.studies', { count: studies })}</span>
        </Fact>
        <Fact name={t('emergency.why')}>
          {categoryWord(category, t)}
          {reason === null ? null : <span className="mt-0.5 block text-xs whitespace-pre-wrap text-ink-2">{reason}</span>}
        </Fact>
        {despiteObjection ? (
          <Fact name={t('emergency.objection')}>
            <span className="font-medium text-danger">{t('emergency.objectedThen')}</span>
          </Fact>
        ) : null}
        <Reviews reviews={reviews} />
      </dl>
      {leadsToPatient && running && patient !== null ? (
        <Button asChild className="mt-3">
          <Link to="/patients/$patientId" params={{ patientId: patient.id }} preload={false}>
            {t('emergency.toPatient')}
          </Link>
        </Button>
      ) : null}
      {children}
    </li>
  );
}

function Reviews({ reviews }: Pick<Emergency, 'reviews'>) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  return (
    <>
      {reviews.map((review) => (
        <Fact key={review.facility.code} name={t('emergency.reviewBy', { facility: facilityName(review.facility) })}>
          <span className={review.verdict === 'justified' ? undefined : 'text-danger'}>
            {review.verdict === null ? t('emergency.waits') : verdictWord(review.verdict, t)}
          </span>
          {review.at === null ? null : (
            <span className="ml-2 text-xs text-ink-2">
              {formatInstant(review.at, language)}
              {review.byRegion ? t('app.inBrackets', { text: t('emergency.byRegion') }) : ''}
            </span>
          )}
          {review.words === null ? null : <span className="block text-xs whitespace-pre-wrap text-ink-2">{review.words}</span>}
        </Fact>
      ))}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="pt-0.5 text-xs text-ink-3">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}
