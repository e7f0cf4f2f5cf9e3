import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { smallDataSet, smallFile } from '../../test/fixtures/dicom/small-dicom.ts';
import { HEADER_BOMBS } from '../../test/fixtures/hostile/header-bombs.ts';
import { handClock } from '../../test/fixtures/servers/hand-clock.ts';
import { memoryObjects } from '../../test/fixtures/servers/memory-objects.ts';
import { createHeaderThreads, type HeaderThreads } from '../codec/threads/header-threads.ts';
import { EXPLICIT_VR_LITTLE_ENDIAN } from '../dicom/dictionary/transfer-syntax.ts';
import { BODY_IDLE_MS_MAX } from '../domain/bounds/pace.ts';
import type { ByteStream } from '../domain/byte-stream.ts';
import { DomainError } from '../domain/errors.ts';
import type { ClaimRequest, IngestIndex, KeptVersion, QuarantineEntry } from '../domain/imaging/ingest-index.ts';
import type { ReceiveRequest } from '../domain/imaging/reception.ts';
import type { InstanceToIndex } from '../domain/imaging/study.ts';
import type { Log } from '../domain/operation/log.ts';
import type { FacilityRef } from '../domain/people/actor.ts';
import { createReceiver, type ReceiverParts } from './receive.ts';
import { createReceptionPlaces, type ReceptionPlaces } from './reception-places.ts';

const facility = { id: '7', code: 'H1' } as unknown as FacilityRef;
const log: Log = { info: () => {}, warn: () => {}, error: () => {} };
const stow: ReceiveRequest = { facility, source: { door: 'stow' } };
const command = (sopInstanceUID = '2.25.1.1.1', sopClassUID = '1.2.840.10008.5.1.4.1.1.2') =>
  ({
    facility,
    source: { door: 'dimse' },
    dataSet: { sopClassUID, sopInstanceUID, transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN },
  }) as ReceiveRequest;
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const never = (): Promise<never> => new Promise(() => {});

async function* bytesOf(...chunks: Uint8Array[]): ByteStream {
  yield* chunks;
}

/** A receiver on memory, whose steps are traced; `break` makes a step fail. */
function rig(
  options: { break?: Record<string, () => void>; places?: ReceptionPlaces; instanceBytesMax?: number; headers?: HeaderThreads } = {},
) {
  const trace: string[] = [];
  const step = (name: string) => {
    trace.push(name.split(' ')[0] as string);
    options.break?.[name.split(' ')[0] as string]?.();
  };
  const objects = memoryObjects(step);
  const kept: KeptVersion[] = [];
  const claims = new Map<string, ClaimRequest>();
  const quarantined: QuarantineEntry[] = [];
  const indexed: InstanceToIndex[] = [];
  const ingest = {
    claim: async (request: ClaimRequest) => {
      step('claim');
      const same = kept.some((version) => version.sha256 === request.sha256);
      if (same) return { claimId: undefined, kept };
      const claimId = `c${claims.size + 1}`;
      claims.set(claimId, request);
      return { claimId, kept };
    },
    finish: async (claimId: string, instance: InstanceToIndex) => {
      step('finish');
      claims.delete(claimId);
      const { key, sha256, bytes, dataSetOffset } = instance.object;
      const { studyInstanceUID } = instance.study;
      const place = { studyInstanceUID, seriesInstanceUID: instance.series.seriesInstanceUID };
      kept.push({ place, key, sha256, bytes, dataSetOffset });
      indexed.push(instance);
      return { kind: indexed.length > 1 ? 'new-version' : 'stored', place };
    },
    release: async (claimId: string) => {
      step('release');
      claims.delete(claimId);
    },
    quarantine: async (entry: QuarantineEntry) => {
      step('quarantine');
      quarantined.push(entry);
      return 'q1';
    },
  } as unknown as IngestIndex;
  const parts: ReceiverParts = { objects, ingest, log, ...options };
  const receiver = createReceiver(parts);
  return { receiver, objects, claims, quarantined, indexed, trace, kept };
}

