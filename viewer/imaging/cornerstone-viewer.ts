/** Holds the Cornerstone3D objects; only scroll-tool.ts beside it knows the library. Everything outside sees `ViewerPort` and plain values. */
import {
  Enums as CoreEnums,
  cache,
  eventTarget,
  getRenderingCapabilities,
  getRenderingEngine,
  imageLoader,
  imageRetrievalPoolManager,
  init as initCore,
  RenderingEngine,
  type StackViewport,
  type Types,
  utilities,
} from '@cornerstonejs/core';
import { init as initLoader, wadors } from '@cornerstonejs/dicom-image-loader';
import {
  AngleTool,
  addTool,
  annotation as annotations,
  EllipticalROITool,
  init as initTools,
  LengthTool,
  PanTool,
  ProbeTool,
  RectangleROITool,
  Enums as ToolEnums,
  ToolGroupManager,
  WindowLevelTool,
  ZoomTool,
} from '@cornerstonejs/tools';
import { edgeLetters, edgeLettersOfProjection } from './edge-letters.ts';
import { relabelExtendedJpeg, rgbOfYbr422 } from './frame-fixes.ts';
import { type MeasureStats, measureLines } from './measure-lines.ts';
import { hasPalette, isPaletteColour } from './palette.ts';
import { type CellState, EMPTY_CELL, type Measurement, type MeasureWords, type Tool, type ViewerPort, type Window } from './port.ts';
import { prefetchOrder } from './prefetch-order.ts';
import { ScrollTool } from './scroll-tool.ts';
import type { SeriesImage } from './series-images.ts';
import { rangeToWindow, windowToRange } from './window-presets.ts';

const ENGINE_ID = 'renkei';
const TOOL_GROUP_ID = 'renkei';

/** Decoded pixels kept, bytes. A tablet reloads the tab when it takes more. */
const CACHE_BYTES_MAX = { mobile: 300 * 2 ** 20, desktop: 1200 * 2 ** 20 } as const;
/** Of the cache, so that what is on screen is never pushed out by what might be looked at next. */
const PREFETCH_CACHE_SHARE = 0.8;
/** Images on their way ahead of the reader. Two of a browser's six connections stay free for the image asked for. */
const PREFETCH_PARALLEL_MAX = 4;
/** Images ahead of and behind the reader, whatever the cache could hold. */
const PREFETCH_IMAGES_MAX = 2000;
/** Lossless HTJ2K where the gateway has made it, a quarter of the bytes; as stored where it has not. PS3.18 8.7.3.3. */
const ACCEPT_FRAMES = [
  'multipart/related; type="application/octet-stream"; transfer-syntax=1.2.840.10008.1.2.4.202',
  'multipart/related; type="application/octet-stream"; transfer-syntax=*; q=0.9',
].join(', ');
const ZOOM_MIN = 0.05;
const ZOOM_MAX = 40;

const { Events, RequestType, ViewportType } = CoreEnums;
const { Events: ToolEvents, MouseBindings } = ToolEnums;

const TOOL_NAMES: Readonly<Record<Tool, string>> = {
  window: WindowLevelTool.toolName,
  scroll: ScrollTool.toolName,
  zoom: ZoomTool.toolName,
  pan: PanTool.toolName,
  length: LengthTool.toolName,
  angle: AngleTool.toolName,
  ellipse: EllipticalROITool.toolName,
  rectangle: RectangleROITool.toolName,
  probe: ProbeTool.toolName,
};
const MEASURING: readonly Tool[] = ['length', 'angle', 'ellipse', 'rectangle', 'probe'];

/** Bindings a tool has whatever the chosen one is: wheel, right and middle button, two fingers. */
const STANDING_BINDINGS: Partial<Record<Tool, { mouseButton?: number; numTouchPoints?: number }[]>> = {
  scroll: [{ mouseButton: MouseBindings.Wheel }, { numTouchPoints: 3 }],
  zoom: [{ mouseButton: MouseBindings.Secondary }, { numTouchPoints: 2 }],
  pan: [{ mouseButton: MouseBindings.Auxiliary }],
};

