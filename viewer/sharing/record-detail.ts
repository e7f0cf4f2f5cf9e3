import type { TFunction } from 'i18next';
import { QUARANTINE_REASONS } from '../administration/quarantine-reasons.ts';
import { formatInstant } from '../i18n/dates.ts';
import type { Language, Translation } from '../i18n/translation.ts';
import { isKnownDetail, isKnownJob } from './record-words.ts';

type Change = keyof Translation['change'];
type Asked = keyof Translation['asked'];

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
} satisfies Record<Change, true>;

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
} satisfies Record<Asked, true>;

/**
 * What a record says beside an act, in words: whom it was done to, and the codes the gateway writes. What is only for engineers (a session's
 * number) is left out; what is not known here stays as it is.
 */
export function recordDetail(detail: string, action: string, t: TFunction, language: Language): string {
  if (isKnownDetail(detail)) return t(`detail.${detail}`);
  const reason = QUARANTINE_REASONS.find((known) => known === detail);
  if (reason !== undefined) return t(`admin.reasons.${reason}`);
  const asked = detail.replaceAll('.', '-');
  if (Object.hasOwn(ASKED, asked)) return t(`asked.${asked as Asked}`);
  if (/^session \d+$/.test(detail)) return '';
  const [, until] = /^until (\d{4}-\S+)$/.exec(detail) ?? [];
  if (until !== undefined) return t('studies.until', { date: formatInstant(until, language) });
  const [, sent, count] = /^broken off after (\d+) of (\d+)$/.exec(detail) ?? [];
  if (sent !== undefined) return t('detail.brokenOff', { sent, all: count });
  const [, about, token, days] = /^(?:(.+): )?token (\d+)(?:, (\d+) days)?$/.exec(detail) ?? [];
  if (token !== undefined)
    return [about ?? '', t('detail.token', { id: token }), days === undefined ? '' : t('share.days', { count: Number(days) })]
      .filter((text) => text !== '')
      .join('　');
  const [, whom = '', words = ''] = /^(.+): ([A-Za-z -]+)$/.exec(detail) ?? [];
  if (words === '') return detail;
  const said = words.split(' ').map((word, at) => {
    // A new account begins with its job, and `administrator` is one.
    if (!(action === 'user-created' && at === 0) && Object.hasOwn(CHANGES, word)) return t(`change.${word as Change}`);
    return isKnownJob(word) ? t(`job.${word}`) : word;
  });
  return `${whom}${t('app.inBrackets', { text: said.join(t('app.and')) })}`;
}
