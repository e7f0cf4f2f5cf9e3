/**
 * What one ill-meaning or broken client of the hospital can do at once, each bounded in count and ended by its signal. Requests of an
 * attack may be refused or cut; that is no error here.
 */
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { writeFileMeta } from '../../gateway/dicom/parse/part10.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import { element, longHead, smallDataSet, smallFile } from '../fixtures/dicom/small-dicom.ts';

export interface Target {
  readonly http: number;
  readonly dimse: number;
  /** Bearer token of the attacker, one ordinary person of the hospital. */
  readonly token: string;
  /** Path of an instance that the attacker may see. */
  readonly instancePath: string;
  /** Path of an instance whose one frame is a few hundred KB deflated and 256 MB inflated; undefined when it was not taken. */
  readonly deflatedPath: string | undefined;
  /** Path of an instance of 128 MB, which is not deflated. */
  readonly largePath: string;
  /** Of the doctor whose sign-in is guessed at. */
  readonly doctorEmail: string;
}

export interface Attack {
  readonly name: string;
  /** Goes on until the signal says stop. */
  readonly run: (target: Target, signal: AbortSignal) => Promise<void>;
}

const PRIVATE_GROUP = 0x0011;
const VALUE_BYTES_MAX = 65_534;
const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const DEFLATED_UIDS = { study: '2.25.7001', series: '2.25.7001.1', sop: '2.25.7001.1.1' } as const;

export const ATTACKS: readonly Attack[] = [
  { name: 'Rows as DS 1e308, by STOW-RS', run: (target, signal) => repeat(2, signal, () => upload(target, forgedRows(), signal)) },
  { name: 'header of 250 × 32,767 names, uploaded', run: (target, signal) => repeat(2, signal, () => upload(target, namesBomb(), signal)) },
  { name: 'header of 8 million items, uploaded', run: (target, signal) => repeat(1, signal, () => upload(target, itemsBomb(), signal)) },
  { name: '12 searches of 7,000 words', run: (target, signal) => repeat(12, signal, () => get(target, manyWords(), signal)) },
  { name: '40 renderings at 16384²', run: (target, signal) => repeat(40, signal, () => get(target, hugeRendering(target), signal)) },
  { name: '8 looks at a deflated frame of 256 MB', run: deflatedLooks },
  { name: '8 downloads of an instance of 128 MB', run: (target, signal) => repeat(8, signal, () => get(target, target.largePath, signal)) },
  {
    name: '8 looks at a frame of 128 MB',
    run: (target, signal) => repeat(8, signal, () => get(target, `${target.largePath}/frames/1`, signal)),
  },
  { name: '66 silent uploads', run: silentUploads },
  { name: '24 wrong passwords at a time', run: (target, signal) => repeat(24, signal, (n) => guess(target, n, signal)) },
  { name: '512 silent DIMSE connections', run: (target, signal) => hold(target.dimse, 512, '', signal) },
  { name: '2,000 half-sent requests', run: (target, signal) => hold(target.http, 2_000, 'GET / HTTP/1.1\r\nHost: x\r\nX: ', signal) },
  { name: '20 searches at a time, each on record', run: (target, signal) => repeat(20, signal, (n) => get(target, oneSearch(n), signal)) },
  {
    name: 'one frame 7,000 times in a list',
    run: (target, signal) => repeat(4, signal, () => get(target, frameList(target, 7_000), signal)),
  },
  {
    name: 'one frame 2,000 times in a list',
    run: (target, signal) => repeat(4, signal, () => get(target, frameList(target, 2_000), signal)),
  },
];

/** What this process' attacks have sent and seen end, answered or refused. */
export const sent = { ended: 0 };

/** `width` workers, each again and again until the signal; a refusal at once is waited out a little, as a client would. */
async function repeat(width: number, signal: AbortSignal, once: (n: number) => Promise<void>): Promise<void> {
  let n = 0;
  const worker = async () => {
    while (!signal.aborted) {
      n += 1;
      await once(n).catch(() => {});
      sent.ended += 1;
      await delay(5, undefined, { signal }).catch(() => {});
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

function send(
  { http, token }: Target,
  path: string,
  signal: AbortSignal,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port: http,
      path,
      method,
      agent: false,
      signal,
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    asked.once('error', reject);
    asked.once('response', (response) => response.once('error', reject).once('close', resolve).resume());
    asked.end(body);
  });
}

const get = (target: Target, path: string, signal: AbortSignal) => send(target, path, signal);

const upload = (target: Target, body: Buffer, signal: AbortSignal) =>
  send(target, '/api/uploads/file', signal, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body });

function guess(target: Target, n: number, signal: AbortSignal): Promise<void> {
  const email = n % 2 === 0 ? target.doctorEmail : `nobody${n}@nowhere.example`;
  const body = Buffer.from(JSON.stringify({ email, password: `wrong-${n}` }));
  return send(target, '/api/session', signal, { method: 'POST', headers: { 'content-type': 'application/json', authorization: '' }, body });
}

const manyWords = () => `/dicom-web/studies?fuzzymatching=true&PatientName=${Array(7_000).fill('a').join('+')}`;
const oneSearch = (n: number) => `/dicom-web/studies?PatientID=${n}`;
const hugeRendering = ({ instancePath }: Target) => `${instancePath}/rendered?viewport=16384,16384&quality=100`;
const frameList = ({ instancePath }: Target, count: number) => `${instancePath}/frames/${Array(count).fill('1').join(',')}`;

