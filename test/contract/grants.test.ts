/** Several grants on one study live and die apart, whoever of a facility they are to: in every list and search, on each driver of the index. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { StudyId, StudyInstanceUID, UserId } from '../../gateway/domain/identifiers.ts';
import type { Job } from '../../gateway/domain/people/actor.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { decideStudy } from '../../gateway/domain/sharing/access.ts';
import type { Asker } from '../../gateway/domain/sharing/audience.ts';
import { AT, type GivenTo, givenCases, minutes, STATES, type State } from '../fixtures/given-cases.ts';
import { person } from '../fixtures/people/actors.ts';
import { embeddedDriver, instanceOf, nextUID, systemDriver } from '../fixtures/servers/index-drivers.ts';
import { doctor, entry, index, later, makeFacility, makeUser, share, store, useIndex } from '../fixtures/servers/index-suite.ts';

const TO = ['facility', 'nurses', 'named'] as const;
type To = (typeof TO)[number];
const CASES = givenCases<To>(TO);

const ASKERS: Readonly<
  Record<string, { readonly job?: Job; readonly named?: true; readonly elsewhere?: true; readonly of: readonly To[] }>
> = {
  'a physician': { job: 'physician', of: ['facility'] },
  'a nurse': { job: 'nurse', of: ['facility', 'nurses'] },
  'the named one': { job: 'physician', named: true, of: ['facility', 'named'] },
  'the named one, now a nurse': { job: 'nurse', named: true, of: ['facility', 'nurses', 'named'] },
  'a machine': { of: ['facility'] },
  'the named one, now elsewhere': { job: 'nurse', named: true, elsewhere: true, of: [] },
};

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`grants on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);
    let owner: Facility;
    let guest: Facility;
    let elsewhere: Facility;
    let named: UserId;
    const studies: { readonly uid: string; readonly given: GivenTo<To> }[] = [];

    beforeAll(async () => {
      [owner, guest, elsewhere] = [await makeFacility(), await makeFacility(), await makeFacility()];
      named = (await makeUser(guest)).id;
      for (const given of CASES) {
        const uid = nextUID();
        const { studyId } = await store(instanceOf({ facility: owner, study: uid, date: '20260401' }));
        studies.push({ uid, given });
        const made = [];
        for (const [to, state] of given) made.push(await give(studyId, to, STATES[state]));
        for (const [n, [, state]] of given.entries()) {
          if (state === 'withdrawn') await index.shares.revoke(made[n] as never, studyId, doctor.id, entry('share-revoked'), COMMAND_LINE);
        }
      }
    }, 240_000);

    async function give(
      studyId: StudyId,
      to: To,
      more: { readonly until: Date; readonly notBefore?: Date; readonly mayDownload?: boolean },
    ) {
      const audience = to === 'nurses' ? { job: 'nurse' as const } : to === 'named' ? { userId: named } : {};
      const request = { studyId, toFacilityId: guest.id, to: audience, by: doctor.id, ...more };
      return (await index.shares.share(request, () => [entry('study-shared')], COMMAND_LINE)).id;
    }

    const askerOf = (who: string): Asker => {
      const { job, named: isNamed, elsewhere: isElsewhere } = ASKERS[who] ?? {};
      return {
        id: (isElsewhere ? elsewhere : guest).id,
        ...(job === undefined ? {} : { job }),
        ...(isNamed ? { userId: named } : {}),
      };
    };
    const expected = (who: string, states: readonly State[]) =>
      studies
        .filter(({ given }) => given.some(([to, state]) => ASKERS[who]?.of.includes(to) === true && states.includes(state)))
        .map(({ uid }) => uid)
        .sort();

    async function listed(asker: Asker, order: 'study-date' | 'arrived'): Promise<readonly string[]> {
      const found: string[] = [];
      let after: string | undefined;
      do {
        const page = { limit: 7, ...(after === undefined ? {} : { after }) };
        const { studies: rows, next } = await index.studies.listStudies(asker, { words: [], modalities: [], order }, page, AT);
        found.push(...rows.map(({ study }) => study.studyInstanceUID));
        after = next;
      } while (after !== undefined);
      return found.sort();
    }

    test.each(Object.keys(ASKERS))('%s sees each study once that some grant to them lives of, and no other', async (who) => {
      const asker = askerOf(who);
      const seen = expected(who, ['live', 'looking']);
      expect(seen.length > 0).toBe(ASKERS[who]?.elsewhere !== true);
      expect(await listed(asker, 'study-date')).toEqual(seen);
      expect(await listed(asker, 'arrived')).toEqual(seen);
      const page = { offset: 0, limit: 1_000 };
      const ct = [{ keyword: 'ModalitiesInStudy', kind: 'values', values: ['CT'] }] as const;
      const uidsOf = async (rows: Promise<readonly { readonly studyInstanceUID?: string; readonly study: object }[]>) =>
        (await rows).map((row) => row.studyInstanceUID ?? (row.study as { studyInstanceUID: string }).studyInstanceUID).sort();
      expect(await uidsOf(index.studies.findStudies(asker, [], page, AT))).toEqual(seen);
      expect(await uidsOf(index.studies.findStudies(asker, ct, page, AT))).toEqual(seen);
      expect(await uidsOf(index.studies.findSeries(asker, [], page, AT))).toEqual(seen);
      expect(await uidsOf(index.studies.findInstances(asker, [], page, AT))).toEqual(seen);
      const addresses = studies.map(({ uid }) => ({ studyInstanceUID: uid as StudyInstanceUID }));
      const facts = await index.studies.factsOf(asker, addresses, AT);
      const { job = 'physician' } = ASKERS[who] ?? {};
      const actor = person({ facility: { id: asker.id, code: guest.code }, job, userId: asker.userId ?? ('0' as UserId) });
      const allowed = (action: 'study.view' | 'study.download') =>
        studies.flatMap(({ uid }, n) => (decideStudy(actor, action, facts[n], AT).allowed ? [uid] : [])).sort();
      expect(allowed('study.view')).toEqual(seen);
      expect(allowed('study.download')).toEqual(expected(who, ['live']));
      for (const [n, address] of addresses.entries()) {
        const found = await index.studies.study(asker, address, AT);
        expect(found?.rights).toEqual(facts[n]?.rights);
        expect(found?.besides ?? 0).toBe(0);
      }
    });

    test('what begins later arrives when it begins, and keeps its place when it is given longer', async () => {
      const [guests, uids] = [await makeFacility(), [nextUID(), nextUID()]];
      const ids: StudyId[] = [];
      for (const uid of uids) ids.push((await store(instanceOf({ facility: owner, study: uid }))).studyId);
      const give = (studyId: StudyId | undefined, more: object = {}) =>
        index.shares.share(
          { studyId: studyId as StudyId, toFacilityId: guests.id, until: minutes(60), by: doctor.id, ...more },
          () => [entry('study-shared')],
          COMMAND_LINE,
        );
      await give(ids[0], { notBefore: minutes(5) });
      await give(ids[1]);
      const arrived = async (at: number) =>
        (await index.studies.listStudies(guests, { words: [], modalities: [], order: 'arrived' }, { limit: 5 }, minutes(at))).studies;
      expect((await arrived(4)).map(({ study }) => study.studyInstanceUID)).toEqual([uids[1]]);
      const both = await arrived(5);
      expect(both.map(({ study }) => study.studyInstanceUID)).toEqual(uids);
      expect(both[0]?.arrivedAt).toEqual(minutes(5));
      const before = both[1]?.arrivedAt;
      await give(ids[1], { until: minutes(90) });
      expect((await arrived(5))[1]?.arrivedAt).toEqual(before);
      await give(ids[1], { until: minutes(90), notBefore: minutes(10) });
      expect((await arrived(10)).map(({ study }) => study.studyInstanceUID)).toEqual([uids[1], uids[0]]);
    });

    test('a study that was given twice to a facility is opened by it', async () => {
      const { studyId } = await store(instanceOf({ facility: owner, study: nextUID() }));
      const common = { studyId, toFacilityId: elsewhere.id, until: minutes(60), by: doctor.id };
      await index.shares.share(common, () => [entry('study-shared')], COMMAND_LINE);
      await index.shares.share({ ...common, to: { job: 'nurse' } }, () => [entry('study-shared')], COMMAND_LINE);
      const revision = () => index.studies.listRevision(elsewhere.id, AT);
      const atFirst = await revision();
      await index.studies.markOpened(elsewhere.id, studyId, AT);
      const opened = await revision();
      expect(opened).not.toBe(atFirst);
    });

    test('what one of a facility opened is opened for who is given it later, and a list differs when a grant begins', async () => {
      const { studyId, place } = await store(instanceOf({ facility: owner, study: nextUID() }));
      const address = { studyInstanceUID: place.studyInstanceUID };
      await share(studyId, elsewhere);
      await index.studies.markOpened(elsewhere.id, studyId, new Date());
      const request = {
        studyId,
        toFacilityId: elsewhere.id,
        to: { job: 'nurse' as const },
        until: later(),
        notBefore: minutes(0),
        by: doctor.id,
      };
      await index.shares.share(request, () => [entry('study-shared')], COMMAND_LINE);
      const nurse = { id: elsewhere.id, job: 'nurse' as const };
      expect((await index.studies.study(nurse, address, new Date()))?.openedAt).toBeInstanceOf(Date);
      const [before, at] = await Promise.all([minutes(-1), minutes(0)].map((now) => index.studies.listRevision(elsewhere.id, now)));
      expect(at).not.toBe(before);
    });
  });
}
