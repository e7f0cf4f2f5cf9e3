import { Plus, Trash2 } from 'lucide-react';
import { Fragment, type ReactNode, useRef } from 'react';
import { type FieldValues, useFieldArray } from 'react-hook-form';
import { Button } from '../design/button.tsx';

interface RowsProps {
  /** Of the member of the form that is a list. */
  name: string;
  legend: string;
  hint: string;
  addLabel: string;
  max: number;
  /** What a new row begins with, and the member of it that is focused. */
  fresh: FieldValues;
  focus: string;
  row: (at: number, onRemove: () => void) => ReactNode;
}

/** Rows of fields of which some are added and removed; who removes one goes on at the button that adds. */
export function FieldRows({ name, legend, hint, addLabel, max, fresh, focus, row }: RowsProps) {
  const { fields, append, remove } = useFieldArray({ name });
  const add = useRef<HTMLButtonElement>(null);
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 text-xs font-medium text-ink-2">{legend}</legend>
      <p className="text-xs text-ink-3">{hint}</p>
      {fields.map(({ id }, at) => (
        <Fragment key={id}>
          {row(at, () => {
            remove(at);
            add.current?.focus();
          })}
        </Fragment>
      ))}
      <Button
        ref={add}
        size="small"
        className="self-start"
        disabled={fields.length >= max}
        onClick={() => append(fresh, { focusName: `${name}.${fields.length}.${focus}` })}
      >
        <Plus className="size-3.5" aria-hidden />
        {addLabel}
      </Button>
    </fieldset>
  );
}

interface RowProps {
  /** What a reader of the page hears the row called. */
  label: string;
  removeLabel: string;
  onRemove: () => void;
  children: ReactNode;
}

/** One of them, with the button that removes it. */
export function FieldRow({ label, removeLabel, onRemove, children }: RowProps) {
  return (
    <fieldset aria-label={label} className="flex flex-col gap-3 rounded-md border border-line p-3">
      {children}
      <Button kind="bare" size="small" className="self-end" onClick={onRemove}>
        <Trash2 className="size-3.5" aria-hidden />
        {removeLabel}
      </Button>
    </fieldset>
  );
}
