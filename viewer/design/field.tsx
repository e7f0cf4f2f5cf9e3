import { type ComponentProps, type ReactNode, useId } from 'react';
import { classes } from './classes.ts';

/** Its width is said by who uses it. Focused out of sight it is scrolled to with its label and what is said below it. */
export const boxLook =
  'scroll-mt-8 scroll-mb-16 rounded-md border border-line bg-ground px-3 text-sm text-ink text-ellipsis placeholder:text-ink-3 hover:border-line-strong focus-visible:border-accent aria-invalid:border-danger disabled:opacity-50';

/** Of one line. */
export const inputLook = `h-9 pointer-coarse:h-11 ${boxLook}`;

/** Of a name that is typed letter by letter. At this size no browser cuts off an underscore, which would look like a space. */
export const codeLook = 'w-full font-mono text-[0.8125rem]!';

export function Input({ className = 'w-full', ...rest }: ComponentProps<'input'>) {
  return <input className={classes(inputLook, className)} {...rest} />;
}

export function Select({ className = 'w-full', ...rest }: ComponentProps<'select'>) {
  return <select className={classes(inputLook, 'pr-8', className)} {...rest} />;
}

interface FieldProps {
  label: string;
  /** Said beside the label: that it may be left empty. A reader of the page hears it by `aria-required`. */
  mark?: string | undefined;
  hint?: string | undefined;
  error?: string | undefined;
  children: (ids: { id: string; describedBy: string | undefined; invalid: boolean }) => ReactNode;
}

/** A label, its control, and what to know or to put right. */
export function Field({ label, mark, hint, error, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-baseline gap-2">
        <label htmlFor={id} className="text-xs font-medium text-ink-2">
          {label}
        </label>
        {mark === undefined ? null : (
          <span aria-hidden className="shrink-0 text-2xs text-ink-3">
            {mark}
          </span>
        )}
      </div>
      {children({ id, describedBy: note === undefined ? undefined : `${id}-note`, invalid: error !== undefined })}
      {note === undefined ? null : (
        <p id={`${id}-note`} className={classes('text-xs text-pretty', error === undefined ? 'text-ink-3' : 'text-danger')}>
          {note}
        </p>
      )}
    </div>
  );
}
