/** A list of patients is read, compared, applied whole or not at all, and taken back as far as nothing was built on it: on each driver of the index. */
import { describe, expect, test } from 'vitest';
import { searchableName } from '../../../gateway/dicom/text/person-name.ts';
import type { PatientNo, StudyId } from '../../../gateway/domain/identifiers.ts';
import type { PersonNameJson } from '../../../gateway/domain/imaging/dataset.ts';
import { type Demographics, planOf } from '../../../gateway/domain/patients/demographics.ts';
import {
  type Decided,
  type PlanOf,
  ROSTER_UNDO_DAYS_MAX,
  ROSTER_WAITS_DAYS_MAX,
  ROSTERS_WAITING_MAX,
  type RosterImport,
  type RosterImportId,
  type StatedPatient,
} from '../../../gateway/domain/patients/roster-import.ts';
import { COMMAND_LINE } from '../../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../../gateway/domain/people/facility.ts';
import { proposeLinks } from '../../../gateway/usecases/patients/propose-links.ts';
import { checkRoster } from '../../../gateway/usecases/roster/check-roster.ts';
import { embeddedDriver, instanceOf, nextUID, systemDriver, type Wanted } from '../../fixtures/servers/index-drivers.ts';
import { doctor, index, makeFacility, now, store, useIndex } from '../../fixtures/servers/index-suite.ts';

const HANAKO = { Alphabetic: 'Yamada^Hanako', Ideographic: '山田^花子', Phonetic: 'ヤマダ^ハナコ' };
const TARO = { Ideographic: '岩崎^太郎', Phonetic: 'イワサキ^タロウ' };
const NOTHING_KNOWN = { postalCode: '', phone: '', insurance: undefined };
const CARD = { insurer: '138057', symbol: '12', number: '345', branch: '01' };
/** Whether what proves who asks stands is another suite's. */
const UNPROVEN = undefined as never;
const DAY_MS = 86_400_000;

