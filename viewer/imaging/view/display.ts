/** The window in force on a picture: the reader's where he chose one, otherwise the picture's own. Plain computation. */
import type { GreyPresentation, ModalityValues, VoiChoice, VoiWindow } from '../loader/pixels.ts';
import { type Display, isUsable, settled } from '../loader/pixels.ts';
import type { OwnWindow, Window } from '../port.ts';

/** What a reader changed on a stack; it goes with him from picture to picture. */
export interface Choice {
  /** By its numbers. */
  readonly window: Window | undefined;
  /** One that the picture brings, when `window` is none. */
  readonly own: OwnChoice | undefined;
  readonly inverted: boolean;
}

/** A window or LUT of the picture it was chosen on; of another picture the one that is called the same. */
export interface OwnChoice {
  readonly number: number;
  readonly kind: 'window' | 'lut';
  readonly explanation: string;
}

export const NO_CHOICE: Choice = { window: undefined, own: undefined, inverted: false };

export function displayOf(values: ModalityValues, presentation: GreyPresentation, { window, own: chosenOwn, inverted }: Choice): Display {
  const number = chosenOwn && numberOfOwn(presentation, chosenOwn);
  const own = settled(presentation.choices[number ?? -1]?.voi ?? presentation.voi, values);
  const chosen = window && allowed({ ...window, function: shapeOf(values, own) });
  const voi = chosen !== undefined && isUsable(chosen) ? { kind: 'window' as const, ...chosen } : own;
  return { voi, invert: presentation.invert !== inverted };
}

/** Which of the picture's own is meant: the one at its place if it is called alike, or else the first that is; undefined: this picture has no such one. */
function numberOfOwn({ choices }: GreyPresentation, { number, kind, explanation }: OwnChoice): number | undefined {
  const isIt = (choice: VoiChoice | undefined) => choice?.voi.kind === kind && choice.explanation === explanation;
  if (isIt(choices[number])) return number;
  // Without a name the place is all there is.
  const at = explanation === '' ? -1 : choices.findIndex(isIt);
  return at < 0 ? undefined : at;
}

/** The windows and LUTs of the picture as the page offers them. Some devices write the same window twice; under one name it is offered once. */
export function ownWindowsOf({ choices }: GreyPresentation): readonly OwnWindow[] {
  return choices.flatMap((choice, number): OwnWindow[] => {
    const { explanation, voi } = choice;
    if (voi.kind === 'lut') return [{ number, explanation, window: undefined }];
    if (choices.findIndex((other) => isSame(other, choice)) < number) return [];
    return [{ number, explanation, window: { center: voi.center, width: voi.width } }];
  });
}

function isSame(a: VoiChoice, b: VoiChoice): boolean {
  if (a.voi.kind === 'lut' || b.voi.kind === 'lut') return a.voi === b.voi;
  return a.explanation === b.explanation && a.voi.center === b.voi.center && a.voi.width === b.voi.width;
}

export function ownChoiceOf({ choices }: GreyPresentation, number: number): OwnChoice | undefined {
  const choice = choices[number];
  return choice && { number, kind: choice.voi.kind, explanation: choice.explanation };
}

/** Which of `ownWindowsOf` is in force; undefined: the reader's own numbers, or none that the picture brings. */
export function ownInForce(presentation: GreyPresentation, { window, own }: Choice): number | undefined {
  if (window !== undefined) return undefined;
  const number = (own && numberOfOwn(presentation, own)) ?? presentation.chosen;
  const choice = presentation.choices[number ?? -1];
  return choice && presentation.choices.findIndex((other) => isSame(other, choice));
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

/** PS3.3 C.11.2.1.2.1. */
const LINEAR_WIDTH_MIN = 1;

/** Narrower than its function allows, as when it comes from a picture whose function allows it, it is as narrow as that goes. */
function allowed(window: VoiWindow): VoiWindow {
  return window.function === 'LINEAR' && window.width > 0 ? { ...window, width: Math.max(LINEAR_WIDTH_MIN, window.width) } : window;
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
  const narrowest = shapeOf(values, display.voi) === 'LINEAR' ? LINEAR_WIDTH_MIN : widthMin;
  return { width: Math.max(narrowest, from.width + right * rounded), center: from.center + down * rounded };
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
