import type { TFunction } from 'i18next';
import type { RecordEntry } from '../../gateway/api/contract/record.ts';
import { QUARANTINE_REASONS } from '../administration/quarantine-reasons.ts';
import type { Language } from '../i18n/translation.ts';
import { consentWords } from './consent-words.ts';
import { termWords } from './given-words.ts';
import {
  askedWord,
  beginningWord,
  categoryWord,
  changeWord,
  factorWord,
  failureWord,
  findingWord,
  formatWord,
  identifiedWord,
  jobWord,
  letterKindWord,
  listWord,
  rosterCountWord,
  settledWord,
  verdictWord,
} from './record-words.ts';
import { unusualDecisionWord, unusualRuleWord } from './unusual-words.ts';

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
    said(about.rule, unusualRuleWord),
    said(about.decision, unusualDecisionWord),
    said(about.factor, factorWord),
    said(about.failure, failureWord),
    said(about.asked, askedWord),
    said(about.list, listWord),
    pairWords(about, t),
    ...consentWords({ about }, t, language),
    said(about.category, categoryWord),
    said(about.identifiedBy, identifiedWord),
    said(about.finding, findingWord),
    about.despiteObjection === undefined ? '' : t('about.despiteObjection'),
    said(about.verdict, verdictWord),
    about.ended === undefined ? '' : t('about.emergencyEnded'),
    ...(about.counts ?? []).map((told) => rosterCountWord(told, t)),
    ...termWords(about, t, language),
    about.oneByOne === undefined ? '' : t('about.oneByOne'),
    about.media === undefined ? '' : t('about.media'),
    about.of === undefined ? '' : t('about.brokenOff', { sent: count ?? 0, all: about.of }),
    quarantine === undefined ? (about.quarantine ?? '') : t(`admin.reasons.${quarantine}`),
    said(about.letterKind, letterKindWord),
    said(about.settlement, settledWord),
    said(about.installation, beginningWord),
    said(about.format, formatWord),
    about.month ?? '',
    about.stepMs === undefined ? '' : t(about.stepMs < 0 ? 'about.stepBack' : 'about.stepOn', { seconds: Math.abs(about.stepMs) / 1000 }),
    about.words ?? '',
  ]
    .filter((text) => text !== '')
    .join('　');
}

/** Two patients of whom it was said that they are one person, by their numbers; the facility of the first stands beside. */
function pairWords({ patientID, otherFacilityCode, otherPatientID }: RecordEntry['about'], t: TFunction): string {
  if (otherFacilityCode === undefined || otherPatientID === undefined) return '';
  return t('about.pair', { one: patientID ?? '', other: `${otherFacilityCode} ${otherPatientID}` });
}

/** The account or facility, and in brackets what of it was changed or given. */
function whom({ user, facilityCode, job, changes = [], jobs = [] }: RecordEntry['about'], t: TFunction): string {
  const said = [
    ...(job === undefined ? [] : [jobWord(job, t)]),
    ...changes.map((change) => changeWord(change, t)),
    ...jobs.map((one) => jobWord(one, t)),
  ];
  const brackets = said.length === 0 ? '' : t('app.inBrackets', { text: said.join(t('app.and')) });
  return `${user ?? facilityCode ?? ''}${brackets}`;
}
