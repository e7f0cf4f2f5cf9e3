import type { TFunction } from 'i18next';
import type { RecordEntry } from '../../gateway/api/contract/record.ts';
import { formatDA } from '../i18n/dates.ts';
import type { Language } from '../i18n/translation.ts';
import { basisWord, groundWord, relationWord } from './record-words.ts';

/** What a consent, or a notice on a wall, says: on what basis, of what and to whom. */
export function consentWords({ about }: Pick<RecordEntry, 'about'>, t: TFunction, language: Language): readonly string[] {
  const { basis, relation, ground, facilities, exceptFacilities = [], exceptStudies = 0, modalities = [], version, postedOn } = about;
  if (basis === undefined) return postedOn === undefined ? [] : [t('about.notice', { version, date: formatDay(postedOn, language) })];
  return [
    [basisWord(basis, t), relation && relationWord(relation, t), ground && groundWord(ground, t)].filter(Boolean).join(t('app.and')),
    facilities === undefined ? t('about.region') : t('about.facilities', { codes: facilities.join(t('app.and')) }),
    exceptFacilities.length === 0 ? '' : t('about.exceptFacilities', { codes: exceptFacilities.join(t('app.and')) }),
    modalities.join(t('app.and')),
    dates(about, language),
    exceptStudies === 0 ? '' : t('about.exceptStudies', { count: exceptStudies }),
    version === undefined ? '' : t('about.form', { version }),
  ];
}

const formatDay = (day: string, language: Language) => formatDA(day.replaceAll('-', ''), language);

function dates({ studyDateFrom, studyDateTo }: RecordEntry['about'], language: Language): string {
  if (studyDateFrom === undefined && studyDateTo === undefined) return '';
  return [studyDateFrom, studyDateTo].map((day) => (day === undefined ? '' : formatDA(day, language))).join('–');
}
