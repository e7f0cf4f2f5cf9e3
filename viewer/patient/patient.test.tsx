// @vitest-environment happy-dom
import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { showPart } from '../../test/fixtures/viewer/show-part.tsx';
import type { Language } from '../i18n/translation.ts';
import { usePatientFacts } from './patient-facts.tsx';
import { PersonName } from './person-name.tsx';

function Facts(patient: { patientSex: string; patientBirthDate: string; studyDate: string }) {
  const { sexAndAge, birth } = usePatientFacts()(patient);
  return (
    <>
      <p data-testid="sex-and-age">{sexAndAge}</p>
      <p data-testid="birth">{birth}</p>
    </>
  );
}

const FACTS: readonly [Language, string, string, string, string, string][] = [
  ['ja', 'F', '19620514', '20261120', '女・64歳', '1962/05/14（S37）'],
  ['en', 'F', '19620514', '20261120', 'F · 64 y', ''],
  ['ja', 'M', '20260820', '20261120', '男・3か月', '2026/08/20（R8）'],
  ['ja', 'O', '', '20261120', 'その他', ''],
  ['ja', '', '', '', '', ''],
];

describe('sex, age at the study and birth', () => {
  it.each(FACTS)('%s: %s born %s, studied %s', async (language, patientSex, patientBirthDate, studyDate, sexAndAge, birth) => {
    await showPart(<Facts patientSex={patientSex} patientBirthDate={patientBirthDate} studyDate={studyDate} />, { language });
    const said = screen.getByTestId('sex-and-age').textContent ?? '';
    expect(said).toBe(sexAndAge);
    if (language === 'ja') expect(screen.getByTestId('birth').textContent).toBe(birth);
    else expect(screen.getByTestId('birth').textContent).not.toMatch(/[SR]\d/);
  });
});

describe('a name', () => {
  it.each([
    [
      'all groups, the writing first',
      { Ideographic: '髙橋^功', Phonetic: 'たかはし^こう', Alphabetic: 'Takahashi^Ko' },
      '髙橋 功',
      'たかはし こう　Takahashi Ko',
    ],
    ['one group', { Alphabetic: 'Smith^John' }, 'Smith John', undefined],
    ['none', {}, '氏名なし', undefined],
  ])('%s', async (_name, name, first, second) => {
    await showPart(<PersonName name={name} />, { language: 'ja' });
    const [written, read] = [...(screen.getByText(first).parentElement?.children ?? [])].map((line) => line.textContent);
    expect([written, read]).toEqual([first, second]);
  });
});
