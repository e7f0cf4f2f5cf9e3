import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { elementBytes, fetchSeriesMetadata } from './dicomweb-retrieve.ts';
import { setRequestLanguage } from './http.ts';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
  readonly retryAfter?: string;
}

/** A request that is answered as the test says, or never. */
class FakeRequest {
  static answer: Answer | undefined;
  static readonly sent: FakeRequest[] = [];
  url = '';
  readonly headers = new Map<string, string>();
  status = 0;
  readyState = 0;
  response: unknown = null;
  responseType = '';
  aborted = false;
  onreadystatechange: (() => void) | undefined;

  open(_method: string, url: string) {
    this.url = url;
  }
  setRequestHeader(name: string, value: string) {
    this.headers.set(name.toLowerCase(), value);
  }
  getResponseHeader(name: string): string | null {
    if (name.toLowerCase() === 'content-type') return FakeRequest.answer?.type ?? null;
    return name.toLowerCase() === 'retry-after' ? (FakeRequest.answer?.retryAfter ?? null) : null;
  }
  getAllResponseHeaders(): string {
    return '';
  }
  send() {
    FakeRequest.sent.push(this);
    if (FakeRequest.answer !== undefined) this.end(FakeRequest.answer.status, FakeRequest.answer.body);
  }
  abort() {
    this.aborted = true;
    this.end(0, null);
  }
  private end(status: number, body: unknown) {
    Object.assign(this, { status, response: body, readyState: 4 });
    this.onreadystatechange?.();
  }
}

const STUDY = { studyInstanceUID: '1.2', of: null };
const bytes = (text: string) => new TextEncoder().encode(text).buffer;
const json = (status: number, body: unknown, retryAfter?: string): Answer => ({
  ...{ status, type: 'application/json', body },
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

beforeEach(() => {
  vi.stubGlobal('XMLHttpRequest', FakeRequest);
  vi.stubGlobal('location', { origin: 'https://renkei.example' });
  setRequestLanguage('en');
});
afterEach(() => {
  FakeRequest.sent.length = 0;
  vi.unstubAllGlobals();
});

describe('metadata of a series', () => {
  it.each<[string, string | null, string]>([
    ['the study its UID leads to', null, '/dicom-web/studies/1.2/series/3/metadata'],
    ['another study of the UID', 'H1~2', '/dicom-web/of/H1~2/studies/1.2/series/3/metadata'],
  ])('of %s', async (_name, of, url) => {
    FakeRequest.answer = json(200, [{ '00080018': { vr: 'UI', Value: ['4'] } }]);
    expect(await fetchSeriesMetadata({ ...STUDY, of }, '3')).toEqual([{ '00080018': { vr: 'UI', Value: ['4'] } }]);
    expect(FakeRequest.sent.map((request) => request.url)).toEqual([url]);
    expect(Object.fromEntries(FakeRequest.sent[0]?.headers ?? [])).toMatchObject({
      accept: 'application/dicom+json',
      'accept-language': 'en',
    });
  });

  it('is let go when the page no longer needs it', async () => {
    FakeRequest.answer = undefined;
    const leave = new AbortController();
    const asked = fetchSeriesMetadata(STUDY, '3', leave.signal);
    leave.abort(new Error('left'));
    await expect(asked).rejects.toThrow('left');
    expect(FakeRequest.sent.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('is not asked for by a page that has left', async () => {
    await expect(fetchSeriesMetadata(STUDY, '3', AbortSignal.abort(new Error('left')))).rejects.toThrow('left');
    expect(FakeRequest.sent).toEqual([]);
  });
});

describe('an element’s bytes', () => {
  const METADATA = '/dicom-web/studies/1.2/series/3/metadata';
  it('stand in the metadata', async () => {
    expect(await elementBytes({ InlineBinary: 'AQID' }, METADATA)).toEqual(Uint8Array.of(1, 2, 3));
    expect(FakeRequest.sent).toEqual([]);
  });
  it('are none', async () => {
    expect(await elementBytes({}, METADATA)).toEqual(new Uint8Array(0));
  });
  it.each<[string, string, string, Uint8Array]>([
    [
      'one part of several',
      'multipart/related; type="application/octet-stream"; boundary=b',
      '--b\r\nContent-Type: application/octet-stream\r\n\r\n\u0001\u0002\r\n--b--\r\n',
      Uint8Array.of(1, 2),
    ],
    ['not in parts', 'application/octet-stream', '\u0001\u0002', Uint8Array.of(1, 2)],
  ])('come as %s, asked of the page’s own host', async (_name, type, body, expected) => {
    FakeRequest.answer = { status: 200, type, body: bytes(body) };
    expect(await elementBytes({ BulkDataURI: 'http://inner:8080/dicom-web/bulk/1?x=2' }, METADATA)).toEqual(expected);
    expect(FakeRequest.sent.map(({ url }) => url)).toEqual(['/dicom-web/bulk/1?x=2']);
  });
  it('are relative to the metadata', async () => {
    FakeRequest.answer = { status: 200, type: 'application/octet-stream', body: bytes('') };
    await elementBytes({ BulkDataURI: '../bulk/7' }, METADATA);
    expect(FakeRequest.sent.map(({ url }) => url)).toEqual(['/dicom-web/studies/1.2/series/bulk/7']);
  });
});

it.each<[string, Answer, object]>([
  [
    'a refusal in JSON',
    json(404, { error: 'not-found', message: 'gone', requestId: 'r1' }),
    { status: 404, kind: 'not-found', message: 'gone', requestId: 'r1' },
  ],
  ['a refusal as bytes', json(403, bytes('{"error":"denied"}')), { status: 403, kind: 'denied' }],
  ['busy', json(503, { error: 'busy' }, '2'), { status: 503, kind: 'busy', retryAfterS: 2 }],
  ['a page of a proxy', { status: 502, type: 'text/html', body: bytes('<html>') }, { status: 502, kind: 'internal' }],
  ['no connection', { status: 0, type: '', body: null }, { status: 0, kind: 'unreachable' }],
])('%s is an error of the gateway', async (_name, answer, expected) => {
  FakeRequest.answer = answer;
  await expect(fetchSeriesMetadata(STUDY, '3')).rejects.toMatchObject({ name: 'ApiError', ...expected });
});
