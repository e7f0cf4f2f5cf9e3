/**
 * Wheel and drag through a stack. Cornerstone's own tool lets the viewport load by itself, so a frame that cannot be had ends as
 * an unhandled rejection; this one only says where the reader wants to be, and the viewer answers for loading and failing.
 */
import { BaseTool } from '@cornerstonejs/tools';

/** The stacks that are scrolled, by the name of their cell. */
export interface ScrollTarget {
  indexOf(cell: string): number;
  countOf(cell: string): number;
  jump(cell: string, index: number): void;
}
interface Interaction {
  detail: { viewportId: string; element: HTMLDivElement; wheel?: { direction: number }; deltaPoints?: { canvas: [number, number] } };
}

/** A drag over the whole height passes the whole stack, but no image needs less than this much movement. */
const PIXELS_AN_IMAGE_MIN = 3;
/** A short stack is not passed in two strokes. */
const IMAGES_A_HEIGHT_MIN = 12;

export class ScrollTool extends BaseTool {
  static override toolName = 'RenkeiScroll';
  /** Movement not yet turned into a step, screen pixels. */
  #rest = 0;

  constructor(toolProps = {}) {
    super(toolProps, { supportedInteractionTypes: ['Mouse', 'Touch'], configuration: {} } as never);
  }

  mouseWheelCallback(event: Interaction): void {
    this.#step(event.detail.viewportId, Math.sign(event.detail.wheel?.direction ?? 0));
  }

  mouseDragCallback(event: Interaction): void {
    this.#drag(event);
  }

  touchDragCallback(event: Interaction): void {
    this.#drag(event);
  }

  #drag({ detail }: Interaction): void {
    const count = this.#viewer().countOf(detail.viewportId);
    const pixelsAnImage = Math.max(PIXELS_AN_IMAGE_MIN, detail.element.clientHeight / Math.max(count, IMAGES_A_HEIGHT_MIN));
    this.#rest += detail.deltaPoints?.canvas[1] ?? 0;
    const steps = Math.trunc(this.#rest / pixelsAnImage);
    if (steps === 0) return;
    this.#rest -= steps * pixelsAnImage;
    this.#step(detail.viewportId, steps);
  }

  #step(cell: string, steps: number): void {
    const viewer = this.#viewer();
    if (steps !== 0) viewer.jump(cell, viewer.indexOf(cell) + steps);
  }

  #viewer(): ScrollTarget {
    return this.configuration as unknown as ScrollTarget;
  }
}
