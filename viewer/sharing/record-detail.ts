import type { TFunction } from 'i18next';
import type { RecordEntry } from '../../gateway/api/contract/record.ts';
import { QUARANTINE_REASONS } from '../administration/quarantine-reasons.ts';
import { formatInstant } from '../i18n/dates.ts';
import type { Language, Translation } from '../i18n/translation.ts';
import { isKnownJob } from './record-words.ts';

const CHANGES = {
  name: true,
  nameKana: true,
  nameRomaji: true,
  aeTitles: true,
  job: true,
  language: true,
  newPassword: true,
  administrator: true,
  'no-administrator': true,
  disabled: true,
  enabled: true,
  unlock: true,
} satisfies Record<keyof Translation['change'], true>;

/** What was asked for, as `gateway/domain/sharing/access.ts` names it; dots are the texts' own. */
const ASKED = {
  'study-view': true,
  'study-download': true,
  'study-share': true,
  'study-disclosures': true,
  'study-list': true,
  'study-store': true,
  'study-settle': true,
  'facility-list': true,
  'facility-manage': true,
  'user-manage': true,
  'quarantine-read': true,
  'quarantine-retry': true,
  'quarantine-download': true,
  'record-read': true,
  'operation-read': true,
} satisfies Record<keyof Translation['asked'], true>;

const FAILURES = {
  unknown: true,
  disabled: true,
  password: true,
  'must-wait': true,
  'from-many-networks': true,
} satisfies Record<keyof Translation['failure'], true>;

const LISTS = {
  'study-list': true,
  studies: true,
  series: true,
  instances: true,
  notices: true,
} satisfies Record<keyof Translation['list'], true>;

const SETTLED = { correction: true, 'two-objects': true } satisfies Record<keyof Translation['settled'], true>;
const BEGINNINGS = { 'first-start': true, 'start-new': true, reindex: true } satisfies Record<keyof Translation['installation'], true>;

/** The code's word, or the code itself where a newer gateway writes one that has none here. */
function wordOf<Code extends string>(codes: Readonly<Record<Code, true>>, code: string | undefined, word: (known: Code) => string): string {
  if (code === undefined) return '';
  return Object.hasOwn(codes, code) ? word(code as Code) : code;
}

/**
 * What an act was about, in words: whom or what it was done to, and how. What is only for engineers (a session's number, the number of a
 * notice) is left out.
 */
export function recordDetail({ action, about, count }: RecordEntry, t: TFunction, language: Language): string {
  const quarantine = QUARANTINE_REASONS.find((known) => known === about.quarantine);
  return [
    whom(about, t),
    about.newDevice === undefined ? '' : t('about.newDevice'),
    action === 'session-ended' && about.sessionId === undefined ? t('about.otherSessions') : '',
    about.tokenId === undefined ? '' : t('about.token', { id: about.tokenId }),
    about.days === undefined ? '' : t('share.days', { count: about.days }),
    wordOf(FAILURES, about.failure, (code) => t(`failure.${code}`)),
    wordOf(ASKED, about.asked?.replaceAll('.', '-'), (code) => t(`asked.${code}`)),
    wordOf(LISTS, about.list, (code) => t(`list.${code}`)),
    about.until === undefined ? '' : t('studies.until', { date: formatInstant(about.until, language) }),
    about.oneByOne === undefined ? '' : t('about.oneByOne'),
    about.of === undefined ? '' : t('about.brokenOff', { sent: count ?? 0, all: about.of }),
    quarantine === undefined ? (about.quarantine ?? '') : t(`admin.reasons.${quarantine}`),
    wordOf(SETTLED, about.settlement, (code) => t(`settled.${code}`)),
    wordOf(BEGINNINGS, about.installation, (code) => t(`installation.${code}`)),
    about.stepMs === undefined ? '' : t(about.stepMs < 0 ? 'about.stepBack' : 'about.stepOn', { seconds: Math.abs(about.stepMs) / 1000 }),
    about.words ?? '',
  ]
    .filter((text) => text !== '')
    .join('　');
}

/** The account or facility, and in brackets what of it was changed or given. */
function whom({ user, facilityCode, job, changes = [] }: RecordEntry['about'], t: TFunction): string {
  const said = [
    ...(job === undefined ? [] : [isKnownJob(job) ? t(`job.${job}`) : job]),
    ...changes.map((change) => wordOf(CHANGES, change, (code) => t(`change.${code}`))),
  ];
  const brackets = said.length === 0 ? '' : t('app.inBrackets', { text: said.join(t('app.and')) });
  return `${user ?? facilityCode ?? ''}${brackets}`;
}
