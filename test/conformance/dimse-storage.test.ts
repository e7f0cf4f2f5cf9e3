import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataSetStream } from '../../gateway/dimse/message/data-set-stream.ts';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import type { DimseServerOptions } from '../../gateway/dimse/server.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import { pDataHeader } from '../../gateway/dimse/upper-layer/pdu.ts';
import { DomainError, type ErrorKind } from '../../gateway/domain/errors.ts';
import type { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } from '../../gateway/domain/identifiers.ts';
import type { ReceiveOutcome } from '../../gateway/domain/imaging/reception.ts';
import {
  CT,
  CT_CONTEXT,
  command,
  dataSetPdus,
  dcmtk,
  IMPLICIT,
  MemoryReceiver,
  openDoor,
  type Part10,
  RawPeer,
  readPart10,
  run,
  sha256,
  startPeer,
  storeCommand,
  storedOutcome,
  type TestDoor,
  VERIFICATION,
} from '../fixtures/servers/dimse-peers.ts';

const DATA = new URL('../../../shared/data/', import.meta.url).pathname;
const DICOMDIR = '1.2.840.10008.1.3.10';
const STORESCU_SYNTAXES = {
  '-xe': '1.2.840.10008.1.2.1',
  '-xb': '1.2.840.10008.1.2.2',
  '-xi': '1.2.840.10008.1.2',
  '-xd': '1.2.840.10008.1.2.1.99',
  '-xy': '1.2.840.10008.1.2.4.50',
  '-xx': '1.2.840.10008.1.2.4.51',
  '-xs': '1.2.840.10008.1.2.4.70',
  '-xt': '1.2.840.10008.1.2.4.80',
  '-xu': '1.2.840.10008.1.2.4.81',
  '-xv': '1.2.840.10008.1.2.4.90',
  '-xw': '1.2.840.10008.1.2.4.91',
  '-xr': '1.2.840.10008.1.2.5',
} as const;

interface Sample extends Part10 {
  readonly path: string;
}
let samples: readonly Sample[] = [];
beforeAll(() => {
  const { files } = JSON.parse(readFileSync(join(DATA, 'manifest.json'), 'utf8')) as { files: { file: string }[] };
  const paths = files.map(({ file }) => join(DATA, file)).filter((path) => !path.includes('/series/'));
  const series = ['ct-head-phantom-140/I10', 'ct-head-phantom-140/I100'].map((name) => join(DATA, 'series', name));
  samples = [...paths, ...series].flatMap((path) => {
    const part10 = readPart10(path);
    return part10 === undefined || ['', DICOMDIR].includes(part10.sopClassUID) ? [] : [{ path, ...part10 }];
  });
  expect(samples.length).toBeGreaterThan(100);
});

let door: TestDoor | undefined;
const folders: string[] = [];
const peers: { stop(): Promise<void> }[] = [];
async function open(options: Partial<DimseServerOptions> & { receiver: MemoryReceiver }): Promise<TestDoor> {
  door = await openDoor(options);
  return door;
}
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'renkei-dimse-'));
  folders.push(made);
  return made;
}
async function startStorescp(argsFor: Parameters<typeof startPeer>[1]): ReturnType<typeof startPeer> {
  const peer = await startPeer('storescp', argsFor);
  peers.push(peer);
  return peer;
}
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.stop();
  await door?.close(0);
  door = undefined;
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

async function* inPieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

function associate(
  port: number,
  contexts: readonly { abstractSyntax: string; transferSyntaxes: readonly string[] }[],
  calledAETitle = 'RENKEI',
) {
  return openAssociation({ host: '127.0.0.1', port, callingAETitle: 'PACS', calledAETitle, contexts });
}

function instance(sample: Part10, pieceBytes = 65_536) {
  return {
    sopClassUID: sample.sopClassUID as SOPClassUID,
    sopInstanceUID: sample.sopInstanceUID as SOPInstanceUID,
    transferSyntaxUID: sample.transferSyntaxUID as TransferSyntaxUID,
    dataSet: inPieces(sample.dataSet, pieceBytes),
  };
}

/** Every pair of class and syntax once. */
function contextsFor(of: readonly Part10[]) {
  const pairs = new Map(of.map((one) => [`${one.sopClassUID} ${one.transferSyntaxUID}`, one]));
  return [...pairs.values()].map(({ sopClassUID, transferSyntaxUID }) => ({
    abstractSyntax: sopClassUID,
    transferSyntaxes: [transferSyntaxUID],
  }));
}

