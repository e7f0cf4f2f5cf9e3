// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import type { PatientList, PersonDetail } from '../../gateway/api/contract/patients.ts';
import { studyOf } from '../../test/fixtures/viewer/samples.ts';
import { forgetStudy, type PersonOnPage } from './forget-patients.ts';

const patient = (id: string) => ({
  id,
  owner: { code: `F${id}`, name: '' },
  patientID: id,
  patientName: {},
  patientBirthDate: '',
  patientSex: '',
});
const study = (n: number, of: string) => ({ ...studyOf({ studyInstanceUID: `2.25.${n}`, exact: `F${of}~1`, patient: of }), bodyParts: [] });
const person: PersonDetail = {
  patients: [patient('1'), patient('2')],
  studyCount: 3,
  unopenedCount: 0,
  newestStudyDate: '20261120',
  studies: [study(1, '1'), study(2, '2'), study(3, '2')],
};

/** What is left on a line of time, and in the list, of whom this person is. */
function left(client: QueryClient) {
  const line = client.getQueryData<PersonOnPage>(['person', '1']);
  const list = client.getQueryData<{ pages: PatientList[] }>(['patients', '']);
  return [
    line?.person.studies.map(({ studyInstanceUID }) => studyInstanceUID),
    line?.person.patients.map(({ id }) => id),
    list?.pages[0]?.persons.length,
  ];
}

test('a study that may be shown no more goes from lines and lists, and with a patient’s last study what is said of the patient', () => {
  const client = new QueryClient();
  const {
    studies: [newest],
    ...summary
  } = person;
  if (newest === undefined) throw new Error('no study');
  client.setQueryData<PersonOnPage>(['person', '1'], { person, etag: '"x"' });
  client.setQueryData(['patients', ''], {
    pages: [{ persons: [{ ...summary, study: newest }], next: null, more: false }],
    pageParams: [null],
  });
  const forget = (n: number, of: string) => forgetStudy(client, study(n, of));
  // The same UID of another owner is another study.
  forget(1, '2');
  expect(left(client)).toEqual([['2.25.1', '2.25.2', '2.25.3'], ['1', '2'], 1]);
  forget(2, '2');
  expect(left(client)).toEqual([['2.25.1', '2.25.3'], ['1', '2'], 1]);
  forget(3, '2');
  expect(left(client)).toEqual([['2.25.1'], ['1'], 1]);
  forget(1, '1');
  expect(left(client)).toEqual([[], [], 0]);
  // Its tag would say that what was there stands.
  expect(client.getQueryData<PersonOnPage>(['person', '1'])?.etag).toBeUndefined();
});
