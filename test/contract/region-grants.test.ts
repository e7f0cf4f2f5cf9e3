/** What is given to the members of the whole region, beside what is given to one facility: each lives and dies apart, in every list and search, on each driver of the index. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { FacilityId, StudyId, StudyInstanceUID, UserId } from '../../gateway/domain/identifiers.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { decideStudy } from '../../gateway/domain/sharing/access.ts';
import type { Asker } from '../../gateway/domain/sharing/audience.ts';
import { AT, type GivenTo, givenCases, minutes, STATES, type State } from '../fixtures/given-cases.ts';
import { person } from '../fixtures/people/actors.ts';
import { embeddedDriver, instanceOf, nextUID, systemDriver } from '../fixtures/servers/index-drivers.ts';
import { doctor, entry, index, makeFacility, store, useIndex } from '../fixtures/servers/index-suite.ts';
import { openToRegion, withdrawFromRegion } from '../fixtures/servers/region-grants.ts';

const SEEN: readonly State[] = ['live', 'looking'];
const TO = ['region', 'region but one', 'guest'] as const;
type To = (typeof TO)[number];
const CASES = givenCases<To>(TO);

/** Who is reached by what. */
const REACHED = {
  guest: ['region', 'region but one', 'guest'],
  'left out': ['region'],
  newcomer: ['region', 'region but one'],
} as const satisfies Record<string, readonly To[]>;

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`what is given to the region on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);
    let owner: Facility;
    const of: Record<string, Facility> = {};
    const studies: { readonly uid: StudyInstanceUID; readonly studyId: StudyId; readonly given: GivenTo<To> }[] = [];

    async function give(studyId: StudyId, to: To, state: State): Promise<() => Promise<unknown>> {
      if (to !== 'guest') {
        const except = to === 'region' ? [] : [of['left out']?.id as FacilityId];
        const grant = await openToRegion(studyId, { ...STATES[state], except });
        return () => withdrawFromRegion(grant);
      }
      const request = { studyId, toFacilityId: of['guest']?.id as FacilityId, by: doctor.id, ...STATES[state] };
      const { id } = await index.shares.share(request, () => [entry('study-shared')], COMMAND_LINE);
      return () => index.shares.revoke(id, studyId, doctor.id, entry('share-revoked'), COMMAND_LINE);
    }

    beforeAll(async () => {
      owner = await makeFacility();
      for (const name of ['guest', 'left out']) of[name] = await makeFacility();
      for (const [n, given] of CASES.entries()) {
        const uid = nextUID() as StudyInstanceUID;
        // Dates come again, so that pages end between studies of one day.
        const { studyId } = await store(instanceOf({ facility: owner, study: uid, date: `202604${String(1 + (n % 9)).padStart(2, '0')}` }));
        studies.push({ uid, studyId, given });
        const ends = [];
        for (const [to, state] of given) ends.push({ state, end: await give(studyId, to, state) });
        for (const { state, end } of ends) if (state === 'withdrawn') await end();
      }
      of['newcomer'] = await makeFacility();
      await store(instanceOf({ facility: of['guest'] as Facility, date: '20260403' }));
    }, 240_000);

    const askerOf = (who: string): Asker => ({ id: of[who]?.id as FacilityId, job: 'physician' });
    const expected = (who: keyof typeof REACHED, states: readonly State[] = SEEN) =>
      studies
        .filter(({ given }) => given.some(([to, state]) => (REACHED[who] as readonly To[]).includes(to) && states.includes(state)))
        .map(({ uid }) => uid)
        .sort();

    const PAGE = { offset: 0, limit: 1_000 };
    async function listed(asker: Asker, filter: object, limit = 7): Promise<readonly StudyInstanceUID[]> {
      const found: StudyInstanceUID[] = [];
      let after: string | undefined;
      do {
        const page = { limit, ...(after === undefined ? {} : { after }) };
        const { studies: rows, next } = await index.studies.listStudies(asker, { words: [], modalities: [], ...filter }, page, AT);
        found.push(...rows.map(({ study }) => study.studyInstanceUID));
        after = next;
      } while (after !== undefined);
      return found;
    }

    test.each(Object.keys(REACHED) as (keyof typeof REACHED)[])(
      '%s sees each study once that some grant to it lives of, and no other',
      async (who) => {
        const asker = askerOf(who);
        const seen = expected(who);
        expect(seen.length).toBeGreaterThan(20);
        const shared = { ownership: 'shared' };
        for (const filter of [shared, { ...shared, order: 'arrived' }, { ...shared, modalities: ['CT'] }, { ...shared, unopened: true }])
          expect([...(await listed(asker, filter))].sort()).toEqual(seen);
        const { studies: rows } = await index.studies.listStudies(asker, { words: [], modalities: [] }, { limit: 1_000 }, AT);
        expect(await listed(asker, {})).toEqual(rows.map(({ study }) => study.studyInstanceUID));
        expect(rows.map(({ study }) => study.studyDate)).toEqual(
          rows
            .map(({ study }) => study.studyDate)
            .sort()
            .reverse(),
        );
        expect(rows.length).toBe(seen.length + (who === 'guest' ? 1 : 0));
        expect(await listed(asker, { ownership: 'own' })).toHaveLength(who === 'guest' ? 1 : 0);

        const given = (uids: readonly (string | undefined)[]) =>
          uids.filter((uid) => seen.includes(uid as StudyInstanceUID) || !own.has(uid)).sort();
        const own = new Set(who === 'guest' ? await listed(asker, { ownership: 'own' }) : []) as ReadonlySet<string | undefined>;
        const { studies: found } = index;
        const ct = [{ keyword: 'ModalitiesInStudy', kind: 'values', values: ['CT'] }] as const;
        expect(given((await found.findStudies(asker, [], PAGE, AT)).map(({ study }) => study.studyInstanceUID))).toEqual(seen);
        expect(given((await found.findStudies(asker, ct, PAGE, AT)).map(({ study }) => study.studyInstanceUID))).toEqual(seen);
        expect(given((await found.findSeries(asker, [], PAGE, AT)).map(({ study }) => study.study.studyInstanceUID))).toEqual(seen);
        expect(given((await found.findInstances(asker, [], PAGE, AT)).map(({ study }) => study.study.studyInstanceUID))).toEqual(seen);
        const paged: string[] = [];
        for (let offset = 0; offset < 60; offset += 7)
          paged.push(...(await found.findSeries(asker, [], { offset, limit: 7 }, AT)).map(({ series }) => series.seriesInstanceUID));
        const all = (await found.findSeries(asker, [], PAGE, AT)).map(({ series }) => series.seriesInstanceUID);
        expect(paged).toEqual(all.slice(0, 63));
      },
    );

    test.each(Object.keys(REACHED) as (keyof typeof REACHED)[])('%s may look at what it is listed, and nothing else', async (who) => {
      const asker = askerOf(who);
      const facts = await index.studies.factsOf(
        asker,
        studies.map(({ uid }) => ({ studyInstanceUID: uid })),
        AT,
      );
      const actor = person({ facility: { id: asker.id, code: 'G' as never }, job: 'physician', userId: '0' as UserId });
      const may = (action: 'study.view' | 'study.download' | 'study.share') =>
        studies.flatMap(({ uid }, n) => (decideStudy(actor, action, facts[n], AT).allowed ? [uid] : [])).sort();
      expect(may('study.view')).toEqual(expected(who));
      expect(may('study.download')).toEqual(expected(who, ['live']));
      expect(may('study.share')).toEqual([]);
      for (const [n, { uid }] of studies.entries()) {
        const found = await index.studies.study(asker, { studyInstanceUID: uid }, AT);
        expect(found?.rights).toEqual(facts[n]?.rights);
        const [one] = await index.studies.findStudies(asker, [{ keyword: 'StudyInstanceUID', kind: 'values', values: [uid] }], PAGE, AT);
        expect(one?.rights).toEqual(facts[n]?.rights);
        expect(found?.besides ?? 0).toBe(0);
      }
    });

    test('its owner sees each study once, and by no grant', async () => {
      const rows = await index.studies.findStudies({ id: owner.id, job: 'physician' }, [], PAGE, AT);
      expect(rows.map(({ study }) => study.studyInstanceUID).sort()).toEqual(studies.map(({ uid }) => uid).sort());
      expect(rows.map(({ rights }) => rights)).toEqual(studies.map(() => [{ kind: 'owner' }]));
    });

    test.each<[string, readonly To[], ends: number, readonly [guest: boolean, newcomer: boolean]]>([
      ['the region’s beside a share', ['region', 'guest'], 0, [true, false]],
      ['a share beside the region’s', ['region', 'guest'], 1, [true, true]],
      ['one of the region’s beside another', ['region', 'region but one'], 0, [true, true]],
      ['one of the region’s, the other way round', ['region', 'region but one'], 1, [true, true]],
    ])('%s that ends leaves the other', async (_name, given, ends, expected) => {
      const uid = nextUID() as StudyInstanceUID;
      const { studyId } = await store(instanceOf({ facility: owner, study: uid, date: '20270101' }));
      const end: (() => Promise<unknown>)[] = [];
      for (const to of given) end.push(await give(studyId, to, 'live'));
      const sees = async (who: string) => [
        (await index.studies.study(askerOf(who), { studyInstanceUID: uid }, AT)) !== undefined,
        (await listed(askerOf(who), {}, 200)).filter((one) => one === uid).length,
        (await index.studies.factsOf(askerOf(who), [{ studyInstanceUID: uid }], AT))[0] !== undefined,
        (await index.studies.findInstances(askerOf(who), [{ keyword: 'StudyInstanceUID', kind: 'values', values: [uid] }], PAGE, AT))
          .length,
      ];
      const told = (there: boolean) => [there, there ? 1 : 0, there, there ? 1 : 0];
      expect([await sees('guest'), await sees('newcomer')]).toEqual([told(true), told(true)]);
      await end[ends]?.();
      expect([await sees('guest'), await sees('newcomer')]).toEqual(expected.map(told));
      await end[1 - ends]?.();
      expect([await sees('guest'), await sees('newcomer')]).toEqual([told(false), told(false)]);
    });

    test('each facility has opened it for itself, by whichever right', async () => {
      const uid = nextUID() as StudyInstanceUID;
      const { studyId } = await store(instanceOf({ facility: owner, study: uid, date: '20280101' }));
      const endRegion = await give(studyId, 'region', 'live');
      const opened = async (who: string) => {
        const { studies: rows } = await index.studies.listStudies(askerOf(who), { words: [], modalities: [] }, { limit: 1 }, AT);
        const unopened = (await listed(askerOf(who), { unopened: true }, 200)).includes(uid);
        const shown = rows[0]?.openedAt !== undefined;
        expect([rows[0]?.study.studyInstanceUID, unopened]).toEqual([uid, !shown]);
        return shown;
      };
      expect([await opened('guest'), await opened('newcomer')]).toEqual([false, false]);
      await index.studies.markOpened(of['guest']?.id as FacilityId, studyId, AT);
      expect([await opened('guest'), await opened('newcomer')]).toEqual([true, false]);
      await give(studyId, 'guest', 'live');
      expect([await opened('guest'), await opened('newcomer')]).toEqual([true, false]);
      await endRegion();
      expect(await opened('guest')).toBe(true);
      await give(studyId, 'region', 'live');
      expect([await opened('guest'), await opened('newcomer')]).toEqual([true, false]);
    });

    test('all lists have changed when it is given and when it ends, at its end, and when its study does', async () => {
      const study = nextUID();
      const { studyId } = await store(instanceOf({ facility: owner, study }));
      const revisions = (at = AT) =>
        Promise.all([owner, of['guest'], of['newcomer']].map((one) => index.studies.listRevision(one?.id as FacilityId, at)));
      const differ = async (act: () => Promise<unknown>) => {
        const before = await revisions();
        await act();
        return (await revisions()).map((revision, n) => (revision === before[n] ? '-' : 'x')).join('');
      };
      let end = async (): Promise<unknown> => undefined;
      expect(await differ(async () => {})).toBe('---');
      expect(
        await differ(async () => {
          end = await give(studyId, 'region', 'live');
        }),
      ).toBe('xxx');
      expect(await differ(() => store(instanceOf({ facility: owner, study })))).toBe('xxx');
      expect(await differ(() => index.studies.markOpened(of['guest']?.id as FacilityId, studyId, AT))).toBe('-x-');
      expect(await differ(() => index.studies.markOpened(of['guest']?.id as FacilityId, studyId, AT))).toBe('---');
      expect(await differ(end)).toBe('xxx');
      await give(studyId, 'region', 'live');
      const [before, after] = [await revisions(minutes(59)), await revisions(minutes(60))];
      expect(before.map((revision, n) => revision !== after[n])).toEqual([true, true, true]);
    });
  });
}
