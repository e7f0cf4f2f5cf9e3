import { Check, ChevronDown } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { classes } from '../../design/classes.ts';
import { Menu } from '../../design/raised/menu.tsx';
import type { CellState, OwnWindow, Window } from '../../imaging/port.ts';
import { presetsFor, windowNumber } from '../../imaging/window-presets.ts';
import { toolbarButton } from './image-toolbar.tsx';

interface Props {
  state: CellState;
  modality: string;
  onWindow: (window: Window) => void;
  /** One of `state.own`, by its number. */
  onOwn: (number: number) => void;
  onReset: () => void;
}

const item =
  'flex h-8 cursor-pointer items-center justify-between gap-6 rounded-sm px-2.5 text-sm outline-none select-none data-highlighted:bg-hover pointer-coarse:h-11';

export function WindowMenu({ state, modality, onWindow, onOwn, onReset }: Props) {
  const { t } = useTranslation();
  const presets = presetsFor(modality);
  return (
    <Menu
      align="start"
      className="max-h-[70dvh] max-w-[90vw] min-w-56 overflow-y-auto p-1.5"
      trigger={
        <DropdownMenu.Trigger
          aria-label={t('study.windowPresets')}
          disabled={state.window === undefined && state.lut === undefined}
          data-testid="window-presets"
          className={classes(toolbarButton, 'flex! w-auto! items-center gap-1 px-2.5 text-xs')}
        >
          {t('study.window')}
          <ChevronDown className="size-3.5" aria-hidden />
        </DropdownMenu.Trigger>
      }
    >
      <DropdownMenu.Item className={item} onSelect={onReset}>
        {t('study.windowReset')}
      </DropdownMenu.Item>
      <DropdownMenu.RadioGroup value={inForce(state, modality)}>
        <OwnWindows own={state.own} onOwn={onOwn} />
        {presets.length === 0 ? null : <DropdownMenu.Separator className="my-1 h-px bg-line" />}
        {presets.map(({ name, window }, at) => (
          <DropdownMenu.RadioItem key={name} value={name} className={item} onSelect={() => onWindow(window)} data-preset={name}>
            <Name>
              <kbd className="mr-2 inline-block w-4 font-mono text-2xs text-ink-3">{at + 1}</kbd>
              {t(`preset.${name}`)}
            </Name>
            <Numbers window={window} />
          </DropdownMenu.RadioItem>
        ))}
      </DropdownMenu.RadioGroup>
    </Menu>
  );
}

/** Value of the entry that is what stands on the screen; none after a drag. */
function inForce({ own, chosenOwn, window }: CellState, modality: string): string {
  if (own.some(({ number }) => number === chosenOwn)) return ownValue(chosenOwn ?? -1);
  const same = presetsFor(modality).find((preset) => preset.window.center === window?.center && preset.window.width === window.width);
  return same?.name ?? '';
}

function ownValue(number: number): string {
  return `own-${number}`;
}

/** The windows, then the LUTs that the image brings, by the sender's names where it gives them. */
function OwnWindows({ own, onOwn }: { own: readonly OwnWindow[]; onOwn: (number: number) => void }) {
  const { t } = useTranslation();
  const windows = own.filter(({ window }) => window !== undefined);
  const nameless = (one: OwnWindow) => {
    if (one.window === undefined) return t('study.lutOwnNumber', { number: own.indexOf(one) - windows.length + 1 });
    return windows.length === 1 ? t('study.windowOwn') : t('study.windowOwnNumber', { number: windows.indexOf(one) + 1 });
  };
  return own.map((one) => (
    <DropdownMenu.RadioItem
      key={one.number}
      value={ownValue(one.number)}
      className={item}
      onSelect={() => onOwn(one.number)}
      data-own={one.number}
    >
      <Name>{one.explanation || nameless(one)}</Name>
      {one.window === undefined ? <span className="text-2xs text-ink-3">LUT</span> : <Numbers window={one.window} />}
    </DropdownMenu.RadioItem>
  ));
}

/** With the sign of the one in force. */
function Name({ children }: { children: ReactNode }) {
  return (
    <span className="flex min-w-0 items-center">
      <span className="w-5 shrink-0">
        <DropdownMenu.ItemIndicator>
          <Check className="size-3.5 text-accent" aria-hidden />
        </DropdownMenu.ItemIndicator>
      </span>
      <span className="truncate">{children}</span>
    </span>
  );
}

function Numbers({ window: { width, center } }: { window: Window }) {
  return (
    <span className="shrink-0 text-2xs text-ink-3">
      {windowNumber(width, width)} / {windowNumber(center, width)}
    </span>
  );
}
