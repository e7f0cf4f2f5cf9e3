import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Send, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LETTER_MARKS, LETTER_TEXTS, type Letter, type LetterContent } from '../../gateway/api/contract/letters.ts';
import { ApiError } from '../api/http.ts';
import { discardLetter, sendLetter } from '../api/letters.ts';
import { Button } from '../design/button.tsx';
import { Confirm } from '../design/confirm.tsx';
import { Field, Select } from '../design/field.tsx';
import { Notice } from '../design/notice.tsx';
import { Panel } from '../design/panel.tsx';
import { toast } from '../design/raised/toast.tsx';
import { DateInput } from '../forms/date-input.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useErrorText } from '../i18n/use-error-text.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { PrintSheet } from '../oversight/print-sheet.tsx';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { AddresseeFields } from './addressee-fields.tsx';
import { AttachedFiles } from './attached-files.tsx';
import { BoundStudies } from './bound-studies.tsx';
import type { DraftKeeper, DraftOnPage, DraftState, SaveState } from './draft-keeper.ts';
import { LetterSheet } from './letter-sheet.tsx';
import { Templates } from './templates.tsx';
import { useDraft } from './use-draft.ts';
import { letterKey } from './use-letters.ts';
import { LineField, MarkBox, pointAt, TextField } from './writer-fields.tsx';

const GRID = 'grid grid-cols-2 gap-3 max-sm:grid-cols-1';

/** A letter as it is written; what is written is kept by itself. */
export function LetterWriter({ first }: { first: Letter }) {
  const { t } = useTranslation();
  const { keeper, draft, files, save } = useDraft(first);
  const letter = { ...first, ...draft, files };
  return (
    <>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h1 className="min-w-0 flex-1 text-xl font-semibold">{t(`writer.title.${draft.kind}`)}</h1>
        <Saved save={save} />
      </header>
      {save.kind === 'changed' ? <ChangedElsewhere keeper={keeper} /> : null}
      <Addressee first={first} draft={draft} keeper={keeper} />
      <Panel title={t('writer.patient')}>
        <PatientFields content={draft.content} onWrite={keeper.write} />
      </Panel>
      <Body first={first} draft={draft} keeper={keeper} />
      <Panel title={t('writer.studies')} intro={t('writer.studiesHint')}>
        <BoundStudies patient={first.patient} studies={draft.studies} onChange={(studies) => keeper.change({ studies })} />
      </Panel>
      <Panel title={t('writer.files')} intro={t('writer.filesHint')}>
        <AttachedFiles id={first.id} files={files} onTold={keeper.told} />
      </Panel>
      <Sender draft={draft} keeper={keeper} />
      <Ends letter={letter} keeper={keeper} />
      <PrintSheet>
        <LetterSheet letter={letter} />
      </PrintSheet>
    </>
  );
}

const CHANGED = 'changed';

function ChangedElsewhere({ keeper }: { keeper: DraftKeeper }) {
  const { t } = useTranslation();
  return (
    <Notice icon={TriangleAlert} tone="danger" title={t('writer.changedTitle')} body={t('writer.changedBody')}>
      <div className="flex flex-wrap justify-center gap-2" data-writes={CHANGED}>
        <Button onClick={() => void keeper.settle('theirs')}>{t('writer.takeTheirs')}</Button>
        <Button kind="danger" onClick={() => void keeper.settle('mine')}>
          {t('writer.keepMine')}
        </Button>
      </div>
    </Notice>
  );
}

interface PartProps {
  draft: DraftState;
  keeper: DraftKeeper;
}

function Addressee({ first, draft, keeper }: PartProps & { first: Letter }) {
  const { t } = useTranslation();
  const fields = { content: draft.content, onWrite: keeper.write };
  return (
    <Panel title={t('writer.addressee')}>
      <div className={GRID}>
        <AddresseeFields draft={draft} fixed={first.inReplyTo !== null} onChange={keeper.change} />
        <LineField name="toDepartment" label={t('writer.department')} {...fields} />
        <LineField name="toDoctor" label={t('writer.doctorName')} {...fields} />
      </div>
    </Panel>
  );
}

