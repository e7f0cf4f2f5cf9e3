/** Joins engine, stacks, view, tools and measurements to what the pages see: `ViewerPort` and plain values. */
import { cache } from '@cornerstonejs/core';
import { type Engine, startEngine } from './engine.ts';
import { provideMetadata } from './loader/metadata.ts';
import { Pictures } from './loader/pictures.ts';
import {
  deleteMeasurement,
  deleteMeasurementsOn,
  deleteMeasurementsOnOtherVersions,
  measurementsOn,
  onMeasurementChange,
  rememberVersions,
  valuesOf,
} from './measure/measure.ts';
import { dropSlips } from './measure/slips.ts';
import { type CellState, EMPTY_CELL, FORGET_IMAGES, type Tool, type ViewerPort, type Window, type WriteMeasurement } from './port.ts';
import type { SeriesImage } from './series-images.ts';
import { Stack, type Surroundings } from './stack.ts';
import { attachTools, chooseTool, detachTools, makeTools } from './tools.ts';
import { NO_CHOICE } from './view/display.ts';
import { flip, resetView, rotate, zoomBy } from './view/view.ts';

let ready: ViewerPort | undefined;

/** The viewer of this page; made once. */
export function openViewer(): ViewerPort {
  if (ready !== undefined) return ready;
  const viewer = new CornerstoneViewer(startEngine());
  ready = viewer;
  // Images leave screen and memory when another person signs in here, or when a study may no longer be seen.
  window.addEventListener(FORGET_IMAGES, (event) => viewer.forget((event as CustomEvent<string | null>).detail));
  return ready;
}

class CornerstoneViewer implements ViewerPort {
  readonly #stacks = new Map<string, Stack>();
  readonly #endOfSlips = new Map<string, () => void>();
  readonly #around: Surroundings;
  readonly #outdatedListeners = new Set<() => void>();
  readonly #lostListeners = new Set<(count: number) => void>();
  #write: WriteMeasurement = () => [];
  #overlaysShown = true;

