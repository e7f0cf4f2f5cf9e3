import { TriangleAlert } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { ModalityBadge } from '../design/modality-badge.tsx';
import { formatDA } from '../i18n/dates.ts';
import { formatBytes } from '../i18n/format-bytes.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { displayName } from '../patient/name-groups.ts';
import { usePatientFacts } from '../patient/patient-facts.tsx';
import { isOthersID, type Kept, type KeptStudies, keptKey } from './already-kept.ts';
import type { PatientOnDisc, StudyOnDisc } from './patients/patients-on-disc.ts';

interface Props {
  patient: PatientOnDisc;
  number: number;
  held: KeptStudies | undefined;
  chosen: boolean;
  onChoose: (chosen: boolean) => void;
}

const STUDIES_SHOWN = 20;

/** One patient of what was dropped: name and birth date as large as a mix-up needs them, and the exams below. */
export function PatientCard({ patient, number, held, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const facts = usePatientFacts();
  const [shown, setShown] = useState(STUDIES_SHOWN);
  const { primary, secondary } = displayName(patient.patientName);
  const { sexAndAge, birth } = facts({ ...patient, studyDate: patient.studies[0]?.studyDate ?? '' });
  const name = primary || t('studies.noName');
  return (
    <li
      data-testid="patient-on-disc"
      data-patient-id={patient.patientID}
      className={classes('overflow-hidden rounded-lg border bg-surface', chosen ? 'border-accent' : 'border-line')}
    >
      <label className={classes('flex cursor-pointer items-start gap-4 p-4 hover:bg-hover', chosen && 'bg-accent-soft')}>
        <input
          type="checkbox"
          checked={chosen}
          onChange={(event) => onChoose(event.target.checked)}
          aria-label={`${t('upload.takePatient')}: ${name}`}
          className="mt-1.5 size-5 shrink-0 accent-accent pointer-coarse:size-7"
        />
        <span className="grid min-w-0 flex-1 items-start gap-x-6 gap-y-3 sm:grid-cols-[minmax(0,1fr)_fit-content(20rem)_8rem]">
          <span>
            <span className="block text-2xl leading-8 font-semibold break-words text-ink" data-testid="patient-name">
              {name}
            </span>
            {secondary.map((group) => (
              <span key={group} className="block text-sm break-words text-ink-2">
                {group}
              </span>
            ))}
          </span>
          <Fact title={t('upload.birthDate')}>
            <span className="block text-2xl leading-8 font-semibold break-words text-ink" data-testid="patient-birth-date">
              {birth || t('upload.noBirthDate')}
            </span>
            <span className="block text-sm text-ink-2">{sexAndAge}</span>
          </Fact>
          <Fact title={t('upload.patientID')}>
            <span className="block text-base leading-8 break-all text-ink">{patient.patientID || t('upload.noPatientID')}</span>
          </Fact>
        </span>
      </label>
      {patient.sharesID ? <Warning>{t('upload.sharesID')}</Warning> : null}
      {isOthersID(patient, number, held) ? <Warning>{t('upload.othersID')}</Warning> : null}
      <StudyTable name={name} studies={patient.studies.slice(0, shown)} keptOf={(uid) => held?.get(keptKey(number, uid))} />
      {patient.studies.length > shown ? (
        <Button kind="bare" className="m-2" onClick={() => setShown(patient.studies.length)}>
          {t('app.more')} ({patient.studies.length - shown})
        </Button>
      ) : null}
    </li>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <span>
      <span className="block text-2xs text-ink-3">{title}</span>
      {children}
    </span>
  );
}

function Warning({ children }: { children: ReactNode }) {
  return (
    <p role="alert" className="flex items-start gap-2 border-t border-line bg-danger-soft px-4 py-2.5 text-sm text-danger">
      <TriangleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
      {children}
    </p>
  );
}

const cell = 'px-2 py-2 align-top first:pl-4 last:pr-4';

function StudyTable({
  name,
  studies,
  keptOf,
}: {
  name: string;
  studies: readonly StudyOnDisc[];
  keptOf: (uid: string) => Kept | undefined;
}) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <table className="w-full border-t border-line text-left text-sm">
      <caption className="sr-only">{name}</caption>
      <thead className="text-2xs text-ink-3">
        <tr>
          <th className={classes(cell, 'min-w-27 font-normal whitespace-nowrap')}>{t('upload.examDate')}</th>
          <th className={classes(cell, 'w-full font-normal')}>{t('upload.exam')}</th>
          <th className={classes(cell, 'min-w-16 text-right font-normal whitespace-nowrap')}>{t('upload.images')}</th>
          <th className={classes(cell, 'hidden min-w-22 text-right font-normal whitespace-nowrap sm:table-cell')}>{t('upload.size')}</th>
          <th className={classes(cell, 'min-w-20 text-right font-normal whitespace-nowrap')}>{t('upload.here')}</th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line border-t border-line">
        {studies.map((study) => (
          <tr key={study.studyInstanceUID} data-testid="study-on-disc" data-study={study.studyInstanceUID}>
            <td className={classes(cell, 'whitespace-nowrap text-ink')}>{formatDA(study.studyDate, language) || t('upload.noDate')}</td>
            <td className={cell}>
              <span className="flex flex-wrap items-center gap-1.5">
                {study.modalities.map((modality) => (
                  <ModalityBadge key={modality} modality={modality} />
                ))}
                <span className="break-words text-ink">{study.studyDescription || t('studies.noDescription')}</span>
              </span>
            </td>
            <td className={classes(cell, 'text-right whitespace-nowrap text-ink')}>{study.files}</td>
            <td className={classes(cell, 'hidden text-right whitespace-nowrap text-ink-2 sm:table-cell')}>{formatBytes(study.bytes)}</td>
            <td className={classes(cell, 'text-right whitespace-nowrap text-ink-2')} data-testid="held">
              <KeptText held={keptOf(study.studyInstanceUID)} count={new Set(study.sopInstanceUIDs).size} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function KeptText({ held, count }: { held: Kept | undefined; count: number }) {
  const { t } = useTranslation();
  const all = held !== undefined && held.held >= count;
  const some = held === undefined ? t('upload.hereUnknown') : t('upload.hereSome', { held: held.held, count });
  return <span className={classes(all && 'text-ok')}>{all ? t('upload.hereAll') : held?.held === 0 ? t('upload.hereNone') : some}</span>;
}
