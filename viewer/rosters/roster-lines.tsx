import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type ComponentProps, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Roster, RosterCandidates, RosterDemographics, RosterFilterName, RosterLine } from '../../gateway/api/contract/rosters.ts';
import { listRosterCandidates, listRosterFaults, listRosterRows } from '../api/rosters.ts';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { MoreButton } from '../design/more-button.tsx';
import { useLanguage } from '../i18n/use-language.ts';
import { saveFile } from '../oversight/save-file.ts';
import { birthDateWords, sexWord } from '../patient/patient-facts.tsx';
import { PersonName } from '../patient/person-name.tsx';
import { evidenceWord } from '../patient-links/evidence-word.ts';
import { PatientLine } from '../patient-links/patient-line.tsx';
import { Failure } from '../shell/failure.tsx';
import { faultsCsv, faultWords } from './roster-files.ts';
import { staysOf } from './use-rosters.ts';

type Shown = RosterFilterName | 'faults' | 'candidates';

/** The lines of a list by what they mean, those first that somebody should look at. */
export function RosterLines({ roster }: { roster: Roster }) {
  const { t } = useTranslation();
  const { counts, state, undoing } = roster;
  const stays = state === 'undone' && undoing !== null ? staysOf(undoing).reduce((sum, { count }) => sum + count, 0) : 0;
  const all: readonly (readonly [Shown, number])[] = [
    ['new', counts.new],
    ['changed', counts.changed],
    ['same', counts.same],
    ['faults', counts.faults],
    ['other', counts.other],
    ['doubled', counts.doubled],
    ['candidates', state === 'ready' ? (counts.candidates ?? 0) : 0],
    ['stays', stays],
  ];
  const some = all.filter(([, count]) => count > 0);
  const [chosen, setChosen] = useState<Shown>();
  const shown = some.some(([show]) => show === chosen) ? chosen : some[0]?.[0];
  return (
    <section aria-label={t('rosters.what')} className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        {some.map(([show, count]) => (
          <Chip key={show} pressed={show === shown} onClick={() => setChosen(show)}>
            {t(`rosters.show.${show}`)} <span className="tabular-nums">{count}</span>
          </Chip>
        ))}
      </div>
      {counts.candidates === null && state === 'ready' ? <p className="text-xs text-ink-2">{t('rosters.deskIsAsked')}</p> : null}
      {shown === undefined ? (
        <p className="text-sm text-ink-3">{t('rosters.noRows')}</p>
      ) : (
        <>
          {state === 'ready' || shown === 'stays' ? (
            <p className="max-w-prose text-sm text-pretty text-ink-2">{t(`rosters.about.${shown}`)}</p>
          ) : null}
          {shown === 'faults' ? (
            <Faults roster={roster} />
          ) : shown === 'candidates' ? (
            <Candidates id={roster.id} />
          ) : (
            <Rows key={`${shown} ${state}`} id={roster.id} show={shown} state={state} />
          )}
        </>
      )}
    </section>
  );
}

const LIST = 'divide-y divide-line overflow-hidden rounded-lg border border-line empty:hidden';

