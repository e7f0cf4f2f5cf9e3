/** Every call of the application API the viewer makes, one line each. */

import { FILE_NAME_CHARS_MAX, FILE_NAME_HEADER } from '../../gateway/api/contract/bounds.ts';
import type { NoticeList, NoticeListQuery, SettledNotice, Settlement } from '../../gateway/api/contract/notices.ts';
import type { Quarantine, RetriedQuarantine, Warning } from '../../gateway/api/contract/operation.ts';
import type {
  ChangeUser,
  CreateFacility,
  CreateUser,
  Echo,
  FacilityList,
  PeopleListQuery,
  SignInWait,
  UserList,
} from '../../gateway/api/contract/people.ts';
import type { RecordEntry, RecordQuery } from '../../gateway/api/contract/record.ts';
import type { ChangeMe, OpenSession, Session, SignIn, Standing, Token } from '../../gateway/api/contract/session.ts';
import type { CreateShare, DisclosureList, ReceiverList, Share } from '../../gateway/api/contract/sharing.ts';
import type { StudyDetail, StudyList, StudyListQuery } from '../../gateway/api/contract/studies.ts';
import type { KeptAnswer, KeptQuestion, UploadOutcome } from '../../gateway/api/contract/uploads.ts';
import { queryString, request, requestJson } from './http.ts';
import { sendFile } from './send-file.ts';
import type { StudyAddress } from './study-address.ts';

const at = encodeURIComponent;

/** Null: nobody is signed in. `optional` asks for 204 instead of 401, which browsers would report as an error on every first visit. */
export async function getSession(options: { signal?: AbortSignal; poll?: boolean } = {}): Promise<Session | null> {
  const response = await request('/api/session?optional=true', options);
  return response.status === 204 ? null : ((await response.json()) as Session);
}
/** Asked by the page itself of what it holds, each by its exact address. */
export const askStanding = (studies: readonly { studyInstanceUID: string; exact: string; shown: string }[], signal?: AbortSignal) =>
  requestJson<Standing>(
    `/api/standing${queryString({ studies: studies.map(({ studyInstanceUID, exact, shown }) => `${studyInstanceUID}!${exact}!${shown}`).join(',') })}`,
    { signal, poll: true },
  );
export const signIn = (body: SignIn) => requestJson<Session>('/api/session', { method: 'POST', json: body });
export const signOut = () => request('/api/session', { method: 'DELETE' });
export const changeMe = (body: ChangeMe) => request('/api/me', { method: 'PATCH', json: body });

export const listSessions = (signal?: AbortSignal) => requestJson<{ sessions: OpenSession[] }>('/api/sessions', { signal });
export const endSession = (id: string) => request(`/api/sessions/${at(id)}`, { method: 'DELETE' });
export const endOtherSessions = () => request('/api/sessions', { method: 'DELETE' });

export const listTokens = (signal?: AbortSignal) => requestJson<{ tokens: Token[] }>('/api/tokens', { signal });
export const createToken = (body: { name: string; days?: number | undefined }) =>
  requestJson<{ id: string; token: string; expiresAt: string }>('/api/tokens', { method: 'POST', json: body });
export const revokeToken = (id: string) => request(`/api/tokens/${at(id)}`, { method: 'DELETE' });

export const listStudies = (query: StudyListQuery, signal?: AbortSignal) =>
  requestJson<StudyList>(`/api/studies${queryString({ ...query } as Record<string, string | number | undefined>)}`, { signal });
/** The same, asked by the page itself; undefined: the answer with that tag still stands. */
export async function lookAtStudies(
  query: StudyListQuery,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly list: StudyList; readonly etag: string | undefined } | undefined> {
  const path = `/api/studies${queryString({ ...query } as Record<string, string | number | undefined>)}`;
  const response = await request(path, { signal, poll: true, ifNoneMatch: etag });
  if (response.status === 304) return undefined;
  return { list: (await response.json()) as StudyList, etag: response.headers.get('etag') ?? undefined };
}
const studyPath = ({ studyInstanceUID }: StudyAddress, below = '') => `/api/studies/${at(studyInstanceUID)}${below}`;
const ofQuery = ({ of }: StudyAddress) => ({ of: of ?? undefined });
export const getStudy = (study: StudyAddress, signal?: AbortSignal, poll = false) =>
  requestJson<StudyDetail>(`${studyPath(study)}${queryString(ofQuery(study))}`, { signal, poll });

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

export const listNotices = (query: NoticeListQuery, signal?: AbortSignal, poll = false) =>
  requestJson<NoticeList>(`/api/notices${queryString({ ...query } as Record<string, string | number | undefined>)}`, { signal, poll });

export const settleNotice = (id: string, settlement: Settlement) =>
  requestJson<SettledNotice>(`/api/notices/${at(id)}/settlement`, { method: 'POST', json: { settlement } });

export const listFacilities = (query: PeopleListQuery, signal?: AbortSignal) =>
  requestJson<FacilityList>(`/api/facilities${queryString({ ...query } as Record<string, string | number | undefined>)}`, { signal });
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

export const listQuarantine = (signal?: AbortSignal) => requestJson<{ entries: Quarantine[] }>('/api/quarantine', { signal });
export const retryQuarantined = (id: string) => requestJson<RetriedQuarantine>(`/api/quarantine/${at(id)}/retry`, { method: 'POST' });
export const listWarnings = (signal?: AbortSignal) => requestJson<{ warnings: Warning[] }>('/api/warnings', { signal });
export const listRecord = (filter: RecordQuery, before: number | undefined, signal?: AbortSignal) =>
  requestJson<{ entries: RecordEntry[]; next: number | null }>(`/api/record${queryString({ ...filter, before })}`, { signal });

/** The digests the facility already keeps. */
export async function knownFiles(sha256: readonly string[], signal?: AbortSignal): Promise<string[]> {
  const answer = await requestJson<{ sha256: string[] }>('/api/uploads/known', {
    method: 'POST',
    json: { sha256 },
    signal,
  });
  return answer.sha256;
}
/** How much of these exams the facility keeps already, in their order; at most UPLOAD_KNOWN_MAX instances in all. */
export async function keptStudies(studies: KeptQuestion['studies'], signal?: AbortSignal): Promise<KeptAnswer['studies']> {
  return (await requestJson<KeptAnswer>('/api/uploads/held', { method: 'POST', json: { studies }, signal })).studies;
}
/** `onSent` is told how many of its bytes have left. `fileName` is its path, for who looks for it when it could not be read. */
export const uploadFile = (bytes: Blob | Uint8Array<ArrayBuffer>, signal: AbortSignal, onSent: (bytes: number) => void, fileName: string) =>
  sendFile<UploadOutcome>('/api/uploads/file', {
    bytes,
    signal,
    onSent,
    headers: { [FILE_NAME_HEADER]: encodeURIComponent(wellFormed(fileName.slice(-FILE_NAME_CHARS_MAX))) },
  });

/** Without halves of surrogate pairs, which cannot be encoded. */
function wellFormed(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
