import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { selfSigned } from '../../test/fixtures/servers/certificates.ts';
import { ConnectionPlaces } from '../domain/bounds/connection-places.ts';
import { BODY_IDLE_MS_MAX, CONTENDED_WINDOW_MS, RATE_WINDOW_BYTES_MIN, RATE_WINDOW_MS } from '../domain/bounds/pace.ts';
import {
  ANSWER_IDLE_MS_MAX,
  type ConnectionGuard,
  DISCARD_MS_MAX,
  guardConnections,
  HTTP_CONNECTIONS_MAX,
  httpConnectionBounds,
  LOOK_MS,
  PIPELINED_MAX,
} from './connection-guard.ts';

/** A server under a clock that is turned by hand; what its handler does is the test's. */
interface Rig {
  readonly guard: ConnectionGuard;
  readonly told: string[];
  readonly port: number;
  /** Lets so much time pass, and looks. */
  pass(ms: number): void;
  connect(): Promise<Socket>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const certificate = selfSigned();
const open: { server: Server; sockets: Set<Socket> }[] = [];

afterEach(() => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  }
});

async function rig(
  handler: Handler,
  options: { tls?: boolean; places?: ConnectionPlaces; answersWait?: () => boolean } = {},
): Promise<Rig> {
  const server: Server = options.tls === true ? createSecureServer({ key: certificate.key, cert: certificate.cert }) : createServer();
  const clock = { ms: 0 };
  const told: string[] = [];
  const guard = guardConnections(server, {
    exempt: () => false,
    told: (event, count) => told.push(`${event} ${count}`),
    now: () => clock.ms,
    answersWait: options.answersWait ?? (() => false),
    places: options.places ?? new ConnectionPlaces(httpConnectionBounds(1024)),
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (guard.requested(request, response)) handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sockets = new Set<Socket>();
  open.push({ server, sockets });
  return {
    guard,
    told,
    port,
    pass: (ms) => {
      clock.ms += ms;
      guard.look();
    },
    connect: async () => {
      const socket = options.tls === true ? connectTls({ port, host: '127.0.0.1', ca: certificate.cert }) : connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      sockets.add(socket);
      await once(socket, options.tls === true ? 'secureConnect' : 'connect');
      return socket;
    },
  };
}

/** All that comes until the connection ends. */
async function rest(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  if (!socket.destroyed) await once(socket, 'close');
  return text;
}

const POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n';

describe.each([false, true])('a body, TLS %s', (tls) => {
  /** The door: reads what comes, tells how much, and when its sender has left. */
  async function reading() {
    const seen: { bytes: number; left: boolean; tell: () => void } = { bytes: 0, left: false, tell: () => {} };
    const house = await rig(
      (request) => {
        request.on('data', (chunk: Buffer) => {
          seen.bytes += chunk.length;
          seen.tell();
        });
        request.once('close', () => {
          seen.left = true;
          seen.tell();
        });
        request.on('error', () => undefined);
      },
      { tls },
    );
    const until = async (check: () => boolean) => {
      while (!check()) await new Promise<void>((resolve) => (seen.tell = resolve));
    };
    return { ...house, seen, until };
  }

  test('that stops is answered 408, and the door sees its sender leave', async () => {
    const { connect: open, pass, seen, until, told } = await reading();
    const socket = await open();
    socket.write(`${POST}${'x'.repeat(200)}`);
    await until(() => seen.bytes === 200);
    pass(0);
    pass(BODY_IDLE_MS_MAX - 1);
    pass(1);
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 408 .*too-slow/s);
    await until(() => seen.left);
    expect(told).toEqual(['slow-body 1']);
  });

  test('that trickles is ended after a minute, one on a slow line is not', async () => {
    const { connect: open, pass, seen, until } = await reading();
    const trickling = await open();
    trickling.write(POST);
    const slow = await open();
    slow.write(POST);
    pass(0);
    let bytes = 0;
    for (let ms = 0; ms < RATE_WINDOW_MS; ms += LOOK_MS) {
      trickling.write('x');
      slow.write('x'.repeat(RATE_WINDOW_BYTES_MIN / 6));
      bytes += 1 + RATE_WINDOW_BYTES_MIN / 6;
      await until(() => seen.bytes >= bytes);
      pass(LOOK_MS);
    }
    expect(await rest(trickling)).toMatch(/^HTTP\/1\.1 408 /);
    expect(slow.destroyed).toBe(false);
  });
});

test('a body that we do not take yet waits for us: nobody is hurried', async () => {
  const arrived: { request: IncomingMessage; response: ServerResponse }[] = [];
  const { connect: open, pass } = await rig((request, response) => arrived.push({ request, response }));
  const socket = await open();
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n${'x'.repeat(2_000_000)}`);
  while ((arrived[0]?.request.readableLength ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let at = 0; at < 50; at += 1) pass(BODY_IDLE_MS_MAX);
  expect(socket.destroyed).toBe(false);
  for (const { request, response } of arrived) request.resume().once('end', () => response.end('done'));
  expect(await rest(socket)).toMatch(/done$/);
});

test('what still comes after the answer is read for a while, not for ever', async () => {
  const { connect: open, pass } = await rig((_request, response) => response.writeHead(401, { 'content-length': 0 }).end());
  const socket = await open();
  socket.write(`${POST}${'x'.repeat(1000)}`);
  await once(socket, 'data');
  await new Promise((resolve) => setImmediate(resolve));
  pass(0);
  pass(DISCARD_MS_MAX - 1);
  expect(socket.destroyed).toBe(false);
  pass(1);
  await rest(socket);
});

describe.each([false, true])('an answer, TLS %s', (tls) => {
  test('that nobody takes is ended; one that is made slowly is not', async () => {
    const big = Buffer.alloc(32 * 1024 * 1024);
    const {
      connect: open,
      pass,
      told,
    } = await rig(
      (request, response) => {
        if (request.url === '/big') response.end(big);
      },
      { tls },
    );
    const patient = await open();
    patient.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    const deaf = await open();
    deaf.pause();
    deaf.write('GET /big HTTP/1.1\r\nHost: x\r\n\r\n');
    // Until the operating system takes no more of it.
    while (told.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      pass(ANSWER_IDLE_MS_MAX / 10);
    }
    expect(told).toEqual(['slow-answer 1']);
    expect(patient.destroyed).toBe(false);
  });

  test('that nobody takes is ended sooner when others wait for its turn', async () => {
    const waits = { now: false };
    const {
      connect: open,
      pass,
      told,
    } = await rig((_request, response) => response.end(Buffer.alloc(32 * 1024 * 1024)), {
      tls,
      answersWait: () => waits.now,
    });
    const deaf = await open();
    deaf.pause();
    deaf.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    for (let at = 0; at < 100; at += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      pass(0);
    }
    pass(CONTENDED_WINDOW_MS);
    expect(told).toEqual([]);
    waits.now = true;
    pass(CONTENDED_WINDOW_MS);
    expect(told).toEqual(['slow-answer 1']);
  });
});

test('one connection has a bounded number of requests under way; what it pipelines past it is not read', async () => {
  let served = 0;
  const { connect: open } = await rig(() => {
    served += 1;
  });
  const socket = await open();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
  while (served < PIPELINED_MAX) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(served).toBe(PIPELINED_MAX);
});

test.each([false, true])('answers that wait behind another are over when their connection ends, once each (TLS: %s)', async (tls) => {
  const under = new Map<string, ServerResponse>();
  const over: string[] = [];
  const { connect: open } = await rig(
    ({ url = '' }, response) => {
      under.set(url, response);
      response.on('close', () => over.push(`${url} ${response.destroyed} ${response.writableFinished}`));
      // The first never is; the third is made, and waits for them.
      if (url === '/3') response.end('served');
    },
    { tls },
  );
  const socket = await open();
  socket.write(['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  await expect.poll(() => under.size).toBe(3);
  socket.destroy();
  await expect.poll(() => over.length).toBeGreaterThanOrEqual(3);
  await new Promise((resolve) => setImmediate(resolve));
  expect(over.sort()).toEqual(['/1 true false', '/2 true false', '/3 true false']);
});

test('half-sent headers make room for the next of their address', async () => {
  const places = new ConnectionPlaces({ connectionsMax: 50, perAddressMax: 40, unprovenPerAddressMax: 10, unprovenUnknownMax: 40 });
  const { connect: open, pass, told } = await rig((_request, response) => response.end('served'), { places });
  const silent = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const socket = await open();
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nX: ');
      return socket;
    }),
  );
  const honest = await open();
  honest.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(await rest(honest)).toMatch(/served$/);
  expect(places.total).toBeLessThanOrEqual(10);
  pass(0);
  expect(told).toEqual(['turned-away 21']);
  for (const socket of silent) socket.destroy();
});

test('small bodies that do not come make room for others; bodies of instances do not', async () => {
  const places = new ConnectionPlaces({ connectionsMax: 50, perAddressMax: 10, unprovenPerAddressMax: 10, unprovenUnknownMax: 40 });
  const { connect: open } = await rig((request, response) => request.url === '/honest' && response.end('served'), { places });
  const send = async (type: string) => {
    const socket = await open();
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 100\r\n\r\n{`);
    return socket;
  };
  const uploads = [await send('application/octet-stream'), await send('multipart/related; boundary=b'), await send('application/dicom')];
  for (let at = 0; at < 20; at += 1) await send('application/json');
  const honest = await open();
  honest.write('GET /honest HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(await rest(honest)).toMatch(/served$/);
  expect(uploads.map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
});

test('TLS handshakes that are not finished make room too', async () => {
  const places = new ConnectionPlaces({ connectionsMax: 50, perAddressMax: 40, unprovenPerAddressMax: 10, unprovenUnknownMax: 40 });
  const { connect: open, port } = await rig((_request, response) => response.end('served'), { places, tls: true });
  const silent = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
      if (!socket.destroyed) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02]));
      return socket;
    }),
  );
  const honest = await open();
  honest.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(await rest(honest)).toMatch(/served$/);
  expect(places.total).toBeLessThanOrEqual(10);
  for (const socket of silent) socket.destroy();
});

test.each([
  [1024, 512],
  [1_048_576, HTTP_CONNECTIONS_MAX],
  [0, 64],
])('of %i files that may be open, %i may be connections', (files, connectionsMax) => {
  const bounds = httpConnectionBounds(files);
  expect(bounds.connectionsMax).toBe(connectionsMax);
  expect(bounds.unprovenPerAddressMax).toBeLessThan(bounds.perAddressMax);
  expect(bounds.perAddressMax).toBeLessThan(bounds.unprovenUnknownMax);
  expect(bounds.unprovenUnknownMax).toBeLessThan(connectionsMax);
});