function Rows({ id, show, state }: { id: string; show: RosterFilterName; state: Roster['state'] }) {
  const pages = useInfiniteQuery({
    queryKey: ['rosters', id, 'rows', show, state],
    queryFn: ({ pageParam, signal }) => listRosterRows(id, { show, after: pageParam }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  return (
    <Pages pages={pages}>
      <ul className={LIST}>
        {pages.data?.pages
          .flatMap(({ rows }) => rows)
          .map((row) => (
            <li key={row.line} data-testid="roster-row" className="bg-surface px-4 py-3">
              <Row row={row} show={show} />
            </li>
          ))}
      </ul>
    </Pages>
  );
}

interface PagesProps {
  pages: ComponentProps<typeof MoreButton>['pages'] & {
    readonly error: Error | null;
    readonly data: unknown;
    readonly refetch: () => unknown;
  };
  children: ReactNode;
}

function Pages({ pages, children }: PagesProps) {
  const { t } = useTranslation();
  if (pages.error !== null) return <Failure error={pages.error} onRetry={() => void pages.refetch()} />;
  if (pages.data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  return (
    <>
      {children}
      <MoreButton pages={pages} className="self-start" />
    </>
  );
}

function Row({ row, show }: { row: RosterLine; show: RosterFilterName }) {
  const { t } = useTranslation();
  const { line, patientID, said, before, after, stays } = row;
  return (
    <>
      <p className="flex flex-wrap gap-x-3 text-xs text-ink-2">
        <span className="font-mono">{patientID}</span>
        <span>{t('rosters.line', { line })}</span>
        {show === 'stays' && stays !== null ? <span className="text-accent">{t(`rosters.stays.${stays}`)}</span> : null}
      </p>
      {before === null || show === 'doubled' || show === 'stays' ? (
        <SaidLine said={after ?? said} />
      ) : (
        <Beside before={before} after={after ?? said} heading={after === null ? 'inFile' : 'becomes'} />
      )}
    </>
  );
}

function SaidLine({ said }: { said: RosterDemographics }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { patientName, patientBirthDate, patientSex, postalCode, phone, insurance } = said;
  const facts = [birthDateWords(patientBirthDate, t, language), sexWord(patientSex, t), postalCode, phone, insurance];
  return (
    <div className="mt-1 flex min-w-0 flex-col gap-0.5">
      <PersonName name={patientName} />
      <span className="flex flex-wrap gap-x-3 text-xs text-ink-2">
        {facts
          .filter((fact) => fact !== '')
          .map((fact, n) => (
            <span key={n}>{fact}</span>
          ))}
      </span>
    </div>
  );
}

const FIELDS = ['name', 'birthDate', 'sex', 'postalCode', 'phone', 'insurance'] as const;
const CELL = 'min-w-0 py-1 pr-3 text-left align-top break-words';

/** What is known and what the list says, line by line: those that differ. */
function Beside({ before, after, heading }: { before: RosterDemographics; after: RosterDemographics; heading: 'inFile' | 'becomes' }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const said = {
    name: ({ patientName }: RosterDemographics) => <PersonName name={patientName} />,
    birthDate: ({ patientBirthDate }: RosterDemographics) => birthDateWords(patientBirthDate, t, language),
    sex: ({ patientSex }: RosterDemographics) => sexWord(patientSex, t),
    postalCode: ({ postalCode }: RosterDemographics) => postalCode,
    phone: ({ phone }: RosterDemographics) => phone,
    insurance: ({ insurance }: RosterDemographics) => insurance,
  };
  const isEmpty = (value: ReactNode) => value === '';
  const shown = FIELDS.filter((field) => field === 'name' || said[field](before) !== said[field](after));
  return (
    <table className="mt-1 w-full table-fixed border-collapse text-sm">
      <colgroup>
        <col className="w-20 sm:w-28" />
        <col />
        <col />
      </colgroup>
      <thead>
        <tr className="text-xs text-ink-3">
          <td className={CELL} />
          <th scope="col" className={`${CELL} font-normal`}>
            {t('rosters.known')}
          </th>
          <th scope="col" className={`${CELL} font-normal`}>
            {t(`rosters.${heading}`)}
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map((field) => (
          <tr key={field} className="border-t border-line">
            <th scope="row" className={`${CELL} text-xs font-normal text-ink-3`}>
              {t(`rosters.field.${field}`)}
            </th>
            {[before, after].map((of, n) => {
              const value = said[field](of);
              return (
                <td key={n} className={CELL}>
                  {isEmpty(value) ? <span className="text-ink-3">{t('rosters.nothing')}</span> : value}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Faults({ roster: { id, counts } }: { roster: Roster }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['rosters', id, 'faults'],
    queryFn: ({ signal }) => listRosterFaults(id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <p className="text-sm text-ink-3">{t('app.loading')}</p>;
  const { faults } = data;
  const save = () => saveFile(new Blob([faultsCsv(faults, t)], { type: 'text/csv;charset=utf-8' }), t('rosters.faultsName'));
  return (
    <>
      <Button className="self-start" onClick={save}>
        {t('rosters.saveFaults')}
      </Button>
      {faults.length < counts.faults ? (
        <p className="text-sm text-ink-2">{t('rosters.faultsMore', { all: counts.faults, shown: faults.length })}</p>
      ) : null}
      <ul className={LIST}>
        {faults.map((fault, n) => (
          <li key={n} data-testid="roster-fault" className="flex flex-wrap gap-x-4 bg-surface px-4 py-2 text-sm">
            <span className="w-24 shrink-0 text-ink-2 tabular-nums">{t('rosters.line', { line: fault.line })}</span>
            <span className="min-w-0 flex-1">{faultWords(fault, t)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Candidates({ id }: { id: string }) {
  const pages = useInfiniteQuery({
    queryKey: ['rosters', id, 'candidates'],
    queryFn: ({ pageParam, signal }) => listRosterCandidates(id, pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  return (
    <Pages pages={pages}>
      <ul className={LIST}>
        {pages.data?.pages
          .flatMap(({ candidates }) => candidates)
          .map((candidate) => (
            <li key={`${candidate.line} ${candidate.other.id}`} data-testid="roster-candidate" className="bg-surface px-4 py-3">
              <CandidateLine candidate={candidate} />
            </li>
          ))}
      </ul>
    </Pages>
  );
}

function CandidateLine({ candidate }: { candidate: RosterCandidates['candidates'][number] }) {
  const { t } = useTranslation();
  const { line, patientID, said, other, reasons, alsoLines } = candidate;
  return (
    <>
      <div className="grid grid-cols-2 gap-4 max-sm:grid-cols-1">
        <div className="min-w-0">
          <p className="flex flex-wrap gap-x-3 text-xs text-ink-2">
            <span className="font-mono">{patientID}</span>
            <span>{t('rosters.line', { line })}</span>
          </p>
          <SaidLine said={said} />
        </div>
        <PatientLine patient={other} />
      </div>
      {alsoLines.length === 0 ? null : (
        <p className="mt-1 text-xs text-accent">{t('rosters.alsoLines', { lines: alsoLines.join(', ') })}</p>
      )}
      <ul className="mt-2 flex flex-wrap gap-1.5">
        {reasons.map((code) => (
          <li key={code} className="rounded-full border border-line px-2.5 py-0.5 text-xs text-ink-2">
            {evidenceWord(code, t)}
          </li>
        ))}
      </ul>
    </>
  );
}