describe('PS3.4 B.2: storage as SCP', () => {
  it('every class and transfer syntax of the sample data, byte for byte, odd and broken files included', async () => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver });
    for (let from = 0; from < samples.length; from += 100) {
      const batch = samples.slice(from, from + 100);
      const association = await associate(port, contextsFor(batch));
      for (const sample of batch) expect((await storeInstance(association, instance(sample))).status).toBe(0);
      await association.release();
    }
    const got = receiver.received.map(({ request, sha256: digest }) => [
      request.dataSet?.transferSyntaxUID,
      request.dataSet?.sopInstanceUID,
      digest,
    ]);
    expect(got).toEqual(samples.map((sample) => [sample.transferSyntaxUID, sample.sopInstanceUID, sha256(sample.dataSet)]));
    expect(receiver.received[0]?.request).toMatchObject({
      facility: { code: 'HOSPITAL' },
      source: { door: 'dimse', callingAETitle: 'PACS', remoteAddress: '127.0.0.1' },
    });
  });

  it.each(Object.entries(STORESCU_SYNTAXES))('storescu %s (%s): the bytes that storescp gets', async (flag, transferSyntaxUID) => {
    const files = samples
      .filter((sample) => sample.transferSyntaxUID === transferSyntaxUID && !sample.path.includes('/broken/'))
      .map(({ path }) => path);
    expect(files.length).toBeGreaterThan(0);
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver });
    const out = folder();
    const storescp = await startStorescp((free) => ['-q', '+xa', '-pm', '+B', '-uf', '-od', out, String(free)]);
    await dcmtk('storescu', port, [flag, '-R', '-nh'], files);
    await dcmtk('storescu', storescp.port, [flag, '-R', '-nh'], files);
    await storescp.stop();
    const expected = readdirSync(out).flatMap((name) => readPart10(join(out, name)) ?? []);
    expect(expected.length).toBeGreaterThan(0);
    const digests = new Set(receiver.received.map(({ sha256: digest }) => digest));
    for (const one of expected) if (one.transferSyntaxUID === transferSyntaxUID) expect(digests).toContain(sha256(one.dataSet));
    expect(receiver.received.some(({ request }) => request.dataSet?.transferSyntaxUID === transferSyntaxUID)).toBe(true);
  });

  it('dcmsend, several associations at once', async () => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver });
    const files = readdirSync(join(DATA, 'series/ct-head-phantom-140')).map((name) => join(DATA, 'series/ct-head-phantom-140', name));
    const quarter = Math.ceil(files.length / 4);
    const sent = await Promise.all(
      [0, 1, 2, 3].map((part) => dcmtk('dcmsend', port, [], files.slice(part * quarter, (part + 1) * quarter))),
    );
    expect(sent.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(receiver.received).toHaveLength(files.length);
    expect(new Set(receiver.received.map(({ request }) => request.dataSet?.sopInstanceUID)).size).toBe(files.length);
  });

  it('the same bytes whatever the fragments: PDUs of 6 bytes to 256 KiB', async () => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver });
    const dataSet = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251));
    const peer = await RawPeer.associated(port);
    const sizes = [1, 2, 3, 7, 100, 4096, 5000];
    for (const size of sizes) {
      peer.send(command(storeCommand()), dataSetPdus(dataSet, size));
      expect(await peer.next()).toBe('response 0000');
    }
    expect(new Set(receiver.received.map(({ sha256: digest }) => digest))).toEqual(new Set([sha256(dataSet)]));
    expect(receiver.received).toHaveLength(sizes.length);
  });

  it('a second request that does not wait for the first answer is served after it', async () => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver });
    const peer = await RawPeer.associated(port);
    const messages = [1, 2, 3].map((MessageID) =>
      Buffer.concat([command(storeCommand({ MessageID })), dataSetPdus(Buffer.alloc(300_000, MessageID), 100_000)]),
    );
    peer.send(...messages);
    for (const _ of messages) expect(await peer.next()).toBe('response 0000');
    expect(receiver.received.map(({ sha256: digest }) => digest)).toEqual([1, 2, 3].map((id) => sha256(Buffer.alloc(300_000, id))));
  });
});

