import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useCanGoBack, useNavigate, useRouter } from '@tanstack/react-router';
import { EyeOff, TriangleAlert } from 'lucide-react';
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudyDetail } from '../../gateway/api/contract/studies.ts';
import { studyAddressKey, studySearch } from '../api/study-address.ts';
import { Button } from '../design/button.tsx';
import { Notice } from '../design/notice.tsx';
import { lazyWithTexts } from '../i18n/lazy-with-texts.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import type { Tool, ViewerPort } from '../imaging/port.ts';
import { FRAMES_PER_SECOND_DEFAULT } from '../imaging/series-images.ts';
import { presetsFor } from '../imaging/window-presets.ts';
import { MeasurementMenu } from '../measurements/measurement-menu.tsx';
import { useMeasureText } from '../measurements/use-measure-text.ts';
import type { StudyEnd } from '../session/held-studies.ts';
import { useAccount } from '../session/use-account.ts';
import { useHeldStudy } from '../session/use-standing-watch.ts';
import { AccountMenu } from '../shell/account-menu.tsx';
import { stackQuery } from './series-query.ts';
import { SeriesRail } from './series-rail.tsx';
import { stacksOf } from './stacks.ts';
import { StudyHeader } from './study-header.tsx';
import { gridView, inLayout, neighbourCell, type StudyView, toggledMaximised, withCell } from './study-view.ts';
import { ImageToolbar } from './tools/image-toolbar.tsx';
import { KeyHelp } from './tools/key-help.tsx';
import type { ImageAction, KeyCommand } from './tools/key-map.ts';
import { useStudyKeys } from './tools/use-study-keys.ts';
import { WindowMenu } from './tools/window-menu.tsx';
import { useStudy } from './use-study.ts';
import { startViewer, useCell, useViewer } from './use-viewer.ts';
import { ViewportGrid } from './viewport/viewport-grid.tsx';

/** Few share while they look, so its code comes when it is wanted. */
const ShareDialog = lazyWithTexts(() => import('../sharing/share-dialog.tsx'), 'ShareDialog', 'sharing', 'administration');

const route = getRouteApi('/signed-in/studies/$studyInstanceUID');

/** The address follows the reader only when they rest; browsers refuse more than a few changes a second. */
const ADDRESS_PAUSE_MS = 400;

// The imaging code is fetched beside the study, not after it. A failure shows in the cells.
void startViewer().catch(() => undefined);

export function StudyPage() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { studyInstanceUID } = route.useParams();
  const { of = null } = route.useSearch();
  const address = { studyInstanceUID, of };
  const [ended, setEnded] = useState<StudyEnd>();
  const study = useStudy(address, ended === undefined);
  useHeldStudy(ended === undefined ? study.data : undefined, true, setEnded);
  const { session, chooseLanguage, leave } = useAccount();
  const [sharing, setSharing] = useState(false);
  const [railOpen, setRailOpen] = useState(true);
  const router = useRouter();
  const canGoBack = useCanGoBack();
  useEffect(() => {
    // No patient's name in the window title: titles end up in histories and screen sharing.
    document.title = `${(ended === undefined ? study.data?.studyDescription : '') || t('studies.title')} – Renkei`;
  }, [study.data, ended, t]);
  const onBack = () => {
    if (canGoBack) router.history.back();
    else void router.navigate({ to: '/' });
  };

  if (ended !== undefined) return <StudyEnded why={ended} onBack={onBack} />;
  return (
    <div className="flex h-full flex-col">
      <StudyHeader
        study={study.data}
        onBack={onBack}
        onShare={() => setSharing(true)}
        railOpen={railOpen}
        onRail={() => setRailOpen(!railOpen)}
      >
        <AccountMenu session={session} onLanguage={chooseLanguage} onSignOut={leave} />
      </StudyHeader>
      <main className="min-h-0 flex-1">
        {study.data === undefined ? (
          study.isError ? (
            <Notice icon={TriangleAlert} tone="danger" title={t('study.failedStudy')} body={errorText(study.error)}>
              <div className="flex gap-2">
                <Button onClick={() => void study.refetch()}>{t('app.retry')}</Button>
                <Button onClick={onBack}>{t('notFound.home')}</Button>
              </div>
            </Notice>
          ) : (
            <p role="status" className="sr-only">
              {t('app.loading')}
            </p>
          )
        ) : (
          <StudyDesk key={studyAddressKey(study.data)} study={study.data} railOpen={railOpen} />
        )}
      </main>
      <Suspense>{sharing && study.data !== undefined ? <ShareDialog study={study.data} open onOpenChange={setSharing} /> : null}</Suspense>
    </div>
  );
}

