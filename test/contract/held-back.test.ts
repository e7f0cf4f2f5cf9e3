/** Series that are held back are not there for who asks: in every list, search, count and reading below the study, on each driver of the index. */

import { beforeAll, describe, expect, test } from 'vitest';
import type { SeriesId, SeriesInstanceUID, StudyId, StudyInstanceUID, UserId } from '../../gateway/domain/identifiers.ts';
import type { Match } from '../../gateway/domain/imaging/query.ts';
import type { InstanceToIndex } from '../../gateway/domain/imaging/study.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { decideStudy } from '../../gateway/domain/sharing/access.ts';
import type { Asker } from '../../gateway/domain/sharing/audience.ts';
import { person } from '../fixtures/people/actors.ts';
import { embeddedDriver, instanceOf, nextUID, systemDriver } from '../fixtures/servers/index-drivers.ts';
import { collect, doctor, entry, index, later, makeFacility, now, store, useIndex } from '../fixtures/servers/index-suite.ts';

/** Of one study: a series each, with as many instances, frames an instance, and whether they are played. */
const SERIES = {
  CT: { instances: 2, frames: 1, clip: false },
  MR: { instances: 1, frames: 3, clip: false },
  US: { instances: 2, frames: 10, clip: true },
} as const;
type Name = keyof typeof SERIES;
const ALL = Object.keys(SERIES) as Name[];
const PAGE = { offset: 0, limit: 100 };