interface Cell {
  readonly id: string;
  readonly element: HTMLDivElement;
  readonly listeners: Set<() => void>;
  readonly forgetElement: () => void;
  images: readonly SeriesImage[];
  imageIds: string[];
  /** Imageid → index, for events that name an image. */
  indexOf: ReadonlyMap<string, number>;
  loaded: Set<number>;
  inFlight: Set<number>;
  failed: Set<number>;
  direction: number;
  /** Rises with every `show` or `clear`, so that a late answer to an earlier one is dropped. */
  generation: number;
  state: CellState;
  refreshQueued: boolean;
  clip: ReturnType<typeof setTimeout> | undefined;
}

let ready: Promise<ViewerPort> | undefined;

/** The viewer of this page; made once. */
export function openViewer(): Promise<ViewerPort> {
  ready ??= start();
  return ready;
}

async function start(): Promise<ViewerPort> {
  const mobile = isMobile();
  const software = getRenderingCapabilities().softwareRasterizer;
  initCore({ isMobile: mobile, rendering: { useCPURendering: software } } as Parameters<typeof initCore>[0]);
  initLoader({
    beforeSend: () => ({ Accept: ACCEPT_FRAMES }),
    beforeProcessing: async (xhr) => {
      const answer = xhr.response as ArrayBuffer;
      relabelExtendedJpeg(new Uint8Array(answer));
      return answer;
    },
    maxWebWorkers: Math.max(1, Math.min(4, Math.floor((navigator.hardwareConcurrency || 2) / 2))),
  });
  initTools();
  cache.setMaxCacheSize(mobile ? CACHE_BYTES_MAX.mobile : CACHE_BYTES_MAX.desktop);
  // Whoever sits here next has another's images neither on the screen nor in memory.
  window.addEventListener('renkei-forget-images', () => cache.purgeCache());
  imageRetrievalPoolManager.setMaxSimultaneousRequests(RequestType.Prefetch, PREFETCH_PARALLEL_MAX);
  imageRetrievalPoolManager.setMaxSimultaneousRequests(RequestType.Interaction, 6);
  const styles = annotations.config.style;
  const defaults = styles.getDefaultToolStyles();
  styles.setDefaultToolStyles({
    ...defaults,
    global: {
      ...defaults.global,
      color: 'rgb(226, 176, 105)',
      colorHighlighted: 'rgb(255, 214, 153)',
      colorSelected: 'rgb(255, 226, 180)',
      lineWidth: '1.5',
      textBoxColor: 'rgb(240, 214, 176)',
      textBoxColorHighlighted: 'rgb(255, 226, 180)',
      textBoxColorSelected: 'rgb(255, 226, 180)',
      textBoxFontFamily: getComputedStyle(document.body).fontFamily,
      textBoxFontSize: '13px',
      // Bone and contrast are as bright as the text.
      textBoxBackground: 'rgb(0 0 0 / 0.6)',
      textBoxBorderRadius: 3,
      textBoxMargin: 4,
    },
  });
  return new CornerstoneViewer(software);
}

function isMobile(): boolean {
  return /Android|iPhone|iPad|Mobile/i.test(navigator.userAgent) || (/Mac/.test(navigator.platform) && navigator.maxTouchPoints > 2);
}

/** Attributes the library reads without looking whether they are there. */
function completeMetadata(metadata: SeriesImage['metadata']): SeriesImage['metadata'] {
  return {
    '00080060': { vr: 'CS', Value: ['OT'] },
    '00080008': { vr: 'CS', Value: [] },
    '00280103': { vr: 'US', Value: [0] },
    ...metadata,
  };
}