  constructor({ engine, budget }: Engine) {
    const pictures = new Pictures(budget, {
      remotenessOf: (imageId) => this.#remotenessOf(imageId),
      dropped: (imageId) => {
        for (const stack of this.#stacks.values()) stack.dropped(imageId);
      },
      outdated: () => {
        for (const listener of this.#outdatedListeners) listener();
      },
      overlaid: (imageId) => {
        for (const stack of this.#stacks.values()) stack.overlaid(imageId);
      },
    });
    provideMetadata((imageId) => pictures.metadataOf(imageId));
    this.#around = {
      engine,
      pictures,
      stacks: () => this.#stacks.values(),
      measurements: measurementsOn,
      overlaysShown: () => this.#overlaysShown,
    };
    makeTools(
      {
        scroll: {
          indexOf: (cell) => this.state(cell).index,
          countOf: (cell) => this.state(cell).count,
          jump: (cell, index) => this.jump(cell, index),
        },
        window: { dragWindow: (cell, right, down) => this.#stacks.get(cell)?.dragWindow(right, down) },
        writeLines: (tool, target, stats, points) => {
          const image = this.#imageAt(target.slice('imageId:'.length));
          return this.#write(valuesOf(tool, [target, stats], image && { image, points }));
        },
      },
      'window',
    );
    onMeasurementChange(() => this.#refreshAll());
    rememberVersions((imageId) => this.#imageAt(imageId));
  }

  open(cell: string, element: HTMLDivElement): void {
    if (this.#stacks.has(cell)) this.close(cell);
    const stack = new Stack(cell, element, this.#around);
    this.#stacks.set(cell, stack);
    attachTools(cell);
    this.#endOfSlips.set(
      cell,
      dropSlips(element, () => stack.viewport()),
    );
  }

  close(cell: string): void {
    const stack = this.#stacks.get(cell);
    if (stack === undefined) return;
    this.#stacks.delete(cell);
    this.#endOfSlips.get(cell)?.();
    this.#endOfSlips.delete(cell);
    detachTools(cell);
    stack.close();
  }

  async show(cell: string, images: readonly SeriesImage[], index: number): Promise<void> {
    const stack = this.#stacks.get(cell);
    if (stack === undefined) return;
    const showing = stack.show(images, index);
    const lost = deleteMeasurementsOnOtherVersions(stack);
    if (lost > 0) for (const listener of this.#lostListeners) listener(lost);
    await showing;
  }

  clear(cell: string): void {
    this.#stacks.get(cell)?.clear();
  }

  /** Pictures and measurements of a study, or all of them (null), leave the screen and the memory. */
  forget(studyInstanceUID: string | null): void {
    const isOfIt = (imageId: string) => studyInstanceUID === null || imageId.includes(`/studies/${studyInstanceUID}/`);
    for (const stack of this.#stacks.values()) if ([...stack.indexOf.keys()].some(isOfIt)) stack.clear();
    this.#around.pictures.forget(isOfIt);
    deleteMeasurementsOn(isOfIt);
    if (studyInstanceUID === null) cache.purgeCache();
  }

  jump(cell: string, index: number): void {
    this.#stacks.get(cell)?.jump(index);
  }

  retry(cell: string): void {
    this.#stacks.get(cell)?.retry();
  }

  setWindow(cell: string, window: Window): void {
    this.#stacks.get(cell)?.choose({ window, own: undefined });
  }

  setOwnWindow(cell: string, number: number): void {
    this.#stacks.get(cell)?.chooseOwn(number);
  }

  nextOwnWindow(cell: string): void {
    const { own, chosenOwn } = this.state(cell);
    const next = own[(own.findIndex(({ number }) => number === chosenOwn) + 1) % own.length];
    if (next !== undefined) this.setOwnWindow(cell, next.number);
  }

  resetWindow(cell: string): void {
    this.#stacks.get(cell)?.choose({ window: undefined, own: undefined });
  }

  invert(cell: string): void {
    this.#stacks.get(cell)?.choose({ inverted: !this.state(cell).inverted });
  }

  rotate(cell: string): void {
    this.#stacks.get(cell)?.look(rotate);
  }

  flipHorizontally(cell: string): void {
    this.#stacks.get(cell)?.look((viewport) => flip(viewport, 'horizontal'));
  }

  flipVertically(cell: string): void {
    this.#stacks.get(cell)?.look((viewport) => flip(viewport, 'vertical'));
  }

  zoomBy(cell: string, factor: number): void {
    this.#stacks.get(cell)?.look((viewport) => zoomBy(viewport, factor));
  }

  reset(cell: string): void {
    this.#stacks.get(cell)?.choose(NO_CHOICE);
    this.#stacks.get(cell)?.look(resetView);
  }

  play(cell: string, framesPerSecond: number): void {
    this.#stacks.get(cell)?.play(framesPerSecond);
  }

  pause(cell: string): void {
    this.#stacks.get(cell)?.pause();
  }

  setTool(tool: Tool): void {
    chooseTool(tool);
  }

  retryOverlay(cell: string): void {
    this.#stacks.get(cell)?.retryOverlay();
  }

  showOverlays(shown: boolean | undefined): void {
    this.#overlaysShown = shown ?? !this.#overlaysShown;
    this.#renderAll();
    this.#refreshAll();
  }

  setMeasureText(write: WriteMeasurement): void {
    this.#write = write;
    this.#renderAll();
  }

  deleteMeasurement(id: string): void {
    deleteMeasurement(id);
    this.#renderAll();
  }

  deleteSelectedMeasurements(cell: string): void {
    for (const { id, selected } of this.state(cell).measurements) if (selected) this.deleteMeasurement(id);
  }

  state(cell: string): CellState {
    return this.#stacks.get(cell)?.state ?? EMPTY_CELL;
  }

  subscribe(cell: string, listener: () => void): () => void {
    return this.#stacks.get(cell)?.subscribe(listener) ?? (() => undefined);
  }

  onOutdated(listener: () => void): () => void {
    this.#outdatedListeners.add(listener);
    return () => this.#outdatedListeners.delete(listener);
  }

  onMeasurementsLost(listener: (count: number) => void): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
  }

  /** The nearest of the stacks it is on. */
  #remotenessOf(imageId: string): number | undefined {
    let nearest: number | undefined;
    for (const stack of this.#stacks.values()) {
      const far = stack.remotenessOf(imageId);
      if (far !== undefined && (nearest === undefined || far < nearest)) nearest = far;
    }
    return nearest;
  }

  #imageAt(imageId: string): SeriesImage | undefined {
    for (const stack of this.#stacks.values()) {
      const index = stack.indexOf.get(imageId);
      if (index !== undefined) return stack.images[index];
    }
    return undefined;
  }

  #refreshAll(): void {
    for (const stack of this.#stacks.values()) stack.refreshSoon();
  }

  /** Pictures that are on screen, drawings included. */
  #renderAll(): void {
    for (const stack of this.#stacks.values()) if (stack.state.count > 0) stack.viewport().render();
  }
}
