/** One cell of the grid and the stack it shows: what is asked for, what is here, what comes next. */
import { Enums as CoreEnums, cache, type RenderingEngine, type StackViewport, type Types } from '@cornerstonejs/core';
import { PREFETCH_PARALLEL_MAX } from './engine.ts';
import { type FrameLoader, imageIdOf, statusOf } from './frame-loader.ts';
import { type CellState, EMPTY_CELL, type Measurement } from './port.ts';
import { prefetchOrder } from './prefetch-order.ts';
import type { SeriesImage } from './series-images.ts';
import { readView, resetView } from './view.ts';

/** Of the cache, so that what is on screen is never pushed out by what might be looked at next. */
const PREFETCH_CACHE_SHARE = 0.8;
/** Images ahead of and behind the reader, whatever the cache could hold. */
const PREFETCH_IMAGES_MAX = 2000;
const { Events, ViewportType } = CoreEnums;

/** What a stack needs of what is around it. */
export interface Surroundings {
  readonly engine: RenderingEngine;
  readonly frames: FrameLoader;
  /** All stacks of the page, this one too. */
  stacks(): Iterable<Stack>;
  measurements(stack: Stack): readonly Measurement[];
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
  #imageIds: string[] = [];
  #loaded = new Set<number>();
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
    this.#forgetElement = this.#watch(element);
  }

  close(): void {
    this.#generation += 1;
    this.#closed = true;
    clearTimeout(this.#clip);
    this.#forgetElement();
    this.#around.engine.disableElement(this.id);
    this.#forgetImages();
  }

  async show(images: readonly SeriesImage[], index: number): Promise<void> {
    if (images.length === 0) return;
    const generation = this.#take(images);
    const first = clamp(index, images.length);
    this.#set({ ...EMPTY_CELL, phase: 'loading', index: first, count: images.length, loaded: this.#loaded.size });
    try {
      await this.#load(first, 'now');
      if (this.#generation !== generation) return;
      this.#loaded.add(first);
      // The reader may have gone on while the first picture came.
      await this.viewport().setStack(this.#imageIds, clamp(this.state.index, images.length));
      if (this.#generation !== generation) return;
      resetView(this.viewport());
      this.viewport().render();
    } catch (thrown) {
      if (this.#generation === generation) this.#fail(first, thrown);
    }
  }

  clear(): void {
    this.pause();
    this.#generation += 1;
    this.#forgetImages();
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
    if (this.viewport().getImageIds().length === 0) void this.show(this.images, this.state.index);
    else void this.#go(this.state.index);
  }

  play(framesPerSecond: number): void {
    if (this.#imageIds.length < 2) return;
    clearTimeout(this.#clip);
    this.#set({ ...this.state, playing: true });
    const turn = () => {
      const next = (this.state.index + 1) % this.#imageIds.length;
      // A film waits for a picture that is still on its way rather than jump over it.
      if (this.state.phase !== 'loading' && !this.#failed.has(next)) {
        this.#direction = 1;
        void this.#go(next);
      }
      this.#clip = setTimeout(turn, 1000 / framesPerSecond);
    };
    this.#clip = setTimeout(turn, 1000 / framesPerSecond);
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
    if (viewport.getImageIds().length === 0 || this.state.phase === 'empty') return;
    act(viewport);
    viewport.render();
    this.refreshSoon();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  viewport(): StackViewport {
    return this.#around.engine.getViewport(this.id) as unknown as StackViewport;
  }

  /** The cache has let a decoded picture go. */
  dropped(imageId: string): void {
    const index = this.indexOf.get(imageId);
    if (index !== undefined && this.#loaded.delete(index)) this.refreshSoon();
  }

  /** Camera and window events come many to a frame; the page hears of them once. */
  refreshSoon(): void {
    if (this.#refreshQueued) return;
    this.#refreshQueued = true;
    requestAnimationFrame(() => {
      this.#refreshQueued = false;
      if (this.#closed || this.state.phase === 'empty') return;
      this.#set({ ...this.state, ...this.#reading(), loaded: this.#loaded.size });
    });
  }

  /** Keeps the images around the reader coming, nearest first, a few at a time. */
  prefetch(): void {
    if (this.state.phase !== 'ready') return;
    const stacks = [...this.#around.stacks()];
    if (stacks.some((other) => other.state.phase === 'loading')) return;
    const open = stacks.filter((other) => other.state.count > 0).length;
    const max = Math.min(this.#imagesThatFit(open), PREFETCH_IMAGES_MAX);
    for (const index of prefetchOrder(this.state.index, this.#imageIds.length, this.#direction, max)) {
      if (this.#inFlight.size >= PREFETCH_PARALLEL_MAX) return;
      if (!this.#loaded.has(index) && !this.#inFlight.has(index) && !this.#failed.has(index)) this.#fetchAhead(index);
    }
  }

  /** How many pictures like the one on screen fit into one of `open` equal shares of the cache. */
  #imagesThatFit(open: number): number {
    const image = this.images[this.state.index];
    const bytes = Math.max(1, (image?.rows ?? 512) * (image?.columns ?? 512) * (this.state.colour ? 4 : 2));
    return Math.floor((cache.getMaxCacheSize() * PREFETCH_CACHE_SHARE) / Math.max(1, open) / bytes);
  }

  #fetchAhead(index: number): void {
    const generation = this.#generation;
    const inFlight = this.#inFlight;
    inFlight.add(index);
    const done = (loaded: boolean) => {
      inFlight.delete(index);
      if (this.#generation !== generation) return;
      if (loaded) this.#loaded.add(index);
      else this.#failed.add(index);
      this.#set({ ...this.state, loaded: this.#loaded.size });
      this.prefetch();
    };
    this.#load(index, 'ahead').then(
      () => done(true),
      () => done(false),
    );
  }

  /** Takes over another stack; what the old one still waits for no longer counts. Returns the generation of this one. */
  #take(images: readonly SeriesImage[]): number {
    this.pause();
    this.#generation += 1;
    const before = this.#imageIds;
    this.images = images;
    this.#imageIds = images.map(imageIdOf);
    this.indexOf = new Map(this.#imageIds.map((imageId, at) => [imageId, at]));
    this.#loaded = new Set(this.#imageIds.flatMap((imageId, at) => (cache.isLoaded(imageId) ? [at] : [])));
    this.#inFlight = new Set();
    this.#failed = new Set();
    this.#direction = 1;
    for (const [at, image] of images.entries()) this.#around.frames.describe(this.#imageIds[at] ?? '', image.metadata);
    this.#around.frames.forgetUnused(before);
    return this.#generation;
  }

  #forgetImages(): void {
    const before = this.#imageIds;
    this.images = [];
    this.#imageIds = [];
    this.indexOf = new Map();
    this.#loaded = new Set();
    this.#around.frames.forgetUnused(before);
  }

  /** Asks for the image, then shows it, if the reader has not gone on meanwhile. */
  async #go(index: number): Promise<void> {
    const generation = this.#generation;
    const here = cache.isLoaded(this.#imageIds[index] ?? '');
    this.#set({ ...this.state, index, problem: undefined, phase: here && this.state.phase === 'ready' ? 'ready' : 'loading' });
    if (here) this.#loaded.add(index);
    try {
      if (!here) await this.#load(index, 'now');
      if (this.#generation !== generation) return;
      this.#loaded.add(index);
      this.#failed.delete(index);
      if (this.state.index !== index || this.viewport().getImageIds().length === 0) return;
      await this.viewport().setImageIdIndex(index);
      if (this.#generation === generation && this.state.index === index) this.viewport().render();
    } catch (thrown) {
      if (this.#generation === generation && this.state.index === index) this.#fail(index, thrown);
    }
  }

  #load(index: number, urgency: 'now' | 'ahead'): Promise<void> {
    return this.#around.frames.load(this.#imageIds[index] ?? '', this.images[index]?.metadata, urgency);
  }

  #fail(index: number, thrown: unknown): void {
    this.#failed.add(index);
    this.#set({ ...this.state, phase: 'error', problem: { status: statusOf(thrown) } });
  }

  #watch(element: HTMLDivElement): () => void {
    const rendered = () => this.#onRendered();
    const changed = () => this.refreshSoon();
    const stopMenu = (event: Event) => event.preventDefault();
    // A finger's press comes once more as a mouse's otherwise, which the library takes for a second one that never ends.
    const stopMouse = (event: Event) => event.cancelable && event.preventDefault();
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientHeight > 0) this.#around.engine.resize(true, true);
    });
    observer.observe(element);
    element.addEventListener(Events.IMAGE_RENDERED, rendered);
    element.addEventListener(Events.VOI_MODIFIED, changed);
    element.addEventListener(Events.CAMERA_MODIFIED, changed);
    element.addEventListener('contextmenu', stopMenu);
    element.addEventListener('touchend', stopMouse, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener(Events.IMAGE_RENDERED, rendered);
      element.removeEventListener(Events.VOI_MODIFIED, changed);
      element.removeEventListener(Events.CAMERA_MODIFIED, changed);
      element.removeEventListener('contextmenu', stopMenu);
      element.removeEventListener('touchend', stopMouse);
    };
  }

  #onRendered(): void {
    const wanted = this.#imageIds[this.state.index];
    const { phase } = this.state;
    if (this.#shownImage()?.imageId === wanted && wanted !== undefined && (phase === 'loading' || phase === 'ready')) {
      if (phase === 'loading') this.#set({ ...this.state, ...this.#reading(), phase: 'ready', loaded: this.#loaded.size });
      for (const other of this.#around.stacks()) other.prefetch();
    }
    this.refreshSoon();
  }

  #shownImage(): Types.IImage | undefined {
    return this.#imageIds.length === 0 ? undefined : (this.viewport().getCornerstoneImage() as Types.IImage | undefined);
  }

  /** What the viewport says of itself now. */
  #reading(): Partial<CellState> {
    const image = this.#shownImage();
    const measurements = this.#around.measurements(this);
    if (image === undefined || !this.indexOf.has(image.imageId)) return { measurements };
    return { ...readView(this.viewport(), image, this.images[this.state.index]), measurements };
  }

  #set(state: CellState): void {
    this.state = state;
    for (const listener of this.#listeners) listener();
  }
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.trunc(index)));
}
