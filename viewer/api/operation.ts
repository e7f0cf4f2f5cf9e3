import type { Quarantine, RetriedQuarantine, Warning } from '../../gateway/api/contract/operation.ts';
import { requestJson } from './http.ts';

const at = encodeURIComponent;

export const listQuarantine = (signal?: AbortSignal) => requestJson<{ entries: Quarantine[] }>('/api/quarantine', { signal });
export const retryQuarantined = (id: string) => requestJson<RetriedQuarantine>(`/api/quarantine/${at(id)}/retry`, { method: 'POST' });
export const listWarnings = (signal?: AbortSignal) => requestJson<{ warnings: Warning[] }>('/api/warnings', { signal });
