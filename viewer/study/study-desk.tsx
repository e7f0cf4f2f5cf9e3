import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { StudyDetail } from '../../gateway/api/contract/studies.ts';
import type { Tool, ViewerPort } from '../imaging/port.ts';
import { FRAMES_PER_SECOND_DEFAULT } from '../imaging/series-images.ts';
import { LostMeasurements } from '../measurements/lost-measurements.tsx';
import { MeasurementMenu } from '../measurements/measurement-menu.tsx';
import { useMeasureText } from '../measurements/use-measure-text.ts';
import { seriesOfStudyKey, stackQuery } from './series-query.ts';
import { SeriesRail } from './series-rail.tsx';
import { type DeskStack, fillingOrder, stacksOfStudies } from './stacks.ts';
import {
  activated,
  cellsBySeries,
  type GridView,
  gridView,
  inLayout,
  type Layout,
  neighbourCell,
  toggledMaximised,
  withCell,
} from './study-view.ts';
import { ImageToolbar } from './tools/image-toolbar.tsx';
import { KeyHelp } from './tools/key-help.tsx';
import { actOnImage, runCommand } from './tools/run-command.ts';
import { useStudyKeys } from './tools/use-study-keys.ts';
import { WindowMenu } from './tools/window-menu.tsx';
import { studyQuery } from './use-study.ts';
import { useStudyAddress } from './use-study-address.ts';
import { useCell, useViewer } from './use-viewer.ts';
import { ViewportGrid } from './viewport/viewport-grid.tsx';

interface Props {
  study: StudyDetail;
  /** Another one, beside it. */
  beside: StudyDetail | undefined;
  railOpen: boolean;
}

/** Rail, tools and the grid of pictures. */
export function StudyDesk({ study, beside, railOpen }: Props) {
  const { viewer, failed } = useViewer();
  const { view, go, onIndex } = useStudyAddress(study);
  const studies = useMemo(() => (beside === undefined ? [study] : [study, beside]), [study, beside]);
  const stacks = useMemo(() => stacksOfStudies(studies), [studies]);
  const uids = useMemo(() => stacks.map(({ key }) => key), [stacks]);
  const grid = useMemo(() => gridView(view, fillingOrder(stacks)), [view, stacks]);
  const active = useActiveCell(viewer, study, stacks, grid);
  useNewVersions(viewer, studies);
  const [tool, setTool] = useTool(viewer);

  const chooseSeries = (seriesInstanceUID: string, cell = grid.active) => go(withCell(grid, cell, seriesInstanceUID));
  const stepSeries = (by: number) => {
    const next = uids[uids.indexOf(active.stack?.key ?? '') + by];
    if (next !== undefined) chooseSeries(next);
  };
  const stepCell = (by: 1 | -1) => go(activated(view, neighbourCell(grid, by)));
  const maximise = () => go(toggledMaximised(grid, view));
  const play = () => togglePlay(viewer, active);
  useStudyKeys((command) => runCommand(command, { viewer, ...active, ...active.state, setTool, stepSeries, stepCell, maximise, play }));

  return (
    <div className="flex h-full flex-col">
      <DeskTools
        viewer={viewer}
        active={active}
        tool={tool}
        layout={grid.layout}
        onTool={setTool}
        onLayout={(layout) => go(inLayout(grid, layout, active.state.index))}
        onPlay={play}
      />
      <div className="flex min-h-0 flex-1 flex-row max-lg:portrait:flex-col-reverse">
        {railOpen ? (
          <SeriesRail studies={studies} stacks={stacks} shownIn={cellsBySeries(grid.cells)} onChoose={(key) => chooseSeries(key)} />
        ) : null}
        <ViewportGrid
          viewer={viewer}
          viewerFailed={failed}
          study={study}
          stacks={stacks}
          grid={grid}
          startIndex={view.image === undefined ? undefined : view.image - 1}
          onActivate={(cell) => go(activated(view, cell))}
          onMaximise={maximise}
          onDropSeries={chooseSeries}
          onIndex={onIndex}
        />
      </div>
      <LostMeasurements viewer={viewer} />
    </div>
  );
}

/** Another version of an instance has come than the one that is shown: the study and its series are read again. */
function useNewVersions(viewer: ViewerPort | undefined, studies: readonly StudyDetail[]): void {
  const queries = useQueryClient();
  const shown = useRef(studies);
  shown.current = studies;
  useEffect(
    () =>
      viewer?.onOutdated(() => {
        for (const study of shown.current) {
          void queries.invalidateQueries({ queryKey: studyQuery(study).queryKey });
          void queries.invalidateQueries({ queryKey: seriesOfStudyKey(study) });
        }
      }),
    [viewer, queries],
  );
}

type ActiveCell = ReturnType<typeof useActiveCell>;

/** The cell with the keyboard: which stack is on it, what that holds, and how the picture stands. */
function useActiveCell(viewer: ViewerPort | undefined, study: StudyDetail, stacks: readonly DeskStack[], grid: GridView) {
  const cell = `cell-${grid.active}`;
  const stack = stacks.find(({ key }) => key === grid.cells[grid.active]);
  const state = useOpenedCell(viewer, cell);
  const { data: content } = useQuery({ ...stackQuery(stack?.study ?? study, stack), enabled: stack !== undefined });
  return { cell, stack, modality: stack?.modality ?? '', content, state };
}

/** The cell is opened by the component that draws it, a moment after this one asks. */
function useOpenedCell(viewer: ViewerPort | undefined, cell: string) {
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    setOpened(viewer !== undefined);
    return () => setOpened(false);
  }, [viewer]);
  return useCell(viewer, cell, opened);
}

/** What the pointer does in a picture; what it measures is said in the reader's language. */
function useTool(viewer: ViewerPort | undefined) {
  const measureText = useMeasureText();
  const [tool, setTool] = useState<Tool>(matchMedia('(pointer: coarse)').matches ? 'scroll' : 'window');
  useEffect(() => viewer?.setTool(tool), [viewer, tool]);
  useEffect(() => viewer?.setMeasureText(measureText), [viewer, measureText]);
  return [tool, setTool] as const;
}

function togglePlay(viewer: ViewerPort | undefined, { cell, content, state }: ActiveCell): void {
  if (state.playing) viewer?.pause(cell);
  else viewer?.play(cell, content?.framesPerSecond ?? FRAMES_PER_SECOND_DEFAULT);
}

interface ToolsProps {
  viewer: ViewerPort | undefined;
  active: ActiveCell;
  tool: Tool;
  layout: Layout;
  onTool: (tool: Tool) => void;
  onLayout: (layout: Layout) => void;
  onPlay: () => void;
}

/** The toolbar over the active cell. */
function DeskTools({ viewer, active: { cell, modality, content, state }, ...toolbar }: ToolsProps) {
  return (
    <ImageToolbar
      {...toolbar}
      state={state}
      framesPerSecond={content?.framesPerSecond}
      onAction={(action) => actOnImage(viewer, cell, action)}
      windowMenu={
        <WindowMenu
          state={state}
          modality={modality}
          onWindow={(window) => viewer?.setWindow(cell, window)}
          onOwn={(number) => viewer?.setOwnWindow(cell, number)}
          onReset={() => viewer?.resetWindow(cell)}
        />
      }
      measurementMenu={
        <MeasurementMenu state={state} onJump={(index) => viewer?.jump(cell, index)} onDelete={(id) => viewer?.deleteMeasurement(id)} />
      }
      keyHelp={<KeyHelp />}
    />
  );
}
