import type { ja } from './ja.ts';
import type { Words } from './words.ts';

/** The keys of the Japanese texts, each any text. */
export type Translation = Words<typeof ja>;
export type Language = 'ja' | 'en';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: Translation };
  }
}
