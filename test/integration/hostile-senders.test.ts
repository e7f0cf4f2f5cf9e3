import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ANSWER_TURNS } from '../../gateway/dicomweb/media/outgoing.ts';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import { encodePdu, pDataHeader } from '../../gateway/dimse/upper-layer/pdu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { createSmallRegion, type SmallRegion, signIn } from '../fixtures/api-client.ts';
import { smallDataSet, smallFile } from '../fixtures/dicom/small-dicom.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { type RawAnswer, readAnswer, sendRaw } from '../fixtures/raw-http.ts';
import { associateRequest, CT_CONTEXT, command, RawPeer, storeCommand } from '../fixtures/servers/dimse-peers.ts';
import { folderWithDatabase } from '../fixtures/servers/made-database.ts';
import { testConfig } from '../fixtures/test-config.ts';

/** Senders that hold what others need: places, connections, memory. Whatever they do, the next honest sender is served. */
const CT = '1.2.840.10008.5.1.4.1.1.2' as SOPClassUID;
const EXPLICIT = '1.2.840.10008.1.2.1' as TransferSyntaxUID;

let gateway: Gateway;
let region: SmallRegion;
let url: string;
let serial = 0;
const sockets = new Set<Socket>();

beforeAll(async () => {
  gateway = await startGateway(testConfig(await folderWithDatabase('hostile')));
  url = `http://127.0.0.1:${gateway.http}`;
  region = await createSmallRegion(url);
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

afterAll(async () => {
  await gateway?.close();
});

/** A connection that says `text` and then nothing. */
async function saying(port: number, text: string | Uint8Array): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.add(socket);
  await once(socket, 'connect');
  if (text.length > 0) socket.write(text);
  return socket;
}

const silentUpload = (token: string) =>
  saying(
    gateway.http,
    `POST /api/uploads/file HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n` +
      `Content-Type: application/octet-stream\r\nContent-Length: 100000000\r\n\r\n${'x'.repeat(200)}`,
  );

/** What an honest sender does at every door. */
async function store(who: { fetch: SmallRegion['clinic']['fetch'] }, callingAETitle: string) {
  const uids = () => {
    serial += 1;
    return { sopInstanceUID: `2.25.7.${serial}.1.1`, studyInstanceUID: `2.25.7.${serial}`, seriesInstanceUID: `2.25.7.${serial}.1` };
  };
  const upload = await who.fetch('/api/uploads/file', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(smallFile(uids())),
  });
  const stow = await who.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([smallFile(uids())]) });
  const association = await openAssociation({
    host: '127.0.0.1',
    port: gateway.dimse,
    callingAETitle,
    calledAETitle: 'RENKEI',
    contexts: [{ abstractSyntax: CT, transferSyntaxes: [EXPLICIT] }],
  });
  const { sopInstanceUID, ...others } = uids();
  const dataSet = (async function* () {
    yield smallDataSet({ sopInstanceUID, ...others });
  })();
  const instance = { sopClassUID: CT, sopInstanceUID: sopInstanceUID as SOPInstanceUID, transferSyntaxUID: EXPLICIT, dataSet };
  const stored = await storeInstance(association, instance);
  await association.release();
  return { upload: upload.status, stow: stow.status, store: stored.status };
}

/** The first answer of a connection, which stays open. */
function readFirst(socket: Socket): Promise<RawAnswer | undefined> {
  return new Promise((resolve) => {
    void readAnswer(socket).then((answer) => answer !== undefined && resolve(answer));
  });
}

const SERVED = { upload: 200, stow: 200, store: 0 };

describe('uploads that send 200 bytes and then nothing', () => {
  test('of one person: another facility, and the PACS of her own, are served', async () => {
    await Promise.all(Array.from({ length: 66 }, () => silentUpload(region.hospital.token)));
    expect(await store(region.clinic, 'CLINIC_WS')).toEqual(SERVED);
    expect(await store(region.stranger, 'HOSPITAL_CT')).toEqual(SERVED);
  });

  test('of one browser, a hundred: those that find no place hear 503 with Retry-After once too many wait', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = await silentUpload(region.hospital.token);
        return socket;
      }),
    ).then((uploads) => Promise.race(uploads.map(readFirst)));
    expect(answers).toMatchObject({ status: 503 });
    expect(Number(answers?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await store(region.clinic, 'CLINIC_WS')).toEqual(SERVED);
  });

  test('derived work goes on beside them', async () => {
    await Promise.all([region.hospital, region.clinic].flatMap(({ token }) => Array.from({ length: 40 }, () => silentUpload(token))));
    const staged = await gateway.stores.objects.stage();
    await staged.discard();
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ready: true });
  });
});

