import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type PeerCertificate, type SecureVersion } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../gateway/config.ts';
import { NO_COUNTERS } from '../../gateway/domain/operation/counters.ts';
import type { Log } from '../../gateway/domain/operation/log.ts';
import { type Certificate, openCertificate, type TlsVersion } from '../../gateway/doorstep/certificate.ts';
import { createHttpServer } from '../../gateway/doorstep/http-server.ts';
import { plainDoors } from '../../gateway/doorstep/plain-doors.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { ADMINISTRATOR, startGatewayProcess, temporaryFolder } from '../fixtures/gateway-process.ts';
import { datedCertificate, selfSigned } from '../fixtures/servers/certificates.ts';
import { folderWithDatabase } from '../fixtures/servers/made-database.ts';
import { testConfig } from '../fixtures/test-config.ts';

/** TLS of the program's own, who may read the metrics, and what the operator is told of doors without TLS. */
const first = selfSigned('first');
const second = selfSigned('second');
const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function start(settings: Readonly<Record<string, string>>): Promise<Gateway> {
  const gateway = await startGateway(testConfig(await folderWithDatabase('tls'), settings));
  stops.push(gateway.close);
  return gateway;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(
  port: number,
  path: string,
  options: { ca?: string; headers?: Record<string, string>; method?: string; body?: string } = {},
): Promise<Answer> {
  const { ca, headers = {}, method = 'GET', body } = options;
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port, path, method, headers, agent: false as const };
    const request = ca === undefined ? httpRequest(to) : httpsRequest({ ...to, ca });
    request.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    request.end(body);
  });
}