describe('PS3.4 B.2.3: statuses', () => {
  const failures: readonly (readonly [ErrorKind, number])[] = [
    ['invalid', 0xc000],
    ['unauthenticated', 0x0124],
    ['denied', 0x0124],
    ['not-found', 0x0110],
    ['gone', 0x0110],
    ['conflict', 0x0110],
    ['too-large', 0xa700],
    ['unsupported', 0x0122],
    ['not-acceptable', 0x0110],
    ['busy', 0xa700],
    ['full', 0xa700],
    ['unavailable', 0xa700],
    ['internal', 0x0110],
  ];
  // Failing before, in the middle of and after the data set.
  it.each(failures)('receiver fails with %s', async (kind, status) => {
    for (const chunks of [0, 1, Number.POSITIVE_INFINITY]) {
      const receiver = new MemoryReceiver(async (_request, bytes) => {
        let read = 0;
        if (chunks > 0) for await (const _ of bytes) if (++read >= chunks) break;
        throw new DomainError(kind, 'SECRET^NAME');
      });
      const opened = await open({ receiver });
      const association = await associate(opened.port, [{ abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }]);
      const sample = { sopClassUID: CT, sopInstanceUID: '1.2.3.9', transferSyntaxUID: IMPLICIT, dataSet: Buffer.alloc(2_000_000) };
      const result = await storeInstance(association, instance(sample));
      expect(result).toMatchObject({ status, kept: false });
      expect(result.errorComment).not.toContain('SECRET');
      // The association goes on.
      expect((await storeInstance(association, instance(sample))).status).toBe(status);
      await association.release();
      await opened.close(0);
    }
  });

  const outcomes: readonly (readonly [string, (stored: ReceiveOutcome) => ReceiveOutcome, string])[] = [
    ['stored', (stored) => stored, 'response 0000'],
    ['duplicate', (stored) => ({ ...stored, kind: 'duplicate' }) as ReceiveOutcome, 'response 0000'],
    ['new version', (stored) => ({ ...stored, kind: 'new-version' }) as ReceiveOutcome, 'response 0000'],
    ['quarantined', () => ({ kind: 'quarantined', reason: 'not-dicom' }), 'response c000'],
  ];
  it.each(outcomes)('%s', async (_name, outcome, response) => {
    const receiver: MemoryReceiver = new MemoryReceiver(async (request, bytes) => {
      await receiver.gather(request, bytes);
      return outcome(storedOutcome(request));
    });
    const { port } = await open({ receiver });
    const peer = await RawPeer.associated(port);
    peer.send(command(storeCommand()), dataSetPdus(Buffer.alloc(10), 10));
    expect(await peer.next()).toBe(response);
  });

  const wrong: readonly (readonly [string, Buffer, string])[] = [
    ['a SOP class other than the context’s', command(storeCommand({ AffectedSOPClassUID: '1.2.840.10008.5.1.4.1.1.4' })), 'response 0122'],
    ['an instance UID that is none', command(storeCommand({ AffectedSOPInstanceUID: '../../etc' })), 'response 0117'],
    ['an operation it does not know', command(storeCommand({ CommandField: 0x0021 })), 'response 0211'],
  ];
  it.each(wrong)('%s', async (_name, bytes, response) => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver });
    const peer = await RawPeer.associated(port);
    peer.send(bytes, dataSetPdus(Buffer.alloc(100), 30));
    expect(await peer.next()).toBe(response);
    peer.send(command(storeCommand()), dataSetPdus(Buffer.alloc(100), 30));
    expect(await peer.next()).toBe('response 0000');
    expect(receiver.begun).toBe(1);
  });

  it('an instance UID outside of the rules that can name an object is kept', async () => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver });
    const peer = await RawPeer.associated(port);
    const odd = 'dccc9599087131742838cc1162a630fea87ba9bf61ac09bfda90d4adfa5ddaed';
    peer.send(command(storeCommand({ AffectedSOPInstanceUID: odd })), dataSetPdus(Buffer.alloc(100), 30));
    expect(await peer.next()).toBe('response 0000');
    expect(receiver.received[0]?.request.dataSet?.sopInstanceUID).toBe(odd);
  });

  it('a sender that is given up is aborted: the answer to its C-STORE would wait for the rest of its data set', async () => {
    const receiver = new MemoryReceiver(async () => {
      throw new DomainError('too-slow', 'the sender has stopped sending');
    });
    const { port } = await open({ receiver });
    const peer = await RawPeer.associated(port);
    peer.send(command(storeCommand()), pDataHeader(1, false, false, 4), Buffer.from('half'));
    expect(await peer.next()).toBe('A-ABORT 0 0');
  });

  it('C-STORE on a verification context, and without a data set', async () => {
    const { port } = await open({ receiver: new MemoryReceiver() });
    const peer = await RawPeer.associated(port, [CT_CONTEXT, { id: 3, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] }]);
    peer.send(command(storeCommand({ AffectedSOPClassUID: VERIFICATION, CommandDataSetType: 0x101 }), 3));
    expect(await peer.next()).toBe('response 0211');
    peer.send(command(storeCommand({ CommandDataSetType: 0x101 })));
    expect(await peer.next()).toBe('response c000');
  });

  it('a data set past dataSetBytesMax is refused, and past discardBytesMax aborted', async () => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver, limits: { dataSetBytesMax: 1000, discardBytesMax: 5000 } });
    const peer = await RawPeer.associated(port);
    peer.send(command(storeCommand()), dataSetPdus(Buffer.alloc(2000), 100));
    expect(await peer.next()).toBe('response a700');
    peer.send(command(storeCommand()), dataSetPdus(Buffer.alloc(8000), 100));
    expect(await peer.next()).toBe('A-ABORT 0 0');
    await receiver.quiet(2);
    expect(receiver.failures).toEqual([expect.objectContaining({ kind: 'too-large' }), expect.objectContaining({ kind: 'too-large' })]);
  });
});

