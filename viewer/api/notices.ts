import type { ToldEmergencies } from '../../gateway/api/contract/emergencies.ts';
import type { NoticeList, NoticeListQuery, SettledNotice, Settlement } from '../../gateway/api/contract/notices.ts';
import { queryString, requestJson } from './http.ts';

const at = encodeURIComponent;

export const listNotices = (query: NoticeListQuery, signal?: AbortSignal, poll = false) =>
  requestJson<NoticeList>(`/api/notices${queryString({ ...query } as Record<string, string | number | undefined>)}`, { signal, poll });
export const settleNotice = (id: string, settlement: Settlement) =>
  requestJson<SettledNotice>(`/api/notices/${at(id)}/settlement`, { method: 'POST', json: { settlement } });
export const listToldEmergencies = (details: boolean, signal?: AbortSignal) =>
  requestJson<ToldEmergencies>(`/api/emergencies/told${queryString({ details: String(details) })}`, { signal, poll: !details });
/** Says that there is something new, and no more. */
export const liveNews = () => new EventSource('/api/notices/live');
