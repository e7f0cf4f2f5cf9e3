import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CreateFacility, Facility } from '../../gateway/api/contract/people.ts';
import { changeFacility, createFacility } from '../api/gateway.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Field, inputLook } from '../design/field.tsx';
import { toast } from '../design/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { keepingCertificates, parseAETitles, writeAETitles } from './ae-titles.ts';
import { TextField } from './text-field.tsx';

/** `facility` undefined: a new one. */
export function FacilityForm({ facility, onDone }: { facility: Facility | undefined; onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { code = '', name = '', nameKana = '', nameRomaji = '', aeTitles = [] } = facility ?? {};
  const [fields, setFields] = useState({ code, name, nameKana, nameRomaji });
  const [aeText, setAeText] = useState(writeAETitles(aeTitles));
  const parsed = parseAETitles(aeText);
  const save = useSavedFacility(facility, onDone);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if ('entries' in parsed) save.mutate({ ...fields, aeTitles: keepingCertificates(parsed.entries, aeTitles) });
  };
  const typed = (field: keyof typeof fields) => ({
    value: fields[field],
    onType: (value: string) => setFields({ ...fields, [field]: value }),
  });
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label={t('admin.code')}
        hint={t('admin.codeRule')}
        pattern="[A-Za-z0-9_\-]{1,32}"
        disabled={facility !== undefined}
        className="font-mono"
        {...typed('code')}
      />
      <TextField label={t('admin.name')} {...typed('name')} />
      <TextField label={t('admin.nameKana')} optional {...typed('nameKana')} />
      <TextField label={t('admin.nameRomaji')} optional {...typed('nameRomaji')} />
      <AETitlesField text={aeText} invalid={'invalid' in parsed ? parsed.invalid : undefined} onType={setAeText} />
      {save.error === null ? null : (
        <p role="alert" className="text-sm text-danger">
          {errorText(save.error)}
        </p>
      )}
      <Button type="submit" kind="primary" className="self-end" disabled={save.isPending || 'invalid' in parsed}>
        {t(facility === undefined ? 'admin.create' : 'app.save')}
      </Button>
    </form>
  );
}

type FacilityFields = { [Name in keyof CreateFacility]-?: Exclude<CreateFacility[Name], undefined> };

function useSavedFacility(facility: Facility | undefined, onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ code, aeTitles, ...names }: FacilityFields) => {
      const fields = { name: names.name.trim(), nameKana: names.nameKana.trim(), nameRomaji: names.nameRomaji.trim(), aeTitles };
      return facility === undefined ? createFacility({ code: code.trim(), ...fields }) : changeFacility(facility.code, fields);
    },
    onSuccess: async () => {
      toast(t('admin.saved'));
      onDone();
      await client.invalidateQueries({ queryKey: ['facilities'] });
    },
  });
}

/** `invalid`: the line that is no AE title. */
function AETitlesField({ text, invalid, onType }: { text: string; invalid: string | undefined; onType: (text: string) => void }) {
  const { t } = useTranslation();
  return (
    <Field
      label={t('admin.aeTitles')}
      hint={t('admin.aeTitlesHint')}
      error={invalid === undefined ? undefined : t('admin.aeInvalid', { value: invalid })}
    >
      {(field) => (
        <textarea
          id={field.id}
          rows={3}
          spellCheck={false}
          aria-describedby={field.describedBy}
          aria-invalid={field.invalid}
          className={classes(inputLook, 'h-auto! w-full py-2 font-mono')}
          value={text}
          onChange={(event) => onType(event.target.value)}
        />
      )}
    </Field>
  );
}
