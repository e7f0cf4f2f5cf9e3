/**
 * Where the picture lies on the screen. The library's CPU viewport reckons with corners of pixels where DICOM means their middles (PS3.3
 * C.7.6.2.1.1), with CSS pixels where its canvas has the device's, and keeps the size of the first picture; here these are put right.
 */
import type { StackViewport } from '@cornerstonejs/core';
import type { ShownPicture } from '../loader/image.ts';
import { type EnabledElement, type Matrix, transformOf, type ViewState } from './painter.ts';

type Point2 = [number, number];
type Point3 = [number, number, number];

interface Metadata {
  readonly origin: Point3;
  readonly spacing: Point3;
  readonly direction: readonly number[];
}

interface Camera {
  readonly parallelScale?: number;
  readonly scale?: number;
}

/** What the library keeps to itself. */
interface Insides {
  readonly _cpuFallbackEnabledElement: EnabledElement & { readonly metadata?: Metadata; viewport: ViewState };
  canvasToWorld(point: Point2, world?: Point3): Point3 | undefined;
  canvasToWorldCPU(point: Point2, world?: Point3): Point3 | undefined;
  worldToCanvas(world: Point3): Point2;
  worldToCanvasCPU(world: Point3): Point2;
  setCamera(camera: Camera): void;
  setCameraCPU(camera: Camera): void;
  getImageData(): { imageData: object } | undefined;
  getImageDataCPU(): { imageData: object } | undefined;
  resize(): void;
  fillWithBackgroundColor(): void;
}

/** One view whose geometry is right. */
export class Geometry {
  readonly #insides: Insides;
  /** Scale at which the picture before fitted into the cell. */
  #fitted: { readonly image: ShownPicture; readonly width: number; readonly height: number } | undefined;

  constructor(viewport: StackViewport) {
    this.#insides = viewport as unknown as Insides;
    const insides = this.#insides;
    insides.canvasToWorld = insides.canvasToWorldCPU = (point, world = [0, 0, 0]) => this.#worldOf(point, world);
    insides.worldToCanvas = insides.worldToCanvasCPU = (world) => this.#canvasPointOf(world);
    insides.setCamera = (camera) => insides.setCameraCPU(this.#scaled(camera));
    insides.getImageData = () => this.#imageData();
    insides.resize = () => this.resize();
    // A new stack would blacken the canvas at once, under the name of the picture that stands there; the painter alone paints.
    insides.fillWithBackgroundColor = () => undefined;
    this.resize();
  }

  /** Screen (CSS) pixels for one image pixel, along its rows and along its columns; undefined before the first picture. */
  zoom(): readonly [x: number, y: number] | undefined {
    const matrix = this.#matrix();
    if (matrix === undefined) return undefined;
    const [a, b, c, d] = matrix;
    return [Math.hypot(a, b) / ratio(), Math.hypot(c, d) / ratio()];
  }

  /** A picture of another size than the one before takes the same place in the cell. */
  adopt(): void {
    const { image, canvas, viewport: view } = this.#insides._cpuFallbackEnabledElement;
    if (image === undefined) return;
    const before = this.#fitted;
    this.#fitted = { image, width: canvas.width, height: canvas.height };
    const area = view.displayedArea;
    if (before === undefined || before.image === image) return;
    if (area.brhc.x === image.columns && area.brhc.y === image.rows && sameShape(before.image, image)) return;
    view.scale *= fitScale(canvas, image) / fitScale(canvas, before.image);
    area.tlhc = { x: 1, y: 1 };
    area.brhc = { x: image.columns, y: image.rows };
  }

  /** The canvas has the device's pixels; what filled the cell fills it again. */
  resize(): void {
    const { canvas, image, viewport: view } = this.#insides._cpuFallbackEnabledElement;
    const width = Math.round(canvas.clientWidth * ratio());
    const height = Math.round(canvas.clientHeight * ratio());
    const before = { width: canvas.width, height: canvas.height };
    if (width === 0 || height === 0 || (width === before.width && height === before.height)) return;
    canvas.width = width;
    canvas.height = height;
    if (image === undefined) return;
    const filled = Math.abs(view.scale / fitScale(before, image) - 1) < 1e-3 && view.translation.x === 0 && view.translation.y === 0;
    const grown = Math.sqrt((width * height) / Math.max(1, before.width * before.height));
    view.scale = filled ? fitScale(canvas, image) : view.scale * grown;
  }

  #matrix(): Matrix | undefined {
    const { canvas, image, viewport } = this.#insides._cpuFallbackEnabledElement;
    return image === undefined ? undefined : transformOf(canvas, image, viewport);
  }