type Given = readonly { readonly to?: 'nurses'; readonly holds: readonly Name[]; readonly over?: true }[];
const CASES: readonly (readonly [name: string, given: Given, physician: readonly Name[], nurse: readonly Name[]])[] = [
  ['nothing held back', [{ holds: [] }], ALL, ALL],
  ['one held back', [{ holds: ['MR'] }], ['CT', 'US'], ['CT', 'US']],
  ['clips held back', [{ holds: ['US'] }], ['CT', 'MR'], ['CT', 'MR']],
  ['two held back', [{ holds: ['CT', 'US'] }], ['MR'], ['MR']],
  ['each holds another back', [{ holds: ['CT', 'MR'] }, { to: 'nurses', holds: ['MR', 'US'] }], ['US'], ['CT', 'US']],
  ['one holds back, another nothing', [{ holds: ['CT'] }, { to: 'nurses', holds: [] }], ['MR', 'US'], ALL],
  ['one nothing, another holds back', [{ holds: [] }, { to: 'nurses', holds: ['CT'] }], ALL, ALL],
  ['the one that gave more is over', [{ holds: ['CT'] }, { to: 'nurses', holds: [], over: true }], ['MR', 'US'], ['MR', 'US']],
];

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`series held back on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);
    let owner: Facility;
    const guests: Record<string, Facility> = {};
    const uid = nextUID() as StudyInstanceUID;
    const uidOf = (name: Name) => `${uid}.${ALL.indexOf(name) + 1}` as SeriesInstanceUID;
    const instances: (InstanceToIndex & { readonly of: Name })[] = [];
    let studyId: StudyId;

    beforeAll(async () => {
      owner = await makeFacility();
      for (const name of ALL) {
        const { instances: count, frames: numberOfFrames, clip } = SERIES[name];
        for (let n = 1; n <= count; n += 1) {
          const more = { modality: name, seriesNumber: ALL.indexOf(name), numberOfFrames, clip, instanceNumber: n };
          const item = instanceOf({ facility: owner, study: uid, series: uidOf(name), ...more });
          ({ studyId } = await store(item));
          instances.push({ ...item, of: name });
        }
      }
      for (const [name, given] of CASES) {
        const guest = await makeFacility();
        guests[name] = guest;
        for (const { to, holds, over } of given) await give(guest, { ...(to && { to: { job: 'nurse' } }), holds, over });
      }
    }, 120_000);

    async function give(
      guest: Facility,
      { to = {}, holds, over }: { to?: { job?: 'nurse' }; holds: readonly Name[]; over?: true | undefined },
    ) {
      const request = { studyId, toFacilityId: guest.id, to, until: later(), heldBack: holds.map(uidOf), by: doctor.id };
      const { id } = await index.shares.share(request, () => [entry('study-shared')], COMMAND_LINE);
      if (over === true) await index.shares.revoke(id, studyId, doctor.id, entry('share-revoked'), COMMAND_LINE);
    }

    const seenBy = async (asker: Asker) => {
      const study = await index.studies.study(asker, { studyInstanceUID: uid }, now());
      if (study === undefined) throw new Error('not seen');
      const actor = person({ facility: { id: asker.id, code: owner.code }, job: asker.job ?? 'physician', userId: '0' as UserId });
      const decision = decideStudy(actor, 'study.view', { ownerFacilityId: owner.id, rights: study.rights }, now());
      if (!decision.allowed) throw new Error(decision.reason);
      return { study, part: { studyId: study.id, heldBack: decision.heldBack } };
    };

    const askers = () => [
      ...CASES.map(([name, , shown]) => [`${name}, a physician`, { id: guests[name]?.id as never, job: 'physician' }, shown] as const),
      ...CASES.map(([name, , , shown]) => [`${name}, a nurse`, { id: guests[name]?.id as never, job: 'nurse' }, shown] as const),
      ['the owner', { id: owner.id, job: 'nurse' }, ALL] as const,
    ];

    test('what is read below the study', async () => {
      for (const [name, asker, shown] of askers()) {
        const { part } = await seenBy(asker);
        const { studies } = index;
        const are = instances.filter(({ of }) => shown.includes(of));
        const clips = are.filter(({ of }) => SERIES[of].clip).map(({ instance }) => instance.sopInstanceUID);
        const sops = are.map(({ instance }) => instance.sopInstanceUID);
        const read = {
          series: (await studies.seriesOf(part)).map(({ series }) => series.modality),
          instances: (await collect(studies.instancesOf(part))).map(({ instance }) => instance.sopInstanceUID),
          headers: (await collect(studies.metadataOf(part))).flat().map(({ sopInstanceUID }) => sopInstanceUID),
          clips: (await studies.clipsOf(part, 100)).map(({ sopInstanceUID }) => sopInstanceUID),
          opening: (await studies.openingImagesOf(part)).map(({ seriesInstanceUID }) => seriesInstanceUID),
        };
        const expected = { series: shown, instances: sops, headers: sops, clips, opening: shown.map(uidOf) };
        expect({ name, ...read }).toEqual({ name, ...expected });
        for (const { of, instance } of instances) {
          const there = shown.includes(of);
          const narrow = { seriesInstanceUID: uidOf(of) };
          const one = {
            byUID: (await studies.seriesByUID(part, uidOf(of))) !== undefined,
            pixels: (await studies.pixels(part, uidOf(of), instance.sopInstanceUID)) !== undefined,
            pixelsByName: (await studies.pixels(part, undefined, instance.sopInstanceUID)) !== undefined,
            instances: (await collect(studies.instancesOf(part, narrow))).length > 0,
            headers: (await collect(studies.metadataOf(part, { ...narrow, sopInstanceUID: instance.sopInstanceUID }))).length > 0,
            opening: (await studies.openingImagesOf(part, narrow)).length > 0,
          };
          expect({ name, of, ...one }).toEqual({
            ...{ name, of, byUID: there, pixels: there, pixelsByName: there, instances: there, headers: there, opening: there },
          });
        }
      }
    });

    test('what lists count', async () => {
      for (const [name, asker, shown] of askers()) {
        const sum = (of: (series: (typeof SERIES)[Name]) => number) =>
          shown.map((one) => of(SERIES[one])).reduce((total, each) => total + each, 0);
        const counts = {
          modalitiesInStudy: [...shown].sort(),
          numberOfStudyRelatedSeries: shown.length,
          numberOfStudyRelatedInstances: sum(({ instances: count }) => count),
          numberOfImages: sum(({ instances: count, frames, clip }) => (clip ? 0 : count * frames)),
          numberOfClips: sum(({ instances: count, clip }) => (clip ? count : 0)),
        };
        const listed = (await index.studies.listStudies(asker, { words: [], modalities: [] }, { limit: 5 }, now())).studies;
        const found = await index.studies.findStudies(asker, [], PAGE, now());
        for (const study of [listed[0], found[0], (await seenBy(asker)).study])
          expect({ name, ...study }).toMatchObject({ name, ...counts });
        expect([name, listed.length, found.length]).toEqual([name, 1, 1]);
      }
    });

    test('what searches find', async () => {
      for (const [name, asker, shown] of askers()) {
        const { studies } = index;
        const modalities = async (rows: Promise<readonly { readonly series: object }[]>) =>
          [...new Set((await rows).map((row) => ('modality' in row.series ? row.series.modality : modalityIn(row.series))))].sort();
        expect([name, await modalities(studies.findSeries(asker, [], PAGE, now()))]).toEqual([name, [...shown].sort()]);
        expect([name, await modalities(studies.findInstances(asker, [], PAGE, now()))]).toEqual([name, [...shown].sort()]);
        const sopsOf = (of: Name) => instances.filter((one) => one.of === of).map(({ instance }) => instance.sopInstanceUID);
        for (const one of ALL) {
          const there = shown.includes(one) ? 1 : 0;
          const is = (keyword: Match['keyword'], value: string): Match => ({ keyword, kind: 'values', values: [value] });
          const like: Match = { keyword: 'ModalitiesInStudy', kind: 'wildcard', pattern: `${one.slice(0, 1)}?` };
          const [sop = ''] = sopsOf(one);
          const rows = {
            listed: (await studies.listStudies(asker, { words: [], modalities: [one] }, { limit: 5 }, now())).studies,
            modality: await studies.findStudies(asker, [is('ModalitiesInStudy', one)], PAGE, now()),
            like: await studies.findStudies(asker, [like], PAGE, now()),
            series: await studies.findStudies(asker, [is('SeriesInstanceUID', uidOf(one))], PAGE, now()),
            instance: await studies.findStudies(asker, [is('SOPInstanceUID', sop)], PAGE, now()),
            below: await studies.findSeries(asker, [is('SOPInstanceUID', sop)], PAGE, now(), { studyId }),
            instances: await studies.findInstances(asker, [is('SOPInstanceUID', sop)], PAGE, now()),
          };
          const counts = Object.fromEntries(Object.entries(rows).map(([how, found]) => [how, found.length]));
          const all = { listed: there, modality: there, like: there, series: there, instance: there, below: there, instances: there };
          expect({ name, one, ...counts }).toEqual({ name, one, ...all });
        }
      }
    });

    describe('what comes to a held-back series', () => {
      const named = nextUID() as StudyInstanceUID;
      const of = (modality: 'CT' | 'MR') => `${named}.${modality === 'CT' ? 1 : 2}` as SeriesInstanceUID;
      const arrives = (modality: 'CT' | 'MR') => store(instanceOf({ facility: owner, study: named, series: of(modality), modality }));
      let asker: Asker;
      let given: StudyId;
      let shown: SeriesId;

      const derive = async () => {
        const [series] = await index.studies.seriesOf({ studyId: given, heldBack: [of('MR')] });
        if (series === undefined) throw new Error('no series');
        expect(await index.studies.setSeriesMetadata(series.id, series.revision, { key: 'k' as never, etag: 'e' })).toBe(true);
      };
      const giveUp = () =>
        index.asOwner((database) =>
          database.rows({
            text: `UPDATE tasks SET failed_at = now() WHERE kind = 'derive-series' AND subject = $1::bigint::text`,
            values: [shown],
          }),
        );
      const told = async (who: Asker = asker) => {
        const study = await index.studies.study(who, { studyInstanceUID: named }, now());
        if (study === undefined) throw new Error('not seen');
        const { lastReceivedAt, completeAt, ...rest } = study;
        return { ...rest, complete: completeAt !== undefined };
      };

      beforeAll(async () => {
        const guest = await makeFacility();
        asker = { id: guest.id, job: 'physician' };
        ({ studyId: given } = await arrives('CT'));
        ({ seriesId: shown } = await arrives('MR').then(() => arrives('CT')));
        const request = { studyId: given, toFacilityId: guest.id, until: later(), heldBack: [of('MR')], by: doctor.id };
        await index.shares.share(request, () => [entry('study-shared')], COMMAND_LINE);
      });

      test.each<[string, (() => Promise<unknown>) | undefined, boolean]>([
        ['while the shown one is still coming', undefined, false],
        ['when the study is complete and the shown one not derived', () => index.ingest.completeQuietStudies(later(), 100), false],
        ['when deriving the shown one was given up', giveUp, true],
        ['when the shown one goes on', () => arrives('CT'), false],
        ['when the shown one is derived', derive, true],
        ['when the study is complete too', () => index.ingest.completeQuietStudies(later(), 100), true],
      ])('is not told, %s', async (_when, before, complete) => {
        await before?.();
        const first = await told();
        expect(first.complete).toBe(complete);
        await arrives('MR');
        expect(await told()).toEqual(first);
        expect((await told({ id: owner.id })).complete).toBe(false);
      });
    });

    test('given again, it holds back what was said last; what is held back is held back when it comes later too', async () => {
      const guest = await makeFacility();
      const asker = { id: guest.id, job: 'physician' as const };
      const state = async () => (await seenBy(asker)).study.rights.map((right) => right.kind === 'share' && right.heldBackState);
      await give(guest, { holds: ['CT'] });
      const first = await state();
      await give(guest, { holds: ['CT'] });
      expect(await state()).toEqual(first);
      const before = await index.studies.listRevision(guest.id, now());
      await give(guest, { holds: ['MR'] });
      expect(await state()).not.toEqual(first);
      expect(await index.studies.listRevision(guest.id, now())).not.toBe(before);
      expect((await index.studies.seriesOf((await seenBy(asker)).part)).map(({ series }) => series.modality)).toEqual(['CT', 'US']);
      await store(instanceOf({ facility: owner, study: uid, series: uidOf('MR'), modality: 'MR', seriesNumber: 1 }));
      expect((await seenBy(asker)).study.numberOfStudyRelatedInstances).toBe(4);
      const longer = { studyId, toFacilityId: guest.id, until: later(7_200_000), by: doctor.id };
      const told: unknown[] = [];
      await index.shares.share(
        longer,
        ({ heldBack }) => {
          told.push(heldBack);
          return [entry('study-shared')];
        },
        COMMAND_LINE,
      );
      const [share] = (await index.shares.sharesOf(studyId)).filter(({ to }) => to.id === guest.id);
      expect([share?.heldBack, share?.until, ...told]).toEqual([[uidOf('MR')], longer.until, [uidOf('MR')]]);
      expect((await seenBy(asker)).part.heldBack).toEqual([uidOf('MR')]);
    });
  });
}

function modalityIn(series: object): unknown {
  return (series as { readonly series: { readonly modality: string } }).series.modality;
}
