/** What the file draws over its picture (overlay planes, PS3.3 C.9.2), on a layer of its own: the picture's canvas holds the picture alone. */
import type { OverlayMask } from '../loader/pixels.ts';
import { axesOf, type Extent, extentOf, paintDots, type Scaled } from './overlay-dots.ts';
import type { Matrix } from './painter.ts';

export class OverlayLayer {
  readonly #picture: HTMLCanvasElement;
  /** Made with the first overlay; most pictures have none. */
  #canvas: HTMLCanvasElement | undefined;
  readonly #source = document.createElement('canvas');
  /** What `#source` was painted from, and how. */
  #painted: { readonly mask: OverlayMask; readonly key: string } | undefined;
  #extent: { readonly mask: OverlayMask; readonly of: Extent } | undefined;
  /** What stands on the layer. */
  #shown: { readonly mask: OverlayMask; readonly matrix: Matrix } | undefined;

  /** `picture`: lies under it, and says its size. */
  constructor(picture: HTMLCanvasElement) {
    this.#picture = picture;
    // The browser took the memory of one of the two; it comes back by itself, empty.
    this.#source.addEventListener('contextlost', () => {
      this.#painted = undefined;
    });
    this.#source.addEventListener('contextrestored', this.#again);
  }

  clear(): void {
    this.#shown = undefined;
    const canvas = this.#canvas;
    const context = canvas?.getContext('2d');
    context?.setTransform(1, 0, 0, 1, 0, 0);
    context?.clearRect(0, 0, canvas?.width ?? 0, canvas?.height ?? 0);
  }

  /** On a layer that is clear. */
  paint(mask: OverlayMask, matrix: Matrix): void {
    this.#shown = { mask, matrix };
    const context = this.#sized().getContext('2d');
    if (context === null) return;
    const extent = this.#extentOf(mask);
    const scaled = axesOf(matrix, extent);
    if (!this.#paintSource(mask, extent, scaled)) return;
    context.setTransform(...scaled.transform);
    // A dot is as sharp as the pixel under it.
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#source, 0, 0);
  }

  readonly #again = (): void => {
    const shown = this.#shown;
    this.clear();
    if (shown !== undefined) this.paint(shown.mask, shown.matrix);
  };

  #sized(): HTMLCanvasElement {
    if (this.#canvas === undefined) {
      this.#canvas = layerOver(this.#picture);
      this.#canvas.addEventListener('contextrestored', this.#again);
    }
    const { width, height } = this.#picture;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    return this.#canvas;
  }

  #extentOf(mask: OverlayMask): Extent {
    if (this.#extent?.mask !== mask) this.#extent = { mask, of: extentOf(mask) };
    return this.#extent.of;
  }

  /** As large as what is drawn in it, not as the picture: marks are small. */
  #paintSource(mask: OverlayMask, extent: Extent, scaled: Scaled): boolean {
    if (this.#painted?.mask === mask && this.#painted.key === scaled.key) return true;
    this.#source.width = scaled.width;
    this.#source.height = scaled.height;
    const context = this.#source.getContext('2d');
    if (context === null || context.isContextLost?.() === true) return false;
    const image = context.createImageData(scaled.width, scaled.height);
    paintDots(mask, extent, scaled, new Uint32Array(image.data.buffer));
    context.putImageData(image, 0, 0);
    this.#painted = { mask, key: scaled.key };
    return true;
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
