import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { EXPORT_STUDIES_MAX } from '../../gateway/api/contract/bounds.ts';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { exactly, studyAddressKey } from '../api/study-address.ts';
import { ModalityBadge } from '../design/modality-badge.tsx';
import { formatDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';

export function exportKey(study: StudySummary): string {
  return studyAddressKey(exactly(study));
}

interface Props {
  studies: readonly StudySummary[];
  taken: readonly string[];
  onTaken: (taken: readonly string[]) => void;
}

/** Which of them leave: by boxes where there are several. */
export function ExportStudies({ studies, taken, onTaken }: Props) {
  const { t } = useTranslation();
  const full = taken.length >= EXPORT_STUDIES_MAX;
  const toggled = (key: string) => (taken.includes(key) ? taken.filter((one) => one !== key) : [...taken, key]);
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 text-xs font-medium text-ink-2">{t('export.which')}</legend>
      <ul className="max-h-60 divide-y divide-line overflow-y-auto rounded-md border border-line">
        {studies.map((study) => {
          const key = exportKey(study);
          const isTaken = study.mayDownload && taken.includes(key);
          const mayTurn = study.mayDownload && (isTaken || !full);
          return (
            <li key={key}>
              {studies.length === 1 ? (
                <div className="px-3 py-2">
                  <StudyWords study={study} />
                </div>
              ) : (
                <Box taken={isTaken} mayTurn={mayTurn} onTurn={() => onTaken(toggled(key))}>
                  <StudyWords study={study} />
                </Box>
              )}
            </li>
          );
        })}
      </ul>
      {studies.some(({ mayDownload }) => !mayDownload) ? <p className="mt-1.5 text-xs text-ink-3">{t('export.viewOnly')}</p> : null}
      {full && studies.length > EXPORT_STUDIES_MAX ? (
        <p className="mt-1.5 text-xs text-ink-3">{t('export.most', { count: EXPORT_STUDIES_MAX })}</p>
      ) : null}
    </fieldset>
  );
}

interface BoxProps {
  taken: boolean;
  mayTurn: boolean;
  onTurn: () => void;
  children: ReactNode;
}

function Box({ taken, mayTurn, onTurn, children }: BoxProps) {
  const id = useId();
  return (
    <label htmlFor={id} className="flex min-h-11 items-start gap-2.5 px-3 py-2 has-[:enabled]:cursor-pointer">
      <input
        type="checkbox"
        id={id}
        checked={taken}
        disabled={!mayTurn}
        onChange={onTurn}
        className="mt-0.5 size-4 shrink-0 accent-[var(--color-accent)]"
      />
      {children}
    </label>
  );
}

function StudyWords({ study }: { study: StudySummary }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  return (
    <span className={study.mayDownload ? 'min-w-0 flex-1' : 'min-w-0 flex-1 opacity-60'}>
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-ink">
        {formatDA(study.studyDate, language)}
        {study.modalities.slice(0, 3).map((modality) => (
          <ModalityBadge key={modality} modality={modality} />
        ))}
        <span className="min-w-0 break-words">{study.studyDescription || t('studies.noDescription')}</span>
      </span>
      <span className="block text-xs text-ink-3">{facilityName(study.owner)}</span>
    </span>
  );
}
