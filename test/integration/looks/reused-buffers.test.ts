/** Frames are read into buffers that are used again: whatever clients do, no byte of one patient's goes out in the answer about another. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANSWER_TURNS, REQUEST_TURNS } from '../../../gateway/dicomweb/media/outgoing.ts';
import { NO_LOG } from '../../../gateway/domain/operation/log.ts';
import { openCertificate } from '../../../gateway/doorstep/certificate.ts';
import { openFileObjects } from '../../../storage/objects/files.ts';
import { element, imagePixel, part10 } from '../../fixtures/dicom/dicom-bytes.ts';
import { SeededRandom } from '../../fixtures/seeded-random.ts';
import { selfSigned } from '../../fixtures/servers/certificates.ts';
import { mounted, type RunningDoor, startDoor, turnsOf } from '../../fixtures/servers/dicomweb-door.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const CT = '1.2.840.10008.5.1.4.1.1.2';
/** Read at once from the system's memory; in a buffer longer than they are; read by the pool of threads. All below what is sent with one write. */
const FRAME_BYTES = [256 * 1024, 230 * 1024, 520 * 1024];
const PATIENTS = 24;
const CLIENTS = 10;
const STEPS = 16;
/** More than sockets of this machine hold, so that the gateway still has them to send when their client leaves. */
const PIPELINED = 14;

let door: RunningDoor;
let tlsPort: number;
let closeTls: () => void;
const certificate = selfSigned();
const pixels: Buffer[] = [];
let reused = 0;

/** Each patient's own byte and the place of each: a wrong patient or a wrong place shows in every one. */
function pixelsOf(patient: number): Buffer {
  const bytes = Buffer.alloc(FRAME_BYTES[patient % FRAME_BYTES.length] as number);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(((patient + 1) << 24) | (at / 4), at);
  return bytes;
}

const pathOf = (patient: number) =>
  `/dicom-web/studies/2.25.88.${patient}/series/2.25.88.${patient}.1/instances/2.25.88.${patient}.1.1/frames/1`;

beforeAll(async () => {
  // All clients are one person here. Files count as settled at once, so that they are read without being compared again.
  const openObjects = (folder: string) => openFileObjects({ root: `${folder}/objects`, now: () => Date.now() + 10_000 });
  const turns = turnsOf({ ...REQUEST_TURNS, atOnceOfOne: REQUEST_TURNS.atOnce }, { ...ANSWER_TURNS, atOnceOfOne: ANSWER_TURNS.atOnce });
  door = await startDoor(['H1'], { openObjects, turns });
  const tls = await mounted(door.doors, await openCertificate('HTTP', certificate, NO_LOG));
  tlsPort = Number(new URL(tls.url).port);
  closeTls = tls.close;
  for (let patient = 0; patient < PATIENTS; patient++) {
    const bytes = pixelsOf(patient);
    pixels.push(bytes);
    const study = `2.25.88.${patient}`;
    const dataSet = [
      element('00080016', 'UI', CT),
      element('00080018', 'UI', `${study}.1.1`),
      element('00080060', 'CS', 'OT'),
      element('0020000D', 'UI', study),
      element('0020000E', 'UI', `${study}.1`),
      ...imagePixel({ rows: bytes.length / 512, columns: 512, bitsAllocated: 8 }),
      element('7FE00010', 'OB', bytes),
    ];
    expect((await door.store('H1', [part10(EXPLICIT, ...dataSet)])).ok).toBe(true);
  }
  const seen = new WeakSet<Uint8Array>();
  const take = door.looks.buffers.take.bind(door.looks.buffers);
  door.looks.buffers.take = (bytes) => {
    const buffer = take(bytes);
    if (seen.has(buffer)) reused++;
    seen.add(buffer);
    return buffer;
  };
}, 120_000);
afterAll(async () => {
  closeTls?.();
  await door?.close();
});

interface Asked {
  readonly patient: number;
  readonly method?: 'GET' | 'HEAD';
  readonly range?: readonly [number, number];
  readonly parts?: boolean;
}

