import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EXPORT_FORMATS, type RecordQuery } from '../../gateway/api/contract/record.ts';
import { exportRecord } from '../api/record.ts';
import { Button } from '../design/button.tsx';
import { Field, Select } from '../design/field.tsx';
import { toast } from '../design/raised/toast.tsx';
import { Failure } from '../shell/failure.tsx';
import { exportWords } from './export-words.ts';
import { RecordPrint } from './record-print.tsx';
import { saveFile } from './save-file.ts';

/** All that the filter finds, as a file. */
export function RecordExport({ filter }: { filter: RecordQuery }) {
  const { t } = useTranslation();
  const [format, setFormat] = useState<(typeof EXPORT_FORMATS)[number]>('csv');
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => exportRecord({ format, filter, ...(format.startsWith('csv') ? { words: exportWords(t) } : {}) }),
    onSuccess: ({ blob, name }) => {
      saveFile(blob, name);
      toast(t('exportRecord.done'));
    },
  });
  return (
    <details className="mb-4 border-b border-line pb-3">
      <summary className="cursor-pointer py-1 text-sm text-ink-2 pointer-coarse:py-3">{t('exportRecord.title')}</summary>
      <p className="mt-1 mb-2 text-sm text-pretty text-ink-2">{t('exportRecord.intro')}</p>
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-0 max-sm:w-full">
          <Field label={t('exportRecord.format')}>
            {({ id }) => (
              <Select id={id} value={format} onChange={(event) => setFormat(event.target.value as typeof format)}>
                {EXPORT_FORMATS.map((one) => (
                  <option key={one} value={one}>
                    {t(`exportFormat.${one}`)}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </div>
        <Button busy={isPending} onClick={() => mutate()}>
          {t(isPending ? 'exportRecord.working' : 'exportRecord.start')}
        </Button>
        <RecordPrint filter={filter} />
      </div>
      {error === null ? null : <Failure error={error} onRetry={() => mutate()} />}
    </details>
  );
}
