/** What the file draws over its picture (overlay planes, PS3.3 C.9.2), on a layer of its own: the picture's canvas holds the picture alone. */
import type { OverlayMask } from '../loader/pixels.ts';
import type { Matrix } from './painter.ts';

/** Red, green, blue. Neither a grey of a picture nor the colour of measurements. */
const COLOUR = [94, 211, 255] as const;

export class OverlayLayer {
  readonly #picture: HTMLCanvasElement;
  /** Made with the first overlay; most pictures have none. */
  #canvas: HTMLCanvasElement | undefined;
  readonly #source = document.createElement('canvas');
  /** What `#source` was painted from, and where it begins in the picture. */
  #painted: { readonly mask: OverlayMask; readonly left: number; readonly top: number } | undefined;

  /** `picture`: lies under it, and says its size. */
  constructor(picture: HTMLCanvasElement) {
    this.#picture = picture;
  }

  clear(): void {
    const canvas = this.#canvas;
    canvas?.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
  }

  paint(mask: OverlayMask, [a, b, c, d, e, f]: Matrix): void {
    const canvas = this.#sized();
    const context = canvas.getContext('2d');
    const painted = this.#paintSource(mask);
    if (context === null || painted === undefined) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(a, b, c, d, e, f);
    // Enlarged, a dot of the overlay is as sharp as the pixel under it.
    context.imageSmoothingEnabled = Math.hypot(a, b) < 1;
    context.drawImage(this.#source, painted.left, painted.top);
  }

  #sized(): HTMLCanvasElement {
    this.#canvas ??= layerOver(this.#picture);
    const { width, height } = this.#picture;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    return this.#canvas;
  }

  /** As large as what is drawn in it, not as the picture: marks are small. */
  #paintSource(mask: OverlayMask) {
    if (this.#painted?.mask === mask) return this.#painted;
    const { left, top, width, height } = extentOf(mask);
    this.#source.width = width;
    this.#source.height = height;
    const context = this.#source.getContext('2d');
    if (context === null) return undefined;
    const image = context.createImageData(width, height);
    for (let row = 0, to = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1, to += 4)
        if (isSet(mask, row + top, column + left)) image.data.set([...COLOUR, 255], to);
    }
    context.putImageData(image, 0, 0);
    this.#painted = { mask, left, top };
    return this.#painted;
  }
}

/** In a tree of its own: whoever looks for the canvas of a cell finds the picture. */
function layerOver(picture: HTMLCanvasElement): HTMLCanvasElement {
  const host = document.createElement('div');
  host.style.cssText = 'position:absolute;inset:0;pointer-events:none';
  const canvas = document.createElement('canvas');
  canvas.style.cssText = 'position:absolute;inset:0;width:100%;height:100%';
  host.attachShadow({ mode: 'closed' }).append(canvas);
  picture.after(host);
  return canvas;
}

function isSet({ columns, bits }: OverlayMask, row: number, column: number): boolean {
  const at = row * columns + column;
  return (((bits[at >> 3] as number) >> (at & 7)) & 1) === 1;
}

function extentOf(mask: OverlayMask) {
  let [top, bottom, left, right] = [mask.rows, 0, mask.columns, 0];
  for (let row = 0; row < mask.rows; row += 1) {
    for (let column = 0; column < mask.columns; column += 1) {
      if (!isSet(mask, row, column)) continue;
      top = Math.min(top, row);
      bottom = row + 1;
      left = Math.min(left, column);
      right = Math.max(right, column + 1);
    }
  }
  return { left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}
