import { connect } from 'node:net';
import { encodePdu, type ProposedContext, pDataHeader } from '../../gateway/dimse/upper-layer/pdu.ts';
import { SMALL_REGION } from '../fixtures/api-client.ts';
import type { SeededRandom } from '../fixtures/seeded-random.ts';
import { associateRequest, command, dataSetPdus, storeCommand, VERIFICATION } from '../fixtures/servers/dimse-peers.ts';
import { startWatchedGateway } from '../fixtures/servers/watched-gateway.ts';
import { mutated, noise, pick } from './bytes.ts';
import { oddDataSet } from './data-set.ts';
import { type SeedFile, seedFiles } from './seed-files.ts';
import type { FuzzInput, FuzzTarget } from './target.ts';

/** What a peer on the network may send: before an association, while one is asked for, within it, and in its end. */
export const dimse: FuzzTarget = {
  name: 'dimse',
  make,
  async open() {
    const watched = await startWatchedGateway();
    return {
      lanes: 12,
      try: ({ parts }) => talk(watched.process.dimse, parts),
      check: () => watched.check(),
      figures: () => watched.figures(),
      close: () => watched.close(),
    };
  },
};

/** A peer that says no more is not waited for longer than this. */
const SILENT_MS_MAX = 2_000;
const RELEASE = Buffer.from([5, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
const ABORT = Buffer.from([7, 0, 0, 0, 0, 4, 0, 0, 0, 0]);

function contextsOf(file: SeedFile): ProposedContext[] {
  return [
    { id: 1, abstractSyntax: file.sopClassUID, transferSyntaxes: [file.transferSyntaxUID] },
    { id: 3, abstractSyntax: VERIFICATION, transferSyntaxes: ['1.2.840.10008.1.2'] },
  ];
}

const associate = (file: SeedFile) => encodePdu(associateRequest(contextsOf(file), { callingAETitle: SMALL_REGION.hospital.aeTitle }));
const storeSet = (file: SeedFile) => storeCommand({ AffectedSOPClassUID: file.sopClassUID, AffectedSOPInstanceUID: file.sopInstanceUID });
const message = (file: SeedFile, dataSet: Buffer, fragmentBytes = 8_000) =>
  Buffer.concat([command(storeSet(file)), dataSetPdus(dataSet.length === 0 ? Buffer.alloc(2) : dataSet, fragmentBytes)]);

function make(random: SeededRandom): FuzzInput {
  const file = pick(random, seedFiles());
  const kind = pick(random, [
    'noise',
    'associate',
    'associate',
    'message',
    'message',
    'data-set',
    'data-set',
    'command',
    'pdv',
    'order',
    'cut',
  ] as const);
  const first = associate(file);
  const whole = message(file, file.dataSet, pick(random, [300, 8_000, 16_000]));
  const parts = (): readonly Buffer[] => {
    switch (kind) {
      case 'noise':
        return [asPdu(random, noise(random, 3_000))];
      case 'associate':
        return [Buffer.concat([mutated(random, first), whole, RELEASE])];
      case 'message':
        return [first, Buffer.concat([mutated(random, whole), RELEASE])];
      case 'data-set':
        return [
          first,
          Buffer.concat([
            message(file, even(random.below(2) === 0 ? oddDataSet(random, file.dataSet) : mutated(random, file.dataSet))),
            RELEASE,
          ]),
        ];
      case 'command':
        return [first, Buffer.concat([oddCommand(random, file), dataSetPdus(file.dataSet, 16_000), RELEASE])];
      case 'pdv':
        return [first, Buffer.concat([...Array.from({ length: 1 + random.below(20) }, () => oddPdv(random, file)), RELEASE])];
      case 'order':
        return [
          Buffer.concat(
            Array.from({ length: 1 + random.below(6) }, () =>
              pick(random, [first, whole, RELEASE, ABORT, asType(first, 2), asType(RELEASE, 6)]),
            ),
          ),
        ];
      case 'cut': {
        const at = random.below(whole.length + 1);
        return [first, random.below(2) === 0 ? whole.subarray(0, at) : Buffer.concat([whole.subarray(0, at), ABORT])];
      }
    }
  };
  return { kind, parts: parts() };
}

const even = (bytes: Buffer) => (bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]));

function asType(pdu: Buffer, type: number): Buffer {
  const changed = Buffer.from(pdu);
  changed[0] = type;
  return changed;
}

/** Bytes that begin as a PDU does, mostly with a length that is theirs. PS3.8 9.3.1. */
function asPdu(random: SeededRandom, bytes: Buffer): Buffer {
  if (bytes.length < 6 || random.below(3) === 0) return bytes;
  bytes[0] = 1 + random.below(8);
  if (random.below(3) > 0) bytes.writeUInt32BE(bytes.length - 6, 2);
  return bytes;
}

function oddCommand(random: SeededRandom, file: SeedFile): Buffer {
  const bytes = mutated(random, command(storeSet(file)).subarray(12));
  return Buffer.concat([pDataHeader(1, true, true, bytes.length), bytes]);
}

function oddPdv(random: SeededRandom, file: SeedFile): Buffer {
  const bytes =
    random.below(3) === 0
      ? Buffer.alloc(0)
      : random.below(2) === 0
        ? file.dataSet.subarray(0, random.below(400))
        : command(storeSet(file)).subarray(12);
  const header = pDataHeader(pick(random, [0, 1, 2, 3, 5, 255]), random.below(2) === 0, random.below(2) === 0, bytes.length);
  return Buffer.concat([header, bytes]);
}

/** Says the first part; the second once an association is accepted. What is heard must be PDUs of an acceptor. PS3.8 9.3.1. */
function talk(port: number, [first, second]: readonly Buffer[]): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let heard = Buffer.alloc(0);
    let answered = false;
    socket.setTimeout(SILENT_MS_MAX, () => socket.destroy());
    socket.on('data', (bytes) => {
      heard = Buffer.concat([heard, bytes]);
      if (answered || second === undefined) return;
      answered = true;
      if (heard[0] === 2) socket.end(second);
    });
    // The gateway may end the connection before it has heard all.
    socket.on('error', () => {});
    socket.on('close', () => resolve(heardProblems(heard)));
    if (second === undefined) socket.end(first ?? Buffer.alloc(0));
    else socket.write(first ?? Buffer.alloc(0));
  });
}

function heardProblems(heard: Buffer): readonly string[] {
  for (let at = 0; at + 6 <= heard.length; at += 6 + heard.readUInt32BE(at + 2)) {
    if (![2, 3, 4, 6, 7].includes(heard[at] as number)) return [`heard a PDU of type ${heard[at]}`];
  }
  return [];
}
