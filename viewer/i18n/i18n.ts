import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { setRequestLanguage } from '../api/http.ts';
import { ROOM_TEXTS, START_TEXTS, type TextRoom } from './rooms.ts';
import type { Language } from './translation.ts';

const REMEMBERED = 'renkei.language';

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

/** The rooms whose words some page has asked for, and the language they are to be in. */
const needed = new Set<TextRoom>();
let chosen: Language = 'ja';
/** What has been loaded, or is being loaded, `ja study`. A failed load may be tried again. */
const loads = new Map<string, Promise<void>>();

export async function startI18n(): Promise<void> {
  chosen = preferredLanguage(localStorage.getItem(REMEMBERED), navigator.languages);
  await i18next.use(initReactI18next).init({
    lng: chosen,
    resources: { [chosen]: { translation: await START_TEXTS[chosen]() } },
    fallbackLng: false,
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0]);
  loads.set(`${chosen} start`, Promise.resolve());
  tell(chosen);
}

/** Resolves when the words of these rooms are there; before anything that uses them is drawn. */
export async function needTexts(...rooms: readonly TextRoom[]): Promise<void> {
  for (const room of rooms) needed.add(room);
  // The language may be about to change.
  const languages = new Set([i18next.language as Language, chosen]);
  await Promise.all([...languages].flatMap((language) => rooms.map((room) => load(language, room))));
}

/**
 * Code that is loaded when it is wanted, and the words of the rooms it uses, side by side; with any, why the gateway may refuse what is done there.
 * `used-texts.test.ts` holds the rooms to what is imported.
 */
export function withTexts<Module>(load: () => Promise<Module>, ...rooms: readonly TextRoom[]): () => Promise<Module> {
  return async () => (await Promise.all([load(), needTexts('refusals', ...rooms)]))[0];
}
export async function changeLanguage(language: Language): Promise<void> {
  chosen = language;
  await Promise.all([load(language, 'start'), ...[...needed].map((room) => load(language, room))]);
  localStorage.setItem(REMEMBERED, language);
  await i18next.changeLanguage(language);
  tell(language);
}

function load(language: Language, room: TextRoom | 'start'): Promise<void> {
  const key = `${language} ${room}`;
  const known = loads.get(key);
  if (known !== undefined) return known;
  const texts = room === 'start' ? START_TEXTS[language] : ROOM_TEXTS[room][language];
  const loading = texts()
    .then((found) => void i18next.addResourceBundle(language, 'translation', found, true))
    .catch((thrown: unknown) => {
      loads.delete(key);
      throw thrown;
    });
  loads.set(key, loading);
  return loading;
}

function tell(language: Language): void {
  document.documentElement.lang = language;
  setRequestLanguage(language);
}
