/** How a stack is looked at: window, inversion, turn, mirror, zoom, and what the viewport says of itself. */
import type { StackViewport, Types } from '@cornerstonejs/core';
import { edgeLetters, edgeLettersOfProjection } from './edge-letters.ts';
import { type CellState, EMPTY_CELL, type Window } from './port.ts';
import type { SeriesImage } from './series-images.ts';
import { rangeToWindow, windowToRange } from './window-presets.ts';

export const ZOOM_MIN = 0.05;
export const ZOOM_MAX = 40;

export function setWindow(viewport: StackViewport, window: Window): void {
  viewport.setProperties({ voiRange: windowToRange(window) });
}

/** Back to the image's own window; the rest stays as it is. */
export function resetWindow(viewport: StackViewport): void {
  const { invert } = viewport.getProperties();
  const { rotation, flipHorizontal, flipVertical, zoom, pan } = viewport.getViewPresentation();
  viewport.resetProperties();
  viewport.setProperties({ invert: invert ?? false });
  viewport.setViewPresentation(definedOnly({ rotation, flipHorizontal, flipVertical, zoom, pan }));
}

export function invert(viewport: StackViewport): void {
  viewport.setProperties({ invert: viewport.getProperties().invert !== true });
}

/** A quarter turn clockwise. */
export function rotate(viewport: StackViewport): void {
  viewport.setViewPresentation({ rotation: (viewport.getRotation() + 90) % 360 });
}

/** Mirrors what is seen. The library flips along the picture's own axes, which a quarter turn has exchanged. */
export function flip(viewport: StackViewport, axis: 'horizontal' | 'vertical'): void {
  const { flipHorizontal, flipVertical } = viewport.getCamera();
  const turned = isQuarterTurn(viewport.getRotation());
  if ((axis === 'horizontal') === turned) viewport.setCamera({ flipVertical: flipVertical !== true });
  else viewport.setCamera({ flipHorizontal: flipHorizontal !== true });
}

export function zoomBy(viewport: StackViewport, factor: number): void {
  viewport.setZoom(Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, viewport.getZoom() * factor)));
}

/** Upright, unmirrored, fitted to the cell. */
export function resetView(viewport: StackViewport): void {
  const camera = viewport.getCamera();
  if (camera.flipHorizontal || camera.flipVertical) viewport.setCamera({ flipHorizontal: false, flipVertical: false });
  viewport.setViewPresentation({ rotation: 0 });
  viewport.resetCamera();
}

/** What is on screen now. `shown` is what we know of the picture, `image` what the library made of it. */
export function readView(viewport: StackViewport, image: Types.IImage, shown: SeriesImage | undefined): Partial<CellState> {
  const { voiRange, invert: inverted } = viewport.getProperties();
  const camera = viewport.getCamera();
  const rotation = viewport.getRotation();
  const turned = isQuarterTurn(rotation);
  return {
    colour: image.color,
    window: voiRange === undefined || image.color ? undefined : rangeToWindow(voiRange),
    inverted: (inverted ?? false) !== ((image as { invert?: boolean }).invert ?? false),
    rotation: ((Math.round(rotation) % 360) + 360) % 360,
    flippedHorizontally: (turned ? camera.flipVertical : camera.flipHorizontal) === true,
    flippedVertically: (turned ? camera.flipHorizontal : camera.flipVertical) === true,
    ...readGeometry(viewport, image, shown),
  };
}

function readGeometry(viewport: StackViewport, image: Types.IImage, shown: SeriesImage | undefined): Partial<CellState> {
  const origin = viewport.canvasToWorld([0, 0]);
  const right = difference(viewport.canvasToWorld([100, 0]), origin);
  const down = difference(viewport.canvasToWorld([0, 100]), origin);
  const mmPerScreenPixel = Math.hypot(...right) / 100;
  const zoom = (image.columnPixelSpacing || 1) / mmPerScreenPixel;
  return { zoom: Number.isFinite(zoom) ? zoom : undefined, edges: edgesOf(shown, right, down) };
}

function edgesOf(shown: SeriesImage | undefined, right: Types.Point3, down: Types.Point3): CellState['edges'] {
  if (shown?.hasOrientation === true) return edgeLetters(right, down);
  if (shown?.patientOrientation !== undefined) return edgeLettersOfProjection(right, down, shown.patientOrientation);
  return EMPTY_CELL.edges;
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
