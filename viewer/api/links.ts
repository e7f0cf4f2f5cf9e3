import type {
  AskDesk,
  DecideLink,
  DeskPatientDetail,
  DeskPatientList,
  Link,
  LinkList,
  ProposeLink,
} from '../../gateway/api/contract/links.ts';
import { queryString, request, requestJson } from './http.ts';

const at = encodeURIComponent;

export const listLinks = (after: string | undefined, signal?: AbortSignal) =>
  requestJson<LinkList>(`/api/links${queryString({ after })}`, { signal });
export const proposeLink = (body: ProposeLink) => requestJson<Link>('/api/links', { method: 'POST', json: body });
export const decideLink = (id: string, body: DecideLink) =>
  requestJson<Link>(`/api/links/${at(id)}/decision`, { method: 'POST', json: body });
export const askDesk = (body: AskDesk, signal?: AbortSignal) =>
  requestJson<DeskPatientList>('/api/desk/search', { method: 'POST', json: body, signal });
export const getDeskPatient = (id: string, signal?: AbortSignal) =>
  requestJson<DeskPatientDetail>(`/api/desk/patients/${at(id)}`, { signal });
export const separatePatient = (id: string) => request(`/api/desk/patients/${at(id)}/separation`, { method: 'POST' });
