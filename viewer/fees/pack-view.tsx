import { useTranslation } from 'react-i18next';
import type { FeePack } from '../../gateway/api/contract/fees.ts';
import { FeeLineRow } from './fee-line-row.tsx';
import { PackHead, PackTotals } from './pack-head.tsx';
import { RuleNote } from './rule-note.tsx';

/** A month: what it comes to, then each line under its fee. */
export function PackView({ pack }: { pack: FeePack }) {
  const { t } = useTranslation();
  const { totals, lines, rules } = pack;
  return (
    <article className="flex flex-col gap-5" data-testid="fee-pack">
      <PackHead pack={pack} />
      {lines.length === 0 ? null : (
        <>
          <div>
            <PackTotals pack={pack} />
            {rules.some(({ confirmed }) => confirmed === null) ? (
              <p className="mt-2 text-xs text-pretty text-ink-2">{t('fees.unconfirmedNote')}</p>
            ) : null}
          </div>
          {totals.map(({ code }) => {
            const of = lines.filter((line) => line.code === code);
            return of.length === 0 ? null : (
              <section key={code} aria-label={t(`feeCode.${code}`)}>
                <h3 className="text-sm font-semibold">{t(`feeCode.${code}`)}</h3>
                {rules.map((rule) => (rule.code === code ? <RuleNote key={rule.from} rule={rule} /> : null))}
                <ul className="mt-2 divide-y divide-line overflow-hidden rounded-lg border border-line">
                  {of.map((line) => (
                    <li key={line.letterId}>
                      <FeeLineRow line={line} records={pack.records} />
                    </li>
                  ))}
                </ul>
              </section>
            );
          })}
        </>
      )}
    </article>
  );
}
