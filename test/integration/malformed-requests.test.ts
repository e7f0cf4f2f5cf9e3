import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RouteEntry } from '../../gateway/http.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { createSmallRegion, type SmallRegion } from '../fixtures/api-client.ts';
import { sendRaw } from '../fixtures/raw-http.ts';
import { folderWithDatabase } from '../fixtures/servers/made-database.ts';
import { testConfig } from '../fixtures/test-config.ts';

/** What no client should send, to every route that the router knows: each is the sender's fault, so 4xx, and the program has nothing to log as unforeseen. */
let gateway: Gateway;
let region: SmallRegion;

beforeAll(async () => {
  gateway = await startGateway(testConfig(await folderWithDatabase('malformed')));
  region = await createSmallRegion(`http://127.0.0.1:${gateway.http}`);
});

afterAll(async () => {
  await gateway?.close();
});

interface Sent {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

/** As who may do almost everything there, the administrator or, for images, a hospital's physician: nothing is refused for want of a right before it is read. */
async function send({ method = 'GET', target, headers = [], body = '' }: Sent) {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(headers.some((header) => /^host:/i.test(header)) ? [] : ['Host: gateway.example']),
    `Authorization: Bearer ${(/^\/+dicom-web/i.test(target) ? region.hospital : region.administrator).token}`,
    ...(body === '' || headers.some((header) => /^(content-length|transfer-encoding):/i.test(header))
      ? []
      : [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`]),
    'Connection: close',
    ...headers,
  ];
  return sendRaw(gateway.http, `${lines.join('\r\n')}\r\n\r\n${body}`);
}

const routes = (): readonly RouteEntry[] => gateway.routes.filter(({ url }) => url !== '/*');
/** Patterns with harmless values in them. */
const filled = (url: string, value = '1') => url.replace(/:\w+|\*/g, value);
const withQuery = (url: string, query: string) => `${filled(url)}?${query}`;

async function statusesOf(sent: readonly Sent[]): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const one of sent) answers.push(`${(await send(one))?.status} ${one.method ?? 'GET'} ${one.target.slice(0, 100)}`);
  return answers;
}

/** What an owner that does not exist has is an empty list. */
const isListOfOwner = (answer: string) => /^20[04] \S+ \/dicom-web\/of\/[^/]+\/(studies|series|instances)$/.test(answer);
const isClientError = (answer: string) => /^4\d\d /.test(answer);

describe('every route', () => {
  const TARGETS: readonly (readonly [string, (url: string) => string])[] = [
    ['an empty segment before it', (url) => `/${filled(url)}`],
    ['a dot segment', (url) => `${filled(url)}/../x`],
    ['an escaped dot segment', (url) => `${filled(url)}/%2e%2e/x`],
    ['an escaped first letter', (url) => filled(url).replace(/^\/(.)/, (_all, letter: string) => `/%${letter.charCodeAt(0).toString(16)}`)],
    ['capitals', (url) => filled(url).toUpperCase()],
    ['parameters of a segment', (url) => `${filled(url)};a=b`],
    ['backslashes', (url) => filled(url).replaceAll('/', '\\')],
    ['NUL behind it', (url) => `${filled(url)}%00`],
    ['a broken escape', (url) => `${filled(url)}/%zz`],
    ['no UTF-8', (url) => `${filled(url)}/%ff`],
    ['raw bytes', (url) => `${filled(url)}/\xe5`],
    ['a fragment', (url) => `${filled(url)}#x`],
    ['a broken escape in the query', (url) => withQuery(url, 'limit=%')],
    ['NUL in the query', (url) => withQuery(url, 'q=%00')],
    ['a list in the query', (url) => withQuery(url, 'limit[]=1')],
  ];
  test.each(TARGETS)('%s', async (_name, target) => {
    const answers = await statusesOf(routes().map(({ method, url }) => ({ method, target: target(url) })));
    expect(answers.length).toBeGreaterThan(40);
    expect(answers.filter((answer) => !isClientError(answer))).toEqual([]);
  });

  /** A value that no stored thing can have; where the route has no parameter there is nothing to try. */
  test.each([
    ['a number of 19 digits', '9223372036854775808'],
    ['a number of 30 digits', '123456789012345678901234567890'],
    ['a negative number', '-1'],
    ['an exponent', '1e308'],
    ['a long segment', '9'.repeat(5000)],
    ['letters', 'undefined'],
    ['an escaped slash', '1%2F2'],
    ['a quote', "1'--"],
    ['kanji', '%E5%B1%B1'],
    ['white space', '%20'],
  ])('%s as each parameter', async (_name, value) => {
    const sent = routes()
      .filter(({ url }) => /[:*]/.test(url))
      .map(({ method, url }) => ({ method, target: filled(url, value) }));
    const answers = await statusesOf(sent);
    expect(answers.length).toBeGreaterThan(20);
    expect(answers.filter((answer) => !isClientError(answer) && !isListOfOwner(answer))).toEqual([]);
  });

  test('a slash at its end stands for the same', async () => {
    const asked = routes().filter(({ method, url }) => method === 'GET' && /^\/(api|healthz|dicom-web\/studies$)/.test(url));
    const plain = await statusesOf(asked.map(({ url }) => ({ target: filled(url) })));
    const slashed = await statusesOf(asked.map(({ url }) => ({ target: `${filled(url)}/` })));
    expect(slashed).toEqual(plain.map((answer) => `${answer}/`));
  });

  test('a method that it does not take: 405, with those that it takes', async () => {
    const taken = new Map<string, Set<string>>();
    for (const { method, url } of routes()) taken.set(filled(url), (taken.get(filled(url)) ?? new Set()).add(method));
    for (const [target, methods] of taken) {
      for (const method of ['DELETE', 'PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'POST', 'GET'].filter((name) => !methods.has(name))) {
        const answer = await send({ method, target });
        expect([target, method, answer?.status]).toEqual([target, method, 405]);
        const allow = (answer?.headers.get('allow') ?? '').split(', ');
        for (const one of methods) expect(allow).toContain(one);
      }
    }
  });

  test('a body in a coding that nobody undoes: 415', async () => {
    const taking = routes().filter(({ method }) => method === 'POST' || method === 'PATCH');
    expect(taking.length).toBeGreaterThan(8);
    for (const { method, url } of taking) {
      for (const coding of ['gzip', 'br', 'zstd', 'gzip, identity']) {
        const headers = [`Content-Encoding: ${coding}`, 'Content-Type: multipart/related; type="application/dicom"; boundary=b'];
        const answer = await send({ method, target: filled(url), headers, body: '\x1f\x8b\x08' });
        expect([url, coding, answer?.status, answer?.headers.get('accept-encoding')]).toEqual([url, coding, 415, 'identity']);
      }
    }
  });

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1e999'],
    ['__proto__', '{"__proto__":{"administrator":true}}'],
    ['deep', '['.repeat(100_000)],
    ['no UTF-8', '{"email":"\xff\xfe","password":"\xff","name":"\xff"}'],
    ['NUL', '{"email":"a\\u0000b","password":"a\\u0000b","code":"a\\u0000","name":"\\u0000","sha256":["\\u0000"]}'],
    ['half a surrogate', '{"email":"\\ud800","password":"\\ud800","code":"\\ud800","name":"\\ud800"}'],
    ['other types', '{"email":[],"password":{},"code":1,"name":null,"sha256":"x","until":1,"facilityCode":[],"days":"x","aeTitles":{}}'],
  ])('%s as a body', async (_name, body) => {
    const taking = routes().filter(
      ({ method, url }) => (method === 'POST' || method === 'PATCH') && url.startsWith('/api/') && !url.endsWith('/file'),
    );
    const answers = await statusesOf(
      taking.map(({ method, url }) => ({ method, target: filled(url), headers: ['Content-Type: application/json'], body })),
    );
    expect(answers.length).toBeGreaterThan(6);
    // A change that names nothing it knows changes nothing.
    expect(answers.filter((answer) => !isClientError(answer) && answer !== '204 PATCH /api/me')).toEqual([]);
  });

  test('a parameter that no row of /api reads is named: a filter that was misspelt finds nothing, instead of everything', async () => {
    const read = routes().filter(({ method, url }) => method === 'GET' && url.startsWith('/api/') && url !== '/api/openapi.json');
    expect(read.length).toBeGreaterThan(10);
    for (const { url } of read) {
      const target = withQuery(url, 'patientid=1');
      const answers = [];
      for (const person of [region.administrator, region.hospital, region.clinic])
        answers.push(await person.call<{ value?: string }>('GET', target));
      const { status, body } = answers.find((answer) => answer.status !== 403) ?? {};
      expect([url, status, body?.value]).toEqual([url, 400, 'patientid']);
    }
  });

  test('a member that nobody reads is named, however deep it stands', async () => {
    // The body of these is a file, which has no members.
    const file = /\/(files?|consent-documents|rosters)$/;
    const taking = routes().filter(({ method, url }) => !/^(GET|HEAD)$/.test(method) && url.startsWith('/api/') && !file.test(url));
    expect(taking.length).toBeGreaterThan(15);
    const asked = async (method: string, path: string, body: object) => {
      for (const person of [region.administrator, region.hospital, region.clinic]) {
        const answer = await person.call<{ value?: string } | undefined>(method, path, body);
        if (answer.status !== 403) return [method, path, answer.status, answer.body?.value];
      }
      return [method, path, 403, undefined];
    };
    for (const { method, url } of taking) {
      const path = filled(url);
      // Of a study that nobody may know of, nothing about parameters is said.
      const said = url.includes('/studies/:') ? [404, undefined] : [400, 'surprise'];
      expect(await asked(method, path, { surprise: 1 })).toEqual([method, path, ...said]);
    }
    for (const [method, path, body, member] of [
      ['PATCH', '/api/facilities/CLINIC', { aeTitles: [{ aeTitle: 'A' }, { aeTitle: 'B', colour: 'red' }] }, 'aeTitles.1.colour'],
      ['POST', '/api/uploads/held', { studies: [{ patientName: 'x' }] }, 'studies.0.patientName'],
    ] as const) {
      expect(await asked(method, path, body)).toEqual([method, path, 400, member]);
    }
  });

  test.each([
    ['limit=-1'],
    ['limit=1e400'],
    ['limit=99999999999999999999'],
    ['limit=0x10'],
    ['limit=NaN'],
    ['limit='],
    ['limit=1&limit=2'],
    ['offset=-1'],
    ['offset=99999999999999999999'],
    ['before=99999999999999999999'],
    ['before=9223372036854775807'],
    ['before=9007199254740993'],
    ['before=-1'],
    ['before=1&before=2'],
    ['optional=x'],
    ['viewport=1e9,1e9'],
    ['quality=-1'],
    ['StudyDate=99999999-00000000'],
    ['00080020=%F0%9F%92%A9'],
    ['includefield=all&includefield=all&includefield='],
    [`q=${'x'.repeat(8000)}`],
    [`PatientName=${'*'.repeat(5000)}`],
    ['fuzzymatching=perhaps'],
    ['after=x&cursor=y&page=-1'],
  ])('?%s never fails', async (query) => {
    const answers = await statusesOf(
      routes()
        .filter(({ method }) => method === 'GET')
        .map(({ url }) => ({ target: withQuery(url, query) })),
    );
    expect(answers.filter((answer) => !/^[234]\d\d /.test(answer))).toEqual([]);
  });

  test.each([
    ['/api/record?before=9223372036854775807', 400],
    ['/api/record?before=9007199254740993', 400],
    ['/api/record?limit=1&limit=2', 400],
    ['/api/record?limit=-1', 400],
    ['/api/record?limit=1e3', 400],
    ['/api/quarantine?before=99999999999999999999', 400],
    ['/dicom-web/studies?limit=-1', 400],
    ['/dicom-web/studies?limit=99999999999999999999', 400],
    ['/dicom-web/studies?limit=1&limit=2', 400],
    ['/dicom-web/studies?offset=-1', 400],
  ])('%s is %i', async (target, status) => {
    expect((await send({ target }))?.status).toBe(status);
  });
});