async function deflatedLooks(target: Target, signal: AbortSignal): Promise<void> {
  const path = target.deflatedPath;
  if (path !== undefined) await repeat(8, signal, () => get(target, `${path}/frames/1`, signal));
}

async function silentUploads({ http, token }: Target, signal: AbortSignal): Promise<void> {
  const head =
    `POST /api/uploads/file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/octet-stream\r\n` +
    `Content-Length: 100000000\r\n\r\n${'x'.repeat(200)}`;
  await hold(http, 66, head, signal);
}

/** Keeps so many connections open that sent this and nothing more; one that is closed is opened again. */
async function hold(port: number, count: number, first: string, signal: AbortSignal): Promise<void> {
  const open = new Set<Socket>();
  while (!signal.aborted) {
    for (let missing = Math.min(count - open.size, 200); missing > 0; missing -= 1) {
      const socket = connect(port, '127.0.0.1');
      open.add(socket);
      socket
        .on('error', () => {})
        .once('close', () => {
          open.delete(socket);
          sent.ended += 1;
        });
      if (first !== '') socket.write(first);
    }
    await delay(100, undefined, { signal }).catch(() => {});
  }
  for (const socket of open) socket.destroy();
}

// ── Constructed files ──

function forgedRows(): Buffer {
  const file = smallFile({ studyInstanceUID: '2.25.7002', seriesInstanceUID: '2.25.7002.1', sopInstanceUID: '2.25.7002.1.1' });
  const rows = Buffer.from([0x28, 0x00, 0x10, 0x00, 0x55, 0x53]);
  const at = file.indexOf(rows);
  return Buffer.concat([file.subarray(0, at), element(0x0028, 0x0010, 'DS', Buffer.from('1e308 ')), file.subarray(at + 10)]);
}

/** Private elements of PN, each as full as its length field lets it be: 16 MB. */
function namesBomb(): Buffer {
  const value = Buffer.from('a\\'.repeat(VALUE_BYTES_MAX / 2));
  return around(Buffer.concat(Array.from({ length: 250 }, (_, n) => element(PRIVATE_GROUP, 0x1000 + n, 'PN', value))));
}

/** One private sequence of empty items: 62 MB. */
function itemsBomb(): Buffer {
  const item = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
  const items = Buffer.alloc(8_126_464 * item.length, item);
  return around(Buffer.concat([longHead(PRIVATE_GROUP, 0x1001, 'SQ', 0xffffffff), items, Buffer.from('feffdde000000000', 'hex')]));
}

/** Between study date and patient of a small image; its identity is always the same. */
function around(elements: Buffer): Buffer {
  const file = smallFile({ studyInstanceUID: '2.25.7003', seriesInstanceUID: '2.25.7003.1', sopInstanceUID: '2.25.7003.1.1' });
  const at = file.indexOf(Buffer.from([0x20, 0x00, 0x0d, 0x00]));
  return Buffer.concat([file.subarray(0, at), elements, file.subarray(at)]);
}

/** Deflated Explicit VR Little Endian: one frame of 16384² bytes of zero, about 260 KB. */
export function deflatedFrame(): Buffer {
  const { study, series, sop } = DEFLATED_UIDS;
  const edge = 16_384;
  const small = smallDataSet({
    studyInstanceUID: study,
    seriesInstanceUID: series,
    sopInstanceUID: sop,
    rows: edge,
    columns: edge,
    pixels: Buffer.alloc(2),
  });
  const header = small.subarray(0, small.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00])));
  const wide = Buffer.from(header);
  // 8 bits a pixel instead of 16.
  for (const [number, value] of [
    [0x0100, 8],
    [0x0101, 8],
    [0x0102, 7],
  ] as const) {
    const head = Buffer.from([0x28, 0x00, number & 0xff, number >> 8, 0x55, 0x53]);
    wide.writeUInt16LE(value, wide.indexOf(head) + 8);
  }
  const dataSet = Buffer.concat([wide, longHead(0x7fe0, 0x0010, 'OB', edge * edge), Buffer.alloc(edge * edge)]);
  const meta = writeFileMeta({
    sopClassUID: CT_IMAGE as SOPClassUID,
    sopInstanceUID: sop as SOPInstanceUID,
    transferSyntaxUID: DEFLATED as TransferSyntaxUID,
  });
  return Buffer.concat([meta, deflateRawSync(dataSet)]);
}

/** The attacker's own image, which is there before the attack begins. */
export function attackersImage(): Buffer {
  return smallFile({
    studyInstanceUID: '2.25.7000',
    seriesInstanceUID: '2.25.7000.1',
    sopInstanceUID: '2.25.7000.1.1',
    rows: 256,
    columns: 256,
  });
}
/** One frame of 8192² bytes twice. */
export function largeImage(): Buffer {
  const edge = 8_192;
  return smallFile({
    studyInstanceUID: '2.25.7100',
    seriesInstanceUID: '2.25.7100.1',
    sopInstanceUID: '2.25.7100.1.1',
    rows: edge,
    columns: edge,
    pixels: Buffer.alloc(edge * edge * 2, 7),
  });
}

export const LARGE_IMAGE_PATH = '/dicom-web/studies/2.25.7100/series/2.25.7100.1/instances/2.25.7100.1.1';
export const ATTACKERS_IMAGE_PATH = '/dicom-web/studies/2.25.7000/series/2.25.7000.1/instances/2.25.7000.1.1';
export const DEFLATED_PATH = `/dicom-web/studies/${DEFLATED_UIDS.study}/series/${DEFLATED_UIDS.series}/instances/${DEFLATED_UIDS.sop}`;
