import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type ReactNode, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListedLetter } from '../../gateway/api/contract/letters.ts';
import type { PersonDetail, StudyOnLine } from '../../gateway/api/contract/patients.ts';
import { ConsentStrips } from '../consents/consent-strip.tsx';
import { Button } from '../design/button.tsx';
import { EmergencyBar } from '../emergency/emergency-bar.tsx';
import { lazyWithTexts } from '../i18n/lazy-with-texts.ts';
import { useBeginLetter, usePersonLetters } from '../referral/use-letters.ts';
import { useSession } from '../session/use-session.ts';
import { sideBySide } from '../study/study-view.ts';
import { useViewerSoon } from '../study/use-viewer.ts';
import { StudyListNotice } from '../study-list/study-list-notice.tsx';
import { chosenWith, lineKey } from './line-of-time.ts';
import { PersonHead } from './person-head.tsx';
import { isGone, PersonAwaited, PersonEnded } from './person-unseen.tsx';
import { TimeLine } from './time-line.tsx';
import { usePerson } from './use-person.ts';

/** Few take files away, so its code comes when it is wanted. */
const ExportDialog = lazyWithTexts(() => import('../export/export-dialog.tsx'), 'ExportDialog', 'export');

const route = getRouteApi('/signed-in/framed/patients/$patientId');

export function PatientPage() {
  const { t } = useTranslation();
  const { user } = useSession();
  useEffect(() => {
    // No patient's name in the window title: titles end up in histories and screen sharing.
    document.title = `${t('timeline.title')} – Renkei`;
  }, [t]);
  const { patientId } = route.useParams();
  if (user.facility === null) return <StudyListNotice state="no-facility" />;
  return (
    <main className="flex h-full flex-col">
      <Person key={patientId} id={patientId} />
    </main>
  );
}

function Person({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = usePerson(id);
  useViewerSoon(data !== undefined);
  if (isGone(error) || data?.person.patients.length === 0) return <PersonEnded body={t('timeline.endedBody')} testId="person-ended" />;
  if (data !== undefined) return <Line id={id} person={data.person} />;
  return <PersonAwaited error={error} onRetry={() => void refetch()} />;
}

function Line({ id, person }: { id: string; person: PersonDetail }) {
  const { t } = useTranslation();
  const { user } = useSession();
  const { data: letters = NO_LETTERS } = usePersonLetters(id, user.letters !== undefined);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  // What may be seen no more is chosen no more.
  const studies = chosen.flatMap((key) => person.studies.filter((study) => lineKey(study) === key));
  return (
    <>
      <EmergencyBar until={person.studies.map(({ emergencyUntil }) => emergencyUntil)} />
      <PersonHead person={person} />
      <ConsentStrips person={person} />
      <Acts person={person} chosen={studies}>
        {user.letters === 'write' ? <WriteLetter patient={id} /> : null}
      </Acts>
      {person.studies.length < person.studyCount ? (
        <p role="status" className="border-b border-line bg-info-soft px-3 py-1.5 text-xs text-info sm:px-4">
          {t('timeline.shownOf', { shown: person.studies.length, all: person.studyCount })}
        </p>
      ) : null}
      <div className="min-h-0 flex-1">
        <TimeLine
          studies={person.studies}
          letters={letters}
          chosen={studies.map(lineKey)}
          onChoose={(key) => setChosen(chosenWith(studies.map(lineKey), key))}
        />
      </div>
      {studies.length === 0 ? null : <Chosen studies={studies} onClear={() => setChosen([])} />}
    </>
  );
}

const NO_LETTERS: readonly ListedLetter[] = [];

function WriteLetter({ patient }: { patient: string }) {
  const { t } = useTranslation();
  const begin = useBeginLetter();
  return (
    <Button size="small" busy={begin.isPending} onClick={() => begin.mutate({ kind: 'referral', patient })}>
      {t('timeline.writeLetter')}
    </Button>
  );
}

/** What may be done with the person's studies; an export begins with those that are chosen. */
function Acts({ person, chosen, children }: { person: PersonDetail; chosen: readonly StudyOnLine[]; children: ReactNode }) {
  const { t } = useTranslation();
  const [exporting, setExporting] = useState(false);
  const mayExport = person.studies.some(({ mayDownload }) => mayDownload);
  if (!mayExport && children === null) return null;
  return (
    <div className="flex shrink-0 flex-wrap gap-2 border-b border-line bg-surface px-3 py-1.5 sm:px-4">
      {children}
      {mayExport ? (
        <Button size="small" onClick={() => setExporting(true)} data-testid="export-studies">
          {t('timeline.export')}
        </Button>
      ) : null}
      <Suspense>
        {exporting ? (
          <ExportDialog studies={person.studies} {...(chosen.length === 0 ? {} : { chosen })} open onOpenChange={setExporting} />
        ) : null}
      </Suspense>
    </div>
  );
}

/** What is chosen to be looked at side by side: the older on the left, as time goes. */
function Chosen({ studies, onClear }: { studies: readonly StudyOnLine[]; onClear: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [older, newer] = studies.toSorted((a, b) => (a.studyDate + a.studyTime < b.studyDate + b.studyTime ? -1 : 1));
  const open = () => {
    if (older === undefined || newer === undefined) return;
    const upright = matchMedia('(orientation: portrait)').matches;
    void navigate({
      to: '/studies/$studyInstanceUID',
      params: { studyInstanceUID: older.studyInstanceUID },
      search: sideBySide(older, newer, upright),
    });
  };
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line bg-raised px-3 py-2 sm:px-4">
      <p role="status" className="min-w-0 flex-1 text-xs text-ink-2">
        {t(newer === undefined ? 'timeline.chosenOne' : 'timeline.chosenTwo')}
      </p>
      <Button kind="bare" onClick={onClear}>
        {t('timeline.clear')}
      </Button>
      <Button kind="primary" disabled={newer === undefined} onClick={open} data-testid="open-both">
        {t('timeline.openBoth')}
      </Button>
    </div>
  );
}
