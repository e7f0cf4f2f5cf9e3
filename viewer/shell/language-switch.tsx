import { useTranslation } from 'react-i18next';
import { classes } from '../design/classes.ts';
import type { Language } from '../i18n/translation.ts';
import { useLanguage } from '../i18n/use-language.ts';

export const LANGUAGE_NAMES: readonly (readonly [Language, string])[] = [
  ['ja', '日本語'],
  ['en', 'English'],
];

export function LanguageSwitch({ onChoose }: { onChoose: (language: Language) => void }) {
  const { t } = useTranslation();
  const current = useLanguage();
  return (
    <fieldset className="inline-flex rounded-md border border-line p-0.5">
      <legend className="sr-only">{t('app.language')}</legend>
      {LANGUAGE_NAMES.map(([language, name]) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === current}
          onClick={() => onChoose(language)}
          className={classes(
            'h-7 rounded-sm px-3 text-xs transition-colors pointer-coarse:h-11',
            language === current ? 'bg-hover text-ink' : 'text-ink-2 hover:text-ink',
          )}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
