import { Link } from '@tanstack/react-router';
import { Siren } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Emergency } from '../../gateway/api/contract/emergencies.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { PersonName } from '../patient/person-name.tsx';
import { useSession } from '../session/use-session.ts';
import { useStaffName } from '../session/use-staff-name.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useToldEmergencyList } from './use-told-emergencies.ts';

/** What was opened in emergencies of the facility’s images, or of a patient who is registered here; above everything else, red until it is decided. */
export function EmergencyNotices() {
  const { t } = useTranslation();
  const told = useToldEmergencyList();
  if (told === undefined || told.length === 0) return null;
  return (
    <section aria-label={t('notices.emergencies')}>
      <h2 className="mb-2 text-base font-semibold">{t('notices.emergencies')}</h2>
      <ul className="flex flex-col gap-2">
        {told.map((emergency) => (
          <Told key={emergency.id} emergency={emergency} />
        ))}
      </ul>
    </section>
  );
}

function Told({ emergency: { reader, patient, openedAt, reviews, mayReview } }: { emergency: Emergency }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { user } = useSession();
  const staffName = useStaffName();
  const facilityName = useFacilityName();
  const own = reviews.find(({ facility }) => facility.code === user.facility?.code);
  const waits = own !== undefined && own.verdict === null;
  return (
    <li
      data-testid="told-emergency"
      data-waits={waits}
      className={classes('flex gap-3 rounded-lg border p-3', waits ? 'border-danger bg-danger-soft' : 'border-line')}
    >
      <Siren className={classes('mt-0.5 size-5 shrink-0', waits ? 'text-danger' : 'text-ink-2')} strokeWidth={1.5} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-3 text-sm">
          {own === undefined ? null : (
            <span className={classes('font-semibold', waits && 'text-danger')}>
              {t(waits ? 'notices.emergencyWaits' : 'notices.emergencyDone')}
            </span>
          )}
          <time dateTime={openedAt} className="text-xs text-ink-3">
            {formatInstant(openedAt, language)}
          </time>
        </p>
        <p className="mt-0.5 text-sm text-pretty">
          {t('notices.emergencyBody', { facility: facilityName(reader.facility), name: staffName(reader) })}
        </p>
        {patient === null ? null : (
          <div className="mt-1 text-sm">
            <PersonName name={patient.patientName} />
            <span className="text-2xs text-ink-3">{patient.patientID}</span>
          </div>
        )}
        {own === undefined ? <p className="mt-1 text-xs text-ink-2">{t('notices.emergencyKnown')}</p> : null}
        <p className="mt-2 flex flex-wrap gap-2 empty:hidden">
          {mayReview ? (
            <Button asChild kind="danger">
              <Link to="/emergency/reviews">{t('notices.toReview')}</Link>
            </Button>
          ) : null}
          {patient === null ? null : (
            <Button asChild>
              <Link to="/patients/$patientId" params={{ patientId: patient.id }} preload={false}>
                {t('notices.toImages')}
              </Link>
            </Button>
          )}
        </p>
      </div>
    </li>
  );
}
