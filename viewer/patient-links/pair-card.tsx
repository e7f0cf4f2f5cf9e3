import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DecideLink, DeskPatient, Link } from '../../gateway/api/contract/links.ts';
import { decideLink } from '../api/links.ts';
import { Button } from '../design/button.tsx';
import { classes } from '../design/classes.ts';
import { Confirm } from '../design/confirm.tsx';
import { useLanguage } from '../i18n/use-language.ts';
import { useFacilityName } from '../sharing/use-facility-name.ts';
import { evidenceWord } from './evidence-word.ts';
import { comparedRows } from './patient-rows.ts';
import { useDeskAct } from './use-desk-act.ts';
import { usePatientLabel } from './use-patient-label.ts';

/** Bits from which there is hardly doubt, and below which little is known: gateway/decisions/matching.md. */
const LIKELY_BITS = 30;
const DOUBTFUL_BITS = 20;

/** Two patients side by side, what speaks for one person, and the decision. */
export function PairCard({ link }: { link: Link }) {
  const { t } = useTranslation();
  return (
    <li data-testid="pair" className="rounded-lg border border-line bg-surface p-4">
      <Standing link={link} />
      <Compared patients={[link.patient, link.other]} />
      {link.reasons.length === 0 ? null : (
        <ul className="mt-3 flex flex-wrap gap-1.5">
          {link.reasons.map((code) => (
            <li key={code} className="rounded-full border border-line px-2.5 py-0.5 text-xs text-ink-2">
              {evidenceWord(code, t)}
            </li>
          ))}
        </ul>
      )}
      <Decision link={link} />
    </li>
  );
}

function Standing({ link: { score } }: { link: Link }) {
  const { t } = useTranslation();
  if (score === null) return <p className="mb-3 text-sm font-medium">{t('links.saidByHand')}</p>;
  const how = score >= LIKELY_BITS ? 'likely' : score >= DOUBTFUL_BITS ? 'perhaps' : 'doubtful';
  return (
    <p className="mb-3 flex flex-wrap items-baseline gap-x-3 text-sm font-medium">
      {t(`links.${how}`)}
      <span className="text-xs font-normal text-ink-3">{t('links.score', { score: score.toFixed(1) })}</span>
    </p>
  );
}

const CELL = 'min-w-0 py-1 pr-3 text-left align-top break-words';
const NAME_OF_LINE = 'text-xs font-normal text-ink-3';

function Compared({ patients }: { patients: readonly [DeskPatient, DeskPatient] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const facilityName = useFacilityName();
  return (
    <table className="w-full table-fixed border-collapse">
      <colgroup>
        <col className="w-20 sm:w-28" />
        <col />
        <col />
      </colgroup>
      <thead>
        <tr>
          <td className={classes(CELL, NAME_OF_LINE)}>{t('links.facility')}</td>
          {patients.map((patient) => (
            <th key={patient.id} scope="col" className={classes(CELL, 'text-sm font-medium')}>
              {facilityName(patient.facility)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <Line name={t('links.patientID')} values={patients.map(({ patientID }) => patientID)} look="font-mono text-[0.8125rem]" />
        {comparedRows(patients, t, language).map(({ key, values, differs }) => (
          <Line
            key={key}
            name={t(`links.${key}`)}
            note={differs ? t('links.differs') : undefined}
            values={values}
            look={classes('text-sm', differs && 'font-medium text-danger')}
          />
        ))}
      </tbody>
    </table>
  );
}

function Line({ name, note, values, look }: { name: string; note?: string | undefined; values: readonly string[]; look: string }) {
  const { t } = useTranslation();
  return (
    <tr className="border-t border-line">
      <th scope="row" className={classes(CELL, NAME_OF_LINE)}>
        {name}
        {note === undefined ? null : <span className="block text-danger">{note}</span>}
      </th>
      {values.map((value, n) => (
        <td key={n} className={classes(CELL, look)}>
          {value === '' ? <span className="text-ink-3">{t('links.nothingSaid')}</span> : value}
        </td>
      ))}
    </tr>
  );
}

function Decision({ link: { id, patient, other } }: { link: Link }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const label = usePatientLabel();
  const decide = useDeskAct(
    (state: DecideLink['state']) => decideLink(id, { state }),
    ({ state }) => t(state === 'confirmed' ? 'links.joinedNow' : 'links.refusedNow'),
  );
  const deciding = (state: DecideLink['state']) => decide.isPending && decide.variables === state;
  return (
    <div className="mt-4 flex flex-wrap gap-2">
      <Button kind="primary" busy={deciding('confirmed')} onClick={() => setAsking(true)}>
        {t('links.same')}
      </Button>
      <Button busy={deciding('rejected')} onClick={() => decide.mutate('rejected')}>
        {t('links.different')}
      </Button>
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('links.joinTitle')}
        body={t('links.joinBody', { one: label(patient), other: label(other) })}
        confirm={t('links.same')}
        onConfirm={() => decide.mutate('confirmed')}
      />
    </div>
  );
}
