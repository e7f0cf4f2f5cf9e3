/** A press without a drag, with a tool that measures: the library would leave a measurement of nothing. */
import { eventTarget, type Types } from '@cornerstonejs/core';
import { annotation as annotations, cancelActiveManipulations, Enums as ToolEnums } from '@cornerstonejs/tools';
import type { MeasuringTool } from '../port.ts';
import { measuringToolNamed } from '../tools.ts';

const { Events } = ToolEnums;
const ENDS_OF_PRESS = [Events.MOUSE_UP, Events.MOUSE_CLICK, Events.TOUCH_END, Events.TOUCH_TAP];

/** A drag shorter than this was a press. Screen px. */
export const SLIP_PX = 3;

type CanvasPoint = readonly [x: number, y: number];

/** Whether what was drawn so far has no extent. Points as the library orders them: a line's ends; an angle's corners; an ellipse's bottom, top, left,
 * right; a rectangle's corners, row by row. A grey value has none and needs none. */
export function isSlip(tool: MeasuringTool, points: readonly CanvasPoint[]): boolean {
  const apart = (a: number, b: number) => {
    const [from, to] = [points[a], points[b]];
    return from === undefined || to === undefined ? Number.POSITIVE_INFINITY : Math.hypot(from[0] - to[0], from[1] - to[1]);
  };
  switch (tool) {
    case 'probe':
      return false;
    case 'length':
      return apart(0, 1) < SLIP_PX;
    case 'angle':
      return Math.min(apart(0, 1), apart(1, 2)) < SLIP_PX;
    case 'ellipse':
      return Math.min(apart(0, 1), apart(2, 3)) < SLIP_PX;
    case 'rectangle':
      return Math.min(apart(0, 1), apart(0, 2)) < SLIP_PX;
  }
}

/** Takes away what a press leaves in the cell of `element`. Only what is being drawn is looked at: a short measurement of an hour ago stays. */
export function dropSlips(element: HTMLDivElement, viewport: () => Pick<Types.IViewport, 'worldToCanvas' | 'render'>): () => void {
  const fresh = new Set<string>();
  // At once, and before the tool's own handler, which came later: the pointer's next move would already stretch the line.
  const look = () => {
    for (const id of fresh) {
      const drawn = annotations.state.getAnnotation(id);
      const tool = measuringToolNamed(drawn?.metadata?.toolName ?? '');
      const points = (drawn?.data as { handles?: { points?: Types.Point3[] } } | undefined)?.handles?.points ?? [];
      if (drawn === undefined || tool === undefined) fresh.delete(id);
      else if (
        isSlip(
          tool,
          points.map((point) => viewport().worldToCanvas(point)),
        )
      ) {
        fresh.delete(id);
        cancelActiveManipulations(element);
        annotations.state.removeAnnotation(id);
        viewport().render();
      }
    }
  };
  const added = (event: Event) => {
    const { annotation } = (event as CustomEvent<{ annotation: { annotationUID?: string } }>).detail;
    if (annotation.annotationUID !== undefined) fresh.add(annotation.annotationUID);
  };
  const completed = (event: Event) => {
    const { annotation } = (event as CustomEvent<{ annotation: { annotationUID?: string } }>).detail;
    queueMicrotask(() => {
      look();
      fresh.delete(annotation.annotationUID ?? '');
    });
  };
  for (const name of ENDS_OF_PRESS) element.addEventListener(name, look);
  eventTarget.addEventListener(Events.ANNOTATION_ADDED, added);
  eventTarget.addEventListener(Events.ANNOTATION_COMPLETED, completed);
  return () => {
    for (const name of ENDS_OF_PRESS) element.removeEventListener(name, look);
    eventTarget.removeEventListener(Events.ANNOTATION_ADDED, added);
    eventTarget.removeEventListener(Events.ANNOTATION_COMPLETED, completed);
  };
}
