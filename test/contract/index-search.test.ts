import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { foldName, searchableName } from '../../gateway/dicom/text/person-name.ts';
import type {
  FacilityId,
  ObjectKey,
  SeriesInstanceUID,
  ShareId,
  SOPInstanceUID,
  StudyId,
  StudyInstanceUID,
} from '../../gateway/domain/identifiers.ts';
import type { Match } from '../../gateway/domain/imaging/query.ts';
import { type IndexedSeries, wholeStudy } from '../../gateway/domain/imaging/study.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { embeddedDriver, instanceOf, NOBODY, nextUID, sha256Of, systemDriver, type Wanted } from '../fixtures/servers/index-drivers.ts';
import {
  clinic,
  collect,
  doctor,
  entry,
  find,
  hospital,
  index,
  later,
  list,
  makeFacility,
  now,
  share,
  store,
  useIndex,
} from '../fixtures/servers/index-suite.ts';

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`searches on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);

    // ── Queries ──────────────────────────────────────────────────────────────

    describe('matching', () => {
      let owner: Facility;
      const uids: Record<string, string> = {};
      const name = (pattern: string, fuzzy = false): Match => ({ keyword: 'PatientName', kind: 'name', pattern: foldName(pattern), fuzzy });
      const values = (keyword: Match['keyword'], ...given: string[]): Match => ({ keyword, kind: 'values', values: given });
      const wildcard = (keyword: Match['keyword'], pattern: string): Match => ({ keyword, kind: 'wildcard', pattern });
      const range = (keyword: Match['keyword'], from?: string, to?: string): Match => ({
        keyword,
        kind: 'range',
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });

      beforeAll(async () => {
        owner = await makeFacility();
        const studies: Record<string, Partial<Wanted>[]> = {
          taro: [{ date: '20260401', time: '0915', accessionNumber: 'A_1', patientID: 'P-001' }],
          hanako: [
            {
              date: '20260402',
              time: '101530.25',
              name: searchableName({ Alphabetic: 'Suzuki^Hanako', Ideographic: '鈴木^花子', Phonetic: 'すずき^はなこ' }),
              referring: searchableName({ Ideographic: '髙橋^一' }),
              accessionNumber: 'A%2',
              patientID: 'Q77',
              modality: 'MR',
              description: 'Brain MRI',
            },
            { series: 'PET', modality: 'PT', seriesNumber: null, instanceNumber: null },
          ],
          undated: [{ date: '', time: '', name: NOBODY, patientID: '', description: '', modality: '' }],
        };
        for (const [key, instances] of Object.entries(studies)) {
          const study = nextUID();
          uids[key] = study;
          let shared: Partial<Wanted> = {};
          for (const wanted of instances) {
            shared = { ...shared, ...wanted };
            await store(instanceOf({ facility: owner, ...shared, study, series: `${study}.${wanted.series === undefined ? 1 : 2}` }));
          }
        }
      });

      test.each<[string, Match[], string[]]>([
        ['nothing asked, newest first, undated last', [], ['hanako', 'taro', 'undated']],
        ['alphabetic, whole', [name('YAMADA^TARO')], ['taro']],
        ['part of a name is not the name', [name('YAMADA')], []],
        ['wildcard', [name('yam*')], ['taro']],
        ['one character', [name('yamad?^taro')], ['taro']],
        ['kanji', [name('山田*')], ['taro']],
        ['one kanji', [name('*木*')], ['hanako']],
        ['hiragana for katakana', [name('ヤマダ*')], ['taro']],
        ['fuzzy: a word begins any component', [name('tar', true)], ['taro']],
        ['fuzzy: one letter', [name('h', true)], ['hanako']],
        ['fuzzy: words in any order', [name('花 鈴', true)], ['hanako']],
        ['fuzzy: not inside a word', [name('amada', true)], []],
        [
          'new kanji form finds the old',
          [{ keyword: 'ReferringPhysicianName', kind: 'name', pattern: foldName('高橋*'), fuzzy: false }],
          ['hanako'],
        ],
        ['date', [values('StudyDate', '20260401')], ['taro']],
        ['range of dates', [range('StudyDate', '20260402', '20261231')], ['hanako']],
        ['open range leaves out the undated', [range('StudyDate', undefined, '20261231')], ['hanako', 'taro']],
        ['range of times', [range('StudyTime', '090000.000000', '101530.200000')], ['taro']],
        ['range of times, fraction within', [range('StudyTime', '101530.000000', '101530.999999')], ['hanako']],
        ['time by value, less precise in the file', [values('StudyTime', '091500')], ['taro']],
        ['accession number', [values('AccessionNumber', 'A_1', 'none')], ['taro']],
        ['LIKE characters are no wildcards', [wildcard('AccessionNumber', 'A%*')], ['hanako']],
        ['wildcard on an ID', [wildcard('PatientID', 'P-*')], ['taro']],
        ['IDs are case-sensitive', [wildcard('PatientID', 'p-*')], []],
        ['wildcard on a description', [wildcard('StudyDescription', '*MRI')], ['hanako']],
        ['modality in study', [values('ModalitiesInStudy', 'PT', 'US')], ['hanako']],
        ['wildcard modality in study', [wildcard('ModalitiesInStudy', 'M?')], ['hanako']],
        ['a key of a lower level', [values('SeriesNumber', '1'), values('Modality', 'MR')], ['hanako']],
        ['all together', [name('鈴木*'), values('ModalitiesInStudy', 'MR'), range('StudyDate', '20260101')], ['hanako']],
        ['all together, one wrong', [name('鈴木*'), values('ModalitiesInStudy', 'CT')], []],
      ])('%s', async (_name, matches, expected) => {
        const found = await find(owner, ...matches);
        expect(found.map(({ study }) => study.studyInstanceUID)).toEqual(expected.map((key) => uids[key]));
      });

      // PS3.4 C.2.2.2.5: a range of dates and a range of times are one range. Days and times as they lie in the index.
      describe('moments', () => {
        let clinic: Facility;
        const MOMENTS = [
          '20260705 0800',
          '20260705 110000',
          '20260706 07',
          '20260706 23:00:00',
          '20260706 ',
          '20260707 120000.5',
          '20260707 1900',
          ' 1200',
        ];
        beforeAll(async () => {
          clinic = await makeFacility();
          for (const moment of MOMENTS) {
            const [date = '', time = ''] = moment.split(' ');
            await store(
              instanceOf({ facility: clinic, study: nextUID(), date, time, stepDate: date, stepTime: time, description: moment }),
            );
          }
        });
        const day = (date: string, time?: string) => ({ date, ...(time === undefined ? {} : { time }) });
        test.each<[string, { from?: ReturnType<typeof day>; to?: ReturnType<typeof day> }, number[]]>([
          ['from one moment to another', { from: day('20260705', '100000.000000'), to: day('20260707', '185959.999999') }, [1, 2, 3, 5]],
          ['ends included', { from: day('20260705', '110000.000000'), to: day('20260707', '120000.500000') }, [1, 2, 3, 5]],
          ['a fraction outside', { from: day('20260705', '110000.000001'), to: day('20260707', '120000.499999') }, [2, 3]],
          ['from a moment on', { from: day('20260706', '080000.000000') }, [3, 5, 6]],
          ['up to a moment', { to: day('20260706', '075959.999999') }, [0, 1, 2]],
          ['whole last day', { from: day('20260705', '100000.000000'), to: day('20260706') }, [1, 2, 3]],
          ['whole first day', { from: day('20260705'), to: day('20260706', '075959.999999') }, [0, 1, 2]],
          ['within one day', { from: day('20260706', '080000.000000'), to: day('20260706', '235959.999999') }, [3]],
        ])('%s', async (_name, ends, expected) => {
          const wanted = expected.map((n) => MOMENTS[n]).sort();
          const found = await find(clinic, { keyword: 'StudyDate', kind: 'moments', ...ends });
          expect(found.map(({ study }) => study.studyDescription).sort()).toEqual(wanted);
          const step: Match = { keyword: 'PerformedProcedureStepStartDate', kind: 'moments', ...ends };
          const series = await index.studies.findSeries(clinic, [step], { offset: 0, limit: 100 }, now());
          expect(series.map(({ study }) => study.study.studyDescription).sort()).toEqual(wanted);
        });
      });

      // PS3.4 C.2.2.2.6: keys of a sequence are matched within one item.
      test('requests of a series', async () => {
        const clinic = await makeFacility();
        const study = nextUID();
        const requests: readonly (readonly [string, string])[][] = [
          [['SPS1', 'RP1']],
          [
            ['SPS2', 'RP1'],
            ['SPS3', 'RP2'],
          ],
          [],
          [['', 'RP2']],
        ];
        for (const [n, items] of requests.entries()) {
          await store(instanceOf({ facility: clinic, study, series: `${study}.${n}`, seriesNumber: n, requests: items }));
        }
        const numbers = async (...matches: Match[]) =>
          (await index.studies.findSeries(clinic, matches, { offset: 0, limit: 10 }, now())).map(({ series }) => series.seriesNumber);
        expect(await numbers(values('ScheduledProcedureStepID', 'SPS2'))).toEqual([1]);
        expect(await numbers(values('RequestedProcedureID', 'RP2'))).toEqual([1, 3]);
        expect(await numbers(wildcard('ScheduledProcedureStepID', 'SPS?'), values('RequestedProcedureID', 'RP1'))).toEqual([0, 1]);
        expect(await numbers(values('ScheduledProcedureStepID', 'SPS2'), values('RequestedProcedureID', 'RP2'))).toEqual([]);
        expect(await numbers(values('ScheduledProcedureStepID', 'sps2'))).toEqual([]);
        const sps1 = values('ScheduledProcedureStepID', 'SPS1');
        expect(await index.studies.findInstances(clinic, [sps1], { offset: 0, limit: 10 }, now())).toHaveLength(1);
        expect(await find(clinic, sps1)).toHaveLength(1);
        const [, both] = await index.studies.findSeries(clinic, [], { offset: 0, limit: 10 }, now());
        expect(both?.series.requestAttributes).toEqual([
          { scheduledProcedureStepID: 'SPS2', requestedProcedureID: 'RP1' },
          { scheduledProcedureStepID: 'SPS3', requestedProcedureID: 'RP2' },
        ]);
        // A corrected header replaces them.
        await store(instanceOf({ facility: clinic, study, series: `${study}.0`, seriesNumber: 0, requests: [['SPS9', 'RP9']] }));
        expect(await numbers(sps1)).toEqual([]);
        expect(await numbers(values('ScheduledProcedureStepID', 'SPS9'))).toEqual([0]);
      });

      test('list of UIDs', async () => {
        const found = await find(owner, values('StudyInstanceUID', uids['taro'] ?? '', uids['undated'] ?? '', nextUID()));
        expect(found).toHaveLength(2);
      });

      test('offset pages cover the list once', async () => {
        const pages = await Promise.all([0, 1, 2, 3].map((offset) => index.studies.findStudies(owner, [], { offset, limit: 1 }, now())));
        expect(pages.flat().map(({ study }) => study.studyInstanceUID)).toEqual([uids['hanako'], uids['taro'], uids['undated']]);
      });

      test('series and instances', async () => {
        const page = { offset: 0, limit: 10 };
        const series = await index.studies.findSeries(owner, [values('StudyInstanceUID', uids['hanako'] ?? '')], page, now());
        expect(series.map((one) => [one.series.modality, one.study.study.studyInstanceUID, one.studyInstanceUID])).toEqual([
          ['MR', uids['hanako'], uids['hanako']],
          ['PT', uids['hanako'], uids['hanako']],
        ]);
        expect(await index.studies.findSeries(owner, [values('Modality', 'PT')], page, now())).toHaveLength(1);
        const instances = await index.studies.findInstances(owner, [values('Modality', 'PT')], page, now());
        expect(instances).toMatchObject([{ instance: { instanceNumber: null }, series: { series: { modality: 'PT' } } }]);
        const headers = await index.studies.headersOf(instances.map(({ versionId }) => versionId));
        expect([...headers.keys()]).toEqual(instances.map(({ versionId }) => versionId));
        const [header = Buffer.alloc(0)] = headers.values();
        expect(gunzipSync(header).toString()).toContain(instances[0]?.instance.sopInstanceUID);
        const sop = instances[0]?.instance.sopInstanceUID ?? '';
        expect(await index.studies.findInstances(owner, [values('SOPInstanceUID', sop)], page, now())).toHaveLength(1);
        expect(await index.studies.findInstances(owner, [values('InstanceNumber', '1')], page, now())).toHaveLength(3);
        expect(await index.studies.findSeries(owner, [name('yam*')], page, now())).toHaveLength(1);
      });

      test.each<[string, string[], string[]]>([
        ['name and ID', ['taro', 'P-001'], ['taro']],
        ['part of a word', ['amad'], ['taro']],
        ['two letters begin a word', ['br'], ['hanako']],
        ['two letters within a word do not match', ['ra'], []],
        ['one kanji of a description', ['胸'], ['taro']],
        ['kana typed for a name', ['すずき'], ['hanako']],
        ['punctuation alone asks nothing', ['--'], ['hanako', 'taro', 'undated']],
        ['a word that is nowhere', ['taro', 'zzz'], []],
      ])('list by words: %s', async (_name, words, expected) => {
        const found = await list(owner, { words: words.map((raw) => ({ raw, folded: foldName(raw) })) });
        expect(found.map(({ study }) => study.studyInstanceUID)).toEqual(expected.map((key) => uids[key]));
      });

      test('a page that the newest fill, and the pages after it, by words', async () => {
        const words = [{ raw: 'A', folded: 'a' }];
        const first = await index.studies.listStudies(owner, { words, modalities: [] }, { limit: 1 }, now());
        expect(first.studies).toHaveLength(1);
        const all = await list(owner, { words });
        const rest = await index.studies.listStudies(owner, { words, modalities: [] }, { limit: 9, after: first.next ?? '' }, now());
        expect([...first.studies, ...rest.studies].map(({ id }) => id)).toEqual(all.map(({ id }) => id));
        const ct = values('ModalitiesInStudy', 'CT', 'MR');
        const pages = await Promise.all([0, 1, 2].map((offset) => index.studies.findStudies(owner, [ct], { offset, limit: 1 }, now())));
        expect(pages.flat().map(({ study }) => study.studyInstanceUID)).toEqual([uids['hanako'], uids['taro']]);
      });

      test('by birth date', async () => {
        expect(await find(owner, values('PatientBirthDate', '19700101'))).toHaveLength(3);
        expect(await find(owner, values('PatientBirthDate', '19700102'))).toHaveLength(0);
      });

      test('list by modality, dates and ownership', async () => {
        expect(await list(owner, { modalities: ['PT', 'CT'] })).toHaveLength(2);
        expect(await list(owner, { studyDateFrom: '20260402' })).toHaveLength(1);
        expect(await list(owner, { studyDateTo: '20260401' })).toHaveLength(1);
        expect(await list(owner, { ownership: 'own' })).toHaveLength(3);
        expect(await list(owner, { ownership: 'shared' })).toHaveLength(0);
      });

      test('keyset pages cover the list once, also while it grows', async () => {
        const big = await makeFacility();
        for (let n = 0; n < 25; n++)
          await store(instanceOf({ facility: big, date: `202605${String(10 + (n % 5)).padStart(2, '0')}`, time: `${10 + (n % 3)}` }));
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await index.studies.listStudies(
            big,
            { words: [], modalities: [] },
            { limit: 4, ...(after === undefined ? {} : { after }) },
            now(),
          );
          seen.push(...page.studies.map(({ id }) => id));
          after = page.next;
          if (seen.length === 8) await store(instanceOf({ facility: big, date: '20270101' }));
        } while (after !== undefined);
        expect(new Set(seen).size).toBe(25);
        expect(seen).toHaveLength(25);
        await expect(index.studies.listStudies(big, { words: [], modalities: [] }, { limit: 4, after: 'x' }, now())).rejects.toMatchObject({
          kind: 'invalid',
        });
      });
    });

    // ── Access ───────────────────────────────────────────────────────────────

    describe('access', () => {
      test('two facilities with the same UIDs never meet', async () => {
        const [a, b] = [await makeFacility(), await makeFacility()];
        const [study, sop] = [nextUID(), nextUID()];
        const ofA = instanceOf({ facility: a, study, sop, patientID: 'SECRET-A', description: 'of A' });
        const ofB = instanceOf({ facility: b, study, sop, description: 'of B' });
        const [first, second] = [await store(ofA), await store(ofB)];
        expect([first.kind, second.kind]).toEqual(['stored', 'stored']);
        expect(first.studyId).not.toBe(second.studyId);
        expect((await index.studies.study(a, { studyInstanceUID: study as StudyInstanceUID }, now()))?.study.studyDescription).toBe('of A');
        expect((await index.studies.pixels(wholeStudy(second.studyId), undefined, sop as SOPInstanceUID))?.object.key).toBe(ofB.object.key);
      });

      test('what is not owned and not shared is in no answer, whatever is asked', async () => {
        const item = instanceOf({ facility: hospital, patientID: 'ISOLATED', accessionNumber: 'ISO-1' });
        await store(item);
        const stranger = await makeFacility();
        const page = { offset: 0, limit: 10 };
        const asked: Match[][] = [
          [],
          [{ keyword: 'StudyInstanceUID', kind: 'values', values: [item.study.studyInstanceUID] }],
          [{ keyword: 'SeriesInstanceUID', kind: 'values', values: [item.series.seriesInstanceUID] }],
          [{ keyword: 'SOPInstanceUID', kind: 'values', values: [item.instance.sopInstanceUID] }],
          [{ keyword: 'PatientID', kind: 'values', values: ['ISOLATED'] }],
          [{ keyword: 'AccessionNumber', kind: 'wildcard', pattern: 'ISO*' }],
          [{ keyword: 'PatientName', kind: 'name', pattern: '*', fuzzy: false }],
          [{ keyword: 'PatientName', kind: 'name', pattern: 'yamada', fuzzy: true }],
        ];
        for (const matches of asked) {
          expect(await index.studies.findStudies(stranger, matches, page, now())).toEqual([]);
          expect(await index.studies.findSeries(stranger, matches, page, now())).toEqual([]);
          expect(await index.studies.findInstances(stranger, matches, page, now())).toEqual([]);
        }
        expect(await list(stranger, { words: [{ raw: 'ISOLATED', folded: 'isolated' }] })).toEqual([]);
        expect(await index.studies.study(stranger, { studyInstanceUID: item.study.studyInstanceUID }, now())).toBeUndefined();
        expect(await index.studies.knownDigests(stranger.id, [item.object.sha256])).toEqual(new Set());
        expect(await index.studies.knownDigests(hospital.id, [item.object.sha256, sha256Of(Buffer.from('other'))])).toEqual(
          new Set([item.object.sha256]),
        );
      });

      test('a share is seen until it ends or is revoked; the study is still its owner’s', async () => {
        const item = instanceOf({ facility: hospital });
        const uid = item.study.studyInstanceUID;
        const { studyId } = await store(item);
        const guest = await makeFacility();
        const before = (await index.audit.find({ limit: 1 }))[0]?.seq ?? 0;
        const made = await share(studyId, guest);
        expect(made).toMatchObject({
          studyId,
          to: { id: guest.id },
          createdBy: { id: doctor.id, name: doctor.name, nameKana: doctor.nameKana },
          revokedAt: undefined,
        });
        expect((await index.audit.find({ limit: 1 }))[0]).toMatchObject({ seq: before + 1, entry: { action: 'study-shared' } });

        expect(await index.studies.study(guest, { studyInstanceUID: uid }, now())).toMatchObject({
          rights: [{ kind: 'share', grantId: made.id, audience: 'facility', until: made.until }],
          owner: { id: hospital.id },
        });
        expect(await list(guest, { ownership: 'shared' })).toHaveLength(1);
        expect(await list(guest, { ownership: 'own' })).toHaveLength(0);
        const after = new Date(made.until.getTime());
        expect(await index.studies.study(guest, { studyInstanceUID: uid }, after)).toBeUndefined();
        expect(await index.studies.findStudies(guest, [], { offset: 0, limit: 10 }, after)).toEqual([]);

        const again = await share(studyId, guest, later(7_200_000));
        expect(again.id).toBe(made.id);
        expect(again.until.getTime()).toBeGreaterThan(made.until.getTime());
        expect(await index.shares.sharesOf(studyId)).toHaveLength(1);

        // New instances and corrections reach the copy in study_access.
        await store(
          instanceOf({ facility: hospital, study: uid, modality: 'US', series: `${uid}.5`, description: 'corrected', date: '20260909' }),
        );
        expect(
          await list(guest, { modalities: ['US'], studyDateFrom: '20260909', words: [{ raw: 'corrected', folded: 'corrected' }] }),
        ).toHaveLength(1);

        expect(await index.shares.revoke(again.id, '0' as StudyId, doctor.id, entry('share-revoked'), COMMAND_LINE)).toBeUndefined();
        expect(await index.shares.revoke(again.id, studyId, doctor.id, entry('share-revoked'), COMMAND_LINE)).toMatchObject({
          revokedAt: expect.any(Date),
        });
        expect(await index.shares.revoke(again.id, studyId, doctor.id, entry('share-revoked'), COMMAND_LINE)).toBeUndefined();
        expect(await index.studies.study(guest, { studyInstanceUID: uid }, now())).toBeUndefined();
        expect(await list(guest)).toEqual([]);
        expect(await list(hospital, { modalities: ['US'], studyDateFrom: '20260909' })).toHaveLength(1);
        expect((await share(studyId, guest)).id).not.toBe(made.id);
      });

      test('a share that cannot be made leaves nothing behind, not even a record', async () => {
        const { studyId } = await store(instanceOf({ facility: hospital }));
        const head = (await index.audit.find({ limit: 1 }))[0]?.seq;
        await expect(share(studyId, hospital)).rejects.toMatchObject({ kind: 'invalid' });
        await expect(share(studyId, clinic, new Date(0))).rejects.toMatchObject({ kind: 'invalid' });
        await expect(share('999999999' as StudyId, clinic)).rejects.toMatchObject({ kind: 'not-found' });
        await expect(share(studyId, { ...clinic, id: '999999999' as FacilityId })).rejects.toMatchObject({ kind: 'not-found' });
        expect(await index.shares.revoke('x' as ShareId, studyId, doctor.id, entry('share-revoked'), COMMAND_LINE)).toBeUndefined();
        expect(await index.shares.sharesOf(studyId)).toEqual([]);
        expect((await index.audit.find({ limit: 1 }))[0]?.seq).toBe(head);
      });

      test('of one UID in two facilities, the own study comes before the shared one', async () => {
        const [a, b] = [await makeFacility(), await makeFacility()];
        const study = nextUID();
        const { studyId } = await store(instanceOf({ facility: a, study }));
        await share(studyId, b);
        expect((await index.studies.study(b, { studyInstanceUID: study as StudyInstanceUID }, now()))?.rights[0]?.kind).toBe('share');
        await store(instanceOf({ facility: b, study }));
        expect((await index.studies.study(b, { studyInstanceUID: study as StudyInstanceUID }, now()))?.rights[0]?.kind).toBe('owner');
      });
    });

    // ── Reading ──────────────────────────────────────────────────────────────

    test('instances and metadata in order, narrowed, in pages', async () => {
      const study = nextUID();
      const order = [...Array.from({ length: 450 }, (_, n) => n + 1), null];
      const shuffled = [...order].sort((a, b) => Number(sha256Of(Buffer.from(`${a}`)) > sha256Of(Buffer.from(`${b}`))) - 0.5);
      const outcomes = await Promise.all(
        shuffled.map((instanceNumber) =>
          store(instanceOf({ facility: hospital, study, series: `${study}.2`, seriesNumber: 2, instanceNumber })),
        ),
      );
      const studyId = outcomes[0]?.studyId as StudyId;
      await store(instanceOf({ facility: hospital, study, series: `${study}.1`, seriesNumber: 1, instanceNumber: 7 }));
      const all = await collect(index.studies.instancesOf(wholeStudy(studyId)));
      expect(all.map(({ instance }) => instance.instanceNumber)).toEqual([7, ...order]);
      const metadata = (await collect(index.studies.metadataOf(wholeStudy(studyId)))).flat();
      expect(metadata.map(({ sopInstanceUID }) => sopInstanceUID)).toEqual(all.map(({ instance }) => instance.sopInstanceUID));
      const seriesInstanceUID = `${study}.1` as SeriesInstanceUID;
      expect(await collect(index.studies.instancesOf(wholeStudy(studyId), { seriesInstanceUID }))).toHaveLength(1);
      const sopInstanceUID = all[5]?.instance.sopInstanceUID as SOPInstanceUID;
      expect((await collect(index.studies.metadataOf(wholeStudy(studyId), { sopInstanceUID }))).flat()).toHaveLength(1);
      const [{ id: seriesId, revision }] = (await index.studies.seriesOf(wholeStudy(studyId))).slice(-1) as [IndexedSeries];
      const versions = await index.studies.versionsOf(seriesId, revision);
      const inSeries = all.filter((one) => one.seriesId === seriesId);
      expect(versions).toEqual(new Map(inSeries.map(({ instance, object }) => [instance.sopInstanceUID, object.sha256])));
      expect(metadata.slice(-inSeries.length).map(({ sha256 }) => sha256)).toEqual(inSeries.map(({ object }) => object.sha256));
      expect(await index.studies.versionsOf(seriesId, revision - 1)).toBeUndefined();
      expect(await collect(index.studies.instancesOf(wholeStudy(studyId), { seriesInstanceUID, sopInstanceUID }))).toHaveLength(0);
    });

    test('a series metadata object is recorded for its revision only and void after the next instance', async () => {
      const item = instanceOf({ facility: hospital });
      const { seriesId, studyId } = await store(item);
      const series = await index.studies.seriesForDerivation(seriesId);
      expect(series).toMatchObject({ ownerFacilityCode: hospital.code, studyInstanceUID: item.study.studyInstanceUID });
      const revision = series?.revision ?? 0;
      const metadata = { key: `derived/${hospital.code}/x/metadata-1.json.gz` as ObjectKey, etag: '"1"' };
      expect(await index.studies.setSeriesMetadata(seriesId, revision - 1, metadata)).toBe(false);
      expect(await index.studies.setSeriesMetadata(seriesId, revision, metadata)).toBe(true);
      expect((await index.studies.seriesByUID(wholeStudy(studyId), item.series.seriesInstanceUID))?.metadata).toEqual(metadata);
      await store(instanceOf({ facility: hospital, study: item.study.studyInstanceUID }));
      expect(await index.studies.seriesByUID(wholeStudy(studyId), item.series.seriesInstanceUID)).toMatchObject({
        metadata: undefined,
        revision: revision + 1,
      });
      expect(await index.studies.seriesForDerivation('999999999' as typeof seriesId)).toBeUndefined();
    });

    test('every object is walked', async () => {
      const item = instanceOf({ facility: hospital });
      await store(item);
      const objects = await collect(index.studies.allObjects());
      expect(objects.filter(({ key }) => key === item.object.key)).toMatchObject([{ sha256: item.object.sha256, bytes: 16 }]);
      expect(new Set(objects.map(({ key }) => key)).size).toBe(objects.length);
    });
  });
}
