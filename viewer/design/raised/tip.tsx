import { Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';
import { classes } from '../classes.ts';
import { RAISED_LOOK } from './raised.tsx';

interface Props {
  text: string;
  /** The key that does the same. */
  shortcut?: string | undefined;
  side?: 'top' | 'right' | 'bottom' | 'left';
  children: ReactNode;
}

export function Tip({ text, shortcut, side = 'bottom', children }: Props) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          className={classes('z-50 flex items-center gap-2 px-2 py-1 text-xs text-ink', RAISED_LOOK)}
        >
          {text}
          {shortcut === undefined ? null : (
            <kbd className="rounded-sm border border-line-strong px-1 font-mono text-2xs text-ink-2">{shortcut}</kbd>
          )}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
