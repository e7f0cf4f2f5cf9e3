import { Popover as Radix } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { classes } from '../classes.ts';
import { Beside, RAISED_LOOK } from './raised.tsx';

interface Props {
  label: string;
  /** A Popover.Trigger. */
  trigger: ReactNode;
  align: 'start' | 'end';
  className: string;
  children: ReactNode;
}

/** Something to read or a short list, below its button. What is pressed beside it only closes it. */
export function Popover({ label, trigger, align, className, children }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      {trigger}
      <Radix.Portal>
        <Beside onPress={() => setOpen(false)} />
      </Radix.Portal>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          aria-label={label}
          onPointerDownOutside={(event) => event.preventDefault()}
          className={classes('z-50 overflow-y-auto focus:outline-none', RAISED_LOOK, className)}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
