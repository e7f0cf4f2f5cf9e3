import { type ComponentProps, createContext, type KeyboardEvent, type ReactNode, useContext } from 'react';
import { type FieldValues, FormProvider } from 'react-hook-form';
import { Button } from '../design/button.tsx';
import { inConversion } from '../design/conversion.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import type { ContractForm, Refusal } from './use-contract-form.ts';

/** What the parts of a form know of the whole. */
export const FormState = createContext<{
  readonly refusal: Refusal | undefined;
  readonly sending: boolean;
  /** Says at each field that may be left empty that it may. */
  readonly marksOptional: boolean;
}>({ refusal: undefined, sending: false, marksOptional: true });

interface Props<Typed extends FieldValues> extends Omit<ComponentProps<'form'>, 'onSubmit' | 'noValidate' | 'onKeyDown' | 'form'> {
  form: ContractForm<Typed>;
  marksOptional?: boolean;
  children: ReactNode;
}

/** Its fields say themselves what is wrong (`useContractForm`), so the browser's own bubbles are off. */
export function Form<Typed extends FieldValues>({ form, marksOptional = true, children, ...look }: Props<Typed>) {
  const { fields, refusal, sending, submit } = form;
  return (
    <FormProvider {...fields}>
      <FormState value={{ refusal, sending, marksOptional }}>
        <form
          {...look}
          noValidate
          aria-busy={sending}
          data-changed={fields.formState.isDirty || undefined}
          onKeyDown={keepConversion}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          {children}
        </form>
      </FormState>
    </FormProvider>
  );
}

/** Enter that ends a kana-kanji conversion sends nothing. */
function keepConversion(event: KeyboardEvent): void {
  if (event.key === 'Enter' && inConversion(event.nativeEvent)) event.preventDefault();
}

/** What the gateway did not take for another reason than one field. */
export function FormRefusal() {
  const errorText = useErrorText();
  const { refusal } = useContext(FormState);
  if (refusal === undefined || refusal.field !== undefined) return null;
  return (
    <p role="alert" className="text-sm text-danger">
      {errorText(refusal.error)}
    </p>
  );
}

interface SubmitProps extends Omit<ComponentProps<typeof Button>, 'type' | 'children' | 'disabled'> {
  children: ReactNode;
  /** In place of its words while what was typed is on its way. */
  sending: ReactNode;
}

export function SubmitButton({ children, sending: sendingWords, ...look }: SubmitProps) {
  const { sending } = useContext(FormState);
  return (
    <Button type="submit" {...look} busy={sending}>
      {sending ? sendingWords : children}
    </Button>
  );
}
