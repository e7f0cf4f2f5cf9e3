import type {
  Emergency,
  EmergencyFinding,
  EmergencyList,
  OpenEmergency,
  ReviewEmergency,
  SearchEmergency,
} from '../../gateway/api/contract/emergencies.ts';
import { requestJson } from './http.ts';

const at = encodeURIComponent;

export const searchEmergency = (body: SearchEmergency) =>
  requestJson<EmergencyFinding>('/api/emergencies/search', { method: 'POST', json: body });
export const openEmergency = (body: OpenEmergency) => requestJson<Emergency>('/api/emergencies', { method: 'POST', json: body });
export const listEmergencies = (signal?: AbortSignal) => requestJson<EmergencyList>('/api/emergencies', { signal });
export const listEmergencyReviews = (signal?: AbortSignal) => requestJson<EmergencyList>('/api/emergencies/reviews', { signal });
export const reviewEmergency = (id: string, body: ReviewEmergency) =>
  requestJson<Emergency>(`/api/emergencies/reviews/${at(id)}`, { method: 'POST', json: body });
export const listEmergencyOversight = (signal?: AbortSignal) => requestJson<EmergencyList>('/api/emergencies/oversight', { signal });
export const decideOversight = (id: string, body: ReviewEmergency) =>
  requestJson<Emergency>(`/api/emergencies/oversight/${at(id)}`, { method: 'POST', json: body });
