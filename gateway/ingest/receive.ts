import { createHash } from 'node:crypto';
import { type HeaderThreads, headerThreads } from '../codec/threads/header-threads.ts';
import { writeFileMeta } from '../dicom/parse/part10.ts';
import type { RandomAccess } from '../dicom/parse/random-access.ts';
import type { ByteStream } from '../domain/byte-stream.ts';
import { asDomainError, DomainError } from '../domain/errors.ts';
import type { ClaimId, ObjectKey } from '../domain/identifiers.ts';
import type { IngestIndex, KeptVersion } from '../domain/imaging/ingest-index.ts';
import { originalKey, quarantineKey } from '../domain/imaging/object-keys.ts';
import type { ObjectStore, StagedObject } from '../domain/imaging/object-store.ts';
import type { ReceiveOutcome, ReceiveRequest, Receiver } from '../domain/imaging/reception.ts';
import { type Counters, NO_COUNTERS } from '../domain/operation/counters.ts';
import type { DamageReports } from '../domain/operation/damage.ts';
import type { Log } from '../domain/operation/log.ts';
import { objectAccess } from '../instances/object-access.ts';
import { type Described, type DescribedInstance, describeObject, instanceToIndex } from './describe.ts';
import { createReceptionPlaces, type ReceptionPlace, type ReceptionPlaces } from './reception-places.ts';

/** One instance. A whole-slide image or a long cine stays well below. */
export const INSTANCE_BYTES_MAX = 16 * 1024 ** 3;

export interface ReceiverParts {
  readonly objects: Pick<ObjectStore, 'stage' | 'get' | 'read' | 'head' | 'probe'>;
  readonly ingest: Pick<IngestIndex, 'claim' | 'finish' | 'release' | 'quarantine'>;
  readonly log: Log;
  readonly counters?: Counters;
  readonly reports?: Pick<DamageReports, 'found' | 'mended'>;
  readonly places?: ReceptionPlaces;
  readonly instanceBytesMax?: number;
  /** Where large headers are read. Default: the process's own. */
  readonly headers?: HeaderThreads;
}

/** In this order: receive → verify → claim → commit bytes → finish row. A crash between leaves a claim to sweep (gateway/decisions/claims.md). */
export function createReceiver(parts: ReceiverParts): Receiver {
  const { counters = NO_COUNTERS, places = createReceptionPlaces() } = parts;
  return {
    receive: async (request, bytes, signal) => {
      const door = request.source.door;
      let place: ReceptionPlace | undefined;
      try {
        place = await places.enter(request, signal);
        const { outcome, bytesReceived } = await receive(parts, request, place, bytes, signal);
        counters.add('received_instances', 1, { door, outcome: outcome.kind });
        counters.add('received_bytes', bytesReceived, { door });
        return outcome;
      } catch (thrown) {
        counters.add('receive_failures', 1, { door, kind: signal?.aborted ? 'aborted' : asDomainError(thrown).kind });
        throw thrown;
      } finally {
        place?.release();
      }
    },
  };
}

async function receive(
  parts: ReceiverParts,
  request: ReceiveRequest,
  place: ReceptionPlace,
  bytes: ByteStream,
  signal: AbortSignal | undefined,
): Promise<{ readonly outcome: ReceiveOutcome; readonly bytesReceived: number }> {
  const staged = await parts.objects.stage(signal);
  try {
    await spool(staged, request, place, bytes, parts.instanceBytesMax ?? INSTANCE_BYTES_MAX, signal);
    const whole: RandomAccess = {
      bytes: staged.bytesWritten,
      read: (offset, length) => staged.read(offset, length),
      checksum: (offset, length) => staged.crc32(offset, length),
    };
    const described = await describeObject(whole, parts.headers ?? headerThreads(), request.facility.code, signal);
    signal?.throwIfAborted();
    return { outcome: await keep(parts, request, staged, described, signal), bytesReceived: staged.bytesWritten };
  } finally {
    // After a commit this ends nothing; after anything else it leaves no bytes behind.
    await staged.discard().catch((thrown: unknown) => parts.log.warn('receive.discard-failed', { kind: asDomainError(thrown).kind }));
  }
}

/** Writes File Meta Information where the sender gave none, then every byte at the pace of the store. */
async function spool(
  staged: StagedObject,
  request: ReceiveRequest,
  place: ReceptionPlace,
  bytes: ByteStream,
  bytesMax: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (request.dataSet !== undefined) await staged.write(writeFileMeta(request.dataSet));
  place.expecting();
  for await (const chunk of abortable(bytes, signal === undefined ? [place.signal] : [place.signal, signal])) {
    place.received(chunk.byteLength);
    if (staged.bytesWritten + chunk.byteLength > bytesMax) {
      throw new DomainError('too-large', `an instance may have ${bytesMax} bytes`);
    }
    await staged.write(chunk);
    place.expecting();
  }
  place.complete();
}

