import { expect, test } from 'vitest';
import { readCsvRoster } from '../../gateway/usecases/roster/read-csv.ts';
import { templateCsv } from './roster-files.ts';

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

test.each(['ja', 'en'] as const)('the template in %s is read whole, filled in', async (language) => {
  const line = '0012,山田 花子,ヤマダ ハナコ,1950-04-12,2,770-0001,088-622-0001,138057,12,345,01\r\n';
  const { patients, faultCount } = await readCsvRoster(bytes(`${templateCsv(language)}${line}`), { today: '20261128' });
  expect(faultCount).toBe(0);
  expect(patients).toMatchObject([
    {
      patientID: '0012',
      name: { Ideographic: '山田^花子', Phonetic: 'ヤマダ^ハナコ' },
      birthDate: '19500412',
      sex: 'F',
      postalCode: '770-0001',
      phone: '088-622-0001',
      insurance: { insurer: '138057', symbol: '12', number: '345', branch: '01' },
    },
  ]);
});
