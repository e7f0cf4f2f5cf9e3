/** What a press, a drag, a wheel and fingers do: one set of tools for all cells. */
import {
  AngleTool,
  addTool,
  EllipticalROITool,
  LengthTool,
  PanTool,
  ProbeTool,
  RectangleROITool,
  Enums as ToolEnums,
  ToolGroupManager,
  ZoomTool,
} from '@cornerstonejs/tools';
import { ENGINE_ID } from './engine.ts';
import type { MeasuringTool, Tool } from './port.ts';
import { type ScrollTarget, ScrollTool } from './view/scroll-tool.ts';
import { ZOOM_MAX, ZOOM_MIN } from './view/view.ts';
import { type WindowTarget, WindowTool } from './view/window-tool.ts';

const TOOL_GROUP_ID = 'renkei';
const { MouseBindings } = ToolEnums;

const TOOLS = {
  window: WindowTool,
  scroll: ScrollTool,
  zoom: ZoomTool,
  pan: PanTool,
  length: LengthTool,
  angle: AngleTool,
  ellipse: EllipticalROITool,
  rectangle: RectangleROITool,
  probe: ProbeTool,
} as const satisfies Record<Tool, unknown>;
const TOOL_IDS = Object.keys(TOOLS) as readonly Tool[];
const MEASURING: readonly MeasuringTool[] = ['length', 'angle', 'ellipse', 'rectangle', 'probe'];

/** Bindings a tool has whatever the chosen one is: wheel, right and middle button, two fingers. */
const STANDING_BINDINGS: Partial<Record<Tool, readonly Binding[]>> = {
  scroll: [{ mouseButton: MouseBindings.Wheel }, { numTouchPoints: 3 }],
  zoom: [{ mouseButton: MouseBindings.Secondary }, { numTouchPoints: 2 }],
  pan: [{ mouseButton: MouseBindings.Auxiliary }],
};
interface Binding {
  mouseButton?: number;
  numTouchPoints?: number;
}

export interface ToolContext {
  readonly scroll: ScrollTarget;
  readonly window: WindowTarget;
  /** What the library computed of one measurement on `target` ("imageId:…") → the lines written beside it on the picture. */
  writeLines(tool: MeasuringTool, target: string, stats: unknown, points: readonly (readonly number[])[]): string[];
}

/** What the library keeps of a drawing. */
interface DrawnData {
  readonly cachedStats?: Readonly<Record<string, unknown>>;
  readonly handles?: { readonly points?: readonly (readonly number[])[] };
}

/** Registers the tools and chooses `first`. */
export function makeTools(context: ToolContext, first: Tool): void {
  for (const tool of TOOL_IDS) addTool(TOOLS[tool]);
  const group = toolGroup();
  group.addTool(TOOLS.window.toolName, context.window);
  group.addTool(TOOLS.scroll.toolName, context.scroll);
  group.addTool(TOOLS.zoom.toolName, { minZoomScale: ZOOM_MIN, maxZoomScale: ZOOM_MAX });
  group.addTool(TOOLS.pan.toolName);
  for (const tool of MEASURING) {
    group.addTool(TOOLS[tool].toolName, {
      getTextLines: (data: DrawnData, target: string | readonly string[]) => {
        const key = typeof target === 'string' ? target : (target[0] ?? '');
        return context.writeLines(tool, key, data.cachedStats?.[key], data.handles?.points ?? []);
      },
    });
  }
  chooseTool(first);
}

/** The tool of the first button and of one finger. */
export function chooseTool(tool: Tool): void {
  const group = toolGroup();
  for (const other of TOOL_IDS) {
    const name = TOOLS[other].toolName;
    const bindings: Binding[] = [...(other === tool ? [{ mouseButton: MouseBindings.Primary }] : []), ...(STANDING_BINDINGS[other] ?? [])];
    group.setToolPassive(name, { removeAllBindings: true });
    if (bindings.length > 0) group.setToolActive(name, { bindings } as never);
  }
}

export function attachTools(viewportId: string): void {
  toolGroup().addViewport(viewportId, ENGINE_ID);
}

export function detachTools(viewportId: string): void {
  toolGroup().removeViewports(ENGINE_ID, viewportId);
}

/** Undefined for a drawing that is no measurement of ours. */
export function measuringToolNamed(name: string): MeasuringTool | undefined {
  return MEASURING.find((tool) => TOOLS[tool].toolName === name);
}

function toolGroup() {
  const group = ToolGroupManager.getToolGroup(TOOL_GROUP_ID) ?? ToolGroupManager.createToolGroup(TOOL_GROUP_ID);
  if (group === undefined) throw new Error('no tool group');
  return group;
}