function Body({ first, draft: { kind, content, ...draft }, keeper }: PartProps & { first: Letter }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('writer.body')}>
      <div className="flex flex-col gap-3">
        <Templates kind={kind} draft={{ kind, content, ...draft }} from={first.from} onWrite={keeper.write} />
        {LETTER_TEXTS.filter((name) => kind !== 'reply' || name !== 'purpose').map((name) => (
          <TextField
            key={name}
            name={name}
            label={kind === 'reply' && name === 'course' ? t('writer.replyCourse') : t(`writer.text.${name}`)}
            rows={name === 'course' ? 6 : 2}
            content={content}
            onWrite={keeper.write}
          />
        ))}
        <Marks content={content} onWrite={keeper.write} />
      </div>
    </Panel>
  );
}

interface ContentProps {
  content: LetterContent;
  onWrite: (part: Partial<LetterContent>) => void;
}

function Marks({ content, onWrite }: ContentProps) {
  const { t } = useTranslation();
  return (
    <fieldset>
      <legend className="mb-1 text-xs font-medium text-ink-2">{t('writer.marks')}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-1.5">
        {LETTER_MARKS.map((mark) => (
          <MarkBox
            key={mark}
            label={t(`letter.marks.${mark}`)}
            checked={content[mark]}
            onChange={(checked) => onWrite({ [mark]: checked })}
          />
        ))}
      </div>
    </fieldset>
  );
}

function Sender({ draft, keeper }: PartProps) {
  const { t } = useTranslation();
  const fields = { content: draft.content, onWrite: keeper.write };
  return (
    <Panel title={t('writer.sender')}>
      <div className={GRID}>
        <LineField name="fromDepartment" label={t('writer.department')} {...fields} />
        <LineField name="fromDoctor" label={t('writer.doctorName')} {...fields} />
        <LineField name="fromAddress" label={t('writer.address')} {...fields} />
        <LineField name="fromPhone" label={t('writer.phone')} inputMode="tel" {...fields} />
      </div>
    </Panel>
  );
}

function Saved({ save }: { save: SaveState }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const errorText = useErrorText();
  const words = {
    saved: () => t('writer.saved', { time: save.kind === 'saved' ? formatInstant(save.at.toISOString(), language) : '' }),
    saving: () => t('writer.saving'),
    unsaved: () => t('writer.unsaved'),
    changed: () => t('writer.unsaved'),
    failed: () => t('writer.saveFailed', { reason: save.kind === 'failed' ? errorText(save.error) : '' }),
  };
  return (
    <p
      role="status"
      className={save.kind === 'failed' ? 'text-xs text-danger' : 'text-xs text-ink-3'}
      data-testid="draft-saved"
      data-state={save.kind}
    >
      {words[save.kind]()}
    </p>
  );
}

