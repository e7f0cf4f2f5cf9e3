import { useLanguage } from '../i18n/use-language.ts';

interface Named {
  readonly name: string;
  readonly nameRomaji: string;
}

/** Somebody with an account, as they are called in the reader's language: in English by their romaji, where the kana tell it. */
export function useStaffName(): (person: Named) => string {
  const english = useLanguage() === 'en';
  return ({ name, nameRomaji }) => (english && nameRomaji) || name;
}