/** The loader leaves native YBR_FULL_422 as it came (it expects a length no such frame has), which would be painted as nonsense. */
function completeColours(image: Types.IImage, channels: 3 | 4): void {
  const frame = (image as { imageFrame?: { photometricInterpretation?: string; pixelData: ArrayLike<number> } }).imageFrame;
  const pixels = image.rows * image.columns;
  if (frame?.photometricInterpretation !== 'YBR_FULL_422' || frame.pixelData.length !== pixels * 2) return;
  const scalarData = rgbOfYbr422(frame.pixelData, pixels, channels);
  frame.pixelData = scalarData;
  const whole = { scalarData, width: image.columns, height: image.rows, numberOfComponents: channels };
  Object.assign(image, {
    voxelManager: utilities.VoxelManager.createImageVoxelManager(whole as never),
    getPixelData: () => scalarData,
    dataType: 'Uint8ClampedArray',
    numberOfComponents: channels,
    minPixelValue: 0,
    maxPixelValue: 255,
    sizeInBytes: scalarData.byteLength,
  });
}

/** Where the frame comes from, in the loader's words. Same origin, so that the session cookie goes with it. */
function imageIdOf(image: SeriesImage): string {
  return `wadors:${location.origin}${image.instanceUrl}/frames/${image.frame}`;
}

class CornerstoneViewer implements ViewerPort {
  readonly #engine: RenderingEngine;
  readonly #cells = new Map<string, Cell>();
  readonly #software: boolean;
  /** Pictures that are being fetched or decoded: the decoder still reads their metadata, also after the reader has left. */
  readonly #underWay = new Map<string, number>();
  #tool: Tool = 'window';
  #words: MeasureWords = { area: 'Area', mean: 'Mean', max: 'Max', min: 'Min', deviation: 'SD' };

