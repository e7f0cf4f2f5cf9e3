import { AlertDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { classes } from '../classes.ts';
import { useReturnFocus } from '../return-focus.ts';
import { LEAVES_FOCUS, WINDOW_LOOK } from './raised.tsx';

interface Props {
  open: boolean;
  onOpenChange?: (open: boolean) => void;
  title: string;
  body: string;
  /** The ways out, the last one first at hand. */
  children: ReactNode;
}

/** Stands over everything until one of its buttons is pressed. */
export function AlertFrame({ open, onOpenChange, title, body, children }: Props) {
  const returnFocus = useReturnFocus();
  return (
    <AlertDialog.Root open={open} {...(onOpenChange === undefined ? {} : { onOpenChange })}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay {...LEAVES_FOCUS} className="fixed inset-0 z-[60] bg-black/70" />
        <AlertDialog.Content {...returnFocus} className={classes('z-[70] max-w-md p-5', WINDOW_LOOK)}>
          <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-1.5 text-sm text-pretty text-ink-2">{body}</AlertDialog.Description>
          <div className="mt-5 flex justify-end gap-2">{children}</div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
