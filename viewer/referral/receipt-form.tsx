import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Letter, ReceiptNotes } from '../../gateway/api/contract/letters.ts';
import { noteReceipt } from '../api/letters.ts';
import { Button } from '../design/button.tsx';
import { Field } from '../design/field.tsx';
import { DateInput } from '../forms/date-input.tsx';
import { Part } from './letter-part.tsx';
import { useLetterAct } from './use-letters.ts';

/** What the receiver states of a letter that came. */
export function ReceiptForm({ letter: { id, notes } }: { letter: Letter }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(notes);
  const save = useLetterAct(
    (body: ReceiptNotes) => noteReceipt(id, body),
    () => t('letter.notesSaved'),
  );
  const flawed = typed.visitedOn !== '' && !/^\d{4}-\d{2}-\d{2}$/.test(typed.visitedOn);
  return (
    <Part title={t('letter.notes')}>
      <p className="mb-2 text-xs text-ink-3">{t('letter.notesIntro')}</p>
      <div className="flex flex-col gap-2">
        {(['firstVisit', 'gistWritten'] as const).map((name) => (
          <label key={name} className="flex items-center gap-2 text-sm pointer-coarse:min-h-11">
            <input
              type="checkbox"
              checked={typed[name]}
              onChange={({ currentTarget: { checked } }) => setTyped({ ...typed, [name]: checked })}
            />
            {t(`letter.${name}`)}
          </label>
        ))}
        <Field label={t('letter.visitedOn')} error={flawed ? t('writer.flaw.date') : undefined}>
          {({ id: field, describedBy, invalid }) => (
            <DateInput
              id={field}
              label={t('letter.visitedOn')}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              className="w-full"
              value={typed.visitedOn}
              onChange={(visitedOn) => setTyped({ ...typed, visitedOn })}
            />
          )}
        </Field>
        <Button busy={save.isPending} disabled={flawed} onClick={() => save.mutate(typed)} className="self-start">
          {t('letter.saveNotes')}
        </Button>
      </div>
    </Part>
  );
}