test('C-STOREs that stop in the middle, under two AE titles of all their associations: a third is served', async () => {
  const stores = ['HOSPITAL_CT', 'STRANGER_WS'].flatMap((callingAETitle) =>
    Array.from({ length: 32 }, async () => {
      const peer = await RawPeer.connect(gateway.dimse);
      sockets.add(peer.socket);
      peer.send(encodePdu(associateRequest([CT_CONTEXT], { callingAETitle })));
      expect(await peer.next()).toBe('A-ASSOCIATE-AC');
      peer.send(command(storeCommand()), pDataHeader(1, false, false, 4), Buffer.from('half'));
    }),
  );
  await Promise.all(stores);
  expect(await store(region.clinic, 'CLINIC_WS')).toEqual(SERVED);
});

describe('connections that hold a door', () => {
  test.each<readonly [string, string]>([
    ['half a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: '],
    ['nothing', ''],
    ['a body that nobody reads', 'GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx'],
    [
      'a sign-in that never ends',
      'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
    ],
    [
      'a chunk of a sign-in',
      'POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
    ],
  ])('3000 that send %s: the same address and others are served', async (_name, text) => {
    for (let batch = 0; batch < 10; batch += 1) await Promise.all(Array.from({ length: 300 }, () => saying(gateway.http, text)));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await sendRaw(gateway.http, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', '127.0.0.7'))?.status).toBe(200);
    expect(await store(region.clinic, 'CLINIC_WS')).toEqual(SERVED);
  });

  test('a preamble of a multipart body that never ends is refused at its bound', async () => {
    const socket = await saying(
      gateway.http,
      `POST /dicom-web/studies HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${region.hospital.token}\r\nContent-Length: 100000000\r\n` +
        `Content-Type: multipart/related; type="application/dicom"; boundary=b\r\n\r\n${'x'.repeat(100_000)}`,
    );
    expect((await readAnswer(socket))?.status).toBe(400);
  });

  test('700 that say nothing at the DIMSE door: a PACS of the same address is served', async () => {
    for (let batch = 0; batch < 7; batch += 1) await Promise.all(Array.from({ length: 100 }, () => saying(gateway.dimse, '')));
    expect(await store(region.clinic, 'CLINIC_WS')).toEqual(SERVED);
  });
});

describe('answers that nobody takes', () => {
  const uids = { studyInstanceUID: '2.25.8', seriesInstanceUID: '2.25.8.1', sopInstanceUID: '2.25.8.1.1' };
  const path = '/dicom-web/studies/2.25.8/series/2.25.8.1/instances/2.25.8.1.1';
  const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';

  test('are bounded for one person, whatever he asks for; others of his facility read on', async () => {
    const colleague = { email: 'colleague@hospital.example', password: 'only-for-tests-1!' };
    await region.administrator.call('POST', '/api/users', {
      ...colleague,
      name: '同僚',
      nameKana: '',
      facilityCode: 'HOSPITAL',
      job: 'physician',
      administrator: false,
    });
    const other = await signIn(url, colleague);
    const big = smallFile({ ...uids, rows: 4000, columns: 4000, pixels: Buffer.alloc(32_000_000, 5) });
    expect((await region.hospital.fetch('/dicom-web/studies', { method: 'POST', ...multipartOf([big]) })).status).toBe(200);
    let answering = 0;
    const ask = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${region.hospital.token}\r\nAccept: ${accept}\r\n\r\n`;
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = await saying(gateway.http, ask);
        socket.once('readable', () => {
          answering += 1;
        });
      }),
    );
    const read = await other.fetch(path, { headers: { accept } });
    expect(Buffer.from(await read.arrayBuffer()).includes(big)).toBe(true);
    expect(answering).toBeGreaterThan(0);
    expect(answering).toBeLessThanOrEqual(ANSWER_TURNS.atOnceOfOne);
  });
});
