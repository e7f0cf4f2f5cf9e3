import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { WriteMeasurement } from '../imaging/port.ts';
import { measureText, measureWords } from './measure-text.ts';

/** The lines of a measurement in the page's language; the same function while the language is. */
export function useMeasureText(): WriteMeasurement {
  const { i18n } = useTranslation();
  const { language } = i18n;
  return useMemo(() => measureText(measureWords(i18n.getFixedT(language))), [i18n, language]);
}
