import type { MouseEvent, Ref } from 'react';
import { classes } from '../classes.ts';

/** Of what stands above the page for a moment: a menu, a list of choices, a short word. */
export const RAISED_LOOK = 'rounded-lg border border-line-strong bg-raised shadow-[0_16px_48px_rgb(0_0_0/0.6)]';

/** Of a window in the middle of the screen. Not placed by a transform: what is fixed within it would be fixed to it, and not to the screen. */
export const WINDOW_LOOK =
  'fixed inset-0 m-auto h-fit w-[calc(100vw-2rem)] rounded-lg border border-line-strong bg-surface shadow-[0_24px_64px_rgb(0_0_0/0.7)] focus:outline-none';

/** A press there leaves the keyboard where it is: spread into what lies beneath something that is raised. */
export const LEAVES_FOCUS = { onMouseDown: (event: MouseEvent) => event.preventDefault() };

interface Props {
  onPress: () => void;
  className?: string;
  ref?: Ref<HTMLButtonElement> | undefined;
}

/**
 * Over the whole screen, beneath what is raised: a press closes that and does nothing else. Without it the libraries close when the finger goes down or
 * let the press through, and what lies there is pressed too.
 */
export function Beside({ onPress, className = 'z-50', ref }: Props) {
  return (
    <button
      type="button"
      ref={ref}
      tabIndex={-1}
      aria-hidden
      {...LEAVES_FOCUS}
      onClick={onPress}
      className={classes('pointer-events-auto fixed inset-0 cursor-default touch-none', className)}
    />
  );
}
