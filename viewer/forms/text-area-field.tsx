import { type ComponentProps, useContext } from 'react';
import { useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { classes } from '../design/classes.ts';
import { boxLook, Field } from '../design/field.tsx';
import { FormState } from './form.tsx';
import { useFlaw } from './form-fields.tsx';

interface Props extends Pick<ComponentProps<'textarea'>, 'rows' | 'placeholder'> {
  name: string;
  label: string;
  hint?: string | undefined;
  optional?: boolean;
}

/** Some lines that somebody else will read. */
export function TextAreaField({ name, label, hint, optional = false, ...look }: Props) {
  const { t } = useTranslation();
  const { register } = useFormContext();
  const { marksOptional } = useContext(FormState);
  return (
    <Field label={label} mark={optional && marksOptional ? t('form.optional') : undefined} hint={hint} error={useFlaw(name)}>
      {({ id, describedBy, invalid }) => (
        <textarea
          rows={3}
          {...look}
          {...register(name)}
          id={id}
          autoComplete="off"
          className={classes(boxLook, 'w-full py-2')}
          aria-required={!optional}
          aria-describedby={describedBy}
          aria-invalid={invalid}
        />
      )}
    </Field>
  );
}
