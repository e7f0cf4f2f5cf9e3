import { useTranslation } from 'react-i18next';

interface Props {
  index: number;
  count: number;
  loaded: number;
  /** In the active cell; of the others the Tab key passes over it. */
  active: boolean;
  onChange: (index: number) => void;
}

/** Along the right edge: where the reader is in the stack, and behind it how much of the stack is here. */
export function StackSlider({ index, count, loaded, active, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <div className="absolute inset-y-16 right-0 z-10 w-5 [container-type:size] pointer-coarse:w-11">
      <span
        aria-hidden
        className="pointer-events-none absolute inset-y-0 left-1/2 w-0.5 -translate-x-1/2 overflow-hidden rounded-full bg-white/15"
      >
        <span
          className="block w-full bg-white/35 transition-[height]"
          style={{ height: `${(Math.min(loaded, count) / count) * 100}%` }}
          data-testid="loaded"
        />
      </span>
      <input
        type="range"
        tabIndex={active ? 0 : -1}
        min={1}
        max={count}
        step={1}
        value={index + 1}
        aria-label={t('study.slider')}
        aria-orientation="vertical"
        aria-valuetext={t('study.imageOf', { index: index + 1, count })}
        onChange={(event) => onChange(Number(event.target.value) - 1)}
        className="stack-slider cursor-pointer"
      />
    </div>
  );
}
