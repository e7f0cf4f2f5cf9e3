import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DIMSE_LIMITS } from '../../gateway/dimse/limits.ts';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import type { DimseServerOptions } from '../../gateway/dimse/server.ts';
import { encodePdu, type ProposedContext, pDataHeader } from '../../gateway/dimse/upper-layer/pdu.ts';
import type { FacilityCode, FacilityId } from '../../gateway/domain/identifiers.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import { openCertificate } from '../../gateway/doorstep/certificate.ts';
import { selfSigned } from '../fixtures/servers/certificates.ts';
import {
  associateRequest,
  CT,
  CT_CONTEXT,
  command,
  dataSetPdus,
  dcmtk,
  facilityWith,
  IMPLICIT,
  MemoryReceiver,
  openDoor,
  RawPeer,
  storeCommand,
  type TestDoor,
  VERIFICATION,
} from '../fixtures/servers/dimse-peers.ts';

let door: TestDoor | undefined;
async function open(options: Partial<DimseServerOptions> = {}): Promise<TestDoor> {
  door = await openDoor({ receiver: new MemoryReceiver(), ...options });
  return door;
}
afterEach(async () => {
  await door?.close(0);
  door = undefined;
});

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const RELEASE = encodePdu({ type: 'A-RELEASE-RQ' });
const ECHO = { AffectedSOPClassUID: VERIFICATION, CommandField: 0x30, MessageID: 1, CommandDataSetType: 0x101 };
const ECHO_CONTEXT: ProposedContext = { id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] };

describe('PS3.8 7.1: who is let in', () => {
  it('C-ECHO by DCMTK', async () => {
    const { port } = await open();
    const { status, text } = await dcmtk('echoscu', port, ['--repeat', '3']);
    expect(text).toContain('Received Echo Response (Success)');
    expect(status).toBe(0);
  });

  const refusals: readonly (readonly [string, Partial<DimseServerOptions>, readonly string[], string])[] = [
    ['unknown calling AE', {}, ['-aet', 'STRANGER'], 'Calling AE Title Not Recognized'],
    ['unknown called AE', {}, ['-aec', 'OTHER'], 'Called AE Title Not Recognized'],
    [
      'an address outside the AE title’s range',
      { facilityByAETitle: (aeTitle) => Promise.resolve(facilityWith({ aeTitle, addressRange: '10.0.0.0/8' })) },
      [],
      'Calling AE Title Not Recognized',
    ],
    [
      'a certificate that is asked for on a plain connection',
      { facilityByAETitle: (aeTitle) => Promise.resolve(facilityWith({ aeTitle, certificateSha256: 'ab'.repeat(32) })) },
      [],
      'Calling AE Title Not Recognized',
    ],
    ['callers when the index does not answer', { facilityByAETitle: () => Promise.reject(new Error('down')) }, [], 'Temporary Congestion'],
  ];
  it.each(refusals)('rejects %s', async (_name, options, args, reason) => {
    const { port } = await open(options);
    const { status, text } = await dcmtk('echoscu', port, args);
    expect(text).toContain(reason);
    expect(status).not.toBe(0);
  });

  it('takes any called AE when told to, and an address inside the range', async () => {
    const { port } = await open({
      acceptAnyCalledAE: true,
      facilityByAETitle: (aeTitle) => Promise.resolve(facilityWith({ aeTitle, addressRange: '127.0.0.0/8' })),
    });
    expect((await dcmtk('echoscu', port, ['-aec', 'OTHER'])).status).toBe(0);
  });

  it('rejects a foreign application context and protocol version', async () => {
    const { port } = await open();
    const one = await RawPeer.connect(port);
    one.send(encodePdu(associateRequest([ECHO_CONTEXT], { applicationContextName: '1.2.3' })));
    expect(await one.next()).toBe('A-ASSOCIATE-RJ 1 1 2');
    const other = await RawPeer.connect(port);
    other.send(encodePdu(associateRequest([ECHO_CONTEXT], { protocolVersion: 2 })));
    expect(await other.next()).toBe('A-ASSOCIATE-RJ 1 2 2');
  });

  it('answers findscu that query is not served', async () => {
    const { port } = await open();
    const { text } = await dcmtk('findscu', port, ['-S', '-k', 'QueryRetrieveLevel=STUDY']);
    expect(text).toContain('No Acceptable Presentation Contexts');
  });

  it('accepts 128 presentation contexts', async () => {
    const { port } = await open();
    const contexts = Array.from({ length: 128 }, (_, index) => ({
      id: 2 * index + 1,
      abstractSyntax: `1.2.826.${index}`,
      transferSyntaxes: Array.from({ length: 38 }, (_ignored, syntax) => `1.2.840.10008.1.2.4.${100 + syntax}`),
    }));
    const peer = await RawPeer.associated(port, contexts);
    peer.send(command({ ...ECHO, AffectedSOPClassUID: '1.2.826.127' }, 255));
    expect(await peer.next()).toBe('response 0211');
  });
});