async function keep(
  parts: ReceiverParts,
  request: ReceiveRequest,
  staged: StagedObject,
  described: Described,
  signal: AbortSignal | undefined,
): Promise<ReceiveOutcome> {
  switch (described.kind) {
    case 'instance':
      return keepInstance(parts, request, staged, described, signal);
    case 'unreadable': {
      const { kind: _, reason, cause, ...ids } = described;
      if (cause !== undefined) parts.log.error('receive.reader-failed', { door: request.source.door, bytes: staged.bytesWritten }, cause);
      const besideImages = request.source.door === 'upload' || request.source.door === 'import';
      if (besideImages && (reason === 'not-dicom' || reason === 'dicomdir')) return { kind: 'skipped', reason };
      return quarantine(parts, request, staged, reason, ids);
    }
  }
}

async function keepInstance(
  parts: ReceiverParts,
  request: ReceiveRequest,
  staged: StagedObject,
  described: DescribedInstance,
  signal: AbortSignal | undefined,
): Promise<ReceiveOutcome> {
  const { ingest } = parts;
  const { facility, source } = request;
  const { sopClassUID, sopInstanceUID } = described.instance;
  const { studyInstanceUID } = described.study;
  const { seriesInstanceUID } = described.series;
  if (request.studyInstanceUID !== undefined && request.studyInstanceUID !== studyInstanceUID) {
    return { kind: 'refused', reason: 'other-study', sopClassUID, sopInstanceUID };
  }
  const warnings = [...described.warnings, ...commandMismatches(request, described)];
  const answer = { sopClassUID, sopInstanceUID, warnings };
  const sha256 = await staged.sha256();
  const bytes = staged.bytesWritten;
  const key = originalKey({ facilityCode: facility.code, studyInstanceUID, seriesInstanceUID, sopInstanceUID }, sha256);

  signal?.throwIfAborted();
  const { claimId, kept } = await ingest.claim({ facilityId: facility.id, sopInstanceUID, key, sha256, bytes, source });
  if (claimId === undefined) {
    const same = kept.find((version) => version.sha256 === sha256);
    if (same === undefined) throw new DomainError('internal', 'no claim, and no version that explains it');
    await mendIfDamaged(parts, staged, same);
    return { kind: 'duplicate', ...answer, place: same.place };
  }

  // From here on the sender's leaving changes nothing: what is claimed is either finished or released.
  try {
    const same = await sameDataSetKept(parts, request, staged, described, kept);
    if (same !== undefined) {
      await ingest.release(claimId);
      return { kind: 'duplicate', ...answer, place: same.place };
    }
    await commit(parts, staged, key);
  } catch (thrown) {
    await releaseUnlessCommitted(parts, claimId, key);
    throw thrown;
  }
  // Should this fail the claim stays: bytes and claim together are what the sweep needs to finish the row.
  const finished = await ingest.finish(claimId, instanceToIndex(described, { facility, source, key, bytes, sha256, warnings }));
  return { kind: finished.kind, ...answer, place: finished.place };
}

/**
 * C-STORE: what the command said against what the data set says. The data set is what is kept, found and handed out, so its UIDs are the
 * instance's; the difference is a warning kept with it, and STOW-RS tells the sender.
 */
function commandMismatches({ dataSet }: ReceiveRequest, { instance }: DescribedInstance): readonly string[] {
  if (dataSet === undefined) return [];
  const warnings: string[] = [];
  if (dataSet.sopInstanceUID !== instance.sopInstanceUID) warnings.push('sop-instance-uid-mismatch');
  if (dataSet.sopClassUID !== instance.sopClassUID) warnings.push('sop-class-uid-mismatch');
  return warnings;
}

/** A duplicate brings the same bytes: the kept ones are read before the sender hears that we have them, and mended should they differ. */
async function mendIfDamaged(parts: ReceiverParts, staged: StagedObject, same: KeptVersion): Promise<void> {
  if ((await digestsOf(parts.objects, same, false))?.whole === same.sha256) return;
  // `there`: a read that failed the first time, or another sender has mended it just now.
  if ((await staged.commit(same.key)) !== 'there') parts.reports?.mended(same.key);
}

async function commit({ reports }: ReceiverParts, staged: StagedObject, key: ObjectKey): Promise<void> {
  if ((await staged.commit(key)) === 'mended') reports?.mended(key);
}

/**
 * The same data set under other File Meta Information, as when one instance comes by C-STORE and as a file: nothing new arrived.
 * Digests are taken only of versions of the same length and transfer syntax. That version, or undefined. A kept version that is lost or
 * damaged is no reason to drop the bytes at hand.
 */
