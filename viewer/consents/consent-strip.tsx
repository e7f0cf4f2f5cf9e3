import { Link } from '@tanstack/react-router';
import { FileSignature } from 'lucide-react';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsentAnswer } from '../../gateway/api/contract/consents.ts';
import type { PatientSummary, PersonDetail } from '../../gateway/api/contract/patients.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { lazyWithTexts } from '../i18n/lazy-with-texts.ts';
import { useSession } from '../session/use-session.ts';
import { Failure } from '../shell/failure.tsx';
import { standingFirst, useConsentWords } from './use-consent-words.ts';
import { useConsents } from './use-consents.ts';

/** Few look further than at the state. */
const ConsentDialog = lazyWithTexts(() => import('./consent-dialog.tsx'), 'ConsentDialog', 'consents', 'record', 'forms', 'sharing');

/** What the person agreed to at the reader's facility, for those who may take consents: who may share a study of theirs. */
export function ConsentStrips({ person }: { person: PersonDetail }) {
  const { user } = useSession();
  const own = person.patients.filter(
    ({ id, owner }) => owner.code === user.facility?.code && person.studies.some(({ patient, mayShare }) => patient === id && mayShare),
  );
  return own.map((patient) => <ConsentStrip key={patient.id} patient={patient} alone={own.length === 1} />);
}

/** `alone`: otherwise it says of which of the facility's own numbers it speaks. */
function ConsentStrip({ patient, alone }: { patient: PatientSummary; alone: boolean }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useConsents(patient.id);
  const [open, setOpen] = useState(false);
  return (
    <section
      aria-label={t('consent.title')}
      data-testid="consent-strip"
      className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line bg-surface px-3 py-1.5 sm:px-4"
    >
      {error === null ? null : <Failure error={error} onRetry={() => void refetch()} />}
      {data === undefined ? null : (
        <>
          <div className="flex min-w-0 flex-[1_1_18rem] items-center gap-2">
            <FileSignature className="size-4 shrink-0 text-ink-3" aria-hidden />
            {alone ? null : <span className="font-mono text-xs text-ink-2">{patient.patientID}</span>}
            <State consents={standingFirst(data)} />
          </div>
          <div className="flex gap-2">
            <Button size="small" onClick={() => setOpen(true)} data-testid="consent-details">
              {t('consent.details')}
            </Button>
            <Button asChild size="small">
              <Link to="/patients/$patientId/consent" params={{ patientId: patient.id }} data-testid="take-consent">
                {t('consent.take')}
              </Link>
            </Button>
          </div>
        </>
      )}
      <Suspense>{open ? <ConsentDialog patient={patient} onClose={() => setOpen(false)} /> : null}</Suspense>
    </section>
  );
}

/** In plain words: given to whom, on which basis, by whom, until when; none; ended, and how. */
function State({ consents }: { consents: readonly ConsentAnswer[] }) {
  const { t } = useTranslation();
  const words = useConsentWords();
  const [first] = consents;
  if (first === undefined) return <p className="text-sm text-ink-2">{t('consent.none')}</p>;
  const { to, basis, taken, until, except } = words(first);
  const standing = consents.filter(({ ended }) => ended === null).length;
  const details =
    first.ended === null ? [to, except === '' ? '' : `${t('consent.label.except')}: ${except}`, basis, taken, until] : [basis, taken];
  return (
    <p className="min-w-0 text-xs text-ink-2">
      <span className={classes('mr-2 text-sm font-medium', first.ended === null ? 'text-ok' : 'text-accent')} data-testid="consent-state">
        {first.ended === null ? t('consent.stands') : t(`consent.ended.${first.ended}`)}
      </span>
      {details
        .filter((text) => text !== '')
        .map((text) => (
          <span key={text} className="mr-2.5 inline-block break-words">
            {text}
          </span>
        ))}
      {standing > 1 ? <span className="text-ink-3">{t('consent.more', { count: standing - 1 })}</span> : null}
    </p>
  );
}
