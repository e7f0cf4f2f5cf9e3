import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { methodTable, QUERY_CHARS_MAX, refusalOf } from './request-refusal.ts';

const methodsAt = methodTable([
  { method: 'GET', url: '/api/studies/:study' },
  { method: 'HEAD', url: '/api/studies/:study' },
  { method: 'POST', url: '/api/uploads/file' },
  { method: 'GET', url: '/dicom-web/studies/:study/bulkdata/*' },
  { method: 'GET', url: '/*' },
]);

function ask(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  const all: Record<string, string> = { host: 'gateway.example:8080', ...headers };
  const request = { url, method, headers: all, rawHeaders: Object.entries(all).flat() } as unknown as IncomingMessage;
  return { refusal: refusalOf(request, methodsAt), request };
}

describe('taken', () => {
  test.each([
    '/',
    '/?x',
    '/api/studies/1.2.3/',
    '/api/studies/1.2.3?limit=5&limit=6&q=%E5%B1%B1+%E7%94%B0',
    '/dicom-web/studies?PatientName=YAMADA%5E*&00100020=%5C',
    '/a/...x/..y',
    '/a%2Fb/%25',
    "/!$&'()*+,;=:@-._~",
  ])('%s', (url) => {
    expect(ask(url).refusal).toBeUndefined();
  });

  test.each([
    ['http://other.example:81/api/studies/1?q=2', '/api/studies/1?q=2', 'other.example:81'],
    ['HTTPS://[2001:db8::1]', '/', '[2001:db8::1]'],
    ['http://x?q=1', '/?q=1', 'x'],
  ])('in absolute form: %s', (url, path, host) => {
    const { refusal, request } = ask(url);
    expect([refusal, request.url, request.headers.host]).toEqual([undefined, path, host]);
  });
});

test.each([
  [QUERY_CHARS_MAX, undefined],
  [QUERY_CHARS_MAX + 1, 400],
])('a query of %i characters: %s', (length, status) => {
  expect(ask(`/dicom-web/studies?${'a'.repeat(length)}`).refusal?.status).toBe(status);
  // The path has no part in it.
  expect(ask(`/api/${'a'.repeat(length)}?${'a'.repeat(QUERY_CHARS_MAX)}`).refusal?.status).toBeUndefined();
});

