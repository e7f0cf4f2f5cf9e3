import { FILE_NAME_HEADER } from '../../gateway/api/contract/bounds.ts';
import type {
  ActOnLetter,
  BeginLetter,
  KeepTemplate,
  Letter,
  LetterDoctor,
  LetterList,
  LetterListQuery,
  LetterNews,
  LetterTemplate,
  ReceiptNotes,
  SaveLetter,
} from '../../gateway/api/contract/letters.ts';
import { queryString, request, requestJson } from './http.ts';
import { sendFile, wellFormed } from './send-file.ts';

export const listLetters = (query: LetterListQuery, signal?: AbortSignal) =>
  requestJson<LetterList>(`/api/letters${queryString({ ...query } as Record<string, string | number | undefined>)}`, { signal });
export const letterNews = (signal?: AbortSignal) => requestJson<{ news: LetterNews[] }>('/api/letter-news', { signal, poll: true });
export const lettersOfPerson = (id: string, signal?: AbortSignal) =>
  requestJson<Pick<LetterList, 'letters'>>(`/api/patients/${encodeURIComponent(id)}/letters`, { signal, poll: true });
export const getLetter = (id: string, signal?: AbortSignal) => requestJson<Letter>(`/api/letters/${encodeURIComponent(id)}`, { signal });
export const beginLetter = (body: BeginLetter) => requestJson<Letter>('/api/letters', { method: 'POST', json: body });
export const saveLetter = (id: string, body: SaveLetter) => requestJson<Letter>(`/api/letters/${id}`, { method: 'PATCH', json: body });
export const discardLetter = (id: string) => request(`/api/letters/${id}`, { method: 'DELETE' });
export const sendLetter = (id: string, revision: number) =>
  requestJson<Letter>(`/api/letters/${id}/sending`, { method: 'POST', json: { revision } });
export const actOnLetter = (id: string, body: ActOnLetter) =>
  requestJson<Letter>(`/api/letters/${id}/acts`, { method: 'POST', json: body });
export const noteReceipt = (id: string, body: ReceiptNotes) =>
  requestJson<Letter>(`/api/letters/${id}/notes`, { method: 'POST', json: body });
export const attachLetterFile = (id: string, file: File) =>
  sendFile<Letter>(`/api/letters/${id}/files`, {
    bytes: file,
    signal: new AbortController().signal,
    onSent: () => {},
    headers: { [FILE_NAME_HEADER]: encodeURIComponent(wellFormed(file.name)) },
  });
export const detachLetterFile = (id: string, file: string) => requestJson<Letter>(`/api/letters/${id}/files/${file}`, { method: 'DELETE' });
export const letterFileUrl = (id: string, file: string) => `/api/letters/${id}/files/${file}`;
export const letterDoctors = (code: string, name: string, signal?: AbortSignal) =>
  requestJson<{ people: LetterDoctor[] }>(`/api/letters/doctors/${encodeURIComponent(code)}${queryString({ name })}`, { signal });
export const listLetterTemplates = (signal?: AbortSignal) =>
  requestJson<{ templates: LetterTemplate[] }>('/api/letter-templates', { signal });
export const keepLetterTemplate = (body: KeepTemplate) =>
  requestJson<LetterTemplate>('/api/letter-templates', { method: 'POST', json: body });
export const removeLetterTemplate = (id: string) => request(`/api/letter-templates/${id}`, { method: 'DELETE' });
