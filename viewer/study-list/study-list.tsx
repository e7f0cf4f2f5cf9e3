import { useVirtualizer, type VirtualItem, type Virtualizer } from '@tanstack/react-virtual';
import {
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
  type UIEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import { PHONE, useMediaQuery } from '../design/use-media-query.ts';
import { useNextPage } from '../design/use-next-page.ts';
import { type Place, placeOf, rememberPlace } from './list-place.ts';
import { studyKey } from './merge-first-page.ts';
import { StudyRow } from './study-row.tsx';

/** At least; a long name makes it higher. */
const ROW_HEIGHT_PX = 76;
/** There the exam stands below the patient, so that neither is cut. */
const PHONE_ROW_HEIGHT_PX = 84;
/** Rows from the end at which the next page is asked for. */
const ROWS_AHEAD = 20;
const SKELETON_ROWS = 9;

interface Props {
  studies: readonly StudySummary[];
  loading: boolean;
  more: boolean;
  arrived: ReadonlySet<string>;
  /** Of the entry in the browser's history: what was in sight when it was left is in sight again. */
  entry: string;
  onEnd: () => void;
  onShare: (study: StudySummary) => void;
}

export function StudyList({ studies, loading, more, arrived, entry, onEnd, onShare }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const place = useListPlace(entry);
  const rowHeight = useMediaQuery(PHONE) ? PHONE_ROW_HEIGHT_PX : ROW_HEIGHT_PX;
  const virtual = useRows(scroller, studies, rowHeight, place);
  const rows = virtual.getVirtualItems();
  const noteTop = useKeepPlace(scroller, virtual, studies, arrived);
  useNextPage(rows.at(-1)?.index ?? 0, studies.length, ROWS_AHEAD, more, onEnd);
  const onKeyDown = walkRows(scroller, studies.length, virtual);

  // One row is reached by Tab, the others by the arrow keys: the one last used, or else the first in sight.
  const inSight = rows.some(({ index }) => index === place.row) ? place.row : firstWhole(virtual, place.offsetPx());
  const tabStop = Math.min(Math.max(0, studies.length - 1), inSight);
  const onScroll = (event: UIEvent<HTMLElement>) => {
    place.onScroll(event);
    noteTop();
  };
  const row = ({ key, index, start }: VirtualItem) => {
    const study = studies[index];
    if (study === undefined) return null;
    return (
      <li
        key={key}
        ref={virtual.measureElement}
        data-index={index}
        className="absolute inset-x-0 top-0 grid"
        style={{ minHeight: rowHeight, transform: `translateY(${start}px)` }}
      >
        <StudyRow study={study} index={index} tabStop={index === tabStop} arrived={arrived.has(studyKey(study))} onShare={onShare} />
      </li>
    );
  };

  return (
    <div ref={scroller} className="h-full overflow-y-auto" data-testid="study-list" onScroll={onScroll}>
      <p role="status" className="sr-only">
        {arrived.size > 0 ? t('studies.arrived', { count: arrived.size }) : loading ? t('app.loading') : ''}
      </p>
      {loading ? (
        <Skeleton rowHeight={rowHeight} />
      ) : (
        <ul
          aria-label={t('studies.listLabel')}
          className="relative"
          style={{ height: virtual.getTotalSize() }}
          onKeyDown={onKeyDown}
          onFocus={place.onFocus}
        >
          {rows.map(row)}
        </ul>
      )}
      {!loading && !more && studies.length > 12 ? <p className="py-4 text-center text-xs text-ink-3">{t('studies.end')}</p> : null}
    </div>
  );
}

type Scroller = RefObject<HTMLDivElement | null>;
type Rows = Virtualizer<HTMLDivElement, HTMLLIElement>;

/** Only the rows in sight, and a few around them, are on the page. */
function useRows(scroller: Scroller, studies: readonly StudySummary[], rowHeight: number, place: ReturnType<typeof useListPlace>): Rows {
  const virtual = useVirtualizer<HTMLDivElement, HTMLLIElement>({
    count: studies.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    initialOffset: place.offsetPx(),
    initialMeasurementsCache: place.heights(),
    overscan: 8,
    getItemKey: (index) => {
      const study = studies[index];
      return study === undefined ? index : studyKey(study);
    },
  });
  // A screen that was turned has rows of another height.
  const known = useRef(rowHeight);
  useEffect(() => {
    if (known.current !== rowHeight) virtual.measure();
    known.current = rowHeight;
  }, [virtual, rowHeight]);
  const { keepHeights } = place;
  useEffect(() => () => keepHeights(virtual.takeSnapshot()), [virtual, keepHeights]);
  return virtual;
}

/** The first row whose beginning is in sight. */
function firstWhole(virtual: Rows, offsetPx: number): number {
  const top = virtual.getVirtualItemForOffset(offsetPx);
  return top === undefined ? 0 : top.start < offsetPx ? top.index + 1 : top.index;
}

/** The arrow and page keys lead from row to row. */
function walkRows(scroller: Scroller, count: number, virtual: Rows) {
  return (event: KeyboardEvent) => {
    const { startIndex, endIndex } = virtual.range ?? { startIndex: 0, endIndex: 0 };
    const page = Math.max(1, endIndex - startIndex);
    const next = nextRow(event.key, rowOf(event.target), page, count);
    if (next === undefined) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(count - 1, next));
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-study-row="${to}"]`)?.focus());
  };
}

/** The place of this entry in the browser's history, kept as the reader moves. */
function useListPlace(entry: string) {
  const place = useRef(placeOf(entry));
  const [row, setRow] = useState(place.current.row);
  const keep = (change: Partial<Place>) => {
    place.current = { ...place.current, ...change };
    rememberPlace(entry, place.current);
  };
  return {
    row,
    offsetPx: () => place.current.offsetPx,
    heights: () => [...(place.current.heights ?? [])],
    keepHeights: useCallback((heights: readonly VirtualItem[]) => keep({ heights }), []),
    onScroll: (event: UIEvent<HTMLElement>) => keep({ offsetPx: event.currentTarget.scrollTop }),
    onFocus: (event: FocusEvent) => {
      const focused = rowOf(event.target);
      if (Number.isNaN(focused)) return;
      setRow(focused);
      keep({ row: focused });
    },
  };
}

function rowOf(target: EventTarget): number {
  const row = (target as HTMLElement).closest('li')?.querySelector('[data-study-row]')?.getAttribute('data-study-row');
  return Number(row ?? Number.NaN);
}

/** Where the arrow and page keys lead from a row; undefined: not a key of the list. */
export function nextRow(key: string, from: number, page: number, count: number): number | undefined {
  if (Number.isNaN(from) || count === 0) return undefined;
  switch (key) {
    case 'ArrowDown':
      return from + 1;
    case 'ArrowUp':
      return from - 1;
    case 'PageDown':
      return from + page;
    case 'PageUp':
      return from - page;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

/**
 * A reader in the middle of the list keeps the row under their eyes when others arrive above it. Returns what notes that row: to be called at each
 * movement.
 */
function useKeepPlace(scroller: Scroller, virtual: Rows, studies: readonly StudySummary[], arrived: ReadonlySet<string>): () => void {
  const handled = useRef<ReadonlySet<string>>(new Set());
  const top = useRef<{ readonly index: number; readonly key: VirtualItem['key']; readonly beyondPx: number } | undefined>(undefined);
  const note = () => {
    const offsetPx = scroller.current?.scrollTop ?? 0;
    const item = virtual.getVirtualItemForOffset(offsetPx);
    top.current = item === undefined ? undefined : { index: item.index, key: item.key, beyondPx: offsetPx - item.start };
  };
  useLayoutEffect(() => {
    const element = scroller.current;
    const before = top.current;
    if (element === null || arrived.size === 0 || handled.current === arrived) return;
    handled.current = arrived;
    if (before === undefined || before.index === 0) return;
    const at = studies.findIndex((study) => studyKey(study) === before.key);
    const start = at < 0 ? undefined : virtual.getOffsetForIndex(at, 'start')?.[0];
    if (start !== undefined) element.scrollTop = start + before.beyondPx;
  }, [scroller, virtual, studies, arrived]);
  return note;
}

function Skeleton({ rowHeight }: { rowHeight: number }) {
  return (
    <div aria-hidden>
      {Array.from({ length: SKELETON_ROWS }, (_, at) => (
        <div key={at} className="flex items-center gap-4 border-b border-line px-4" style={{ height: rowHeight }}>
          <div className="size-14 animate-pulse-slow rounded-sm bg-raised" />
          <div className="flex flex-1 flex-col gap-2">
            <div className="h-3.5 w-40 animate-pulse-slow rounded-sm bg-raised" />
            <div className="h-2.5 w-24 animate-pulse-slow rounded-sm bg-raised" />
          </div>
        </div>
      ))}
    </div>
  );
}
