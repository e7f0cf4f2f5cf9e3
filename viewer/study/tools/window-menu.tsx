import { ChevronDown } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { classes } from '../../design/classes.ts';
import type { CellState, Window } from '../../imaging/port.ts';
import type { SeriesImage } from '../../imaging/series-images.ts';
import { ownWindows, presetsFor } from '../../imaging/window-presets.ts';
import { toolbarButton } from './image-toolbar.tsx';

interface Props {
  state: CellState;
  modality: string;
  image: SeriesImage | undefined;
  onWindow: (window: Window) => void;
  onReset: () => void;
}

const item =
  'flex h-8 cursor-pointer items-center justify-between gap-6 rounded-sm px-2.5 text-sm outline-none select-none data-highlighted:bg-hover pointer-coarse:h-11';

export function WindowMenu({ state, modality, image, onWindow, onReset }: Props) {
  const { t } = useTranslation();
  const own = image === undefined ? [] : ownWindows(image.metadata);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label={t('study.windowPresets')}
        disabled={state.window === undefined}
        data-testid="window-presets"
        className={classes(toolbarButton, 'flex! w-auto! items-center gap-1 px-2.5 text-xs')}
      >
        {t('study.window')}
        <ChevronDown className="size-3.5" aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="start"
          sideOffset={6}
          className="z-50 max-h-[70dvh] min-w-56 overflow-y-auto rounded-lg border border-line-strong bg-raised p-1.5 shadow-[0_16px_48px_rgb(0_0_0/0.6)]"
        >
          <DropdownMenu.Item className={item} onSelect={onReset}>
            {t('study.windowReset')}
          </DropdownMenu.Item>
          {own.map(({ window, explanation }, at) => (
            <DropdownMenu.Item key={at} className={item} onSelect={() => onWindow(window)}>
              {explanation || (own.length === 1 ? t('study.windowOwn') : t('study.windowOwnNumber', { number: at + 1 }))}
              <Numbers window={window} />
            </DropdownMenu.Item>
          ))}
          {presetsFor(modality).length === 0 ? null : <DropdownMenu.Separator className="my-1 h-px bg-line" />}
          {presetsFor(modality).map(({ name, window }, at) => (
            <DropdownMenu.Item key={name} className={item} onSelect={() => onWindow(window)} data-preset={name}>
              <span>
                <kbd className="mr-2 inline-block w-4 font-mono text-2xs text-ink-3">{at + 1}</kbd>
                {t(`preset.${name}`)}
              </span>
              <Numbers window={window} />
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Numbers({ window }: { window: Window }) {
  return (
    <span className="text-2xs text-ink-3">
      {Math.round(window.width)} / {Math.round(window.center)}
    </span>
  );
}
