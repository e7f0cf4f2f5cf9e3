import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListedLetter } from '../../gateway/api/contract/letters.ts';
import type { StudyOnLine } from '../../gateway/api/contract/patients.ts';
import { eraYear } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { LetterRow } from './letter-row.tsx';
import { type LineItem, lineKey, lineOfTime } from './line-of-time.ts';
import { LineRow } from './line-row.tsx';
import { useListKeys } from './use-list-keys.ts';

/** At least; a long description makes it higher. */
const ROW_HEIGHT_PX = 76;
const HEADING_HEIGHT_PX = 40;
const GAP_HEIGHT_PX = 36;
const ROWS_AROUND = 6;

interface Props {
  /** The newest first. */
  studies: readonly StudyOnLine[];
  /** The newest first. */
  letters: readonly ListedLetter[];
  chosen: readonly string[];
  onChoose: (key: string) => void;
}

/** Only what is in sight, and a little around it, is on the page: so are the studies that the page must ask about. */
export function TimeLine({ studies, letters, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const items = useMemo(() => lineOfTime(studies, letters), [studies, letters]);
  const virtual = useVirtualizer<HTMLDivElement, HTMLLIElement>({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => heightOf(items[at]),
    overscan: ROWS_AROUND,
    getItemKey: (at) => items[at]?.key ?? at,
  });
  const placeOf = (row: number) => items.findIndex((item) => item.kind === 'study' && item.at === row);
  const { tabStop, ...keys } = useListKeys('data-line-row', studies.length, (row) => virtual.scrollToIndex(placeOf(row)));
  const rows = virtual.getVirtualItems();
  // The row last used may be out of sight: then Tab reaches the first that is not.
  const inSight = rows.flatMap(({ index }) => {
    const item = items[index];
    return item?.kind === 'study' ? [item.at] : [];
  });
  const stop = inSight.includes(tabStop) ? tabStop : (inSight[0] ?? 0);
  const draw = ({ key, index, start }: VirtualItem) => {
    const item = items[index];
    if (item === undefined) return null;
    return (
      <li
        key={key}
        ref={virtual.measureElement}
        data-index={index}
        className="absolute inset-x-0 top-0"
        style={{ transform: `translateY(${start}px)` }}
      >
        <Item item={item} chosen={chosen} stop={stop} onChoose={onChoose} />
      </li>
    );
  };
  return (
    <div ref={scroller} className="h-full overflow-y-auto" data-testid="time-line">
      <p className="sr-only">{t('timeline.keys')}</p>
      <ol aria-label={t('timeline.listLabel')} className="relative" style={{ height: virtual.getTotalSize() }} {...keys}>
        {rows.map(draw)}
      </ol>
    </div>
  );
}

function heightOf(item: LineItem | undefined): number {
  if (item?.kind === 'year') return HEADING_HEIGHT_PX;
  return item?.kind === 'gap' || item?.kind === 'letter' ? GAP_HEIGHT_PX : ROW_HEIGHT_PX;
}

interface ItemProps {
  item: LineItem;
  chosen: readonly string[];
  stop: number;
  onChoose: (key: string) => void;
}

function Item({ item, chosen, stop, onChoose }: ItemProps) {
  switch (item.kind) {
    case 'year':
      return <Year date={item.date} />;
    case 'letter':
      return <LetterRow letter={item.letter} />;
    case 'gap':
      return <Gap months={item.months} />;
    case 'study': {
      const key = lineKey(item.study);
      return (
        <LineRow study={item.study} at={item.at} tabStop={item.at === stop} chosen={chosen.includes(key)} onChoose={() => onChoose(key)} />
      );
    }
  }
}

function Year({ date }: { date: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const year = date.slice(0, 4);
  const era = eraYear(date, language);
  return (
    <h2 className="border-b border-line bg-ground px-3 pt-3 pb-1 text-sm font-semibold text-ink-2 sm:px-4" data-testid="year">
      {date === '' ? t('timeline.noDate') : era === '' ? t('timeline.year', { year }) : t('timeline.yearInEra', { year, era })}
    </h2>
  );
}

const MONTHS_A_YEAR = 12;

/** How long there was no study: 2 years 3 months. */
function Gap({ months }: { months: number }) {
  const { t } = useTranslation();
  const years = Math.floor(months / MONTHS_A_YEAR);
  const rest = months % MONTHS_A_YEAR;
  const inYears = t('timeline.gapYears', { count: years });
  const inMonths = t('timeline.gapMonths', { count: rest });
  const length = years === 0 ? inMonths : rest === 0 ? inYears : t('timeline.gapBoth', { years: inYears, months: inMonths });
  return (
    <p className="flex items-center gap-3 px-3 py-2 text-2xs text-ink-3 sm:px-4" data-testid="gap">
      <span aria-hidden className="h-px w-6 bg-line-strong sm:w-14" />
      {t('timeline.gap', { length })}
      <span aria-hidden className="h-px flex-1 bg-line" />
    </p>
  );
}