/** What stands where the images were. */
function StudyEnded({ why, onBack }: { why: StudyEnd; onBack: () => void }) {
  const { t } = useTranslation();
  return (
    <main className="h-full" role="alert" data-testid="study-ended">
      <Notice icon={EyeOff} title={t(`study.ended.${why}`)} body={t('study.ended.body')}>
        <Button onClick={onBack}>{t('notFound.home')}</Button>
      </Notice>
    </main>
  );
}

/** Rail, tools and the grid of pictures. */
function StudyDesk({ study, railOpen }: { study: StudyDetail; railOpen: boolean }) {
  const measureText = useMeasureText();
  const view = route.useSearch();
  const navigate = useNavigate();
  const { viewer, failed } = useViewer();
  const stacks = useMemo(() => stacksOf(study.series), [study.series]);
  const uids = useMemo(() => stacks.map(({ key }) => key), [stacks]);
  const grid = useMemo(() => gridView(view, uids), [view, uids]);
  const activeSeries = stacks.find(({ key }) => key === grid.cells[grid.active]);
  const cellName = `cell-${grid.active}`;
  const state = useActiveCell(viewer, cellName);
  const content = useQuery({
    ...stackQuery(study, activeSeries),
    enabled: activeSeries !== undefined,
  });
  const [tool, setTool] = useState<Tool>(matchMedia('(pointer: coarse)').matches ? 'scroll' : 'window');

  useEffect(() => viewer?.setTool(tool), [viewer, tool]);
  useEffect(() => viewer?.setMeasureText(measureText), [viewer, measureText]);

  const { studyInstanceUID } = study;
  const { of = null } = view;
  const go = useCallback(
    (next: StudyView, replace = true) =>
      void navigate({
        to: '/studies/$studyInstanceUID',
        params: { studyInstanceUID },
        search: { ...next, ...studySearch({ studyInstanceUID, of }) },
        replace,
      }),
    [navigate, studyInstanceUID, of],
  );
  const chooseSeries = (seriesInstanceUID: string, cell = grid.active) => go(withCell(grid, cell, seriesInstanceUID));
  const onIndex = useAddressOfImage(view, go);
  const act = (action: ImageAction) => actOn(viewer, cellName, action);
  const framesPerSecond = content.data?.framesPerSecond;
  const play = () => {
    if (state.playing) viewer?.pause(cellName);
    else viewer?.play(cellName, framesPerSecond ?? FRAMES_PER_SECOND_DEFAULT);
  };
  const maximise = () => go(toggledMaximised(grid, view));
  const stepSeries = (by: number) => {
    const next = uids[uids.indexOf(activeSeries?.key ?? '') + by];
    if (next !== undefined) chooseSeries(next);
  };
  useStudyKeys((command) =>
    runCommand(command, {
      viewer,
      cell: cellName,
      index: state.index,
      count: state.count,
      modality: activeSeries?.modality ?? '',
      setTool,
      stepSeries,
      stepCell: (by) => go(activated(view, neighbourCell(grid, by))),
      maximise,
      play,
    }),
  );

  return (
    <div className="flex h-full flex-col">
      <ImageToolbar
        state={state}
        tool={tool}
        layout={grid.layout}
        framesPerSecond={framesPerSecond}
        onTool={setTool}
        onAction={act}
        onLayout={(layout) => go(inLayout(grid, layout, state.index))}
        onPlay={play}
        windowMenu={
          <WindowMenu
            state={state}
            modality={activeSeries?.modality ?? ''}
            onWindow={(window) => viewer?.setWindow(cellName, window)}
            onOwn={(number) => viewer?.setOwnWindow(cellName, number)}
            onReset={() => viewer?.resetWindow(cellName)}
          />
        }
        measurementMenu={
          <MeasurementMenu
            state={state}
            onJump={(index) => viewer?.jump(cellName, index)}
            onDelete={(id) => viewer?.deleteMeasurement(id)}
          />
        }
        keyHelp={<KeyHelp />}
      />
      <div className="flex min-h-0 flex-1 flex-row max-lg:portrait:flex-col-reverse">
        {railOpen ? (
          <SeriesRail study={study} stacks={stacks} shownIn={cellsBySeries(grid.cells)} onChoose={(key) => chooseSeries(key)} />
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
    </div>
  );
}

/** The cell is opened by the component that draws it, a moment after this one asks. */
function useActiveCell(viewer: ViewerPort | undefined, cell: string) {
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    setOpened(viewer !== undefined);
    return () => setOpened(false);
  }, [viewer]);
  return useCell(viewer, cell, opened);
}

