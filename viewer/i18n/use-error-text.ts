import type { i18n } from 'i18next';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';
import type { Translation } from './translation.ts';

const KNOWN = ['unreachable', 'denied', 'not-found', 'busy', 'too-many', 'conflict', 'invalid', 'too-large', 'full', 'internal'] as const;

/** Why the gateway says no to what the first page asks. The reasons of every other act have their words in the room `refusals`, by their codes. */
export const START_REASONS = [
  'administrators-only',
  'belongs-to-no-facility',
  'clock-drift',
  'job-changed',
  'password-first',
  'second-factor-first',
  'this-job-may-not-list',
] as const;
/** Members of requests that people fill in. */
const MEMBERS = {
  code: 'admin.code',
  name: 'admin.name',
  nameKana: 'admin.nameKana',
  nameRomaji: 'admin.nameRomaji',
  aeTitles: 'admin.aeTitles',
  'aeTitles.aeTitle': 'admin.aeTitles',
  'aeTitles.addressRange': 'admin.aeRange',
  'aeTitles.host': 'admin.aeHost',
  'aeTitles.port': 'admin.aePort',
  email: 'admin.email',
  facilityCode: 'admin.facility',
  job: 'admin.job',
  password: 'admin.initialPassword',
  newPassword: 'settings.next',
  until: 'share.until',
  days: 'settings.tokenDays',
} as const;
/** Whether the reason has words, and they are there: they come with whatever page or dialog is loaded later. */
function hasRefusalWords(i18n: i18n, reason: string | undefined): reason is keyof Translation['refusedFor'] {
  return reason !== undefined && i18n.exists(`refusedFor.${reason}`);
}
/** What to tell the reader, and what to do, in our own words: the gateway's sentences are for engineers and in English. */
export function useErrorText(): (error: unknown) => string {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t('error.internal');
    if (error.status === 401) return t('error.signed-out');
    const value = error.value ?? '';
    const atStart = START_REASONS.find((known) => known === error.reason);
    if (atStart !== undefined) return t(`error.${atStart}`);
    if (hasRefusalWords(i18n, error.reason)) return t(`refusedFor.${error.reason}`, { value });
    if (error.reason === 'malformed' && Object.hasOwn(MEMBERS, value))
      return t('error.malformed', { member: t(MEMBERS[value as keyof typeof MEMBERS]) });
    const kind = KNOWN.find((known) => known === error.kind) ?? (error.status === 404 ? 'not-found' : 'internal');
    const words = t(`error.${kind}`);
    if (error.requestId === undefined || kind !== 'internal') return words;
    return `${words}${t('app.inBrackets', { text: t('error.requestId', { id: error.requestId }) })}`;
  };
}
