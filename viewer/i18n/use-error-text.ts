import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';

const KNOWN = ['unreachable', 'denied', 'not-found', 'busy', 'too-many', 'conflict', 'invalid', 'too-large', 'full', 'internal'] as const;

const REASONS = [
  'last-administrator',
  'no-facility',
  'too-many-tokens',
  'facility-code-taken',
  'ae-title-taken',
  'email-taken',
  'address-range',
  'host-and-port',
  'clock-drift',
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
/** What to tell the reader, and what to do, in our own words: the gateway's sentences are for engineers and in English. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t('error.internal');
    if (error.status === 401) return t('error.signed-out');
    const reason = REASONS.find((known) => known === error.reason);
    const value = error.value ?? '';
    if (reason !== undefined) return t(`error.${reason}`, { value });
    if (error.reason === 'malformed' && Object.hasOwn(MEMBERS, value))
      return t('error.malformed', { member: t(MEMBERS[value as keyof typeof MEMBERS]) });
    const kind = KNOWN.find((known) => known === error.kind) ?? (error.status === 404 ? 'not-found' : 'internal');
    const words = t(`error.${kind}`);
    if (error.requestId === undefined || kind !== 'internal') return words;
    return `${words}${t('app.inBrackets', { text: t('error.requestId', { id: error.requestId }) })}`;
  };
}
