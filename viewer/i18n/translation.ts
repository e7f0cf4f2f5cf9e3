import type { ja } from './ja.ts';

type Words<T> = { readonly [K in keyof T]: T[K] extends string ? string : Words<T[K]> };

/** The keys of the Japanese texts, each any text. */
export type Translation = Words<typeof ja>;
export type Language = 'ja' | 'en';

declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: Translation };
  }
}
