/** A signature as it is written: lines of points, each a share of the pad's width from its upper left corner, so that a turned screen keeps it. */
export interface InkPoint {
  readonly x: number;
  readonly y: number;
}
export type Stroke = readonly InkPoint[];

/** In shares of the width: less is a slip of the finger and no name. */
const INK_LEAST = 0.15;
/** Points of one signature; a line that grows beyond is not drawn on. */
export const INK_POINTS_MAX = 20_000;
/** In shares of the width. */
const LINE_WIDTH = 0.006;

export function inkLength(strokes: readonly Stroke[]): number {
  return strokes.reduce((sum, stroke) => sum + lengthOf(stroke), 0);
}

function lengthOf(stroke: Stroke): number {
  return stroke.slice(1).reduce((sum, { x, y }, at) => sum + Math.hypot(x - (stroke[at]?.x ?? x), y - (stroke[at]?.y ?? y)), 0);
}

export function isSignature(strokes: readonly Stroke[]): boolean {
  return inkLength(strokes) >= INK_LEAST;
}

/** With another point, as long as there is room. `begin`: of a new line. */
export function withPoint(strokes: readonly Stroke[], point: InkPoint, begin: boolean): readonly Stroke[] {
  if (strokes.reduce((count, stroke) => count + stroke.length, 0) >= INK_POINTS_MAX) return strokes;
  const last = strokes.at(-1);
  return begin || last === undefined ? [...strokes, [point]] : [...strokes.slice(0, -1), [...last, point]];
}

/** The part of a canvas that is used, by its methods' names. */
export type InkCanvas = Pick<
  CanvasRenderingContext2D,
  'beginPath' | 'moveTo' | 'lineTo' | 'quadraticCurveTo' | 'stroke' | 'lineWidth' | 'lineCap' | 'lineJoin' | 'strokeStyle'
>;

/** Drawn with its upper left corner there, on a pad of that width; the points are joined by curves through the middles between them. */
export function drawStrokes(canvas: InkCanvas, strokes: readonly Stroke[], left: number, top: number, width: number): void {
  canvas.lineWidth = Math.max(LINE_WIDTH * width, 1);
  canvas.lineCap = 'round';
  canvas.lineJoin = 'round';
  canvas.strokeStyle = '#10131a';
  for (const stroke of strokes) {
    const points = stroke.map(({ x, y }) => ({ x: left + x * width, y: top + y * width }));
    const [first] = points;
    if (first === undefined) continue;
    canvas.beginPath();
    canvas.moveTo(first.x, first.y);
    for (const [at, point] of points.entries()) {
      const next = points[at + 1];
      if (next === undefined) canvas.lineTo(point.x, point.y);
      else canvas.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
    }
    canvas.stroke();
  }
}
