import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  filledText,
  type KeepTemplate,
  LETTER_VARIABLES,
  type Letter,
  type LetterContent,
  type LetterTemplate,
} from '../../gateway/api/contract/letters.ts';
import { keepLetterTemplate, listLetterTemplates, removeLetterTemplate } from '../api/letters.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { Field, Input, Select } from '../design/field.tsx';
import { Dialog } from '../design/raised/dialog.tsx';
import { toast } from '../design/raised/toast.tsx';
import { useErrorText } from '../i18n/use-error-text.ts';
import type { DraftState } from './draft-keeper.ts';

interface Props {
  kind: Letter['kind'];
  draft: DraftState;
  from: Letter['from'];
  onWrite: (part: Partial<LetterContent>) => void;
}

/** What letters of the facility's departments begin with: one is put in, what is written becomes one, one is deleted. */
export function Templates({ kind, draft, from, onWrite }: Props) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['letters', 'templates'],
    queryFn: ({ signal }) => listLetterTemplates(signal),
    staleTime: 60_000,
  });
  const [chosen, setChosen] = useState('');
  const [asking, setAsking] = useState<'keep' | 'drop'>();
  const templates = data?.templates.filter((template) => template.kind === kind) ?? [];
  const template = templates.find(({ id }) => id === chosen);
  const use = (id: string) => {
    setChosen(id);
    const used = templates.find((one) => one.id === id);
    if (used !== undefined) onWrite(partOf(used, draft, from));
  };
  return (
    <div className="flex flex-col gap-2">
      <div>
        <Field label={t('writer.template')} hint={t('writer.templateHint')}>
          {({ id, describedBy }) => (
            <Select id={id} aria-describedby={describedBy} value={chosen} onChange={({ currentTarget }) => use(currentTarget.value)}>
              <option value="">{t('writer.noTemplate')}</option>
              {templates.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.department === '' ? one.name : `${one.department}　${one.name}`}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => setAsking('keep')}>{t('writer.keepTemplate')}</Button>
        {template === undefined ? null : (
          <Button kind="bare" onClick={() => setAsking('drop')}>
            {t('writer.dropTemplate')}
          </Button>
        )}
      </div>
      {asking === 'keep' ? <KeepDialog kind={kind} content={draft.content} onClose={() => setAsking(undefined)} /> : null}
      {template === undefined ? null : (
        <Drop template={template} open={asking === 'drop'} onClose={() => setAsking(undefined)} onDropped={() => setChosen('')} />
      )}
    </div>
  );
}

/** Only what is empty is filled. Marks are set and never taken away. */
function partOf({ content }: LetterTemplate, { content: before, to }: DraftState, from: Letter['from']): Partial<LetterContent> {
  const now = new Date();
  const today = [now.getFullYear(), `${now.getMonth() + 1}`.padStart(2, '0'), `${now.getDate()}`.padStart(2, '0')].join('-');
  const lines = Object.entries(content).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' && value !== '' && before[name as keyof LetterContent] === '' ? [[name, value]] : [],
  );
  const marks = Object.entries(content).filter(([, value]) => value === true);
  const sources = { content: { ...before, ...Object.fromEntries(lines) }, toFacility: to?.name ?? '', fromFacility: from.name, today };
  return Object.fromEntries([...lines.map(([name, text]) => [name, filledText(text, sources)]), ...marks]) as Partial<LetterContent>;
}

const KEPT = [
  'fromDepartment',
  'fromDoctor',
  'fromAddress',
  'fromPhone',
  'diagnosis',
  'purpose',
  'history',
  'course',
  'treatment',
  'prescription',
  'remarks',
] as const;

interface KeepProps {
  kind: Letter['kind'];
  content: LetterContent;
  onClose: () => void;
}

function useKeeping(onClose: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const errorText = useErrorText();
  return useMutation({
    mutationFn: (body: KeepTemplate) => keepLetterTemplate(body),
    onSuccess: () => {
      toast(t('writer.templateKept'));
      onClose();
    },
    onError: (error) => toast(errorText(error), 'problem'),
    onSettled: () => client.invalidateQueries({ queryKey: ['letters', 'templates'] }),
  });
}

const VARIABLES = LETTER_VARIABLES.map((variable) => `{{${variable}}}`).join(' ');

function KeepDialog({ kind, content, onClose }: KeepProps) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [department, setDepartment] = useState(content.fromDepartment);
  const keep = useKeeping(onClose);
  const kept = Object.fromEntries(KEPT.map((field) => [field, content[field]]));
  const submit = () =>
    name.trim() === '' || keep.isPending
      ? undefined
      : keep.mutate({ name: name.trim(), department: department.trim(), kind, content: kept });
  const hint = t('writer.keepTemplateHint', { variables: VARIABLES, interpolation: { escapeValue: false, skipOnVariables: true } });
  return (
    <Dialog open onOpenChange={onClose} title={t('writer.keepTemplateTitle')} description={hint}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Short label={t('writer.templateName')} value={name} onChange={setName} />
        <Short label={t('writer.department')} value={department} onChange={setDepartment} />
        <Button kind="primary" type="submit" busy={keep.isPending} className="self-start">
          {t('writer.keepTemplate')}
        </Button>
      </form>
    </Dialog>
  );
}

const SHORT_CHARS_MAX = 100;

function Short({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <Field label={label}>
      {({ id }) => (
        <Input
          id={id}
          value={value}
          maxLength={SHORT_CHARS_MAX}
          autoComplete="off"
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      )}
    </Field>
  );
}

function Drop({
  template,
  open,
  onClose,
  onDropped,
}: {
  template: LetterTemplate;
  open: boolean;
  onClose: () => void;
  onDropped: () => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const errorText = useErrorText();
  const drop = useMutation({
    mutationFn: () => removeLetterTemplate(template.id),
    onSuccess: () => {
      onDropped();
      toast(t('writer.templateDropped'));
    },
    onError: (error) => toast(errorText(error), 'problem'),
    onSettled: () => client.invalidateQueries({ queryKey: ['letters', 'templates'] }),
  });
  return (
    <Confirm
      open={open}
      onOpenChange={(next) => (next ? undefined : onClose())}
      title={t('writer.dropTemplateTitle')}
      body={t('writer.dropTemplateBody', { name: template.name })}
      confirm={t('writer.dropTemplate')}
      onConfirm={() => drop.mutate()}
    />
  );
}
