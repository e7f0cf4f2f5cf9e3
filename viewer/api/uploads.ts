import { FILE_NAME_CHARS_MAX, FILE_NAME_HEADER } from '../../gateway/api/contract/bounds.ts';
import type { KeptAnswer, KeptQuestion, UploadOutcome } from '../../gateway/api/contract/uploads.ts';
import { requestJson } from './http.ts';
import { sendFile, wellFormed } from './send-file.ts';

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
