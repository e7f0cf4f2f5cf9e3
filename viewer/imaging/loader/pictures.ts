/** The pictures of the page: fetched, decoded and kept as far as memory goes. */
import { cache, imageLoader, type Types } from '@cornerstonejs/core';
import type { DicomElement, DicomObject } from '../../api/dicom-json.ts';
import { frameUrl, isSameImage, type SeriesImage } from '../series-images.ts';
import { DecoderPool, type Decoding, NotDecodable } from './decoder-pool.ts';
import { drawnByGateway } from './drawn-by-gateway.ts';
import { Cancelled, CONFLICT, type Fetching, type Frame, FrameFetcher, isOutdated, NotFetched, Outdated } from './frame-fetcher.ts';
import {
  frameToDecode,
  isNoSmaller,
  isOfUsualLength,
  layOver,
  overlaysFor,
  pictureBytesAbout,
  presentationFor,
  type ShownPicture,
  shownPicture,
} from './image.ts';
import { LoopRanges } from './loop-range.ts';
import { type Held, leaving, type MemoryBudget } from './memory.ts';
import { type DecodedPicture, pixelsOf } from './picture.ts';
import { completeReferences, hasReferences, heldBytes, lacksOverlays, OverlayFetcher, release } from './references.ts';
import { reclaimMemory } from './spare-memory.ts';
import type { Urgency } from './urgency.ts';

export const SCHEME = 'renkei';

/** The name of a picture in the library. Its tools cut off the scheme; what is left is the frame's address. */
export function imageIdOf(image: SeriesImage): string {
  return `${SCHEME}:${image.instanceUrl}/frames/${image.frame}`;
}

/** Of the bound, that is kept when it is reached, so that it is not reached with every picture; more than is fetched ahead (`PREFETCH_SHARE`). */
const KEPT_SHARE = 0.95;
/** Far away, on no cell's stack. */
const NOWHERE = Number.POSITIVE_INFINITY;
/** Longer than between two steps of a fast scroll, ms. */
const REST_MS = 150;

/** A picture, one version of it. */
interface Entry {
  image: SeriesImage;
  urgency: Urgency;
  fetching: Fetching | undefined;
  decoding: Decoding | undefined;
  coming: Promise<ShownPicture> | undefined;
  frame: Frame | undefined;
  picture: ShownPicture | undefined;
  /** What was fetched for it that is drawn over it; leaves with the frame. */
  overlays: readonly DicomElement[];
  overlayBytes: number;
  overlaysComing: boolean;
  /** How many other frames wait for this one, for their range. */
  besides: number;
  /** How many are about to decode its frame. */
  readers: number;
  /** Another version has come; this one is kept no more. */
  replaced: boolean;
  /** The gateway has another version than this one. */
  outdated: boolean;
}

/** Where the reader is. */
export interface Reader {
  /** How far from what is on screen, 0: on screen; undefined: no cell has this picture on its stack. */
  remotenessOf(imageId: string): number | undefined;
  /** A picture or frame is no longer in memory. */
  dropped(imageId: string): void;
  /** The gateway has another version of its instance than the one described: the metadata are to be read again. */
  outdated(imageId: string): void;
  /** What is drawn over a picture that is here has come, is on its way, or could not be had. */
  overlaid(imageId: string): void;
}

