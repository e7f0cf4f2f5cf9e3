import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { classes } from './classes.ts';

interface Props {
  /** A DropdownMenu.Trigger. */
  trigger: ReactNode;
  align: 'start' | 'end';
  className: string;
  defaultOpen?: boolean;
  children: ReactNode;
}

/**
 * A menu that opens below its button. What is pressed beside it closes it and does nothing else: the library closes at the finger's going down, and
 * what lies under the menu would get the tap.
 */
export function Menu({ trigger, align, className, defaultOpen = false, children }: Props) {
  const [open, setOpen] = useState(defaultOpen);
  return (
    <DropdownMenu.Root open={open} onOpenChange={setOpen}>
      {trigger}
      <DropdownMenu.Portal>
        <button type="button" tabIndex={-1} aria-hidden className="pointer-events-auto fixed inset-0 z-40" onClick={() => setOpen(false)} />
      </DropdownMenu.Portal>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          onPointerDownOutside={(event) => event.preventDefault()}
          className={classes('z-50 rounded-lg border border-line-strong bg-raised shadow-[0_16px_48px_rgb(0_0_0/0.6)]', className)}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
