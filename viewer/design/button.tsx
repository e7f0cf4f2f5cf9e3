import { cva, type VariantProps } from 'class-variance-authority';
import { Slot } from 'radix-ui';
import type { ComponentProps } from 'react';
import { classes } from './classes.ts';

/** On a touch screen every button is at least 44 px high (WCAG 2.5.5). */
const look = cva(
  'inline-flex shrink-0 items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap transition-colors select-none disabled:opacity-45 aria-disabled:opacity-45 pointer-coarse:min-h-11 pointer-coarse:min-w-11',
  {
    variants: {
      kind: {
        primary: 'bg-accent text-accent-ink hover:bg-[#edc184] active:bg-[#d5a25a]',
        quiet: 'border border-line bg-raised text-ink hover:border-line-strong hover:bg-hover',
        bare: 'text-ink-2 hover:bg-hover hover:text-ink',
        danger: 'border border-[#5b302b] bg-danger-soft text-danger hover:bg-[#3a201d]',
      },
      size: { normal: 'h-9 px-3.5 text-sm', small: 'h-7 px-2.5 text-xs', icon: 'size-9', large: 'h-11 px-5 text-sm' },
    },
    defaultVariants: { kind: 'quiet', size: 'normal' },
  },
);

type Props = ComponentProps<'button'> &
  VariantProps<typeof look> & {
    asChild?: boolean;
    /** What it did is still on its way: a press does nothing. It is not disabled, which would take the focus from who pressed it. */
    busy?: boolean;
  };

export function Button({ kind, size, asChild = false, busy = false, className, type, onClick, ...rest }: Props) {
  const Element = asChild ? Slot.Root : 'button';
  return (
    <Element
      type={asChild ? undefined : (type ?? 'button')}
      className={classes(look({ kind, size }), className)}
      aria-disabled={busy || undefined}
      onClick={busy ? undefined : onClick}
      {...rest}
    />
  );
}