describe('a slow receiver slows the sender', () => {
  it('holds no more than dataSetBufferBytesMax and a chunk, for however long, and loses nothing', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let stream: DataSetStream | undefined;
    const receiver: MemoryReceiver = new MemoryReceiver(async (request, bytes) => {
      stream = bytes as DataSetStream;
      await released;
      return receiver.gather(request, bytes);
    });
    const bufferBytesMax = 524_288;
    const socketChunkBytes = 65_536;
    const { port } = await open({ receiver, limits: { dataSetBufferBytesMax: bufferBytesMax } });
    const megabyte = Buffer.alloc(1_048_576, 9);
    const megabytes = 96;
    let pulled = 0;
    async function* large(): AsyncGenerator<Uint8Array> {
      for (; pulled < megabytes; pulled += 1) yield megabyte;
    }
    const association = await associate(port, [{ abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }]);
    const sample = { sopClassUID: CT, sopInstanceUID: '1.2.3.9', transferSyntaxUID: IMPLICIT, dataSet: Buffer.alloc(0) };
    const stored = storeInstance(association, { ...instance(sample), dataSet: large() });
    while ((stream?.queuedBytes ?? 0) < bufferBytesMax) await new Promise((resolve) => setImmediate(resolve));
    // Long enough to take all of it, had the door gone on reading.
    for (let echo = 0; echo < 20; echo += 1) expect((await dcmtk('echoscu', port)).status).toBe(0);
    expect(stream?.queuedBytes).toBeLessThanOrEqual(bufferBytesMax + socketChunkBytes);
    expect(pulled).toBeLessThan(megabytes / 2);
    release();
    expect((await stored).status).toBe(0);
    expect(receiver.received[0]?.bytes).toBe(megabytes * megabyte.length);
    await association.release();
  });
});

