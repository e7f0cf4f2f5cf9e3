import type { ExportPlan, StudyDetail, StudyList, StudyListQuery } from '../../gateway/api/contract/studies.ts';
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

export type ExportForm = 'plain' | 'stored';
/** One study or more, of one person. */
export type Exported = readonly [StudyAddress, ...StudyAddress[]];

function exportPath([first, ...others]: Exported, what: string, more: { readonly form?: ExportForm } = {}): string {
  const also = others.map(({ studyInstanceUID, of }) => `${studyInstanceUID}!${of ?? ''}`).join(',');
  return `${studyPath(first, `/${what}`)}${queryString({ ...ofQuery(first), also, ...more })}`;
}

export const getExportPlan = (studies: Exported, signal?: AbortSignal) =>
  requestJson<ExportPlan>(exportPath(studies, 'export-plan'), { signal });

/** Where the browser fetches the zip by itself: a page could not hold it. */
export const exportUrl = (studies: Exported, form: ExportForm) => exportPath(studies, 'export', { form });
