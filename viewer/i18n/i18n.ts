import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { setRequestLanguage } from '../api/http.ts';
import type { Language, Translation } from './translation.ts';

const REMEMBERED = 'renkei.language';

/** Only the language in use is loaded. */
const TEXTS: Readonly<Record<Language, () => Promise<Translation>>> = {
  ja: async () => (await import('./ja.ts')).ja,
  en: async () => (await import('./en.ts')).en,
};

export function isLanguage(value: unknown): value is Language {
  return value === 'ja' || value === 'en';
}

/** The one chosen on this device, or else the browser's first that we speak. */
export function preferredLanguage(remembered: string | null, browser: readonly string[]): Language {
  if (isLanguage(remembered)) return remembered;
  for (const tag of browser) {
    const primary = tag.toLowerCase().split('-')[0];
    if (isLanguage(primary)) return primary;
  }
  return 'en';
}

export async function startI18n(): Promise<void> {
  const language = preferredLanguage(localStorage.getItem(REMEMBERED), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: { [language]: { translation: await TEXTS[language]() } },
    fallbackLng: false,
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0]);
  tell(language);
}

export async function changeLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', await TEXTS[language]());
  }
  localStorage.setItem(REMEMBERED, language);
  await i18next.changeLanguage(language);
  tell(language);
}

function tell(language: Language): void {
  document.documentElement.lang = language;
  setRequestLanguage(language);
}
