/** Patients that may be one person are found as soon as something new is known of one: on each driver of the index. */
import { describe, expect, test } from 'vitest';
import { searchableName } from '../../gateway/dicom/text/person-name.ts';
import type { StudyId } from '../../gateway/domain/identifiers.ts';
import { BLOCK_PATIENTS_MAX } from '../../gateway/domain/patients/block-keys.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { MATCHED_AT_ONCE, proposeLinks } from '../../gateway/usecases/patients/propose-links.ts';
import { embeddedDriver, instanceOf, NOBODY, nextUID, systemDriver, type Wanted } from '../fixtures/servers/index-drivers.ts';
import { index, makeFacility, now, store, useIndex } from '../fixtures/servers/index-suite.ts';

const SATO = searchableName({ Alphabetic: 'Sato^Misaki', Ideographic: '佐藤^美咲', Phonetic: 'さとう^みさき' });
const NAKANO = searchableName({ Alphabetic: 'Nakano^Misaki', Ideographic: '中野^美咲', Phonetic: 'なかの^みさき' });
const ONO = searchableName({ Alphabetic: 'Ono^Kenji', Ideographic: '小野^健二', Phonetic: 'おの^けんじ' });

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`matching on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);

    const received = async (facility: Facility, said: Pick<Wanted, 'patientID' | 'name' | 'birthDate' | 'study'>) => {
      const study = (await store(instanceOf({ facility, ...said }))).studyId as StudyId;
      const [patient] = await index.patients.patientsOf([study]);
      return patient?.no ?? '';
    };
    const matchAll = async () => {
      while ((await proposeLinks(index, now())) > 0);
    };
    const pairsOf = async (no: string) =>
      (await index.links.waiting({ limit: 1_000 }))
        .filter(({ patient, other }) => [patient.no, other.no].some((one) => one === no))
        .map(({ patient, other, reasons }) => ({ with: patient.no === no ? other.no : patient.no, reasons }));

    test('the same name and birth date at two facilities wait for the desk once, with reasons; strangers do not', async () => {
      const [a, b] = [await makeFacility(), await makeFacility()];
      const one = await received(a, { patientID: '1', name: SATO, birthDate: '19900309' });
      const other = await received(b, { patientID: '77', name: SATO, birthDate: '19900309' });
      const stranger = await received(b, { patientID: '78', name: ONO, birthDate: '19630818' });
      await matchAll();
      expect(await pairsOf(one)).toEqual([{ with: other, reasons: expect.arrayContaining(['birth-date-same', 'given-same']) }]);
      expect(await pairsOf(stranger)).toEqual([]);
      expect(await proposeLinks(index, now())).toBe(0);
    });

    test('what is learned later is looked at again', async () => {
      const [a, b] = [await makeFacility(), await makeFacility()];
      const study = nextUID();
      const one = await received(a, { patientID: '5', name: NAKANO, birthDate: '19771130' });
      const other = await received(b, { patientID: '6', name: NOBODY, birthDate: '', study });
      await matchAll();
      const before = await pairsOf(one);
      await received(b, { patientID: '6', name: NAKANO, birthDate: '19771130', study });
      await matchAll();
      expect(before.map((pair) => pair.with)).not.toContain(other);
      expect((await pairsOf(one)).map((pair) => pair.with)).toContain(other);
    });

    test('two processes at once propose each pair once, and miss none', async () => {
      const facilities = [await makeFacility(), await makeFacility()] as const;
      const numbers: string[] = [];
      for (let n = 0; n < MATCHED_AT_ONCE + 4; n++) {
        const said = { patientID: `T${n}`, name: SATO, birthDate: `19${String(10 + n)}0102` };
        for (const facility of facilities) numbers.push(await received(facility, said));
      }
      for (let waits = true; waits; )
        waits = (await Promise.all([proposeLinks(index, now()), proposeLinks(index, now())])).some((n) => n > 0);
      for (let n = 0; n < numbers.length; n += 2) {
        expect((await pairsOf(numbers[n] as string)).map((pair) => pair.with)).toContain(numbers[n + 1]);
      }
    });

    test('what half the region says is no reason to compare', async () => {
      const superuser = await driver.superuser();
      const facility = await makeFacility();
      await superuser.query(
        `WITH p AS (INSERT INTO persons SELECT FROM generate_series(1, ${BLOCK_PATIENTS_MAX + 5}) RETURNING person_id)
         INSERT INTO patients (facility_id, identity, ordinal, patient_id, issuer_of_patient_id, patient_name, patient_name_alphabetic,
           patient_name_ideographic, patient_name_phonetic, patient_birth_date, patient_sex, person_id)
         SELECT ${facility.id}, sha256(convert_to('x' || person_id, 'UTF8')), 1, 'x' || person_id, '', '{}', '', '', '', '19010101', '', person_id FROM p`,
      );
      await superuser.end();
      const one = await received(await makeFacility(), { patientID: 'y', name: ONO, birthDate: '19010101' });
      await matchAll();
      expect(await pairsOf(one)).toEqual([]);
      const keys = await index.database.rows({ text: 'SELECT max(length(block)) AS longest FROM patient_blocks' });
      expect(Number(keys[0]?.['longest'])).toBeLessThanOrEqual(100);
    });
  });
}
