import { SearchX } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { Notice } from '../design/notice.tsx';
import { formatBytes } from '../i18n/format-bytes.ts';
import { chosenAtFirst, type KeptStudies } from './already-kept.ts';
import { type DiscContents, FILES_MAX } from './look-through.ts';
import { PatientCard } from './patient-card.tsx';
import { ProblemList } from './problem-list.tsx';

interface Props {
  contents: DiscContents;
  held: KeptStudies | undefined;
  onTake: (patients: ReadonlySet<number>, notNamed: boolean) => void;
  onStartOver: () => void;
}

const PATIENTS_SHOWN = 50;

/** Before anything is sent: whose images these are, and whose are to be taken in. */
export function ChoosePatients({ contents, held, onTake, onStartOver }: Props) {
  const { t } = useTranslation();
  const { patients, counts, problems, overLimit } = contents;
  const [chosen, setChosen] = useState(() => chosenAtFirst(patients, held));
  const [notNamed, setNotNamed] = useState(false);
  const [shown, setShown] = useState(PATIENTS_SHOWN);
  const choose = (number: number, wanted: boolean) => {
    const next = new Set(chosen);
    if (wanted) next.add(number);
    else next.delete(number);
    setChosen(next);
  };
  const found = patients.length > 0 || counts['not-named'] > 0;
  return (
    <div className="flex flex-col gap-4">
      {found ? (
        <div data-testid="choose-patients" data-patients={patients.length}>
          <h2 role="status" className="text-base font-medium">
            {t('upload.who')}
          </h2>
          <p className="mt-1 text-sm text-ink-2">
            {patients.length > 1 ? t('upload.whoSeveral', { count: patients.length }) : t('upload.whoOne')}
          </p>
        </div>
      ) : (
        <div data-testid="no-images" className="rounded-lg border border-line bg-surface">
          <Notice icon={SearchX} title={t('upload.whoNone')} body={t('upload.whoNoneNote')} />
        </div>
      )}
      {overLimit ? (
        <p role="alert" className="text-sm text-danger">
          {t('upload.limit', { count: FILES_MAX })}
        </p>
      ) : null}
      <ProblemList title={t('upload.unreadableFound')} problems={problems} outcome="unreadable" serious />
      {held === undefined && patients.length > 0 ? <p className="text-sm text-ink-2">{t('upload.hereFailed')}</p> : null}
      <ul className="flex flex-col gap-4 empty:hidden">
        {patients.slice(0, shown).map((patient, number) => (
          <PatientCard
            key={`${number} ${patient.patientID}`}
            patient={patient}
            number={number}
            held={held}
            chosen={chosen.has(number)}
            onChoose={(wanted) => choose(number, wanted)}
          />
        ))}
      </ul>
      {patients.length > shown ? (
        <Button onClick={() => setShown(shown + PATIENTS_SHOWN)}>
          {t('app.more')} ({patients.length - shown})
        </Button>
      ) : null}
      {counts['not-named'] > 0 ? <NotNamed contents={contents} chosen={notNamed} onChoose={setNotNamed} /> : null}
      <ProblemList title={t('upload.notDicomList')} problems={problems} outcome="not-dicom" closed />
      <ProblemList title={t('upload.passedOverList')} problems={problems} outcome="passed-over" closed />
      <TakeBar contents={contents} chosen={chosen} notNamed={notNamed} onTake={() => onTake(chosen, notNamed)} onStartOver={onStartOver} />
    </div>
  );
}

function NotNamed({ contents, chosen, onChoose }: { contents: DiscContents; chosen: boolean; onChoose: (chosen: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <section className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4" data-testid="not-named">
      <div>
        <h3 className="text-sm font-medium">{t('upload.notNamed', { count: contents.counts['not-named'] })}</h3>
        <p className="mt-1 text-xs text-ink-2">{t('upload.notNamedNote')}</p>
      </div>
      <label className="flex items-center gap-3 text-sm pointer-coarse:min-h-11">
        <input
          type="checkbox"
          checked={chosen}
          onChange={(event) => onChoose(event.target.checked)}
          className="size-5 accent-accent pointer-coarse:size-7"
        />
        {t('upload.takeNotNamed')}
      </label>
      <ProblemList title={t('upload.notNamedList')} problems={contents.problems} outcome="not-named" closed />
    </section>
  );
}

interface BarProps {
  contents: DiscContents;
  chosen: ReadonlySet<number>;
  notNamed: boolean;
  onTake: () => void;
  onStartOver: () => void;
}

/** Stays in sight below a long list: how much is chosen, and the one button that sends. */
function TakeBar({ contents, chosen, notNamed, onTake, onStartOver }: BarProps) {
  const { t } = useTranslation();
  const { patients, counts, notNamedBytes } = contents;
  const rows = patients.filter((_, number) => chosen.has(number));
  const files = rows.reduce((sum, row) => sum + row.files, notNamed ? counts['not-named'] : 0);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, notNamed ? notNamedBytes : 0);
  const several = patients.length > 1 || chosen.size === 0;
  return (
    <div className="sticky bottom-0 -mx-4 flex flex-wrap items-center gap-3 border-t border-line bg-ground px-4 py-3 sm:-mx-8 sm:px-8">
      <p className="min-w-0 flex-1 basis-full text-sm text-ink-2 sm:basis-0" data-testid="chosen">
        {files > 0
          ? t('upload.chosen', { patients: rows.length, files, size: formatBytes(bytes) })
          : patients.length > 0
            ? t('upload.takeChoose')
            : null}
      </p>
      <Button onClick={onStartOver}>{t('upload.startOver')}</Button>
      {patients.length + counts['not-named'] > 0 ? (
        <Button kind="primary" disabled={files === 0} onClick={onTake} data-testid="take">
          {t(several ? 'upload.takeChosen' : 'upload.takePatient')}
        </Button>
      ) : null}
    </div>
  );
}
