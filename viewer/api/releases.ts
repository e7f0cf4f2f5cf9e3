import type { ReleaseCountsAnswer, ReleaseRuleAnswer, ReleaseRulesAnswer, SetReleaseRules } from '../../gateway/api/contract/releases.ts';
import { requestJson } from './http.ts';

export const readReleaseRules = (signal?: AbortSignal) => requestJson<ReleaseRulesAnswer>('/api/release-rules', { signal });
export const tryReleaseRules = (rules: ReleaseRuleAnswer[], signal?: AbortSignal) =>
  requestJson<ReleaseCountsAnswer>('/api/release-rules/preview', { method: 'POST', json: { rules }, signal });
export const setReleaseRules = (body: SetReleaseRules) =>
  requestJson<ReleaseRulesAnswer>('/api/release-rules', { method: 'PATCH', json: body });
