import type { BreachQuestion, BreachReport, PatientAnswer, WhoLooked } from '../../gateway/api/contract/oversight.ts';
import type { RecordEntry, RecordExport, RecordQuery } from '../../gateway/api/contract/record.ts';
import type { ChangeUnusualRules, DecideUnusual, UnusualList, UnusualRules, UnusualUse } from '../../gateway/api/contract/unusual.ts';
import { queryString, request, requestJson } from './http.ts';

const at = encodeURIComponent;

export const listRecord = (filter: RecordQuery, before: number | undefined, signal?: AbortSignal, limit?: number) =>
  requestJson<{ entries: RecordEntry[]; next: number | null }>(`/api/record${queryString({ ...filter, before, limit })}`, { signal });
/** The file, and the name that the gateway gives it. */
export async function exportRecord(body: RecordExport): Promise<{ readonly blob: Blob; readonly name: string }> {
  const response = await request('/api/record/exports', { method: 'POST', json: body, accept: '*/*' });
  const [, name = 'record'] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
  return { blob: await response.blob(), name };
}
export const askWhoLooked = (body: WhoLooked) => requestJson<PatientAnswer>('/api/record/patient-answers', { method: 'POST', json: body });
export const listUnusual = (decided: boolean, after: string | undefined, signal?: AbortSignal) =>
  requestJson<UnusualList>(`/api/unusual-uses${queryString({ decided: String(decided), after })}`, { signal });
export const recordsOfUse = (id: string, signal?: AbortSignal) =>
  requestJson<{ entries: RecordEntry[] }>(`/api/unusual-uses/${at(id)}/records`, { signal });
export const decideUnusual = (id: string, body: DecideUnusual) =>
  requestJson<UnusualUse>(`/api/unusual-uses/${at(id)}/decision`, { method: 'POST', json: body });
export const readUnusualRules = (signal?: AbortSignal) => requestJson<UnusualRules>('/api/unusual-rules', { signal });
export const changeUnusualRules = (body: ChangeUnusualRules) =>
  requestJson<UnusualRules>('/api/unusual-rules', { method: 'PATCH', json: body });
export const askBreach = (body: BreachQuestion) => requestJson<BreachReport>('/api/record/breach-reports', { method: 'POST', json: body });
