import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { classes } from '../classes.ts';
import { Beside, RAISED_LOOK } from './raised.tsx';

interface Props {
  /** A DropdownMenu.Trigger. */
  trigger: ReactNode;
  align: 'start' | 'end';
  className: string;
  defaultOpen?: boolean;
  children: ReactNode;
}

/** A menu that opens below its button. What is pressed beside it only closes it. */
export function Menu({ trigger, align, className, defaultOpen = false, children }: Props) {
  const [open, setOpen] = useState(defaultOpen);
  return (
    <DropdownMenu.Root open={open} onOpenChange={setOpen}>
      {trigger}
      <DropdownMenu.Portal>
        <Beside onPress={() => setOpen(false)} />
      </DropdownMenu.Portal>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          onPointerDownOutside={(event) => event.preventDefault()}
          className={classes('z-50', RAISED_LOOK, className)}
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