describe('bounds on associations', () => {
  it('past associationsMax: transient, local limit exceeded; free again after a release', async () => {
    const { port } = await open({ limits: { associationsMax: 2, associationsReservedPerFacility: 0 } });
    const first = await RawPeer.associated(port, [ECHO_CONTEXT]);
    const second = await RawPeer.associated(port, [ECHO_CONTEXT]);
    const third = await RawPeer.connect(port);
    third.send(encodePdu(associateRequest([ECHO_CONTEXT])));
    expect(await third.next()).toBe('A-ASSOCIATE-RJ 2 3 2');
    first.send(RELEASE);
    expect(await first.next()).toBe('A-RELEASE-RP');
    first.socket.end();
    await first.closed;
    second.send(command(ECHO));
    expect(await second.next()).toBe('response 0000');
    await RawPeer.associated(port, [ECHO_CONTEXT]);
  });

  it('one caller past associationsPerCallerMax does not keep others out', async () => {
    const { port } = await open({
      limits: { associationsPerCallerMax: 1 },
      facilityByAETitle: (aeTitle) => Promise.resolve(facilityWith({ aeTitle })),
    });
    await RawPeer.associated(port, [ECHO_CONTEXT]);
    const again = await RawPeer.connect(port);
    again.send(encodePdu(associateRequest([ECHO_CONTEXT])));
    expect(await again.next()).toBe('A-ASSOCIATE-RJ 2 3 2');
    const other = await RawPeer.connect(port);
    other.send(encodePdu(associateRequest([ECHO_CONTEXT], { callingAETitle: 'CT1' })));
    expect(await other.next()).toBe('A-ASSOCIATE-AC');
  });

  /** Each AE title is a facility of its own, but for those that end in a digit. */
  const ofRegion: Partial<DimseServerOptions> = {
    facilityByAETitle: (aeTitle) =>
      Promise.resolve({ ...facilityWith({ aeTitle }), code: aeTitle.replace(/\d$/, '') as FacilityCode, id: aeTitle as FacilityId }),
  };
  const asking = async (port: number, callingAETitle: string) => {
    const peer = await RawPeer.connect(port);
    peer.send(encodePdu(associateRequest([ECHO_CONTEXT], { callingAETitle })));
    return peer.next();
  };

  it('one facility past associationsPerFacilityMax, under however many AE titles, does not keep others out', async () => {
    const { port } = await open({ ...ofRegion, limits: { associationsPerFacilityMax: 2 } });
    expect([await asking(port, 'A1'), await asking(port, 'A2')]).toEqual(['A-ASSOCIATE-AC', 'A-ASSOCIATE-AC']);
    expect(await asking(port, 'A3')).toBe('A-ASSOCIATE-RJ 2 3 2');
    expect(await asking(port, 'B1')).toBe('A-ASSOCIATE-AC');
  });

  it('past associationsMax a facility that has few is still let in', async () => {
    const { port } = await open({ ...ofRegion, limits: { associationsMax: 3, associationsReservedPerFacility: 2 } });
    for (const aeTitle of ['A1', 'A2', 'A3']) expect(await asking(port, aeTitle)).toBe('A-ASSOCIATE-AC');
    expect(await asking(port, 'A4')).toBe('A-ASSOCIATE-RJ 2 3 2');
    expect([await asking(port, 'B1'), await asking(port, 'B2'), await asking(port, 'B3')]).toEqual([
      'A-ASSOCIATE-AC',
      'A-ASSOCIATE-AC',
      'A-ASSOCIATE-RJ 2 3 2',
    ]);
  });

  it('past connectionsMax a connection is closed unanswered', async () => {
    const { port } = await open({ limits: { connectionsMax: 1 } });
    await RawPeer.associated(port, [ECHO_CONTEXT]);
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.on('error', () => undefined);
    await once(socket, 'close');
  });
});

