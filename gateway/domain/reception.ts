import type { FacilityRef } from './actor.ts';
import type {
  ObjectKey,
  SeriesInstanceUID,
  Sha256,
  SOPClassUID,
  SOPInstanceUID,
  StudyInstanceUID,
  TransferSyntaxUID,
} from './identifiers.ts';
import type { ByteStream } from './ports.ts';
import type { FinishOutcome, Source } from './study.ts';

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
      readonly studyInstanceUID: StudyInstanceUID;
      readonly seriesInstanceUID: SeriesInstanceUID;
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
