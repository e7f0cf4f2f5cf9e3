import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../gateway/config.ts';
import { storeInstance } from '../../gateway/dimse/c-store-scu.ts';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { createSmallRegion, type SmallRegion } from '../fixtures/api-client.ts';
import { ADMINISTRATOR, temporaryFolder } from '../fixtures/gateway-process.ts';
import { multipartOf } from '../fixtures/multipart.ts';
import { smallDataSet, smallFile } from '../fixtures/small-dicom.ts';

/** Senders that hold what others need: places, connections, memory. Whatever they do, the next honest sender is served. */
const CT = '1.2.840.10008.5.1.4.1.1.2' as SOPClassUID;
const EXPLICIT = '1.2.840.10008.1.2.1' as TransferSyntaxUID;

let gateway: Gateway;
let region: SmallRegion;
let url: string;
let serial = 0;
const sockets = new Set<Socket>();

beforeAll(async () => {
  gateway = await startGateway(
    readConfig({
      RENKEI_DATA: temporaryFolder('hostile'),
      RENKEI_HTTP_PORT: '0',
      RENKEI_DIMSE_PORT: '0',
      RENKEI_LOG: 'silent',
      RENKEI_ADMIN_EMAIL: ADMINISTRATOR.email,
      RENKEI_ADMIN_PASSWORD: ADMINISTRATOR.password,
    }),
  );
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

const SERVED = { upload: 200, stow: 200, store: 0 };

describe('uploads that send 200 bytes and then nothing', () => {
  test('of one person: another facility, and the PACS of her own, are served', async () => {
    await Promise.all(Array.from({ length: 66 }, () => silentUpload(region.hospital.token)));
    expect(await store(region.clinic, 'CLINIC_WS')).toEqual(SERVED);
    expect(await store(region.stranger, 'HOSPITAL_CT')).toEqual(SERVED);
  });

  test('derived work goes on beside them', async () => {
    await Promise.all([region.hospital, region.clinic].flatMap(({ token }) => Array.from({ length: 40 }, () => silentUpload(token))));
    const staged = await gateway.stores.objects.stage();
    await staged.discard();
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ready: true });
  });
});