describe('connections that do not come to an association', () => {
  const limits = { connectionsMax: 64, silentConnectionsPerAddressMax: 16, connectionsReservedForKnown: 8 };
  /** 200 connections from 127.0.0.2, each saying `bytes` and then nothing. */
  const flood = async (port: number, bytes: Uint8Array) => {
    const sockets = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = createConnection({ host: '127.0.0.1', port, localAddress: '127.0.0.2' });
        socket.on('error', () => undefined);
        await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
        if (!socket.destroyed) socket.write(bytes);
        return socket;
      }),
    );
    return () => {
      for (const socket of sockets) socket.destroy();
    };
  };
  const request = encodePdu(associateRequest([ECHO_CONTEXT]));

  it.each<readonly [string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['half a header', request.subarray(0, 3)],
    ['all of an A-ASSOCIATE-RQ but its last byte', request.subarray(0, -1)],
    ['the header of the largest A-ASSOCIATE-RQ', Buffer.from([1, 0, 0, 8, 0, 0])],
  ])('that say %s: other addresses, and callers behind the same one, are let in', async (_name, bytes) => {
    const { port } = await open({ limits });
    const end = await flood(port, bytes);
    const peer = await RawPeer.associated(port, [ECHO_CONTEXT]);
    const neighbour = createConnection({ host: '127.0.0.1', port, localAddress: '127.0.0.2' });
    neighbour.write(request);
    expect(((await once(neighbour, 'data')) as [Buffer])[0][0]).toBe(2);
    neighbour.destroy();
    peer.send(command(ECHO));
    expect(await peer.next()).toBe('response 0000');
    end();
  });

  it('an association that is open is not let go for them', async () => {
    const { port } = await open({ limits });
    const peer = await RawPeer.associated(port, [ECHO_CONTEXT]);
    const end = await flood(port, Buffer.alloc(0));
    peer.send(command(ECHO));
    expect(await peer.next()).toBe('response 0000');
    end();
  });

  it('TLS handshakes that are never finished are bounded the same way', async () => {
    const { key, cert } = selfSigned();
    const { port } = await open({ limits, tls: { key, cert } });
    const end = await flood(port, Buffer.from([0x16, 0x03, 0x01, 0x02]));
    const association = await openAssociation({
      host: '127.0.0.1',
      port,
      callingAETitle: 'PACS',
      calledAETitle: 'RENKEI',
      contexts: [{ abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] }],
      tls: { ca: cert },
    });
    await association.release();
    end();
  });
});

it('a renewed certificate is shown to the next who connects, without a restart', async () => {
  const [first, second] = [selfSigned('first'), selfSigned('second')];
  const certificate = await openCertificate('DIMSE', first, NO_LOG);
  const { port } = await open({ tls: { ...certificate.current(), follow: certificate.follow } });
  const trusting = (ca: string) =>
    openAssociation({
      host: '127.0.0.1',
      port,
      callingAETitle: 'PACS',
      calledAETitle: 'RENKEI',
      contexts: [{ abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] }],
      tls: { ca },
    });
  const before = await trusting(first.cert);
  copyFileSync(second.keyFile, first.keyFile);
  copyFileSync(second.certFile, first.certFile);
  await certificate.look();
  await (await trusting(second.cert)).release();
  await expect(trusting(first.cert)).rejects.toMatchObject({ kind: 'unavailable' });
  await before.release();
  certificate.close();
});

describe('timeouts end what hangs', () => {
  it('ARTIM: a connection that says nothing is closed', async () => {
    const { port } = await open({ limits: { artimMs: 20 } });
    const peer = await RawPeer.connect(port);
    expect(await peer.next()).toBe('closed');
  });

  it('idle: an association without messages is aborted', async () => {
    const { port } = await open({ limits: { idleMs: 20 } });
    const peer = await RawPeer.associated(port, [ECHO_CONTEXT]);
    expect(await peer.next()).toBe('A-ABORT 0 0');
  });

  it('message: a data set that stops in the middle is aborted and thrown away', async () => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver, limits: { messageMs: 20 } });
    const peer = await RawPeer.associated(port);
    peer.send(command(storeCommand()), pDataHeader(1, false, false, 4), Buffer.from('half'));
    expect(await peer.next()).toBe('A-ABORT 0 0');
    await receiver.quiet(1);
    expect(receiver.received).toEqual([]);
    expect(receiver.failures).toHaveLength(1);
  });
});

