/** Joins engine, stacks, view, tools and measurements to what the pages see: `ViewerPort` and plain values. */
import { Enums as CoreEnums, cache, eventTarget } from '@cornerstonejs/core';
import { type Engine, startEngine } from './engine.ts';
import { FrameLoader } from './frame-loader.ts';
import { deleteMeasurement, deleteMeasurementsOn, measurementsOn, onMeasurementChange, valuesOf } from './measure.ts';
import { type CellState, EMPTY_CELL, FORGET_IMAGES, type Tool, type ViewerPort, type Window, type WriteMeasurement } from './port.ts';
import type { SeriesImage } from './series-images.ts';
import { dropSlips } from './slips.ts';
import { Stack, type Surroundings } from './stack.ts';
import { attachTools, chooseTool, detachTools, makeTools } from './tools.ts';
import { flip, invert, resetView, resetWindow, rotate, setWindow, zoomBy } from './view.ts';

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
  #write: WriteMeasurement = () => [];

  constructor({ engine, software }: Engine) {
    const isShown = (imageId: string) => [...this.#stacks.values()].some((stack) => stack.indexOf.has(imageId));
    this.#around = {
      engine,
      frames: new FrameLoader(software, isShown),
      stacks: () => this.#stacks.values(),
      measurements: measurementsOn,
    };
    makeTools(
      {
        scroll: {
          indexOf: (cell) => this.state(cell).index,
          countOf: (cell) => this.state(cell).count,
          jump: (cell, index) => this.jump(cell, index),
        },
        writeLines: (tool, target, stats) => this.#write(valuesOf(tool, [target, stats])),
      },
      'window',
    );
    eventTarget.addEventListener(CoreEnums.Events.IMAGE_CACHE_IMAGE_REMOVED, (event: Event) => {
      const { imageId } = (event as CustomEvent<{ imageId: string }>).detail;
      this.#around.frames.dropped(imageId);
      for (const stack of this.#stacks.values()) stack.dropped(imageId);
    });
    onMeasurementChange(() => this.#refreshAll());
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
    await this.#stacks.get(cell)?.show(images, index);
  }

  clear(cell: string): void {
    this.#stacks.get(cell)?.clear();
  }

  /** Pictures and measurements of a study, or all of them (null), leave the screen and the memory. */
  forget(studyInstanceUID: string | null): void {
    const isOfIt = (imageId: string) => studyInstanceUID === null || imageId.includes(`/studies/${studyInstanceUID}/`);
    for (const stack of this.#stacks.values()) if ([...stack.indexOf.keys()].some(isOfIt)) stack.clear();
    this.#around.frames.forget(isOfIt);
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
    this.#stacks.get(cell)?.look((viewport) => setWindow(viewport, window));
  }

  resetWindow(cell: string): void {
    this.#stacks.get(cell)?.look(resetWindow);
  }

  invert(cell: string): void {
    this.#stacks.get(cell)?.look(invert);
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
    this.#stacks.get(cell)?.look((viewport) => {
      viewport.resetProperties();
      resetView(viewport);
    });
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

  #refreshAll(): void {
    for (const stack of this.#stacks.values()) stack.refreshSoon();
  }

  /** Pictures that are on screen, drawings included. */
  #renderAll(): void {
    for (const stack of this.#stacks.values()) if (stack.state.count > 0) stack.viewport().render();
  }
}
