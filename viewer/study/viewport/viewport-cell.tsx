import { useQuery } from '@tanstack/react-query';
import { type DragEvent, type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudyDetail } from '../../../gateway/api/contract/studies.ts';
import { frameThumbnailUrl, instanceUrl, PREVIEW_SIDE_PX, renderedUrl } from '../../api/dicomweb.ts';
import { Button } from '../../design/button.tsx';
import { classes } from '../../design/classes.ts';
import type { CellState, ViewerPort } from '../../imaging/port.ts';
import { frameUrl, openingIndex, type SeriesContent } from '../../imaging/series-images.ts';
import { isDocumentModality } from '../document-modalities.ts';
import { stackQuery } from '../series-query.ts';
import { SERIES_DRAG_TYPE } from '../series-rail.tsx';
import type { Stack } from '../stacks.ts';
import { PICTURE } from '../tools/use-study-keys.ts';
import { useCell } from '../use-viewer.ts';
import { problemText } from './cell-problem.ts';
import { DocumentCard, DocumentsBeside } from './document-card.tsx';
import { StackSlider } from './stack-slider.tsx';
import { useDoublePress } from './use-double-press.ts';
import { ViewportOverlay } from './viewport-overlay.tsx';

interface Props {
  viewer: ViewerPort | undefined;
  viewerFailed: boolean;
  cell: string;
  number: number;
  study: StudyDetail;
  series: Stack | undefined;
  /** From 0; undefined: where such a series opens. */
  startIndex: number | undefined;
  active: boolean;
  /** `whole`: over all others. `behind`: under the one that is. */
  place: 'grid' | 'whole' | 'behind';
  /** The keyboard is in the grid, so that it goes with the active cell. */
  takesFocus: () => boolean;
  onActivate: () => void;
  onDoublePress: (() => void) | undefined;
  onDropSeries: (seriesInstanceUID: string) => void;
  onIndex: (index: number) => void;
}

export function ViewportCell(props: Props) {
  const { viewer, cell, study, series, startIndex, active, place, onActivate, onIndex } = props;
  const { t } = useTranslation();
  const frame = useFocusOfActive(active, props.takesFocus);
  const press = usePress(props);
  const { element, opened } = useOpenCell(viewer, cell);
  const drop = useSeriesDrop(props.onDropSeries);
  const content = useQuery({
    ...stackQuery(study, series),
    enabled: series !== undefined,
    placeholderData: (before, query) => (query?.queryKey[2] === series?.seriesInstanceUID ? before : undefined),
  });
  const state = useCell(viewer, cell, opened);
  useShownSeries({ viewer: opened ? viewer : undefined, cell, series, content: content.data, startIndex });
  useEffect(() => {
    if (active && state.count > 0) onIndex(state.index);
  }, [active, state.index, state.count, onIndex]);

  const noImages = content.data !== undefined && content.data.images.length === 0;
  const preview = usePreview(study, series, content.data, state, startIndex);
  const failure = failureOf(props, state, content.error);
  const dataState = noImages ? 'ready' : failure !== undefined ? 'error' : shownState(state, preview.shown);
  const retry = () => {
    if (props.viewerFailed) location.reload();
    else if (content.isError) void content.refetch();
    else viewer?.retry(cell);
  };
  return (
    <section
      ref={frame}
      // One stop for the Tab key: the active cell; the keys N and B go on from there.
      tabIndex={active ? 0 : -1}
      inert={place === 'behind'}
      data-testid="viewport"
      data-state={dataState}
      data-series={series?.seriesInstanceUID}
      data-clip={series?.clip?.sopInstanceUID}
      {...shownData(state)}
      aria-label={[t('study.viewport', { number: props.number }), series?.seriesDescription].filter(Boolean).join(': ')}
      aria-busy={dataState === 'loading' || dataState === 'preview'}
      {...press}
      onFocus={onActivate}
      {...drop.handlers}
      className={cellLook(place, active, drop.over)}
    >
      <div
        ref={element}
        data-picture
        className={classes('absolute inset-0 touch-none select-none', state.phase === 'empty' && 'invisible')}
      />
      {noImages ? null : <Preview preview={preview} active={active} />}
      {active ? <span aria-hidden className="pointer-events-none absolute inset-x-0 top-0 z-10 h-0.5 bg-accent" /> : null}
      <Content {...props} content={content.data} state={state} preview={dataState === 'preview'} />
      {failure === undefined ? null : <Failure text={t(failure)} onRetry={retry} />}
      {state.count > 1 && viewer !== undefined ? (
        <StackSlider
          index={state.index}
          count={state.count}
          loaded={state.loaded}
          active={active}
          onChange={(index) => viewer.jump(cell, index)}
        />
      ) : null}
    </section>
  );
}

