import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DIMSE_LIMITS, type DimseLimits } from '../../gateway/dimse/limits.ts';
import { COMMAND, type CommandSet, encodeCommandSet } from '../../gateway/dimse/message/command-set.ts';
import type { DimseEndpoint, DimseResponse } from '../../gateway/dimse/message/dimse.ts';
import { openAssociation } from '../../gateway/dimse/scu.ts';
import { storeInstance } from '../../gateway/dimse/services/c-store-scu.ts';
import { type AnsweredContext, encodePdu, type Pdu, pDataHeader } from '../../gateway/dimse/upper-layer/pdu.ts';
import { PduReader } from '../../gateway/dimse/upper-layer/pdu-reader.ts';
import { associateRequest, CT, CT_CONTEXT, command, IMPLICIT } from '../fixtures/servers/dimse-peers.ts';

/** What our requestor waits where the peer says nothing; long enough for a busy machine to answer where it does. */
const RESPONSE_MS = 1500;

/** An acceptor that does what the case says: `on` is given each thing it hears, and the socket to answer on. */
type Script = (heard: string, socket: Socket) => void;

let server: Server | undefined;
let heard: string[] = [];
async function acceptor(script: Script): Promise<number> {
  // Of its own: the acceptor of the case before may still be hearing something.
  const hearing: string[] = [];
  heard = hearing;
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    const hear = (what: string) => {
      hearing.push(what);
      script(what, socket);
    };
    const reader = new PduReader(
      {
        pdu: (pdu) => hear(pdu.type === 'A-ABORT' ? `A-ABORT ${pdu.source} ${pdu.reason}` : pdu.type),
        pDataBegins: () => undefined,
        fragment: (_contextId, isCommand, isLast) => hear(`${isCommand ? 'command' : 'data set'}${isLast ? '' : ' …'}`),
        invalid: () => hear('invalid'),
      },
      DIMSE_LIMITS,
    );
    socket.on('data', (chunk: Buffer) => reader.read(chunk));
    script('connected', socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
afterEach(() => {
  server?.close();
});

function accept(contexts: readonly AnsweredContext[] = [{ id: 1, result: 0, transferSyntax: IMPLICIT }]): Buffer {
  const accepted: Pdu = { ...associateRequest([CT_CONTEXT]), type: 'A-ASSOCIATE-AC', presentationContexts: contexts };
  return encodePdu(accepted);
}

function associate(port: number, limits: Partial<DimseLimits> = {}, signal?: AbortSignal): Promise<DimseEndpoint> {
  const contexts = [{ abstractSyntax: CT, transferSyntaxes: [IMPLICIT] }];
  return openAssociation({ host: '127.0.0.1', port, callingAETitle: 'RENKEI', calledAETitle: 'PACS', contexts, limits }, signal);
}

const SAMPLE = { sopClassUID: CT as never, sopInstanceUID: '1.2.3' as never, transferSyntaxUID: IMPLICIT as never };
async function* bytes(count: number): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(count);
}
function response(change: Partial<CommandSet> = {}): Buffer {
  return command({ CommandField: 0x8001, MessageIDBeingRespondedTo: 1, CommandDataSetType: 0x101, Status: 0, ...change });
}

describe('what a peer may do to our request', () => {
  const cases: readonly (readonly [string, Script, string])[] = [
    ['close at once', (_heard, socket) => socket.destroy(), 'unavailable'],
    ['reject for good', on('A-ASSOCIATE-RQ', encodePdu({ type: 'A-ASSOCIATE-RJ', result: 1, source: 1, reason: 3 })), 'denied'],
    ['reject for now', on('A-ASSOCIATE-RQ', encodePdu({ type: 'A-ASSOCIATE-RJ', result: 2, source: 3, reason: 2 })), 'busy'],
    ['abort', on('A-ASSOCIATE-RQ', encodePdu({ type: 'A-ABORT', source: 2, reason: 0 })), 'unavailable'],
    ['speak another language', on('A-ASSOCIATE-RQ', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')), 'unavailable'],
    ['send data first', on('A-ASSOCIATE-RQ', response()), 'unavailable'],
    ['say nothing', () => undefined, 'unavailable'],
  ];
  it.each(cases)('%s', async (_name, script, kind) => {
    const port = await acceptor(script);
    await expect(associate(port, { responseMs: RESPONSE_MS })).rejects.toMatchObject({ kind });
  });

  it('the caller’s signal ends the wait', async () => {
    const controller = new AbortController();
    const port = await acceptor((what) => {
      if (what === 'A-ASSOCIATE-RQ') controller.abort(new Error('enough'));
    });
    await expect(associate(port, {}, controller.signal)).rejects.toThrow('enough');
  });

  it('contexts and syntaxes that were not proposed are not used', async () => {
    const answered = [
      { id: 1, result: 0, transferSyntax: '1.2.840.10008.1.2.1' },
      { id: 9, result: 0, transferSyntax: IMPLICIT },
    ];
    const association = await associate(await acceptor(on('A-ASSOCIATE-RQ', accept(answered))));
    await expect(storeInstance(association, { ...SAMPLE, dataSet: bytes(10) })).rejects.toMatchObject({ kind: 'unsupported' });
    association.abort('done');
  });
});

describe('what a peer may do to our operation', () => {
  function storing(then: Script): Script {
    return (what, socket) => (what === 'A-ASSOCIATE-RQ' ? socket.write(accept()) : then(what, socket));
  }

  it('answer: failure, warning, with comment', async () => {
    let status = 0xa700;
    const script = storing((what, socket) => {
      if (what !== 'data set') return;
      socket.write(response({ Status: status, ErrorComment: 'full', MessageIDBeingRespondedTo: status === 0xa700 ? 1 : 2 }));
    });
    const association = await associate(await acceptor(script));
    expect(await storeInstance(association, { ...SAMPLE, dataSet: bytes(10) })).toEqual({
      status: 0xa700,
      kept: false,
      errorComment: 'full',
    });
    status = 0xb000;
    expect(await storeInstance(association, { ...SAMPLE, dataSet: bytes(10) })).toMatchObject({ status: 0xb000, kept: true });
    association.abort('done');
  });

  const ends: readonly (readonly [string, Script])[] = [
    ['say nothing', () => undefined],
    ['close', on('data set', undefined)],
    ['abort', on('data set', encodePdu({ type: 'A-ABORT', source: 0, reason: 0 }))],
    ['answer another message', on('data set', response({ MessageIDBeingRespondedTo: 77 }))],
    ['leave in the middle', on('data set …', undefined)],
  ];
  it.each(ends)('%s: unavailable, and never a success', async (_name, then) => {
    const association = await associate(await acceptor(storing(then)), { responseMs: RESPONSE_MS });
    await expect(storeInstance(association, { ...SAMPLE, dataSet: bytes(1_000_000) })).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(storeInstance(association, { ...SAMPLE, dataSet: bytes(10) })).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('the caller’s signal aborts the association', async () => {
    const controller = new AbortController();
    const script = storing((what) => {
      if (what === 'data set') controller.abort(new Error('enough'));
    });
    const association = await associate(await acceptor(script));
    await expect(storeInstance(association, { ...SAMPLE, dataSet: bytes(10) }, controller.signal)).rejects.toThrow('enough');
    expect(association.association.canSend).toBe(false);
  });

  it('read nothing: the sender gives up', async () => {
    const script = storing((what, socket) => {
      if (what === 'command') socket.pause();
    });
    const association = await associate(await acceptor(script), { messageMs: 50 });
    await expect(storeInstance(association, { ...SAMPLE, dataSet: bytes(64_000_000) })).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('wait, while our data set is slow to come: idleMs counts the peer’s turns only', async () => {
    // A peer on a busy machine takes its turn within it.
    const turnMs = 500;
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10);
      await new Promise((resolve) => setTimeout(resolve, 2 * turnMs));
      yield Buffer.alloc(10);
    }
    const port = await acceptor(storing((what, socket) => what === 'data set' && socket.write(response())));
    const association = await associate(port, { idleMs: turnMs });
    expect((await storeInstance(association, { ...SAMPLE, dataSet: slow() })).status).toBe(0);
    association.abort('done');
  });

  it('pending answers with data sets come before the final one, as C-FIND will need', async () => {
    const identifier = Buffer.from('identifier');
    const pending = Buffer.concat([
      response({ CommandField: 0x8020, Status: 0xff00, CommandDataSetType: 1 }),
      pDataHeader(1, false, false, 4),
      identifier.subarray(0, 4),
      pDataHeader(1, false, true, identifier.length - 4),
      identifier.subarray(4),
    ]);
    const script = storing((what, socket) => {
      if (what === 'data set') socket.write(Buffer.concat([pending, pending, response({ CommandField: 0x8020 })]));
    });
    const association = await associate(await acceptor(script));
    const interim: DimseResponse[] = [];
    const query = { AffectedSOPClassUID: CT, CommandField: COMMAND['C-FIND'], Priority: 0 };
    const final = await association.invoke(1, query, { dataSet: bytes(10), onInterim: (one) => interim.push(one) });
    expect(interim.map(({ status, dataSet }) => [status, dataSet?.toString()])).toEqual([
      [0xff00, 'identifier'],
      [0xff00, 'identifier'],
    ]);
    expect(final.status).toBe(0);
    association.abort('done');
  });

  it('an endless answer stops at identifierBytesMax', async () => {
    const endless = Buffer.concat([
      response({ Status: 0xff00, CommandDataSetType: 1 }),
      ...Array.from({ length: 3 }, () => Buffer.concat([pDataHeader(1, false, false, 500), Buffer.alloc(500)])),
    ]);
    const script = storing((what, socket) => {
      if (what === 'data set') socket.write(endless);
    });
    const association = await associate(await acceptor(script), { identifierBytesMax: 1000 });
    await expect(storeInstance(association, { ...SAMPLE, dataSet: bytes(10) })).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('commands longer than the peer’s PDU go in fragments', async () => {
    const small = encodePdu({
      ...associateRequest([CT_CONTEXT]),
      type: 'A-ASSOCIATE-AC',
      presentationContexts: [{ id: 1, result: 0, transferSyntax: IMPLICIT }],
      userInformation: { maximumLength: 64, implementationClassUID: '1.2' },
    });
    const script: Script = (what, socket) => {
      if (what === 'A-ASSOCIATE-RQ') socket.write(small);
      if (what === 'data set') socket.write(response());
    };
    const association = await associate(await acceptor(script));
    expect((await storeInstance(association, { ...SAMPLE, dataSet: bytes(130) })).status).toBe(0);
    const commandBytes = encodeCommandSet({
      AffectedSOPClassUID: CT,
      CommandField: 1,
      MessageID: 1,
      Priority: 0,
      CommandDataSetType: 1,
      AffectedSOPInstanceUID: '1.2.3',
    }).length;
    expect(heard.filter((what) => what.startsWith('command'))).toHaveLength(Math.ceil(commandBytes / 58));
    expect(heard.filter((what) => what.startsWith('data set'))).toHaveLength(3);
    association.abort('done');
  });
});

describe('release', () => {
  const RELEASE_RQ = encodePdu({ type: 'A-RELEASE-RQ' });
  const RELEASE_RP = encodePdu({ type: 'A-RELEASE-RP' });
  const accepted: Script = (what, socket) => {
    if (what === 'A-ASSOCIATE-RQ') socket.write(accept());
  };

  it('waits for the answer', async () => {
    const association = await associate(
      await acceptor((what, socket) => (what === 'A-RELEASE-RQ' ? socket.write(RELEASE_RP) : accepted(what, socket))),
    );
    await association.release();
    expect(heard).toEqual(['A-ASSOCIATE-RQ', 'A-RELEASE-RQ']);
  });

  it('aborts when there is none', async () => {
    const association = await associate(await acceptor(accepted), { responseMs: RESPONSE_MS });
    await association.release();
    expect(association.association.canSend).toBe(false);
  });

  it('PS3.8 7.2.3: both ask at once', async () => {
    const script: Script = (what, socket) => {
      accepted(what, socket);
      if (what === 'A-RELEASE-RQ') socket.write(RELEASE_RQ);
      if (what === 'A-RELEASE-RP') socket.write(RELEASE_RP);
    };
    const association = await associate(await acceptor(script));
    await association.release();
    expect(heard).toEqual(['A-ASSOCIATE-RQ', 'A-RELEASE-RQ', 'A-RELEASE-RP']);
  });
});

/** Answers one thing with these bytes; without bytes, by closing. */
function on(what: string, answer: Buffer | undefined): Script {
  return (one, socket) => {
    if (one !== what) return;
    if (answer === undefined) socket.destroy();
    else socket.write(answer);
  };
}
