/** What an emergency opens, to whom and how long, and what moves it, on each driver of the index. */
import { beforeAll, describe, expect, test } from 'vitest';
import { EMERGENCIES_A_READER_MAX, EMERGENCY_MS } from '../../../gateway/domain/emergency/emergency.ts';
import type { EmergencyWish, Reviewing } from '../../../gateway/domain/emergency/emergency-index.ts';
import type { EmergencyId, PatientNo, StudyId, StudyInstanceUID, UserId } from '../../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../../gateway/domain/people/facility.ts';
import { decideStudy } from '../../../gateway/domain/sharing/access.ts';
import { person } from '../../fixtures/people/actors.ts';
import { embeddedDriver, instanceOf, nextUID, systemDriver, type Wanted } from '../../fixtures/servers/index-drivers.ts';
import { doctor, entry, index, makeFacility, makeUser, now, store, useIndex } from '../../fixtures/servers/index-suite.ts';

let patients = 0;
/** A patient that nobody else is. */
const somebody = () => ({ patientID: `E-${++patients}`, birthDate: '19500101' });

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`emergencies on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);
    let owner: Facility;
    let other: Facility;
    let emergencyRoom: Facility;
    let reader: UserId;

    beforeAll(async () => {
      [owner, other, emergencyRoom] = [await makeFacility(), await makeFacility(), await makeFacility()];
      reader = (await makeUser(emergencyRoom)).id;
    });

    const received = async (facility: Facility, said: Partial<Wanted>) =>
      (await store(instanceOf({ facility, ...said }))).studyId as StudyId;
    const patientOf = async (study: StudyId) => (await index.patients.patientsOf([study]))[0]?.no as PatientNo;
    const wish = (patient: PatientNo, more: Partial<EmergencyWish> = {}): EmergencyWish => ({
      patient,
      reader: { id: reader, job: 'physician', facilityId: emergencyRoom.id },
      category: 'unconscious',
      reason: 'for a test of the index',
      despiteObjection: false,
      until: new Date(Date.now() + EMERGENCY_MS),
      ...more,
    });
    const open = async (patient: PatientNo, more: Partial<EmergencyWish> = {}) =>
      (
        await index.emergencies.open(
          wish(patient, more),
          ({ emergency }) => [entry('emergency-opened', { emergencyId: emergency.id })],
          COMMAND_LINE,
        )
      ).emergency;
    const review = (id: EmergencyId, whose: Reviewing, verdict: 'justified' | 'not-justified') =>
      index.emergencies.review(id, { whose, verdict, words: 'w', by: doctor.id }, () => [entry('emergency-reviewed')], COMMAND_LINE);
    /** Of these, what the reader's list shows then; a colleague's shows nothing. */
    const seen = async (of: readonly StudyId[], at = now()) => {
      const listOf = async (userId: UserId | undefined) =>
        (
          await index.studies.listStudies(
            { id: emergencyRoom.id, job: 'physician', ...(userId === undefined ? {} : { userId }) },
            { words: [], modalities: [] },
            { limit: 1_000 },
            at,
          )
        ).studies.map(({ id }) => id);
      expect((await listOf(undefined)).filter((id) => of.includes(id))).toEqual([]);
      const shown = await listOf(reader);
      expect(new Set(shown).size).toBe(shown.length);
      return of.map((id) => (shown.includes(id) ? 'x' : '-')).join('');
    };
    const join = async (one: PatientNo, another: PatientNo) => {
      await index.links.propose({ patient: one, other: another }, doctor.id, () => [], COMMAND_LINE as never);
      const link = (await index.links.linksOf(one)).find(({ state }) => state === 'proposed');
      await index.links.decide(link?.id as never, { state: 'confirmed', by: doctor.id }, () => [], COMMAND_LINE as never);
    };
    const part = (one: PatientNo) => index.links.separate(one, doctor.id, () => [], COMMAND_LINE as never);

    test('for a day to the moment, whatever is asked for', async () => {
      const uid = nextUID();
      const study = await received(owner, { study: uid, ...somebody() });
      const { openedAt, until } = await open(await patientOf(study), { until: new Date(Date.now() + 9 * EMERGENCY_MS) });
      expect(until.getTime() - openedAt.getTime()).toBe(EMERGENCY_MS);
      const actor = person({ facility: emergencyRoom, userId: reader });
      const may = async (at: Date) => {
        const asker = { id: emergencyRoom.id, job: 'physician', userId: reader } as const;
        const found = await index.studies.study(asker, { studyInstanceUID: uid as StudyInstanceUID }, at);
        return decideStudy(actor, 'study.view', found && { ownerFacilityId: found.owner.id, rights: found.rights }, at).allowed;
      };
      expect([await may(new Date(until.getTime() - 1)), await may(until), await may(new Date(until.getTime() + 1))]).toEqual([
        true,
        false,
        false,
      ]);
      expect(await seen([study], until)).toBe('-');
    });

    test('follows studies, links and their undoing, and nobody else', async () => {
      const a = somebody();
      const first = await received(owner, a);
      const elsewhere = await received(other, somebody());
      const stranger = await received(owner, somebody());
      const own = await received(emergencyRoom, somebody());
      const { id } = await open(await patientOf(first));
      expect(await seen([first, elsewhere, stranger])).toBe('x--');
      const later = await received(owner, a);
      await join(await patientOf(first), await patientOf(elsewhere));
      expect(await seen([first, later, elsewhere, stranger])).toBe('xxx-');
      const after = (await index.emergencies.ofReader(reader, 200)).find((one) => one.id === id);
      expect(after?.reviews.map(({ facility: { code } }) => code).sort()).toEqual([owner.code, other.code].sort());
      expect(after?.studies).toBe(3);
      await part(await patientOf(elsewhere));
      expect(await seen([first, later, elsewhere])).toBe('xx-');
      // It was opened, so its owner still is told and decides.
      expect((await index.emergencies.toReview({ facility: other.id }, 200)).map((one) => one.id)).toContain(id);
      await join(await patientOf(first), await patientOf(own));
      expect((await index.emergencies.ofReader(reader, 200)).find((one) => one.id === id)?.reviews).toHaveLength(2);
    });

    test('one “not justified” ends it for all owners; each row is decided once', async () => {
      const [first, second] = [await received(owner, somebody()), await received(other, somebody())];
      await join(await patientOf(first), await patientOf(second));
      const { id } = await open(await patientOf(second));
      expect(await seen([first, second])).toBe('xx');
      expect(await review(id, { facility: owner.id }, 'justified')).toMatchObject({ ended: false, owners: [owner.code] });
      await expect(review(id, { facility: owner.id }, 'not-justified')).rejects.toMatchObject({ ids: { reason: 'emergency-reviewed' } });
      await expect(review(id, { facility: emergencyRoom.id }, 'justified')).rejects.toMatchObject({ kind: 'not-found' });
      expect(await seen([first, second])).toBe('xx');
      expect(await review(id, 'region', 'not-justified')).toMatchObject({ ended: true, owners: [other.code] });
      expect(await seen([first, second])).toBe('--');
      await expect(open(await patientOf(first))).rejects.toMatchObject({ ids: { reason: 'emergency-was-ended' } });
      // What comes for the person opens nothing any more.
      await part(await patientOf(first));
      await join(await patientOf(first), await patientOf(second));
      expect(await seen([first, second])).toBe('--');
    });

    test('who has objected is opened only by who says so', async () => {
      const said = somebody();
      const study = await received(owner, said);
      const patientNo = await patientOf(study);
      const asked = { patientID: said.patientID, birthDate: said.birthDate };
      const scope = { to: 'region', modalities: [], studyDateFrom: undefined, studyDateTo: undefined, exceptStudies: [] } as const;
      const basis = { kind: 'law', document: undefined, relation: undefined, ground: 'statute' } as const;
      const consent = { patientNo, basis, until: undefined, formVersion: '1' };
      const { made } = await index.consents.give(
        owner.id,
        { ...consent, scope: { ...scope, exceptFacilities: [emergencyRoom.id] } },
        () => {},
        doctor.id,
        () => [],
        COMMAND_LINE,
      );
      expect(await index.emergencies.findPerson(asked, emergencyRoom.id)).toMatchObject({ objected: true });
      expect(await index.emergencies.findPerson(asked, other.id)).toMatchObject({ objected: false });
      await index.consents.withdraw(owner.id, made.consent.id, doctor.id, () => [], COMMAND_LINE);
      expect(await index.emergencies.findPerson(asked, other.id)).toMatchObject({ objected: true });
      await expect(open(patientNo)).rejects.toMatchObject({ ids: { reason: 'patient-objected' } });
      expect((await open(patientNo, { despiteObjection: true })).despiteObjection).toBe(true);
      expect(await seen([study])).toBe('x');
    });

    test('what is counted for the bell is what the page lists', async () => {
      const clinic = await makeFacility();
      const since = new Date(now().getTime() - 86_400_000);
      const counted = async (facility: Facility, from = since) => {
        const listed = await index.emergencies.toldTo(facility.id, from, 200);
        const waits = listed.filter(({ reviews }) => reviews.some((one) => one.facility.id === facility.id && one.decided === undefined));
        const newest = Math.max(...listed.map(({ openedAt }) => openedAt.getTime()));
        const expected = { waiting: waits.length, newestAt: listed.length === 0 ? undefined : new Date(newest) };
        expect(await index.emergencies.toldCount(facility.id, from)).toEqual(expected);
        return [expected.waiting, listed.length];
      };
      const at = await makeFacility();
      expect(await counted(at)).toEqual([0, 0]);
      const [here, known] = [await received(at, somebody()), await received(clinic, somebody())];
      await join(await patientOf(here), await patientOf(known));
      const first = await open(await patientOf(here));
      expect([await counted(at), await counted(clinic), await counted(await makeFacility())]).toEqual([
        [1, 1],
        [1, 1],
        [0, 0],
      ]);
      const second = await open(await patientOf(await received(at, somebody())));
      expect([await counted(at), await counted(clinic), (await counted(emergencyRoom))[0]]).toEqual([[2, 2], [1, 1], 0]);
      await review(second.id, { facility: at.id }, 'justified');
      await review(first.id, { facility: clinic.id }, 'justified');
      // What waits is told however old it is; what was decided, for a time.
      const tomorrow = new Date(now().getTime() + 86_400_000);
      expect([await counted(at), await counted(clinic)]).toEqual([
        [1, 2],
        [0, 1],
      ]);
      expect([await counted(at, tomorrow), await counted(clinic, tomorrow)]).toEqual([
        [1, 1],
        [0, 0],
      ]);
    });

    test('no more persons than a doctor looks at in a day', async () => {
      const busy = (await makeUser(emergencyRoom)).id;
      const by = { id: busy, job: 'physician', facilityId: emergencyRoom.id } as const;
      const studies = [];
      for (let n = 0; n <= EMERGENCIES_A_READER_MAX; n++) studies.push(await patientOf(await received(owner, somebody())));
      for (const patient of studies.slice(0, -1)) await open(patient, { reader: by });
      await expect(open(studies.at(-1) as PatientNo, { reader: by })).rejects.toMatchObject({ ids: { reason: 'too-many-emergencies' } });
    });
  });
}
