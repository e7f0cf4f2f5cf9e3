import type { TFunction } from 'i18next';
import type { Disclosure } from '../../gateway/api/contract/sharing.ts';
import { formatInstant } from '../i18n/dates.ts';
import type { Language } from '../i18n/translation.ts';
import { jobWord } from './record-words.ts';

/** From when until when a share gave, and what for. */
export function termWords(
  { notBefore, until, viewOnly, heldBack }: Disclosure['about'],
  t: TFunction,
  language: Language,
): readonly string[] {
  return [
    notBefore === undefined ? '' : t('about.from', { date: formatInstant(notBefore, language) }),
    until === undefined ? '' : t('studies.until', { date: formatInstant(until, language) }),
    viewOnly === undefined ? '' : t('about.viewOnly'),
    heldBack === undefined ? '' : t('about.heldBack', { count: heldBack.length }),
  ];
}

/** What a share said beside its facility, in words; empty of every other act. */
export function givenWords({ action, about }: Disclosure, t: TFunction, language: Language): string {
  if (action !== 'study-shared' && action !== 'share-revoked') return '';
  const { user, job } = about;
  const who = user ?? (job === undefined ? '' : jobWord(job, t));
  return [who === '' ? '' : t('about.onlyFor', { who }), ...termWords(about, t, language)].filter((text) => text !== '').join('　');
}