describe('what is not DICOM is answered with A-ABORT, and the door stays open', () => {
  const beforeAssociation: readonly (readonly [string, Buffer])[] = [
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an A-ASSOCIATE-RQ of 4 GB', hex('0100 ffffffff')],
    ['zeroes', Buffer.alloc(4096)],
    ['P-DATA-TF first', command(ECHO)],
    ['A-RELEASE-RQ first', RELEASE],
    ['an A-ASSOCIATE-RQ of garbage', Buffer.concat([hex('0100 00000064'), Buffer.alloc(100, 0xff)])],
  ];
  it.each(beforeAssociation)('%s', async (_name, bytes) => {
    const { port } = await open();
    const peer = await RawPeer.connect(port);
    peer.send(bytes);
    expect(await peer.next()).toMatch(/^A-ABORT 0 /);
    expect((await dcmtk('echoscu', port)).status).toBe(0);
  });

  const dataSet = Buffer.alloc(64, 7);
  const onAssociation: readonly (readonly [string, Buffer, string])[] = [
    ['an unknown PDU type', hex('0900 00000004 00000000'), 'A-ABORT 2 1'],
    ['an A-ASSOCIATE-RQ again', encodePdu(associateRequest([CT_CONTEXT])), 'A-ABORT 2 2'],
    ['an A-ASSOCIATE-AC', hex(`0200 00000044 ${'00'.repeat(68)}`), 'A-ABORT 2 2'],
    ['an A-RELEASE-RP nobody asked for', encodePdu({ type: 'A-RELEASE-RP' }), 'A-ABORT 2 2'],
    ['a P-DATA-TF of 4 GB', hex('0400 ffffffff 00000002 0103'), 'A-ABORT 2 6'],
    ['a PDV longer than its PDU', hex('0400 00000008 0000ffff 0103 0000'), 'A-ABORT 2 6'],
    ['a command on a context that was not accepted', command(storeCommand(), 7), 'A-ABORT 0 0'],
    ['a data set without a command', dataSetPdus(dataSet, 64), 'A-ABORT 0 0'],
    ['a data set on another context', Buffer.concat([command(storeCommand()), dataSetPdus(dataSet, 64, 3)]), 'A-ABORT 0 0'],
    ['a command within a data set', Buffer.concat([command(storeCommand()), command(storeCommand())]), 'A-ABORT 0 0'],
    ['a command set of garbage', Buffer.concat([pDataHeader(1, true, true, 20), Buffer.alloc(20, 0xff)]), 'A-ABORT 0 0'],
    ['an empty command set', pDataHeader(1, true, true, 0), 'A-ABORT 0 0'],
    ['a response to no request', command(storeCommand({ CommandField: 0x8001, MessageIDBeingRespondedTo: 5 })), 'A-ABORT 0 0'],
    ['release within a data set', Buffer.concat([command(storeCommand()), RELEASE]), 'A-ABORT 0 0'],
  ];
  it.each(onAssociation)('%s', async (_name, bytes, answer) => {
    const receiver = new MemoryReceiver();
    const { port } = await open({ receiver });
    const peer = await RawPeer.associated(port);
    peer.send(bytes);
    expect(await peer.next()).toBe(answer);
    await receiver.quiet(0);
    expect(receiver.received).toEqual([]);
    expect((await dcmtk('echoscu', port)).status).toBe(0);
  });

  it('a command set without end stops at commandBytesMax', async () => {
    const { port } = await open({ limits: { commandBytesMax: 1000 } });
    const peer = await RawPeer.associated(port);
    for (let sent = 0; sent <= 1000; sent += 100) peer.send(pDataHeader(1, true, false, 100), Buffer.alloc(100));
    expect(await peer.next()).toBe('A-ABORT 0 0');
  });
});

