/** A drag that changes window width and centre. The cell's window is ours, not the library's viewport's. */
import { BaseTool } from '@cornerstonejs/tools';

export interface WindowTarget {
  /** Screen pixels. */
  dragWindow(cell: string, right: number, down: number): void;
}

interface Interaction {
  detail: { viewportId: string; deltaPoints?: { canvas: [number, number] } };
}

export class WindowTool extends BaseTool {
  static override toolName = 'RenkeiWindow';

  constructor(toolProps = {}) {
    super(toolProps, { supportedInteractionTypes: ['Mouse', 'Touch'], configuration: {} } as never);
  }

  mouseDragCallback({ detail }: Interaction): void {
    const [right, down] = detail.deltaPoints?.canvas ?? [0, 0];
    (this.configuration as unknown as WindowTarget).dragWindow(detail.viewportId, right, down);
  }

  touchDragCallback(event: Interaction): void {
    this.mouseDragCallback(event);
  }
}
