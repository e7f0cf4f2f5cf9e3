import { useTranslation } from 'react-i18next';
import type { FeeLine, FeePack } from '../../gateway/api/contract/fees.ts';
import { formatDA, inputToDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { lackWords, patientWords } from './fee-words.ts';
import { PackHead, PackTotals } from './pack-head.tsx';
import { RuleNote } from './rule-note.tsx';

/** The month on A4, to be kept with the claims: each line with what it lacks and the numbers of its records. */
export function PackSheet({ pack }: { pack: FeePack }) {
  const { t } = useTranslation();
  const { totals, lines, rules } = pack;
  return (
    <article lang={useLanguage()}>
      <p className="text-lg font-semibold">{t('fees.title')}</p>
      <PackHead pack={pack} />
      <div className="mt-4">
        <PackTotals pack={pack} />
        <p className="mt-1 text-xs">{t('fees.unconfirmedNote')}</p>
      </div>
      {totals.map(({ code }) => {
        const of = lines.filter((line) => line.code === code);
        return of.length === 0 ? null : (
          <section key={code} className="mt-5">
            <p className="break-after-avoid text-sm font-semibold">{t(`feeCode.${code}`)}</p>
            {rules.map((rule) => (rule.code === code ? <RuleNote key={rule.from} rule={rule} /> : null))}
            <table className="mt-1 w-full text-xs">
              <tbody>
                {of.map((line) => (
                  <PrintedLine key={line.letterId} line={line} />
                ))}
              </tbody>
            </table>
          </section>
        );
      })}
    </article>
  );
}

function PrintedLine({ line }: { line: FeeLine }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const numbers = [...new Set(line.reasons.flatMap(({ records }) => records))].sort((a, b) => a - b).join(t('fees.comma'));
  return (
    <tr className="break-inside-avoid border-b border-neutral-300 align-top">
      <td className="py-1 pr-3 whitespace-nowrap">{formatDA(inputToDA(line.on), language)}</td>
      <td className="w-full py-1 pr-3">
        <p>{[patientWords(line, t), t('fees.to', { facility: line.other.name }), t(`letterKind.${line.kind}`)].join('　')}</p>
        {lackWords(line, t).map((text) => (
          <p key={text}>{text}</p>
        ))}
        <p>{[t('fees.letterNumber', { id: line.letterId }), t('fees.recordsOf', { numbers })].join('　')}</p>
      </td>
      <td className="py-1 pr-3 whitespace-nowrap">{t(`feeVerdict.${line.verdict}`)}</td>
      <td className="py-1 text-right whitespace-nowrap">{line.verdict === 'not' ? '' : t('fees.points', { count: line.points })}</td>
    </tr>
  );
}
