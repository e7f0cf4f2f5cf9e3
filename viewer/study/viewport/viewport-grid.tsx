import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudyDetail } from '../../../gateway/api/contract/studies.ts';
import type { ViewerPort } from '../../imaging/port.ts';
import type { DeskStack } from '../stacks.ts';
import { type GridView, layoutSize } from '../study-view.ts';
import { ViewportCell } from './viewport-cell.tsx';

interface Props {
  viewer: ViewerPort | undefined;
  viewerFailed: boolean;
  /** Of a cell without a stack. */
  study: StudyDetail;
  stacks: readonly DeskStack[];
  grid: GridView;
  /** On the active cell, from 0; undefined: where such a series opens. */
  startIndex: number | undefined;
  onActivate: (cell: number) => void;
  onMaximise: () => void;
  onDropSeries: (seriesInstanceUID: string, cell: number) => void;
  onIndex: (index: number) => void;
}

/** The cells. A maximised one lies over the others, which stay as they are behind it: they have their size, window and place when it returns. */
export function ViewportGrid({ study, stacks, grid, startIndex, onActivate, onDropSeries, onMaximise, ...cells }: Props) {
  const { t } = useTranslation();
  const section = useRef<HTMLElement>(null);
  const { rows, columns } = layoutSize(grid.layout);
  const shown = grid.cells.map((uid) => stacks.find(({ key }) => key === uid));
  return (
    <section
      ref={section}
      aria-label={t('study.images')}
      className="relative grid min-h-0 min-w-0 flex-1 gap-px bg-line"
      style={{ gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))`, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
    >
      {shown.map((stack, at) => (
        <ViewportCell
          key={at}
          {...cells}
          cell={`cell-${at}`}
          number={at + 1}
          study={stack?.study ?? study}
          series={stack}
          startIndex={at === grid.active ? startIndex : undefined}
          active={at === grid.active}
          place={!grid.maximised ? 'grid' : at === grid.active ? 'whole' : 'behind'}
          takesFocus={() => section.current?.contains(document.activeElement) === true}
          onActivate={() => (at === grid.active ? undefined : onActivate(at))}
          onDoublePress={grid.cells.length === 1 ? undefined : onMaximise}
          onDropSeries={(dropped) => onDropSeries(dropped, at)}
        />
      ))}
    </section>
  );
}
