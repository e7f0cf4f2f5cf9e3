import { type ReactNode, useId } from 'react';
import { useFormContext } from 'react-hook-form';

interface Props {
  name: string;
  value: string;
  title: string;
  note?: string | undefined;
  children?: ReactNode;
}

/** One of several, large enough for a finger; what belongs to it stands below it while it is chosen. */
export function Choice({ name, value, title, note, children }: Props) {
  const { register, watch } = useFormContext();
  const id = useId();
  return (
    <div className="rounded-md border border-line has-[>label>input:checked]:border-accent/60 has-[>label>input:checked]:bg-accent-soft">
      <label htmlFor={id} className="flex min-h-11 cursor-pointer items-start gap-2.5 px-3 py-2.5">
        <input {...register(name)} type="radio" id={id} value={value} className="mt-0.5 size-4 shrink-0 accent-[var(--color-accent)]" />
        <span className="min-w-0">
          <span className="block text-sm font-medium">{title}</span>
          {note === undefined ? null : <span className="block text-xs text-pretty text-ink-2">{note}</span>}
        </span>
      </label>
      {watch(name) === value && children !== undefined ? <div className="px-3 pb-3 pl-9.5">{children}</div> : null}
    </div>
  );
}

/** Of a step of the form. */
export function Step({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-2 text-base font-semibold">{title}</legend>
      {children}
    </fieldset>
  );
}
