import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Disclosure } from '../../gateway/api/contract/sharing.ts';
import { classes } from '../design/classes.ts';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { actionWord, countedNoun, jobWord, purposeWord, refusalWord, rightWord, throughWord } from './record-words.ts';

const SAYS_ITS_OUTCOME: readonly string[] = ['access-refused', 'sign-in-failed'];

interface Props {
  entry: Disclosure;
  study?: string | null;
  /** The series it was about, in words; undefined: the whole study, or not known here. */
  series?: string | undefined;
  /** For administrators: whom or what it was done to, in words. */
  detail?: string;
  /** For administrators: which list was shown. */
  list?: string | undefined;
}

/** One line of the record in plain words: when, who (job, facility), what, by what right, with what result. */
export function RecordedAct({ entry, study, series, detail, list }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const job = entry.who.job === null ? '' : jobWord(entry.who.job, t);
  // Who has no job is no person, and named by a code.
  const who = entry.who.job === null ? throughWord(entry.who.name, t) : entry.who.name;
  const details = [
    series ?? '',
    detail ?? '',
    entry.toFacility === null || entry.toFacility === entry.who.facility ? '' : t('entry.to', { facility: entry.toFacility }),
    entry.count === null ? '' : t(`counted.${countedNoun(entry.action, list)}`, { count: entry.count }),
    rightWords(entry, t),
    entry.purpose === null ? '' : t('entry.purpose', { purpose: purposeWord(entry.purpose, t) }),
    entry.seconds === null ? '' : t('entry.lasted', { minutes: Math.floor(entry.seconds / 60), seconds: entry.seconds % 60 }),
    placeWords(entry, t),
    study === undefined || study === null ? '' : t('entry.study', { uid: study }),
  ].filter((text) => text !== '');
  return (
    <li className="grid grid-cols-[8.5rem_minmax(0,1fr)] gap-x-4 py-2.5 max-sm:grid-cols-1" data-testid="disclosure">
      <time dateTime={entry.at} className="text-xs leading-5 text-ink-3">
        {formatInstant(entry.at, language)}
      </time>
      <div className="min-w-0">
        <p className="text-sm text-ink">
          <span className="font-medium">{who}</span>
          <span className="ml-2 text-xs text-ink-2">
            {[job, entry.who.facility ?? ''].filter((text) => text !== '').join(t('app.and'))}
          </span>
        </p>
        <p className={classes('text-sm', entry.outcome === 'success' ? 'text-ink-2' : 'text-danger')}>
          {actionWord(entry.action, t)}
          {entry.outcome === 'refused' && !SAYS_ITS_OUTCOME.includes(entry.action)
            ? t('app.inBrackets', { text: t('entry.refused') })
            : null}
          {entry.outcome === 'failed' && !SAYS_ITS_OUTCOME.includes(entry.action) ? t('app.inBrackets', { text: t('entry.failed') }) : null}
        </p>
        <p className="flex flex-wrap gap-x-3 text-2xs text-ink-3 empty:hidden">
          {details.map((text, at) => (
            <span key={at} className="min-w-0 wrap-anywhere">
              {/* The blank keeps words apart for who hears or copies them. */}
              {`${text} `}
            </span>
          ))}
        </p>
      </div>
    </li>
  );
}

/** From which address; what the program does by itself comes from none. */
function placeWords({ remoteAddress }: Disclosure, t: TFunction): string {
  if (remoteAddress === null) return '';
  const word = throughWord(remoteAddress, t);
  return word === remoteAddress ? t('entry.from', { address: remoteAddress }) : word;
}

/** By what right, or why not. */
function rightWords({ right, refusal }: Disclosure, t: TFunction): string {
  if (refusal !== null) return t('entry.refusal', { reason: refusalWord(refusal, t) });
  return right === null ? '' : t('entry.right', { right: rightWord(right.kind, t) });
}
