import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordEntry, RecordQuery } from '../../gateway/api/contract/record.ts';
import { listRecord } from '../api/record.ts';
import { Button } from '../design/button.tsx';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { RecordLine } from '../record/record-line.tsx';
import { Failure } from '../shell/failure.tsx';
import { PrintSheet } from './print-sheet.tsx';

/** Entries of one print: some thirty pages. Whoever needs more narrows the days, or takes a table. */
const PRINTED_MAX = 1_000;
const PAGE = 200;

interface Printed {
  readonly entries: readonly RecordEntry[];
  readonly more: boolean;
  readonly at: string;
}

/** What the filter finds, on paper or, by the browser's own print dialog, as a PDF. */
export function RecordPrint({ filter }: { filter: RecordQuery }) {
  const { t } = useTranslation();
  const [printed, setPrinted] = useState<Printed>();
  const { mutate, isPending, error } = useMutation({ mutationFn: () => entriesOf(filter), onSuccess: setPrinted });
  useEffect(() => {
    if (printed !== undefined) window.print();
  }, [printed]);
  return (
    <>
      <Button busy={isPending} onClick={() => mutate()}>
        {t(isPending ? 'exportRecord.printing' : 'exportRecord.print')}
      </Button>
      {error === null ? null : <Failure error={error} onRetry={() => mutate()} />}
      {printed === undefined ? null : (
        <PrintSheet>
          <PrintedRecord printed={printed} />
        </PrintSheet>
      )}
    </>
  );
}

/** The newest of them. */
async function entriesOf(filter: RecordQuery): Promise<Printed> {
  const entries: RecordEntry[] = [];
  let before: number | undefined;
  while (entries.length < PRINTED_MAX) {
    const page = await listRecord(filter, before, undefined, PAGE);
    entries.push(...page.entries);
    if (page.next === null) return { entries, more: false, at: new Date().toISOString() };
    before = page.next;
  }
  return { entries, more: true, at: new Date().toISOString() };
}

function PrintedRecord({ printed: { entries, more, at } }: { printed: Printed }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <article lang={language}>
      <h3 className="text-lg font-semibold">{t('exportRecord.printTitle')}</h3>
      <p className="mt-1 text-sm">{t('exportRecord.printMade', { at: formatInstant(at, language) })}</p>
      <p className="text-sm">{t('exportRecord.printCount', { count: entries.length })}</p>
      {more ? <p className="text-sm">{t('exportRecord.printMore', { count: entries.length })}</p> : null}
      <ol className="mt-3 divide-y divide-neutral-300 border-y border-neutral-300">
        {entries.map((entry) => (
          <RecordLine key={entry.seq} entry={entry} />
        ))}
      </ol>
    </article>
  );
}
