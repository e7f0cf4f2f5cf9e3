/**
 * Paints a picture into its cell: grey through the cell's own window into a canvas of the image's size, then with the cell's zoom, turn and
 * mirror onto the screen. One painter for every machine; no WebGL takes part.
 */
import type { ShownPicture } from '../loader/image.ts';
import { type Display, type LookupTable, paintGrey } from '../loader/pixels.ts';
import { OverlayLayer } from './overlay-layer.ts';

/** What the library's CPU viewport hands to an image that paints itself. */
export interface EnabledElement {
  readonly canvas: HTMLCanvasElement;
  readonly image?: ShownPicture;
  readonly viewport: ViewState;
}

export interface ViewState {
  scale: number;
  rotation: number;
  hflip: boolean;
  vflip: boolean;
  translation: { x: number; y: number };
  displayedArea: { tlhc: { x: number; y: number }; brhc: { x: number; y: number } };
}

const painters = new WeakMap<HTMLCanvasElement, Painter>();

/** The `render` of every picture: the cell whose canvas it is paints. */
export function renderPicture({ canvas, image, viewport }: EnabledElement): void {
  if (image !== undefined) painters.get(canvas)?.paint(canvas, image, viewport);
}

/** One for all cells: each use overwrites the whole of it. */
let scratch = new Uint8ClampedArray(0);

export class Painter {
  /** What stands on the canvas; undefined when nothing does. */
  drawn: ShownPicture | undefined;
  readonly #displayOf: (image: ShownPicture) => Display | undefined;
  readonly #inverted: () => boolean;
  readonly #belongs: (image: ShownPicture) => boolean;
  readonly #overlays: () => boolean;
  readonly #layer: OverlayLayer;
  readonly #canvas: HTMLCanvasElement;
  readonly #source = document.createElement('canvas');
  /** What `#source` was painted from, and how; a LUT is known by its table, of which an image may have several. */
  #painted: { readonly image: ShownPicture; readonly key: string; readonly lut: LookupTable | undefined } | undefined;

