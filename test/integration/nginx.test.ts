import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { createSmallRegion, type SmallRegion } from '../fixtures/api-client.ts';
import { smallFile } from '../fixtures/dicom/small-dicom.ts';
import { ADMINISTRATOR, temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { selfSigned } from '../fixtures/servers/certificates.ts';
import { freePort } from '../fixtures/servers/free-port.ts';
import { testConfig } from '../fixtures/test-config.ts';

/** gateway/operation/nginx-renkei.conf as it stands, but for ports and the certificate, under a real nginx: HTTP/2 outside, the gateway behind it. */
const SITE = readFileSync(new URL('../../gateway/operation/nginx-renkei.conf', import.meta.url), 'utf8');
const MEBIBYTE = 1024 * 1024;
const CLIENT = '127.0.0.9';

const certificate = selfSigned();
const dataFolder = temporaryFolder('nginx-data');
const folder = temporaryFolder('nginx');
let gateway: Gateway;
let region: SmallRegion;
let nginx: ChildProcess;
let session: ClientHttp2Session;
let ports: { https: number; http: number };

beforeAll(async () => {
  ports = { https: await freePort(), http: await freePort() };
  gateway = await startGateway(
    testConfig(dataFolder, { RENKEI_PUBLIC_URL: `https://localhost:${ports.https}`, RENKEI_TRUST_PROXY: '127.0.0.1' }),
  );
  region = await createSmallRegion(`http://127.0.0.1:${gateway.http}`);
  nginx = await startNginx();
  session = connectHttp2(`https://localhost:${ports.https}`, {
    createConnection: () =>
      connectTls({
        port: ports.https,
        host: '127.0.0.1',
        localAddress: CLIENT,
        ca: certificate.cert,
        servername: 'localhost',
        ALPNProtocols: ['h2'],
      } as never),
  });
});

afterAll(async () => {
  session?.destroy();
  nginx?.kill();
  await gateway?.close();
});

async function startNginx(): Promise<ChildProcess> {
  const site = [
    [/listen 80;/, `listen 127.0.0.1:${ports.http};`],
    [/listen 443 ssl http2;/, `listen 127.0.0.1:${ports.https} ssl http2;`],
    [/server 127\.0\.0\.1:8080;/, `server 127.0.0.1:${gateway.http};`],
    [/\/etc\/ssl\/renkei\/cert\.pem/, certificate.certFile],
    [/\/etc\/ssl\/renkei\/key\.pem/, certificate.keyFile],
  ].reduce((text, [what, by]) => {
    expect(text).toMatch(what as RegExp);
    return text.replace(what as RegExp, by as string);
  }, SITE);
  writeFileSync(join(folder, 'site.conf'), site);
  for (const name of ['body', 'proxy']) mkdirSync(join(folder, name));
  const temporary = ['fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join('\n');
  const main = `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log warn; events { worker_connections 512; }
    http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; ${temporary} include ${folder}/site.conf; }`;
  writeFileSync(join(folder, 'nginx.conf'), main);
  const child = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
    if ((await plain('/').catch(() => undefined)) !== undefined) return child;
  }
}

function plain(path: string): Promise<{ status: number; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: ports.http, path, headers: { host: 'localhost' } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, location: response.headers.location });
    });
    request.on('error', reject).end();
  });
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

function open(method: string, path: string, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
  return session.request({ ':method': method, ':path': path, ...headers }, { endStream: method === 'GET' });
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const headers = new Promise<Record<string, unknown>>((resolve, reject) => stream.once('response', resolve).once('error', reject));
  const chunks: Buffer[] = [];
  const ended = new Promise<void>((resolve, reject) => stream.once('end', resolve).once('error', reject));
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const head = await headers;
  await ended;
  return { status: Number(head[':status']), headers: head, body: Buffer.concat(chunks) };
}

const get = (path: string, headers: OutgoingHttpHeaders = {}) => answerOf(open('GET', path, headers));
const asHospital = () => ({ authorization: `Bearer ${region.hospital.token}` });

test('speaks HTTP/2 over TLS 1.3 alone, and sends plain HTTP there', async () => {
  expect((await get('/healthz')).status).toBe(200);
  expect(session.alpnProtocol).toBe('h2');
  expect((session.socket as { getProtocol?(): string }).getProtocol?.()).toBe('TLSv1.3');
  expect(await plain('/studies/1.2?x=1')).toEqual({ status: 301, location: 'https://localhost/studies/1.2?x=1' });
});

test('a session’s cookie is Secure, HSTS is sent, and the metrics stay inside', async () => {
  const stream = open('POST', '/api/session', { 'content-type': 'application/json' });
  stream.end(JSON.stringify(ADMINISTRATOR));
  const answer = await answerOf(stream);
  expect(answer.status).toBe(200);
  expect(String(answer.headers['set-cookie'])).toMatch(/; Secure/);
  expect(answer.headers['strict-transport-security']).toBeDefined();
  expect((await get('/metrics')).status).toBe(404);
});

