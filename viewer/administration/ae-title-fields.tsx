import { useTranslation } from 'react-i18next';
import { AE_TITLES_MAX } from '../../gateway/api/contract/people.ts';
import { codeLook } from '../design/field.tsx';
import { FieldRow, FieldRows } from '../forms/field-rows.tsx';
import { TextField } from '../forms/form-fields.tsx';
import { NO_AE_TITLE, type TypedAETitle } from './typed-ae-titles.ts';

/** The names under which this facility sends, each with where it may call from and where it answers. */
export function AETitleFields() {
  const { t } = useTranslation();
  return (
    <FieldRows
      name="aeTitles"
      legend={t('admin.aeTitles')}
      hint={t('admin.aeTitlesHint')}
      addLabel={t('admin.aeAdd')}
      max={AE_TITLES_MAX}
      fresh={NO_AE_TITLE}
      focus="aeTitle"
      row={(at, onRemove) => <AETitleRow at={at} onRemove={onRemove} />}
    />
  );
}

const PLAIN = { autoCapitalize: 'none', spellCheck: false, className: codeLook } as const;

function AETitleRow({ at, onRemove }: { at: number; onRemove: () => void }) {
  const { t } = useTranslation();
  const name = (member: keyof TypedAETitle) => `aeTitles.${at}.${member}`;
  return (
    <FieldRow label={t('admin.aeNumber', { number: at + 1 })} removeLabel={t('admin.aeRemove')} onRemove={onRemove}>
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
    </FieldRow>
  );
}
