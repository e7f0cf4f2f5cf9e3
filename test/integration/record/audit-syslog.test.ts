/** The record sent on as audit messages, to a real rsyslog where the machine has one and to a receiver of our own: nothing is lost or doubled. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway } from '../../../gateway/main.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { temporaryFolder } from '../../fixtures/gateway-process.ts';
import { testConfig } from '../../fixtures/test-config.ts';

const folder = temporaryFolder('audit-syslog');
const file = (name: string) => join(folder, name);
const RSYSLOG = '/usr/sbin/rsyslogd';

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  );
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'receiver.key', '-out', 'receiver.csr', '-subj', '/CN=localhost');
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost');
  openssl(
    'x509',
    '-req',
    '-in',
    'receiver.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'receiver.pem',
    '-days',
    '2',
    '-extfile',
    'names',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

/** Frames of RFC 5425, read to their lengths. */
function messagesIn(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(0x20, at);
    const length = Number(bytes.subarray(at, blank).toString());
    if (!Number.isInteger(length) || blank + 1 + length > bytes.length) throw new Error('not a whole frame');
    found.push(bytes.subarray(blank + 1, blank + 1 + length).toString('utf8'));
    at = blank + 1 + length;
  }
  return found;
}

interface Receiver {
  readonly port: number;
  readonly messages: string[];
  /** Breaks the next connection as soon as it is there. */
  breakNext: boolean;
  close(): Promise<void>;
}

async function receiver(at = 0): Promise<Receiver> {
  const state: { messages: string[]; breakNext: boolean } = { messages: [], breakNext: false };
  const server: Server = createServer(
    { key: readFileSync(file('receiver.key')), cert: readFileSync(file('receiver.pem')) },
    (socket: TLSSocket) => {
      const parts: Buffer[] = [];
      socket.on('error', () => {});
      socket.on('data', (part) => parts.push(part));
      socket.on('end', () => {
        if (parts.length > 0) state.messages.push(...messagesIn(Buffer.concat(parts)));
        socket.end();
      });
    },
  );
  server.on('connection', (socket: Socket) => {
    if (state.breakNext) socket.resetAndDestroy();
    state.breakNext = false;
  });
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  return Object.assign(state, {
    port: (server.address() as { port: number }).port,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

const numberOf = (message: string) => Number(/ \[record@32473 seq="(\d+)"/.exec(message)?.[1]);
const settings = (port: number) => ({ RENKEI_AUDIT_SYSLOG: `localhost:${port}`, RENKEI_AUDIT_SYSLOG_CA: file('ca.pem') });
const gatewayOn = (name: string, port: number) => startGateway(testConfig(file(name), settings(port)));
type Running = Awaited<ReturnType<typeof gatewayOn>>;

async function act(gateway: Running, acts: number): Promise<number> {
  for (let n = 0; n < acts; n++)
    await gateway.stores.index.audit.append([
      { action: 'study-viewed', outcome: 'success', who: { kind: 'anonymous' }, what: { count: n, patientID: '患者<1>' } },
    ]);
  return (await gateway.stores.index.audit.head()).seq;
}
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_unused, n) => from + n);

test('every entry once and in its order: across a restart of either side, and a connection that breaks', async () => {
  const first = await receiver();
  let gateway = await gatewayOn('once', first.port);
  let last = await act(gateway, 20);
  await eventually(async () => first.messages.length >= last);
  first.breakNext = true;
  last = await act(gateway, 5);
  await eventually(async () => first.messages.length >= last);
  await first.close();
  last = await act(gateway, 5);
  await gateway.close();
  const second = await receiver(first.port);
  gateway = await gatewayOn('once', second.port);
  last = await act(gateway, 3);
  await eventually(async () => first.messages.length + second.messages.length >= last);
  const all = [...first.messages, ...second.messages];
  expect(all.map(numberOf)).toEqual(numbers(1, last));
  for (const message of all)
    expect(message).toMatch(
      /^<85>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ renkei \d+ DICOM\+RFC3881 \[record@32473 seq="\d+" hash="[0-9a-f]{64}"\] \ufeff<\?xml .*<\/AuditMessage>$/s,
    );
  expect(all.join()).toContain('患者&#60;1&#62;');
  await gateway.close();
  await second.close();
});

test('two nodes on one record send it once', async () => {
  const one = await receiver();
  const gateway = await gatewayOn('nodes', one.port);
  const last = await act(gateway, 10);
  const { auditFeed } = gateway.stores.index;
  const destination = `localhost:${one.port}`;
  await eventually(async () => one.messages.length >= last);
  const now = new Date();
  expect(await auditFeed.lease(destination, 'another', now, new Date(now.getTime() + 1000))).toBeUndefined();
  expect(await auditFeed.advance(destination, 'another', last)).toBe(false);
  await gateway.close();
  await one.close();
});

test('a receiver whose certificate nobody vouches for, and one that speaks no TLS, get nothing; it waits and is counted', async () => {
  const plain = createPlain((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end(),
  );
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const strange = await receiver();
  for (const [name, port, ca] of [
    ['plain', (plain.address() as { port: number }).port, file('ca.pem')],
    ['strange', strange.port, file('receiver.pem')],
  ] as const) {
    const gateway = await startGateway(testConfig(file(name), { RENKEI_AUDIT_SYSLOG: `127.0.0.1:${port}`, RENKEI_AUDIT_SYSLOG_CA: ca }));
    const last = await act(gateway, 3);
    const text = async () => (await fetch(`http://127.0.0.1:${gateway.http}/metrics`)).text();
    await eventually(async () => /renkei_audit_sendings_failed_total [1-9]/.test(await text()));
    expect(Number(/renkei_audit_messages_waiting (\d+)/.exec(await text())?.[1])).toBeGreaterThanOrEqual(last);
    await gateway.close();
  }
  expect(strange.messages).toEqual([]);
  await strange.close();
  await new Promise((resolve) => plain.close(resolve));
});

test.skipIf(!existsSync(RSYSLOG))('rsyslog keeps every message whole', async () => {
  const probe = await receiver();
  const { port } = probe;
  await probe.close();
  const out = file('rsyslog.out');
  writeFileSync(
    file('rsyslog.conf'),
    [
      `global(workDirectory="${folder}" maxMessageSize="64k" defaultNetstreamDriverCAFile="${file('ca.pem')}" defaultNetstreamDriverCertFile="${file('receiver.pem')}" defaultNetstreamDriverKeyFile="${file('receiver.key')}")`,
      'module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")',
      `input(type="imtcp" port="${port}")`,
      'template(name="all" type="string" string="%msgid% %structured-data% %msg%\\n")',
      `action(type="omfile" file="${out}" template="all")`,
    ].join('\n'),
  );
  const rsyslog: ChildProcess = spawn(RSYSLOG, ['-n', '-f', file('rsyslog.conf'), '-i', file('rsyslog.pid')], { stdio: 'ignore' });
  try {
    const gateway = await gatewayOn('rsyslog', port);
    const last = await act(gateway, 10);
    const lines = () => (existsSync(out) ? readFileSync(out, 'utf8').trimEnd().split('\n') : []);
    await eventually(async () => lines().length >= last);
    expect(lines().map((line) => Number(/seq="(\d+)"/.exec(line)?.[1]))).toEqual(numbers(1, last));
    for (const line of lines()) expect(line).toMatch(/^DICOM\+RFC3881 .*<AuditMessage>.*<\/AuditMessage>$/);
    await gateway.close();
  } finally {
    rsyslog.kill();
    await new Promise((resolve) => rsyslog.once('exit', resolve));
  }
});
