import type { Tool, ViewerPort } from '../../imaging/port.ts';
import { presetsFor } from '../../imaging/window-presets.ts';
import type { ImageAction, KeyCommand } from './key-map.ts';

/** What a command is carried out on: the active cell, and what the page does with its cells. */
interface Desk {
  readonly viewer: ViewerPort | undefined;
  readonly cell: string;
  readonly index: number;
  readonly count: number;
  readonly modality: string;
  readonly setTool: (tool: Tool) => void;
  readonly stepSeries: (by: number) => void;
  readonly stepCell: (by: 1 | -1) => void;
  readonly maximise: () => void;
  readonly play: () => void;
}

const ZOOM_STEP = 1.25;

type Kind = KeyCommand['kind'];

const COMMANDS: { readonly [K in Kind]: (desk: Desk, command: KeyCommand & { readonly kind: K }) => void } = {
  step: ({ viewer, cell, index }, { by }) => viewer?.jump(cell, index + by),
  first: ({ viewer, cell }) => viewer?.jump(cell, 0),
  last: ({ viewer, cell, count }) => viewer?.jump(cell, count - 1),
  'next-series': ({ stepSeries }) => stepSeries(1),
  'previous-series': ({ stepSeries }) => stepSeries(-1),
  'next-cell': ({ stepCell }) => stepCell(1),
  'previous-cell': ({ stepCell }) => stepCell(-1),
  maximise: ({ maximise }) => maximise(),
  tool: ({ setTool }, { tool }) => setTool(tool),
  preset: ({ viewer, cell, modality }, { number }) => {
    const preset = presetsFor(modality)[number - 1];
    if (preset !== undefined) viewer?.setWindow(cell, preset.window);
  },
  'next-own-window': ({ viewer, cell }) => viewer?.nextOwnWindow(cell),
  overlays: ({ viewer }) => viewer?.showOverlays(undefined),
  play: ({ play }) => play(),
  delete: ({ viewer, cell }) => viewer?.deleteSelectedMeasurements(cell),
  image: ({ viewer, cell }, { action }) => actOnImage(viewer, cell, action),
  'zoom-in': ({ viewer, cell }) => viewer?.zoomBy(cell, ZOOM_STEP),
  'zoom-out': ({ viewer, cell }) => viewer?.zoomBy(cell, 1 / ZOOM_STEP),
};

export function runCommand(command: KeyCommand, desk: Desk): void {
  // The row found by a command's kind takes that command.
  const run = COMMANDS[command.kind] as (desk: Desk, command: KeyCommand) => void;
  run(desk, command);
}

const ACTIONS: Readonly<Record<ImageAction, (viewer: ViewerPort, cell: string) => void>> = {
  invert: (viewer, cell) => viewer.invert(cell),
  rotate: (viewer, cell) => viewer.rotate(cell),
  flipHorizontal: (viewer, cell) => viewer.flipHorizontally(cell),
  flipVertical: (viewer, cell) => viewer.flipVertically(cell),
  reset: (viewer, cell) => viewer.reset(cell),
};

export function actOnImage(viewer: ViewerPort | undefined, cell: string, action: ImageAction): void {
  if (viewer !== undefined) ACTIONS[action](viewer, cell);
}
