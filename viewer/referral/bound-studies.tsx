import { useTranslation } from 'react-i18next';
import { KEY_IMAGES_MAX, LETTER_STUDIES_MAX, type Letter } from '../../gateway/api/contract/letters.ts';
import type { StudyOnLine } from '../../gateway/api/contract/patients.ts';
import { stackThumbnailUrl, studyThumbnailUrl } from '../api/dicomweb.ts';
import { Button } from '../design/button.tsx';
import { ModalityBadge } from '../design/modality-badge.tsx';
import { Thumbnail } from '../design/thumbnail.tsx';
import { formatDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { usePerson } from '../patients/use-person.ts';
import { useStudy } from '../study/use-study.ts';

type Bound = Letter['studies'][number];

interface Props {
  patient: string | null;
  studies: readonly Bound[];
  onChange: (studies: Bound[]) => void;
}

/** Which of the facility's own studies of the patient go with the letter. */
export function BoundStudies({ patient, studies, onChange }: Props) {
  const { t } = useTranslation();
  if (patient !== null) return <OfPatient patient={patient} studies={studies} onChange={onChange} />;
  return (
    <>
      <p className="text-sm text-ink-3">{t('writer.studiesNoPatient')}</p>
      <NoMore gone={studies} studies={studies} onChange={onChange} />
    </>
  );
}

const isSame = (bound: Bound, study: StudyOnLine) => bound.studyInstanceUID === study.studyInstanceUID && bound.of === study.exact;

function OfPatient({ patient, studies, onChange }: Props & { patient: string }) {
  const { t } = useTranslation();
  const { data, error } = usePerson(patient);
  if (data === undefined) return <p className="text-sm text-ink-3">{t(error === null ? 'app.loading' : 'writer.noStudies')}</p>;
  const own = data.person.studies.filter(({ mayShare }) => mayShare);
  const gone = studies.filter((bound) => !own.some((study) => isSame(bound, study)));
  const others = <NoMore gone={gone} studies={studies} onChange={onChange} />;
  if (own.length === 0)
    return (
      <>
        <p className="text-sm text-ink-3">{t('writer.noStudies')}</p>
        {others}
      </>
    );
  const toggle = (study: StudyOnLine, chosen: boolean) =>
    onChange(chosen ? [...studies, boundOf(study)].slice(0, LETTER_STUDIES_MAX) : studies.filter((bound) => !isSame(bound, study)));
  const keyImages = studies.reduce((all, bound) => all + bound.keyImages.length, 0);
  return (
    <>
      <p className="mb-2 text-xs text-ink-3">{t('writer.studiesOther')}</p>
      <ul aria-label={t('writer.studies')} className="divide-y divide-line rounded-md border border-line">
        {own.map((study) => {
          const bound = studies.find((one) => isSame(one, study));
          return (
            <li key={`${study.studyInstanceUID} ${study.exact}`} className="px-3 py-2">
              <StudyChoice study={study} chosen={bound !== undefined} onChoose={(chosen) => toggle(study, chosen)} />
              {bound === undefined || !study.mayView ? null : (
                <KeyImageChoice
                  bound={bound}
                  full={keyImages >= KEY_IMAGES_MAX}
                  onChange={(changed) => onChange(studies.map((one) => (one === bound ? changed : one)))}
                />
              )}
            </li>
          );
        })}
      </ul>
      {others}
    </>
  );
}

/** Bound once, and the patient's or the writer's to give no more: with them it would not be sent. */
function NoMore({ gone, studies, onChange }: Omit<Props, 'patient'> & { gone: readonly Bound[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <ul className="mt-2 flex flex-col gap-2 empty:hidden">
      {gone.map((bound) => {
        const name = `${bound.studyDescription || t('studies.noDescription')} ${formatDA(bound.studyDate, language)}`;
        return (
          <li key={`${bound.studyInstanceUID} ${bound.of}`} className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-danger">
            <span className="min-w-0 flex-1 basis-48 break-words">{t('writer.studyGone', { study: name })}</span>
            <Button onClick={() => onChange(studies.filter((one) => one !== bound))}>{t('writer.unbind')}</Button>
          </li>
        );
      })}
    </ul>
  );
}

function StudyChoice({ study, chosen, onChoose }: { study: StudyOnLine; chosen: boolean; onChoose: (chosen: boolean) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <label className="flex items-center gap-3 pointer-coarse:min-h-11">
      <input type="checkbox" checked={chosen} onChange={({ currentTarget }) => onChoose(currentTarget.checked)} />
      <Thumbnail src={study.mayView ? studyThumbnailUrl({ ...study, of: study.exact }) : undefined} className="size-12" />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-center gap-1.5 text-sm">
          {study.modalities.map((modality) => (
            <ModalityBadge key={modality} modality={modality} />
          ))}
          <span className="min-w-0 break-words">{study.studyDescription || t('studies.noDescription')}</span>
        </span>
        <span className="block text-2xs text-ink-3">{formatDA(study.studyDate, language)}</span>
      </span>
    </label>
  );
}

function boundOf({ studyInstanceUID, exact, studyDate, studyDescription, modalities }: StudyOnLine): Bound {
  return { studyInstanceUID, of: exact, studyDate, studyDescription, modalities, keyImages: [] };
}

/** The image that stands for each series; a press makes it a key image. */
function KeyImageChoice({ bound, full, onChange }: { bound: Bound; full: boolean; onChange: (bound: Bound) => void }) {
  const { t } = useTranslation();
  const { data } = useStudy({ studyInstanceUID: bound.studyInstanceUID, of: bound.of });
  const shown = data?.series.filter(({ opening }) => opening !== null) ?? [];
  if (shown.length === 0) return null;
  return (
    <fieldset className="mt-2 ml-7">
      <legend className="mb-1 text-2xs text-ink-3">
        {t('writer.keyImages', { study: bound.studyDescription || bound.modalities.join(' ') })}
      </legend>
      <div className="flex flex-wrap gap-2">
        {shown.map((series, at) => {
          const sopInstanceUID = series.opening?.sopInstanceUID ?? '';
          const chosen = bound.keyImages.some((image) => image.sopInstanceUID === sopInstanceUID);
          const others = bound.keyImages.filter((image) => image.sopInstanceUID !== sopInstanceUID);
          const one = { seriesInstanceUID: series.seriesInstanceUID, sopInstanceUID };
          return (
            <button
              key={series.seriesInstanceUID}
              type="button"
              aria-pressed={chosen}
              aria-label={t('writer.keyImageOf', { n: series.seriesNumber ?? at + 1 })}
              disabled={!chosen && full}
              onClick={() => onChange({ ...bound, keyImages: chosen ? others : [...others, one] })}
              className="rounded-md border-2 border-line p-0.5 aria-pressed:border-accent"
            >
              <Thumbnail
                src={stackThumbnailUrl({ studyInstanceUID: bound.studyInstanceUID, of: bound.of }, { ...series, clip: undefined })}
                className="size-14"
              />
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