test('claim, then bytes, then row; the bytes are kept as they came, under their digest', async () => {
  const { receiver, objects, trace, claims, indexed } = rig();
  const file = smallFile();
  const outcome = await receiver.receive(stow, bytesOf(file.subarray(0, 100), file.subarray(100)));
  expect(outcome).toEqual({
    kind: 'stored',
    sopClassUID: '1.2.840.10008.5.1.4.1.1.2',
    sopInstanceUID: '2.25.1.1.1',
    place: { studyInstanceUID: '2.25.1', seriesInstanceUID: '2.25.1.1' },
    warnings: [],
  });
  expect(trace).toEqual(['claim', 'commit', 'finish']);
  expect([...objects.kept]).toEqual([[`originals/H1/2.25.1/2.25.1.1/2.25.1.1.1/${sha(file)}.dcm`, file]]);
  expect(claims.size).toBe(0);
  expect(objects.openStages()).toBe(0);
  expect(indexed[0]).toMatchObject({
    facilityId: '7',
    instance: { rows: 16, columns: 16, numberOfFrames: 1, instanceNumber: 1 },
    object: { bytes: file.length, transferSyntaxUID: EXPLICIT_VR_LITTLE_ENDIAN },
    frames: { kind: 'native', frames: 1, offset: file.length - 512 },
  });
});

test('C-STORE: File Meta Information is written before the data set, which stays as it came', async () => {
  const { receiver, objects } = rig();
  await receiver.receive(command(), bytesOf(smallDataSet()));
  expect([...objects.kept.values()]).toEqual([smallFile()]);
});

test.each([
  { name: 'instance', request: command('2.25.9'), warning: 'sop-instance-uid-mismatch' },
  { name: 'class', request: command('2.25.1.1.1', '1.2.840.10008.5.1.4.1.1.4'), warning: 'sop-class-uid-mismatch' },
])('C-STORE whose command names another $name is kept as what its data set says, with a warning', async ({ request, warning }) => {
  const { receiver } = rig();
  expect(await receiver.receive(request, bytesOf(smallDataSet()))).toMatchObject({
    kind: 'stored',
    sopInstanceUID: '2.25.1.1.1',
    sopClassUID: '1.2.840.10008.5.1.4.1.1.2',
    warnings: expect.arrayContaining([warning]),
  });
});

test('the same bytes again: success, nothing new', async () => {
  const { receiver, objects, trace, indexed } = rig();
  await receiver.receive(stow, bytesOf(smallFile()));
  expect(await receiver.receive(stow, bytesOf(smallFile()))).toMatchObject({ kind: 'duplicate' });
  expect(trace).toEqual(['claim', 'commit', 'finish', 'claim']);
  expect([objects.kept.size, indexed.length, objects.openStages()]).toEqual([1, 1, 0]);
});

test('the same bytes again, when the kept object was lost: put back', async () => {
  const { receiver, objects } = rig();
  await receiver.receive(stow, bytesOf(smallFile()));
  objects.kept.clear();
  expect(await receiver.receive(stow, bytesOf(smallFile()))).toMatchObject({ kind: 'duplicate' });
  expect([...objects.kept.values()]).toEqual([smallFile()]);
});

test('the same data set under other File Meta Information is a duplicate', async () => {
  const { receiver, objects, claims } = rig();
  const other = smallFile();
  other.write('other preamble', 0);
  await receiver.receive(stow, bytesOf(other));
  expect(await receiver.receive(command(), bytesOf(smallDataSet()))).toMatchObject({ kind: 'duplicate' });
  expect([objects.kept.size, claims.size, objects.openStages()]).toEqual([1, 0, 0]);
});

test.each([
  { name: 'of the same length', second: smallFile({ patientID: 'P-2' }) },
  { name: 'of another length', second: smallFile({ patientID: 'P-1234' }) },
])('the same UID with other bytes $name: both are kept', async ({ second }) => {
  const { receiver, objects } = rig();
  await receiver.receive(stow, bytesOf(smallFile()));
  expect(await receiver.receive(stow, bytesOf(second))).toMatchObject({ kind: 'new-version' });
  expect(objects.kept.size).toBe(2);
});

test('a kept version that is lost does not make other bytes a duplicate', async () => {
  const { receiver, objects } = rig();
  await receiver.receive(stow, bytesOf(smallFile()));
  objects.kept.clear();
  expect(await receiver.receive(stow, bytesOf(smallFile({ patientID: 'P-2' })))).toMatchObject({ kind: 'new-version' });
});

