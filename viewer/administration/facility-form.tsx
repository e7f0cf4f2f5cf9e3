import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type CreateFacility, changeFacilitySchema, createFacilitySchema, type Facility } from '../../gateway/api/contract/people.ts';
import type { ApiError } from '../api/http.ts';
import { changeFacility, createFacility } from '../api/people.ts';
import { codeLook, Field, Input } from '../design/field.tsx';
import { toast } from '../design/raised/toast.tsx';
import { Form, FormRefusal, SubmitButton } from '../forms/form.tsx';
import { TextField } from '../forms/form-fields.tsx';
import { useContractForm } from '../forms/use-contract-form.ts';
import { AETitleFields } from './ae-title-fields.tsx';
import { KindFields } from './kind-fields.tsx';
import { aeTitleOf, type TypedAETitle, typedAETitle } from './typed-ae-titles.ts';
import { kindOf, typedKind, USUAL_KINDS } from './typed-kinds.ts';

/** `facility` undefined: a new one. */
export function FacilityForm({ facility, onDone }: { facility: Facility | undefined; onDone: () => void }) {
  const { t } = useTranslation();
  const { code = '', name = '', nameKana = '', nameRomaji = '', aeTitles = [], kinds } = facility ?? {};
  const save = useSavedFacility(facility, onDone);
  const form = useContractForm({
    // Its code is what it is known by and does not change.
    schema: facility === undefined ? createFacilitySchema : changeFacilitySchema.required(),
    start: {
      code,
      name,
      nameKana,
      nameRomaji,
      kinds: kinds === undefined ? [...USUAL_KINDS] : kinds.map(typedKind),
      aeTitles: aeTitles.map(typedAETitle),
    },
    bodyOf: (typed) => ({ ...typed, kinds: typed.kinds.map(kindOf), aeTitles: typed.aeTitles.map(aeTitleOf) }),
    send: save.mutateAsync,
    fieldOf: (refusal, { aeTitles: typed }) => fieldOf(refusal, typed),
  });
  return (
    <Form form={form} className="flex flex-col gap-4">
      {facility === undefined ? (
        <TextField
          name="code"
          label={t('admin.code')}
          hint={t('admin.codeRule')}
          autoCapitalize="none"
          spellCheck={false}
          className={codeLook}
        />
      ) : (
        <Field label={t('admin.code')} hint={t('admin.codeFixed')}>
          {({ id, describedBy }) => <Input id={id} aria-describedby={describedBy} value={code} disabled className={codeLook} />}
        </Field>
      )}
      <TextField name="name" label={t('admin.name')} />
      <TextField name="nameKana" label={t('admin.nameKana')} optional />
      <TextField name="nameRomaji" label={t('admin.nameRomaji')} optional />
      <KindFields />
      <AETitleFields />
      <FormRefusal />
      <SubmitButton kind="primary" className="self-end" sending={t('form.saving')}>
        {t(facility === undefined ? 'admin.create' : 'app.save')}
      </SubmitButton>
    </Form>
  );
}

/** Which field a refusal is about; of AE titles the last that has the value. */
function fieldOf({ reason, value }: ApiError, typed: readonly TypedAETitle[]) {
  if (reason === 'facility-code-taken') return 'code';
  const at = typed.findLastIndex((one) => aeTitleOf(one).aeTitle.normalize('NFKC').trim() === value);
  return reason === 'ae-title-taken' && at >= 0 ? (`aeTitles.${at}.aeTitle` as const) : undefined;
}

type FacilityFields = Omit<CreateFacility, 'code'> & { code?: string };

function useSavedFacility(facility: Facility | undefined, onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ code = '', ...fields }: FacilityFields) =>
      facility === undefined ? createFacility({ code, ...fields }) : changeFacility(facility.code, fields),
    onSuccess: async () => {
      toast(t('admin.saved'));
      onDone();
      await client.invalidateQueries({ queryKey: ['facilities'] });
    },
  });
}
