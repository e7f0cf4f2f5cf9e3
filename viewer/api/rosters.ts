import type {
  Roster,
  RosterCandidates,
  RosterFaults,
  RosterFile,
  RosterFilterName,
  RosterList,
  RosterRows,
} from '../../gateway/api/contract/rosters.ts';
import { queryString, request, requestJson } from './http.ts';
import { sendFile } from './send-file.ts';

const at = encodeURIComponent;

/** `onSent`: how many bytes of the file have left. */
export const bringRoster = (of: RosterFile, file: Blob, onSent: (bytes: number) => void, signal = new AbortController().signal) =>
  sendFile<Roster>(`/api/rosters${queryString({ ...of })}`, { bytes: file, signal, onSent });
export const listRosters = (after?: string, signal?: AbortSignal) =>
  requestJson<RosterList>(`/api/rosters${queryString({ after })}`, { signal });
export const getRoster = (id: string, signal?: AbortSignal) => requestJson<Roster>(`/api/rosters/${at(id)}`, { signal });
export const listRosterRows = (id: string, page: { show: RosterFilterName; after?: number | undefined }, signal?: AbortSignal) =>
  requestJson<RosterRows>(`/api/rosters/${at(id)}/rows${queryString({ ...page })}`, { signal });
export const listRosterFaults = (id: string, signal?: AbortSignal) =>
  requestJson<RosterFaults>(`/api/rosters/${at(id)}/faults`, { signal });
export const listRosterCandidates = (id: string, after?: number, signal?: AbortSignal) =>
  requestJson<RosterCandidates>(`/api/rosters/${at(id)}/candidates${queryString({ after })}`, { signal });
export const applyRoster = (id: string) => requestJson<Roster>(`/api/rosters/${at(id)}/application`, { method: 'POST' });
export const undoRoster = (id: string) => requestJson<Roster>(`/api/rosters/${at(id)}/undoing`, { method: 'POST' });
export const discardRoster = (id: string) => request(`/api/rosters/${at(id)}`, { method: 'DELETE' });