test.each([
  { name: 'nothing', bytes: Buffer.alloc(0), reason: 'empty' },
  { name: 'a text', bytes: Buffer.from('This is a letter, not an image.\n'.repeat(20)), reason: 'not-dicom' },
  { name: 'no study', bytes: smallFile({ studyInstanceUID: undefined }), reason: 'no-study-instance-uid' },
  { name: 'an empty study UID', bytes: smallFile({ studyInstanceUID: '' }), reason: 'no-study-instance-uid' },
  { name: 'no series', bytes: smallFile({ seriesInstanceUID: undefined }), reason: 'no-series-instance-uid' },
  {
    name: 'a UID that leads out of its folder',
    bytes: smallFile({ seriesInstanceUID: '../../x' }),
    reason: 'unstorable-series-instance-uid',
  },
  { name: 'a directory of a medium', bytes: smallFile({ sopClassUID: '1.2.840.10008.1.3.10' }), reason: 'dicomdir' },
])('$name goes to quarantine, with sender and reason', async ({ bytes, reason }) => {
  const { receiver, objects, quarantined, trace } = rig();
  expect(await receiver.receive(stow, bytesOf(bytes))).toMatchObject({ kind: 'quarantined', reason });
  expect(trace).toEqual(['commit', 'quarantine']);
  expect([...objects.kept]).toEqual([[`quarantine/H1/${sha(bytes)}.bin`, bytes]]);
  expect(quarantined).toEqual([
    {
      facilityId: '7',
      facilityCode: 'H1',
      source: { door: 'stow' },
      reason,
      key: `quarantine/H1/${sha(bytes)}.bin`,
      bytes: bytes.length,
      sha256: sha(bytes),
    },
  ]);
});

test.each(['upload', 'import'] as const)('by %s, what lies beside images on a disc is passed over', async (door) => {
  const { receiver, objects, quarantined } = rig();
  const request: ReceiveRequest = { facility, source: { door } };
  expect(await receiver.receive(request, bytesOf(Buffer.from('readme'.repeat(100))))).toEqual({ kind: 'skipped', reason: 'not-dicom' });
  const directory = smallFile({ sopClassUID: '1.2.840.10008.1.3.10' });
  expect(await receiver.receive(request, bytesOf(directory))).toEqual({ kind: 'skipped', reason: 'dicomdir' });
  expect([objects.kept.size, quarantined.length, objects.openStages()]).toEqual([0, 0, 0]);
});

test('a UID that is odd but storable is kept with a warning', async () => {
  const { receiver } = rig();
  expect(await receiver.receive(stow, bytesOf(smallFile({ studyInstanceUID: '1.02.3' })))).toMatchObject({
    kind: 'stored',
    place: { studyInstanceUID: '1.02.3' },
    warnings: expect.arrayContaining(['uid-not-valid']),
  });
});

test('pixel data that ends early is kept with a warning', async () => {
  const { receiver, objects } = rig();
  const cut = smallFile().subarray(0, -100);
  const outcome = await receiver.receive(stow, bytesOf(cut));
  expect(outcome.kind).toBe('stored');
  expect(outcome.kind === 'stored' && outcome.warnings.length).toBeGreaterThan(0);
  expect([...objects.kept.values()]).toEqual([cut]);
});

test('an instance of another study than the request names is refused and not kept', async () => {
  const { receiver, objects, trace } = rig();
  const outcome = await receiver.receive({ ...stow, studyInstanceUID: '2.25.2' as never }, bytesOf(smallFile()));
  expect(outcome).toMatchObject({ kind: 'refused', reason: 'other-study', sopInstanceUID: '2.25.1.1.1' });
  expect([trace, objects.kept.size, objects.openStages()]).toEqual([[], 0, 0]);
});

const unavailable = () => {
  throw new DomainError('unavailable', 'told to fail');
};

test.each([
  { at: 'claim', trace: ['claim'], claimsLeft: 0, objectsLeft: 0 },
  { at: 'commit', trace: ['claim', 'commit', 'release'], claimsLeft: 0, objectsLeft: 0 },
  // Bytes and claim stay together, for the sweep to finish.
  { at: 'finish', trace: ['claim', 'commit', 'finish'], claimsLeft: 1, objectsLeft: 1 },
])('a store that fails at $at: an error, and nothing half kept', async ({ at, trace: expected, claimsLeft, objectsLeft }) => {
  const { receiver, objects, claims, trace } = rig({ break: { [at]: unavailable } });
  await expect(receiver.receive(stow, bytesOf(smallFile()))).rejects.toMatchObject({ kind: 'unavailable' });
  expect(trace).toEqual(expected);
  expect([claims.size, objects.kept.size, objects.openStages()]).toEqual([claimsLeft, objectsLeft, 0]);
});

