import type { Language } from './translation.ts';

type Texts = () => Promise<object>;

/** What every page has, and the first page. */
export const START_TEXTS: Readonly<Record<Language, Texts>> = {
  ja: async () => (await import('./start.ja.ts')).ja,
  en: async () => (await import('./start.en.ts')).en,
};

/** The words of the other rooms come with the pages that use them (`needTexts`), in the language in use. */
export const ROOM_TEXTS = {
  administration: {
    ja: async () => (await import('../administration/texts.ja.ts')).ja,
    en: async () => (await import('../administration/texts.en.ts')).en,
  },
  consents: {
    ja: async () => (await import('../consents/texts.ja.ts')).ja,
    en: async () => (await import('../consents/texts.en.ts')).en,
  },
  emergency: {
    ja: async () => (await import('../emergency/texts.ja.ts')).ja,
    en: async () => (await import('../emergency/texts.en.ts')).en,
  },
  export: {
    ja: async () => (await import('../export/texts.ja.ts')).ja,
    en: async () => (await import('../export/texts.en.ts')).en,
  },
  fees: {
    ja: async () => (await import('../fees/texts.ja.ts')).ja,
    en: async () => (await import('../fees/texts.en.ts')).en,
  },
  forms: {
    ja: async () => (await import('../forms/texts.ja.ts')).ja,
    en: async () => (await import('../forms/texts.en.ts')).en,
  },
  measurements: {
    ja: async () => (await import('../measurements/texts.ja.ts')).ja,
    en: async () => (await import('../measurements/texts.en.ts')).en,
  },
  oversight: {
    ja: async () => (await import('../oversight/texts.ja.ts')).ja,
    en: async () => (await import('../oversight/texts.en.ts')).en,
  },
  'patient-links': {
    ja: async () => (await import('../patient-links/texts.ja.ts')).ja,
    en: async () => (await import('../patient-links/texts.en.ts')).en,
  },
  patients: {
    ja: async () => (await import('../patients/texts.ja.ts')).ja,
    en: async () => (await import('../patients/texts.en.ts')).en,
  },
  record: {
    ja: async () => (await import('../record/texts.ja.ts')).ja,
    en: async () => (await import('../record/texts.en.ts')).en,
  },
  refusals: {
    ja: async () => (await import('../refusals/texts.ja.ts')).ja,
    en: async () => (await import('../refusals/texts.en.ts')).en,
  },
  rosters: {
    ja: async () => (await import('../rosters/texts.ja.ts')).ja,
    en: async () => (await import('../rosters/texts.en.ts')).en,
  },
  referral: {
    ja: async () => (await import('../referral/texts.ja.ts')).ja,
    en: async () => (await import('../referral/texts.en.ts')).en,
  },
  settings: {
    ja: async () => (await import('../settings/texts.ja.ts')).ja,
    en: async () => (await import('../settings/texts.en.ts')).en,
  },
  sharing: {
    ja: async () => (await import('../sharing/texts.ja.ts')).ja,
    en: async () => (await import('../sharing/texts.en.ts')).en,
  },
  study: {
    ja: async () => (await import('../study/texts.ja.ts')).ja,
    en: async () => (await import('../study/texts.en.ts')).en,
  },
  upload: {
    ja: async () => (await import('../upload/texts.ja.ts')).ja,
    en: async () => (await import('../upload/texts.en.ts')).en,
  },
} as const satisfies Record<string, Record<Language, Texts>>;
export type TextRoom = keyof typeof ROOM_TEXTS;
