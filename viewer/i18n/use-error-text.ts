import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/http.ts';

const KNOWN = ['unreachable', 'denied', 'not-found', 'busy', 'too-many', 'conflict', 'invalid', 'too-large', 'full', 'internal'] as const;

const REASONS = ['last-administrator', 'no-facility', 'too-many-tokens'] as const;
const PASSWORD_REASONS = ['password-short', 'password-long', 'password-common', 'password-personal'] as const;

/** Why the gateway does not take a new password; undefined: it is about something else. */
export function usePasswordReason(): (error: unknown) => string | undefined {
  const { t } = useTranslation();
  return (error) => {
    const reason = error instanceof ApiError ? PASSWORD_REASONS.find((known) => known === error.reason) : undefined;
    return reason === undefined ? undefined : t(`settings.flaw.${reason}`);
  };
}

/** What to tell the reader, and what to do: our own words for the kinds we know, the gateway's sentence when it is more exact. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t('error.internal');
    if (error.status === 401) return t('error.signed-out');
    const reason = REASONS.find((known) => known === error.reason);
    if (reason !== undefined) return t(`error.${reason}`);
    const kind = KNOWN.find((known) => known === error.kind) ?? (error.status === 404 ? 'not-found' : 'internal');
    const words = (kind === 'invalid' || kind === 'conflict') && error.message !== '' ? error.message : t(`error.${kind}`);
    return error.requestId === undefined || kind !== 'internal' ? words : `${words} (${t('error.requestId', { id: error.requestId })})`;
  };
}
