/** The window in force on a picture: the reader's where he chose one, otherwise the picture's own. Plain computation. */
import type { GreyPresentation, ModalityValues, VoiWindow } from '../loader/pixels.ts';
import { type Display, isUsable, settled } from '../loader/pixels.ts';
import type { Window } from '../port.ts';

/** What a reader changed on a stack; it goes with him from picture to picture. */
export interface Choice {
  readonly window: Window | undefined;
  readonly inverted: boolean;
}

export const NO_CHOICE: Choice = { window: undefined, inverted: false };

export function displayOf(values: ModalityValues, presentation: GreyPresentation, { window, inverted }: Choice): Display {
  const own = settled(presentation.voi, values);
  const chosen = window === undefined ? undefined : { ...window, function: shapeOf(values, own) };
  const voi = chosen !== undefined && isUsable(chosen) ? { kind: 'window' as const, ...chosen } : own;
  return { voi, invert: presentation.invert !== inverted };
}

/** Width and centre of what is shown; a LUT has none. */
export function windowIn({ voi }: Display, values: ModalityValues): Window | undefined {
  switch (voi.kind) {
    case 'window':
      return { center: voi.center, width: voi.width };
    case 'range':
      return spanning(voi.low, voi.high, values);
    case 'lut':
      return undefined;
  }
}

/** Values between two that differ by this many steps of a drag, screen pixels. */
const DRAG_OVER_RANGE_PX = 1024;

/** The window after a drag: to the right wider, down higher. From a LUT it sets out from the range of the values. */
export function dragged(display: Display, values: ModalityValues, right: number, down: number): Window {
  const { low, high } = values.range ?? { low: 0, high: 255 };
  const from = windowIn(display, values) ?? spanning(low, high, values);
  const step = (high - low) / DRAG_OVER_RANGE_PX || 1;
  const rounded = step > 1 ? Math.round(step) : step;
  const widthMin = isWhole(values) ? 1 : step / 4;
  return { width: Math.max(widthMin, from.width + right * rounded), center: from.center + down * rounded };
}

function spanning(low: number, high: number, values: ModalityValues): Window {
  if (isWhole(values)) return { width: high - low + 1, center: (low + high + 1) / 2 };
  return { width: high - low || 1, center: (low + high) / 2 };
}

/** A reader's window is of the kind the picture's own is; where it has none, fractions need the exact one: a linear window is at least 1 wide. */
function shapeOf(values: ModalityValues, own: Display['voi']): VoiWindow['function'] {
  if (own.kind === 'window') return own.function;
  return isWhole(values) ? 'LINEAR' : 'LINEAR_EXACT';
}

function isWhole({ values }: ModalityValues): boolean {
  return !(values instanceof Float32Array || values instanceof Float64Array);
}