/** What the cell shows, for whoever looks from outside: a contract. */
function shownData({ drawn, zoom, window, lut }: CellState) {
  return {
    'data-image': drawn === undefined ? undefined : `${drawn.sopInstanceUID}/${drawn.frame}`,
    'data-zoom': zoom?.join(','),
    'data-window': window === undefined ? (lut === undefined ? undefined : 'lut') : `${window.width},${window.center}`,
  };
}

function cellLook(place: Props['place'], active: boolean, over: boolean): string {
  return classes(
    'min-h-0 min-w-0 overflow-hidden bg-black focus-visible:z-10 focus-visible:outline-2 focus-visible:-outline-offset-2 focus-visible:outline-accent',
    place === 'whole' ? 'absolute inset-0 z-20' : 'relative',
    over && place !== 'whole' && 'z-10',
    over ? 'outline-2 -outline-offset-2 outline-accent' : 'outline -outline-offset-1',
    !over && (active ? 'outline-line-strong' : 'outline-line'),
  );
}

function shownState(state: CellState, preview: boolean): 'ready' | 'preview' | 'loading' {
  if (state.phase === 'ready') return 'ready';
  return preview ? 'preview' : 'loading';
}

interface ContentProps extends Pick<Props, 'viewer' | 'cell' | 'study' | 'series'> {
  content: SeriesContent | undefined;
  state: CellState;
  preview: boolean;
}

/** Over the picture what must be said of it; a card where there is none. */
function Content({ viewer, cell, study, series, content, state, preview }: ContentProps) {
  if (series === undefined) return <EmptyCell />;
  if (content !== undefined && content.images.length === 0)
    return <DocumentCard key={series.key} series={series} documents={content.documents} mayDownload={study.mayDownload} />;
  const documents = content?.documents ?? [];
  return (
    <>
      <ViewportOverlay
        study={study}
        series={series}
        image={content?.images[state.drawn?.index ?? state.index]}
        state={state}
        preview={preview}
        onOverlays={(shown) => viewer?.showOverlays(shown)}
        onOverlayRetry={() => viewer?.retryOverlay(cell)}
      />
      {documents.length === 0 ? null : (
        <DocumentsBeside key={series.key} series={series} documents={documents} mayDownload={study.mayDownload} />
      )}
    </>
  );
}

function Preview({ preview, active }: { preview: ReturnType<typeof usePreview>; active: boolean }) {
  if (preview.url === undefined) return null;
  return (
    <img
      key={preview.url}
      src={preview.url}
      alt=""
      fetchPriority={active ? 'high' : 'auto'}
      draggable={false}
      onLoad={preview.onLoad}
      onError={preview.onError}
      className="pointer-events-none absolute inset-0 size-full object-contain"
    />
  );
}

/** A press makes the cell the active one, a double press in the picture shows it alone. */
function usePress({ onActivate, onDoublePress }: Props) {
  const press = useDoublePress(
    (target) => target.closest(PICTURE) !== null,
    () => {
      onActivate();
      onDoublePress?.();
    },
  );
  return {
    onPointerDownCapture: (event: PointerEvent) => {
      onActivate();
      press.onPointerDownCapture(event);
    },
    onPointerUpCapture: press.onPointerUpCapture,
  };
}

/** Gives the cell its element in the viewer, and takes it back. */
function useOpenCell(viewer: ViewerPort | undefined, cell: string) {
  const element = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    if (viewer === undefined || element.current === null) return;
    viewer.open(cell, element.current);
    setOpened(true);
    return () => {
      viewer.close(cell);
      setOpened(false);
    };
  }, [viewer, cell]);
  return { element, opened };
}

/** `over`: a series is held over the cell. */
function useSeriesDrop(onDropSeries: (seriesInstanceUID: string) => void) {
  const [over, setOver] = useState(false);
  const handlers = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes(SERIES_DRAG_TYPE)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      const uid = event.dataTransfer.getData(SERIES_DRAG_TYPE);
      setOver(false);
      if (uid === '') return;
      event.preventDefault();
      onDropSeries(uid);
    },
  };
  return { over, handlers };
}

/** Where the keyboard is when another cell becomes the active one: it goes there too, if it was in the grid. */
function useFocusOfActive(active: boolean, takesFocus: () => boolean) {
  const frame = useRef<HTMLElement>(null);
  const takes = useRef(takesFocus);
  takes.current = takesFocus;
  useEffect(() => {
    const { current } = frame;
    if (active && current !== null && takes.current() && !current.contains(document.activeElement)) current.focus({ preventScroll: true });
  }, [active]);
  return frame;
}

