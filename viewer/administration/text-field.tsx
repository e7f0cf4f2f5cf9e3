import type { ComponentProps } from 'react';
import { Field, Input } from '../design/field.tsx';

const NAME_CHARS_MAX = 200;

interface Props extends Pick<ComponentProps<'input'>, 'type' | 'pattern' | 'disabled' | 'autoComplete' | 'className'> {
  label: string;
  hint?: string;
  optional?: boolean;
  value: string;
  onType: (value: string) => void;
}

/** One line of text with its label. */
export function TextField({ label, hint, optional = false, value, onType, ...look }: Props) {
  return (
    <Field label={label} hint={hint}>
      {({ id, describedBy }) => (
        <Input
          id={id}
          required={!optional}
          maxLength={NAME_CHARS_MAX}
          aria-describedby={describedBy}
          value={value}
          onChange={(event) => onType(event.target.value)}
          {...look}
        />
      )}
    </Field>
  );
}
