import type { TFunction } from 'i18next';
import { en } from './texts.en.ts';

type Evidence = keyof typeof en.evidence;

/** What spoke for or against one person, in words; a code that has none is shown as it is. */
export function evidenceWord(code: string, t: TFunction): string {
  return Object.hasOwn(en.evidence, code) ? t(`evidence.${code as Evidence}`) : code;
}