function useAddressOfImage(view: StudyView, go: (next: StudyView) => void): (index: number) => void {
  const latest = useRef(view);
  latest.current = view;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (index) => {
      clearTimeout(timer.current);
      const { series, cell } = latest.current;
      timer.current = setTimeout(() => {
        // Of a stack the reader has left.
        if (latest.current.series !== series || latest.current.cell !== cell) return;
        if (latest.current.image !== index + 1) go({ ...latest.current, image: index + 1 });
      }, ADDRESS_PAUSE_MS);
    },
    [go],
  );
}

function activated({ image: _image, ...view }: StudyView, cell: number): StudyView {
  return { ...view, cell: cell + 1 };
}

function cellsBySeries(cells: readonly (string | undefined)[]): Map<string, number[]> {
  const bySeries = new Map<string, number[]>();
  for (const [at, uid] of cells.entries()) if (uid !== undefined) bySeries.set(uid, [...(bySeries.get(uid) ?? []), at + 1]);
  return bySeries;
}

function actOn(viewer: ViewerPort | undefined, cell: string, action: ImageAction): void {
  switch (action) {
    case 'invert':
      viewer?.invert(cell);
      break;
    case 'rotate':
      viewer?.rotate(cell);
      break;
    case 'flipHorizontal':
      viewer?.flipHorizontally(cell);
      break;
    case 'flipVertical':
      viewer?.flipVertically(cell);
      break;
    case 'reset':
      viewer?.reset(cell);
      break;
  }
}

interface Desk {
  viewer: ViewerPort | undefined;
  cell: string;
  index: number;
  count: number;
  modality: string;
  setTool: (tool: Tool) => void;
  stepSeries: (by: number) => void;
  stepCell: (by: 1 | -1) => void;
  maximise: () => void;
  play: () => void;
}

const ZOOM_STEP = 1.25;

function runCommand(command: KeyCommand, desk: Desk): void {
  const { viewer, cell, index, count } = desk;
  switch (command.kind) {
    case 'step':
      viewer?.jump(cell, index + command.by);
      break;
    case 'first':
      viewer?.jump(cell, 0);
      break;
    case 'last':
      viewer?.jump(cell, count - 1);
      break;
    case 'next-series':
      desk.stepSeries(1);
      break;
    case 'previous-series':
      desk.stepSeries(-1);
      break;
    case 'next-cell':
      desk.stepCell(1);
      break;
    case 'previous-cell':
      desk.stepCell(-1);
      break;
    case 'maximise':
      desk.maximise();
      break;
    case 'tool':
      desk.setTool(command.tool);
      break;
    case 'preset': {
      const preset = presetsFor(desk.modality)[command.number - 1];
      if (preset !== undefined) viewer?.setWindow(cell, preset.window);
      break;
    }
    case 'next-own-window':
      viewer?.nextOwnWindow(cell);
      break;
    case 'play':
      desk.play();
      break;
    case 'delete':
      viewer?.deleteSelectedMeasurements(cell);
      break;
    case 'image':
      actOn(viewer, cell, command.action);
      break;
    case 'zoom-in':
      viewer?.zoomBy(cell, ZOOM_STEP);
      break;
    case 'zoom-out':
      viewer?.zoomBy(cell, 1 / ZOOM_STEP);
      break;
  }
}