describe('abort at any byte leaves nothing', () => {
  const dataSet = Buffer.alloc(1000, 0x41);
  const request = encodePdu(associateRequest([CT_CONTEXT]));
  const message = Buffer.concat([command(storeCommand()), dataSetPdus(dataSet, 300)]);

  /** Sends so much of association request and message; the second waits for the answer to the first (PS3.8 table 9-10, Sta3). */
  async function sendUpTo(peer: RawPeer, bytes: number): Promise<void> {
    peer.send(request.subarray(0, bytes));
    if (bytes <= request.length) return;
    expect(await peer.next()).toBe('A-ASSOCIATE-AC');
    peer.send(message.subarray(0, bytes - request.length));
  }
  const wholeBytes = request.length + message.length;

  // Some before the association, every other byte of the message.
  const cuts = Array.from({ length: wholeBytes }, (_, index) => index).filter(
    (at) => at % 5 === 0 || (at > request.length && at % 2 === 0),
  );

  it.each(['FIN', 'RST'] as const)('cut after N bytes, by %s', async (how) => {
    const receiver = new MemoryReceiver();
    const opened = await open({ receiver });
    for (const cut of cuts) {
      const peer = await RawPeer.connect(opened.port);
      await sendUpTo(peer, cut);
      if (how === 'FIN') peer.socket.end();
      else {
        if (peer.socket.writableLength > 0) await once(peer.socket, 'drain');
        peer.socket.resetAndDestroy();
      }
      await peer.closed;
    }
    await receiver.quiet(0);
    // The last one is whole: the door still works, and only this is kept.
    const peer = await RawPeer.connect(opened.port);
    await sendUpTo(peer, wholeBytes);
    expect(await peer.next()).toBe('response 0000');
    expect(receiver.received.map(({ bytes }) => bytes)).toEqual([1000]);
    expect(receiver.failures).toHaveLength(receiver.begun - 1);
  });

  it('A-ABORT by the peer within a data set reaches the receiver as a failure and a signal', async () => {
    let signalled: unknown;
    const receiver: MemoryReceiver = new MemoryReceiver(async (request, bytes, signal) => {
      // The abort may have come while it was asked who calls.
      signalled = signal?.reason;
      signal?.addEventListener('abort', () => {
        signalled = signal.reason;
      });
      return receiver.gather(request, bytes);
    });
    const { port } = await open({ receiver });
    const peer = await RawPeer.associated(port);
    peer.send(command(storeCommand()), pDataHeader(1, false, false, 4), Buffer.from('half'));
    peer.send(encodePdu({ type: 'A-ABORT', source: 0, reason: 0 }));
    expect(await peer.next()).toBe('closed');
    await receiver.quiet(1);
    expect(receiver.failures).toEqual([expect.objectContaining({ kind: 'unavailable' })]);
    expect(signalled).toMatchObject({ kind: 'unavailable' });
  });
});

describe('closing', () => {
  it('answers the operation in progress, aborts idle associations, and takes no more', async () => {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const receiver: MemoryReceiver = new MemoryReceiver(async (request, bytes) => {
      await finished;
      return receiver.gather(request, bytes);
    });
    const opened = await open({ receiver });
    const idle = await RawPeer.associated(opened.port, [ECHO_CONTEXT]);
    const busy = await RawPeer.associated(opened.port);
    busy.send(command(storeCommand()), dataSetPdus(Buffer.alloc(10), 10));
    while (receiver.begun === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = opened.close(60_000);
    expect(await idle.next()).toBe('A-ABORT 0 0');
    idle.socket.end();
    finish();
    expect(await busy.next()).toBe('response 0000');
    expect(await busy.next()).toBe('A-ABORT 0 0');
    busy.socket.end();
    await closed;
    await expect(RawPeer.connect(opened.port)).rejects.toThrow();
  });
});

it('counts what happens', async () => {
  const counted: string[] = [];
  const { port } = await open({
    metrics: {
      associationOpened: () => counted.push('opened'),
      associationClosed: (how, bytes) => counted.push(`closed ${how} ${bytes > 100}`),
      associationRejected: (reason) => counted.push(`rejected ${reason}`),
      operationAnswered: (name, status) => counted.push(`${name} ${status}`),
    },
  });
  await dcmtk('echoscu', port);
  await dcmtk('echoscu', port, ['--abort']);
  await dcmtk('echoscu', port, ['-aet', 'STRANGER']);
  const echoed = ['opened', 'C-ECHO 0'];
  expect(counted).toEqual([
    ...[...echoed, 'closed released true'],
    ...[...echoed, 'closed aborted true'],
    'rejected calling-ae-title-not-recognized',
  ]);
});

it('offers the same maximum length as it takes', async () => {
  const { port } = await open({ limits: { pduBytesMax: 4096 } });
  const { text } = await dcmtk('echoscu', port);
  expect(text).toContain(`Max Send PDV: ${4096 - 12}`);
  expect(DIMSE_LIMITS.pduBytesMax).toBe(262_144);
  const peer = await RawPeer.associated(port, [{ ...CT_CONTEXT, abstractSyntax: CT }]);
  peer.send(command(storeCommand()), pDataHeader(1, false, false, 5000), Buffer.alloc(5000));
  expect(await peer.next()).toBe('A-ABORT 2 6');
});