interface Said extends Partial<Omit<Demographics, 'name'>> {
  readonly patientID: string;
  readonly name?: PersonNameJson;
}

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`rosters on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);

    const entries = () => [];
    const decided = <Rule>(rule: Rule): Decided<Rule> => ({ planOf: rule, by: doctor.id, entries, proven: COMMAND_LINE });
    const stated = (said: readonly Said[]): readonly StatedPatient[] =>
      said.map(({ patientID, name = HANAKO, birthDate = '19500412', sex = 'F', contact = NOTHING_KNOWN }, at) => ({
        line: at + 2,
        patientID,
        name: searchableName(name),
        birthDate,
        sex,
        contact,
      }));
    const keep = (facility: Facility, said: readonly Said[]) =>
      index.rosters.keep(
        {
          facilityId: facility.id,
          kind: 'csv',
          charset: 'utf-8',
          counts: { lines: said.length + 1, patients: said.length, faults: 1, repeated: 0, truncated: false },
          patients: stated(said),
          faults: [{ line: 99, code: 'name-missing', otherLine: undefined }],
          by: doctor.id,
        },
        entries,
        COMMAND_LINE,
      );
    const check = async () => {
      while ((await checkRoster({ rosters: index.rosters, clock: { now } })) > 0);
    };
    const checked = async (facility: Facility, said: readonly Said[]) => {
      const { id } = await keep(facility, said);
      await check();
      return index.rosters.roster(id, undefined);
    };
    const apply = ({ id }: { id: RosterImportId }) => index.rosters.apply(id, undefined, decided<PlanOf>(planOf));
    const undo = ({ id }: { id: RosterImportId }) => index.rosters.undo(id, undefined, decided(undefined));
    const applied = async (facility: Facility, said: readonly Said[]) => apply(await checked(facility, said));
    const received = (facility: Facility, said: Pick<Wanted, 'patientID' | 'name' | 'birthDate'>) =>
      store(instanceOf({ facility, study: nextUID(), ...said }));
    const patientsOf = async (facility: Facility, patientID: string) =>
      (await index.links.find({ patientID }, 100)).filter(({ owner }) => owner.id === facility.id);
    const matchAll = async () => {
      while ((await proposeLinks(index, now())) > 0);
    };
    const waitingOf = async (no: PatientNo | undefined) =>
      (await index.links.waiting({ limit: 1_000 })).filter(({ patient, other }) => [patient.no, other.no].includes(no as PatientNo));

    test('is compared with who is known, and changes nothing before it is applied', async () => {
      const [here, elsewhere] = [await makeFacility(), await makeFacility()];
      await received(here, { patientID: 'K', name: searchableName(HANAKO), birthDate: '19500412' });
      await received(here, { patientID: 'O', name: searchableName({ Ideographic: '古田^実' }), birthDate: '19881111' });
      await received(elsewhere, { patientID: 'E', name: searchableName(TARO), birthDate: '19620208' });
      const roster = await checked(here, [
        { patientID: 'N', name: TARO, birthDate: '19620208', sex: 'M' },
        { patientID: 'K', contact: { ...NOTHING_KNOWN, phone: '0886220001', insurance: CARD } },
        { patientID: 'O' },
      ]);
      expect(roster).toMatchObject({
        state: 'ready',
        counts: { new: 1, changed: 1, same: 0, other: 1, candidates: 1, shared: 0, faults: 1 },
      });
      const page = { after: 0, limit: 10 };
      expect(await index.rosters.rows(roster.id, { show: 'changed', ...page })).toMatchObject([
        {
          line: 3,
          patientID: 'K',
          before: { contact: { phone: '' } },
          after: { contact: { phone: '0886220001', insurance: CARD }, name: { value: HANAKO } },
        },
      ]);
      expect(await index.rosters.rows(roster.id, { show: 'other', ...page })).toMatchObject([
        { patientID: 'O', before: { name: { value: { Ideographic: '古田^実' } } } },
      ]);
      expect(await index.rosters.faults(roster.id)).toEqual([{ line: 99, code: 'name-missing', otherLine: undefined }]);
      expect(await index.rosters.candidates(roster.id, { skip: 0, limit: 5 })).toMatchObject([
        { line: 2, patientID: 'N', other: { patientID: 'E' }, alsoLines: [] },
      ]);
      expect(await patientsOf(here, 'N')).toEqual([]);
      await expect(index.rosters.roster(roster.id, elsewhere.id)).rejects.toMatchObject({ kind: 'not-found' });
      expect((await index.rosters.list(elsewhere.id, { limit: 5 })).length).toBe(0);
      expect((await index.rosters.list(here.id, { limit: 5 })).map(({ id }) => id)).toEqual([roster.id]);

      const done = await apply(roster);
      expect(done).toMatchObject({ state: 'applied', counts: { new: 1, changed: 1, other: 1, candidates: 1 } });
      const [made] = await patientsOf(here, 'N');
      expect(made).toMatchObject({ patientBirthDate: '19620208', patientSex: 'M', patientName: { value: TARO } });
      expect((await waitingOf(made?.no)).map(({ state, proposedBy }) => [state, proposedBy])).toEqual([['proposed', undefined]]);
      expect((await patientsOf(here, 'O')).map(({ patientName }) => patientName.value)).toEqual([{ Ideographic: '古田^実' }]);
      await expect(apply(roster)).rejects.toMatchObject({ kind: 'conflict', ids: { reason: 'roster-not-ready' } });
      await expect(index.rosters.discard(roster.id, undefined, decided(undefined))).rejects.toMatchObject({ kind: 'conflict' });
    });

    test('is applied once by two at once, and as things are by then', async () => {
      const here = await makeFacility();
      const roster = await checked(here, [{ patientID: 'N1' }, { patientID: 'N2' }]);
      await received(here, { patientID: 'N1', name: searchableName(HANAKO), birthDate: '19500412' });
      const tried = await Promise.allSettled([apply(roster), apply(roster)]);
      expect(tried.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await index.rosters.roster(roster.id, here.id)).toMatchObject({ counts: { new: 1, changed: 1 } });
      expect((await patientsOf(here, 'N1')).length).toBe(1);
    });

    test('that breaks off in the middle has done nothing, and is applied afterwards', async () => {
      const here = await makeFacility();
      const many = Array.from({ length: 510 }, (_, n) => ({ patientID: `B${n}`, name: { Alphabetic: `Number${n}^Of` }, birthDate: '' }));
      const roster = await checked(here, many);
      let asked = 0;
      const breaking: PlanOf = (...given) => {
        if (++asked > 505) throw new Error('the process ends here');
        return planOf(...given);
      };
      await expect(index.rosters.apply(roster.id, undefined, decided(breaking))).rejects.toThrow();
      expect(await patientsOf(here, 'B0')).toEqual([]);
      expect(await index.rosters.roster(roster.id, undefined)).toMatchObject({ state: 'ready', counts: { new: 510 } });
      expect(await apply(roster)).toMatchObject({ state: 'applied', counts: { new: 510 } });
    });

    test('images that arrive afterwards are of the patient that it made', async () => {
      const here = await makeFacility();
      await applied(here, [{ patientID: 'I' }]);
      const { studyId } = await received(here, { patientID: 'I', name: searchableName(HANAKO), birthDate: '19500412' });
      const [made] = await patientsOf(here, 'I');
      expect((await index.patients.patientsOf([studyId as StudyId]))[0]?.no).toBe(made?.no);
      expect((await patientsOf(here, 'I')).length).toBe(1);
    });

    test('is undone whole as long as nothing was built on it', async () => {
      const [here, elsewhere] = [await makeFacility(), await makeFacility()];
      const name = { Ideographic: '長谷川^千尋' };
      await received(here, { patientID: 'U', name: searchableName(HANAKO), birthDate: '19500412' });
      await received(elsewhere, { patientID: 'X', name: searchableName(name), birthDate: '19790530' });
      await matchAll();
      const roster = await applied(here, [
        { patientID: 'V', name, birthDate: '19790530' },
        { patientID: 'U', name: { Ideographic: '鈴木^花子' }, contact: { ...NOTHING_KNOWN, postalCode: '7700001' } },
      ]);
      await matchAll();
      expect((await patientsOf(here, 'U'))[0]?.patientName.value).toEqual({ Ideographic: '鈴木^花子' });
      const expected = {
        removed: 1,
        restored: 1,
        stays: { images: 0, decided: 0, consent: 0, 'later-import': 0, 'changed-since': 0, 'other-use': 0 },
      };
      const before = await index.rosters.undoing(roster.id);
      expect(before).toMatchObject(expected);
      expect(before.withdrawn).toBeGreaterThan(0);
      const undone = await undo(roster);
      expect(undone).toMatchObject({ state: 'undone', undoing: before });
      expect(await patientsOf(here, 'V')).toEqual([]);
      const [restored] = await patientsOf(here, 'U');
      expect(restored?.patientName.value).toEqual(HANAKO);
      expect(await waitingOf((await patientsOf(elsewhere, 'X'))[0]?.no)).toEqual([]);
      await matchAll();
      expect(await waitingOf((await patientsOf(elsewhere, 'X'))[0]?.no)).toEqual([]);
      await expect(undo(roster)).rejects.toMatchObject({ kind: 'conflict', ids: { reason: 'roster-not-applied' } });
    });

    test('what was built on it stays, and is said', async () => {
      const [here, elsewhere] = [await makeFacility(), await makeFacility()];
      const names = { images: '東山^一郎', decided: '西山^二郎', later: '南山^三郎', changed: '北山^四郎', free: '中山^五郎' } as const;
      const born = '19330303';
      await received(here, { patientID: 'changed', name: searchableName({ Ideographic: '旧山^四郎' }), birthDate: born });
      await received(elsewhere, { patientID: 'same-as-decided', name: searchableName({ Ideographic: names.decided }), birthDate: born });
      const said = Object.entries(names).map(([patientID, Ideographic]) => ({ patientID, name: { Ideographic }, birthDate: born }));
      const roster = await applied(here, said);
      await received(here, { patientID: 'images', name: searchableName({ Ideographic: names.images }), birthDate: born });
      await received(here, { patientID: 'changed', name: searchableName({ Ideographic: '別山^四郎' }), birthDate: born });
      const [link] = await waitingOf((await patientsOf(here, 'decided'))[0]?.no);
      if (link === undefined) throw new Error('nothing waits');
      await index.links.decide(link.id, { state: 'confirmed', by: doctor.id }, entries, { userId: doctor.id, proof: UNPROVEN });
      await applied(here, [{ patientID: 'later', name: { Ideographic: names.later }, birthDate: born }]);
      const stays = { images: 1, decided: 1, consent: 0, 'later-import': 1, 'changed-since': 1, 'other-use': 0 };
      expect((await undo(roster)).undoing).toMatchObject({ removed: 1, restored: 0, stays });
      expect(await patientsOf(here, 'free')).toEqual([]);
      for (const patientID of ['images', 'decided', 'later', 'changed']) expect((await patientsOf(here, patientID)).length).toBe(1);
      const [joined] = await patientsOf(here, 'decided');
      expect((await index.links.patientsOfPerson(joined?.personId as never)).length).toBe(2);
      const shown = await index.rosters.rows(roster.id, { show: 'stays', after: 0, limit: 10 });
      expect(shown.map(({ patientID, stays }) => [patientID, stays])).toEqual([
        ['images', 'images'],
        ['decided', 'decided'],
        ['later', 'later-import'],
        ['changed', 'changed-since'],
      ]);
    });

    test('says of whom the facility has the person under two numbers, and which lines may be one person', async () => {
      const [here, elsewhere] = [await makeFacility(), await makeFacility()];
      const name = { Ideographic: '四方^遥', Phonetic: 'ヨモ^ハルカ' };
      for (const patientID of ['D1', 'D2']) await received(here, { patientID, name: searchableName(name), birthDate: '19440808' });
      const [one, two] = [(await patientsOf(here, 'D1'))[0], (await patientsOf(here, 'D2'))[0]];
      await index.links.propose({ patient: one?.no as PatientNo, other: two?.no as PatientNo }, doctor.id, entries, {
        userId: doctor.id,
        proof: UNPROVEN,
      });
      const [link] = await waitingOf(one?.no);
      await index.links.decide(link?.id as never, { state: 'confirmed', by: doctor.id }, entries, { userId: doctor.id, proof: UNPROVEN });
      const other = { Ideographic: '九鬼^周造', Phonetic: 'クキ^シュウゾウ' };
      await received(elsewhere, { patientID: 'S', name: searchableName(other), birthDate: '19310909' });
      const roster = await checked(here, [
        { patientID: 'D1', name, birthDate: '19440808' },
        { patientID: 'S1', name: other, birthDate: '19310909', sex: 'M' },
        { patientID: 'S2', name: other, birthDate: '19310909', sex: 'M' },
      ]);
      expect(roster.counts).toMatchObject({ doubled: 1, candidates: 2, shared: 2 });
      expect((await index.rosters.rows(roster.id, { show: 'doubled', after: 0, limit: 5 })).map(({ patientID }) => patientID)).toEqual([
        'D1',
      ]);
      expect((await index.rosters.candidates(roster.id, { skip: 0, limit: 5 })).map(({ line, alsoLines }) => [line, alsoLines])).toEqual([
        [3, [4]],
        [4, [3]],
      ]);
    });

    test('phone and insurance count when somebody comes later', async () => {
      const [here, elsewhere] = [await makeFacility(), await makeFacility()];
      const contact = { postalCode: '7720003', phone: '0886850101', insurance: { ...CARD, number: '777' } };
      await applied(here, [{ patientID: 'C1', name: { Ideographic: '蓮見^小夜' }, birthDate: '19580101', contact }]);
      await applied(elsewhere, [{ patientID: 'C2', name: { Ideographic: '真鍋^小夜' }, birthDate: '19580101', contact }]);
      await matchAll();
      const [pair] = await waitingOf((await patientsOf(here, 'C1'))[0]?.no);
      expect(pair?.reasons).toEqual(expect.arrayContaining(['phone-same', 'insured-same', 'family-changed']));
    });

    test('wait in a bounded number, and are forgotten in time', async () => {
      const here = await makeFacility();
      const kept: RosterImport[] = [];
      for (let n = 0; n < ROSTERS_WAITING_MAX; n++) kept.push(await keep(here, [{ patientID: `W${n}` }]));
      await expect(keep(here, [])).rejects.toMatchObject({ kind: 'conflict', ids: { reason: 'rosters-wait' } });
      await check();
      const [first, second, third] = kept as [RosterImport, RosterImport, RosterImport];
      await index.rosters.discard(first.id, here.id, decided(undefined));
      await expect(index.rosters.roster(first.id, here.id)).rejects.toMatchObject({ kind: 'not-found' });
      await apply(second);
      const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);
      await index.rosters.forget(inDays(ROSTER_WAITS_DAYS_MAX - 1));
      expect((await index.rosters.list(here.id, { limit: 10 })).length).toBe(ROSTERS_WAITING_MAX - 1);
      await index.rosters.forget(inDays(ROSTER_WAITS_DAYS_MAX + 1));
      await expect(index.rosters.roster(third.id, here.id)).rejects.toMatchObject({ kind: 'not-found' });
      expect(await index.rosters.roster(second.id, here.id)).toMatchObject({ kept: true });
      await index.rosters.forget(inDays(ROSTER_UNDO_DAYS_MAX + 1));
      expect(await index.rosters.roster(second.id, here.id)).toMatchObject({ kept: false, counts: { new: 1 } });
      await expect(undo(second)).rejects.toMatchObject({ kind: 'conflict' });
    });

    test('a comparison that was abandoned is taken up by another process', async () => {
      const here = await makeFacility();
      const { id } = await keep(here, [{ patientID: 'A' }]);
      const soon = new Date(Date.now() + 1_000);
      expect((await index.rosters.claim(now(), soon))?.id).toBe(id);
      expect(await index.rosters.claim(now(), soon)).toBeUndefined();
      expect((await index.rosters.claim(new Date(soon.getTime() + 1), soon))?.id).toBe(id);
      await index.rosters.holdClaim(id, now());
      await check();
      expect(await index.rosters.roster(id, here.id)).toMatchObject({ state: 'ready' });
    });
  });
}
