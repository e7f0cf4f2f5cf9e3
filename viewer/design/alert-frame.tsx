import { AlertDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { useReturnFocus } from './return-focus.ts';

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
        <AlertDialog.Overlay className="fixed inset-0 z-[60] bg-black/70" />
        <AlertDialog.Content
          {...returnFocus}
          className="fixed top-1/2 left-1/2 z-[70] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 rounded-lg border border-line-strong bg-surface p-5 shadow-[0_24px_64px_rgb(0_0_0/0.7)] focus:outline-none"
        >
          <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-1.5 text-sm text-pretty text-ink-2">{body}</AlertDialog.Description>
          <div className="mt-5 flex justify-end gap-2">{children}</div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
