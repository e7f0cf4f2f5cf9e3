import type { PatientList, PatientListQuery, PersonDetail } from '../../gateway/api/contract/patients.ts';
import { queryString, request, requestJson } from './http.ts';

const at = encodeURIComponent;

export const listPatients = (query: PatientListQuery, signal?: AbortSignal, poll = false) =>
  requestJson<PatientList>(`/api/patients${queryString({ ...query } as Record<string, string | number | undefined>)}`, { signal, poll });
/** Undefined: the answer with that tag still stands. */
export async function getPerson(
  id: string,
  { etag, poll }: { readonly etag: string | undefined; readonly poll: boolean },
  signal: AbortSignal,
): Promise<{ readonly person: PersonDetail; readonly etag: string | undefined } | undefined> {
  const response = await request(`/api/patients/${at(id)}`, { signal, poll, ifNoneMatch: etag });
  if (response.status === 304) return undefined;
  return { person: (await response.json()) as PersonDetail, etag: response.headers.get('etag') ?? undefined };
}