interface Shown {
  viewer: ViewerPort | undefined;
  cell: string;
  series: Stack | undefined;
  content: SeriesContent | undefined;
  startIndex: number | undefined;
}

/** Puts the series into the cell; when it has grown meanwhile, the reader stays at the same picture. */
function useShownSeries({ viewer, cell, series, content, startIndex }: Shown): void {
  const shown = useRef<{ uid: string; content: SeriesContent; viewer: ViewerPort } | undefined>(undefined);
  const start = useRef(startIndex);
  start.current = startIndex;
  const uid = series?.key;
  const openingOf = useRef(series?.opening);
  openingOf.current = series?.opening;
  // With the label of the new series the picture of the one before goes; not a frame later.
  useLayoutEffect(() => {
    if (viewer === undefined) {
      shown.current = undefined;
      return;
    }
    if (uid === undefined || content === undefined || content.images.length === 0) {
      shown.current = undefined;
      viewer.clear(cell);
      return;
    }
    const before = shown.current;
    shown.current = { uid, content, viewer };
    const current = before?.uid === uid ? before.content.images[viewer.state(cell).index] : undefined;
    const same = content.images.findIndex((image) => image.sopInstanceUID === current?.sopInstanceUID && image.frame === current.frame);
    const opening = start.current ?? openingIndex(content.images, openingOf.current);
    void viewer.show(cell, content.images, same >= 0 ? same : Math.min(opening, content.images.length - 1));
  }, [viewer, cell, uid, content]);
}

/** A JPEG of the very picture that comes stands in until it is on screen: the one the stack opens with, or the one the address asks for. */
function usePreview(
  study: StudyDetail,
  series: Stack | undefined,
  content: SeriesContent | undefined,
  state: CellState,
  startIndex: number | undefined,
) {
  const uid = series?.key;
  const [loadedUrl, setLoadedUrl] = useState<string>();
  const [over, setOver] = useState<string>();
  const current = useRef(uid);
  current.current = uid;
  useEffect(() => {
    // Once the series has been on screen, its preview has done its work. Of the series before it, which is still there when this one is chosen, that says nothing.
    if (state.phase === 'ready' || state.phase === 'error') setOver(current.current);
  }, [state.phase]);
  if (series === undefined || uid === undefined || over === uid || isDocumentModality(series.modality) || state.phase === 'ready') {
    return { url: undefined, shown: false, onLoad: undefined, onError: undefined };
  }
  const index = startIndex ?? 0;
  const image = startIndex === undefined ? undefined : content?.images[index];
  const url =
    startIndex === undefined
      ? openingUrl(study, series)
      : image === undefined
        ? undefined
        : renderedUrl(frameUrl(image, '/rendered'), PREVIEW_SIDE_PX);
  return {
    url,
    shown: url !== undefined && loadedUrl === url,
    onLoad: () => setLoadedUrl(url),
    onError: () => setOver(uid),
  };
}

function openingUrl(study: StudyDetail, { seriesInstanceUID, opening }: Stack): string | undefined {
  if (opening === undefined) return undefined;
  return frameThumbnailUrl(instanceUrl(study, seriesInstanceUID, opening.sopInstanceUID), opening.frame, PREVIEW_SIDE_PX);
}

function failureOf({ viewerFailed, series }: Props, state: CellState, error: unknown) {
  if (series === undefined) return undefined;
  if (viewerFailed) return 'study.failedViewer' as const;
  if (error !== null && error !== undefined) {
    return problemText({ status: (error as { status?: number }).status ?? 500 });
  }
  return state.phase === 'error' && state.problem !== undefined ? problemText(state.problem) : undefined;
}

function EmptyCell() {
  const { t } = useTranslation();
  return (
    <div className="pointer-events-none absolute inset-0 grid place-items-center p-4 text-center">
      <div>
        <p className="text-sm text-balance text-ink-2">{t('study.emptyCell')}</p>
        <p className="mt-1 text-xs text-balance text-ink-3">{t('study.emptyCellHint')}</p>
      </div>
    </div>
  );
}

function Failure({ text, onRetry }: { text: string; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <div role="alert" className="absolute inset-0 grid place-items-center bg-black p-4 text-center">
      <div className="max-w-xs">
        <p className="text-sm font-medium text-danger">{t('study.failedTitle')}</p>
        <p className="mt-1 mb-3 text-xs text-ink-2">{text}</p>
        <Button size="small" onClick={onRetry}>
          {t('app.retry')}
        </Button>
      </div>
    </div>
  );
}
