import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';

const KNOWN = ['unreachable', 'denied', 'not-found', 'busy', 'conflict', 'invalid', 'too-large', 'full', 'internal'] as const;

/** What to tell the reader, and what to do: our own words for the kinds we know, the gateway's sentence when it is more exact. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t('error.internal');
    if (error.status === 401) return t('error.signed-out');
    const kind = KNOWN.find((known) => known === error.kind) ?? (error.status === 404 ? 'not-found' : 'internal');
    const words = (kind === 'invalid' || kind === 'conflict') && error.message !== '' ? error.message : t(`error.${kind}`);
    return error.requestId === undefined || kind !== 'internal' ? words : `${words} (${t('error.requestId', { id: error.requestId })})`;
  };
}
