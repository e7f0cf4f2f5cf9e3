/** What the metadata hold only by reference (BulkDataURI): palettes, LUTs, overlay data. PS3.18 F.2.6. */
import type { DicomElement } from '../../api/dicom-json.ts';
import { elementBytes } from '../../api/dicomweb-retrieve.ts';
import { ApiError } from '../../api/http.ts';
import type { SeriesImage } from '../series-images.ts';
import { isOutdated, NotFetched, SECOND_SILENCE_MS_MAX, whileHeard } from './frame-fetcher.ts';
import { overlayReferences, presentationReferences, releaseOverlay } from './pixels.ts';
import { type Deferred, deferred, type Urgency, WaitingLine } from './urgency.ts';

const CHARS_AT_ONCE = 0x8000;
/** A browser holds six connections to one host (HTTP/1.1). */
const OVERLAYS_PARALLEL_MAX = 2;

/** Some are not filled in yet. */
export function hasReferences(image: SeriesImage): boolean {
  return presentationReferences(image.metadata as never, 0).length > 0 || lacksOverlays(image);
}

/** Something is drawn over it, or over another frame of its instance, that is not filled in yet. */
export function lacksOverlays({ metadata }: SeriesImage): boolean {
  return overlayReferences(metadata as never).length > 0;
}

/** Fills in what the picture is painted by, where it stands; frames of an instance share it. @throws NotFetched */
export async function completeReferences(image: SeriesImage): Promise<void> {
  await Promise.all(presentationReferences(image.metadata as never, 0).map((element) => complete(image, element)));
}

interface OverlayTask {
  readonly image: SeriesImage;
  readonly element: DicomElement;
  readonly coming: Deferred<void>;
}

/** What is drawn over pictures. They do not wait for it, and some connections stay free for them whatever becomes of it. */
export class OverlayFetcher {
  readonly #line = new WaitingLine<OverlayTask>();
  readonly #tasks = new Map<DicomElement, OverlayTask>();
  #underWay = 0;

  /** Fills in all that is missing over the image. Returns what has been filled in for it and for no other before, and what became of the rest. */
  async complete(image: SeriesImage, urgency: Urgency): Promise<{ readonly filled: readonly DicomElement[]; readonly thrown: unknown }> {
    const missing: readonly DicomElement[] = overlayReferences(image.metadata as never);
    const own = missing.filter((element) => !this.#tasks.has(element));
    const ends = await Promise.allSettled(missing.map((element) => this.#fetch(image, element, urgency)));
    const failed = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason as unknown);
    const filled = own.filter((element) => ends[missing.indexOf(element)]?.status === 'fulfilled');
    return { filled, thrown: failed.find(isOutdated) ?? failed[0] };
  }

  #fetch(image: SeriesImage, element: DicomElement, urgency: Urgency): Promise<void> {
    const known = this.#tasks.get(element);
    if (known !== undefined) {
      if (urgency === 'now') this.#line.hasten(known);
      return known.coming.promise;
    }
    const task = { image, element, coming: deferred<void>() };
    this.#tasks.set(element, task);
    this.#line.add(task, urgency);
    this.#next();
    return task.coming.promise;
  }

  #next(): void {
    while (this.#underWay < OVERLAYS_PARALLEL_MAX) {
      const task = this.#line.take();
      if (task === undefined) return;
      void this.#run(task);
    }
  }

  async #run({ image, element, coming }: OverlayTask): Promise<void> {
    this.#underWay += 1;
    try {
      coming.resolve(await complete(image, element));
    } catch (thrown) {
      coming.reject(thrown);
    } finally {
      this.#tasks.delete(element);
      this.#underWay -= 1;
      this.#next();
    }
  }
}

/** Bytes that overlay data take that were filled in: a letter each, and what lies over several frames is kept beside them as it is read. */
export function heldBytes(filled: readonly DicomElement[], { frames }: SeriesImage): number {
  const letters = filled.reduce((sum, { InlineBinary }) => sum + (InlineBinary?.length ?? 0), 0);
  return frames > 1 ? Math.ceil((letters * 7) / 4) : letters;
}

/** They are references again. */
export function release(filled: readonly DicomElement[]): void {
  for (const element of filled) releaseOverlay(element as never);
}

async function complete({ instanceUrl }: SeriesImage, element: DicomElement): Promise<void> {
  const metadataUrl = `${instanceUrl.replace(/\/instances\/[^/]*$/, '')}/metadata`;
  element.InlineBinary = base64Of(await bytesOf(element, metadataUrl));
}

async function bytesOf(element: DicomElement, metadataUrl: string): Promise<Uint8Array> {
  try {
    return await whileHeard(SECOND_SILENCE_MS_MAX, undefined, (stop) => elementBytes(element, metadataUrl, stop));
  } catch (thrown) {
    throw thrown instanceof ApiError ? new NotFetched(thrown.status) : thrown;
  }
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHARS_AT_ONCE) text += String.fromCharCode(...bytes.subarray(at, at + CHARS_AT_ONCE));
  return btoa(text);
}
