/** Whose studies these are, what of a person an asker sees, and which patients are one person: on each driver of the index. */

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { searchableName } from '../../gateway/dicom/text/person-name.ts';
import type { LinkId, PatientNo, StudyId, StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import { PERSON_PATIENTS_MAX } from '../../gateway/domain/patients/patient-index.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { embeddedDriver, instanceOf, NOBODY, nextUID, systemDriver, type Wanted } from '../fixtures/servers/index-drivers.ts';
import {
  clinic,
  doctor,
  entry,
  hospital,
  index,
  later,
  makeFacility,
  now,
  share,
  store,
  useIndex,
} from '../fixtures/servers/index-suite.ts';

const YAMADA = searchableName({ Alphabetic: 'Yamada^Taro', Ideographic: '山田^太郎' });
const SUZUKI = searchableName({ Alphabetic: 'Suzuki^Hanako', Ideographic: '鈴木^花子' });
/** The same family's son: he shares no group of the name. */
const YAMADA_JIRO = searchableName({ Alphabetic: 'Yamada^Jiro', Ideographic: '山田^次郎' });

type Said = Pick<Wanted, 'patientID' | 'issuer' | 'name' | 'birthDate'>;
/** What two studies of one facility say of their patient, and whether it is the same. */
const PAIRS: Readonly<Record<string, readonly [Said, Said, same: boolean]>> = {
  'the same of everything': [
    { patientID: 'A', name: YAMADA, birthDate: '19500101' },
    { patientID: 'A', name: YAMADA, birthDate: '19500101' },
    true,
  ],
  'another identifier': [
    { patientID: 'A', name: YAMADA, birthDate: '19500101' },
    { patientID: 'B', name: YAMADA, birthDate: '19500101' },
    false,
  ],
  'another issuer': [
    { patientID: 'A', issuer: 'ONE', name: YAMADA, birthDate: '19500101' },
    { patientID: 'A', issuer: 'TWO', name: YAMADA, birthDate: '19500101' },
    false,
  ],
  'an identifier and issuer that together spell the other pair': [
    { patientID: 'A', issuer: 'BC', name: YAMADA, birthDate: '19500101' },
    { patientID: 'AB', issuer: 'C', name: YAMADA, birthDate: '19500101' },
    false,
  ],
  'a name after marriage': [
    { patientID: 'A', name: YAMADA, birthDate: '19500101' },
    { patientID: 'A', name: SUZUKI, birthDate: '19500101' },
    true,
  ],
  'a birth date that was mistyped': [
    { patientID: 'A', name: YAMADA, birthDate: '19500101' },
    { patientID: 'A', name: YAMADA, birthDate: '19510101' },
    true,
  ],
  'an identifier that others are given too: another name and birth date': [
    { patientID: '999999', name: YAMADA, birthDate: '19500101' },
    { patientID: '999999', name: SUZUKI, birthDate: '19800202' },
    false,
  ],
  'the same for father and son': [
    { patientID: '999999', name: YAMADA, birthDate: '19500101' },
    { patientID: '999999', name: YAMADA_JIRO, birthDate: '19800202' },
    false,
  ],
  'no birth date the second time': [
    { patientID: 'A', name: YAMADA, birthDate: '19500101' },
    { patientID: 'A', name: YAMADA, birthDate: '' },
    true,
  ],
  'another name, and no birth date to know them by': [
    { patientID: 'A', name: YAMADA, birthDate: '19500101' },
    { patientID: 'A', name: SUZUKI, birthDate: '' },
    false,
  ],
  'an identifier that others are given too, and nobody asks for a birth date': [
    { patientID: '999999', name: YAMADA, birthDate: '' },
    { patientID: '999999', name: SUZUKI, birthDate: '' },
    false,
  ],
  'a name in one script, and then in another': [
    { patientID: 'A', name: searchableName({ Alphabetic: 'Yamada^Taro' }), birthDate: '' },
    { patientID: 'A', name: searchableName({ Ideographic: '山田^太郎' }), birthDate: '' },
    true,
  ],
  'no name, no birth date': [
    { patientID: 'A', name: YAMADA, birthDate: '19500101' },
    { patientID: 'A', name: NOBODY, birthDate: '' },
    true,
  ],
  'no identifier: of one study alone': [
    { patientID: '', name: YAMADA, birthDate: '19500101' },
    { patientID: '', name: YAMADA, birthDate: '19500101' },
    false,
  ],
  'another birth date, and no name to know them by': [
    { patientID: 'A', name: YAMADA, birthDate: '19500101' },
    { patientID: 'A', name: NOBODY, birthDate: '19800202' },
    false,
  ],
  'nobody is named': [{ patientID: '', name: NOBODY, birthDate: '' }, { patientID: '', name: NOBODY, birthDate: '' }, false],
  'an identifier longer than an index holds': [
    { patientID: 'X'.repeat(4_000), name: YAMADA, birthDate: '' },
    { patientID: `${'X'.repeat(3_999)}Y`, name: YAMADA, birthDate: '' },
    false,
  ],
};

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`patients on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);

    const received = async (facility: Facility, said: Said & Partial<Wanted>) =>
      (await store(instanceOf({ facility, description: '', ...said }))).studyId as StudyId;
    const patientOf = async (study: StudyId) => {
      const [found] = await index.patients.patientsOf([study]);
      if (found === undefined) throw new Error('the study has no patient');
      return found;
    };
    const proven = async () => {
      const idHash = randomBytes(8).toString('hex');
      const session = { csrfToken: '', endsAt: later(), idleMs: 3_600_000, remoteAddress: '192.0.2.1', device: '' };
      await index.people.createSession({ ...session, idHash, userId: doctor.id, shown: { passwordHash: 'hash' } });
      return { userId: doctor.id, proof: { session: idHash } };
    };
    const say = async (patient: PatientNo, other: PatientNo) =>
      index.links.propose({ patient, other }, doctor.id, ({ id }) => [entry('link-proposed', { linkId: id })], await proven());
    const propose = async (a: StudyId, b: StudyId) => {
      const [patient, other] = [(await patientOf(a)).no, (await patientOf(b)).no];
      return (await say(patient, other)).id;
    };
    const decide = async (id: LinkId, state: 'confirmed' | 'rejected') =>
      index.links.decide(id, { state, by: doctor.id }, () => [entry('sign-out')], await proven());
    const join = async (a: StudyId, b: StudyId) => decide(await propose(a, b), 'confirmed');
    const separate = async (study: StudyId) =>
      index.links.separate((await patientOf(study)).no, doctor.id, () => [entry('sign-out')], await proven());
    /** Studies of one person have one letter. */
    const grouped = async (studies: readonly StudyId[]) => {
      const persons = (await index.patients.patientsOf(studies)).map(({ personId }) => personId);
      return persons.map((person) => 'abcdefgh'[persons.indexOf(person)]).join('');
    };

    test.each(Object.entries(PAIRS))('two studies: %s', async (_name, [first, second, same]) => {
      const facility = await makeFacility();
      const [a, b] = [await received(facility, first), await received(facility, second)];
      expect((await patientOf(a)).no === (await patientOf(b)).no).toBe(same);
      expect(await grouped([a, b])).toBe(same ? 'aa' : 'ab');
      // Another facility's are others, whatever they say.
      expect(await grouped([a, await received(await makeFacility(), first)])).toBe('ab');
    });

    test('of two who go by one identifier, each further study joins whose name or birth date it has', async () => {
      const facility = await makeFacility();
      const father = { patientID: '999999', name: YAMADA, birthDate: '19500101' };
      const son = { patientID: '999999', name: YAMADA_JIRO, birthDate: '19800202' };
      const studies = [];
      for (const said of [father, son, father, son, { ...son, birthDate: '' }]) studies.push(await received(facility, said));
      const numbers = (await index.patients.patientsOf(studies)).map(({ no }) => no);
      expect(numbers.slice(0, 4)).toEqual([numbers[0], numbers[1], numbers[0], numbers[1]]);
      expect(numbers[4]).toBe(numbers[1]);
      expect(await index.links.patient(numbers[0] as PatientNo)).toMatchObject({ patientName: YAMADA, patientBirthDate: '19500101' });
      expect(await index.links.patient(numbers[1] as PatientNo)).toMatchObject({ patientName: YAMADA_JIRO, patientBirthDate: '19800202' });
    });

    test('the patient is as the newest study says, and what that leaves out stays', async () => {
      const facility = await makeFacility();
      const patientID = nextUID();
      const study = await received(facility, { patientID, name: YAMADA, birthDate: '19500101' });
      await received(facility, { patientID, name: SUZUKI, birthDate: '19500101' });
      const { no } = await patientOf(study);
      expect(await index.links.patient(no)).toMatchObject({
        ...{ patientID, patientName: SUZUKI, patientBirthDate: '19500101', owner: { code: facility.code, name: facility.name } },
      });
      await received(facility, { patientID, name: NOBODY, birthDate: '' });
      await received(facility, { patientID, name: SUZUKI, birthDate: '19500102' });
      expect(await index.links.patient(no)).toMatchObject({ patientName: SUZUKI, patientBirthDate: '19500102' });
    });

    test('a study whose header is corrected goes over to the patient it names now', async () => {
      const facility = await makeFacility();
      const wrong = await received(facility, { patientID: '', name: YAMADA, birthDate: '19500101', study: '1.2.3.4' });
      const right = await received(facility, { patientID: 'R1', name: YAMADA, birthDate: '19500101' });
      await received(facility, { patientID: 'R1', name: YAMADA, birthDate: '19500101', study: '1.2.3.4' });
      expect((await patientOf(wrong)).no).toBe((await patientOf(right)).no);
    });

    test('what is seen of a person is what its asker may see of each study', async () => {
      const [a, b, c] = [await makeFacility(), await makeFacility(), await makeFacility()];
      const ofA = await received(a, { patientID: 'P', name: YAMADA, birthDate: '19500101', date: '20260101', study: nextUID() });
      const given = await received(a, { patientID: 'P', name: YAMADA, birthDate: '19500101', date: '20260301' });
      const ofB = await received(b, { patientID: 'Q', name: YAMADA, birthDate: '19500101', date: '20260201' });
      await join(ofA, ofB);
      const { personId, no } = await patientOf(ofA);
      const seen = async (facility: Facility) =>
        (await index.patients.seenOf(facility, [personId], now())).map(({ patients, studies, unopened }) => [
          patients.map(({ owner }) => owner.code),
          studies,
          unopened,
        ]);
      const dates = async (facility: Facility) =>
        (await index.patients.studiesOf(facility, personId, now())).map(({ study }) => study.study.studyDate);
      expect(await seen(a)).toEqual([[[a.code], 2, 2]]);
      expect(await seen(b)).toEqual([[[b.code], 1, 1]]);
      expect(await seen(c)).toEqual([]);
      expect(await index.patients.personOf(c, no, now())).toBeUndefined();
      expect(await index.patients.personOf(c, '999999999' as PatientNo, now())).toBeUndefined();
      expect(await dates(c)).toEqual([]);

      await share(given, c);
      await share(ofB, c, later());
      await share(ofB, a);
      expect(await seen(c)).toEqual([[[a.code, b.code], 2, 2]]);
      expect(await dates(c)).toEqual(['20260301', '20260201']);
      expect(await dates(a)).toEqual(['20260301', '20260201', '20260101']);
      expect((await index.patients.personOf(c, no, now()))?.personId).toBe(personId);
      await index.studies.markOpened(c.id, given, now());
      expect(await seen(c)).toEqual([[[a.code, b.code], 2, 1]]);
      // A share that has ended gives nothing.
      expect(await index.patients.studiesOf(c, personId, later(7_200_000))).toEqual([]);
    });

    test('a patient is as the newest study says that is seen: what another says is not told', async () => {
      const [a, b] = [await makeFacility(), await makeFacility()];
      const patientID = nextUID();
      const given = await received(a, { patientID, name: YAMADA, birthDate: '19500101', date: '20260101' });
      const unnamed = await received(a, { patientID, name: NOBODY, birthDate: '', date: '20260201' });
      const married = await received(a, { patientID, name: SUZUKI, birthDate: '19500101', date: '20260301' });
      const { no } = await patientOf(given);
      const seen = async (facility: Facility) => {
        const person = await index.patients.personOf(facility, no, now());
        return [person?.patients[0]?.patientName, person?.patients[0]?.patientBirthDate, person?.newest.studyDate, person?.studiesOf];
      };
      await share(given, b);
      expect(await seen(a)).toEqual([SUZUKI, '19500101', '20260301', [3]]);
      expect(await seen(b)).toEqual([YAMADA, '19500101', '20260101', [1]]);
      await share(unnamed, b);
      expect(await seen(b)).toEqual([YAMADA, '19500101', '20260201', [2]]);
      await share(married, b);
      expect(await seen(b)).toEqual(await seen(a));
    });

    test('two grants on one study are one study', async () => {
      const given = await received(hospital, { patientID: nextUID(), name: YAMADA });
      await share(given, clinic);
      await index.shares.share(
        { studyId: given, toFacilityId: clinic.id, to: { job: 'physician' }, until: later(), by: doctor.id },
        () => [entry('study-shared')],
        COMMAND_LINE,
      );
      const { personId } = await patientOf(given);
      const asker = { id: clinic.id, job: 'physician' as const };
      expect(await index.patients.seenOf(asker, [personId], now())).toMatchObject([{ studies: 1 }]);
      expect(await index.patients.studiesOf(asker, personId, now())).toHaveLength(1);
    });

    test('body parts are of what is shown', async () => {
      const study = nextUID();
      const given = await received(hospital, { study, series: `${study}.1`, patientID: nextUID() });
      await index.shares.share(
        { studyId: given, toFacilityId: clinic.id, until: later(), heldBack: [`${study}.1` as never], by: doctor.id },
        () => [entry('study-shared')],
        COMMAND_LINE,
      );
      const { personId } = await patientOf(given);
      const parts = async (facility: Facility) =>
        (await index.patients.studiesOf(facility, personId, now())).map(({ bodyParts }) => bodyParts);
      expect((await parts(hospital))[0]).not.toEqual([]);
      expect(await parts(clinic)).toEqual([[]]);
    });

    test('links join, and what parted leaves the others as they are joined still', async () => {
      const studies: StudyId[] = [];
      for (let n = 0; n < 4; n++) studies.push(await received(await makeFacility(), { patientID: 'L', name: YAMADA }));
      const [a, b, c, d] = studies as [StudyId, StudyId, StudyId, StudyId];
      expect(await grouped(studies)).toBe('abcd');
      await join(a, b);
      await join(c, d);
      expect(await grouped(studies)).toBe('aacc');
      await join(b, c);
      expect(await grouped(studies)).toBe('aaaa');
      // b was the only one to join a and the other two.
      expect((await separate(b)).map(({ state }) => state)).toEqual(['undone', 'undone']);
      expect(await grouped(studies)).toBe('abcc');
      await join(a, b);
      expect(await grouped(studies)).toBe('aacc');
      await expect(separate(await received(hospital, { patientID: nextUID() }))).rejects.toMatchObject({ kind: 'conflict' });
    });

    test('a pair waits once, is decided once, and refused is not proposed again; undone may be', async () => {
      const [a, b] = [await received(await makeFacility(), { patientID: 'W' }), await received(await makeFacility(), { patientID: 'W' })];
      const [patient, other] = [(await patientOf(a)).no, (await patientOf(b)).no];
      const known = { kind: 'conflict', ids: { reason: 'link-known' } };
      const id = await propose(a, b);
      await expect(say(other, patient)).rejects.toMatchObject(known);
      expect((await index.links.waiting({ limit: 100 })).filter(({ patient: { no } }) => no === patient)).toMatchObject([
        { id, state: 'proposed', score: undefined, reasons: [], proposedBy: doctor.id, patient: { no: patient }, other: { no: other } },
      ]);
      expect(await decide(id, 'rejected')).toMatchObject({ state: 'rejected', decidedBy: doctor.id });
      await expect(decide(id, 'confirmed')).rejects.toMatchObject({ kind: 'conflict', ids: { reason: 'link-decided' } });
      await expect(say(other, patient)).rejects.toMatchObject(known);
      expect(await grouped([a, b])).toBe('ab');

      const c = await received(await makeFacility(), { patientID: 'W' });
      await join(a, c);
      await separate(a);
      await join(a, c);
      expect(await grouped([a, c])).toBe('aa');
      const states = (await index.links.linksOf((await patientOf(a)).no)).map(({ state }) => state);
      expect(states).toEqual(['confirmed', 'undone', 'rejected']);
      await expect(decide('999999999' as LinkId, 'confirmed')).rejects.toMatchObject({ kind: 'not-found' });
    });

    test('whoever is joined is not proposed; a patient is not proposed to itself, nor one that is not there', async () => {
      const [a, b, c] = [
        await received(await makeFacility(), {}),
        await received(await makeFacility(), {}),
        await received(await makeFacility(), {}),
      ];
      await join(a, b);
      await join(b, c);
      const [x, z] = [(await patientOf(a)).no, (await patientOf(c)).no];
      for (const [other, kind] of [
        [z, 'conflict'],
        [x, 'conflict'],
        ['999999999' as PatientNo, 'not-found'],
      ] as const)
        await expect(say(x, other)).rejects.toMatchObject({ kind });
    });

    test('whom somebody found to be different people are not joined through a third', async () => {
      const studies: StudyId[] = [];
      for (let n = 0; n < 3; n++) studies.push(await received(await makeFacility(), { patientID: 'R' }));
      const [a, b, c] = studies as [StudyId, StudyId, StudyId];
      await decide(await propose(a, c), 'rejected');
      await join(a, b);
      await expect(join(b, c)).rejects.toMatchObject({ kind: 'conflict', ids: { reason: 'link-refused' } });
      expect(await grouped(studies)).toBe('aac');
    });

    test('a pair that others have made one person is not found to be two before it is parted', async () => {
      const studies: StudyId[] = [];
      for (let n = 0; n < 3; n++) studies.push(await received(await makeFacility(), { patientID: 'J' }));
      const [a, b, c] = studies as [StudyId, StudyId, StudyId];
      const between = await propose(a, c);
      await join(a, b);
      await join(b, c);
      await expect(decide(between, 'rejected')).rejects.toMatchObject({ kind: 'conflict', ids: { reason: 'link-joined' } });
      await separate(b);
      expect((await decide(between, 'rejected')).state).toBe('rejected');
      expect(await grouped(studies)).toBe('abc');
    });

    test('two that join the same patients at once leave them joined by both', async () => {
      const studies: StudyId[] = [];
      for (let n = 0; n < 3; n++) studies.push(await received(await makeFacility(), { patientID: 'C' }));
      const [a, b, c] = studies as [StudyId, StudyId, StudyId];
      const links = [await propose(a, b), await propose(b, c), await propose(c, a)];
      await Promise.all(links.map((id) => decide(id, 'confirmed')));
      expect(await grouped(studies)).toBe('aaa');
    });

    test('a link that is decided by who may not any more is neither made nor on record', async () => {
      const [a, b] = [await received(await makeFacility(), {}), await received(await makeFacility(), {})];
      const id = await propose(a, b);
      const ended = { userId: doctor.id, proof: { session: 'none' } };
      await expect(index.links.decide(id, { state: 'confirmed', by: doctor.id }, () => [entry('sign-out')], ended)).rejects.toMatchObject({
        kind: 'unauthenticated',
      });
      expect((await index.links.link(id))?.state).toBe('proposed');
      expect(await grouped([a, b])).toBe('ab');
    });

    test('what somebody says is neither kept nor on record when they may not any more, or when it cannot go on record', async () => {
      const [a, b] = [await received(await makeFacility(), {}), await received(await makeFacility(), {})];
      const pair = { patient: (await patientOf(a)).no, other: (await patientOf(b)).no };
      const ended = { userId: doctor.id, proof: { session: 'none' } };
      await expect(index.links.propose(pair, doctor.id, () => [entry('link-proposed')], ended)).rejects.toMatchObject({
        kind: 'unauthenticated',
      });
      const unrecorded = () => {
        throw new Error('it cannot go on record');
      };
      await expect(index.links.propose(pair, doctor.id, unrecorded, await proven())).rejects.toThrow('it cannot go on record');
      expect(await index.links.linksOf(pair.patient)).toEqual([]);
    });

    test(`a person of more than ${PERSON_PATIENTS_MAX} patients is refused`, async () => {
      const superuser = await driver.superuser();
      const { rows } = await superuser.query(
        `WITH one AS (INSERT INTO persons DEFAULT VALUES RETURNING person_id)
         INSERT INTO patients (facility_id, identity, ordinal, patient_id, issuer_of_patient_id, patient_name, patient_name_alphabetic,
           patient_name_ideographic, patient_name_phonetic, patient_birth_date, patient_sex, person_id)
         SELECT ${hospital.id}, sha256(convert_to('big' || n, 'UTF8')), 1, 'big' || n, '', '{}', '', '', '', '', '', one.person_id
         FROM one, generate_series(1, ${PERSON_PATIENTS_MAX}) n RETURNING patient_no`,
      );
      await superuser.end();
      const one = await received(await makeFacility(), {});
      const link = await say(rows[0].patient_no, (await patientOf(one)).no);
      await expect(decide(link?.id as LinkId, 'confirmed')).rejects.toMatchObject({ ids: { reason: 'person-too-large' } });
      expect((await index.links.link(link?.id as LinkId))?.state).toBe('proposed');
    });

    test('the desk finds patients by identifier, birth date and part of a folded name', async () => {
      const facility = await makeFacility();
      const patientID = nextUID();
      const study = await received(facility, { patientID, name: YAMADA, birthDate: '19320229' });
      const { no } = await patientOf(study);
      const numbers = async (asked: Parameters<typeof index.links.find>[0]) =>
        (await index.links.find(asked, 1_000)).map((found) => found.no);
      expect(await numbers({ patientID })).toEqual([no]);
      expect(await numbers({ patientID: patientID.slice(0, -1) })).toEqual([]);
      expect(await numbers({ birthDate: '19320229' })).toEqual([no]);
      expect(await numbers({ patientID, name: YAMADA.folded.ideographic.slice(0, 2) })).toEqual([no]);
      expect(await numbers({ patientID, name: YAMADA.folded.alphabetic.replace(' ', '') })).toEqual([no]);
      expect(await numbers({ patientID, name: SUZUKI.folded.ideographic })).toEqual([]);
      expect(await numbers({})).toEqual([]);
    });

    test('a study is found under its address whoever its patient is joined with', async () => {
      const study = nextUID() as StudyInstanceUID;
      const a = await received(hospital, { study, patientID: nextUID() });
      await join(a, await received(await makeFacility(), {}));
      expect((await index.studies.study(hospital, { studyInstanceUID: study }, now()))?.id).toBe(a);
    });
  });
}
