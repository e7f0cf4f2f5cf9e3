import { Link } from '@tanstack/react-router';
import { Check, ChevronDown, CircleHelp, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FeeLine, FeePack } from '../../gateway/api/contract/fees.ts';
import { classes } from '../design/classes.ts';
import { formatDA, formatInstant, inputToDA } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { actionWord } from '../record/record-words.ts';
import { useSession } from '../session/use-session.ts';
import { lackWords, patientWords } from './fee-words.ts';

type Records = FeePack['records'];
type Reason = FeeLine['reasons'][number];

const MARKS = {
  met: { Icon: Check, tone: 'text-ink-2' },
  unmet: { Icon: X, tone: 'text-danger' },
  unsaid: { Icon: CircleHelp, tone: 'text-accent' },
} as const;

/** A letter and what it may be worth; opened, each condition with the records that show it. */
export function FeeLineRow({ line, records }: { line: FeeLine; records: Records }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <details className="group bg-surface" data-testid="fee-line">
      <summary className="flex cursor-pointer list-none flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-hover focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden">
        <span className="w-24 shrink-0 text-sm tabular-nums">{formatDA(inputToDA(line.on), language)}</span>
        <span className="min-w-0 flex-1 basis-56">
          <span className="block text-sm wrap-anywhere">{patientWords(line, t)}</span>
          <span className="block text-xs text-ink-2">
            {[t('fees.to', { facility: line.other.name }), t(`letterKind.${line.kind}`)].join('　')}
          </span>
          {lackWords(line, t).map((text) => (
            <span key={text} className="block text-xs text-pretty text-ink-2">
              {text}
            </span>
          ))}
        </span>
        <Verdict line={line} />
        <ChevronDown className="size-4 shrink-0 text-ink-3 group-open:rotate-180" aria-hidden />
      </summary>
      <div className="border-t border-line px-4 py-3">
        <p className="text-xs text-ink-3">{t('fees.letterNumber', { id: line.letterId })}</p>
        <ul className="mt-2 flex flex-col gap-2" aria-label={t('fees.reasonsOf')}>
          {line.reasons.map((reason) => (
            <ReasonLine key={reason.need} reason={reason} records={records} />
          ))}
        </ul>
      </div>
    </details>
  );
}

function Verdict({ line: { verdict, points } }: { line: FeeLine }) {
  const { t } = useTranslation();
  return (
    <span className="flex shrink-0 items-center gap-2">
      <span className={classes('text-sm tabular-nums', verdict === 'not' && 'text-ink-3 line-through')}>
        {t('fees.points', { count: points })}
      </span>
      <span
        data-testid="fee-verdict"
        className={classes(
          'rounded-full border px-2 py-0.5 text-2xs whitespace-nowrap',
          verdict === 'counts' && 'border-transparent bg-accent-soft text-accent',
          verdict === 'open' && 'border-accent/60 text-accent',
          verdict === 'not' && 'border-line text-ink-2',
        )}
      >
        {t(`feeVerdict.${verdict}`)}
      </span>
    </span>
  );
}

function ReasonLine({ reason: { need, state, records: numbers }, records }: { reason: Reason; records: Records }) {
  const { t } = useTranslation();
  const { Icon, tone } = MARKS[state];
  return (
    <li className="flex items-start gap-2 text-sm">
      <Icon className={classes('mt-0.5 size-4 shrink-0', tone)} role="img" aria-label={t(`feeReason.${state}`)} />
      <div className="min-w-0">
        <p>{state === 'unmet' ? t(`feeUnmet.${need}`) : t(`feeNeed.${need}`)}</p>
        {state === 'unsaid' ? <p className="text-xs text-ink-2">{t('feeReason.unsaid')}</p> : null}
        {records
          .filter(({ seq }) => numbers.includes(seq))
          .map((record) => (
            <RecordOf key={record.seq} record={record} />
          ))}
      </div>
    </li>
  );
}

/** Who reads the whole record goes on to the entry. */
function RecordOf({ record: { seq, at, action } }: { record: Records[number] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { user } = useSession();
  const text = t('fees.record', { seq, at: formatInstant(at, language), action: actionWord(action, t) });
  if (!user.administrator) return <p className="text-xs text-ink-2">{text}</p>;
  return (
    <Link
      to="/admin/record"
      search={{ before: seq + 1 }}
      className="flex items-center text-xs text-ink-2 underline underline-offset-2 hover:text-ink pointer-coarse:min-h-11"
    >
      {text}
    </Link>
  );
}
