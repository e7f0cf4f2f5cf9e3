/** What the application's study list finds, counts and orders, on each driver of the index. */

import { beforeAll, describe, expect, test } from 'vitest';
import { searchableName } from '../../gateway/dicom/text/person-name.ts';
import type { ShareId, StudyId } from '../../gateway/domain/identifiers.ts';
import type { StudyListFilter } from '../../gateway/domain/imaging/query.ts';
import { wholeStudy } from '../../gateway/domain/imaging/study.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { searchTerms } from '../../gateway/usecases/find/search-terms.ts';
import { embeddedDriver, instanceOf, NOBODY, nextUID, systemDriver, type Wanted } from '../fixtures/servers/index-drivers.ts';
import { entry, index, later, list, makeFacility, makeUser, now, share, store, useIndex } from '../fixtures/servers/index-suite.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

const uids: Record<string, string> = {};

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`study lists on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);

    describe('one search field', () => {
      let place: Facility;
      const cases: readonly [typed: string, expected: readonly string[]][] = [
        ['髙橋功', ['full']],
        ['高橋功', ['full']],
        ['高橋 功', ['full']],
        ['たかはしこう', ['full']],
        ['ﾀｶﾊｼｺｳ', ['full']],
        ['takahashi', ['full']],
        ['takahasi ko', ['full']],
        ['takahashikou', ['full']],
        ['ＫＯＨ', ['full']],
        ['hashi', []],
        ['shinichi', ['kana']],
        ["Shin'iti", ['kana']],
        ['ohno', ['kana']],
        ['ōno', ['kana']],
        ['おおの', ['kana']],
        ['渡辺', ['variants']],
        ['渡邉山﨑', ['variants']],
        ['さとう', ['latin']],
        ['satou', ['latin']],
        ['SATOH', ['latin']],
        ['sinus', ['latin']],
        ['20261125', ['kana', 'full', 'number']],
        ['2026/11/25', ['kana', 'full']],
        ['令和8年11月25日', ['kana', 'full']],
        ['R8.11.25 高橋', ['full']],
        ['令和8年', ['kana', 'full', 'latin']],
        ['2026年10月', ['latin']],
        ['S40', ['full']],
        ['昭和40年', ['full']],
        ['昭和40年2月3日', ['full']],
        ['1965/02/03', ['full']],
        ['S41', ['s41']],
        ['19650203', ['full']],
        ['ACC-7', ['full']],
        ['P 88', ['number']],
      ];

      beforeAll(async () => {
        place = await makeFacility();
        const put = (key: string, wanted: Omit<Wanted, 'facility' | 'study'>) => {
          const study = nextUID();
          uids[key] = study;
          return store(instanceOf({ facility: place, study, birthDate: '19800101', patientID: key, description: '', ...wanted }));
        };
        await put('number', { patientID: 'P-88 20261125', name: NOBODY, date: '20200101' });
        await put('full', {
          name: searchableName({ Ideographic: '髙橋^功', Phonetic: 'たかはし^こう' }),
          birthDate: '19650203',
          date: '20261125',
          time: '08',
          accessionNumber: 'ACC-7',
        });
        await put('kana', { name: searchableName({ Alphabetic: 'ｵｵﾉ^ｼﾝｲﾁ' }), date: '20261125', time: '09' });
        await put('variants', { name: searchableName({ Ideographic: '渡邊^山崎' }), date: '20200102' });
        await put('latin', { name: searchableName({ Alphabetic: 'SATO^AKIRA' }), description: 'Sinus CT', date: '20261001' });
        await put('s41', { name: NOBODY, birthDate: '', patientID: 'S41-2', date: '20190101' });
      });

      test.each(cases)('%s', async (typed, expected) => {
        const found = await list(place, searchTerms(typed));
        expect(found.map(({ study }) => study.studyInstanceUID)).toEqual(expected.map((key) => uids[key]));
      });

      test('a date that fills the page, page by page', async () => {
        const terms = { ...searchTerms('令和8年'), modalities: [] };
        const first = await index.studies.listStudies(place, terms, { limit: 2 }, now());
        const rest = await index.studies.listStudies(place, terms, { limit: 2, after: first.next ?? '' }, now());
        expect([...first.studies, ...rest.studies].map(({ study }) => study.studyInstanceUID)).toEqual([
          uids['kana'],
          uids['full'],
          uids['latin'],
        ]);
      });
    });

    test('images and clips are counted, whatever comes and is replaced', async () => {
      const place = await makeFacility();
      const study = nextUID();
      const sop = nextUID();
      const counts = async () => {
        const [listed] = await list(place);
        const series = listed === undefined ? [] : await index.studies.seriesOf(wholeStudy(listed.id));
        return [listed, ...series].map((one) => [one?.numberOfImages, one?.numberOfClips]);
      };
      await store(instanceOf({ facility: place, study, modality: 'US' }));
      expect(await counts()).toEqual([
        [1, 0],
        [1, 0],
      ]);
      await store(instanceOf({ facility: place, study, modality: 'US', instanceNumber: 3, numberOfFrames: 30, clip: true }));
      await store(instanceOf({ facility: place, study, modality: 'US', instanceNumber: 2, sop, numberOfFrames: 12, clip: true }));
      await store(instanceOf({ facility: place, study, series: `${study}.9`, seriesNumber: 9, modality: 'SR', numberOfFrames: 0 }));
      expect(await counts()).toEqual([
        [1, 2],
        [1, 2],
        [0, 0],
      ]);
      const [listed] = await list(place);
      const clips = await index.studies.clipsOf(wholeStudy(listed?.id as StudyId), 10);
      expect(clips.map(({ instanceNumber, numberOfFrames }) => [instanceNumber, numberOfFrames])).toEqual([
        [2, 12],
        [3, 30],
      ]);
      expect(await index.studies.clipsOf(wholeStudy(listed?.id as StudyId), 1)).toHaveLength(1);
      // Another version of the same instance.
      await store(instanceOf({ facility: place, study, modality: 'US', instanceNumber: 2, sop, numberOfFrames: 1 }));
      expect((await counts())[0]).toEqual([2, 1]);
      await store(instanceOf({ facility: place, study, modality: 'CT', series: `${study}.8`, numberOfFrames: 300 }));
      expect((await counts())[0]).toEqual([302, 1]);
    });

    test.each<[string, Omit<Parameters<typeof instanceOf>[0], 'facility'>[], [number, number]]>([
      ['the middle slice', [5, 1, 4, 2].map((instanceNumber) => ({ modality: 'MR', instanceNumber })), [2, 1]],
      ['of an uneven number the one between', [3, 1, 2].map((instanceNumber) => ({ modality: 'CT', instanceNumber })), [2, 1]],
      ['the first of what are no slices', [7, 6, 9].map((instanceNumber) => ({ modality: 'DX', instanceNumber })), [6, 1]],
      [
        'a still before clips',
        [
          { modality: 'US', instanceNumber: 1, numberOfFrames: 9, clip: true },
          { modality: 'US', instanceNumber: 2 },
        ],
        [2, 1],
      ],
      [
        'the first clip where there is nothing else',
        [{ modality: 'US', instanceNumber: 4, numberOfFrames: 9, openingFrame: 3, clip: true }],
        [4, 3],
      ],
      ['the volume at its own frame', [{ modality: 'CT', instanceNumber: 1, numberOfFrames: 9, openingFrame: 8 }], [1, 8]],
      [
        'nothing without an image before one',
        [
          { modality: 'CT', instanceNumber: 1, numberOfFrames: 0 },
          { modality: 'CT', instanceNumber: 2 },
        ],
        [2, 1],
      ],
    ])('a series opens with %s', async (_name, wanted, expected) => {
      const place = await makeFacility();
      const study = nextUID();
      const numbers = new Map<string, number>();
      for (const one of wanted) {
        const item = instanceOf({ ...one, facility: place, study });
        numbers.set(item.instance.sopInstanceUID, one.instanceNumber ?? 1);
        await store(item);
      }
      await store(instanceOf({ facility: place, study, series: `${study}.9`, seriesNumber: 9, modality: 'SR', numberOfFrames: 0 }));
      const [listed] = await list(place);
      const found = await index.studies.openingImagesOf(wholeStudy(listed?.id as StudyId));
      expect(found.map(({ sopInstanceUID, frame }) => [numbers.get(sopInstanceUID), frame])).toEqual([expected]);
      expect(await index.studies.openingImagesOf(wholeStudy(listed?.id as StudyId), { seriesInstanceUID: `${study}.9` as never })).toEqual(
        [],
      );
    });

    test('as they arrived, and what nobody of the facility has opened', async () => {
      const [place, partner] = [await makeFacility(), await makeFacility()];
      const put = async (date: string, facility = place) => {
        const { studyId } = await store(instanceOf({ facility, date }));
        // Two arrivals in one millisecond are ordered by id.
        return studyId;
      };
      const recent = await put('20261101');
      const old = await put('20191101');
      const shared = await put('20101101', partner);
      await share(shared, place);
      const ids = async (filter: Partial<StudyListFilter>) => (await list(place, filter)).map(({ id }) => id);
      expect(await ids({})).toEqual([recent, old, shared]);
      expect(await ids({ order: 'arrived' })).toEqual([shared, old, recent]);
      expect(await ids({ order: 'arrived', ownership: 'own' })).toEqual([old, recent]);
      expect(await ids({ order: 'arrived', ...searchTerms('2010/11/01') })).toEqual([shared]);
      const first = await index.studies.listStudies(place, { words: [], modalities: [], order: 'arrived' }, { limit: 1 }, now());
      const page = { limit: 2, after: first.next ?? '' };
      const rest = await index.studies.listStudies(place, { words: [], modalities: [], order: 'arrived' }, page, now());
      expect([...first.studies, ...rest.studies].map(({ id }) => id)).toEqual([shared, old, recent]);
      await expect(index.studies.listStudies(place, { words: [], modalities: [] }, page, now())).rejects.toMatchObject({
        kind: 'invalid',
      });

      await index.studies.markOpened(place.id, shared, now());
      await index.studies.markOpened(partner.id, old, now());
      expect(await ids({ unopened: true })).toEqual([recent, old]);
      expect(await ids({ unopened: true, order: 'arrived' })).toEqual([old, recent]);
      const opened = (await list(place)).map(({ openedAt }) => openedAt !== undefined);
      expect(opened).toEqual([false, false, true]);
      expect((await list(partner)).map(({ openedAt }) => openedAt)).toEqual([undefined]);
    });

    test('the revision of a facility’s lists moves with all that they show, and with nothing else', async () => {
      const [place, guest, bystander] = [await makeFacility(), await makeFacility(), await makeFacility()];
      const user = await makeUser(place);
      const study = nextUID();
      const { studyId } = await store(instanceOf({ facility: place, study }));
      const revisions = () => Promise.all([place, guest, bystander].map(({ id }) => index.studies.listRevision(id, now())));
      let before = await revisions();
      const moved = async (act: () => Promise<unknown>) => {
        await act();
        const after = await revisions();
        const result = after.map((revision, n) => (revision === before[n] ? '-' : 'x')).join('');
        before = after;
        return result;
      };
      expect(await moved(async () => {})).toBe('---');
      expect(await moved(() => share(studyId, guest))).toBe('-x-');
      expect(await moved(() => store(instanceOf({ facility: place, study })))).toBe('xx-');
      expect(await moved(() => index.ingest.completeQuietStudies(later(), 10_000))).toBe('xx-');
      expect(await moved(() => index.studies.markOpened(guest.id, studyId, now()))).toBe('-x-');
      expect(await moved(() => index.studies.markOpened(guest.id, studyId, now()))).toBe('---');
      expect(await moved(() => index.people.updateFacility(place.id, { name: '新しい病院' }, UNRECORDED))).toBe('xxx');
      const [made] = await index.shares.sharesOf(studyId);
      expect(await moved(() => index.shares.revoke(made?.id as ShareId, studyId, user.id, entry('share-revoked'), COMMAND_LINE))).toBe(
        '-x-',
      );
      const end = later(50);
      expect(await moved(() => share(studyId, guest, end))).toBe('-x-');
      // That its time is over is no event.
      const [atEnd, beforeEnd] = [end, new Date(end.getTime() - 1)].map((at) => index.studies.listRevision(guest.id, at));
      expect(await atEnd).not.toBe(await beforeEnd);
    });

    test('the revision of a list that showed a share never comes again once the ended share was cleared away', async () => {
      const [place, guest] = [await makeFacility(), await makeFacility()];
      const { studyId } = await store(instanceOf({ facility: place }));
      await share(studyId, guest);
      // Two end, so that the list is told of once by both.
      const toNurses = { studyId, toFacilityId: guest.id, to: { job: 'nurse' as const }, until: later(), by: undefined };
      await index.shares.share(toNurses, () => [entry('study-shared')], COMMAND_LINE);
      const revision = () => index.studies.listRevision(guest.id, now());
      const ofShare = (text: string) => index.database.rows({ text: `${text} WHERE study_id = $1 AND kind = 'share'`, values: [studyId] });
      const shown = await revision();
      // Two days go by.
      await ofShare("UPDATE study_access SET until = until - interval '2 days'");
      expect(await revision()).not.toBe(shown);
      await index.ingest.completeQuietStudies(new Date(0), 1);
      expect(await ofShare('SELECT FROM study_access')).toEqual([]);
      expect(await revision()).not.toBe(shown);
    });
  });
}
