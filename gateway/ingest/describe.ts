import { type HeaderThreads, headerThreads } from '../codec/threads/header-threads.ts';
import { withChecksums } from '../dicom/frames/frame-index.ts';
import { type Described, type DescribedInstance, describeHeader } from '../dicom/parse/describe.ts';
import { TOO_MUCH_HERE } from '../dicom/parse/header-budget.ts';
import type { RandomAccess } from '../dicom/parse/random-access.ts';
import { soundsOfName } from '../dicom/text/name-sound.ts';
import type { ObjectKey, Sha256 } from '../domain/identifiers.ts';
import type { InstanceToIndex, Source } from '../domain/imaging/study.ts';
import type { FacilityRef } from '../domain/people/actor.ts';

export type { Described, DescribedInstance, Undescribed } from '../dicom/parse/describe.ts';

/**
 * Reads the header: here when it is small, as nearly all are, in a thread when it is more than the main thread may read.
 * @param turn whose it is: one large header of each is read at a time, one piece of a deflated one inflated
 * @throws busy, and what the source throws; whatever is wrong with the bytes is a value.
 */
export async function describeObject(
  source: RandomAccess,
  threads: HeaderThreads = headerThreads(),
  turn = '',
  signal?: AbortSignal,
): Promise<Described> {
  const described = await describeHeaderOf(source, threads, turn, signal);
  return described.kind === 'instance' ? { ...described, frames: await withChecksums(source, described.frames) } : described;
}

async function describeHeaderOf(
  source: RandomAccess,
  threads: HeaderThreads,
  turn: string,
  signal: AbortSignal | undefined,
): Promise<Described> {
  try {
    return await describeHeader(source, { here: true, asker: turn });
  } catch (thrown) {
    if (thrown !== TOO_MUCH_HERE) throw thrown;
  }
  return threads.describe(source, turn, signal);
}

/** The described instance as the index takes it. */
export function instanceToIndex(
  described: DescribedInstance,
  kept: {
    readonly facility: FacilityRef;
    readonly source: Source;
    readonly key: ObjectKey;
    readonly bytes: number;
    readonly sha256: Sha256;
    readonly warnings?: readonly string[];
  },
): InstanceToIndex {
  const { study, series, instance, metadataGzip, frames, transferSyntaxUID, dataSetOffset } = described;
  const { facility, source, key, bytes, sha256, warnings = described.warnings } = kept;
  const object = { key, bytes, sha256, transferSyntaxUID, dataSetOffset };
  const sounds = [study.patientName, study.referringPhysicianName].map(({ value }) => soundsOfName(value));
  return {
    facilityId: facility.id,
    facilityCode: facility.code,
    source,
    study,
    sounds,
    series,
    instance,
    object,
    metadataGzip,
    frames,
    warnings,
  };
}
