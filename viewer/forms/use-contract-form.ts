import { zodResolver } from '@hookform/resolvers/zod';
import { useRef, useState } from 'react';
import { type DefaultValues, type FieldValues, type Path, type Resolver, type UseFormReturn, useForm } from 'react-hook-form';
import { ApiError } from '../api/http.ts';
import { flawOf } from './flaws.ts';

/** The gateway did not take what was sent. `field`: what that is about; undefined: not one field. */
export interface Refusal {
  readonly error: unknown;
  readonly field: string | undefined;
}

export interface ContractForm<Typed extends FieldValues> {
  readonly fields: UseFormReturn<Typed>;
  readonly refusal: Refusal | undefined;
  readonly sending: boolean;
  readonly submit: () => void;
}

/** A schema of zod, by what is needed here of it. */
interface Schema<Body> {
  readonly _zod: { readonly output: Body; readonly input: unknown };
}

interface Options<Typed extends FieldValues, Body> {
  /** Of `gateway/api/contract`: what the gateway takes. */
  schema: Schema<Body>;
  /** What stands in the fields at first. */
  start: Typed;
  /** What is asked of the gateway, from what stands in the fields: each member bears the name of its field. As it stands, when left out. */
  bodyOf?: (typed: Typed) => unknown;
  /** Rejects with an ApiError when it is refused. */
  send: (body: Body) => Promise<unknown>;
  /** The field that a refusal is about. */
  fieldOf?: (error: ApiError, typed: Typed) => Path<Typed> | undefined;
}

/**
 * A form whose fields are what the gateway will be asked: checked by the same schema before it is sent, sent once however often it is pressed,
 * and what is wrong, by whichever of the two, stands at its field, which is focused. What was typed stays.
 */
export function useContractForm<Typed extends FieldValues, Body>(options: Options<Typed, Body>): ContractForm<Typed> {
  const { schema, start, bodyOf = (typed: Typed) => typed, send, fieldOf } = options;
  const check = zodResolver(schema as never, { error: flawOf } as never, { mode: 'sync' }) as unknown as Resolver<
    FieldValues,
    unknown,
    FieldValues
  >;
  const fields = useForm<Typed, unknown, FieldValues>({
    defaultValues: start as DefaultValues<Typed>,
    resolver: ((typed, context, about) => check(bodyOf(typed as Typed) as FieldValues, context, about as never)) as Resolver<
      Typed,
      unknown,
      FieldValues
    >,
  });
  const [refusal, setRefusal] = useState<Refusal>();
  const busy = useRef(false);
  const sendOnce = async (body: FieldValues) => {
    setRefusal(undefined);
    try {
      await send(body as Body);
    } catch (error) {
      const field = error instanceof ApiError ? fieldOf?.(error, fields.getValues()) : undefined;
      setRefusal({ error, field });
      if (field === undefined) return;
      fields.setError(field, { type: 'gateway', message: (error as ApiError).reason ?? '' }, { shouldFocus: true });
      // A password cannot be read, so it is typed anew.
      const { activeElement } = document;
      if (activeElement instanceof HTMLInputElement && activeElement.type === 'password') activeElement.select();
    }
  };
  const submit = async () => {
    if (busy.current) return;
    busy.current = true;
    await fields
      .handleSubmit(sendOnce)()
      .finally(() => {
        busy.current = false;
      });
  };
  return {
    fields: fields as unknown as UseFormReturn<Typed>,
    refusal,
    sending: fields.formState.isSubmitting,
    submit: () => void submit(),
  };
}
