import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Facility } from '../../gateway/api/contract.ts';
import { changeFacility, createFacility } from '../api/gateway.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Field, Input, inputLook } from '../design/field.tsx';
import { toast } from '../design/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import { parseAETitles, writeAETitles } from './ae-titles.ts';

/** `facility` undefined: a new one. */
export function FacilityForm({ facility, onDone }: { facility: Facility | undefined; onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  const [code, setCode] = useState(facility?.code ?? '');
  const [name, setName] = useState(facility?.name ?? '');
  const [nameKana, setNameKana] = useState(facility?.nameKana ?? '');
  const [nameRomaji, setNameRomaji] = useState(facility?.nameRomaji ?? '');
  const [aeText, setAeText] = useState(writeAETitles(facility?.aeTitles ?? []));
  const parsed = parseAETitles(aeText);
  const save = useMutation({
    mutationFn: (aeTitles: Exclude<Facility['aeTitles'], undefined>) => {
      const fields = { name: name.trim(), nameKana: nameKana.trim(), nameRomaji: nameRomaji.trim(), aeTitles };
      return facility === undefined ? createFacility({ code: code.trim(), ...fields }) : changeFacility(facility.code, fields);
    },
    onSuccess: async () => {
      toast(t('admin.saved'));
      onDone();
      await client.invalidateQueries({ queryKey: ['facilities'] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if ('entries' in parsed) save.mutate(parsed.entries);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field label={t('admin.code')} hint={t('admin.codeRule')}>
        {({ id, describedBy }) => (
          <Input
            id={id}
            required
            pattern="[A-Za-z0-9_\-]{1,32}"
            disabled={facility !== undefined}
            aria-describedby={describedBy}
            className="font-mono"
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('admin.name')}>
        {({ id }) => <Input id={id} required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label={t('admin.nameKana')}>
        {({ id }) => <Input id={id} maxLength={200} value={nameKana} onChange={(event) => setNameKana(event.target.value)} />}
      </Field>
      <Field label={t('admin.nameRomaji')}>
        {({ id }) => <Input id={id} maxLength={200} value={nameRomaji} onChange={(event) => setNameRomaji(event.target.value)} />}
      </Field>
      <Field
        label={t('admin.aeTitles')}
        hint={t('admin.aeTitlesHint')}
        error={'invalid' in parsed ? t('admin.aeInvalid', { value: parsed.invalid }) : undefined}
      >
        {({ id, describedBy, invalid }) => (
          <textarea
            id={id}
            rows={3}
            spellCheck={false}
            aria-describedby={describedBy}
            aria-invalid={invalid}
            className={classes(inputLook, 'h-auto py-2 font-mono pointer-coarse:h-auto')}
            value={aeText}
            onChange={(event) => setAeText(event.target.value)}
          />
        )}
      </Field>
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
