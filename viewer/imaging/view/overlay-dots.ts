/** Where the dots of an overlay stand on the screen. Plain computation. */
import type { OverlayMask } from '../loader/pixels.ts';
import type { Matrix } from './painter.ts';

/** Opaque; neither a grey of a picture nor the colour of measurements. As a word of RGBA on a little-endian machine: #5ed3ff. */
const COLOUR = 0xffffd35e;

/** The rectangle of the image that holds all dots. */
export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** How dots are gathered into a canvas of `width` × `height`, and that one is drawn. */
export interface Scaled {
  readonly width: number;
  readonly height: number;
  readonly across: Gathering;
  readonly down: Gathering;
  /** From the gathered dots to the screen. */
  readonly transform: [number, number, number, number, number, number];
  /** The same for the same gathering. */
  readonly key: string;
}

/** Dot `n` from the edge goes to place floor(phase + (n + ½) · shrink). */
interface Gathering {
  readonly shrink: number;
  readonly phase: number;
}

interface Axis extends Gathering {
  /** It runs along the screen's x. */
  readonly alongX: boolean;
  readonly step: number;
  readonly from: number;
}

/**
 * Enlarged, dots are drawn as they are. Drawn smaller, each goes to the one pixel of the screen that its middle falls on: smoothing takes samples of the image
 * and would lose lines of one pixel between them. The picture is turned by right angles only.
 */
export function axesOf([a, b, c, d, e, f]: Matrix, { left, top, width, height }: Extent): Scaled {
  const corner = [a * left + c * top + e, b * left + d * top + f] as const;
  const across = axisOf(a, b, corner);
  const down = axisOf(c, d, corner);
  return {
    width: Math.ceil(across.phase + width * across.shrink),
    height: Math.ceil(down.phase + height * down.shrink),
    across,
    down,
    transform: across.alongX
      ? [across.step, 0, 0, down.step, across.from, down.from]
      : [0, across.step, down.step, 0, down.from, across.from],
    key: [across.shrink, across.phase, down.shrink, down.phase].join(),
  };
}

function axisOf(x: number, y: number, corner: readonly [x: number, y: number]): Axis {
  const alongX = Math.abs(x) >= Math.abs(y);
  const [step, from] = alongX ? [x, corner[0]] : [y, corner[1]];
  const shrink = Math.abs(step);
  if (shrink >= 1) return { alongX, shrink: 1, phase: 0, step, from };
  const edge = step > 0 ? Math.floor(from) : Math.ceil(from);
  return { alongX, shrink, phase: Math.abs(from - edge), step: Math.sign(step), from: edge };
}

export function paintDots(mask: OverlayMask, { left, top }: Extent, { width, across, down }: Scaled, pixels: Uint32Array): void {
  forEachDot(mask, (row, column) => {
    const y = Math.floor(down.phase + (row - top + 0.5) * down.shrink);
    const x = Math.floor(across.phase + (column - left + 0.5) * across.shrink);
    pixels[y * width + x] = COLOUR;
  });
}

export function extentOf(mask: OverlayMask): Extent {
  let [top, bottom, left, right] = [mask.rows, 0, mask.columns, 0];
  forEachDot(mask, (row, column) => {
    if (row < top) top = row;
    bottom = row + 1;
    if (column < left) left = column;
    if (column >= right) right = column + 1;
  });
  return { left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

/** Row by row. */
function forEachDot({ rows, columns, bits }: OverlayMask, visit: (row: number, column: number) => void): void {
  const end = rows * columns;
  for (let byte = 0; byte < bits.length; byte += 1) {
    for (let rest = bits[byte] as number; rest !== 0; rest &= rest - 1) {
      const at = byte * 8 + 31 - Math.clz32(rest & -rest);
      if (at < end) visit(Math.floor(at / columns), at % columns);
    }
  }
}
