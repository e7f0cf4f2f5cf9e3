import { useTranslation } from 'react-i18next';
import type { RightsRow } from '../../gateway/api/contract/rights.ts';
import { ACTS, FACILITY_KINDS } from '../../gateway/api/contract/rights-table.ts';
import { classes } from '../design/classes.ts';
import { Select } from '../design/field.tsx';
import { scopeWord } from '../record/rights-words.ts';
import { type Edits, keyOf } from './edits.ts';

interface Props {
  job: RightsRow['job'];
  cells: readonly RightsRow[];
  edits: Edits;
  onChoose: (cell: RightsRow, scope: RightsRow['scope']) => void;
}

/** What one job may do: a row a kind of facility, a column an act. On a narrow screen a card a kind, with a line an act. */
export function RightsTable({ job, cells, edits, onChoose }: Props) {
  const { t } = useTranslation();
  return (
    <table className="w-full text-left text-xs max-[1399px]:block">
      <caption className="sr-only">{`${t('rights.title')} ${t(`job.${job}`)}`}</caption>
      <thead className="max-[1399px]:sr-only">
        <tr>
          <th scope="col" className="p-2 font-medium text-ink-2">
            {t('rights.kind')}
          </th>
          {ACTS.map((act) => (
            <th key={act} scope="col" className="p-2 font-medium text-ink-2">
              {t(`rights.act.${act}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-[1399px]:flex max-[1399px]:flex-col max-[1399px]:gap-3">
        {FACILITY_KINDS.map((kind) => (
          <tr
            key={kind}
            className="border-t border-line max-[1399px]:grid max-[1399px]:grid-cols-1 max-[1399px]:gap-1 max-[1399px]:rounded-md max-[1399px]:border max-[1399px]:p-3 sm:max-[1399px]:grid-cols-2"
          >
            <th scope="row" className="p-2 text-sm font-medium text-ink max-[1399px]:col-span-full">
              {t(`facilityKind.${kind}`)}
            </th>
            {ACTS.map((act) => {
              const cell = cells.find((one) => one.kind === kind && one.act === act);
              return cell === undefined ? null : <Cell key={act} cell={cell} edit={edits.get(keyOf(cell))?.scope} onChoose={onChoose} />;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({ cell, edit, onChoose }: { cell: RightsRow; edit: RightsRow['scope'] | undefined; onChoose: Props['onChoose'] }) {
  const { t } = useTranslation();
  const { job, kind, act, scope, usual, holds, scopes } = cell;
  const label = t('rights.cell', { kind: t(`facilityKind.${kind}`), job: t(`job.${job}`), act: t(`rights.act.${act}`) });
  const shown = edit ?? scope;
  const notes = [
    edit === undefined ? '' : t('rights.edited'),
    shown === usual ? '' : t('rights.usual', { scope: scopeWord(act, usual, t) }),
    edit === undefined && holds !== scope ? t('rights.inFact', { scope: scopeWord(act, holds, t) }) : '',
  ].filter((note) => note !== '');
  return (
    <td className="p-1 align-top max-[1399px]:grid max-[1399px]:grid-cols-[8rem_minmax(0,1fr)] max-[1399px]:items-center max-[1399px]:gap-x-2">
      <span aria-hidden className="text-ink-2 min-[1400px]:hidden">
        {t(`rights.act.${act}`)}
      </span>
      {scopes.length > 1 ? (
        <Select
          aria-label={label}
          className={classes('w-full min-w-24 px-2! pr-6! text-xs!', shown === usual ? '' : 'border-accent!')}
          value={shown}
          onChange={({ target }) => onChoose(cell, scopes.find((one) => one === target.value) ?? scope)}
        >
          {scopes.map((one) => (
            <option key={one} value={one}>
              {scopeWord(act, one, t)}
            </option>
          ))}
        </Select>
      ) : (
        <span className="block px-2 py-2.5 text-ink-3">{scopeWord(act, scope, t)}</span>
      )}
      {notes.length === 0 ? null : (
        <span className="block px-2 pt-0.5 text-2xs text-accent max-[1399px]:col-start-2">{notes.join('　')}</span>
      )}
    </td>
  );
}
