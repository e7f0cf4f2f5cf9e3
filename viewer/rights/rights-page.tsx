import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Rights, RightsCell } from '../../gateway/api/contract/rights.ts';
import { JOBS } from '../../gateway/api/contract/rights-table.ts';
import { readRights } from '../api/people.ts';
import { Button } from '../design/button.tsx';
import { Field, Select } from '../design/field.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { Failure } from '../shell/failure.tsx';
import { ChangeDialog } from './change-dialog.tsx';
import { type Edits, toUsual, withEdit } from './edits.ts';
import { RightsTable } from './rights-table.tsx';

export function RightsPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: ['rights'], queryFn: ({ signal }) => readRights(signal) });
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  // What was chosen was chosen of one state of the table.
  return <Table key={data.revision} rights={data} />;
}

const NO_EDITS: Edits = new Map();

function Table({ rights }: { rights: Rights }) {
  const { t } = useTranslation();
  const [job, setJob] = useState<(typeof JOBS)[number]>('nurse');
  const [edits, setEdits] = useState(NO_EDITS);
  const [asking, setAsking] = useState<{ title: string; cells: readonly RightsCell[] }>();
  const ofJob = rights.cells.filter((cell) => cell.job === job);
  const differing = ofJob.filter(({ scope, usual }) => scope !== usual).length;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-col gap-1 text-sm text-pretty text-ink-2">
        <p>{t('rights.intro')}</p>
        <p>{t('rights.needs')}</p>
        <p>{t('rights.fixed')}</p>
      </div>
      <LastChange rights={rights} onUndo={() => setAsking({ title: t('rights.undoTitle'), cells: rights.undo })} />
      <div className="flex flex-wrap items-end justify-between gap-3">
        <Field label={t('rights.job')}>
          {({ id }) => (
            <Select id={id} className="w-56" value={job} onChange={({ target }) => setJob(JOBS.find((one) => one === target.value) ?? job)}>
              {JOBS.map((one) => (
                <option key={one} value={one}>
                  {t(`job.${one}`)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <p className="text-xs text-ink-2">{differing === 0 ? t('rights.allUsual') : t('rights.differ', { count: differing })}</p>
        <Button size="small" disabled={differing === 0} onClick={() => setEdits(toUsual(edits, rights, job))}>
          {t('rights.toUsual')}
        </Button>
      </div>
      <RightsTable job={job} cells={ofJob} edits={edits} onChoose={(cell, scope) => setEdits(withEdit(edits, cell, scope))} />
      <Reasons cells={ofJob} />
      {edits.size === 0 ? null : (
        <div className="sticky bottom-0 flex flex-wrap items-center justify-end gap-3 rounded-md border border-line-strong bg-raised p-3">
          <p className="mr-auto text-sm text-ink">{t('rights.edits', { count: edits.size })}</p>
          <Button onClick={() => setEdits(NO_EDITS)}>{t('rights.discard')}</Button>
          <Button kind="primary" onClick={() => setAsking({ title: t('rights.previewTitle'), cells: [...edits.values()] })}>
            {t('rights.preview')}
          </Button>
        </div>
      )}
      {asking === undefined ? null : (
        <ChangeDialog title={asking.title} cells={asking.cells} revision={rights.revision} onClose={() => setAsking(undefined)} />
      )}
    </div>
  );
}

function LastChange({ rights: { changedAt, changedBy, undo }, onUndo }: { rights: Rights; onUndo: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (changedAt === null) return null;
  return (
    <div className="flex flex-wrap items-center gap-3 text-xs text-ink-2">
      <span>{t('rights.last', { at: formatInstant(changedAt, language), name: changedBy ?? '' })}</span>
      {undo.length === 0 ? null : (
        <Button size="small" onClick={onUndo}>
          {t('rights.undo')}
        </Button>
      )}
    </div>
  );
}

/** Why some of the cells are as they are, whatever a region wants. */
function Reasons({ cells }: { cells: Rights['cells'] }) {
  const { t } = useTranslation();
  const reasons = [...new Set(cells.flatMap(({ why }) => why ?? []))];
  if (reasons.length === 0) return null;
  return (
    <section aria-labelledby="rights-bounds" className="text-xs text-pretty text-ink-2">
      <h2 id="rights-bounds" className="font-medium">
        {t('rights.bounds')}
      </h2>
      <ul className="mt-1 list-disc pl-5">
        {reasons.map((why) => (
          <li key={why}>{t(`rights.why.${why}`)}</li>
        ))}
      </ul>
    </section>
  );
}