  #worldOf([x, y]: Point2, world: Point3): Point3 | undefined {
    const matrix = this.#matrix();
    const { metadata } = this.#insides._cpuFallbackEnabledElement;
    if (matrix === undefined || metadata === undefined) return undefined;
    const [a, b, c, d, e, f] = matrix;
    const [right, down] = [x * ratio() - e, y * ratio() - f];
    const determinant = a * d - b * c;
    return place(metadata, [(d * right - c * down) / determinant - 0.5, (a * down - b * right) / determinant - 0.5], world);
  }

  #canvasPointOf(world: Point3): Point2 {
    const matrix = this.#matrix();
    const { metadata } = this.#insides._cpuFallbackEnabledElement;
    if (matrix === undefined || metadata === undefined) return [0, 0];
    const [a, b, c, d, e, f] = matrix;
    const [i, j] = indexOf(metadata, world).map((index) => index + 0.5) as Point2;
    return [(a * i + c * j + e) / ratio(), (b * i + d * j + f) / ratio()];
  }

  /** Half the height of the cell in mm → pixels of the canvas for one of the image, along its shorter side. */
  #scaled(camera: Camera): Camera {
    const { image, canvas } = this.#insides._cpuFallbackEnabledElement;
    const { parallelScale, ...rest } = camera;
    if (parallelScale === undefined || camera.scale !== undefined || image === undefined) return rest;
    const shorter = Math.min(image.rowPixelSpacing || 1, image.columnPixelSpacing || 1);
    return { ...rest, scale: (canvas.height * 0.5 * shorter) / parallelScale };
  }

  #imageData(): { imageData: object } | undefined {
    const data = this.#insides.getImageDataCPU();
    const { metadata } = this.#insides._cpuFallbackEnabledElement;
    if (data === undefined || metadata === undefined) return data;
    Object.assign(data.imageData, {
      worldToIndex: (world: Point3): Point3 => [...indexOf(metadata, world), 0],
      indexToWorld: (index: readonly number[], world: Point3 = [0, 0, 0]) => place(metadata, [index[0] ?? 0, index[1] ?? 0], world),
    });
    return data;
  }
}

function ratio(): number {
  return window.devicePixelRatio || 1;
}

/** The scale at which the picture just fills the canvas. */
function fitScale(canvas: { readonly width: number; readonly height: number }, image: ShownPicture): number {
  const row = image.rowPixelSpacing || 1;
  const column = image.columnPixelSpacing || 1;
  const shorter = Math.min(row, column);
  return Math.min((canvas.width * shorter) / (image.columns * column), (canvas.height * shorter) / (image.rows * row));
}

function sameShape(a: ShownPicture, b: ShownPicture): boolean {
  return a.rowPixelSpacing * b.columnPixelSpacing === b.rowPixelSpacing * a.columnPixelSpacing;
}

function place({ origin, spacing, direction }: Metadata, [i, j]: Point2, world: Point3): Point3 {
  for (const axis of [0, 1, 2] as const) {
    world[axis] = origin[axis] + (direction[axis] ?? 0) * i * spacing[0] + (direction[axis + 3] ?? 0) * j * spacing[1];
  }
  return world;
}

/** Columns and rows from the middle of the first pixel. */
function indexOf({ origin, spacing, direction }: Metadata, world: readonly number[]): Point2 {
  let [along, down] = [0, 0];
  for (const axis of [0, 1, 2] as const) {
    const from = (world[axis] ?? 0) - origin[axis];
    along += from * (direction[axis] ?? 0);
    down += from * (direction[axis + 3] ?? 0);
  }
  return [along / spacing[0], down / spacing[1]];
}
