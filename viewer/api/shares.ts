import type { CreateShare, DisclosureList, ReceiverList, Share } from '../../gateway/api/contract/sharing.ts';
import { queryString, request, requestJson } from './http.ts';
import type { StudyAddress } from './study-address.ts';

const at = encodeURIComponent;
const studyPath = ({ studyInstanceUID }: StudyAddress, below = '') => `/api/studies/${at(studyInstanceUID)}${below}`;
const ofQuery = ({ of }: StudyAddress) => ({ of: of ?? undefined });

export const listShares = (study: StudyAddress, signal?: AbortSignal) =>
  requestJson<{ shares: Share[] }>(`${studyPath(study, '/shares')}${queryString(ofQuery(study))}`, { signal });
export const createShare = (study: StudyAddress, body: CreateShare) =>
  request(`${studyPath(study, '/shares')}${queryString(ofQuery(study))}`, { method: 'POST', json: body });
export const findReceivers = (study: StudyAddress, facilityCode: string, q: string, signal?: AbortSignal) =>
  requestJson<ReceiverList>(`${studyPath(study, `/receivers/${at(facilityCode)}`)}${queryString({ q, ...ofQuery(study) })}`, { signal });
export const revokeShare = (study: StudyAddress, shareId: string) =>
  request(`${studyPath(study, `/shares/${at(shareId)}`)}${queryString(ofQuery(study))}`, { method: 'DELETE' });
export const listDisclosures = (study: StudyAddress, before: number | undefined, signal?: AbortSignal) =>
  requestJson<DisclosureList>(`${studyPath(study, '/disclosures')}${queryString({ before, ...ofQuery(study) })}`, { signal });
