/** One cell of the grid and the stack it shows: what is asked for, what is here, what comes next. */
import { Enums as CoreEnums, type RenderingEngine, type StackViewport } from '@cornerstonejs/core';
import { AHEAD_PARALLEL_MAX, Cancelled, Outdated, statusOf } from './loader/frame-fetcher.ts';
import type { ShownPicture } from './loader/image.ts';
import { remoteness } from './loader/memory.ts';
import { imageIdOf, type Pictures } from './loader/pictures.ts';
import type { Display } from './loader/pixels.ts';
import { prefetchOrder } from './loader/prefetch-order.ts';
import { calibrationOf } from './measure/measured-values.ts';
import { type CellState, EMPTY_CELL, type Measurement } from './port.ts';
import type { SeriesImage } from './series-images.ts';
import { type Choice, displayOf, dragged, NO_CHOICE, ownChoiceOf, ownInForce, ownWindowsOf, windowIn } from './view/display.ts';
import { Geometry } from './view/geometry.ts';
import { Painter } from './view/painter.ts';
import { scaleOf } from './view/scale.ts';
import { readView, resetView } from './view/view.ts';

/** Of the memory, so that what is fetched ahead pushes nothing out that is nearer. */
const PREFETCH_SHARE = 0.9;
/** Bytes of a frame before the first has come: a lossless HTJ2K slice. */
const FRAME_BYTES_GUESS = 160 * 1024;
const { Events, ViewportType } = CoreEnums;
const { window, lut, zoom, scale, edges, drawn, drawnByGateway, overlay, overlayFault } = EMPTY_CELL;
const NOTHING_DRAWN: Partial<CellState> = { window, lut, zoom, scale, edges, drawn, drawnByGateway, overlay, overlayFault };

/** What a stack needs of what is around it. */
export interface Surroundings {
  readonly engine: RenderingEngine;
  readonly pictures: Pictures;
  /** All stacks of the page, this one too. */
  stacks(): Iterable<Stack>;
  measurements(stack: Stack): readonly Measurement[];
  overlaysShown(): boolean;
}

