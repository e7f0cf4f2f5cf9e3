import type { ChooseMail, MailAddress, MailChoices, MailCode } from '../../gateway/api/contract/notices.ts';
import type { AddPasskey, NewPasskeyQuestion } from '../../gateway/api/contract/passkeys.ts';
import type { Factors, NewAuthenticator, OpenSession, RecoveryCodes, Token } from '../../gateway/api/contract/session.ts';
import { request, requestJson } from './http.ts';

const at = encodeURIComponent;

export const getFactors = (signal?: AbortSignal) => requestJson<Factors>('/api/factors', { signal });
export const beginAuthenticator = () => requestJson<NewAuthenticator>('/api/factors/authenticator', { method: 'POST' });
export const confirmAuthenticator = (body: { code: string }) =>
  requestJson<RecoveryCodes>('/api/factors/authenticator/confirmation', { method: 'POST', json: body });
export const removeAuthenticator = () => request('/api/factors/authenticator', { method: 'DELETE' });
export const renewRecoveryCodes = () => requestJson<RecoveryCodes>('/api/factors/recovery-codes', { method: 'POST' });
export const askNewPasskey = () => requestJson<NewPasskeyQuestion>('/api/factors/passkey-challenge', { method: 'POST' });
export const addPasskey = (body: AddPasskey) => requestJson<RecoveryCodes>('/api/factors/passkeys', { method: 'POST', json: body });
export const renamePasskey = (id: string, body: { name: string }) =>
  request(`/api/factors/passkeys/${at(id)}`, { method: 'PATCH', json: body });
export const removePasskey = (id: string) => request(`/api/factors/passkeys/${at(id)}`, { method: 'DELETE' });
export const listSessions = (signal?: AbortSignal) => requestJson<{ sessions: OpenSession[] }>('/api/sessions', { signal });
export const endSession = (id: string) => request(`/api/sessions/${at(id)}`, { method: 'DELETE' });
export const endOtherSessions = () => request('/api/sessions', { method: 'DELETE' });
export const listTokens = (signal?: AbortSignal) => requestJson<{ tokens: Token[] }>('/api/tokens', { signal });
export const createToken = (body: { name: string; days?: number | undefined }) =>
  requestJson<{ id: string; token: string; expiresAt: string }>('/api/tokens', { method: 'POST', json: body });
export const revokeToken = (id: string) => request(`/api/tokens/${at(id)}`, { method: 'DELETE' });
export const getMail = (signal?: AbortSignal) => requestJson<MailChoices>('/api/mail', { signal });
export const chooseMail = (body: ChooseMail) => request('/api/mail', { method: 'PATCH', json: body });
export const askMailCode = (body: MailAddress) => request('/api/mail/address', { method: 'POST', json: body });
export const confirmMail = (body: MailCode) => request('/api/mail/confirmation', { method: 'POST', json: body });
export const removeMail = () => request('/api/mail/address', { method: 'DELETE' });
