import { useTranslation } from 'react-i18next';
import type { ConsentReachAnswer } from '../../gateway/api/contract/consents.ts';
import { formatDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';

interface Props {
  studies: ConsentReachAnswer['studies'];
  chosen: readonly string[];
  /** Of these, those that stay as they are. */
  fixed?: readonly string[];
  onChange: (ids: readonly string[]) => void;
}

/** Studies of the facility's own that are left out, by a mark each. */
export function StudyChoices({ studies, chosen, fixed = [], onChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (studies.length === 0) return <p className="text-xs text-ink-3">{t('takeConsent.exceptStudiesNone')}</p>;
  return (
    <fieldset className="max-h-56 overflow-y-auto rounded-md border border-line">
      <legend className="sr-only">{t('takeConsent.exceptStudies')}</legend>
      {studies.map(({ id, studyDate, modalities }) => (
        <label key={id} className="flex items-center gap-2.5 border-b border-line px-3 py-1.5 text-sm last:border-b-0">
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            disabled={fixed.includes(id)}
            onChange={({ target }) => onChange(target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))}
          />
          <span>{studyDate === '' ? t('consent.noDate') : formatDA(studyDate, language)}</span>
          <span className="text-ink-2">{modalities.join(' ')}</span>
        </label>
      ))}
    </fieldset>
  );
}
