import type { ByteStream } from '../byte-stream.ts';
import type {
  FacilityCode,
  ObjectKey,
  SeriesInstanceUID,
  Sha256,
  SOPClassUID,
  SOPInstanceUID,
  StudyInstanceUID,
  TransferSyntaxUID,
} from '../identifiers.ts';
import type { FacilityRef } from '../people/actor.ts';
import type { AuditEntry } from '../record/audit.ts';
import type { FinishOutcome, InstancePlace, Source } from './study.ts';

/**
 * A reception as the record names it: from whom, into which study and series, how many; or why it was put aside. Undefined when nothing was
 * received: what a reindex finds had come before.
 */
export function receptionEntry(
  facilityCode: FacilityCode,
  source: Source,
  what:
    | { readonly studyInstanceUID: StudyInstanceUID; readonly seriesInstanceUID: SeriesInstanceUID; readonly count: number }
    | { readonly quarantined: string },
): AuditEntry | undefined {
  if (source.door === 'reindex') return undefined;
  const { userId, job, callingAETitle, remoteAddress } = source;
  const common = {
    outcome: 'success',
    who: {
      kind: userId === undefined ? 'system' : 'person',
      facilityCode,
      through: source.door,
      ...(userId === undefined ? {} : { userId }),
      ...(job === undefined ? {} : { job }),
      ...(callingAETitle === undefined ? {} : { aeTitle: callingAETitle }),
    },
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
    right: { kind: 'owner' },
  } as const;
  if ('quarantined' in what) {
    const about = { ownerFacilityCode: facilityCode, quarantine: what.quarantined, count: 1 };
    return { ...common, action: 'instance-quarantined', what: about };
  }
  return { ...common, action: 'study-received', what: { ownerFacilityCode: facilityCode, ...what } };
}

/** What every door that takes in instances calls. Implemented by `gateway/ingest`. */
export interface Receiver {
  /**
   * Keeps one instance: stage and hash, read the header, claim, commit the bytes, finish the row.
   * When it resolves with `stored`, `duplicate`, `new-version` or `quarantined` the bytes are durable.
   * @throws busy, full, unavailable, too-large, or the signal's reason: nothing was acknowledged, nothing is half kept.
   */
  receive(request: ReceiveRequest, bytes: ByteStream, signal?: AbortSignal): Promise<ReceiveOutcome>;
}

export interface ReceiveRequest {
  readonly facility: FacilityRef;
  readonly source: Source;
  /** C-STORE: the bytes are a data set without preamble and File Meta Information; ingest writes them from this (PS3.10 7.1). Absent: a Part 10 file. */
  readonly dataSet?: {
    readonly sopClassUID: SOPClassUID;
    readonly sopInstanceUID: SOPInstanceUID;
    readonly transferSyntaxUID: TransferSyntaxUID;
  };
  /** STOW-RS to one study: an instance of another is `refused` and not kept. */
  readonly studyInstanceUID?: StudyInstanceUID;
}

export type ReceiveOutcome =
  | {
      readonly kind: 'stored' | 'duplicate' | 'new-version';
      readonly sopClassUID: SOPClassUID;
      readonly sopInstanceUID: SOPInstanceUID;
      /** Where it is and can be fetched, also when the bytes were known and have been moved by a settled correction. */
      readonly place: InstancePlace;
      /** Codes of what was odd but readable. */
      readonly warnings: readonly string[];
    }
  /** Unreadable: kept aside with sender and reason. The sender gets the protocol's error. */
  | { readonly kind: 'quarantined'; readonly reason: string; readonly sopClassUID?: SOPClassUID; readonly sopInstanceUID?: SOPInstanceUID }
  /** Readable, but not what the request allows; not kept. */
  | {
      readonly kind: 'refused';
      readonly reason: 'other-study';
      readonly sopClassUID: SOPClassUID;
      readonly sopInstanceUID: SOPInstanceUID;
    }
  /** Doors `upload` and `import` only: a file that lies beside images on a disc but is none. Not kept. */
  | { readonly kind: 'skipped'; readonly reason: 'not-dicom' | 'dicomdir' };

/** Brings originals that are already in the object store into the index: after a crash, and when the index is rebuilt. Implemented by `gateway/ingest`. */
export interface Adopter {
  /** Reads the whole object. Its name and digest must be what the bytes say. @throws not-found, unavailable */
  adopt(original: OriginalToAdopt, signal?: AbortSignal): Promise<AdoptOutcome>;
}

export interface OriginalToAdopt {
  readonly facility: FacilityRef;
  readonly source: Source;
  readonly key: ObjectKey;
  readonly bytes: number;
  readonly sha256: Sha256;
}

export type AdoptOutcome =
  | FinishOutcome
  /** The object is not whole (`corrupt`), or its header cannot be indexed: nothing was changed. */
  | { readonly kind: 'unusable'; readonly reason: string };
