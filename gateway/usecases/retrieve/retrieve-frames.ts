import type { Codec, DecodedFrame } from '../../codec/threads/codec.ts';
import { imageHeader } from '../../codec/threads/image-header.ts';
import { frameCount, frameIndexBytes, frameRange } from '../../dicom/frames/frame-index.ts';
import { frameBytes, streamFrame } from '../../dicom/frames/frame-stream.ts';
import { forwardAccess, INFLATING_BYTES } from '../../dicom/parse/inflated.ts';
import { evictOldest } from '../../domain/bounds/evict-oldest.ts';
import { DomainError } from '../../domain/errors.ts';
import type { ObjectKey, SeriesInstanceUID, SOPInstanceUID, TransferSyntaxUID } from '../../domain/identifiers.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { htj2kFramesKey, mayHaveHtj2k, readDerivedKey, type SeriesPath } from '../../domain/imaging/derived.ts';
import type { ByteRange, ObjectStore } from '../../domain/imaging/object-store.ts';
import type { RenderOptions } from '../../domain/imaging/rendering.ts';
import type { InstanceAttributes, InstancePixels } from '../../domain/imaging/study.ts';
import { type InstanceVersion, instanceVersion } from '../../domain/imaging/study-address.ts';
import type { StudyIndex } from '../../domain/imaging/study-index.ts';
import { type DamageReports, NO_REPORTS } from '../../domain/operation/damage.ts';
import type { Actor } from '../../domain/people/actor.ts';
import { readDerivedParts } from '../../instances/derived-object.ts';
import { objectAccess } from '../../instances/object-access.ts';
import { pixelSyntax, type StoredImage, storedImage } from '../../instances/stored-image.ts';
import { actorKey, type SeenStudy } from '../access/see-study.ts';
import type { ViewRecorder } from '../record/record-view.ts';
import { FrameInObject, type KeptFrame, type Taker } from './kept-frame.ts';
import { decodeHeld, type Held, type Looks, renderHeld } from './looks.ts';
import type { Representation } from './representation.ts';
import { retrieveBulkData } from './retrieve-bulkdata.ts';

/** Instances whose frame index is kept at hand, and what their rows may weigh together. */
export const OPEN_INSTANCES_MAX = 2048;
export const OPEN_INSTANCES_BYTES_MAX = 64 * 1024 * 1024;
/** Parsed headers kept for rendering; of large ones the image's part. */
const OPEN_HEADERS_MAX = 8;

/** Derived objects whose table is remembered. */
const DERIVED_PLACES_MAX = 2_000;

/**
 * An instance with pixels, as the asker sees it now, and what may be asked of it. Its frames count from 0. Where its bytes are kept stays inside.
 */
export interface OpenInstance {
  readonly seen: SeenStudy<'study.view'>;
  readonly seriesInstanceUID: SeriesInstanceUID;
  readonly attributes: InstanceAttributes;
  readonly transferSyntaxUID: TransferSyntaxUID;
  /** The one that its pixels are really in; see gateway/instances/stored-image.ts. */
  readonly pixelSyntax: TransferSyntaxUID;
  /** Its frames are read out of one deflated stream: each step back begins it anew. */
  readonly isDeflated: boolean;
  /** Frames that can be read; for video the whole stream is one. */
  readonly frames: number;
  /** Another one when what is stored is another: of an entity tag. */
  readonly etag: string;
  readonly version: InstanceVersion;

  /** The frame as stored, where it is kept as one piece. Undefined: it must be put together by `storedFrames`. @throws not-found */
  stored(frame: number): KeptFrame | undefined;
  /** Frames as stored, whatever they are kept in. Of a deflated object they share one pass as long as they are read in order. @throws busy */
  storedFrames(signal: AbortSignal): Promise<StoredFrames>;
  /** The frame's HTJ2K codestream (1.2.840.10008.1.2.4.202), when one was derived and is whole as far as its table says. */
  htj2k(frame: number, taker: Taker): Promise<DerivedFrame | undefined> | DerivedFrame | undefined;
  /** The frame in Explicit VR Little Endian. @throws not-found, invalid, unsupported, too-large, busy */
  native(frame: number, signal?: AbortSignal): Promise<Held<DecodedFrame>>;
  /** @throws not-found, invalid, unsupported, too-large, busy */
  rendered(frame: number, options: RenderOptions, signal?: AbortSignal): Promise<Held<Uint8Array>>;
  /** One value; see retrieve-bulkdata.ts. @throws not-found, busy */
  bulkData(path: string, signal: AbortSignal): Promise<Representation>;
}

export interface DerivedFrame extends KeptFrame {
  /** It turned out not to be there, or damaged: it is looked for anew. */
  lost(): void;
}

