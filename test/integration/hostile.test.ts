import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import { SMALL_REGION } from '../fixtures/api-client.ts';
import { HOSTILE_ANSWERS } from '../fixtures/hostile/answers.ts';
import { HOSTILE_BEGINNINGS, HOSTILE_IDENTIFIERS } from '../fixtures/hostile/beginnings.ts';
import { HOSTILE_BOMBS } from '../fixtures/hostile/bombs.ts';
import { HOSTILE_LENGTHS } from '../fixtures/hostile/lengths.ts';
import { HOSTILE_NUMBERS } from '../fixtures/hostile/numbers.ts';
import { HOSTILE_PEERS } from '../fixtures/hostile/pdus.ts';
import { HOSTILE_REQUESTS, HOSTILE_SEEN } from '../fixtures/hostile/requests.ts';
import { type HostileObject, hostileImage } from '../fixtures/hostile/rows.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { rawHttp } from '../fixtures/raw-request.ts';
import { RawPeer, splitPart10 } from '../fixtures/servers/dimse-peers.ts';
import { startWatchedGateway, type WatchedGateway } from '../fixtures/servers/watched-gateway.ts';

/**
 * The hostile corpus: objects, requests and peers made by code, each with the answer it must get, sent to a real gateway process. After each group
 * another facility must be served as ever, memory be within its bound, and the log hold nothing unforeseen.
 */
let watched: WatchedGateway;
/** More than the door lets wait at once from one address. */
const SILENT_PEERS = 700;

beforeAll(async () => {
  watched = await startWatchedGateway();
});
afterAll(async () => {
  expect(await watched?.close()).toEqual([]);
});
/** Nothing that was sent has hurt: asked after each group. */
const stillWell = () => test('the program and everybody else are well', async () => expect(await watched.check()).toEqual([]));

describe.each([
  ['numbers that size something', HOSTILE_NUMBERS],
  ['bombs', HOSTILE_BOMBS],
  ['forged lengths', HOSTILE_LENGTHS],
  ['wrong beginnings', HOSTILE_BEGINNINGS],
  ['identifiers and text', HOSTILE_IDENTIFIERS],
])('objects: %s', (_group, objects) => {
  test.each(objects)('$name', async (object) => {
    const expected = HOSTILE_ANSWERS[object.name];
    if (expected === undefined) throw new Error('no answer is told for it');
    const file = object.make();
    const uploaded = await upload(file);
    expect(uploaded).toEqual({ status: 200, outcome: expected.outcome, codes: [...expected.codes].sort() });

    const kept = expected.outcome === 'stored';
    const stored = await store(file);
    expect(stored.status).toBe(!kept ? 409 : expected.codes.length > 0 ? 202 : 200);
    if (stored.path !== undefined) expect(await looksAt(stored.path)).toEqual(expected.looks);
    if (object.byCStore) expect(await cStore(object, file)).toBe(kept ? 0x0000 : 0xc000);
  });
  stillWell();
});

async function upload(file: Buffer) {
  const { hospital } = watched.region;
  const answer = await hospital.fetch('/api/uploads/file', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(file),
  });
  const { outcome, warnings } = (await answer.json()) as { outcome: string; warnings: string[] };
  return { status: answer.status, outcome, codes: [...new Set(warnings)].sort() };
}

/** By STOW-RS, to a facility that has not got it yet. */
async function store(file: Buffer): Promise<{ status: number; path: string | undefined }> {
  const answer = await watched.region.stranger.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([file]) });
  return { status: answer.status, path: /\/dicom-web\/studies\/[^"]*\/instances\/[^"]*/.exec(await answer.text())?.[0] };
}

async function looksAt(path: string): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const [what, accept] of [
    ['/metadata', 'application/dicom+json'],
    ['/frames/1', 'multipart/related; type="application/octet-stream"; transfer-syntax=*'],
    ['/rendered', 'image/jpeg'],
  ] as const) {
    const answer = await watched.region.stranger.fetch(`${path}${what}`, { headers: { accept } });
    await answer.arrayBuffer();
    statuses.push(answer.status);
  }
  return statuses;
}

const CHUNK_BYTES = 64 * 1024;

async function cStore({ name }: HostileObject, file: Buffer): Promise<number> {
  const parts = splitPart10(file);
  if (parts === undefined) throw new Error(`${name} has no meta information`);
  const { dataSet } = parts;
  const [sopClassUID, transferSyntaxUID] = [parts.sopClassUID as SOPClassUID, parts.transferSyntaxUID as TransferSyntaxUID];
  const peer = await openAssociation({
    host: '127.0.0.1',
    port: watched.process.dimse,
    callingAETitle: SMALL_REGION.clinic.aeTitle,
    calledAETitle: 'RENKEI',
    contexts: [{ abstractSyntax: sopClassUID, transferSyntaxes: [transferSyntaxUID] }],
  });
  const stream = (async function* () {
    for (let at = 0; at < dataSet.length; at += CHUNK_BYTES) yield dataSet.subarray(at, at + CHUNK_BYTES);
  })();
  const sopInstanceUID = parts.sopInstanceUID as SOPInstanceUID;
  const { status } = await storeInstance(peer, { sopClassUID, sopInstanceUID, transferSyntaxUID, dataSet: stream });
  await peer.release();
  return status;
}

describe('requests', () => {
  beforeAll(async () => {
    const stored = await watched.region.hospital.fetch('/dicom-web/studies', {
      method: 'POST',
      ...multipartOf([hostileImage(HOSTILE_SEEN)]),
    });
    expect(stored.status).toBe(200);
  });
  test.each(HOSTILE_REQUESTS)('$name', async ({ request, status, header, anonymous }) => {
    const authorization = anonymous === true ? {} : { authorization: `Bearer ${watched.region.hospital.token}` };
    const answer = await rawHttp(watched.process.http, { ...request, headers: { ...authorization, ...request.headers } });
    expect(answer.status).toBe(status);
    if (header !== undefined) expect(answer.headers.get(header[0])).toMatch(header[1]);
  });
  stillWell();
});

describe('peers', () => {
  test.each(HOSTILE_PEERS)('$name', async ({ says, hears }) => {
    const heard = await conversation(says);
    expect(heard).toEqual(hears);
  });
  test(`${SILENT_PEERS} connections that say nothing do not keep others out`, async () => {
    const sockets = Array.from({ length: SILENT_PEERS }, () => connect(watched.process.dimse, '127.0.0.1').on('error', () => {}));
    await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
    expect(await watched.check()).toEqual([]);
    for (const socket of sockets) socket.destroy();
  });
  stillWell();
});

/** A gateway that neither answers nor ends the connection by then does not. */
const SILENT_MS_MAX = 60_000;

/** Says one thing after another, each once the last was answered or needed no answer; then waits for the end. */
async function conversation(says: readonly Buffer[]): Promise<readonly string[]> {
  const peer = await RawPeer.connect(watched.process.dimse);
  const heard: string[] = [];
  const [first = Buffer.alloc(0), ...rest] = says;
  peer.send(first);
  const late = setTimeout(() => peer.socket.destroy(new Error('the gateway says nothing')), SILENT_MS_MAX);
  for (let next = await peer.next(); next !== 'closed'; next = await peer.next()) {
    heard.push(next);
    // Who said this waits for us to end the connection. PS3.8 9.2.1, Sta13.
    if (/^A-(RELEASE-RP|ABORT|ASSOCIATE-RJ)/.test(next)) break;
    if (heard.length === 1) peer.send(...rest);
  }
  clearTimeout(late);
  peer.socket.destroy();
  return heard;
}
