import { useTranslation } from 'react-i18next';
import { ageOn, eraYear, formatDA } from '../i18n/dates.ts';
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
    const sex = patientSex === 'M' || patientSex === 'F' || patientSex === 'O' ? t(`sex.${patientSex}`) : patientSex;
    const age = ageOn(patientBirthDate, studyDate);
    const ageText = age === undefined ? '' : t(`age.${age.unit}`, { count: age.count });
    const era = eraYear(patientBirthDate, language);
    const birth = formatDA(patientBirthDate, language);
    return {
      sexAndAge: [sex, ageText].filter((text) => text !== '').join(language === 'ja' ? '・' : ' · '),
      birth: era === '' ? birth : birth + t('app.inBrackets', { text: era }),
    };
  };
}
