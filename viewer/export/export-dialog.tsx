import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EXPORT_STUDIES_MAX } from '../../gateway/api/contract/bounds.ts';
import type { StudySummary } from '../../gateway/api/contract/studies.ts';
import type { Exported, ExportForm } from '../api/studies.ts';
import { exactly } from '../api/study-address.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/raised/dialog.tsx';
import { formatBytes } from '../i18n/format-bytes.ts';
import { displayName } from '../patient/name-groups.ts';
import { Failure } from '../shell/failure.tsx';
import { ExportStudies, exportKey } from './export-studies.tsx';
import { useExportPlan, useStartExport } from './use-export.ts';

interface Props {
  /** Of one person, one or more. */
  studies: readonly StudySummary[];
  /** With which of them it begins; absent: all. */
  chosen?: readonly StudySummary[];
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** What would leave, how much it is and in which form, before anything does. */
export function ExportDialog({ studies, chosen, open, onOpenChange }: Props) {
  const { t } = useTranslation();
  const mayTake = studies.filter(({ mayDownload }) => mayDownload);
  const [taken, setTaken] = useState<readonly string[]>(() => (chosen ?? mayTake).map(exportKey).slice(0, EXPORT_STUDIES_MAX));
  const [form, setForm] = useState<ExportForm>('plain');
  const addresses = mayTake.filter((study) => taken.includes(exportKey(study))).map(exactly);
  const exported = addresses.length === 0 ? undefined : (addresses as unknown as Exported);
  const plan = useExportPlan(exported);
  const start = useStartExport(() => onOpenChange(false));
  const [first] = studies;
  const who = first === undefined ? '' : displayName(first.patientName).primary || t('studies.noName');
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('export.title')} description={who}>
      <div className="flex flex-col gap-4" data-testid="export">
        <p className="text-sm text-pretty text-ink-2">{t('export.intro')}</p>
        <ExportStudies studies={studies} taken={taken} onTaken={setTaken} />
        <Amount plan={plan} any={exported !== undefined} />
        <FormChoice form={form} onForm={setForm} />
        <p className="text-xs text-pretty text-accent">{t('export.careful')}</p>
        {start.error === null ? null : <Failure error={start.error} onRetry={() => start.reset()} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={() => onOpenChange(false)}>{t('app.cancel')}</Button>
          <Button
            kind="primary"
            disabled={exported === undefined || plan.data === undefined}
            busy={start.isPending}
            onClick={() => exported !== undefined && start.mutate({ studies: exported, form })}
            data-testid="start-export"
          >
            {t('export.start')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Amount({ plan, any }: { plan: ReturnType<typeof useExportPlan>; any: boolean }) {
  const { t } = useTranslation();
  if (!any) return null;
  if (plan.error !== null) return <Failure error={plan.error} onRetry={() => void plan.refetch()} />;
  const { data } = plan;
  return (
    <p role="status" className="text-sm font-medium text-ink" data-testid="export-amount">
      {data === undefined ? t('export.counting') : t('export.amount', { ...data, size: formatBytes(data.bytes) })}
    </p>
  );
}

const FORMS = ['plain', 'stored'] as const;

function FormChoice({ form, onForm }: { form: ExportForm; onForm: (form: ExportForm) => void }) {
  const { t } = useTranslation();
  const name = useId();
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-2 text-xs font-medium text-ink-2">{t('export.form')}</legend>
      {FORMS.map((one) => (
        <label
          key={one}
          className="flex min-h-11 cursor-pointer items-start gap-2.5 rounded-md border border-line px-3 py-2.5 has-[:checked]:border-accent/60 has-[:checked]:bg-accent-soft"
        >
          <input
            type="radio"
            name={name}
            checked={form === one}
            onChange={() => onForm(one)}
            className="mt-0.5 size-4 shrink-0 accent-[var(--color-accent)]"
          />
          <span className="min-w-0">
            <span className="block text-sm font-medium">{t(`export.forms.${one}`)}</span>
            <span className="block text-xs text-pretty text-ink-2">{t(`export.notes.${one}`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