describe('refused: 400', () => {
  test.each([
    ['no path', '*'],
    ['no path', 'api/studies'],
    ['an authority of another form', 'http://user@host/api'],
    ['another scheme', 'ftp://host/api'],
    ['an empty segment', '//'],
    ['an empty segment', '//api/studies'],
    ['an empty segment', '/api//studies'],
    ['a dot segment', '/api/../healthz'],
    ['a dot segment', '/./api'],
    ['a dot segment at the end', '/api/..'],
    ['an escaped dot segment', '/api/%2e%2e/healthz'],
    ['a half escaped dot segment', '/api/.%2E/healthz'],
    ['a dot segment behind an escaped slash', '/api/x%2f..%2fy'],
    ['a backslash', '/api/\\..\\x'],
    ['an escaped backslash', '/api/%5c..%5cx'],
    ['NUL', '/api/studies/1%00'],
    ['a line end', '/api/studies/1%0d%0aSet-Cookie:x'],
    ['a broken escape', '/api/studies/%'],
    ['a broken escape', '/api/studies/%zz'],
    ['bytes that are not UTF-8', '/api/studies/%ff%fe'],
    ['a surrogate', '/api/studies/%ed%a0%80'],
    ['raw bytes', '/api/studies/\xe5\xb1\xb1'],
    ['a fragment', '/api/studies/1#x'],
    ['a blank', '/api/studies/1 2'],
    ['a broken escape in the query', '/api/studies/1?q=%'],
    ['a broken escape in a name of the query', '/api/studies/1?%zz=1'],
    ['bytes that are not UTF-8 in the query', '/api/studies/1?q=%8e%52'],
    ['NUL in the query', '/api/studies/1?q=a%00b'],
    ['a list in brackets', '/api/studies/1?limit[]=1'],
    ['an object in brackets', '/api/studies/1?q%5Ba%5D=1'],
    ['__proto__ in brackets', '/api/studies/1?__proto__[x]=1'],
  ])('%s: %s', (_name, url) => {
    expect(ask(url).refusal).toMatchObject({ status: 400, error: 'invalid' });
  });

  test.each(['', ' ', 'a b', 'x/y', 'user@x', 'x:port', 'x:123456', '"', '山', `${'a'.repeat(254)}`, '[::1', 'a,b'])('Host %j', (host) => {
    expect(ask('/', { host }).refusal?.status).toBe(400);
  });

  test.each([
    ['Host', ['a', 'b']],
    ['hOST', ['a', 'a']],
    ['Authorization', ['Bearer x', 'Bearer y']],
    ['Content-Type', ['application/json', 'text/plain']],
    ['content-length', ['1', '1']],
  ])('%s given twice', (name, values) => {
    const { request } = ask('/', { [name.toLowerCase()]: values[0] ?? '' });
    request.rawHeaders = ['Host', 'gateway.example', 'Accept', 'a/b', 'ACCEPT', 'c/d'];
    expect(refusalOf(request, methodsAt)).toBeUndefined();
    const others = request.rawHeaders.slice(name.toLowerCase() === 'host' ? 2 : 0);
    request.rawHeaders = [...values.flatMap((value, n) => [n === 0 ? name : name.toUpperCase(), value]), ...others];
    expect(refusalOf(request, methodsAt)).toMatchObject({ status: 400, error: 'invalid' });
  });

  test('a transfer coding that nobody undoes', () => {
    expect(ask('/api/uploads/file', { 'transfer-encoding': 'gzip, chunked' }, 'POST').refusal?.status).toBe(400);
    expect(ask('/api/uploads/file', { 'transfer-encoding': 'Chunked' }, 'POST').refusal).toBeUndefined();
  });
});

describe('refused: 405, with what is allowed', () => {
  test.each([
    ['DELETE', '/api/studies/1', 'GET, HEAD'],
    ['OPTIONS', '/api/studies/1/', 'GET, HEAD'],
    ['TRACE', '/api/uploads/file?x=1', 'POST'],
    ['GET', '/api/uploads/file', 'POST'],
    ['PUT', '/dicom-web/studies/1/bulkdata/7FE00010/1/00091002', 'GET'],
  ])('%s %s', (method, url, allow) => {
    expect(ask(url, {}, method).refusal).toMatchObject({ status: 405, headers: { allow } });
  });

  test('not where there is no route, nor below one', () => {
    for (const url of ['/', '/nothing', '/api/studies', '/api/studies/1/2']) expect(ask(url, {}, 'DELETE').refusal).toBeUndefined();
  });
});

describe('Content-Encoding of a body, RFC 9110 15.5.16', () => {
  const sending = (coding: string, headers: Readonly<Record<string, string>> = { 'content-length': '10' }) =>
    ask('/api/uploads/file', { 'content-encoding': coding, ...headers }, 'POST').refusal;

  test.each(['gzip', 'br', 'deflate', 'zstd', 'GZIP', 'identity, gzip', 'x', 'gzip, gzip, gzip'])(
    '%s: 415, with what is taken',
    (coding) => {
      expect(sending(coding)).toMatchObject({ status: 415, error: 'unsupported', headers: { 'accept-encoding': 'identity' } });
      expect(sending(coding, { 'transfer-encoding': 'chunked' })?.status).toBe(415);
    },
  );

  test.each(['identity', 'Identity', '', 'identity, identity'])('%j is taken', (coding) => {
    expect(sending(coding)).toBeUndefined();
  });

  test('without a body it says nothing', () => {
    expect(sending('gzip', {})).toBeUndefined();
    expect(sending('gzip', { 'content-length': '0' })).toBeUndefined();
  });
});