/** What reading asks of the codec. */
export type FrameCodec = Pick<Codec, 'canDecode' | 'decodeFrame' | 'renderFrame' | 'costOf'>;

/** Frames as stored, fragments joined, deflated ones inflated, in pieces and no faster than they are taken. */
export interface StoredFrames {
  /** Of one frame (from 0). @throws not-found */
  bytes(frame: number): number;
  /** @throws not-found, invalid */
  read(frame: number, range?: ByteRange): AsyncGenerator<Uint8Array>;
  /** Safe to repeat; done by itself when the signal is aborted. */
  close(): void;
}

export interface FrameReader {
  /**
   * Finds the instance in the study that the actor was let see, and puts the view on record. Called for every frame, so both are remembered.
   * `only`: what will be given is no more than a thumbnail. `version`: which must be the newest.
   * @throws not-found, unavailable; conflict when another version is the newest
   */
  open(
    actor: Actor,
    seen: SeenStudy<'study.view'>,
    seriesInstanceUID: SeriesInstanceUID | undefined,
    sopInstanceUID: SOPInstanceUID,
    how?: { readonly only?: 'thumbnail' | undefined; readonly version?: InstanceVersion | undefined },
  ): Promise<OpenInstance>;
}

interface FrameReaderPorts {
  readonly recorder: ViewRecorder;
  readonly studies: Pick<StudyIndex, 'pixels'>;
  readonly objects: Pick<ObjectStore, 'get' | 'read' | 'readNow' | 'head'>;
  readonly codec: FrameCodec;
  readonly reports?: Pick<DamageReports, 'found' | 'wanted'>;
  readonly looks: Looks;
}

export function createFrameReader(ports: FrameReaderPorts): FrameReader {
  const { recorder } = ports;
  const instances = new InstanceRows(ports.studies);
  const shared = { ports, derived: new DerivedPlaces(ports.objects, ports.reports ?? NO_REPORTS), headerOf: createHeaders() };
  return {
    async open(actor, seen, seriesInstanceUID, sopInstanceUID, { only, version } = {}) {
      const { studyInstanceUID } = seen.study.study;
      const pixels = await instances.find(seen, seriesInstanceUID, sopInstanceUID, version);
      if (pixels === undefined) throw new DomainError('not-found', 'there is no such thing here', { ids: { studyInstanceUID } });
      if (!isOf(pixels, version))
        throw new DomainError('conflict', 'another version of the instance has come', { ids: { studyInstanceUID } });
      if (only === 'thumbnail') await recorder.thumbnailsViewed(actor, seen);
      else await recorder.viewed(actor, seen, pixels.seriesInstanceUID);
      return new InstanceOfActor(shared, seen, pixels, actorKey(actor));
    },
  };
}

interface Shared {
  readonly ports: Pick<FrameReaderPorts, 'objects' | 'codec' | 'looks'>;
  readonly derived: DerivedPlaces;
  readonly headerOf: (pixels: InstancePixels) => Promise<DicomJson>;
}

class InstanceOfActor implements OpenInstance {
  readonly seen: SeenStudy<'study.view'>;
  readonly #shared: Shared;
  readonly #pixels: InstancePixels;
  /** Who looks: budgets and turns are shared by them. */
  readonly #asker: string;

  constructor(shared: Shared, seen: SeenStudy<'study.view'>, pixels: InstancePixels, asker: string) {
    this.seen = seen;
    this.#shared = shared;
    this.#pixels = pixels;
    this.#asker = asker;
  }

  get seriesInstanceUID(): SeriesInstanceUID {
    return this.#pixels.seriesInstanceUID;
  }

  get attributes(): InstanceAttributes {
    return this.#pixels.instance;
  }

  get transferSyntaxUID(): TransferSyntaxUID {
    return this.#pixels.object.transferSyntaxUID;
  }