export class Pictures {
  readonly budget: MemoryBudget;
  readonly #reader: Reader;
  readonly #entries = new Map<string, Entry>();
  readonly #fetcher = new FrameFetcher();
  readonly #overlays = new OverlayFetcher();
  readonly #decoders = new DecoderPool();
  readonly #loops = new LoopRanges((image, frame) => this.#beside(image, frame));
  /** Bytes now held, of frames with what was fetched to be drawn over them, and of decoded pictures. */
  #frameBytes = 0;
  #pictureBytes = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(budget: MemoryBudget, reader: Reader) {
    this.budget = budget;
    this.#reader = reader;
    imageLoader.registerImageLoader(SCHEME, (imageId: string) => ({ promise: this.picture(imageId, 'now') as Promise<Types.IImage> }));
    this.#decoders.makeReady();
  }

  /**
   * From now on the pictures can be asked for, and the library's tools find their metadata. Where a frame's metadata say something else than before,
   * its instance has another version: what is here or on its way of the one before would be read by them wrongly, and goes, all frames of it.
   */
  describe(images: readonly SeriesImage[]): void {
    const changed = new Set(images.filter((image) => this.#isAnother(image)).map(({ instanceUrl }) => instanceUrl));
    this.#loops.forget((instanceUrl) => changed.has(instanceUrl));
    for (const image of images) {
      const imageId = imageIdOf(image);
      const known = this.#entries.get(imageId);
      const isChanged = changed.has(image.instanceUrl);
      if (known === undefined || isChanged) this.#begin(imageId, image, known);
      else known.image = image;
    }
  }

  #isAnother(image: SeriesImage): boolean {
    const known = this.#entries.get(imageIdOf(image))?.image;
    if (known === undefined || known === image) return false;
    if (known.version !== undefined && known.version === image.version) return false;
    // Whether a table behind an address is still the same, only reading it would tell.
    return !isSameImage(known, image) || hasReferences(image);
  }

  #begin(imageId: string, image: SeriesImage, before: Entry | undefined): void {
    if (before !== undefined) {
      const { urgency } = before;
      before.replaced = true;
      this.#drop(imageId);
      // Who waits for it goes on waiting, for the new one.
      before.urgency = urgency;
    }
    const nothing = {
      fetching: undefined,
      decoding: undefined,
      coming: undefined,
      frame: undefined,
      picture: undefined,
      overlays: [],
      overlayBytes: 0,
      overlaysComing: false,
    };
    this.#entries.set(imageId, { image, urgency: 'ahead', besides: 0, readers: 0, replaced: false, outdated: false, ...nothing });
  }

  metadataOf(imageId: string): DicomObject | undefined {
    return this.#entries.get(imageId)?.image.metadata;
  }

  /** In memory, decoded or as it came. */
  isHere(imageId: string): boolean {
    const entry = this.#entries.get(imageId);
    return entry?.picture !== undefined || entry?.frame !== undefined;
  }

  isDecoded(imageId: string): boolean {
    return this.#entries.get(imageId)?.picture !== undefined;
  }

  /** It is of the version that was described last. */
  isCurrent(picture: ShownPicture): boolean {
    return this.#entries.get(picture.imageId)?.picture === picture;
  }

  get bytes(): { readonly frames: number; readonly pictures: number } {
    return { frames: this.#frameBytes, pictures: this.#pictureBytes };
  }

  /** What one picture like this takes on average, as it came; undefined before there is any. */
  frameBytesAbout(): number | undefined {
    let count = 0;
    for (const { frame } of this.#entries.values()) if (frame !== undefined) count += 1;
    return count === 0 ? undefined : this.#frameBytes / count;
  }

  /** @throws NotFetched, Cancelled, NotDecodable */
  async picture(imageId: string, urgency: Urgency): Promise<ShownPicture> {
    const entry = this.#entry(imageId);
    if (entry.picture !== undefined) return entry.picture;
    if (urgency === 'now') {
      entry.urgency = 'now';
      entry.fetching?.hasten();
      entry.decoding?.hasten();
      this.#passBy(entry);
    }
    if (entry.coming !== undefined) return entry.coming;
    const coming = this.#make(imageId, entry).finally(() => {
      if (entry.coming !== coming) return;
      entry.coming = undefined;
      entry.urgency = 'ahead';
    });
    entry.coming = coming;
    return coming;
  }

  /** Only the bytes. @throws NotFetched, Cancelled */
  async frame(imageId: string): Promise<void> {
    const entry = this.#entry(imageId);
    if (entry.picture !== undefined || entry.frame !== undefined) return;
    await (entry.coming ?? this.#frameOf(imageId, entry));
  }

  /** Leave the memory, and what is on its way is not kept. */
  forget(isOfIt: (imageId: string) => boolean): void {
    for (const imageId of [...this.#entries.keys()].filter(isOfIt)) this.#drop(imageId);
    this.#loops.forget((instanceUrl) => isOfIt(`${SCHEME}:${instanceUrl}/`));
  }

  /** What no cell's stack has any more is not waited for; what is here of it goes last in, first out. */
  cancelUnused(imageIds: readonly string[]): void {
    for (const imageId of imageIds) {
      if (this.#reader.remotenessOf(imageId) !== undefined) continue;
      const entry = this.#entries.get(imageId);
      if (entry !== undefined) cancel(entry);
      if (entry !== undefined && entry.picture === undefined && entry.frame === undefined) this.#delete(imageId, entry);
    }
  }

  #entry(imageId: string): Entry {
    const entry = this.#entries.get(imageId);
    if (entry === undefined) throw new NotDecodable('a picture of no stack');
    return entry;
  }

  /**
   * The reader waits for `asked`. Of the pictures that he has gone past, those that wait for a connection are not fetched. Those that come already go on:
   * he is still near them, and broken off they would begin anew. While he goes on without a rest, `asked` waits for one of them when they have every connection.
   */
  #passBy(asked: Entry): void {
    for (const entry of this.#passed(asked)) if (isWaiting(entry)) cancel(entry);
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#makeWay(), REST_MS);
  }

  /** He rests at a picture that still waits for a connection: the one that has come least far gives its own. */
  #makeWay(): void {
    const waiting = [...this.#entries.values()].filter((entry) => entry.urgency === 'now' && isWaiting(entry));
    const byProgress = this.#passed(...waiting).sort((a, b) => progressOf(a) - progressOf(b));
    for (const entry of byProgress.slice(0, waiting.length)) cancel(entry);
  }

  /** On their way, and neither asked for, nor on screen, nor awaited by another frame. */
  #passed(...asked: readonly Entry[]): Entry[] {
    return [...this.#entries].flatMap(([imageId, entry]) => {
      if (entry.fetching === undefined || entry.besides > 0 || asked.includes(entry)) return [];
      return this.#reader.remotenessOf(imageId) === 0 ? [] : [entry];
    });
  }

  /** Who waited for a version that has been replaced gets the new one. */
  async #make(imageId: string, entry: Entry): Promise<ShownPicture> {
    try {
      const picture = await this.#made(imageId, entry);
      if (!entry.replaced) return this.#keep(imageId, entry, picture);
    } catch (thrown) {
      if (!entry.replaced) throw thrown;
    }
    return this.picture(imageId, entry.urgency);
  }

  async #made(imageId: string, entry: Entry): Promise<ShownPicture> {
    entry.readers += 1;
    try {
      const frame = entry.frame ?? (await this.#frameOf(imageId, entry));
      return await this.#decode(imageId, entry, frame);
    } catch (thrown) {
      if (!(thrown instanceof NotDecodable)) throw thrown;
      console.info(thrown.message);
      return await drawnByGateway(imageId, entry.image).catch((failed: unknown) => {
        throw isOutdated(failed) ? this.#outdated(imageId, entry) : thrown;
      });
    } finally {
      entry.readers -= 1;
    }
  }

  /** Asks once more for what is drawn over the picture, where that could not be had. */
  overlayAgain(imageId: string): void {
    const entry = this.#entries.get(imageId);
    if (entry?.picture?.overlayFault !== 'not-read') return;
    void this.#fetchOverlays(imageId, entry, 'now');
    this.#layOver(imageId, entry, entry.image);
  }

  /** The picture does not wait for what is drawn over it. */
  async #fetchOverlays(imageId: string, entry: Entry, urgency: Urgency): Promise<void> {
    if (entry.overlaysComing) return;
    const { image } = entry;
    entry.overlaysComing = true;
    const { filled, thrown } = await this.#overlays.complete(image, urgency);
    entry.overlaysComing = false;
    this.#layOver(imageId, entry, image);
    const kept = entry.picture ?? entry.frame ?? entry.coming;
    if (kept !== undefined && this.#entries.get(imageId) === entry) {
      const bytes = heldBytes(filled, image);
      entry.overlays = [...entry.overlays, ...filled];
      entry.overlayBytes += bytes;
      this.#frameBytes += bytes;
      this.#trim();
    } else release(filled);
    if (isOutdated(thrown)) this.#outdated(imageId, entry);
  }

  #layOver(imageId: string, entry: Entry, image: SeriesImage): void {
    const { picture } = entry;
    if (picture?.presentation === undefined) return;
    this.#pictureBytes -= picture.sizeInBytes;
    layOver(picture, image, entry.overlaysComing);
    this.#pictureBytes += picture.sizeInBytes;
    this.#reader.overlaid(imageId);
  }

  #keep(imageId: string, entry: Entry, picture: ShownPicture): ShownPicture {
    if (this.#entries.get(imageId) !== entry) throw new NotDecodable('forgotten meanwhile');
    if (entry.picture !== undefined) return entry.picture;
    entry.picture = picture;
    this.#pictureBytes += picture.sizeInBytes;
    // Of the two forms the smaller one stays when memory runs short; equal ones are one too many.
    if (entry.frame !== undefined && entry.frame.bytes.length >= picture.sizeInBytes) this.#dropFrame(entry);
    this.#trim();
    return picture;
  }

  /** Told once a version: should reading the metadata again bring the same one, that is a failure like any other. */
  #outdated(imageId: string, entry: Entry): NotFetched {
    if (entry.replaced) return new Outdated();
    if (entry.outdated) return new NotFetched(CONFLICT);
    entry.outdated = true;
    this.#reader.outdated(imageId);
    return new Outdated();
  }

  async #complete(imageId: string, entry: Entry): Promise<void> {
    await completeReferences(entry.image).catch((thrown: unknown) => {
      throw isOutdated(thrown) ? this.#outdated(imageId, entry) : thrown;
    });
  }

  async #decode(imageId: string, entry: Entry, frame: Frame): Promise<ShownPicture> {
    await this.#complete(imageId, entry);
    const { image } = entry;
    const late = lacksOverlays(image);
    if (late) void this.#fetchOverlays(imageId, entry, entry.urgency);
    const presentation = presentationFor(entry.image);
    const toDecode = frameToDecode(entry.image, frame);
    // Its memory goes to the worker, and the picture's comes back, when nobody else reads it and it would not be kept beside the picture anyway.
    const given = entry.readers === 1 && isNoSmaller(frame, entry.image, presentation);
    if (given && entry.frame === frame) this.#dropFrame(entry);
    const decoding = this.#decoders.decode(
      {
        frame: given ? { ...toDecode, mayBeGivenAway: true } : toDecode,
        presentation,
        overlays: overlaysFor(entry.image),
        pictureBytes: pictureBytesAbout(entry.image, presentation),
      },
      entry.urgency,
    );
    entry.decoding = decoding;
    try {
      const picture = await decoding.picture;
      const shown = shownPicture(imageId, entry.image, await this.#loops.over(entry.image, presentation, picture), picture);
      if (late) layOver(shown, image, entry.overlaysComing);
      return shown;
    } finally {
      // Also of one that was let go meanwhile: it would keep its picture beyond every bound.
      if (entry.decoding === decoding) entry.decoding = undefined;
    }
  }

  /** Another frame of the image's instance, for its range. */
  async #beside(image: SeriesImage, frame: number): Promise<DecodedPicture | undefined> {
    const imageId = imageIdOf({ ...image, frame });
    const entry = this.#entries.get(imageId);
    if (entry === undefined) return undefined;
    if (entry.picture !== undefined) return entry.picture.picture;
    entry.urgency = 'now';
    entry.fetching?.hasten();
    entry.decoding?.hasten();
    if (entry.decoding !== undefined) return entry.decoding.picture;
    entry.besides += 1;
    entry.readers += 1;
    try {
      const coming = entry.frame === undefined ? this.#frameOf(imageId, entry) : Promise.resolve(entry.frame);
      const bytes = await coming.finally(() => {
        entry.besides -= 1;
      });
      await this.#complete(imageId, entry);
      const request = { frame: frameToDecode(entry.image, bytes), presentation: presentationFor(entry.image), overlays: [] };
      return await this.#decoders.decode(request, 'now').picture;
    } finally {
      entry.readers -= 1;
    }
  }

  async #frameOf(imageId: string, entry: Entry): Promise<Frame> {
    entry.fetching ??= this.#fetcher.fetch(frameUrl(entry.image), entry.urgency);
    const { fetching } = entry;
    try {
      const frame = await fetching.frame;
      if (entry.fetching === fetching && this.#entries.get(imageId) === entry && entry.frame === undefined) {
        entry.frame = frame;
        this.#frameBytes += frame.bytes.length;
        this.#trim();
      }
      return frame;
    } catch (thrown) {
      if (isOutdated(thrown)) throw this.#outdated(imageId, entry);
      if (thrown instanceof NotFetched) throw thrown;
      throw new Cancelled();
    } finally {
      if (entry.fetching === fetching) entry.fetching = undefined;
    }
  }

  #trim(): void {
    const { frameBytes, pictureBytes } = this.budget;
    if (this.#pictureBytes > pictureBytes) {
      for (const imageId of leaving(
        this.#held(({ picture }) => picture?.sizeInBytes),
        pictureBytes * KEPT_SHARE,
      )) {
        const picture = this.#entries.get(imageId)?.picture;
        this.#dropPicture(imageId);
        if (picture !== undefined) reclaimMemory(pixelsOf(picture.picture).buffer as ArrayBuffer);
        this.#gone(imageId);
      }
    }
    if (this.#frameBytes > frameBytes) {
      for (const imageId of leaving(this.#held(frameBytesOf), frameBytes * KEPT_SHARE)) {
        const entry = this.#entries.get(imageId);
        const frame = entry?.frame;
        if (entry !== undefined) this.#dropFrame(entry);
        if (frame !== undefined && entry?.readers === 0 && isOfUsualLength(frame, entry.image)) reclaimMemory(frame.bytes.buffer);
        this.#gone(imageId);
      }
    }
  }

  #held(bytesIn: (entry: Entry) => number | undefined): Held[] {
    return [...this.#entries].flatMap(([key, entry]) => {
      const bytes = bytesIn(entry);
      return bytes === undefined ? [] : [{ key, bytes, remoteness: this.#reader.remotenessOf(key) ?? NOWHERE }];
    });
  }

  #delete(imageId: string, entry: Entry): void {
    this.#dropFrame(entry);
    this.#entries.delete(imageId);
  }

  #dropFrame(entry: Entry): void {
    this.#frameBytes -= frameBytesOf(entry) ?? 0;
    entry.frame = undefined;
    release(entry.overlays);
    entry.overlays = [];
    entry.overlayBytes = 0;
  }

  #dropPicture(imageId: string): void {
    const entry = this.#entries.get(imageId);
    if (entry?.picture === undefined) return;
    this.#pictureBytes -= entry.picture.sizeInBytes;
    entry.picture = undefined;
    if (cache.getImageLoadObject(imageId) !== undefined) cache.removeImageLoadObject(imageId, { force: true });
  }

  #gone(imageId: string): void {
    if (this.isHere(imageId)) return;
    const entry = this.#entries.get(imageId);
    if (entry !== undefined && this.#reader.remotenessOf(imageId) === undefined) this.#delete(imageId, entry);
    this.#reader.dropped(imageId);
  }

  #drop(imageId: string): void {
    const entry = this.#entries.get(imageId);
    if (entry === undefined) return;
    cancel(entry);
    this.#dropFrame(entry);
    this.#dropPicture(imageId);
    this.#gone(imageId);
  }
}

function frameBytesOf(entry: Entry): number | undefined {
  const bytes = (entry.frame?.bytes.length ?? 0) + entry.overlayBytes;
  return bytes === 0 ? undefined : bytes;
}

function isWaiting({ fetching }: Entry): boolean {
  return fetching !== undefined && fetching.progress() === undefined;
}

/** Bytes that have come. */
function progressOf({ fetching }: Entry): number {
  return fetching?.progress() ?? 0;
}

/** What is on its way is not waited for; who asks again asks anew. */
function cancel(entry: Entry): void {
  entry.fetching?.cancel();
  entry.fetching = undefined;
  entry.coming = undefined;
  entry.decoding = undefined;
  entry.urgency = 'ahead';
}
