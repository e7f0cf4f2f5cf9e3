/** The range that a loop without a window is stretched over: the same for all its frames, as the gateway has it. */
import type { SeriesImage } from '../series-images.ts';
import { NotDecodable } from './decoder-pool.ts';
import { NotFetched } from './frame-fetcher.ts';
import type { DecodedPicture } from './picture.ts';
import { framesOfRange, type OfRange, overRange, type Presentation } from './pixels.ts';

/** Statuses that say of one frame that it is not there, or cannot be given. */
const NOT_THERE: ReadonlySet<number> = new Set([404, 410, 413, 415]);

export class LoopRanges {
  /** By instance. */
  readonly #known = new Map<string, Promise<readonly OfRange[]>>();
  readonly #decoded: (image: SeriesImage, frame: number) => Promise<DecodedPicture | undefined>;

  /** `decoded`: another frame (from 1) of the image's instance, with its own modality values; undefined: it is on no stack any more. */
  constructor(decoded: (image: SeriesImage, frame: number) => Promise<DecodedPicture | undefined>) {
    this.#decoded = decoded;
  }

  /** How the frame is shown; `picture`: it is decoded already. @throws NotFetched */
  async over(image: SeriesImage, presentation: Presentation, picture: DecodedPicture): Promise<Presentation> {
    const frames = framesOfRange(image.metadata as never, image.frames, presentation);
    if (frames.length === 0) return presentation;
    const { instanceUrl } = image;
    const ranges =
      this.#known.get(instanceUrl) ??
      Promise.all(frames.map((frame) => (frame + 1 === image.frame ? picture : this.#other(image, frame + 1)))).then((pictures) =>
        pictures.flatMap((one) => (one?.kind === 'grey' ? [{ range: one.values.range, padding: one.values.padding }] : [])),
      );
    this.#known.set(instanceUrl, ranges);
    // What could not be fetched is asked for again with the next frame.
    ranges.catch(() => this.#known.delete(instanceUrl));
    return overRange(presentation, await ranges);
  }

  forget(isOfIt: (instanceUrl: string) => boolean): void {
    for (const instanceUrl of [...this.#known.keys()].filter(isOfIt)) this.#known.delete(instanceUrl);
  }

  async #other(image: SeriesImage, frame: number): Promise<DecodedPicture | undefined> {
    try {
      return await this.#decoded(image, frame);
    } catch (thrown) {
      if (thrown instanceof NotDecodable || (thrown instanceof NotFetched && NOT_THERE.has(thrown.status))) return undefined;
      throw thrown;
    }
  }
}
