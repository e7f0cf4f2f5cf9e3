import { type ComponentProps, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { LetterContent } from '../../gateway/api/contract/letters.ts';
import { letterContentSchema } from '../../gateway/api/contract/letters.ts';
import { classes } from '../design/classes.ts';
import { Field, Input, inputLook } from '../design/field.tsx';

type Lines = { [Name in keyof LetterContent]: LetterContent[Name] extends string ? Name : never }[keyof LetterContent];

interface Props {
  name: Lines;
  label: string;
  content: LetterContent;
  onWrite: (part: Partial<LetterContent>) => void;
}

/** What the gateway would refuse of a text, in words. */
function useFlawOf(name: Lines, text: string): string | undefined {
  const { t } = useTranslation();
  const flaw = letterContentSchema.shape[name].safeParse(text).error?.issues[0];
  if (flaw === undefined) return undefined;
  if (flaw.code === 'too_big') return t('writer.flaw.long', { max: Number(flaw.maximum) });
  return t('writer.flaw.control');
}

export function LineField({ name, label, content, onWrite, ...look }: Props & Pick<ComponentProps<'input'>, 'inputMode'>) {
  const value = content[name];
  return (
    <Field label={label} error={useFlawOf(name, value)}>
      {({ id, describedBy, invalid }) => (
        <Input
          {...look}
          id={id}
          data-writes={name}
          autoComplete="off"
          aria-describedby={describedBy}
          aria-invalid={invalid}
          value={value}
          onChange={({ currentTarget }) => onWrite({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );
}

export function TextField({ name, label, content, onWrite, rows = 3 }: Props & { rows?: number }) {
  const value = content[name];
  return (
    <Field label={label} error={useFlawOf(name, value)}>
      {({ id, describedBy, invalid }) => (
        <textarea
          id={id}
          data-writes={name}
          rows={rows}
          autoComplete="off"
          aria-describedby={describedBy}
          aria-invalid={invalid}
          className={classes(inputLook, 'h-auto! w-full resize-y py-2 leading-relaxed [field-sizing:content]')}
          value={value}
          onChange={({ currentTarget }) => onWrite({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );
}

/** Whoever is told what is missing stands in its field: the form is longer than a screen. */
export function pointAt(name: string): void {
  // A question gives the focus back to what asked it, as soon as it is gone.
  if (document.querySelector('[role="alertdialog"]') !== null) requestAnimationFrame(() => pointAt(name));
  else setTimeout(stand, 0, name);
}

function stand(name: string): void {
  const place = document.querySelector<HTMLElement>(`[data-writes="${CSS.escape(name)}"]`);
  (place?.querySelector<HTMLElement>('input, button') ?? place)?.focus();
}

export function MarkBox({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  const id = useId();
  return (
    <label htmlFor={id} className="flex items-center gap-2 text-sm pointer-coarse:min-h-11">
      <input id={id} type="checkbox" checked={checked} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />
      {label}
    </label>
  );
}
