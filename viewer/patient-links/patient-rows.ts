import type { TFunction } from 'i18next';
import type { DeskPatient } from '../../gateway/api/contract/links.ts';
import type { Language } from '../i18n/translation.ts';
import { plainName } from '../patient/name-groups.ts';
import { birthDateWords, sexWord } from '../patient/patient-facts.tsx';

export interface ComparedRow {
  readonly key: 'kanji' | 'kana' | 'romaji' | 'birthDate' | 'sex';
  readonly values: readonly [string, string];
  /** Both say something, and it is not the same. */
  readonly differs: boolean;
}

/** What two facilities say of a patient, line by line; a line of which neither says anything is left out. */
export function comparedRows(patients: readonly [DeskPatient, DeskPatient], t: TFunction, language: Language): readonly ComparedRow[] {
  const said = {
    kanji: ({ patientName }: DeskPatient) => plainName(patientName.Ideographic),
    kana: ({ patientName }: DeskPatient) => plainName(patientName.Phonetic),
    romaji: ({ patientName }: DeskPatient) => plainName(patientName.Alphabetic),
    birthDate: ({ patientBirthDate }: DeskPatient) => birthDateWords(patientBirthDate, t, language),
    sex: ({ patientSex }: DeskPatient) => sexWord(patientSex, t),
  };
  return (Object.keys(said) as ComparedRow['key'][])
    .map((key) => {
      const [one, other] = patients.map(said[key]) as [string, string];
      return { key, values: [one, other] as const, differs: one !== '' && other !== '' && one !== other };
    })
    .filter(({ values }) => values.some((value) => value !== ''));
}
