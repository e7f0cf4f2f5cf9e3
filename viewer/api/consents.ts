import type {
  ConsentAnswer,
  ConsentDocumentAnswer,
  ConsentPreview,
  ConsentReachAnswer,
  GiveConsent,
  LeaveOut,
  PostedNoticeAnswer,
  PostNotice,
  ReleaseCountsAnswer,
  ReleaseRuleAnswer,
  ReleaseRulesAnswer,
  SetReleaseRules,
} from '../../gateway/api/contract/consents.ts';
import { request, requestJson } from './http.ts';

const at = encodeURIComponent;

export const listConsents = (patientId: string, signal?: AbortSignal) =>
  requestJson<{ consents: ConsentAnswer[] }>(`/api/patients/${at(patientId)}/consents`, { signal });
export const previewConsent = (patientId: string, body: ConsentPreview, signal?: AbortSignal) =>
  requestJson<ConsentReachAnswer>(`/api/patients/${at(patientId)}/consents/preview`, { method: 'POST', json: body, signal });
export const giveConsent = (patientId: string, body: GiveConsent) =>
  requestJson<ConsentAnswer>(`/api/patients/${at(patientId)}/consents`, { method: 'POST', json: body });
export const keepConsentDocument = (bytes: Blob) => requestJson<ConsentDocumentAnswer>('/api/consent-documents', { method: 'POST', bytes });
export const leaveOutOfConsent = (id: string, body: LeaveOut) =>
  requestJson<ConsentAnswer>(`/api/consents/${at(id)}`, { method: 'PATCH', json: body });
export const withdrawConsent = (id: string) => requestJson<ConsentAnswer>(`/api/consents/${at(id)}`, { method: 'DELETE' });
export const withdrawAllConsents = (patientId: string) => request(`/api/patients/${at(patientId)}/withdrawal`, { method: 'POST' });
export const consentDocumentPath = (id: string) => `/api/consents/${at(id)}/document`;
export const noteDeath = (patientId: string, diedOn: string | null) =>
  request(`/api/patients/${at(patientId)}/death`, { method: 'POST', json: { diedOn } });
export const listPostedNotices = (signal?: AbortSignal) =>
  requestJson<{ notices: PostedNoticeAnswer[] }>('/api/posted-notices', { signal });
export const postNotice = (body: PostNotice) => requestJson<PostedNoticeAnswer>('/api/posted-notices', { method: 'POST', json: body });
export const takeNoticeDown = (id: string) => requestJson<PostedNoticeAnswer>(`/api/posted-notices/${at(id)}`, { method: 'DELETE' });
export const readReleaseRules = (signal?: AbortSignal) => requestJson<ReleaseRulesAnswer>('/api/release-rules', { signal });
export const tryReleaseRules = (rules: ReleaseRuleAnswer[], signal?: AbortSignal) =>
  requestJson<ReleaseCountsAnswer>('/api/release-rules/preview', { method: 'POST', json: { rules }, signal });
export const setReleaseRules = (body: SetReleaseRules) =>
  requestJson<ReleaseRulesAnswer>('/api/release-rules', { method: 'PATCH', json: body });
