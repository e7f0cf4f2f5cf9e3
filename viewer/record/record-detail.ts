import type { TFunction } from 'i18next';
import type { RecordEntry } from '../../gateway/api/contract/record.ts';
import { QUARANTINE_REASONS } from '../administration/quarantine-reasons.ts';
import type { Language } from '../i18n/translation.ts';
import { termWords } from './given-words.ts';
import { askedWord, beginningWord, changeWord, failureWord, jobWord, listWord, settledWord } from './record-words.ts';

/**
 * What an act was about, in words: whom or what it was done to, and how. What is only for engineers (a session's number, the number of a
 * notice) is left out.
 */
export function recordDetail({ action, about, count }: RecordEntry, t: TFunction, language: Language): string {
  const quarantine = QUARANTINE_REASONS.find((known) => known === about.quarantine);
  const said = (code: string | undefined, word: (code: string, t: TFunction) => string) => (code === undefined ? '' : word(code, t));
  return [
    whom(about, t),
    about.newDevice === undefined ? '' : t('about.newDevice'),
    action === 'session-ended' && about.sessionId === undefined ? t('about.otherSessions') : '',
    about.tokenId === undefined ? '' : t('about.token', { id: about.tokenId }),
    about.days === undefined ? '' : t('about.days', { count: about.days }),
    said(about.failure, failureWord),
    said(about.asked, askedWord),
    said(about.list, listWord),
    ...termWords(about, t, language),
    about.oneByOne === undefined ? '' : t('about.oneByOne'),
    about.of === undefined ? '' : t('about.brokenOff', { sent: count ?? 0, all: about.of }),
    quarantine === undefined ? (about.quarantine ?? '') : t(`admin.reasons.${quarantine}`),
    said(about.settlement, settledWord),
    said(about.installation, beginningWord),
    about.stepMs === undefined ? '' : t(about.stepMs < 0 ? 'about.stepBack' : 'about.stepOn', { seconds: Math.abs(about.stepMs) / 1000 }),
    about.words ?? '',
  ]
    .filter((text) => text !== '')
    .join('　');
}

/** The account or facility, and in brackets what of it was changed or given. */
function whom({ user, facilityCode, job, changes = [] }: RecordEntry['about'], t: TFunction): string {
  const said = [...(job === undefined ? [] : [jobWord(job, t)]), ...changes.map((change) => changeWord(change, t))];
  const brackets = said.length === 0 ? '' : t('app.inBrackets', { text: said.join(t('app.and')) });
  return `${user ?? facilityCode ?? ''}${brackets}`;
}
