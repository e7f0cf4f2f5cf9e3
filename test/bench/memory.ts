/**
 * How far the gateway's memory rises while 2 GB arrive: one STOW-RS body of thousands of instances, and one multi-frame instance by
 * C-STORE. Both are made while they are sent; nothing here holds them either. Peers take the same multi-frame instance.
 */
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import { encodeDataSet, TRANSFER_SYNTAXES, uidFrom } from '../fixtures/dicom/dicom-writer.ts';
import { forgetPeak, peakMb, residentMb } from './process-usage.ts';
import { renewedInstances } from './renewed-series.ts';
import { type Bench, median, type Row, spread } from './report.ts';
import { type BenchGateway, SENDER, type Server, startBenchGateway, startOrthanc, startStorescp } from './servers.ts';

const GOAL_MB = 300;
const BOUNDARY = 'renkei-bench-boundary';
const FRAME_EDGE = 512;
const FRAME_BYTES = FRAME_EDGE * FRAME_EDGE * 2;
const MULTI_FRAME_WORD_SC = '1.2.840.10008.5.1.4.1.1.7.3';
export async function memory({ bytes, rounds }: { readonly bytes: number; readonly rounds: number }): Promise<Bench> {
  const growth = { stow: [] as number[], cstore: [] as number[], storescp: [] as number[], orthanc: [] as number[] };
  const wall = { stow: [] as number[], cstore: [] as number[] };
  let idleMb = 0;
  for (let round = 0; round < rounds; round += 1) {
    // A fresh process each time: idle means idle.
    for (const what of ['stow', 'cstore'] as const) {
      await using(startBenchGateway('files'), async (server) => {
        idleMb = residentMb(server.program, server.database);
        const { mb, seconds } = await growthDuring(server, () => (what === 'stow' ? stow(server, bytes) : cstoreOne(server, bytes)));
        growth[what].push(mb);
        wall[what].push(seconds);
      });
    }
    await using(startStorescp(), async (server) => {
      growth.storescp.push((await growthDuring(server, () => cstoreOne(server, bytes))).mb);
    });
    await using(startOrthanc(), async (server) => {
      growth.orthanc.push((await growthDuring(server, () => cstoreOne(server, bytes))).mb);
    });
  }
  const size = `${(bytes / 1e9).toFixed(1)} GB`;
  const rows: Row[] = [
    {
      what: `STOW-RS body of ${size}: growth to the goal's ${GOAL_MB} MB`,
      ours: `${spread(growth.stow, 'MB', 0)} above ${idleMb.toFixed(0)} idle; ${median(wall.stow).toFixed(1)} s`,
      peer: 'the goal',
      ratio: median(growth.stow) / GOAL_MB,
      goal: { atMost: 1 },
      limit: 'compiled code and socket chunks awaiting collection',
    },
    {
      what: `C-STORE of one ${size} multi-frame: growth to the goal's`,
      ours: `${spread(growth.cstore, 'MB', 0)}; ${median(wall.cstore).toFixed(1)} s`,
      peer: 'the goal',
      ratio: median(growth.cstore) / GOAL_MB,
      goal: { atMost: 1 },
      limit: 'socket chunks awaiting collection; 512 KiB a receiver may lag',
    },
    {
      what: '…the same beside Orthanc',
      ours: spread(growth.cstore, 'MB', 0),
      peer: `Orthanc ${spread(growth.orthanc, 'MB', 0)}`,
      ratio: median(growth.cstore) / median(growth.orthanc),
      limit: 'Orthanc holds the instance whole',
    },
    {
      what: '…the same beside storescp',
      ours: spread(growth.cstore, 'MB', 0),
      peer: `storescp ${spread(growth.storescp, 'MB', 0)}`,
      ratio: median(growth.cstore) / median(growth.storescp),
      limit: 'storescp holds the data set whole before it writes',
    },
  ];
  return { title: `Peak RSS above idle while ${size} arrive (${rounds} rounds, a fresh process each)`, rows };
}

async function using<T extends { close(): Promise<void> }>(starting: Promise<T>, use: (one: T) => Promise<void>): Promise<void> {
  const one = await starting;
  try {
    await use(one);
  } finally {
    await one.close();
  }
}

