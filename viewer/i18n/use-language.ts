import { useTranslation } from 'react-i18next';
import { isLanguage } from './i18n.ts';
import type { Language } from './translation.ts';

export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return isLanguage(i18n.language) ? i18n.language : 'ja';
}
