/** Where an instance is: what claims the place of another is kept beside it, the owner is told and settles it (gateway/decisions/ingest.md). */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { searchableName } from '../../gateway/dicom/text/person-name.ts';
import type { FacilityCode, NoticeId, SeriesInstanceUID, SOPInstanceUID, StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import type { Settlement } from '../../gateway/domain/imaging/notice.ts';
import type { Match } from '../../gateway/domain/imaging/query.ts';
import { type FinishOutcome, type InstanceToIndex, wholeStudy } from '../../gateway/domain/imaging/study.ts';
import { COMMAND_LINE } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import type { User } from '../../gateway/domain/people/user.ts';
import type { AuditEntry } from '../../gateway/domain/record/audit.ts';
import type { OpenedIndex } from '../../storage/index/open.ts';
import { createDoctor, embeddedDriver, instanceOf, NOBODY, nextUID, systemDriver, type Wanted } from '../fixtures/servers/index-drivers.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

const entry = (action: AuditEntry['action']) => ({ action, outcome: 'success', who: { kind: 'person', userId: '1' } }) as AuditEntry;

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`places on ${driver.name} PostgreSQL`, () => {
    let index: OpenedIndex;
    let second: OpenedIndex;
    let doctor: User;
    let facilities = 0;
    const now = () => new Date();
    const page = { offset: 0, limit: 100 };

    beforeAll(async () => {
      index = await driver.open();
      second = await driver.open();
      doctor = await createDoctor(index, await makeFacility());
    });
    afterAll(async () => {
      await second?.close();
      await index?.close();
      await driver.remove();
    });

    const makeFacility = () =>
      index.people.createFacility(
        { code: `P${++facilities}` as FacilityCode, name: 'P', nameKana: '', nameRomaji: '', aeTitles: [] },
        UNRECORDED,
      );
    async function store(item: InstanceToIndex, through = index): Promise<FinishOutcome> {
      const { facilityId, source } = item;
      const { key, sha256, bytes } = item.object;
      const { claimId } = await through.ingest.claim({
        facilityId,
        sopInstanceUID: item.instance.sopInstanceUID,
        key,
        sha256,
        bytes,
        source,
      });
      return through.ingest.finish(claimId, item);
    }
    const settle = (owner: Facility, noticeId: NoticeId, settlement: Settlement) =>
      index.notices.settle({ noticeId, facilityId: owner.id, settlement, by: doctor.id }, () => [entry('place-settled')], COMMAND_LINE);

    /** Each place of the facility that the index can find: what QIDO, the list and a retrieval go by. */
    async function placesOf(owner: Facility): Promise<string[]> {
      const places: string[] = [];
      for (const study of await index.studies.findStudies(owner, [], page, now())) {
        let instances = 0;
        for await (const { seriesInstanceUID, instance, object } of index.studies.instancesOf(wholeStudy(study.id))) {
          instances += 1;
          const name = `${study.study.patientID} ${study.study.studyInstanceUID}~${study.ordinal}`;
          places.push(`${name} ${seriesInstanceUID} ${instance.sopInstanceUID} ${object.sha256.slice(0, 8)}`);
          const pixels = await index.studies.pixels(wholeStudy(study.id), seriesInstanceUID, instance.sopInstanceUID);
          expect(pixels?.object.key).toBe(object.key);
        }
        expect(study.numberOfStudyRelatedInstances).toBe(instances);
        const series = await index.studies.seriesOf(wholeStudy(study.id));
        expect(study.numberOfStudyRelatedSeries).toBe(series.length);
        expect(series.reduce((sum, each) => sum + each.numberOfSeriesRelatedInstances, 0)).toBe(instances);
      }
      return places.sort();
    }
    const placeText = (item: InstanceToIndex, ordinal = 1) =>
      `${item.study.patientID} ${item.study.studyInstanceUID}~${ordinal} ${item.series.seriesInstanceUID} ${item.instance.sopInstanceUID} ${item.object.sha256.slice(0, 8)}`;

    /** What the first instance claims, by what differs: another series, study, patient; and the same study of another patient. */
    const CLAIMS: readonly [name: string, other: (first: InstanceToIndex) => Partial<Wanted>, ordinal: number, told: string][] = [
      ['another series', ({ study }) => ({ study: study.studyInstanceUID, series: `${study.studyInstanceUID}.9` }), 1, 'same-instance'],
      ['another study', () => ({}), 1, 'same-instance'],
      ['another study of another patient', () => ({ patientID: 'P-OTHER' }), 1, 'same-instance'],
      [
        'the same series of another patient',
        ({ study, series }) => ({ study: study.studyInstanceUID, series: series.seriesInstanceUID, patientID: 'P-OTHER' }),
        2,
        'other-patient',
      ],
      [
        'another series of another patient in the same study',
        ({ study }) => ({ study: study.studyInstanceUID, series: `${study.studyInstanceUID}.9`, patientID: 'P-OTHER' }),
        2,
        'other-patient',
      ],
    ];

    describe.each(CLAIMS)('the same SOP Instance UID in %s', (_name, other, ordinal, told) => {
      const pair = (owner: Facility) => {
        const first = instanceOf({ facility: owner, patientID: 'P-FIRST' });
        const claim = { patientID: 'P-FIRST', ...other(first), facility: owner, sop: first.instance.sopInstanceUID };
        return [first, instanceOf(claim)] as const;
      };

      test('is kept beside the first, which stays as it was; the owner is told', async () => {
        const owner = await makeFacility();
        const [first, claim] = pair(owner);
        const stored = await store(first);
        const before = await index.studies.study(owner, { studyInstanceUID: first.study.studyInstanceUID }, now());
        const beside = await store(claim);
        expect([stored.kind, beside.kind]).toEqual(['stored', 'stored']);
        expect(await placesOf(owner)).toEqual([placeText(first), placeText(claim, ordinal)].sort());
        const after = await index.studies.study(owner, { studyInstanceUID: first.study.studyInstanceUID }, now());
        expect(after?.study).toEqual(before?.study);
        expect(beside.place).toEqual({
          studyInstanceUID: claim.study.studyInstanceUID,
          seriesInstanceUID: claim.series.seriesInstanceUID,
          ...(ordinal === 1 ? {} : { of: { ownerCode: owner.code, ordinal } }),
        });
        expect(await index.notices.list(owner.id, 10)).toMatchObject([
          { kind: told, count: 1, settlement: undefined, other: { studyInstanceUID: first.study.studyInstanceUID } },
        ]);
        // Again: each is a duplicate where it is.
        for (const [item, outcome] of [
          [first, stored],
          [claim, beside],
        ] as const) {
          expect(await store(item)).toEqual({ ...outcome, kind: 'duplicate' });
          expect(await index.studies.knownDigests(owner.id, [item.object.sha256])).toEqual(new Set([item.object.sha256]));
          const held = await index.studies.keptOf(owner.id, [{ ...item.study, sopInstanceUIDs: [item.instance.sopInstanceUID] }]);
          expect(held).toEqual([expect.objectContaining({ held: 1, ...(item === claim && ordinal > 1 ? { ordinal } : {}) })]);
        }
        expect((await index.notices.list(owner.id, 10)).map(({ count }) => count)).toEqual([1]);
      });

      test('in one transaction with the first, and over two nodes at once', async () => {
        for (const [one, two] of [
          [index, index],
          [index, second],
        ] as const) {
          const owner = await makeFacility();
          const [first, claim] = pair(owner);
          const [stored, beside] = await Promise.all([one.ingest.finish(undefined, first), two.ingest.finish(undefined, claim)]);
          expect([stored.kind, beside.kind]).toEqual(['stored', 'stored']);
          const places = (await placesOf(owner)).map((place) => place.replace(/~\d/, ''));
          expect(places).toEqual([placeText(first), placeText(claim)].map((place) => place.replace(/~\d/, '')).sort());
          expect(await index.notices.list(owner.id, 10)).toMatchObject([{ kind: told }]);
        }
      });

      test('settled as a correction: the new place has both versions, the former is empty; sent again it is a duplicate there', async () => {
        const owner = await makeFacility();
        const [first, claim] = pair(owner);
        await store(first);
        const beside = await store(claim);
        const [notice] = await index.notices.list(owner.id, 10);
        const settled = await settle(owner, notice?.id as NoticeId, 'correction');
        expect(settled).toMatchObject({ kind: told, moved: 1 });
        expect(await placesOf(owner)).toEqual([placeText(claim, ordinal)]);
        const place = { studyInstanceUID: claim.study.studyInstanceUID, seriesInstanceUID: claim.series.seriesInstanceUID };
        for (const item of [first, claim]) {
          expect(await index.studies.hasObject(item.object.key)).toBe(true);
          expect(await store(item)).toMatchObject({ kind: 'duplicate', instanceId: beside.instanceId, place });
        }
        expect(await placesOf(owner)).toEqual([placeText(claim, ordinal)]);
        expect(await index.notices.list(owner.id, 10)).toMatchObject([{ settlement: 'correction' }]);
        expect(await settle(owner, notice?.id as NoticeId, 'two-objects')).toBeUndefined();
        expect((await index.audit.find({ limit: 1 }))[0]?.entry.action).toBe('place-settled');
      });

      test('settled as two objects: both stay, and nothing waits', async () => {
        const owner = await makeFacility();
        const [first, claim] = pair(owner);
        await store(first);
        await store(claim);
        const [notice] = await index.notices.list(owner.id, 10);
        expect(await settle(await makeFacility(), notice?.id as NoticeId, 'two-objects')).toBeUndefined();
        expect(await settle(owner, notice?.id as NoticeId, 'two-objects')).toMatchObject({ moved: 0 });
        expect((await index.audit.find({ limit: 1 }))[0]?.entry.action).toBe('place-settled');
        expect(await placesOf(owner)).toEqual([placeText(first), placeText(claim, ordinal)].sort());
        expect(await index.notices.list(owner.id, 10)).toMatchObject([{ settlement: 'two-objects' }]);
      });
    });

    test('an emergency patient, renamed and sent again whole or in part: one click brings everything to the real patient', async () => {
      const owner = await makeFacility();
      const study = nextUID();
      const emergency = Array.from({ length: 5 }, (_, n) =>
        instanceOf({ facility: owner, study, series: `${study}.${n % 2}`, patientID: 'EMERGENCY', modality: n % 2 === 0 ? 'CT' : 'MR' }),
      );
      await Promise.all(emergency.map((item) => store(item)));
      const real = emergency
        .slice(0, 3)
        .map(({ instance, series }) =>
          instanceOf({ facility: owner, study, series: series.seriesInstanceUID, sop: instance.sopInstanceUID, patientID: 'REAL' }),
        );
      await Promise.all(real.map((item) => store(item)));
      const notices = await index.notices.list(owner.id, 10);
      expect(notices).toMatchObject([
        { kind: 'other-patient', study: { study: { patientID: 'REAL' } }, other: { study: { study: { patientID: 'EMERGENCY' } } } },
      ]);
      expect(await settle(owner, notices[0]?.id as NoticeId, 'correction')).toMatchObject({ moved: 5 });
      const studies = await index.studies.findStudies(owner, [], page, now());
      expect(studies).toMatchObject([
        {
          study: { patientID: 'REAL' },
          ordinal: 2,
          numberOfStudyRelatedInstances: 5,
          numberOfStudyRelatedSeries: 2,
          shadowed: false,
          besides: 0,
        },
      ]);
      expect((await placesOf(owner)).length).toBe(5);
      for (const { object } of [...emergency, ...real]) expect(await index.studies.hasObject(object.key)).toBe(true);
      // The plain UID leads there now, and what the old address held is gone from it.
      expect((await index.studies.study(owner, { studyInstanceUID: study as StudyInstanceUID }, now()))?.ordinal).toBe(2);
      const former = { studyInstanceUID: study as StudyInstanceUID, of: { ownerCode: owner.code, ordinal: 1 } };
      expect(await index.studies.study(owner, former, now())).toBeUndefined();
      // One more from the emergency room: beside again, and told again.
      await store(instanceOf({ facility: owner, study, patientID: 'EMERGENCY' }));
      expect((await index.notices.list(owner.id, 10)).map(({ kind, settlement }) => [kind, settlement])).toEqual([
        ['other-patient', undefined],
        ['other-patient', 'correction'],
      ]);
    });

    describe('who is another patient under a Study Instance UID', () => {
      const known = {
        patientID: 'P-1',
        birthDate: '19700101',
        name: searchableName({ Alphabetic: 'Yamada^Taro', Ideographic: '山田^太郎' }),
      };
      const suzuki = searchableName({ Alphabetic: 'Suzuki^Jiro' });
      test.each<[name: string, first: Partial<Wanted>, then: Partial<Wanted>, studies: number]>([
        ['another identifier', known, { ...known, patientID: 'P-2' }, 2],
        ['another issuer', { ...known, issuer: 'A' }, { ...known, issuer: 'B' }, 2],
        ['an issuer where none was', known, { ...known, issuer: 'B' }, 1],
        ['the same identifier, the name spelled otherwise', known, { ...known, name: suzuki }, 1],
        ['the same identifier, another birth date', known, { ...known, birthDate: '19700102' }, 1],
        ['no identifier, the same name and birth date', known, { ...known, patientID: '' }, 1],
        [
          'no identifier, the same name in fewer groups',
          known,
          { ...known, patientID: '', name: searchableName({ Ideographic: '山田^太郎' }) },
          1,
        ],
        ['no identifier, another name', known, { ...known, patientID: '', name: suzuki }, 2],
        ['no identifier, another birth date', known, { ...known, patientID: '', birthDate: '19700102' }, 2],
        [
          'no identifier, a name in another script only, the same birth date',
          { ...known, name: suzuki },
          { ...known, patientID: '', name: searchableName({ Ideographic: '鈴木^次郎' }) },
          1,
        ],
        [
          'no identifier, a name in another script only, no birth date',
          { ...known, name: suzuki },
          { patientID: '', birthDate: '', name: searchableName({ Ideographic: '鈴木^次郎' }) },
          2,
        ],
        ['a header that names nobody', known, { patientID: '', birthDate: '', name: NOBODY }, 1],
        ['a patient after a header that named nobody', { patientID: '', birthDate: '', name: NOBODY }, known, 1],
        ['an identifier after a header without one, the same name', { ...known, patientID: '' }, known, 1],
        ['an identifier after a header without one, another name', { ...known, patientID: '', name: suzuki }, known, 2],
      ])('%s', async (_name, first, then, count) => {
        const owner = await makeFacility();
        const study = nextUID();
        await store(instanceOf({ facility: owner, study, ...first }));
        await store(instanceOf({ facility: owner, study, ...then }));
        const studies = await index.studies.findStudies(owner, [], page, now());
        expect(studies).toHaveLength(count);
        expect(studies.every(({ besides }) => besides === count - 1)).toBe(true);
        expect((await index.notices.list(owner.id, 10)).filter(({ kind }) => kind === 'other-patient')).toHaveLength(count - 1);
      });

      test('a header that says less of the patient takes nothing from the study', async () => {
        const owner = await makeFacility();
        const study = nextUID();
        await store(instanceOf({ facility: owner, study, ...known }));
        for (const less of [{ patientID: '' }, { birthDate: '' }, { name: NOBODY }, { patientID: '', birthDate: '', name: NOBODY }]) {
          await store(instanceOf({ facility: owner, study, ...known, ...less }));
        }
        const [only] = await index.studies.findStudies(owner, [], page, now());
        expect(only).toMatchObject({ numberOfStudyRelatedInstances: 5, study: { patientID: 'P-1', patientBirthDate: '19700101' } });
        expect(only?.study.patientName).toEqual(known.name);
        expect(await index.notices.list(owner.id, 10)).toEqual([]);
      });

      test('two nodes that begin a study of one patient at once make one study of it', async () => {
        const owner = await makeFacility();
        for (let round = 0; round < 40; round += 1) {
          const study = nextUID();
          const items = [index, second].map((through) => ({ through, item: instanceOf({ facility: owner, study }) }));
          await Promise.all(items.map(({ through, item }) => through.ingest.finish(undefined, item)));
          const found = await index.studies.findStudies(
            owner,
            [{ keyword: 'StudyInstanceUID', kind: 'values', values: [study] }],
            page,
            now(),
          );
          expect(found.map(({ ordinal, numberOfStudyRelatedInstances }) => [ordinal, numberOfStudyRelatedInstances])).toEqual([[1, 2]]);
        }
      });

      test('four patients under one UID in one batch and over two nodes: four studies, each with its own', async () => {
        const owner = await makeFacility();
        const study = nextUID();
        const items = Array.from({ length: 40 }, (_, n) => instanceOf({ facility: owner, study, patientID: `P-${n % 4}` }));
        await Promise.all(items.map((item, n) => store(item, n % 3 === 0 ? second : index)));
        const studies = await index.studies.findStudies(owner, [], page, now());
        expect(studies.map((each) => [each.ordinal, each.numberOfStudyRelatedInstances]).sort()).toEqual([1, 2, 3, 4].map((n) => [n, 10]));
        expect(new Set(studies.map((each) => each.study.patientID)).size).toBe(4);
        expect(studies.filter(({ shadowed }) => !shadowed).map(({ ordinal }) => ordinal)).toEqual([1]);
        expect(await index.notices.list(owner.id, 10)).toHaveLength(3);
      });
    });

    describe('several studies that one asker may see under one UID', () => {
      const uidMatch = (study: string): Match[] => [{ keyword: 'StudyInstanceUID', kind: 'values', values: [study] }];
      const address = (study: string, owner?: Facility, ordinal?: number) => ({
        studyInstanceUID: study as StudyInstanceUID,
        ...(owner === undefined ? {} : { of: { ownerCode: owner.code, ...(ordinal === undefined ? {} : { ordinal }) } }),
      });

      test('all are listed; the UID alone means the own one, then the first that was shared; each can be addressed', async () => {
        const [a, b, guest] = [await makeFacility(), await makeFacility(), await makeFacility()];
        const study = nextUID();
        const share = async (made: FinishOutcome) =>
          index.shares.share(
            { studyId: made.studyId, toFacilityId: guest.id, until: new Date(Date.now() + 3_600_000), by: doctor.id },
            () => [entry('study-shared')],
            COMMAND_LINE,
          );
        const genuine = await store(instanceOf({ facility: a, study, patientID: 'OF-A' }));
        const forged = await store(instanceOf({ facility: b, study, patientID: 'OF-B' }));
        const rowsOf = async (facility: Facility) => {
          const found = [
            (await index.studies.listStudies(facility, { words: [], modalities: [] }, { limit: 100 }, now())).studies,
            await index.studies.findStudies(facility, uidMatch(study), page, now()),
            (await index.studies.findSeries(facility, uidMatch(study), page, now())).map((row) => row.study),
            (await index.studies.findInstances(facility, uidMatch(study), page, now())).map((row) => row.study),
          ].map((rows) => rows.map((row) => `${row.study.patientID}${row.shadowed ? ' shadowed' : ''} ${row.besides}`).sort());
          for (const rows of found) expect(rows).toEqual(found[0]);
          return found[0];
        };
        const opened = async (facility: Facility, of?: Facility, ordinal?: number) =>
          (await index.studies.study(facility, address(study, of, ordinal), now()))?.study.patientID;

        const first = await share(genuine);
        expect(await rowsOf(guest)).toEqual(['OF-A 0']);
        await share(forged);
        // Sharing it again does not put the first behind the second.
        await share(genuine);
        expect(await rowsOf(guest)).toEqual(['OF-A 1', 'OF-B shadowed 1']);
        expect(await opened(guest)).toBe('OF-A');
        expect(await opened(guest, b)).toBe('OF-B');
        expect(await opened(guest, a, 1)).toBe('OF-A');
        expect([await opened(guest, a, 2), await opened(guest, guest)]).toEqual([undefined, undefined]);

        await store(instanceOf({ facility: guest, study, patientID: 'OWN' }));
        await store(instanceOf({ facility: guest, study, patientID: 'OWN-2' }));
        expect(await rowsOf(guest)).toEqual(['OF-A shadowed 3', 'OF-B shadowed 3', 'OWN 3', 'OWN-2 shadowed 3']);
        expect(await opened(guest)).toBe('OWN');
        expect([await opened(guest, guest), await opened(guest, guest, 2), await opened(guest, a)]).toEqual(['OWN', 'OWN-2', 'OF-A']);
        // What others may not see is in none of their answers, nor counted.
        expect(await rowsOf(a)).toEqual(['OF-A 0']);
        expect([await opened(a, guest, 2), await opened(a, b), await opened(b, a, 1)]).toEqual([undefined, undefined, undefined]);

        await index.shares.revoke(first.id, genuine.studyId, doctor.id, entry('share-revoked'), COMMAND_LINE);
        expect(await rowsOf(guest)).toEqual(['OF-B shadowed 2', 'OWN 2', 'OWN-2 shadowed 2']);
        expect(await opened(guest, a, 1)).toBeUndefined();
      });

      test('a search is confined to one owner, to one of its studies, or to what is below one', async () => {
        const [a, b] = [await makeFacility(), await makeFacility()];
        const study = nextUID();
        const one = await store(instanceOf({ facility: a, study, patientID: 'A-1' }));
        await store(instanceOf({ facility: a, study, patientID: 'A-2' }));
        const shared = await store(instanceOf({ facility: b, study, patientID: 'B-1' }));
        await index.shares.share(
          { studyId: shared.studyId, toFacilityId: a.id, until: new Date(Date.now() + 3_600_000), by: doctor.id },
          () => [entry('study-shared')],
          COMMAND_LINE,
        );
        const found = async (only: Parameters<typeof index.studies.findStudies>[4]) => [
          (await index.studies.findStudies(a, [], page, now(), only)).map((row) => row.study.patientID).sort(),
          (await index.studies.findSeries(a, [], page, now(), only)).map((row) => row.study.study.patientID).sort(),
          (await index.studies.findInstances(a, [], page, now(), only)).map((row) => row.study.study.patientID).sort(),
        ];
        const thrice = (...patients: string[]) => [patients, patients, patients];
        expect(await found({})).toEqual(thrice('A-1', 'A-2', 'B-1'));
        expect(await found({ of: { ownerCode: a.code } })).toEqual(thrice('A-1', 'A-2'));
        expect(await found({ of: { ownerCode: a.code, ordinal: 2 } })).toEqual(thrice('A-2'));
        expect(await found({ of: { ownerCode: b.code } })).toEqual(thrice('B-1'));
        expect(await found({ of: { ownerCode: 'NOBODY' as FacilityCode } })).toEqual(thrice());
        expect(await found({ studyId: one.studyId })).toEqual(thrice('A-1'));
      });
    });

    describe('what was received is on record in the transaction that finishes it', () => {
      const receptionsOf = async (study: string) =>
        (await index.audit.find({ studyInstanceUID: study as StudyInstanceUID, limit: 1_000 })).map(({ entry: { action, what, who } }) => ({
          action,
          series: what?.seriesInstanceUID,
          ordinal: what?.ordinal,
          count: what?.count,
          who,
        }));

      test('one entry a sender and series in a batch, with how many; duplicates are none', async () => {
        const owner = await makeFacility();
        const study = nextUID();
        const items = Array.from({ length: 30 }, (_, n) => instanceOf({ facility: owner, study, series: `${study}.${n % 2}` }));
        await Promise.all(items.map((item) => index.ingest.finish(undefined, item)));
        await Promise.all(items.map((item) => index.ingest.finish(undefined, item)));
        const entries = await receptionsOf(study);
        const sums = (series: string) => entries.filter((each) => each.series === series).reduce((sum, { count = 0 }) => sum + count, 0);
        expect([sums(`${study}.0`), sums(`${study}.1`)]).toEqual([15, 15]);
        expect(entries.length).toBeLessThanOrEqual(6);
        expect(entries[0]).toEqual({
          action: 'study-received',
          series: expect.any(String),
          ordinal: undefined,
          count: expect.any(Number),
          who: { kind: 'system', facilityCode: owner.code, through: 'dimse', aeTitle: 'CT1' },
        });
        expect(await index.audit.verify()).toMatchObject({ intact: true });
      });

      test('new versions and other patients as what they are; a reindex is no reception', async () => {
        const owner = await makeFacility();
        const study = nextUID();
        const series = `${study}.1` as SeriesInstanceUID;
        const first = instanceOf({ facility: owner, study });
        const sop: SOPInstanceUID = first.instance.sopInstanceUID;
        await store(first);
        await store(instanceOf({ facility: owner, study, sop }));
        await store(instanceOf({ facility: owner, study, patientID: 'P-2' }));
        await store({ ...instanceOf({ facility: owner, study }), source: { door: 'reindex' } });
        const brief = (await receptionsOf(study)).map(({ action, series: of, ordinal, count }) => [action, of, ordinal, count]);
        expect(brief).toEqual([
          ['study-received', series, 2, 1],
          ['instance-new-version', series, undefined, 1],
          ['study-received', series, undefined, 1],
        ]);
        // The owner of one of the two reads its own.
        const ofSecond = await index.audit.find({
          studyInstanceUID: study as StudyInstanceUID,
          ownerFacilityCode: owner.code,
          ordinal: 2,
          limit: 9,
        });
        expect(ofSecond.map(({ entry: { what } }) => what?.ordinal)).toEqual([2]);
      });

      test('hostile UIDs do not break the chain', async () => {
        const owner = await makeFacility();
        const study = `1.2."count":-1,"action":"x".\u0000\ud800${nextUID()}`;
        expect((await index.ingest.finish(undefined, instanceOf({ facility: owner, study }, { key: 'originals/x' }))).kind).toBe('stored');
        expect(await index.audit.verify()).toMatchObject({ intact: true });
      });

      test('what is put aside too', async () => {
        const owner = await makeFacility();
        const before = (await index.audit.find({ limit: 1 }))[0]?.seq ?? 0;
        const entryOf = instanceOf({ facility: owner });
        await index.ingest.quarantine({
          facilityId: owner.id,
          facilityCode: owner.code,
          source: entryOf.source,
          reason: 'not-dicom',
          key: entryOf.object.key,
          bytes: 5,
          sha256: entryOf.object.sha256,
        });
        expect((await index.audit.find({ limit: 1 }))[0]).toMatchObject({
          seq: before + 1,
          entry: { action: 'instance-quarantined', what: { ownerFacilityCode: owner.code, quarantine: 'not-dicom', count: 1 } },
        });
      });
    });
  });
}
