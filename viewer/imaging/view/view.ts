/** How a stack is looked at: turn, mirror, zoom, and what the viewport says of itself. */
import type { StackViewport, Types } from '@cornerstonejs/core';
import { type CellState, EMPTY_CELL } from '../port.ts';
import type { SeriesImage } from '../series-images.ts';
import { edgeLetters, edgeLettersOfProjection } from './edge-letters.ts';

export const ZOOM_MIN = 0.05;
export const ZOOM_MAX = 40;

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

/** How the picture on screen lies. `shown` is what we know of it. */
export function readView(viewport: StackViewport, shown: SeriesImage | undefined): Partial<CellState> {
  const camera = viewport.getCamera();
  const rotation = viewport.getRotation();
  const turned = isQuarterTurn(rotation);
  const origin = viewport.canvasToWorld([0, 0]);
  const right = difference(viewport.canvasToWorld([100, 0]), origin);
  const down = difference(viewport.canvasToWorld([0, 100]), origin);
  return {
    rotation: ((Math.round(rotation) % 360) + 360) % 360,
    flippedHorizontally: (turned ? camera.flipVertical : camera.flipHorizontal) === true,
    flippedVertically: (turned ? camera.flipHorizontal : camera.flipVertical) === true,
    edges: edgesOf(shown, right, down),
  };
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
