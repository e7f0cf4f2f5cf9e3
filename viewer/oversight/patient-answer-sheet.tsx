import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Look, PatientAnswer } from '../../gateway/api/contract/oversight.ts';
import { formatInstant } from '../i18n/dates.ts';
import { useLanguage } from '../i18n/use-language.ts';
import { jobWord, throughWord } from '../record/record-words.ts';

/** In plain words, as it is handed to the patient. */
export function PatientAnswerSheet({ answer }: { answer: PatientAnswer }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { looks } = answer;
  return (
    <article lang={language}>
      <h3 className="text-lg font-semibold">{t('whoLooked.sheetTitle')}</h3>
      <p className="mt-2 text-sm">{t('whoLooked.sheetOf', { facility: answer.facility, id: answer.patientID })}</p>
      <p className="text-sm">{t('whoLooked.sheetMade', { at: formatInstant(answer.madeAt, language) })}</p>
      <p className="mt-2 text-sm text-pretty">{t('whoLooked.sheetIntro')}</p>
      {looks.length === 0 ? <p className="mt-3 text-sm">{t('whoLooked.nobody')}</p> : null}
      <ol className="mt-3 divide-y divide-neutral-300 border-y border-neutral-300">
        {looks.map((look, at) => (
          <li key={at} className="break-inside-avoid py-2 text-sm">
            <p>
              <span className="font-medium">{formatInstant(look.firstAt, language)}</span>
              <span className="ml-3">{whoWords(look, t)}</span>
            </p>
            <p className="text-neutral-700">{whatWords(look, t)}</p>
          </li>
        ))}
      </ol>
      {answer.complete ? null : <p className="mt-2 text-sm">{t('whoLooked.more')}</p>}
      <p className="mt-3 text-xs text-neutral-700">{t('whoLooked.sheetNote')}</p>
    </article>
  );
}

/** Facility, job, and the name where it is told. */
function whoWords({ who, job, facility }: Look, t: TFunction): string {
  const person = job === null ? (who === null ? '' : throughWord(who, t)) : [jobWord(job, t), who ?? ''].filter(Boolean).join(' ');
  return [facility ?? '', person].filter((text) => text !== '').join('　');
}

const RIGHTS = { owner: true, share: true, consent: true } as const;

function whatWords({ studies, seconds, taken, right }: Look, t: TFunction): string {
  const why = right !== null && Object.hasOwn(RIGHTS, right) ? t(`whoLooked.why.${right as keyof typeof RIGHTS}`) : '';
  return [
    t('whoLooked.opened', { count: studies }),
    seconds === null ? '' : seconds < 60 ? t('whoLooked.underMinute') : t('whoLooked.minutes', { count: Math.round(seconds / 60) }),
    taken ? t('whoLooked.taken') : '',
    why,
  ]
    .filter((text) => text !== '')
    .join(t('whoLooked.stop'));
}