/** Up to its first chunk. */
const CHUNKED = 'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('requests that are none', () => {
  test.each<readonly [string, string, number | undefined]>([
    ['CONNECT', 'CONNECT other.example:443 HTTP/1.1\r\nHost: other.example\r\n\r\n', 405],
    ['a method nobody knows', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', 'GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['a Host that is none', 'GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n', 400],
    ['an empty Host', 'GET /healthz HTTP/1.1\r\nHost:\r\n\r\n', 400],
    ['all of the server', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['a cookie of 40 KB', `GET /api/session HTTP/1.1\r\nHost: x\r\nCookie: a=${'b'.repeat(40_000)}\r\n\r\n`, 431],
    ['a cookie of 30 KB', `GET /api/session HTTP/1.1\r\nHost: x\r\nCookie: a=${'b'.repeat(30_000)}\r\n\r\n`, 401],
    ['20,000 headers', `GET /healthz HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(20_000)}\r\n`, 431],
    ['two lengths', 'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    ['length and chunks', 'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a length below zero', 'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
    [
      'chunks of no length',
      'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
    ['two tokens', 'GET /api/session HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n', 400],
    ['a header over two lines', 'GET /api/session HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n', 400],
    ['white space before the colon', 'GET /api/session HTTP/1.1\r\nHost : x\r\n\r\n', 400],
    ['trailers of 1.4 MB', `${CHUNKED}2\r\n{}\r\n0\r\n${'A: bbbbbbbbbbbbbbbbbbbbbbbb\r\n'.repeat(50_000)}\r\n`, 431],
    ['a chunk of 200 KB of extensions', `${CHUNKED}2;${'a'.repeat(200_000)}\r\n{}\r\n0\r\n\r\n`, 413],
    ['a trailer that says who asks', `${CHUNKED}2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n`, 400],
    ['chunked twice', `${CHUNKED.replace(/\r\n$/, 'Transfer-Encoding: chunked\r\n\r\n')}2\r\n{}\r\n0\r\n\r\n`, 400],
    ['cookies in no coding', 'GET /api/session HTTP/1.1\r\nHost: x\r\nCookie: renkei_session=%zz; __proto__=%5B; a=%ff\r\n\r\n', 401],
    ['prototypes in the query', 'GET /dicom-web/studies?constructor=1&__proto__=2 HTTP/1.1\r\nHost: x\r\n\r\n', 401],
    ['DICOM', 'GET\u0001\u0000\u0000\u0000', 400],
    ['TLS to a plain port', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', 400],
  ])('%s', async (_name, bytes, status) => {
    expect((await sendRaw(gateway.http, bytes))?.status).toBe(status);
  });

  test.each([
    [
      'an expectation that nobody meets',
      417,
      'POST /api/session HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\nContent-Length: 2\r\n\r\n{}',
    ],
    [
      'a second Content-Type',
      400,
      `POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Type: application/json\r\n\r\n`,
    ],
    ['a method that the address does not take', 405, 'DELETE /api/studies HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('%s is refused in words', async (_name, status, bytes) => {
    const answer = await sendRaw(gateway.http, bytes);
    expect([answer?.status, JSON.parse(answer?.body ?? '')]).toEqual([status, { error: expect.any(String), message: expect.any(String) }]);
  });

  test('a target in absolute form stands for the same in origin form, RFC 9112 3.2.2', async () => {
    expect((await send({ target: 'http://gateway.example/healthz' }))?.status).toBe(200);
    expect((await send({ target: 'http://gateway.example/nothing' }))?.status).toBe(404);
  });

  test('HEAD is answered as GET without its body', async () => {
    const answer = await send({ method: 'HEAD', target: '/api/facilities' });
    expect([answer?.status, answer?.body]).toEqual([200, '']);
  });
});
