import { ListChecks, Trash2 } from 'lucide-react';
import { Popover as Radix } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { Button } from '../design/button.tsx';
import { useKeptFocus } from '../design/kept-focus.ts';
import { Popover } from '../design/raised/popover.tsx';
import type { CellState, Measurement } from '../imaging/port.ts';
import { toolbarButton } from '../study/tools/image-toolbar.tsx';
import { useMeasureText } from './use-measure-text.ts';

interface Props {
  state: CellState;
  onJump: (index: number) => void;
  onDelete: (id: string) => void;
}

/** The measurements of the active stack: go to one, or take it away. */
export function MeasurementMenu(props: Props) {
  const { t } = useTranslation();
  const { state } = props;
  const count = state.measurements.length;
  return (
    <Popover
      label={t('measure.title')}
      align="start"
      className="max-h-[60dvh] w-72 p-2"
      trigger={
        <Radix.Trigger aria-label={`${t('measure.title')} (${count})`} data-testid="measurements" className={toolbarButton}>
          <span className="relative">
            <ListChecks className="size-[18px]" strokeWidth={1.75} aria-hidden />
            {count === 0 ? null : (
              <span
                aria-hidden
                className="absolute -top-2 -right-2.5 min-w-4 rounded-full bg-accent px-1 text-center text-[10px] leading-4 font-semibold text-accent-ink"
              >
                {count}
              </span>
            )}
          </span>
        </Radix.Trigger>
      }
    >
      <Entries {...props} />
    </Popover>
  );
}

function Entries({ state, onJump, onDelete }: Props) {
  const { t } = useTranslation();
  const keptFocus = useKeptFocus<HTMLDivElement>();
  const count = state.measurements.length;
  return (
    <div {...keptFocus}>
      <p className="px-1.5 pb-1 text-xs font-medium text-ink-2">{t('measure.title')}</p>
      {count === 0 ? <p className="px-1.5 py-2 text-xs text-ink-3">{t('measure.none')}</p> : null}
      <ul>
        {state.measurements.map((measurement) => (
          <Entry
            key={measurement.id}
            measurement={measurement}
            count={state.count}
            onJump={() => onJump(measurement.index)}
            onDelete={() => onDelete(measurement.id)}
          />
        ))}
      </ul>
      {count === 0 ? null : <p className="border-t border-line px-1.5 pt-2 text-2xs text-ink-3">{t('measure.unsaved')}</p>}
    </div>
  );
}

interface EntryProps {
  measurement: Measurement;
  /** Images of the stack. */
  count: number;
  onJump: () => void;
  onDelete: () => void;
}

function Entry({ measurement: { tool, index, values }, count, onJump, onDelete }: EntryProps) {
  const { t } = useTranslation();
  const lines = useMeasureText()(values);
  return (
    <li className="flex items-center gap-1">
      <button
        type="button"
        aria-label={`${t(`tool.${tool}`)} ${lines.join(' ')}. ${t('measure.goToImage', { number: index + 1 })}`}
        onClick={onJump}
        className="min-w-0 flex-1 rounded-sm px-1.5 py-1.5 text-left hover:bg-hover"
      >
        <span className="flex justify-between gap-2 text-xs text-ink-3">
          {t(`tool.${tool}`)}
          <span>{t('study.imageOf', { index: index + 1, count })}</span>
        </span>
        <span className="flex flex-wrap gap-x-3 text-sm text-ink">
          {lines.map((line) => (
            <span key={line}>{line}</span>
          ))}
        </span>
      </button>
      <Button kind="bare" size="icon" aria-label={t('measure.delete')} onClick={onDelete}>
        <Trash2 className="size-4" aria-hidden />
      </Button>
    </li>
  );
}
