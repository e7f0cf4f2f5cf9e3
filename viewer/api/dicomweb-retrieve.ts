/** What the viewer reads by DICOMweb besides pictures (PS3.18 10.4), by `dicomweb-client`. */
import { api } from 'dicomweb-client';
import type { Problem } from '../../gateway/api/contract/problem.ts';
import type { DicomElement, DicomObject } from './dicom-json.ts';
import { rootOf } from './dicomweb.ts';
import { ApiError, headersOf } from './http.ts';
import type { StudyAddress } from './study-address.ts';

/** What the client rejects with. */
interface Refusal {
  readonly status?: number;
  readonly response?: unknown;
  readonly request?: XMLHttpRequest;
}

/** @throws ApiError; an aborted signal's reason as it is */
export function fetchSeriesMetadata(study: StudyAddress, seriesInstanceUID: string, signal?: AbortSignal): Promise<DicomObject[]> {
  const { studyInstanceUID } = study;
  // The client's types ask for more than it needs.
  const options = { studyInstanceUID, seriesInstanceUID } as never;
  return asked(rootOf(study), signal, (client) => client.retrieveSeriesMetadata(options)) as Promise<DicomObject[]>;
}

/**
 * The bytes of a binary element: inline, or fetched from where it says (relative to the metadata it stood in).
 * @throws ApiError; an aborted signal's reason as it is
 */
export async function elementBytes(element: DicomElement, metadataUrl: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (element.InlineBinary !== undefined) return Uint8Array.from(atob(element.InlineBinary), (letter) => letter.charCodeAt(0));
  if (element.BulkDataURI === undefined) return new Uint8Array(0);
  // Behind a proxy the gateway may know itself by another name; the session is valid only for ours.
  const { pathname, search } = new URL(element.BulkDataURI, new URL(metadataUrl, location.origin));
  const mediaTypes = [{ mediaType: 'application/octet-stream' }];
  const options = { BulkDataURI: pathname + search, mediaTypes } as never;
  const parts = await asked(location.origin, signal, (client) => client.retrieveBulkData(options));
  return new Uint8Array((parts[0] as ArrayBuffer | undefined) ?? new ArrayBuffer(0));
}

/** One question by a client of its own, whose request ends when the signal does. */
async function asked<Answer>(
  url: string,
  signal: AbortSignal | undefined,
  ask: (client: api.DICOMwebClient) => Promise<Answer>,
): Promise<Answer> {
  signal?.throwIfAborted();
  const sent: XMLHttpRequest[] = [];
  const stop = () => {
    for (const request of sent) request.abort();
  };
  // Its length is looked at: a hook takes the request and what is known of it.
  const endsWithSignal = (request: XMLHttpRequest, _metadata: unknown) => {
    sent.push(request);
    request.setRequestHeader('accept-language', headersOf({}).get('accept-language') ?? '');
    return request;
  };
  const client = new api.DICOMwebClient({ url, verbose: false, singlepart: false, requestHooks: [endsWithSignal] } as never);
  signal?.addEventListener('abort', stop);
  try {
    return await ask(client);
  } catch (thrown) {
    signal?.throwIfAborted();
    throw apiError(thrown as Refusal);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function apiError({ status = 0, response, request }: Refusal): ApiError {
  const retryAfterS = Number(request?.getResponseHeader('retry-after') ?? Number.NaN);
  return new ApiError(status, problemOf(response), Number.isFinite(retryAfterS) ? retryAfterS : undefined);
}

/** The client asks for JSON or for bytes; a refusal's own words come as either. */
function problemOf(response: unknown): Partial<Problem> {
  if (typeof response === 'object' && response !== null && !(response instanceof ArrayBuffer)) return response;
  try {
    return JSON.parse(response instanceof ArrayBuffer ? new TextDecoder().decode(response) : String(response)) ?? {};
  } catch {
    return {};
  }
}