function textOf({ patient, method = 'GET', range, parts = false }: Asked): string {
  const accept = parts ? 'multipart/related; type="application/octet-stream"; transfer-syntax=*' : 'application/octet-stream';
  const lines = [`${method} ${pathOf(patient)} HTTP/1.1`, 'Host: x', 'Authorization: Bearer H1', `Accept: ${accept}`];
  if (range !== undefined) lines.push(`Range: bytes=${range[0]}-${range[1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Reads one connection's answers one after another, and compares each byte with what it must be. */
class Reader {
  readonly #socket: Socket;
  #got: Buffer[] = [];
  #bytes = 0;
  #more = () => {};
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (piece: Buffer) => {
      this.#got.push(piece);
      this.#bytes += piece.length;
      this.#more();
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#ended = true;
      this.#more();
    });
  }

  /** What has come, in one piece. */
  #all(): Buffer {
    if (this.#got.length !== 1) this.#got = [Buffer.concat(this.#got)];
    return this.#got[0] as Buffer;
  }

  async #wait(): Promise<void> {
    if (this.#ended) throw new Error('the connection ended in the middle of an answer');
    await new Promise<void>((resolve) => {
      this.#more = resolve;
    });
  }

  async #take(bytes: number): Promise<Buffer> {
    while (this.#bytes < bytes) await this.#wait();
    const all = this.#all();
    this.#got = [all.subarray(bytes)];
    this.#bytes -= bytes;
    return all.subarray(0, bytes);
  }

  async #upTo(mark: string): Promise<string> {
    for (;;) {
      const end = this.#all().indexOf(mark);
      if (end >= 0) return (await this.#take(end + mark.length)).toString('latin1');
      await this.#wait();
    }
  }

  async #chunks(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (;;) {
      const length = Number.parseInt(await this.#upTo('\r\n'), 16);
      pieces.push((await this.#take(length + 2)).subarray(0, length));
      if (length === 0) return Buffer.concat(pieces);
    }
  }

  async #sized(head: string, bytesMax = Number.POSITIVE_INFINITY): Promise<readonly [Buffer, number]> {
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
    return [await this.#take(Math.min(length, bytesMax)), length];
  }

  /** The answer to this question, or of its body so many bytes and no more. */
  async answers(asked: Asked, bytesMax = Number.POSITIVE_INFINITY): Promise<void> {
    const { patient, method, range, parts = false } = asked;
    const head = await this.#upTo('\r\n\r\n');
    const status = Number(head.slice(9, 12));
    const [error] = status < 400 || method === 'HEAD' ? [] : await this.#sized(head);
    expect([status, error?.toString()]).toEqual([range === undefined ? 200 : 206, undefined]);
    if (method === 'HEAD') return;
    const whole = pixels[patient] as Buffer;
    const wanted = range === undefined ? whole : whole.subarray(range[0], range[1] + 1);
    if (parts) {
      const body = await this.#chunks();
      const at = body.indexOf('\r\n\r\n') + 4;
      expect(same(body.subarray(at, at + wanted.length), wanted, patient)).toBe('the same');
      return;
    }
    const [body, length] = await this.#sized(head, bytesMax);
    expect(length).toBe(wanted.length);
    expect(same(body, wanted.subarray(0, body.length), patient)).toBe('the same');
  }

  leave(): void {
    this.#socket.destroy();
  }
}

/** A difference in a few words: the matcher would print half a megabyte. */
function same(got: Buffer, wanted: Buffer, patient: number): string {
  if (got.equals(wanted)) return 'the same';
  const at = got.findIndex((byte, n) => byte !== wanted[n]);
  return `patient ${patient}: another byte at ${at} of ${wanted.length}; there is ${got.toString('hex', at & ~3, (at & ~3) + 16)}`;
}

function open(tls: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({ port: tlsPort, host: '127.0.0.1', ca: certificate.cert }, () => resolve(socket))
      : connect(Number(new URL(door.url).port), '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** What one client does next; whatever it gets is compared. */
async function step(random: SeededRandom, tls: boolean, connection: { socket: Socket; reader: Reader }): Promise<void> {
  const some = (): Asked => {
    const patient = random.below(PATIENTS);
    const bytes = (pixels[patient] as Buffer).length;
    const from = random.below(bytes - 1);
    const range = [from, from + random.below(bytes - from)] as const;
    return [{ patient }, { patient, range }, { patient, method: 'HEAD' as const }, { patient, parts: true }][random.below(4)] as Asked;
  };
  const many = (count: number, of: () => Asked) => Array.from({ length: count }, of);
  const whole = (): Asked => ({ patient: random.below(PATIENTS) });
  const { socket, reader } = connection;
  const kind = random.below(5);
  const list = kind === 0 ? [some()] : many(1 + random.below(PIPELINED), kind === 1 ? some : whole);
  if (kind >= 2) socket.pause();
  socket.write(list.map(textOf).join(''));
  // A slow client: others are answered before it takes anything.
  if (kind >= 2) await Promise.all(many(2, whole).map((asked) => alone(tls, asked)));
  if (kind === 4) {
    // It leaves, with what it has begun to take or without.
    socket.resume();
    if (random.below(2) === 0) await reader.answers(list[0] as Asked, 1 + random.below(200_000));
    reader.leave();
    connection.socket = await open(tls);
    connection.reader = new Reader(connection.socket);
    return;
  }
  socket.resume();
  for (const asked of list) await reader.answers(asked);
}

async function alone(tls: boolean, asked: Asked): Promise<void> {
  const socket = await open(tls);
  const reader = new Reader(socket);
  socket.write(textOf(asked));
  await reader.answers(asked);
  reader.leave();
}

describe.each([false, true])('TLS: %s', (tls) => {
  test('clients that pipeline, are slow, leave, ask for parts and heads all get the bytes of whom they ask for', {
    timeout: 120_000,
  }, async () => {
    reused = 0;
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        const random = new SeededRandom(client + 1);
        const socket = await open(tls);
        const connection = { socket, reader: new Reader(socket) };
        for (let n = 0; n < STEPS; n++) await step(random, tls, connection);
        connection.reader.leave();
      }),
    );
    // Otherwise nothing has been shown.
    expect(reused).toBeGreaterThan(CLIENTS * STEPS);
    await expect.poll(() => [door.looks.budget.held, door.looks.budget.waiting], { timeout: 20_000 }).toEqual([0, 0]);
    const { requests, streams } = door.turns;
    await expect.poll(() => [requests.running, requests.waiting, streams.running, streams.waiting]).toEqual([0, 0, 0, 0]);
  });
});