  /** `displayOf`: the window in force on a grey picture. `inverted`: for colour. `belongs`: what the cell may show; the library may come late with another. `overlays`: whether what the file draws over it is shown. */
  constructor(
    canvas: HTMLCanvasElement,
    displayOf: (image: ShownPicture) => Display | undefined,
    inverted: () => boolean,
    belongs: (image: ShownPicture) => boolean,
    overlays: () => boolean,
  ) {
    this.#canvas = canvas;
    this.#belongs = belongs;
    this.#displayOf = displayOf;
    this.#inverted = inverted;
    this.#overlays = overlays;
    this.#layer = new OverlayLayer(canvas);
    painters.set(canvas, this);
    this.#source.addEventListener('contextlost', () => {
      this.#painted = undefined;
    });
  }

  /** The picture leaves screen and memory at once. */
  blank(): void {
    this.drawn = undefined;
    this.#painted = undefined;
    this.#source.width = 0;
    this.#source.height = 0;
    blacken(this.#canvas);
    this.#layer.clear();
  }

  paint(canvas: HTMLCanvasElement, image: ShownPicture, view: ViewState): void {
    this.drawn = undefined;
    this.#layer.clear();
    const context = blacken(canvas);
    if (context === undefined || !this.#belongs(image) || !this.#paintSource(image)) return;
    const matrix = transformOf(canvas, image, view);
    const [a, b] = matrix;
    context.setTransform(...(matrix as [number, number, number, number, number, number]));
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = Math.hypot(a, b) < 0.5 ? 'medium' : 'low';
    context.drawImage(this.#source, 0, 0, image.columns, image.rows);
    context.setTransform(1, 0, 0, 1, 0, 0);
    this.drawn = image;
    const { overlay } = image.picture;
    if (overlay !== undefined && this.#overlays()) this.#layer.paint(overlay, matrix);
  }

  #paintSource(image: ShownPicture): boolean {
    const display = this.#displayOf(image);
    const lut = display?.voi.kind === 'lut' ? display.voi.lut : undefined;
    const key = JSON.stringify(display === undefined ? this.#inverted() : [display.invert, lut === undefined ? display.voi : 'lut']);
    if (this.#painted?.image === image && this.#painted.key === key && this.#painted.lut === lut) return true;
    const { picture } = image;
    // Without a window nothing would be written over the picture that was painted before.
    if (picture.kind === 'grey' && display === undefined) return false;
    const { width, height } = picture.kind === 'grey' ? picture.values : picture;
    if (this.#source.width !== width) this.#source.width = width;
    if (this.#source.height !== height) this.#source.height = height;
    const context = this.#source.getContext('2d', { alpha: false });
    if (context === null || context.isContextLost?.() === true) return false;
    const bytes = width * height * 4;
    if (scratch.length !== bytes) scratch = new Uint8ClampedArray(bytes);
    if (picture.kind === 'colour') paintColour(picture.rgb, this.#inverted(), scratch);
    else if (display !== undefined) paintGrey(picture.values, display, scratch);
    context.putImageData(new ImageData(scratch, width, height), 0, 0);
    this.#painted = { image, key, lut };
    return true;
  }
}

/** Nothing stands on the canvas any more. Returns what draws on it; undefined while the browser has its memory. */
function blacken(canvas: HTMLCanvasElement): CanvasRenderingContext2D | undefined {
  const context = canvas.getContext('2d');
  if (context === null || context.isContextLost?.() === true) return undefined;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = 'black';
  context.fillRect(0, 0, canvas.width, canvas.height);
  return context;
}

function paintColour(rgb: Uint8Array, inverted: boolean, rgba: Uint8ClampedArray): void {
  const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.length / 4);
  const flip = inverted ? 0x00ffffff : 0;
  for (let at = 0, from = 0; at < pixels.length; at += 1, from += 3) {
    const word = 0xff000000 | ((rgb[from + 2] as number) << 16) | ((rgb[from + 1] as number) << 8) | (rgb[from] as number);
    pixels[at] = (word ^ flip) >>> 0;
  }
}

export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** From the image's pixels to the canvas's, as the library's tools reckon it: pixels of unequal sides keep their proportion. */
export function transformOf(
  canvas: { readonly width: number; readonly height: number },
  image: { readonly rows: number; readonly columns: number; readonly rowPixelSpacing: number; readonly columnPixelSpacing: number },
  view: ViewState,
): Matrix {
  const row = image.rowPixelSpacing || 1;
  const column = image.columnPixelSpacing || 1;
  const shorter = Math.min(row, column);
  const scaleX = (view.scale * column) / shorter;
  const scaleY = (view.scale * row) / shorter;
  const angle = ((view.rotation || 0) * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // Centre · turn · scale · turn back · move · turn · mirror · corner, from the right.
  const moved = [view.translation.x, view.translation.y] as const;
  const along = (x: number, y: number): readonly [number, number] => {
    const mirrored = [view.hflip ? -x : x, view.vflip ? -y : y] as const;
    const turnedX = cos * mirrored[0] - sin * mirrored[1] + moved[0];
    const turnedY = sin * mirrored[0] + cos * mirrored[1] + moved[1];
    const backX = (cos * turnedX + sin * turnedY) * scaleX;
    const backY = (-sin * turnedX + cos * turnedY) * scaleY;
    return [cos * backX - sin * backY + canvas.width / 2, sin * backX + cos * backY + canvas.height / 2];
  };
  const origin = along(-image.columns / 2, -image.rows / 2);
  const right = along(1 - image.columns / 2, -image.rows / 2);
  const down = along(-image.columns / 2, 1 - image.rows / 2);
  return [right[0] - origin[0], right[1] - origin[1], down[0] - origin[0], down[1] - origin[1], origin[0], origin[1]];
}