/** The version that a handshake agrees on, and whose certificate was shown. */
function handshake(port: number, maxVersion: SecureVersion): Promise<{ version: string | null; peer: PeerCertificate }> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, minVersion: 'TLSv1.2', maxVersion }, () => {
      resolve({ version: socket.getProtocol(), peer: socket.getPeerCertificate() });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The server below the framework, alone. */
async function serve(certificate: Certificate, oldestVersion: TlsVersion): Promise<number> {
  const server = createHttpServer(
    { tls: { certificate, oldestVersion }, trustedProxies: [], methodsAt: () => undefined, log: silent, counters: NO_COUNTERS },
    (_request, response) => response.end('served'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => server.close(), certificate.close);
  return (server.address() as AddressInfo).port;
}

describe('https of its own', () => {
  test('answers health, sends HSTS and Secure cookies, and nothing without TLS', async () => {
    const { http } = await start({ RENKEI_HTTP_TLS_KEY: first.keyFile, RENKEI_HTTP_TLS_CERT: first.certFile });
    const health = await ask(http, '/healthz', { ca: first.cert });
    expect([health.status, health.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000; includeSubDomains']);
    const signedIn = await ask(http, '/api/session', {
      ca: first.cert,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMINISTRATOR),
    });
    expect(signedIn.status).toBe(200);
    expect(String(signedIn.headers['set-cookie'])).toMatch(/; Secure/);
    await expect(ask(http, '/healthz')).rejects.toThrow();
  });

  test.each<readonly [string, SecureVersion, string | undefined]>([
    ['1.3', 'TLSv1.3', 'TLSv1.3'],
    ['1.3', 'TLSv1.2', undefined],
    ['1.2', 'TLSv1.2', 'TLSv1.2'],
    ['1.2', 'TLSv1.3', 'TLSv1.3'],
  ])('oldest version %s, a client of %s: %s', async (oldest, clientMax, agreed) => {
    const files = { RENKEI_HTTP_TLS_KEY: first.keyFile, RENKEI_HTTP_TLS_CERT: first.certFile };
    const { tls } = readConfig({ ...files, RENKEI_HTTP_TLS_MIN: oldest }).http;
    if (tls === undefined) throw new Error('no TLS');
    const port = await serve(await openCertificate('HTTP', tls, silent), tls.oldestVersion);
    if (agreed === undefined) await expect(handshake(port, clientMax)).rejects.toThrow();
    else expect((await handshake(port, clientMax)).version).toBe(agreed);
  });

  test('the program that npm start runs says so in its ready line', async () => {
    const gateway = await startGatewayProcess(temporaryFolder('tls-process'), {
      RENKEI_HTTP_TLS_KEY: first.keyFile,
      RENKEI_HTTP_TLS_CERT: first.certFile,
      RENKEI_METRICS_PORT: '0',
      RENKEI_DIMSE_HOST: '0.0.0.0',
    });
    stops.push(() => gateway.stop());
    expect(gateway.ready).toMatchObject({ event: 'ready', https: true, metrics: expect.any(Number) });
    expect((await ask(gateway.http, '/readyz', { ca: first.cert })).body).toContain('"warnings":[{"what":"dimse"');
    expect(gateway.stderr()).toMatch(/renkei: WARNING: the DIMSE door listens on 0\.0\.0\.0 without TLS/);
    expect(gateway.stderr()).not.toMatch(/the HTTP door listens/);
  });

  test.each([
    ['a key that is not the certificate’s', { RENKEI_HTTP_TLS_KEY: second.keyFile, RENKEI_HTTP_TLS_CERT: first.certFile }],
    ['a file that is not there', { RENKEI_HTTP_TLS_KEY: `${first.keyFile}.none`, RENKEI_HTTP_TLS_CERT: first.certFile }],
    ['no certificate', { RENKEI_HTTP_TLS_KEY: first.keyFile, RENKEI_HTTP_TLS_CERT: first.keyFile }],
  ])('%s keeps the program from starting, in a sentence', async (_name, settings) => {
    await expect(start(settings)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/certificate of the HTTP door/),
    });
  });
});

describe('a certificate that is renewed', () => {
  const log = { lines: [] as string[] };
  const write = (event: string, fields: object = {}) => log.lines.push(`${event} ${JSON.stringify(fields)}`);

  async function opened(): Promise<{ certificate: Certificate; keyFile: string; certFile: string }> {
    log.lines = [];
    const folder = temporaryFolder('renewed');
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    copyFileSync(first.keyFile, keyFile);
    copyFileSync(first.certFile, certFile);
    const certificate = await openCertificate('HTTP', { keyFile, certFile }, { info: write, warn: write, error: write });
    stops.push(() => certificate.close());
    return { certificate, keyFile, certFile };
  }

  test('is shown to the next who connects, and those who are connected stay', async () => {
    const { certificate, keyFile, certFile } = await opened();
    const port = await serve(certificate, 'TLSv1.3');
    expect((await handshake(port, 'TLSv1.3')).peer.subject.CN).toBe('first');

    copyFileSync(second.keyFile, keyFile);
    await certificate.look();
    expect(log.lines).toEqual([expect.stringMatching(/^tls\.certificate-not-renewed .*"door":"HTTP"/)]);
    await certificate.look();
    expect(log.lines).toHaveLength(1);
    expect((await handshake(port, 'TLSv1.3')).peer.subject.CN).toBe('first');

    copyFileSync(second.certFile, certFile);
    await certificate.look();
    expect(log.lines.at(-1)).toMatch(/^tls\.certificate-renewed/);
    expect((await handshake(port, 'TLSv1.3')).peer.subject.CN).toBe('second');
    await expect(handshake(port, 'TLSv1.2')).rejects.toThrow();
    expect((await ask(port, '/', { ca: second.cert })).body).toBe('served');
  });

  test.each<readonly [string, (certFile: string) => void]>([
    ['is cut short', (certFile) => writeFileSync(certFile, readFileSync(second.certFile).subarray(0, 300))],
    ['is no PEM', (certFile) => writeFileSync(certFile, 'renewal failed')],
    ['has gone', (certFile) => rmSync(certFile)],
    ['has expired', (certFile) => copyFileSync(datedCertificate(first.keyFile, -3, -1), certFile)],
    ['is not valid yet', (certFile) => copyFileSync(datedCertificate(first.keyFile, 1, 90), certFile)],
  ])('but %s: the old one stays, and the log says why', async (_name, spoil) => {
    const { certificate, certFile } = await opened();
    spoil(certFile);
    await certificate.look();
    expect(certificate.current().cert.toString()).toBe(first.cert);
    expect(log.lines).toEqual([expect.stringMatching(/^tls\.certificate-not-renewed .*"reason":".+"/)]);
  });
});

describe('the authorities of callers', () => {
  const bundle = `${first.cert}${second.cert}`;

  test.each([
    ['empty', ''],
    ['no PEM', 'renewal failed'],
    ['cut in its second certificate', bundle.slice(0, -200)],
    ['a certificate whose bytes are none', bundle.replace(/MII\w{8}/g, 'AAAAAAAAAAA')],
  ])('in a file that is %s are refused at the start, and not taken up later: a door would let nobody in', async (_name, spoilt) => {
    const lines: string[] = [];
    const write = (event: string, fields: object = {}) => lines.push(`${event} ${JSON.stringify(fields)}`);
    const caFile = join(temporaryFolder('authorities'), 'ca.pem');
    const open = () => openCertificate('DIMSE', { ...first, caFile }, { info: write, warn: write, error: write });
    writeFileSync(caFile, spoilt);
    await expect(open()).rejects.toMatchObject({ kind: 'invalid' });
    writeFileSync(caFile, bundle);
    const certificate = await open();
    stops.push(() => certificate.close());
    writeFileSync(caFile, spoilt);
    await certificate.look();
    expect(certificate.current().ca?.toString()).toBe(bundle);
    expect(lines).toEqual([expect.stringMatching(/^tls\.certificate-not-renewed .*"reason":".+"/)]);
  });
});

describe('a certificate that is not valid today', () => {
  test.each([
    ['not yet', 1, 90, 'tls.certificate-not-yet-valid'],
    ['no more', -90, -1, 'tls.certificate-expired'],
  ])('%s: is shown, and said once', async (_name, fromDay, toDay, event) => {
    const events: string[] = [];
    const write = (name: string) => events.push(name);
    const files = { keyFile: first.keyFile, certFile: datedCertificate(first.keyFile, fromDay, toDay) };
    const certificate = await openCertificate('HTTP', files, { info: write, warn: write, error: write });
    stops.push(() => certificate.close());
    await certificate.look();
    expect(events).toEqual([event]);
  });

  test('because it has expired while the program runs: that is said', async () => {
    const events: string[] = [];
    const write = (name: string) => events.push(name);
    const certificate = await openCertificate('HTTP', first, { info: write, warn: write, error: write });
    stops.push(() => certificate.close());
    await certificate.look();
    expect(events).toEqual([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 86_400_000 });
    stops.push(() => vi.useRealTimers());
    await certificate.look();
    expect(events).toEqual(['tls.certificate-expired']);
  });
});

describe('GET /metrics', () => {
  const status = async (port: number, headers: Record<string, string> = {}) => (await ask(port, '/metrics', { headers })).status;

  test('is for direct callers of this machine', async () => {
    const { http } = await start({});
    expect((await ask(http, '/metrics')).body).toContain('renkei_tasks_waiting');
    for (const name of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via', 'X-Forwarded-Host'])
      expect([name, await status(http, { [name]: '192.0.2.1' })]).toEqual([name, 403]);
  });

  test('asks everybody for the token when there is one', async () => {
    const token = 'a-token-of-enough-characters';
    const { http } = await start({ RENKEI_METRICS_TOKEN: token });
    expect(await status(http)).toBe(403);
    expect(await status(http, { authorization: `Bearer ${token}x` })).toBe(403);
    expect(await status(http, { authorization: `Bearer ${token}`, 'x-forwarded-for': '192.0.2.1' })).toBe(200);
  });

  test('has a port of its own when it is asked for, with the token too', async () => {
    const { http, metrics } = await start({ RENKEI_METRICS_PORT: '0', RENKEI_METRICS_TOKEN: 'a-token-of-enough-characters' });
    expect(await status(http)).toBe(404);
    expect(await status(metrics ?? 0)).toBe(401);
    const own = { headers: { authorization: 'Bearer a-token-of-enough-characters' } };
    expect((await ask(metrics ?? 0, '/metrics', own)).body).toContain('renkei_tasks_waiting');
    expect((await ask(metrics ?? 0, '/api/session', own)).status).toBe(404);
    expect((await ask(metrics ?? 0, '/metrics', { ...own, method: 'POST' })).status).toBe(405);
  });
});

describe('doors without TLS that other machines reach', () => {
  const config = (settings: Readonly<Record<string, string>>) => plainDoors(readConfig(settings)).map(({ door }) => door);
  const tls = { RENKEI_HTTP_TLS_KEY: 'k', RENKEI_HTTP_TLS_CERT: 'c' };

  test.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
    ['nothing set', {}, []],
    ['IPv6 loopback', { RENKEI_HTTP_HOST: '::1' }, []],
    ['localhost by name', { RENKEI_HTTP_HOST: 'localhost' }, []],
    ['everywhere', { RENKEI_HTTP_HOST: '0.0.0.0' }, ['http', 'dimse']],
    ['everywhere, IPv6', { RENKEI_HTTP_HOST: '::' }, ['http', 'dimse']],
    ['one address', { RENKEI_HTTP_HOST: '192.0.2.1', RENKEI_DIMSE_HOST: '127.0.0.1' }, ['http']],
    ['DIMSE alone', { RENKEI_DIMSE_HOST: '192.0.2.1' }, ['dimse']],
    ['https of its own', { RENKEI_HTTP_HOST: '0.0.0.0', ...tls }, ['dimse']],
    ['TLS at both', { RENKEI_HTTP_HOST: '0.0.0.0', ...tls, RENKEI_DIMSE_TLS_KEY: 'k', RENKEI_DIMSE_TLS_CERT: 'c' }, []],
    [
      'a proxy that is named, https outside',
      {
        RENKEI_HTTP_HOST: '10.0.0.1',
        RENKEI_DIMSE_HOST: '127.0.0.1',
        RENKEI_TRUST_PROXY: '10.0.0.2',
        RENKEI_PUBLIC_URL: 'https://a.example',
      },
      [],
    ],
    [
      'https outside, but no proxy named',
      { RENKEI_HTTP_HOST: '10.0.0.1', RENKEI_DIMSE_HOST: '127.0.0.1', RENKEI_PUBLIC_URL: 'https://a.example' },
      ['http'],
    ],
    [
      'a proxy, but people reach it by http',
      { RENKEI_HTTP_HOST: '10.0.0.1', RENKEI_DIMSE_HOST: '127.0.0.1', RENKEI_TRUST_PROXY: '10.0.0.2' },
      ['http'],
    ],
  ])('%s', (_name, settings, doors) => {
    expect(config(settings)).toEqual(doors);
  });
});
