import type {
  ChangeUser,
  CreateFacility,
  CreateUser,
  Echo,
  FacilityList,
  PeopleListQuery,
  RegionSettings,
  SignInWait,
  UserList,
} from '../../gateway/api/contract/people.ts';
import type { ChangeRights, Rights, RightsCell, RightsPreview } from '../../gateway/api/contract/rights.ts';
import { queryString, request, requestJson } from './http.ts';

const at = encodeURIComponent;

export const getRegion = (signal?: AbortSignal) => requestJson<RegionSettings>('/api/region', { signal });
export const changeRegion = (body: Partial<RegionSettings>) => requestJson<RegionSettings>('/api/region', { method: 'PATCH', json: body });
export const resetFactors = (userId: string) => request(`/api/users/${at(userId)}/factors`, { method: 'DELETE' });
export const listFacilities = (query: PeopleListQuery, signal?: AbortSignal) =>
  requestJson<FacilityList>(`/api/facilities${queryString({ ...query } as Record<string, string | number | undefined>)}`, { signal });
export const readRights = (signal?: AbortSignal) => requestJson<Rights>('/api/rights', { signal });
export const previewRights = (cells: RightsCell[], signal?: AbortSignal) =>
  requestJson<RightsPreview>('/api/rights/preview', { method: 'POST', json: { cells }, signal });
export const changeRights = (body: ChangeRights) => requestJson<Rights>('/api/rights', { method: 'PATCH', json: body });
export const createFacility = (body: CreateFacility) => request('/api/facilities', { method: 'POST', json: body });
export const changeFacility = (code: string, body: Partial<Omit<CreateFacility, 'code'>>) =>
  request(`/api/facilities/${at(code)}`, { method: 'PATCH', json: body });
export const echoAETitle = (code: string, aeTitle: string) =>
  requestJson<Echo>(`/api/facilities/${at(code)}/ae-titles/${at(aeTitle)}/echo`, { method: 'POST' });
export const listUsers = (query: PeopleListQuery, signal?: AbortSignal) =>
  requestJson<UserList>(`/api/users${queryString({ ...query } as Record<string, string | number | undefined>)}`, { signal });
export const createUser = (body: CreateUser) => request('/api/users', { method: 'POST', json: body });
export const changeUser = (id: string, body: ChangeUser) => request(`/api/users/${at(id)}`, { method: 'PATCH', json: body });
export const getSignInWait = (id: string, signal?: AbortSignal) => requestJson<SignInWait>(`/api/users/${at(id)}/sign-in-wait`, { signal });
