import { useLanguage } from '../i18n/use-language.ts';
import { useFacilities } from './use-shares.ts';

interface Named {
  readonly code: string;
  readonly name: string;
}

/** A facility as it is called in the reader's language: in English by its romaji, when the region's directory has one. */
export function useFacilityName(): (facility: Named) => string {
  const english = useLanguage() === 'en';
  const { data } = useFacilities(english);
  return ({ code, name }) => (english ? data?.find((facility) => facility.code === code)?.nameRomaji || name : name);
}
