import type { StudyDetail, StudyList, StudyListQuery } from '../../gateway/api/contract/studies.ts';
import { queryString, request, requestJson } from './http.ts';
import type { StudyAddress } from './study-address.ts';

const at = encodeURIComponent;
const studyPath = ({ studyInstanceUID }: StudyAddress, below = '') => `/api/studies/${at(studyInstanceUID)}${below}`;
const ofQuery = ({ of }: StudyAddress) => ({ of: of ?? undefined });

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
export const getStudy = (study: StudyAddress, signal?: AbortSignal, poll = false) =>
  requestJson<StudyDetail>(`${studyPath(study)}${queryString(ofQuery(study))}`, { signal, poll });
