import type { ReactNode } from 'react';
import { classes } from './classes.ts';

interface Props {
  pressed: boolean;
  joined?: boolean;
  onClick: () => void;
  children: ReactNode;
}

/** A choice that is pressed in and out. `joined`: one of a row of which one holds. */
export function Chip({ pressed, joined = false, onClick, children }: Props) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onClick}
      className={classes(
        'h-7 px-2.5 text-xs transition-colors pointer-coarse:h-11 pointer-coarse:min-w-11',
        joined ? 'rounded-sm' : 'rounded-full border',
        pressed && !joined && 'border-accent/60 bg-accent-soft text-accent',
        pressed && joined && 'bg-hover text-ink',
        !pressed && (joined ? 'text-ink-2 hover:text-ink' : 'border-line text-ink-2 hover:border-line-strong hover:text-ink'),
      )}
    >
      {children}
    </button>
  );
}