async function sameDataSetKept(
  parts: ReceiverParts,
  { facility }: ReceiveRequest,
  staged: StagedObject,
  described: DescribedInstance,
  kept: readonly KeptVersion[],
): Promise<KeptVersion | undefined> {
  const dataSetBytes = staged.bytesWritten - described.dataSetOffset;
  let digest: string | undefined;
  for (const version of kept) {
    if (version.bytes - version.dataSetOffset !== dataSetBytes) continue;
    digest ??= await digestOf(readStaged(staged, described.dataSetOffset));
    const other = await digestsOf(parts.objects, version, true);
    if (other?.whole !== version.sha256) {
      parts.reports?.found(version.key, other === undefined ? 'missing' : 'corrupt');
      continue;
    }
    if (digest !== other.dataSet) continue;
    const meta = await describeObject(objectAccess(parts.objects, version), parts.headers ?? headerThreads(), facility.code);
    if (meta.kind === 'instance' && meta.transferSyntaxUID === described.transferSyntaxUID) return version;
  }
  return undefined;
}

/** Of a kept object and, if asked, of its data set alone. Undefined: it is not there, not as long as it was, or cannot be read though the store is there. */
async function digestsOf(
  objects: Pick<ObjectStore, 'get' | 'probe'>,
  { key, bytes, dataSetOffset }: KeptVersion,
  alsoDataSet: boolean,
): Promise<{ readonly whole: string; readonly dataSet: string | undefined } | undefined> {
  const whole = createHash('sha256');
  const dataSet = alsoDataSet ? createHash('sha256') : undefined;
  let skip = dataSetOffset;
  try {
    for await (const piece of inPieces(await objects.get(key, { offset: 0, length: bytes, of: bytes }))) {
      whole.update(piece);
      dataSet?.update(piece.subarray(Math.min(skip, piece.length)));
      skip = Math.max(0, skip - piece.length);
    }
  } catch (thrown) {
    const { kind } = asDomainError(thrown);
    if (kind === 'unavailable') await objects.probe();
    if (kind === 'unavailable' || kind === 'not-found' || kind === 'damaged' || kind === 'invalid') return undefined;
    throw thrown;
  }
  return { whole: whole.digest('hex'), dataSet: dataSet?.digest('hex') };
}

const READ_CHUNK_BYTES = 1024 * 1024;

async function* readStaged(staged: StagedObject, from: number): ByteStream {
  for (let offset = from; offset < staged.bytesWritten; offset += READ_CHUNK_BYTES) {
    yield await staged.read(offset, Math.min(READ_CHUNK_BYTES, staged.bytesWritten - offset));
  }
}

async function digestOf(bytes: ByteStream): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of inPieces(bytes)) hash.update(piece);
  return hash.digest('hex');
}

/** What is hashed without letting others have the thread: about a third of a millisecond. */
const HASHED_AT_ONCE_BYTES = 128 * 1024;

/** The same bytes in pieces of up to HASHED_AT_ONCE_BYTES; what else waits for the thread comes between them. */
async function* inPieces(bytes: ByteStream): ByteStream {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += HASHED_AT_ONCE_BYTES) {
      yield chunk.subarray(at, at + HASHED_AT_ONCE_BYTES);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A commit that failed may still have been carried out: then the claim stays, for the sweep to finish. */
async function releaseUnlessCommitted({ objects, ingest, log }: ReceiverParts, claimId: ClaimId, key: ObjectKey): Promise<void> {
  try {
    if ((await objects.head(key)) === undefined) await ingest.release(claimId);
  } catch (thrown) {
    log.warn('receive.claim-left', { claim: claimId, kind: asDomainError(thrown).kind });
  }
}

async function quarantine(
  parts: ReceiverParts,
  request: ReceiveRequest,
  staged: StagedObject,
  reason: string,
  ids: Pick<Extract<ReceiveOutcome, { kind: 'quarantined' }>, 'sopClassUID' | 'sopInstanceUID'>,
): Promise<ReceiveOutcome> {
  const { ingest, log } = parts;
  const { facility, source } = request;
  const sha256 = await staged.sha256();
  const key = quarantineKey(facility.code, sha256);
  const bytes = staged.bytesWritten;
  await commit(parts, staged, key);
  await ingest.quarantine({ facilityId: facility.id, facilityCode: facility.code, source, reason, key, bytes, sha256 });
  log.warn('receive.quarantined', { door: source.door, facility: facility.code, reason, bytes, sha256 });
  return { kind: 'quarantined', reason, ...ids };
}

/** The stream, ended by the signal even while its source is silent. @throws the signal's reason */
async function* abortable(bytes: ByteStream, signals: readonly AbortSignal[]): ByteStream {
  for (const signal of signals) signal.throwIfAborted();
  // One promise a step: a race against a promise that lives as long as the instance would hold on to every chunk that won it.
  let rejectStep: (reason: unknown) => void = () => {};
  const abort = (event: Event) => rejectStep((event.target as AbortSignal).reason);
  for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
  const source = bytes[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        rejectStep = reject;
        const aborted = signals.find((signal) => signal.aborted);
        if (aborted !== undefined) reject(aborted.reason);
        else source.next().then(resolve, reject);
      });
      if (next.done) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
    // Not awaited: a source that is silent may never answer, and the sender's failure is already being told.
    if (!ended) void Promise.resolve(source.return?.()).catch(() => {});
  }
}