function PatientFields({ content, onWrite }: ContentProps) {
  const { t } = useTranslation();
  const fields = { content, onWrite };
  return (
    <div className={GRID}>
      <LineField name="patientName" label={t('writer.patientName')} {...fields} />
      <LineField name="patientKana" label={t('writer.patientKana')} {...fields} />
      <BirthDate {...fields} />
      <Field label={t('writer.sex')}>
        {({ id }) => (
          <Select
            id={id}
            value={content.patientSex}
            onChange={({ currentTarget }) => onWrite({ patientSex: currentTarget.value as LetterContent['patientSex'] })}
          >
            <option value="">{t('writer.unknown')}</option>
            {(['M', 'F', 'O'] as const).map((sex) => (
              <option key={sex} value={sex}>
                {t(`letter.sex.${sex}`)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <LineField name="patientID" label={t('writer.patientID')} {...fields} />
      <LineField name="occupation" label={t('writer.occupation')} {...fields} />
      <LineField name="patientAddress" label={t('writer.patientAddress')} {...fields} />
      <LineField name="patientPhone" label={t('writer.phone')} inputMode="tel" {...fields} />
    </div>
  );
}

function BirthDate({ content: { patientBirthDate }, onWrite }: ContentProps) {
  const { t } = useTranslation();
  const flawed = patientBirthDate !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(patientBirthDate);
  return (
    <Field label={t('writer.birthDate')} error={flawed ? t('writer.flaw.date') : undefined}>
      {({ id, describedBy, invalid }) => (
        <DateInput
          id={id}
          label={t('writer.birthDate')}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          className="w-full"
          value={patientBirthDate}
          onChange={(typed) => onWrite({ patientBirthDate: typed })}
        />
      )}
    </Field>
  );
}

interface EndsProps {
  letter: Letter;
  keeper: DraftKeeper;
}

/** What is on the page is kept before it is sent. */
function useSending({ letter: { id }, keeper }: EndsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const errorText = useErrorText();
  const missing = useMissingText();
  /** It went nowhere: what is on the page could not be kept. */
  const notKept = ({ save }: DraftOnPage) => {
    toast(save.kind === 'failed' ? t('writer.saveFailed', { reason: errorText(save.error) }) : t('writer.changedTitle'), 'problem');
    pointAt(CHANGED);
  };
  return useMutation({
    mutationFn: async () => ((await keeper.keep()) ? sendLetter(id, keeper.revision) : undefined),
    onSuccess: (sent) => {
      if (sent === undefined) return notKept(keeper.page());
      client.setQueryData(letterKey(id), sent);
      toast(t('writer.sent'));
      void client.invalidateQueries({ queryKey: ['letters'] });
    },
    onError: (error) => {
      toast(missing(error) ?? errorText(error), 'problem');
      if (missing(error) !== undefined && error instanceof ApiError) pointAt(error.value ?? '');
    },
  });
}

function useDiscarding({ letter: { id } }: EndsProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const errorText = useErrorText();
  return useMutation({
    mutationFn: () => discardLetter(id),
    onSuccess: async () => {
      toast(t('writer.discarded'));
      await navigate({ to: '/letters', search: { box: 'drafts' } });
      client.removeQueries({ queryKey: letterKey(id) });
      void client.invalidateQueries({ queryKey: ['letters'] });
    },
    onError: (error) => toast(errorText(error), 'problem'),
  });
}

/** The two ways in which a draft ends. */
function Ends(props: EndsProps) {
  const { t } = useTranslation();
  const { to } = props.letter;
  const [asking, setAsking] = useState<'send' | 'discard'>();
  const send = useSending(props);
  const discard = useDiscarding(props);
  const ask = () => {
    if (to !== null) return setAsking('send');
    toast(t('writer.missing', { field: t('writer.facility') }), 'problem');
    pointAt('to');
  };
  return (
    <div className="flex flex-wrap gap-2">
      <Button kind="primary" busy={send.isPending} onClick={ask}>
        <Send className="size-4" aria-hidden />
        {t('writer.send')}
      </Button>
      <Button onClick={() => window.print()}>{t('letter.print')}</Button>
      <Button kind="bare" busy={discard.isPending} onClick={() => setAsking('discard')}>
        {t('writer.discard')}
      </Button>
      <SendQuestion letter={props.letter} open={asking === 'send'} onClose={() => setAsking(undefined)} onConfirm={() => send.mutate()} />
      <Confirm
        open={asking === 'discard'}
        onOpenChange={() => setAsking(undefined)}
        title={t('writer.discardTitle')}
        body={t('writer.discardBody')}
        confirm={t('writer.discard')}
        onConfirm={() => discard.mutate()}
      />
    </div>
  );
}

interface QuestionProps {
  letter: Letter;
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
}

function SendQuestion({ letter: { to, studies }, open, onClose, onConfirm }: QuestionProps) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  return (
    <Confirm
      open={open}
      onOpenChange={onClose}
      title={t('writer.sendTitle')}
      body={t('writer.sendBody', { facility: to === null ? '' : facilityName(to), count: studies.length })}
      confirm={t('writer.send')}
      onConfirm={onConfirm}
    />
  );
}

/** Which field is empty that must not be. */
function useMissingText(): (error: unknown) => string | undefined {
  const { t } = useTranslation();
  const names: Readonly<Record<string, string>> = {
    to: t('writer.facility'),
    patientName: t('writer.patientName'),
    purpose: t('writer.text.purpose'),
    course: t('writer.text.course'),
  };
  return (error) => {
    if (!(error instanceof ApiError) || error.reason !== 'letter-missing') return undefined;
    return t('writer.missing', { field: names[error.value ?? ''] ?? error.value ?? '' });
  };
}