  constructor(software: boolean) {
    this.#software = software;
    this.#engine = (getRenderingEngine(ENGINE_ID) as RenderingEngine | undefined) ?? new RenderingEngine(ENGINE_ID);
    this.#makeToolGroup();
    eventTarget.addEventListener(Events.IMAGE_CACHE_IMAGE_REMOVED, (event: Event) => {
      this.#forgetImage((event as CustomEvent<{ imageId: string }>).detail.imageId);
    });
    for (const name of [
      ToolEvents.ANNOTATION_ADDED,
      ToolEvents.ANNOTATION_COMPLETED,
      ToolEvents.ANNOTATION_MODIFIED,
      ToolEvents.ANNOTATION_REMOVED,
      ToolEvents.ANNOTATION_SELECTION_CHANGE,
    ]) {
      eventTarget.addEventListener(name, () => {
        for (const cell of this.#cells.values()) this.#queueRefresh(cell);
      });
    }
  }

  open(id: string, element: HTMLDivElement): void {
    if (this.#cells.has(id)) this.close(id);
    this.#engine.enableElement({ viewportId: id, type: ViewportType.STACK, element, defaultOptions: { background: [0, 0, 0] } });
    this.#toolGroup().addViewport(id, ENGINE_ID);
    const cell: Cell = {
      id,
      element,
      listeners: new Set(),
      forgetElement: this.#watch(id, element),
      images: [],
      imageIds: [],
      indexOf: new Map(),
      loaded: new Set(),
      inFlight: new Set(),
      failed: new Set(),
      direction: 1,
      generation: 0,
      state: EMPTY_CELL,
      refreshQueued: false,
      clip: undefined,
    };
    this.#cells.set(id, cell);
  }

  close(id: string): void {
    const cell = this.#cells.get(id);
    if (cell === undefined) return;
    cell.generation += 1;
    clearTimeout(cell.clip);
    cell.forgetElement();
    this.#cells.delete(id);
    this.#toolGroup().removeViewports(ENGINE_ID, id);
    this.#engine.disableElement(id);
    this.#dropUnusedMetadata(cell.imageIds);
  }

  async show(id: string, images: readonly SeriesImage[], index: number): Promise<void> {
    const cell = this.#cells.get(id);
    if (cell === undefined || images.length === 0) return;
    this.pause(id);
    cell.generation += 1;
    const { generation } = cell;
    const before = cell.imageIds;
    cell.images = images;
    cell.imageIds = images.map(imageIdOf);
    cell.indexOf = new Map(cell.imageIds.map((imageId, at) => [imageId, at]));
    cell.loaded = new Set(cell.imageIds.flatMap((imageId, at) => (cache.isLoaded(imageId) ? [at] : [])));
    cell.inFlight = new Set();
    cell.failed = new Set();
    cell.direction = 1;
    for (const [at, image] of images.entries())
      wadors.metaDataManager.add(cell.imageIds[at] ?? '', completeMetadata(image.metadata) as never);
    this.#dropUnusedMetadata(before);
    const first = clamp(index, images.length);
    this.#set(cell, { ...EMPTY_CELL, phase: 'loading', index: first, count: images.length, loaded: cell.loaded.size });
    try {
      await this.#load(cell, first, 'now');
      if (cell.generation !== generation) return;
      cell.loaded.add(first);
      const target = cell.state.index;
      await this.#viewport(cell).setStack(cell.imageIds, target === first ? first : clamp(target, images.length));
      if (cell.generation !== generation) return;
      this.#resetView(cell);
      this.#viewport(cell).render();
    } catch (thrown) {
      if (cell.generation === generation) this.#fail(cell, first, thrown);
    }
  }

  clear(id: string): void {
    const cell = this.#cells.get(id);
    if (cell === undefined) return;
    this.pause(id);
    cell.generation += 1;
    const before = cell.imageIds;
    cell.images = [];
    cell.imageIds = [];
    cell.indexOf = new Map();
    cell.loaded = new Set();
    this.#dropUnusedMetadata(before);
    this.#set(cell, EMPTY_CELL);
  }

  jump(id: string, index: number): void {
    const cell = this.#cells.get(id);
    if (cell === undefined || cell.imageIds.length === 0) return;
    const next = clamp(index, cell.imageIds.length);
    if (next === cell.state.index && cell.state.phase !== 'error') return;
    cell.direction = Math.sign(next - cell.state.index) || cell.direction;
    void this.#go(cell, next);
  }

  retry(id: string): void {
    const cell = this.#cells.get(id);
    if (cell === undefined || cell.imageIds.length === 0) return;
    cell.failed.clear();
    if (this.#viewport(cell).getImageIds().length === 0) void this.show(id, cell.images, cell.state.index);
    else void this.#go(cell, cell.state.index);
  }

  setWindow(id: string, window: Window): void {
    this.#withPicture(id, (viewport) => viewport.setProperties({ voiRange: windowToRange(window) }));
  }

  resetWindow(id: string): void {
    this.#withPicture(id, (viewport) => {
      const { invert } = viewport.getProperties();
      const { rotation, flipHorizontal, flipVertical, zoom, pan } = viewport.getViewPresentation();
      viewport.resetProperties();
      viewport.setProperties({ invert: invert ?? false });
      viewport.setViewPresentation(definedOnly({ rotation, flipHorizontal, flipVertical, zoom, pan }));
    });
  }

  invert(id: string): void {
    this.#withPicture(id, (viewport) => viewport.setProperties({ invert: viewport.getProperties().invert !== true }));
  }

  rotate(id: string): void {
    this.#withPicture(id, (viewport) => viewport.setViewPresentation({ rotation: (viewport.getRotation() + 90) % 360 }));
  }

  flipHorizontally(id: string): void {
    this.#withPicture(id, (viewport) => this.#flip(viewport, 'horizontal'));
  }

  flipVertically(id: string): void {
    this.#withPicture(id, (viewport) => this.#flip(viewport, 'vertical'));
  }

  zoomBy(id: string, factor: number): void {
    this.#withPicture(id, (viewport) => viewport.setZoom(Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, viewport.getZoom() * factor))));
  }

  reset(id: string): void {
    const cell = this.#cells.get(id);
    if (cell === undefined || cell.state.phase === 'empty') return;
    this.#withPicture(id, (viewport) => {
      viewport.resetProperties();
      this.#resetView(cell);
    });
  }

  play(id: string, framesPerSecond: number): void {
    const cell = this.#cells.get(id);
    if (cell === undefined || cell.imageIds.length < 2) return;
    clearTimeout(cell.clip);
    this.#set(cell, { ...cell.state, playing: true });
    const turn = () => {
      const next = (cell.state.index + 1) % cell.imageIds.length;
      // A film waits for a picture that is still on its way rather than jump over it.
      if (cell.state.phase !== 'loading' && !cell.failed.has(next)) {
        cell.direction = 1;
        void this.#go(cell, next);
      }
      cell.clip = setTimeout(turn, 1000 / framesPerSecond);
    };
    cell.clip = setTimeout(turn, 1000 / framesPerSecond);
  }

  pause(id: string): void {
    const cell = this.#cells.get(id);
    if (cell === undefined || cell.clip === undefined) return;
    clearTimeout(cell.clip);
    cell.clip = undefined;
    this.#set(cell, { ...cell.state, playing: false });
  }

  setTool(tool: Tool): void {
    this.#tool = tool;
    const group = this.#toolGroup();
    for (const other of Object.keys(TOOL_NAMES) as Tool[]) {
      const bindings = [
        ...(other === tool ? [{ mouseButton: MouseBindings.Primary }] : []),
        ...(STANDING_BINDINGS[other] ?? []),
      ] as Parameters<typeof group.setToolActive>[1] extends infer Options
        ? Options extends { bindings?: infer Bindings }
          ? Bindings
          : never
        : never;
      group.setToolPassive(TOOL_NAMES[other], { removeAllBindings: true });
      if ((bindings as readonly unknown[]).length > 0) group.setToolActive(TOOL_NAMES[other], { bindings } as never);
    }
  }

  setMeasureWords(words: MeasureWords): void {
    this.#words = words;
    for (const cell of this.#cells.values()) if (cell.imageIds.length > 0) this.#queueRefresh(cell);
  }

  deleteMeasurement(id: string): void {
    annotations.state.removeAnnotation(id);
    for (const cell of this.#cells.values()) if (cell.state.count > 0) this.#viewport(cell).render();
  }

  deleteSelectedMeasurements(id: string): void {
    for (const measurement of this.state(id).measurements) if (measurement.selected) this.deleteMeasurement(measurement.id);
  }

  state(id: string): CellState {
    return this.#cells.get(id)?.state ?? EMPTY_CELL;
  }

  subscribe(id: string, listener: () => void): () => void {
    const cell = this.#cells.get(id);
    cell?.listeners.add(listener);
    return () => cell?.listeners.delete(listener);
  }

  /** Asks for the image, then shows it, if the reader has not gone on meanwhile. */
  async #go(cell: Cell, index: number): Promise<void> {
    const { generation } = cell;
    const imageId = cell.imageIds[index] ?? '';
    const here = cache.isLoaded(imageId);
    this.#set(cell, { ...cell.state, index, problem: undefined, phase: here && cell.state.phase === 'ready' ? 'ready' : 'loading' });
    if (here) cell.loaded.add(index);
    try {
      if (!here) await this.#load(cell, index, 'now');
      if (cell.generation !== generation) return;
      cell.loaded.add(index);
      cell.failed.delete(index);
      if (cell.state.index !== index) return;
      const viewport = this.#viewport(cell);
      if (viewport.getImageIds().length === 0) return;
      await viewport.setImageIdIndex(index);
      if (cell.generation === generation && cell.state.index === index) viewport.render();
    } catch (thrown) {
      if (cell.generation === generation && cell.state.index === index) this.#fail(cell, index, thrown);
    }
  }

  #fail(cell: Cell, index: number, thrown: unknown): void {
    cell.failed.add(index);
    this.#set(cell, { ...cell.state, phase: 'error', problem: { status: statusOf(thrown) } });
  }

  /** @throws the request, or an Error when the picture cannot be decoded */
  async #load(cell: Cell, index: number, urgency: 'now' | 'ahead'): Promise<void> {
    const { metadata } = cell.images[index] ?? {};
    // The library throws outside its promise then, and the picture would stay "loading" for ever.
    if (metadata !== undefined && isPaletteColour(metadata) && !hasPalette(metadata)) throw new Error('the palette is missing');
    const options = {
      // Each renderer paints its own layout of colour pixels. The loader reads this; the core's type does not name it.
      useRGBA: this.#software,
      requestType: urgency === 'now' ? RequestType.Interaction : RequestType.Prefetch,
      priority: urgency === 'now' ? -5 : 5,
    };
    const imageId = cell.imageIds[index] ?? '';
    this.#underWay.set(imageId, (this.#underWay.get(imageId) ?? 0) + 1);
    try {
      completeColours(await imageLoader.loadAndCacheImage(imageId, options), this.#software ? 4 : 3);
    } finally {
      const others = (this.#underWay.get(imageId) ?? 1) - 1;
      if (others > 0) this.#underWay.set(imageId, others);
      else this.#underWay.delete(imageId);
      this.#dropUnusedMetadata([imageId]);
    }
  }

  /** Keeps the images around the reader coming, nearest first, a few at a time. */
  #prefetch(cell: Cell): void {
    if (cell.state.phase !== 'ready') return;
    for (const other of this.#cells.values()) if (other.state.phase === 'loading') return;
    const image = cell.images[cell.state.index];
    const bytes = Math.max(1, (image?.rows ?? 512) * (image?.columns ?? 512) * (cell.state.colour ? 4 : 2));
    const open = [...this.#cells.values()].filter((other) => other.state.count > 0).length;
    const room = Math.floor((cache.getMaxCacheSize() * PREFETCH_CACHE_SHARE) / Math.max(1, open) / bytes);
    const wanted = prefetchOrder(cell.state.index, cell.imageIds.length, cell.direction, Math.min(room, PREFETCH_IMAGES_MAX));
    for (const index of wanted) {
      if (cell.inFlight.size >= PREFETCH_PARALLEL_MAX) return;
      if (!cell.loaded.has(index) && !cell.inFlight.has(index) && !cell.failed.has(index)) this.#fetchAhead(cell, index);
    }
  }

  #fetchAhead(cell: Cell, index: number): void {
    const { generation, inFlight } = cell;
    inFlight.add(index);
    const done = (loaded: boolean) => {
      inFlight.delete(index);
      if (cell.generation !== generation) return;
      if (loaded) cell.loaded.add(index);
      else cell.failed.add(index);
      this.#set(cell, { ...cell.state, loaded: cell.loaded.size });
      this.#prefetch(cell);
    };
    this.#load(cell, index, 'ahead').then(
      () => done(true),
      () => done(false),
    );
  }

  #forgetImage(imageId: string): void {
    for (const cell of this.#cells.values()) {
      const index = cell.indexOf.get(imageId);
      if (index !== undefined && cell.loaded.delete(index)) this.#queueRefresh(cell);
    }
  }

  /** Metadata of images no cell shows any more. */
  #dropUnusedMetadata(imageIds: readonly string[]): void {
    for (const imageId of imageIds) {
      const used = this.#underWay.has(imageId) || [...this.#cells.values()].some((cell) => cell.indexOf.has(imageId));
      if (!used) wadors.metaDataManager.remove(imageId);
    }
  }

  #viewport(cell: Cell): StackViewport {
    return this.#engine.getViewport(cell.id) as unknown as StackViewport;
  }

  #withPicture(id: string, act: (viewport: StackViewport) => void): void {
    const cell = this.#cells.get(id);
    if (cell === undefined) return;
    const viewport = this.#viewport(cell);
    if (viewport.getImageIds().length === 0 || cell.state.phase === 'empty') return;
    act(viewport);
    viewport.render();
    this.#queueRefresh(cell);
  }

  #resetView(cell: Cell): void {
    const viewport = this.#viewport(cell);
    const camera = viewport.getCamera();
    if (camera.flipHorizontal || camera.flipVertical) viewport.setCamera({ flipHorizontal: false, flipVertical: false });
    viewport.setViewPresentation({ rotation: 0 });
    viewport.resetCamera();
  }

  /** Mirrors what is seen. The library flips along the picture's own axes, which a quarter turn has exchanged. */
  #flip(viewport: StackViewport, axis: 'horizontal' | 'vertical'): void {
    const { flipHorizontal, flipVertical } = viewport.getCamera();
    const turned = isQuarterTurn(viewport.getRotation());
    if ((axis === 'horizontal') === turned) viewport.setCamera({ flipVertical: flipVertical !== true });
    else viewport.setCamera({ flipHorizontal: flipHorizontal !== true });
  }

  #watch(id: string, element: HTMLDivElement): () => void {
    const withCell = (act: (cell: Cell) => void) => () => {
      const cell = this.#cells.get(id);
      if (cell !== undefined) act(cell);
    };
    const rendered = withCell((cell) => this.#onRendered(cell));
    const changed = withCell((cell) => this.#queueRefresh(cell));
    const stopMenu = (event: Event) => event.preventDefault();
    const observer = new ResizeObserver(
      withCell(() => {
        if (element.clientWidth > 0 && element.clientHeight > 0) this.#engine.resize(true, true);
      }),
    );
    observer.observe(element);
    element.addEventListener(Events.IMAGE_RENDERED, rendered);
    element.addEventListener(Events.VOI_MODIFIED, changed);
    element.addEventListener(Events.CAMERA_MODIFIED, changed);
    element.addEventListener('contextmenu', stopMenu);
    return () => {
      observer.disconnect();
      element.removeEventListener(Events.IMAGE_RENDERED, rendered);
      element.removeEventListener(Events.VOI_MODIFIED, changed);
      element.removeEventListener(Events.CAMERA_MODIFIED, changed);
      element.removeEventListener('contextmenu', stopMenu);
    };
  }

  #onRendered(cell: Cell): void {
    const shown = this.#shownImage(cell);
    const wanted = cell.imageIds[cell.state.index];
    if (shown !== undefined && shown.imageId === wanted && (cell.state.phase === 'loading' || cell.state.phase === 'ready')) {
      if (cell.state.phase === 'loading')
        this.#set(cell, { ...cell.state, ...this.#reading(cell), phase: 'ready', loaded: cell.loaded.size });
      for (const other of this.#cells.values()) this.#prefetch(other);
    }
    this.#queueRefresh(cell);
  }

  #shownImage(cell: Cell): Types.IImage | undefined {
    return cell.imageIds.length === 0 ? undefined : (this.#viewport(cell).getCornerstoneImage() as Types.IImage | undefined);
  }

  /** Camera and window events come many to a frame; the page hears of them once. */
  #queueRefresh(cell: Cell): void {
    if (cell.refreshQueued) return;
    cell.refreshQueued = true;
    requestAnimationFrame(() => {
      cell.refreshQueued = false;
      if (this.#cells.get(cell.id) !== cell || cell.state.phase === 'empty') return;
      this.#set(cell, { ...cell.state, ...this.#reading(cell), loaded: cell.loaded.size });
    });
  }

  /** What the viewport says of itself now. */
  #reading(cell: Cell): Partial<CellState> {
    const image = this.#shownImage(cell);
    if (image === undefined || !cell.indexOf.has(image.imageId)) return { measurements: this.#measurements(cell) };
    const viewport = this.#viewport(cell);
    const { voiRange, invert } = viewport.getProperties();
    const camera = viewport.getCamera();
    const turned = isQuarterTurn(viewport.getRotation());
    return {
      colour: image.color,
      window: voiRange === undefined || image.color ? undefined : rangeToWindow(voiRange),
      inverted: (invert ?? false) !== ((image as { invert?: boolean }).invert ?? false),
      rotation: ((Math.round(viewport.getRotation()) % 360) + 360) % 360,
      flippedHorizontally: (turned ? camera.flipVertical : camera.flipHorizontal) === true,
      flippedVertically: (turned ? camera.flipHorizontal : camera.flipVertical) === true,
      ...this.#geometry(cell, viewport, image),
      measurements: this.#measurements(cell),
    };
  }

  #geometry(cell: Cell, viewport: StackViewport, image: Types.IImage): Partial<CellState> {
    const origin = viewport.canvasToWorld([0, 0]);
    const right = difference(viewport.canvasToWorld([100, 0]), origin);
    const down = difference(viewport.canvasToWorld([0, 100]), origin);
    const mmPerScreenPixel = Math.hypot(...right) / 100;
    const shown = cell.images[cell.state.index];
    const edges =
      shown?.hasOrientation === true
        ? edgeLetters(right, down)
        : shown?.patientOrientation !== undefined
          ? edgeLettersOfProjection(right, down, shown.patientOrientation)
          : EMPTY_CELL.edges;
    const zoom = (image.columnPixelSpacing || 1) / mmPerScreenPixel;
    return { zoom: Number.isFinite(zoom) ? zoom : undefined, edges };
  }

  #measurements(cell: Cell): readonly Measurement[] {
    return annotations.state.getAllAnnotations().flatMap((one) => {
      const index = cell.indexOf.get(one.metadata?.referencedImageId ?? '');
      const tool = toolNamed(one.metadata?.toolName ?? '');
      if (index === undefined || tool === undefined || one.annotationUID === undefined) return [];
      const stats = Object.values((one.data as { cachedStats?: Record<string, MeasureStats> }).cachedStats ?? {})[0];
      const lines = measureLines(tool, stats, this.#words);
      const selected = annotations.selection.isAnnotationSelected(one.annotationUID);
      return [{ id: one.annotationUID, tool, index, lines, selected }];
    });
  }

  #set(cell: Cell, state: CellState): void {
    cell.state = state;
    for (const listener of cell.listeners) listener();
  }

  #toolGroup() {
    const group = ToolGroupManager.getToolGroup(TOOL_GROUP_ID) ?? ToolGroupManager.createToolGroup(TOOL_GROUP_ID);
    if (group === undefined) throw new Error('no tool group');
    return group;
  }

  #makeToolGroup(): void {
    for (const tool of [
      WindowLevelTool,
      ScrollTool,
      ZoomTool,
      PanTool,
      LengthTool,
      AngleTool,
      EllipticalROITool,
      RectangleROITool,
      ProbeTool,
    ]) {
      addTool(tool);
    }
    const group = this.#toolGroup();
    group.addTool(TOOL_NAMES.window);
    group.addTool(TOOL_NAMES.scroll, {
      indexOf: (id: string) => this.state(id).index,
      countOf: (id: string) => this.state(id).count,
      jump: (id: string, index: number) => this.jump(id, index),
    });
    group.addTool(TOOL_NAMES.zoom, { minZoomScale: ZOOM_MIN, maxZoomScale: ZOOM_MAX });
    group.addTool(TOOL_NAMES.pan);
    for (const tool of MEASURING) {
      group.addTool(TOOL_NAMES[tool], {
        getTextLines: (data: { cachedStats?: Record<string, MeasureStats> }, target: string | readonly string[]) => {
          const key = typeof target === 'string' ? target : (target[0] ?? '');
          return measureLines(tool, data.cachedStats?.[key], this.#words);
        },
      });
    }
    this.setTool(this.#tool);
  }
}

function toolNamed(name: string): Tool | undefined {
  return MEASURING.find((tool) => TOOL_NAMES[tool] === name);
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(count - 1, Math.trunc(index)));
}

function isQuarterTurn(degrees: number): boolean {
  return Math.round(degrees / 90) % 2 !== 0;
}

function difference(a: Types.Point3, b: Types.Point3): [number, number, number] {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}

/** The loader rejects with the XMLHttpRequest itself, or with an Error when the bytes could not be decoded. */
function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof XMLHttpRequest) return thrown.status;
  const { status, error } = (thrown ?? {}) as { status?: unknown; error?: unknown };
  if (typeof status === 'number') return status;
  return error === undefined ? undefined : statusOf(error);
}
