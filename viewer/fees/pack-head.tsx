import { useTranslation } from 'react-i18next';
import type { FeePack } from '../../gateway/api/contract/fees.ts';
import { formatInstant, formatMonth } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';

/** Of which facility and month, when it was made, and what is to be known of the month. */
export function PackHead({ pack }: { pack: FeePack }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { facility, month, madeAt, state, complete, sent, came } = pack;
  return (
    <div>
      <h2 className="text-base font-semibold">{t('fees.of', { facility: facility.name, month: formatMonth(month, language) })}</h2>
      <p className="text-sm text-ink-2">{t('fees.letters', { sent, came })}</p>
      <p className="text-xs text-ink-3">{t('fees.madeAt', { at: formatInstant(madeAt, language) })}</p>
      {state === 'over' ? null : (
        <p role="status" className="mt-2 text-sm font-medium text-accent" data-testid="month-state">
          {t(`fees.stateNote.${state}`)}
        </p>
      )}
      {complete ? null : <p className="mt-2 text-sm font-medium text-danger">{t('fees.incomplete')}</p>}
    </div>
  );
}

/** How many lines of each fee count, and what they come to. */
export function PackTotals({ pack: { totals } }: { pack: FeePack }) {
  const { t } = useTranslation();
  const cell = 'py-1.5 pl-3 text-right whitespace-nowrap tabular-nums';
  return (
    <table className="w-full text-sm" data-testid="fee-totals">
      <caption className="sr-only">{t('fees.total')}</caption>
      <thead className="text-xs text-ink-2">
        <tr className="border-b border-line">
          <th scope="col" className="py-1.5 text-left font-medium">
            {t('fees.totalFee')}
          </th>
          {(['totalCounts', 'totalOpen', 'totalNot', 'totalPoints'] as const).map((name) => (
            <th key={name} scope="col" className="py-1.5 pl-3 text-right font-medium">
              {t(`fees.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {totals.map(({ code, counts, open, not, points }) => (
          <tr key={code} className="break-inside-avoid border-b border-line">
            <th scope="row" className="py-1.5 text-left font-normal">
              {t(`feeCode.${code}`)}
            </th>
            <td className={cell}>{counts}</td>
            <td className={cell}>{open}</td>
            <td className={cell}>{not}</td>
            <td className={cell}>{points.toLocaleString('en-US')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
