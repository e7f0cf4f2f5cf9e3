import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { ageOn, eraYear, formatDA } from '../i18n/dates.ts';
import type { Language } from '../i18n/translation.ts';
import { useLanguage } from '../i18n/use-language.ts';

interface Patient {
  patientSex: string;
  patientBirthDate: string;
  studyDate: string;
}

/** Sex, age at the study, birth date with its era: 女・64歳・1962/05/14（S37）. */
export function usePatientFacts(): (patient: Patient) => { sexAndAge: string; birth: string } {
  const { t } = useTranslation();
  const language = useLanguage();
  return ({ patientSex, patientBirthDate, studyDate }) => {
    const sex = sexWord(patientSex, t);
    const age = ageOn(patientBirthDate, studyDate);
    const ageText = age === undefined ? '' : t(`age.${age.unit}`, { count: age.count });
    return {
      sexAndAge: [sex, ageText].filter((text) => text !== '').join(language === 'ja' ? '・' : ' · '),
      birth: birthDateWords(patientBirthDate, t, language),
    };
  };
}

export function sexWord(sex: string, t: TFunction): string {
  return sex === 'M' || sex === 'F' || sex === 'O' ? t(`sex.${sex}`) : sex;
}

/** With its era: 1962/05/14（S37）. */
export function birthDateWords(da: string, t: TFunction, language: Language): string {
  const era = eraYear(da, language);
  const day = formatDA(da, language);
  return era === '' ? day : day + t('app.inBrackets', { text: era });
}
