import { Link } from '@tanstack/react-router';
import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListedPerson, PatientSummary } from '../../gateway/api/contract/patients.ts';
import { useNextPage } from '../design/use-next-page.ts';
import { formatDA, todayDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { displayName } from '../patient/name-groups.ts';
import { usePatientFacts } from '../patient/patient-facts.tsx';
import { PersonName } from '../patient/person-name.tsx';
import { useHeldStudy } from '../session/use-standing-watch.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { useListKeys } from './use-list-keys.ts';
import { personKey } from './use-patients.ts';

/** Facilities' identifiers of a person that a row has room for. */
const IDENTIFIERS_SHOWN = 3;
/** At least; a long name makes it higher. */
const ROW_HEIGHT_PX = 58;
const ROWS_AROUND = 6;
/** Rows from the end at which the next page is asked for. */
const ROWS_AHEAD = 15;
/** The list is told by its own answers. */
const NOTHING_TO_DO = () => undefined;

interface Props {
  persons: readonly ListedPerson[];
  more: boolean;
  /** Others may match too. */
  many: boolean;
  onEnd: () => void;
}

/** Only the rows in sight, and a few around them, are on the page: they are those that the page must ask about. */
export function PersonList({ persons, more, many, onEnd }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer<HTMLDivElement, HTMLLIElement>({
    count: persons.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: ROWS_AROUND,
    getItemKey: (at) => (persons[at] === undefined ? at : personKey(persons[at])),
  });
  const { tabStop, ...keys } = useListKeys('data-person-row', persons.length, (row) => virtual.scrollToIndex(row));
  const rows = virtual.getVirtualItems();
  useNextPage(rows.at(-1)?.index ?? 0, persons.length, ROWS_AHEAD, more, onEnd);
  const stop = rows.some(({ index }) => index === tabStop) ? tabStop : (rows[0]?.index ?? 0);
  const draw = ({ key, index, start }: VirtualItem) => {
    const person = persons[index];
    if (person === undefined) return null;
    return (
      <li
        key={key}
        ref={virtual.measureElement}
        data-index={index}
        className="absolute inset-x-0 top-0"
        style={{ transform: `translateY(${start}px)` }}
      >
        <PersonRow person={person} at={index} tabStop={index === stop} />
      </li>
    );
  };
  return (
    <div ref={scroller} className="h-full overflow-y-auto" data-testid="person-list">
      {many ? (
        <p role="status" className="border-b border-line bg-info-soft px-3 py-2 text-xs text-info sm:px-4">
          {t('patients.many')}
        </p>
      ) : null}
      <ul aria-label={t('patients.listLabel')} className="relative" style={{ height: virtual.getTotalSize() }} {...keys}>
        {rows.map(draw)}
      </ul>
    </div>
  );
}

function PersonRow({ person, at, tabStop }: { person: ListedPerson; at: number; tabStop: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facts = usePatientFacts();
  const [patient] = person.patients as [PatientSummary, ...PatientSummary[]];
  const { study } = person;
  useHeldStudy(study.sharedUntil === null ? undefined : study, false, NOTHING_TO_DO);
  const { sexAndAge, birth } = facts({ ...patient, studyDate: todayDA(new Date()) });
  const studies = t('patients.studies', { count: person.studyCount });
  const unopened = person.unopenedCount === 0 ? '' : t('patients.unopened', { count: person.unopenedCount });
  const newest = person.newestStudyDate === '' ? '' : t('patients.newest', { date: formatDA(person.newestStudyDate, language) });
  const said = [displayName(patient.patientName).primary || t('studies.noName'), sexAndAge, birth, studies, unopened, newest];
  return (
    <div className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 border-b border-line px-3 py-2 hover:bg-surface sm:grid-cols-[minmax(0,1.2fr)_10rem_minmax(0,1.2fr)_auto] sm:px-4">
      <Link
        to="/patients/$patientId"
        params={{ patientId: patient.id }}
        preload={false}
        data-person-row={at}
        data-testid="person-row"
        tabIndex={tabStop ? 0 : -1}
        aria-label={said.filter((text) => text !== '').join(t('app.comma'))}
        className="absolute inset-0 focus-visible:outline-offset-[-2px]"
      />
      <div className="pointer-events-none min-w-0">
        <PersonName name={patient.patientName} lineOnPhone />
      </div>
      <p className="pointer-events-none min-w-0 text-sm text-ink-2 max-sm:col-start-1 max-sm:text-2xs sm:text-xs">
        <span className="text-ink">{sexAndAge}</span> <span className="sm:block sm:text-2xs sm:text-ink-3">{birth}</span>
      </p>
      <Identifiers patients={person.patients} />
      <p className="pointer-events-none text-right text-2xs text-ink-3 max-sm:col-start-2 max-sm:row-span-3 max-sm:row-start-1">
        <span className="block text-xs text-ink-2">{studies}</span>
        <span className="block">{newest}</span>
        {unopened === '' ? null : <span className="block text-accent">{unopened}</span>}
      </p>
    </div>
  );
}

/** Under which identifier which facility knows the person. */
function Identifiers({ patients }: { patients: readonly PatientSummary[] }) {
  const { t } = useTranslation();
  const facilityName = useFacilityName();
  const others = patients.length - IDENTIFIERS_SHOWN;
  return (
    <ul className="pointer-events-none min-w-0 text-2xs text-ink-3 max-sm:col-start-1">
      {patients.slice(0, IDENTIFIERS_SHOWN).map(({ id, owner, patientID }) => (
        <li key={id} className="truncate">
          {facilityName(owner)} <span className="font-mono text-ink-2">{patientID}</span>
        </li>
      ))}
      {others > 0 ? <li>{t('patients.others', { number: others })}</li> : null}
    </ul>
  );
}