describe('PS3.4 B.3: storage as SCU', () => {
  it('DCMTK storescp keeps the bytes, in fragments of its size', async () => {
    const out = folder();
    const storescp = await startStorescp((free) => ['-q', '+xa', '-pm', '+B', '-uf', '-od', out, '-pdu', '4096', String(free)]);
    const some = samples
      .filter(
        ({ path, transferSyntaxUID }) =>
          /\/(syntaxes|objects)\//.test(path) && Object.values<string>(STORESCU_SYNTAXES).includes(transferSyntaxUID),
      )
      .slice(0, 40);
    const association = await associate(storescp.port, contextsFor(some), 'STORESCP');
    const accepted = new Set([...association.contexts.values()].map((one) => `${one.abstractSyntax} ${one.transferSyntax}`));
    const sent = some.filter((one) => accepted.has(`${one.sopClassUID} ${one.transferSyntaxUID}`));
    expect(sent.length).toBeGreaterThan(20);
    for (const sample of sent) expect((await storeInstance(association, instance(sample, 777))).kept).toBe(true);
    await association.release();
    await storescp.stop();
    const kept = new Set(readdirSync(out).flatMap((name) => sha256(readPart10(join(out, name))?.dataSet ?? Buffer.alloc(0))));
    // storescp names files by instance: of samples with one UID the last one stays.
    const last = new Map(sent.map((sample) => [sample.sopInstanceUID, sample]));
    expect([...last.values()].filter(({ dataSet }) => !kept.has(sha256(dataSet))).map(({ path }) => path)).toEqual([]);
  });

  it('throws unsupported for what the peer did not accept, denied when rejected, unavailable when nobody is there', async () => {
    const opened = await open({ receiver: new MemoryReceiver() });
    const association = await associate(opened.port, [{ abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }]);
    const other = { sopClassUID: CT, sopInstanceUID: '1.2', transferSyntaxUID: '1.2.840.10008.1.2.1', dataSet: Buffer.alloc(2) };
    await expect(storeInstance(association, instance(other))).rejects.toMatchObject({ kind: 'unsupported' });
    await association.release();
    await expect(associate(opened.port, [{ abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }], 'OTHER')).rejects.toMatchObject({
      kind: 'denied',
    });
    await opened.close(0);
    await expect(associate(opened.port, [{ abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }])).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });

  it('aborts when its data set fails half-way, and the acceptor keeps nothing', async () => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver });
    const association = await associate(port, [{ abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }]);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(1_000_000);
      throw new DomainError('not-found', 'object is gone');
    }
    const sample = { sopClassUID: CT, sopInstanceUID: '1.2', transferSyntaxUID: IMPLICIT, dataSet: Buffer.alloc(0) };
    await expect(storeInstance(association, { ...instance(sample), dataSet: failing() })).rejects.toMatchObject({ kind: 'not-found' });
    await receiver.quiet(1);
    expect(receiver.received).toEqual([]);
    expect(receiver.failures).toHaveLength(1);
  });
});

describe('TLS', () => {
  async function certificate(
    into: string,
    name: string,
  ): Promise<{ key: string; cert: string; keyFile: string; certFile: string; sha256: string }> {
    const [keyFile, certFile] = [join(into, `${name}.key`), join(into, `${name}.crt`)];
    const args = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      keyFile,
      '-out',
      certFile,
    ];
    expect((await run('openssl', args)).status).toBe(0);
    const { text } = await run('openssl', ['x509', '-in', certFile, '-noout', '-fingerprint', '-sha256']);
    const fingerprint = text.trim().split('=')[1]?.replaceAll(':', '').toLowerCase() ?? '';
    return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8'), keyFile, certFile, sha256: fingerprint };
  }

  it('storescu over TLS, and an AE title pinned to its client certificate', async () => {
    const into = folder();
    const [server, pacs, thief] = await Promise.all(['localhost', 'pacs', 'thief'].map((name) => certificate(into, name)));
    if (server === undefined || pacs === undefined || thief === undefined) throw new Error('certificates');
    const receiver = new MemoryReceiver();
    const { port } = await open({
      receiver,
      tls: { key: server.key, cert: server.cert, requestClientCertificate: true },
      facilityByAETitle: (aeTitle) =>
        Promise.resolve({
          id: '1' as never,
          code: 'HOSPITAL' as never,
          name: '',
          nameKana: '',
          nameRomaji: '',
          kinds: [],
          aeTitles: [],
          createdAt: new Date(0),
          entry: { aeTitle, certificateSha256: pacs.sha256 },
        }),
    });
    const file = join(DATA, 'series/ct-head-phantom-140/I10');
    const send = (args: readonly string[]) => dcmtk('storescu', port, [...args, '+cf', server.certFile], [file]);
    const sent = await send(['+tls', pacs.keyFile, pacs.certFile]);
    expect(sent.text).toContain('Received Store Response (Success)');
    expect(receiver.received).toHaveLength(1);
    expect((await send(['+tls', thief.keyFile, thief.certFile])).text).toContain('Calling AE Title Not Recognized');
    expect((await send(['+tla'])).status).not.toBe(0);
    expect((await dcmtk('storescu', port, [], [file])).status).not.toBe(0);
    expect(receiver.received).toHaveLength(1);

    // Our own SCU through the same door.
    const sample = readPart10(file);
    if (sample === undefined) throw new Error('sample');
    const association = await openAssociation({
      host: 'localhost',
      port,
      callingAETitle: 'PACS',
      calledAETitle: 'RENKEI',
      contexts: contextsFor([sample]),
      tls: { ca: server.cert, key: pacs.key, cert: pacs.cert },
    });
    expect((await storeInstance(association, instance(sample))).status).toBe(0);
    await association.release();
    expect(receiver.received[1]?.sha256).toBe(sha256(sample.dataSet));
  });
});
