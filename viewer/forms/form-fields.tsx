import { type ComponentProps, type ReactNode, useContext } from 'react';
import { Controller, type FieldError, get, type RegisterOptions, useFormContext } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Field, Input, Select } from '../design/field.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { DateInput } from './date-input.tsx';
import { flawText, isFlaw } from './flaws.ts';
import { FormState } from './form.tsx';

/** What is wrong with a field, in words. `whenEmpty`: what to say where nothing was typed; `whenMalformed`: where it cannot be read. */
export function useFlaw(name: string, whenEmpty?: string, whenMalformed?: string): string | undefined {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { refusal } = useContext(FormState);
  const { errors } = useFormContext().formState;
  const error = get(errors, name) as FieldError | undefined;
  const { type, message = '' } = error ?? {};
  if (type === undefined) return undefined;
  if (type === 'gateway' && !isFlaw(message)) return errorText(refusal?.error);
  const own = { required: whenEmpty, malformed: whenMalformed }[message];
  return own ?? flawText(t, message);
}

/** In a form to be filled in; a search asks for nothing. */
function useOptionalMark(optional: boolean): string | undefined {
  const { t } = useTranslation();
  const { marksOptional } = useContext(FormState);
  return optional && marksOptional ? t('form.optional') : undefined;
}

interface FieldProps {
  /** Of the member of the request. */
  name: string;
  label: string;
  hint?: string | undefined;
  whenEmpty?: string | undefined;
  /** May be left empty. */
  optional?: boolean;
  /** `deps`: fields to be looked at again when this one changes. */
  options?: Pick<RegisterOptions, 'deps'>;
}

interface TextProps extends FieldProps, Omit<ComponentProps<'input'>, 'name' | 'value' | 'onChange' | 'onBlur' | 'ref' | 'required'> {
  /** What stands beside the text, within the field. */
  beside?: ReactNode;
  besideLook?: string;
}

/** One line of text with its label. A browser keeps nothing of it for other people at this desk unless it is told to. */
export function TextField({
  name,
  label,
  hint,
  whenEmpty,
  optional = false,
  options,
  beside,
  besideLook = 'relative',
  ...look
}: TextProps) {
  const { register } = useFormContext();
  return (
    <Field label={label} mark={useOptionalMark(optional)} hint={hint} error={useFlaw(name, whenEmpty)}>
      {({ id, describedBy, invalid }) => (
        <FieldBox beside={beside} look={besideLook}>
          <Input
            autoComplete="off"
            {...look}
            {...register(name, options)}
            id={id}
            aria-required={!optional}
            aria-describedby={describedBy}
            aria-invalid={invalid}
          />
        </FieldBox>
      )}
    </Field>
  );
}

function FieldBox({ beside, look, children }: { beside: ReactNode; look: string; children: ReactNode }) {
  if (beside === undefined) return children;
  return (
    <div className={look}>
      {children}
      {beside}
    </div>
  );
}

interface SelectProps extends FieldProps {
  /** Asks for a choice, instead of beginning with one. */
  asks?: boolean;
  children: ReactNode;
}

export function SelectField({ name, label, hint, whenEmpty, optional = false, asks = false, options, children }: SelectProps) {
  const { t } = useTranslation();
  const { register } = useFormContext();
  return (
    <Field label={label} mark={useOptionalMark(optional)} hint={hint} error={useFlaw(name, whenEmpty ?? t('form.flaw.unchosen'))}>
      {({ id, describedBy, invalid }) => (
        <Select {...register(name, options)} id={id} aria-required={!optional} aria-describedby={describedBy} aria-invalid={invalid}>
          {asks ? <option value="">{t('form.choose')}</option> : null}
          {children}
        </Select>
      )}
    </Field>
  );
}

interface DateProps extends FieldProps, Pick<ComponentProps<typeof DateInput>, 'min' | 'max' | 'className'> {
  beside?: ReactNode;
  besideLook?: string;
}

/** A day: YYYY-MM-DD in what is asked of the gateway. */
export function DateField({
  name,
  label,
  hint,
  whenEmpty,
  optional = false,
  options = {},
  beside,
  besideLook = 'relative',
  ...look
}: DateProps) {
  const { t } = useTranslation();
  return (
    <Field label={label} mark={useOptionalMark(optional)} hint={hint} error={useFlaw(name, whenEmpty, t('form.flaw.date'))}>
      {({ id, describedBy, invalid }) => (
        <FieldBox beside={beside} look={besideLook}>
          <Controller
            name={name}
            rules={options}
            render={({ field }) => (
              <DateInput
                {...look}
                {...field}
                id={id}
                label={label}
                aria-required={!optional}
                aria-describedby={describedBy}
                aria-invalid={invalid}
              />
            )}
          />
        </FieldBox>
      )}
    </Field>
  );
}