/** A forked child of storescp starts at nothing: its whole peak is growth, as it should be. */
async function growthDuring(server: Server, send: () => Promise<void>): Promise<{ mb: number; seconds: number }> {
  const idle = residentMb(server.program, server.database);
  forgetPeak(server.program, server.database);
  const start = performance.now();
  // Children that end with their association are asked while they live.
  let highest = 0;
  const watch = setInterval(() => {
    highest = Math.max(highest, peakMb(server.program, server.database));
  }, 100);
  try {
    await send();
  } finally {
    clearInterval(watch);
  }
  return { mb: Math.max(highest, peakMb(server.program, server.database)) - idle, seconds: (performance.now() - start) / 1000 };
}

async function stow({ gateway, region }: BenchGateway, bytes: number): Promise<void> {
  const url = new URL('/dicom-web/studies', gateway.url);
  const headers = {
    authorization: `Bearer ${region.hospital.token}`,
    accept: 'application/dicom+json',
    'content-type': `multipart/related; type="application/dicom"; boundary=${BOUNDARY}`,
  };
  const sending = request(url, { method: 'POST', headers });
  const answered = new Promise<{ status: number; length: number }>((resolve, reject) => {
    sending.once('error', reject);
    sending.once('response', (response) => {
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, length }));
      response.once('error', reject);
    });
  });
  await pipeline(Readable.from(parts(bytes), { objectMode: false, highWaterMark: 1 << 20 }), sending);
  const { status } = await answered;
  if (status !== 200) throw new Error(`STOW-RS answered ${status}`);
}

function* parts(bytesTotal: number): Generator<Buffer> {
  let sent = 0;
  for (const { bytes } of renewedInstances(Number.MAX_SAFE_INTEGER)) {
    if (sent >= bytesTotal) break;
    yield Buffer.from(`--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`);
    yield bytes;
    yield Buffer.from('\r\n');
    sent += bytes.length;
  }
  yield Buffer.from(`--${BOUNDARY}--\r\n`);
}

let made = 0;

/** A multi-frame secondary capture of 16 bits whose frames are all one pattern. */
async function cstoreOne(server: Server, bytesTotal: number): Promise<void> {
  made += 1;
  const frames = Math.ceil(bytesTotal / FRAME_BYTES);
  const sopInstanceUID = uidFrom('bench', process.pid, made);
  const header = encodeDataSet({
    SOPClassUID: MULTI_FRAME_WORD_SC,
    SOPInstanceUID: sopInstanceUID,
    StudyDate: '20260115',
    Modality: 'OT',
    ConversionType: 'SYN',
    PatientName: 'Bench^Memory',
    PatientID: 'BENCH',
    StudyInstanceUID: uidFrom('bench study', process.pid, made),
    SeriesInstanceUID: uidFrom('bench series', process.pid, made),
    InstanceNumber: 1,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    NumberOfFrames: frames,
    Rows: FRAME_EDGE,
    Columns: FRAME_EDGE,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 0,
  });
  const association = await openAssociation({
    host: '127.0.0.1',
    port: server.dimse,
    callingAETitle: SENDER,
    calledAETitle: server.aeTitle,
    contexts: [{ abstractSyntax: MULTI_FRAME_WORD_SC, transferSyntaxes: [TRANSFER_SYNTAXES.explicitLittleEndian] }],
    limits: { responseMs: 300_000 },
  });
  const { kept, status } = await storeInstance(association, {
    sopClassUID: MULTI_FRAME_WORD_SC as SOPClassUID,
    sopInstanceUID: sopInstanceUID as SOPInstanceUID,
    transferSyntaxUID: TRANSFER_SYNTAXES.explicitLittleEndian as TransferSyntaxUID,
    dataSet: dataSet(header, frames),
  });
  await association.release();
  if (!kept) throw new Error(`${server.name} answered ${status.toString(16)}`);
}

async function* dataSet(header: Buffer, frames: number): AsyncGenerator<Uint8Array> {
  const pixelData = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0, 0, 0, 0, 0]); // (7FE0,0010) OW
  pixelData.writeUInt32LE(frames * FRAME_BYTES, 8);
  yield header;
  yield pixelData;
  const frame = Buffer.alloc(FRAME_BYTES, 'a pattern of some length');
  for (let index = 0; index < frames; index += 1) yield frame;
}
