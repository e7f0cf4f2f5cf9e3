/** A file on its way to the gateway. `fetch` does not tell how much of a body has left; this older interface does. */
import { ApiError, answered, headersOf, type RequestOptions } from './http.ts';

type Options = Required<Pick<RequestOptions, 'bytes'>> & {
  signal: AbortSignal;
  onSent: (bytes: number) => void;
  headers?: Record<string, string>;
};

/** The answer's JSON. @throws ApiError; an aborted signal's reason as it is. */
export async function sendFile<T>(path: string, { bytes, signal, onSent, headers = {} }: Options): Promise<T> {
  signal.throwIfAborted();
  const sending = new XMLHttpRequest();
  const stop = () => sending.abort();
  signal.addEventListener('abort', stop);
  try {
    const response = await new Promise<Response>((resolve, reject) => {
      sending.open('POST', path);
      for (const [name, value] of [...headersOf({ method: 'POST', bytes }), ...Object.entries(headers)])
        sending.setRequestHeader(name, value);
      sending.responseType = 'arraybuffer';
      sending.upload.onprogress = ({ loaded }) => onSent(loaded);
      sending.onload = () => resolve(responseOf(sending));
      sending.onerror = () => reject(new ApiError(0, {}));
      sending.onabort = () => reject(signal.reason);
      sending.send(bytes);
    });
    return (await (await answered(response)).json()) as T;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function responseOf(sending: XMLHttpRequest): Response {
  const lines = sending.getAllResponseHeaders().trim().split('\r\n');
  const headers = lines.map((line) => line.split(': ', 2)).filter((pair): pair is [string, string] => pair.length === 2);
  return new Response(sending.response as ArrayBuffer, { status: sending.status, headers });
}

/** Without halves of surrogate pairs, which cannot be encoded. */
export function wellFormed(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