export class Stack {
  readonly id: string;
  images: readonly SeriesImage[] = [];
  /** Image id → index, for events that name an image. */
  indexOf: ReadonlyMap<string, number> = new Map();
  state: CellState = EMPTY_CELL;
  readonly #around: Surroundings;
  readonly #listeners = new Set<() => void>();
  readonly #forgetElement: () => void;
  readonly #geometry: Geometry;
  readonly #painter: Painter;
  #choice: Choice = NO_CHOICE;
  /** The picture that `state` tells of. */
  #named: ShownPicture | undefined;
  /** What the viewport was asked to show last. */
  #handed: string | undefined;
  #imageIds: string[] = [];
  #here = new Set<number>();
  #inFlight = new Set<number>();
  #failed = new Set<number>();
  #direction = 1;
  /** Rises with every `show` or `clear`, so that a late answer to an earlier one is dropped. */
  #generation = 0;
  #refreshQueued = false;
  #closed = false;
  #clip: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string, element: HTMLDivElement, around: Surroundings) {
    this.id = id;
    this.#around = around;
    around.engine.enableElement({ viewportId: id, type: ViewportType.STACK, element, defaultOptions: { background: [0, 0, 0] } });
    this.#geometry = new Geometry(this.viewport());
    this.#painter = new Painter(
      this.viewport().canvas,
      (image) => this.#displayOf(image),
      () => this.#choice.inverted,
      // One that has left the memory, or is of an earlier version, is painted no more.
      (image) => this.state.phase !== 'error' && this.indexOf.has(image.imageId) && around.pictures.isCurrent(image),
      () => around.overlaysShown(),
    );
    this.#forgetElement = this.#watch(element, this.viewport().canvas);
  }

  close(): void {
    this.#generation += 1;
    this.#closed = true;
    clearTimeout(this.#clip);
    this.#forgetElement();
    this.#around.engine.disableElement(this.id);
    this.#letGo();
  }

  async show(images: readonly SeriesImage[], index: number): Promise<void> {
    if (images.length === 0) return;
    const generation = this.#take(images);
    const first = clamp(index, images.length);
    this.#set({ ...EMPTY_CELL, ...this.#reading(), phase: 'loading', index: first, count: images.length, loaded: this.#here.size });
    try {
      await this.#around.pictures.picture(this.#imageIds[first] ?? '', 'now');
      if (this.#generation !== generation) return;
      this.#here.add(first);
      // The reader may have gone on while the first picture came; then another call shows where he is.
      if (this.state.index === first) await this.#display(first, generation);
    } catch (thrown) {
      if (this.#generation === generation) this.#fail(first, thrown);
    }
  }

  clear(): void {
    this.pause();
    this.#generation += 1;
    this.#letGo();
    this.#set(EMPTY_CELL);
  }

  jump(index: number): void {
    if (this.#imageIds.length === 0) return;
    const next = clamp(index, this.#imageIds.length);
    if (next === this.state.index && this.state.phase !== 'error') return;
    this.#direction = Math.sign(next - this.state.index) || this.#direction;
    void this.#go(next);
  }

  retry(): void {
    if (this.#imageIds.length === 0) return;
    this.#failed.clear();
    void this.#go(this.state.index);
  }

  /** What is drawn over the picture on screen could not be had. */
  retryOverlay(): void {
    const { drawn } = this.#painter;
    if (drawn !== undefined) this.#around.pictures.overlayAgain(drawn.imageId);
  }

  /** What is drawn over a picture has changed. */
  overlaid(imageId: string): void {
    if (this.#painter.drawn?.imageId === imageId) this.look(() => undefined);
  }

  play(framesPerSecond: number): void {
    if (this.#imageIds.length < 2) return;
    clearTimeout(this.#clip);
    this.#set({ ...this.state, playing: true });
    const timeMs = () => this.images[this.state.index]?.frameTimeMs ?? 1000 / framesPerSecond;
    const turn = () => {
      const next = (this.state.index + 1) % this.#imageIds.length;
      // A film waits for a picture that is still on its way rather than jump over it; one that failed when it was fetched ahead is asked for once more.
      if (this.state.phase !== 'loading') {
        this.#direction = 1;
        void this.#go(next);
      }
      this.#clip = setTimeout(turn, timeMs());
    };
    this.#clip = setTimeout(turn, timeMs());
  }

  pause(): void {
    if (this.#clip === undefined) return;
    clearTimeout(this.#clip);
    this.#clip = undefined;
    this.#set({ ...this.state, playing: false });
  }

  /** Changes how the picture is looked at, when there is one. */
  look(act: (viewport: StackViewport) => void): void {
    const viewport = this.viewport();
    if (!this.#isOurs() || this.state.phase === 'empty') return;
    act(viewport);
    viewport.render();
    this.refreshSoon();
  }

  /** The reader's own window and inversion, on this picture and those he goes on to. */
  choose(change: Partial<Choice>): void {
    if (this.state.phase === 'empty') return;
    this.#choice = { ...this.#choice, ...change };
    this.look(() => undefined);
  }

  /** A window or LUT that the picture on screen brings. */
  chooseOwn(number: number): void {
    const presentation = this.#painter.drawn?.presentation;
    const own = presentation?.kind === 'grey' ? ownChoiceOf(presentation, number) : undefined;
    if (own !== undefined) this.choose({ window: undefined, own });
  }

  dragWindow(right: number, down: number): void {
    const image = this.#painter.drawn;
    const display = image === undefined ? undefined : this.#displayOf(image);
    if (image?.picture.kind !== 'grey' || display === undefined) return;
    this.choose({ window: dragged(display, image.picture.values, right, down), own: undefined });
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  viewport(): StackViewport {
    return this.#around.engine.getViewport(this.id) as unknown as StackViewport;
  }

  /** How far the picture is from the reader; undefined: it is on another stack. */
  remotenessOf(imageId: string): number | undefined {
    if (this.#painter.drawn?.imageId === imageId || this.#handed === imageId) return 0;
    const index = this.indexOf.get(imageId);
    return index === undefined ? undefined : remoteness(index, this.state.index, this.#direction);
  }

  /** No longer in memory. */
  dropped(imageId: string): void {
    const index = this.indexOf.get(imageId);
    if (index !== undefined && this.#here.delete(index)) this.refreshSoon();
  }

  /** Camera and window events come many to a frame; the page hears of them once. */
  refreshSoon(): void {
    if (this.#refreshQueued) return;
    this.#refreshQueued = true;
    requestAnimationFrame(() => {
      this.#refreshQueued = false;
      if (this.#closed || this.state.phase === 'empty') return;
      this.#set({ ...this.state, ...this.#reading(), loaded: this.#here.size });
    });
  }

  /** Keeps what is around the reader coming, nearest first, a few at a time: the nearest decoded, the rest as they come. */
  prefetch(): void {
    if (this.state.phase !== 'ready') return;
    const stacks = [...this.#around.stacks()];
    if (stacks.some((other) => other.state.phase === 'loading')) return;
    const open = Math.max(1, stacks.filter((other) => other.state.count > 0).length);
    const { pictures } = this.#around;
    const share = (bytes: number, each: number) => Math.floor((bytes * PREFETCH_SHARE) / open / Math.max(1, each));
    const decoded = share(pictures.budget.pictureBytes, this.#painter.drawn?.sizeInBytes ?? 2 ** 20);
    const frames = share(pictures.budget.frameBytes, pictures.frameBytesAbout() ?? FRAME_BYTES_GUESS);
    const order = prefetchOrder(this.state.index, this.#imageIds.length, this.#direction, Math.max(decoded, frames));
    for (const [rank, index] of order.entries()) {
      if (this.#inFlight.size >= AHEAD_PARALLEL_MAX) return;
      const imageId = this.#imageIds[index] ?? '';
      if (this.#inFlight.has(index) || this.#failed.has(index)) continue;
      if (rank < decoded ? pictures.isDecoded(imageId) : pictures.isHere(imageId)) continue;
      this.#comeAhead(index, rank < decoded ? pictures.picture(imageId, 'ahead') : pictures.frame(imageId));
    }
  }

  #comeAhead(index: number, coming: Promise<unknown>): void {
    const generation = this.#generation;
    const inFlight = this.#inFlight;
    inFlight.add(index);
    const done = (thrown?: unknown) => {
      inFlight.delete(index);
      if (this.#generation !== generation) return;
      if (thrown !== undefined && !(thrown instanceof Cancelled)) this.#failed.add(index);
      if (this.#around.pictures.isHere(this.#imageIds[index] ?? '')) this.#here.add(index);
      this.#set({ ...this.state, loaded: this.#here.size });
      this.prefetch();
    };
    coming.then(() => done(), done);
  }

  /** Takes over another stack; what the old one still waits for no longer counts. Returns the generation of this one. */
  #take(images: readonly SeriesImage[]): number {
    this.pause();
    this.#generation += 1;
    const before = this.#imageIds;
    const { pictures } = this.#around;
    this.images = images;
    this.#imageIds = images.map(imageIdOf);
    this.indexOf = new Map(this.#imageIds.map((imageId, at) => [imageId, at]));
    pictures.describe(images);
    this.#here = new Set(this.#imageIds.flatMap((imageId, at) => (pictures.isHere(imageId) ? [at] : [])));
    this.#inFlight = new Set();
    this.#failed = new Set();
    this.#direction = 1;
    this.#choice = NO_CHOICE;
    this.#handed = undefined;
    this.#blankUnlessOurs();
    pictures.cancelUnused(before);
    return this.#generation;
  }

  #letGo(): void {
    const before = this.#imageIds;
    this.images = [];
    this.#imageIds = [];
    this.indexOf = new Map();
    this.#here = new Set();
    this.#choice = NO_CHOICE;
    this.#handed = undefined;
    this.#painter.blank();
    this.#around.pictures.cancelUnused(before);
  }

  /** Asks for the image, then shows it, if the reader has not gone on meanwhile. */
  async #go(index: number): Promise<void> {
    const generation = this.#generation;
    const { pictures } = this.#around;
    const imageId = this.#imageIds[index] ?? '';
    const decoded = pictures.isDecoded(imageId);
    this.#set({ ...this.state, index, problem: undefined, phase: decoded && this.state.phase === 'ready' ? 'ready' : 'loading' });
    try {
      if (!decoded) await pictures.picture(imageId, 'now');
      if (this.#generation !== generation) return;
      this.#here.add(index);
      this.#failed.delete(index);
      if (this.state.index === index) await this.#display(index, generation);
      else await this.#displayInPassing(index, generation);
    } catch (thrown) {
      if (this.#generation === generation && this.state.index === index) this.#fail(index, thrown);
    }
  }

  /** A slow line brought it when the reader was past it. He sees it while his own is on its way, if it is nearer to that than what stands there. */
  async #displayInPassing(index: number, generation: number): Promise<void> {
    const { index: wanted, phase } = this.state;
    const drawn = this.indexOf.get(this.#painter.drawn?.imageId ?? '');
    if (phase !== 'loading' || !this.#isOurs() || this.#around.pictures.isDecoded(this.#imageIds[wanted] ?? '')) return;
    if (drawn !== undefined && Math.abs(drawn - wanted) <= Math.abs(index - wanted)) return;
    const viewport = this.viewport();
    this.#handed = this.#imageIds[index];
    await viewport.setImageIdIndex(index);
    if (this.#generation !== generation || viewport.getCurrentImageIdIndex() !== index) return;
    this.#geometry.adopt();
    viewport.render();
  }

  /** The viewport takes over this stack with the first picture of it that can be had. */
  async #display(index: number, generation: number): Promise<void> {
    const viewport = this.viewport();
    const first = !this.#isOurs();
    this.#handed = this.#imageIds[index];
    if (first) await viewport.setStack(this.#imageIds, index);
    else await viewport.setImageIdIndex(index);
    if (this.#generation !== generation || this.state.index !== index) return;
    this.#geometry.adopt();
    if (first) resetView(viewport);
    viewport.render();
  }

  /** The viewport has the pictures of this stack, and not still those of the one before. */
  #isOurs(): boolean {
    return this.#imageIds.length > 0 && this.viewport().getImageIds() === this.#imageIds;
  }

  #fail(index: number, thrown: unknown): void {
    // The reader has gone past it; if he came back, he asked anew. Of another version the metadata are on their way: `show` follows.
    if (thrown instanceof Cancelled || thrown instanceof Outdated) return;
    // A film does not leave a picture out without a word.
    this.pause();
    this.#failed.add(index);
    this.#set({ ...this.state, phase: 'error', problem: { status: statusOf(thrown) } });
    // The word stands alone: the picture before it is not the one that failed.
    this.#painter.blank();
    this.#set({ ...this.state, ...this.#reading() });
  }

  /** The picture of another stack, or of another version of this one, does not wait under the label of this one. */
  #blankUnlessOurs(): void {
    const { drawn } = this.#painter;
    if (drawn === undefined || !this.indexOf.has(drawn.imageId) || !this.#around.pictures.isCurrent(drawn)) this.#painter.blank();
  }

  #watch(element: HTMLDivElement, canvas: HTMLCanvasElement): () => void {
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientHeight > 0) this.#around.engine.resize(true, true);
    });
    observer.observe(element);
    const listeners: readonly (readonly [EventTarget, string, (event: Event) => void])[] = [
      [element, Events.IMAGE_RENDERED, () => this.#onRendered()],
      [element, Events.CAMERA_MODIFIED, () => this.refreshSoon()],
      [element, 'contextmenu', (event) => event.preventDefault()],
      // A finger's press comes once more as a mouse's otherwise, which the library takes for a second one that never ends.
      [element, 'touchend', (event) => event.cancelable && event.preventDefault()],
      // The browser took the canvas's memory away; it comes back by itself, empty.
      [canvas, 'contextlost', () => this.#onLost()],
      [canvas, 'contextrestored', () => this.look(() => undefined)],
    ];
    for (const [target, name, listener] of listeners) target.addEventListener(name, listener, { passive: false });
    return () => {
      observer.disconnect();
      for (const [target, name, listener] of listeners) target.removeEventListener(name, listener);
    };
  }

  #onLost(): void {
    this.#painter.drawn = undefined;
    if (this.state.phase === 'ready') this.#set({ ...this.state, ...this.#reading(), phase: 'loading' });
  }

  #onRendered(): void {
    const wanted = this.#imageIds[this.state.index];
    const { phase } = this.state;
    const drawn = this.#painter.drawn;
    if (phase !== 'loading' && phase !== 'ready') return;
    const ready = drawn !== undefined && drawn.imageId === wanted;
    // The label changes in the same frame of the screen as the picture that it names.
    if (phase !== (ready ? 'ready' : 'loading') || drawn !== this.#named) {
      this.#set({ ...this.state, ...this.#reading(), phase: ready ? 'ready' : 'loading', loaded: this.#here.size });
    }
    if (ready) for (const other of this.#around.stacks()) other.prefetch();
    this.refreshSoon();
  }

  #displayOf({ picture, presentation }: ShownPicture): Display | undefined {
    return picture.kind === 'grey' && presentation?.kind === 'grey' ? displayOf(picture.values, presentation, this.#choice) : undefined;
  }

  /** What stands on the screen now. */
  #reading(): Partial<CellState> {
    const image = this.#painter.drawn;
    this.#named = image;
    const measurements = this.#around.measurements(this);
    const index = image === undefined ? undefined : this.indexOf.get(image.imageId);
    const shown = index === undefined ? undefined : this.images[index];
    if (image === undefined || shown === undefined || index === undefined) return { ...NOTHING_DRAWN, measurements };
    const display = this.#displayOf(image);
    const grey = image.picture.kind === 'grey' && display !== undefined ? { display, values: image.picture.values } : undefined;
    const presentation = image.presentation?.kind === 'grey' ? image.presentation : undefined;
    const zoom = this.#geometry.zoom();
    return {
      ...readView(this.viewport(), shown),
      zoom,
      scale: scaleIn(shown, zoom),
      colour: image.color,
      window: grey === undefined ? undefined : windowIn(grey.display, grey.values),
      lut: grey?.display.voi.kind === 'lut' ? explanationOf(image, grey.display) : undefined,
      own: presentation === undefined ? [] : ownWindowsOf(presentation),
      chosenOwn: presentation === undefined ? undefined : ownInForce(presentation, this.#choice),
      inverted: this.#choice.inverted,
      drawn: { index, sopInstanceUID: shown.sopInstanceUID, frame: shown.frame },
      drawnByGateway: image.presentation === undefined,
      overlay: image.picture.overlay && { names: image.picture.overlay.names, shown: this.#around.overlaysShown() },
      overlayFault: image.overlayFault,
      measurements,
    };
  }

  #set(state: CellState): void {
    this.state = state;
    for (const listener of this.#listeners) listener();
  }
}

function scaleIn({ metadata }: SeriesImage, zoom: CellState['zoom']): CellState['scale'] {
  const scale = scaleOf(metadata, zoom);
  return scale && { mm: scale.mm, calibration: calibrationOf(scale.source) };
}

/** LUT Explanation (0028,3003). */
function explanationOf({ presentation }: ShownPicture, { voi }: Display): string {
  return presentation?.kind === 'grey' ? (presentation.choices.find((choice) => choice.voi === voi)?.explanation ?? '') : '';
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.trunc(index)));
}