test('a commit that failed after it was carried out keeps its claim', async () => {
  const made = rig({ break: { commit: unavailable } });
  const file = smallFile();
  made.objects.kept.set(`originals/H1/2.25.1/2.25.1.1/2.25.1.1.1/${sha(file)}.dcm`, file);
  await expect(made.receiver.receive(stow, bytesOf(file))).rejects.toMatchObject({ kind: 'unavailable' });
  expect(made.trace).toEqual(['claim', 'commit']);
  expect(made.claims.size).toBe(1);
});

test('a sender that breaks off leaves nothing', async () => {
  const { receiver, objects, trace } = rig();
  const broken = async function* () {
    yield smallFile().subarray(0, 200);
    throw new Error('connection lost');
  };
  await expect(receiver.receive(stow, broken())).rejects.toThrow('connection lost');
  expect([trace, objects.openStages()]).toEqual([[], 0]);
});

test('the signal ends a reception whose sender is silent', async () => {
  const { receiver, objects, trace } = rig();
  const controller = new AbortController();
  const silent = async function* () {
    yield smallFile().subarray(0, 200);
    controller.abort(new Error('association aborted'));
    await never();
  };
  await expect(receiver.receive(stow, silent(), controller.signal)).rejects.toThrow('association aborted');
  expect([trace, objects.openStages()]).toEqual([[], 0]);
});

test('a sender that leaves after the claim changes nothing', async () => {
  const controller = new AbortController();
  const { receiver, claims } = rig({ break: { claim: () => controller.abort() } });
  expect(await receiver.receive(stow, bytesOf(smallFile()), controller.signal)).toMatchObject({ kind: 'stored' });
  expect(claims.size).toBe(0);
});

test('one reception more than the bound waits its turn', async () => {
  const { receiver } = rig({ places: createReceptionPlaces({ receptionsMax: 1, reservedPerFacility: 0, forNewSenders: 0 }) });
  const controller = new AbortController();
  const held = receiver.receive(
    stow,
    (async function* () {
      await never();
      yield Buffer.alloc(0);
    })(),
    controller.signal,
  );
  const next = receiver.receive(stow, bytesOf(smallFile()));
  controller.abort();
  await expect(held).rejects.toThrow();
  expect(await next).toMatchObject({ kind: 'stored' });
});

test('a sender that falls silent is too slow, and leaves nothing behind', async () => {
  const clock = { ms: 0 };
  const places = createReceptionPlaces({ now: () => clock.ms });
  const { receiver, objects } = rig({ places });
  const silent = async function* () {
    yield smallFile().subarray(0, 200);
    setImmediate(() => {
      clock.ms += BODY_IDLE_MS_MAX;
      places.look();
    });
    await never();
  };
  await expect(receiver.receive(stow, silent())).rejects.toMatchObject({ kind: 'too-slow' });
  expect(objects.openStages()).toBe(0);
});

test('an instance beyond the bound is too large', async () => {
  const { receiver, objects } = rig({ instanceBytesMax: 300 });
  await expect(receiver.receive(stow, bytesOf(smallFile()))).rejects.toMatchObject({ kind: 'too-large' });
  expect(objects.openStages()).toBe(0);
});

test('a large header that got no thread in time is refused as busy and never quarantined; sent again it is kept', async () => {
  const large = HEADER_BOMBS['items of one element']?.(2 * 1024 * 1024) ?? Buffer.alloc(0);
  const clock = handClock();
  const headers = createHeaderThreads({ clock, limits: { cpuMsMax: 800, waitMsMax: 800 } });
  try {
    const { receiver, objects, trace, quarantined } = rig({ headers });
    const first = receiver.receive(stow, bytesOf(large));
    while (clock.watching === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.look(8, 100);
    await expect(first).rejects.toMatchObject({ kind: 'busy' });
    expect(quarantined).toEqual([]);
    expect(trace).toEqual([]);
    expect(objects.openStages()).toBe(0);
    expect(await receiver.receive(stow, bytesOf(large))).toMatchObject({ kind: 'stored', sopInstanceUID: '1.2.3.4.1' });
  } finally {
    await headers.close();
  }
});
