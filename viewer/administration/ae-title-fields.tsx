import { Plus, Trash2 } from 'lucide-react';
import { useRef } from 'react';
import { useFieldArray } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { AE_TITLES_MAX } from '../../gateway/api/contract/people.ts';
import { Button } from '../design/button.tsx';
import { codeLook } from '../design/field.tsx';
import { TextField } from '../forms/form-fields.tsx';
import { NO_AE_TITLE, type TypedAETitle } from './typed-ae-titles.ts';

/** The names under which this facility sends, each with where it may call from and where it answers. */
export function AETitleFields() {
  const { t } = useTranslation();
  const { fields, append, remove } = useFieldArray<{ aeTitles: TypedAETitle[] }, 'aeTitles'>({ name: 'aeTitles' });
  const add = useRef<HTMLButtonElement>(null);
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 text-xs font-medium text-ink-2">{t('admin.aeTitles')}</legend>
      <p className="text-xs text-ink-3">{t('admin.aeTitlesHint')}</p>
      {fields.map(({ id }, at) => (
        <AETitleRow
          key={id}
          at={at}
          onRemove={() => {
            remove(at);
            add.current?.focus();
          }}
        />
      ))}
      <Button
        ref={add}
        size="small"
        className="self-start"
        disabled={fields.length >= AE_TITLES_MAX}
        onClick={() => append(NO_AE_TITLE, { focusName: `aeTitles.${fields.length}.aeTitle` })}
      >
        <Plus className="size-3.5" aria-hidden />
        {t('admin.aeAdd')}
      </Button>
    </fieldset>
  );
}

const PLAIN = { autoCapitalize: 'none', spellCheck: false, className: codeLook } as const;

function AETitleRow({ at, onRemove }: { at: number; onRemove: () => void }) {
  const { t } = useTranslation();
  const name = (member: keyof TypedAETitle) => `aeTitles.${at}.${member}`;
  return (
    <fieldset aria-label={t('admin.aeNumber', { number: at + 1 })} className="flex flex-col gap-3 rounded-md border border-line p-3">
      <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        <TextField name={name('aeTitle')} label={t('admin.aeTitle')} {...PLAIN} />
        <TextField
          name={name('addressRange')}
          label={t('admin.aeRange')}
          optional
          placeholder={t('admin.aeExample', { text: '192.168.1.0/24' })}
          {...PLAIN}
        />
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)_8rem] gap-3 max-sm:grid-cols-1">
        <TextField
          name={name('host')}
          label={t('admin.aeHost')}
          optional
          placeholder={t('admin.aeExample', { text: '192.168.1.20' })}
          options={{ deps: [name('port')] }}
          {...PLAIN}
        />
        <TextField
          name={name('port')}
          label={t('admin.aePort')}
          optional
          inputMode="numeric"
          placeholder={t('admin.aeExample', { text: '104' })}
          options={{ deps: [name('host')] }}
          {...PLAIN}
        />
      </div>
      <Button kind="bare" size="small" className="self-end" onClick={onRemove}>
        <Trash2 className="size-3.5" aria-hidden />
        {t('admin.aeRemove')}
      </Button>
    </fieldset>
  );
}