test('the address on record is the client’s, whatever it says of itself', async () => {
  const forged = {
    'x-forwarded-for': '198.51.100.7',
    forwarded: 'for=198.51.100.7',
    'x-real-ip': '198.51.100.7',
    'x-forwarded-host': 'evil.example',
  };
  const stored = open('POST', '/dicom-web/studies', {
    ...asHospital(),
    ...forged,
    'content-type': multipartOf([]).headers['content-type'] ?? '',
  });
  stored.end(multipartOf([smallFile({ studyInstanceUID: '2.25.77', seriesInstanceUID: '2.25.77.1', sopInstanceUID: '2.25.77.1.1' })]).body);
  const answer = await answerOf(stored);
  expect(answer.status).toBe(200);
  expect(answer.body.toString()).toContain(`https://localhost:${ports.https}/dicom-web/studies/2.25.77`);
  await get('/api/studies/2.25.77', { ...asHospital(), ...forged });
  const { body } = await region.administrator.call<{ entries: { remoteAddress: string | null }[] }>('GET', '/api/record?limit=200');
  const addresses = new Set(body.entries.map(({ remoteAddress }) => remoteAddress));
  expect(addresses).toContain(CLIENT);
  expect(addresses).not.toContain('198.51.100.7');
});

test('a range of an instance is that range', async () => {
  const path = '/wado?requestType=WADO&studyUID=2.25.77&seriesUID=2.25.77.1&objectUID=2.25.77.1.1&contentType=application%2Fdicom';
  const whole = await get(path, asHospital());
  expect(whole.status).toBe(200);
  const part = await get(path, { ...asHospital(), range: 'bytes=128-131' });
  expect([part.status, part.headers['content-range'], part.body.toString()]).toEqual([206, `bytes 128-131/${whole.body.length}`, 'DICM']);
  expect((await get(path, { ...asHospital(), 'if-none-match': String(whole.headers['etag']) })).status).toBe(304);
});

test('100 MB by STOW-RS reach the gateway as they are sent, and nothing of them lies in nginx', async () => {
  const instance = smallFile({
    studyInstanceUID: '2.25.78',
    seriesInstanceUID: '2.25.78.1',
    sopInstanceUID: '2.25.78.1.1',
    rows: 5_000,
    columns: 10_486,
    pixels: Buffer.alloc(2 * 5_000 * 10_486, 7),
  });
  const { headers, body } = multipartOf([instance]);
  expect(body.length).toBeGreaterThan(100 * MEBIBYTE);
  const stream = open('POST', '/dicom-web/studies', { ...asHospital(), 'content-type': headers['content-type'] ?? '' });
  const answer = answerOf(stream);
  const write = (from: number, to: number) => new Promise<void>((resolve) => stream.write(body.subarray(from, to), () => resolve()));
  await write(0, 8 * MEBIBYTE);
  // The gateway writes what it has to its stage before the sender has sent the rest.
  while (readdirSync(join(dataFolder, 'objects/.staging')).length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(readdirSync(join(folder, 'body'))).toEqual([]);
  await write(8 * MEBIBYTE, body.length);
  stream.end();
  expect((await answer).status).toBe(200);
  const back = await get('/dicom-web/studies/2.25.78/series/2.25.78.1/instances/2.25.78.1.1', {
    ...asHospital(),
    accept: 'multipart/related; type="application/dicom"; transfer-syntax=*',
  });
  expect(back.status).toBe(200);
  expect(back.body.includes(instance)).toBe(true);
  expect([readdirSync(join(folder, 'body')), readdirSync(join(folder, 'proxy'))]).toEqual([[], []]);
});

test('an upload of more than nginx’s own megabyte, without a length, is taken', async () => {
  const stream = open('POST', '/api/uploads/file', { ...asHospital(), 'content-type': 'application/octet-stream' });
  const uids = { studyInstanceUID: '2.25.79', seriesInstanceUID: '2.25.79.1', sopInstanceUID: '2.25.79.1.1' };
  const file = smallFile({ ...uids, rows: 1000, columns: 1000, pixels: Buffer.alloc(2_000_000, 1) });
  for (let at = 0; at < file.length; at += 100_000) stream.write(file.subarray(at, at + 100_000));
  stream.end();
  expect(JSON.parse((await answerOf(stream)).body.toString())).toMatchObject({ outcome: 'stored' });
});

test('what the gateway refuses comes through as it says it', async () => {
  expect((await get('/dicom-web/studies')).status).toBe(401);
  expect((await get('/api/%zz', asHospital())).status).toBe(400);
  const compressed = open('POST', '/api/uploads/file', {
    ...asHospital(),
    'content-encoding': 'gzip',
    'content-type': 'application/octet-stream',
  });
  compressed.end('\x1f\x8b');
  expect((await answerOf(compressed)).status).toBe(415);
  expect(readFileSync(join(folder, 'error.log'), 'utf8')).not.toMatch(/\[(emerg|crit|alert)\]/);
});