  get pixelSyntax(): TransferSyntaxUID {
    return pixelSyntax(this.#pixels.frames, this.#pixels.object.transferSyntaxUID);
  }

  get isDeflated(): boolean {
    return this.#pixels.frames.kind === 'deflated';
  }

  get frames(): number {
    return frameCount(this.#pixels.frames);
  }

  get etag(): string {
    return this.#pixels.object.sha256;
  }

  get version(): InstanceVersion {
    return instanceVersion(this.#pixels.object.sha256);
  }

  stored(frame: number): KeptFrame | undefined {
    const { key } = this.#pixels.object;
    const range = rangeOfOnePiece(this.#pixels, frame);
    return range && new FrameInObject(this.#shared.ports, this.#asker, key, range);
  }

  storedFrames(signal: AbortSignal): Promise<StoredFrames> {
    return openFrames(this.#shared.ports, this.#pixels, this.#asker, signal);
  }

  htj2k(frame: number, taker: Taker): Promise<DerivedFrame | undefined> | DerivedFrame | undefined {
    const known = this.#shared.derived.known(this.#pixels, frame);
    return known === undefined ? this.#findHtj2k(frame, taker.leaving) : this.#derived(known);
  }

  async #findHtj2k(frame: number, signal: AbortSignal): Promise<DerivedFrame | undefined> {
    const found = await this.#shared.derived.find(this.seen, this.#pixels, frame, signal);
    return found && this.#derived(found);
  }

  #derived({ key, range }: DerivedPlace): DerivedFrame {
    const { ports, derived } = this.#shared;
    return new DerivedFrameInObject(ports, this.#asker, key, range, derived);
  }

  async native(frame: number, signal?: AbortSignal): Promise<Held<DecodedFrame>> {
    return decodeHeld(this.#shared.ports, this.#asker, await this.#image(signal), frame, signal);
  }

  rendered(frame: number, options: RenderOptions, signal?: AbortSignal): Promise<Held<Uint8Array>> {
    return renderHeld(this.#shared.ports, this.#asker, () => this.#image(signal), frame, options, signal);
  }

  bulkData(path: string, signal: AbortSignal): Promise<Representation> {
    return retrieveBulkData(this.#shared.ports, this.#pixels.object, this.#asker, path, signal);
  }

  async #image(signal: AbortSignal | undefined): Promise<StoredImage> {
    const { ports, headerOf } = this.#shared;
    const parsed = await headerOf(this.#pixels);
    const image = storedImage(this.#pixels, objectAccess(ports.objects, this.#pixels.object, { asker: this.#asker, signal }), parsed);
    if (image === undefined) throw new DomainError('unsupported', 'the instance describes no image');
    return image;
  }
}

class DerivedFrameInObject extends FrameInObject implements DerivedFrame {
  readonly #key: ObjectKey;
  readonly #places: DerivedPlaces;

  constructor(ports: Shared['ports'], asker: string, key: ObjectKey, range: ByteRange, places: DerivedPlaces) {
    super(ports, asker, key, range);
    this.#key = key;
    this.#places = places;
  }

  lost(): void {
    this.#places.forget(this.#key);
  }
}

function isOf({ object }: InstancePixels, version: InstanceVersion | undefined): boolean {
  return version === undefined || instanceVersion(object.sha256) === version;
}

/** Rows of instances that are being looked at, the longest unused let go first. */
class InstanceRows {
  readonly #studies: Pick<StudyIndex, 'pixels'>;
  readonly #known = new Map<string, { readonly pixels: InstancePixels; readonly weight: number }>();
  #held = 0;

  constructor(studies: Pick<StudyIndex, 'pixels'>) {
    this.#studies = studies;
  }

  async find(
    seen: SeenStudy<'study.view'>,
    seriesInstanceUID: SeriesInstanceUID | undefined,
    sopInstanceUID: SOPInstanceUID,
    version: InstanceVersion | undefined,
  ): Promise<InstancePixels | undefined> {
    // The time of the last arrival is part of the name: a new version is found as soon as the study's facts are asked anew.
    const key = `${seen.study.id}|${seen.study.lastReceivedAt.getTime()}|${seriesInstanceUID ?? ''}|${sopInstanceUID}`;
    const before = this.#known.get(key);
    // The study's facts are believed for a moment: who knows of a newer version than they do has it looked up.
    const mayBe = before !== undefined && !seen.part.heldBack.includes(before.pixels.seriesInstanceUID);
    if (mayBe && isOf(before.pixels, version)) {
      this.#known.delete(key);
      this.#known.set(key, before);
      return before.pixels;
    }
    const pixels = await this.#studies.pixels(seen.part, seriesInstanceUID, sopInstanceUID);
    if (pixels !== undefined) this.#keep(key, pixels);
    return pixels;
  }

  #keep(key: string, pixels: InstancePixels): void {
    const weight = pixels.metadataGzip.byteLength + frameIndexBytes(pixels.frames) + 1024;
    this.#held += weight - (this.#known.get(key)?.weight ?? 0);
    this.#known.delete(key);
    this.#known.set(key, { pixels, weight });
    for (const [oldest, { weight: itsWeight }] of this.#known) {
      if (this.#known.size <= OPEN_INSTANCES_MAX && this.#held <= OPEN_INSTANCES_BYTES_MAX) break;
      this.#known.delete(oldest);
      this.#held -= itsWeight;
    }
  }
}

/** Parsed headers by version. A large one is parsed in a thread, and only the image's part of it is kept. */
function createHeaders(): (pixels: InstancePixels) => Promise<DicomJson> {
  const headers = new Map<string, Promise<DicomJson>>();
  return (pixels) => {
    const before = headers.get(pixels.versionId);
    if (before !== undefined) return before;
    const parsed = imageHeader(pixels.metadataGzip);
    headers.set(pixels.versionId, parsed);
    evictOldest(headers, OPEN_HEADERS_MAX);
    parsed.catch(() => headers.delete(pixels.versionId));
    return parsed;
  };
}

interface DerivedPlace {
  readonly key: ObjectKey;
  readonly range: ByteRange;
}

/** Where the frames of derived objects lie. One that is not what was made is reported, and not there for whoever asks. */
class DerivedPlaces {
  readonly #objects: Pick<ObjectStore, 'read' | 'head'>;
  readonly #reports: Pick<DamageReports, 'found' | 'wanted'>;
  readonly #known = new Map<ObjectKey, readonly ByteRange[]>();
  /** Names are put together and checked once an open instance. */
  readonly #keys = new WeakMap<InstancePixels, ObjectKey>();

  constructor(objects: Pick<ObjectStore, 'read' | 'head'>, reports: Pick<DamageReports, 'found' | 'wanted'>) {
    this.#objects = objects;
    this.#reports = reports;
  }

  async find({ study }: SeenStudy, pixels: InstancePixels, frame: number, signal: AbortSignal): Promise<DerivedPlace | undefined> {
    const frames = frameCount(pixels.frames);
    if (frame >= frames || !mayHaveHtj2k(pixels)) return undefined;
    const { studyInstanceUID, seriesInstanceUID, object } = pixels;
    const series = { facilityCode: study.owner.code, studyInstanceUID, seriesInstanceUID, ordinal: study.ordinal };
    const key = htj2kFramesKey(series, object.sha256);
    const places = this.#known.get(key) ?? (await this.#read(series, key, frames, signal));
    const range = places?.[frame];
    if (range === undefined) return undefined;
    this.#keys.set(pixels, key);
    return { key, range };
  }

  known(pixels: InstancePixels, frame: number): DerivedPlace | undefined {
    const key = this.#keys.get(pixels);
    const range = key === undefined ? undefined : this.#known.get(key)?.[frame];
    return key === undefined || range === undefined ? undefined : { key, range };
  }

  forget(key: ObjectKey): void {
    this.#known.delete(key);
    const series = readDerivedKey(key);
    if (series !== undefined) this.#reports.wanted(series);
  }

  async #read(series: SeriesPath, key: ObjectKey, frames: number, signal: AbortSignal): Promise<readonly ByteRange[] | undefined> {
    try {
      const places = await readDerivedParts(this.#objects, key, signal);
      if (places === undefined) {
        this.#reports.wanted(series);
        return undefined;
      }
      if (places.length !== frames) throw new DomainError('damaged', 'a derived object has other frames than its original');
      this.#known.set(key, places);
      evictOldest(this.#known, DERIVED_PLACES_MAX);
      return places;
    } catch (thrown) {
      if (!(thrown instanceof DomainError) || thrown.kind !== 'damaged') throw thrown;
      this.#reports.found(key, 'corrupt');
      return undefined;
    }
  }
}

/** Undefined: the frame must be put together. @throws not-found */
function rangeOfOnePiece({ frames, object }: InstancePixels, frame: number): ByteRange | undefined {
  if (frames.kind === 'deflated') return undefined;
  const { pieces, shift, bytes } = frameRange(frames, frame);
  const [only] = pieces;
  const ragged = frames.kind === 'native' && frames.frameBits % 8 !== 0;
  if (pieces.length !== 1 || only === undefined || shift !== 0 || ragged || only.length !== bytes) return undefined;
  return { ...only, of: object.bytes };
}

async function openFrames(
  { objects, looks }: Pick<FrameReaderPorts, 'objects' | 'looks'>,
  { frames, object }: InstancePixels,
  asker: string,
  signal: AbortSignal,
): Promise<StoredFrames> {
  const original = objectAccess(objects, object, { asker, signal });
  const bytes = (frame: number) => frameBytes(frames, frame);
  if (frames.kind !== 'deflated') return { bytes, read: (frame, range) => streamFrame(original, frames, frame, range), close: () => {} };
  const lease = await looks.budget.take(asker, INFLATING_BYTES, signal);
  const inflated = forwardAccess(original, frames.dataSetOffset);
  const close = () => {
    signal.removeEventListener('abort', close);
    inflated.close();
    lease.release();
  };
  signal.addEventListener('abort', close, { once: true });
  return { bytes, read: (frame, range) => streamFrame(inflated, frames, frame, range), close };
}
