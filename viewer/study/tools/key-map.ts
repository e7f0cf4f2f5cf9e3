/** What the keys do on the study page. */
import type { Tool } from '../../imaging/port.ts';

/** What is done to the image in a cell, by key or from the toolbar. */
export type ImageAction = 'invert' | 'rotate' | 'flipHorizontal' | 'flipVertical' | 'reset';

export type KeyCommand =
  | { readonly kind: 'step'; readonly by: number }
  | { readonly kind: 'first' | 'last' | 'next-series' | 'previous-series' | 'play' | 'delete' | 'next-own-window' | 'overlays' }
  | { readonly kind: 'tool'; readonly tool: Tool }
  | { readonly kind: 'preset'; readonly number: number }
  | { readonly kind: 'image'; readonly action: ImageAction }
  | { readonly kind: 'zoom-in' | 'zoom-out' }
  /** The cell before or after the active one. */
  | { readonly kind: 'next-cell' | 'previous-cell' | 'maximise' };

const PAGE_IMAGES = 10;

export const TOOL_KEYS: Readonly<Record<Tool, string>> = {
  window: 'W',
  scroll: 'S',
  zoom: 'Z',
  pan: 'P',
  length: 'L',
  angle: 'A',
  ellipse: 'E',
  rectangle: 'T',
  probe: 'U',
};

const KEYS: ReadonlyMap<string, KeyCommand> = new Map<string, KeyCommand>([
  ['ArrowDown', { kind: 'step', by: 1 }],
  ['ArrowUp', { kind: 'step', by: -1 }],
  ['PageDown', { kind: 'step', by: PAGE_IMAGES }],
  ['PageUp', { kind: 'step', by: -PAGE_IMAGES }],
  ['Home', { kind: 'first' }],
  ['End', { kind: 'last' }],
  ['ArrowRight', { kind: 'next-series' }],
  ['ArrowLeft', { kind: 'previous-series' }],
  [' ', { kind: 'play' }],
  ['Delete', { kind: 'delete' }],
  ['Backspace', { kind: 'delete' }],
  ['O', { kind: 'next-own-window' }],
  ['G', { kind: 'overlays' }],
  ['I', { kind: 'image', action: 'invert' }],
  ['R', { kind: 'image', action: 'rotate' }],
  ['H', { kind: 'image', action: 'flipHorizontal' }],
  ['V', { kind: 'image', action: 'flipVertical' }],
  ['0', { kind: 'image', action: 'reset' }],
  ['+', { kind: 'zoom-in' }],
  ['=', { kind: 'zoom-in' }],
  ['-', { kind: 'zoom-out' }],
  ['N', { kind: 'next-cell' }],
  ['B', { kind: 'previous-cell' }],
  ['M', { kind: 'maximise' }],
  ...(Object.entries(TOOL_KEYS) as [Tool, string][]).map(([tool, key]): [string, KeyCommand] => [key, { kind: 'tool', tool }]),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((number): [string, KeyCommand] => [String(number), { kind: 'preset', number }]),
]);

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Undefined: not ours, or the browser's (with Ctrl, Alt or ⌘). */
export function keyCommand({ key, ctrlKey, metaKey, altKey }: Pressed): KeyCommand | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  return KEYS.get(key.length === 1 ? key.toUpperCase() : key);
}
