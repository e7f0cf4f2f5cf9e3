/** One suite over both drivers of the index's ports: the embedded server and a PostgreSQL of the system's. */
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foldName, searchableName } from '../../gateway/dicom/text/person-name.ts';
import type {
  FacilityCode,
  FacilityId,
  ObjectKey,
  SeriesInstanceUID,
  ShareId,
  SOPInstanceUID,
  StudyId,
  StudyInstanceUID,
  UserId,
} from '../../gateway/domain/identifiers.ts';
import type { FrameIndex } from '../../gateway/domain/imaging/dataset.ts';
import type { Match, StudyListFilter } from '../../gateway/domain/imaging/query.ts';
import type { FinishOutcome, InstanceToIndex } from '../../gateway/domain/imaging/study.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import { DEVICES_A_USER_MAX, SESSIONS_A_USER_MAX, TOKENS_A_USER_MAX } from '../../gateway/domain/people/credentials.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import type { User } from '../../gateway/domain/people/user.ts';
import type { AuditEntry } from '../../gateway/domain/record/audit.ts';
import { type OpenedIndex, openIndex } from '../../storage/index/open.ts';
import { migrate, readMigrations } from '../../storage/index/postgres/migrate.ts';
import {
  embeddedDriver,
  instanceOf,
  NOBODY,
  nextUID,
  SOURCE,
  sha256Of,
  systemDriver,
  type Wanted,
  YAMADA,
} from '../fixtures/servers/index-drivers.ts';
import { query, startPostgresServer } from '../fixtures/servers/postgres-server.ts';

let serial = 0;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const entry = (action: AuditEntry['action'], what: AuditEntry['what'] = {}): AuditEntry => ({
  action,
  outcome: 'success',
  who: { kind: 'person', userId: '1', job: 'physician' },
  what,
});

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`index on ${driver.name} PostgreSQL`, () => {
    let index: OpenedIndex;
    let hospital: Facility;
    let clinic: Facility;
    let doctor: User;
    const now = () => new Date();
    const later = (ms = 3_600_000) => new Date(Date.now() + ms);

    const makeFacility = (code = `F${++serial}`) =>
      index.people.createFacility({
        code: code as FacilityCode,
        name: '中央病院',
        nameKana: 'チュウオウビョウイン',
        nameRomaji: 'Chuo',
        aeTitles: [{ aeTitle: `AE${++serial}` }],
      });
    const makeUser = (facility: Facility | undefined, administrator = false) =>
      index.people.createUser({
        email: `User${++serial}@Example.jp`,
        name: '佐藤 花子',
        nameKana: 'サトウ ハナコ',
        facilityId: facility?.id,
        job: 'physician',
        administrator,
        passwordHash: 'hash',
      });
    const claimOf = (item: InstanceToIndex) =>
      index.ingest.claim({
        facilityId: item.facilityId,
        sopInstanceUID: item.instance.sopInstanceUID,
        key: item.object.key,
        sha256: item.object.sha256,
        bytes: item.object.bytes,
        source: item.source,
      });
    const store = async (item: InstanceToIndex): Promise<FinishOutcome> => {
      const { claimId } = await claimOf(item);
      return index.ingest.finish(claimId, item);
    };
    const find = (facility: Facility, ...matches: Match[]) =>
      index.studies.findStudies(facility.id, matches, { offset: 0, limit: 100 }, now());
    const list = async (facility: Facility, filter: Partial<StudyListFilter> = {}) =>
      (await index.studies.listStudies(facility.id, { words: [], modalities: [], ...filter }, { limit: 100 }, now())).studies;
    const share = (studyId: StudyId, to: Facility, until = later()) =>
      index.shares.share({ studyId, toFacilityId: to.id, until, by: doctor.id }, entry('study-shared'));

    beforeAll(async () => {
      index = await driver.open();
      hospital = await makeFacility();
      clinic = await makeFacility();
      doctor = await makeUser(hospital);
    });
    afterAll(async () => {
      await index?.close();
      await driver.remove();
    });

    // ── Ingest ───────────────────────────────────────────────────────────────

    test('an instance is claimed, finished, found and read back', async () => {
      const frames: FrameIndex = { kind: 'encapsulated', frames: [[5_000_000_000, 17], [5_000_000_025, 3, 5_000_000_036, 9], []] };
      const item = instanceOf({ facility: hospital, frames, accessionNumber: 'ACC-READ' });
      const claim = await claimOf(item);
      expect(claim).toEqual({ claimId: expect.any(String), kept: [] });
      const outcome = await index.ingest.finish(claim.claimId, item);
      expect(outcome.kind).toBe('stored');

      const study = await index.studies.study(hospital.id, { studyInstanceUID: item.study.studyInstanceUID }, now());
      expect(study).toMatchObject({
        id: outcome.studyId,
        owner: { id: hospital.id, code: hospital.code },
        right: { kind: 'owner' },
        study: item.study,
        modalitiesInStudy: ['CT'],
        numberOfStudyRelatedSeries: 1,
        numberOfStudyRelatedInstances: 1,
        completeAt: undefined,
      });
      const [series] = await index.studies.seriesOf(outcome.studyId);
      expect(series).toMatchObject({ id: outcome.seriesId, series: item.series, numberOfSeriesRelatedInstances: 1, metadata: undefined });
      const pixels = await index.studies.pixels(outcome.studyId, item.series.seriesInstanceUID, item.instance.sopInstanceUID);
      expect(pixels).toMatchObject({ id: outcome.instanceId, instance: item.instance, object: item.object, frames });
      expect(gunzipSync(pixels?.metadataGzip ?? Buffer.alloc(0)).toString()).toContain(item.instance.sopInstanceUID);
      expect(await index.studies.pixels(outcome.studyId, nextUID() as SeriesInstanceUID, item.instance.sopInstanceUID)).toBeUndefined();
      expect(await index.studies.hasObject(item.object.key)).toBe(true);
      expect(await index.studies.hasObject('originals/stray' as ObjectKey)).toBe(false);
      expect(await index.studies.hasObject(item.object.key.replace(/.{8}\.dcm$/, '00000000.dcm') as ObjectKey)).toBe(false);
    });

    test.each<[string, FrameIndex]>([
      ['no pixels', { kind: 'none' }],
      ['float pixels', { kind: 'native', frames: 3, offset: 7, frameBits: 9, tag: '7FE00008' }],
      [
        'deflated',
        { kind: 'deflated', dataSetOffset: 340, within: { kind: 'native', frames: 1, offset: 0, frameBits: 8, tag: '7FE00010' } },
      ],
      [
        'fragments before their predecessors',
        {
          kind: 'encapsulated',
          frames: [
            [900, 10],
            [100, 20],
          ],
        },
      ],
    ])('frame index: %s', async (_name, frames) => {
      const item = instanceOf({ facility: hospital, frames });
      const { studyId } = await store(item);
      expect((await index.studies.pixels(studyId, undefined, item.instance.sopInstanceUID))?.frames).toEqual(frames);
    });

    test('the same bytes again: nothing new, no claim', async () => {
      const item = instanceOf({ facility: hospital });
      const first = await store(item);
      const again = await claimOf(item);
      expect(again).toEqual({
        claimId: undefined,
        kept: [{ place: first.place, key: item.object.key, sha256: item.object.sha256, dataSetOffset: 318, bytes: item.object.bytes }],
      });
      expect(await index.ingest.finish(undefined, item)).toEqual({ ...first, kind: 'duplicate' });
      expect(
        (await index.studies.study(hospital.id, { studyInstanceUID: item.study.studyInstanceUID }, now()))?.numberOfStudyRelatedInstances,
      ).toBe(1);
    });

    test('the same UID, other bytes: both kept, the newest served, the owner told; the older bytes again change nothing', async () => {
      const owner = await makeFacility();
      const old = instanceOf({ facility: owner, description: 'before' });
      const corrected = instanceOf({
        facility: owner,
        study: old.study.studyInstanceUID,
        sop: old.instance.sopInstanceUID,
        description: 'after',
        name: searchableName({ Alphabetic: 'Suzuki^Jiro' }),
      });
      await store(old);
      const before = await index.studies.study(owner.id, { studyInstanceUID: old.study.studyInstanceUID }, now());
      const outcome = await store(corrected);
      expect(outcome.kind).toBe('new-version');
      // Whoever remembers pixels under this time must see that it moved, were the clocks of two nodes an hour apart.
      expect(
        (await index.studies.study(owner.id, { studyInstanceUID: old.study.studyInstanceUID }, now()))?.lastReceivedAt.getTime(),
      ).toBeGreaterThan(before?.lastReceivedAt.getTime() ?? 0);
      expect(await store(old)).toMatchObject({ kind: 'duplicate' });

      const study = await index.studies.study(owner.id, { studyInstanceUID: old.study.studyInstanceUID }, now());
      expect(study?.study).toEqual(corrected.study);
      expect(study?.numberOfStudyRelatedInstances).toBe(1);
      expect((await index.studies.pixels(outcome.studyId, undefined, old.instance.sopInstanceUID))?.object).toEqual(corrected.object);
      for (const { object } of [old, corrected]) expect(await index.studies.hasObject(object.key)).toBe(true);
      const told = {
        id: expect.any(String),
        settlement: undefined,
        other: undefined,
        at: expect.any(Date),
        count: 1,
        studyInstanceUID: old.study.studyInstanceUID,
        sopInstanceUID: old.instance.sopInstanceUID,
        study,
      };
      // Its name is another one too.
      expect(await index.notices.list(owner.id, 10)).toEqual([
        { kind: 'new-version', ...told },
        { kind: 'patient-changed', ...told },
      ]);
      expect(await index.notices.list(clinic.id, 10)).toEqual([]);
      expect(await list(owner, { words: [{ folded: 'yamada', raw: 'yamada' }] })).toHaveLength(0);
      expect(await list(owner, { words: [{ folded: 'suzuki', raw: 'suzuki' }] })).toHaveLength(1);
    });

    test.each<[name: string, other: Partial<Wanted>]>([
      ['issuer of the identifier, which was not said before', { issuer: '東病院' }],
      ['birth date', { birthDate: '19700102' }],
      ['name', { name: searchableName({ Alphabetic: 'Suzuki^Jiro', Ideographic: '鈴木^次郎', Phonetic: 'すずき^じろう' }) }],
    ])('the same patient’s %s changes under a study: its owner is told, and nobody else', async (_name, other) => {
      const owner = await makeFacility();
      const study = nextUID();
      const { studyId } = await store(instanceOf({ facility: owner, study }));
      await share(studyId, clinic);
      const second = instanceOf({ facility: owner, study, ...other });
      await store(second);
      const shown = await index.studies.study(owner.id, { studyInstanceUID: study as StudyInstanceUID }, now());
      expect(shown?.study).toEqual(second.study);
      expect(await index.notices.list(owner.id, 10)).toEqual([
        {
          id: expect.any(String),
          kind: 'patient-changed',
          settlement: undefined,
          other: undefined,
          at: expect.any(Date),
          count: 1,
          studyInstanceUID: study,
          sopInstanceUID: second.instance.sopInstanceUID,
          study: shown,
        },
      ]);
      const toldElsewhere = [...(await index.notices.list(clinic.id, 200)), ...(await index.notices.list(hospital.id, 200))];
      expect(toldElsewhere.filter(({ studyInstanceUID }) => studyInstanceUID === study)).toEqual([]);
    });

    test.each<[name: string, other: Partial<Wanted>]>([
      ['the same header', {}],
      ['another description, date and modality', { description: '腹部CT', date: '20260402', modality: 'MR' }],
      ['the name in another spelling that is found as the same', { name: searchableName({ ...YAMADA.value, Alphabetic: 'YAMADA^TARO' }) }],
    ])('the patient stays (%s): nobody is told', async (_name, other) => {
      const owner = await makeFacility();
      const study = nextUID();
      await store(instanceOf({ facility: owner, study }));
      await store(instanceOf({ facility: owner, study, ...other }));
      expect(await index.notices.list(owner.id, 10)).toEqual([]);
    });

    test('another facility’s patient under the same Study Instance UID is another study: neither is told', async () => {
      const [owner, other] = [await makeFacility(), await makeFacility()];
      const study = nextUID();
      await store(instanceOf({ facility: owner, study }));
      await store(instanceOf({ facility: other, study, patientID: 'P-9', name: searchableName({ Alphabetic: 'Mori^Ken' }) }));
      expect([await index.notices.list(owner.id, 10), await index.notices.list(other.id, 10)]).toEqual([[], []]);
    });

    test('many new versions of a study are one notice that counts them; newest first, no more than asked for', async () => {
      const owner = await makeFacility();
      const send = async (study: string, of: readonly InstanceToIndex[]) => {
        const renewed = of.map(({ instance }) => instanceOf({ facility: owner, study, sop: instance.sopInstanceUID }));
        await Promise.all(renewed.map(store));
      };
      const [first, second] = [nextUID(), nextUID()];
      const firstItems = Array.from({ length: 30 }, () => instanceOf({ facility: owner, study: first }));
      const secondItems = [instanceOf({ facility: owner, study: second })];
      await Promise.all([...firstItems, ...secondItems].map(store));
      expect(await index.notices.list(owner.id, 10)).toEqual([]);
      await send(first, firstItems);
      await send(second, secondItems);
      const brief = async (limit: number) =>
        (await index.notices.list(owner.id, limit)).map(({ kind, count, studyInstanceUID }) => [kind, count, studyInstanceUID]);
      expect(await brief(10)).toEqual([
        ['new-version', 1, second],
        ['new-version', 30, first],
      ]);
      await send(first, firstItems.slice(0, 5));
      expect(await brief(10)).toEqual([
        ['new-version', 35, first],
        ['new-version', 1, second],
      ]);
      expect(await brief(1)).toEqual([['new-version', 35, first]]);

      // What came more than a day ago is news of its own.
      const client = await driver.superuser();
      await client.query(`UPDATE notices SET since = since - interval '2 days', at = at - interval '2 days' WHERE facility_id = $1`, [
        owner.id,
      ]);
      await client.end();
      await send(second, secondItems);
      expect(await brief(10)).toEqual([
        ['new-version', 1, second],
        ['new-version', 35, first],
        ['new-version', 1, second],
      ]);
    });

    test('eight senders into one study, three series, some instances sent twice: counts are exact', async () => {
      const owner = await makeFacility();
      const study = nextUID();
      const items = Array.from({ length: 240 }, (_, n) =>
        instanceOf({ facility: owner, study, series: `${study}.${n % 3}`, instanceNumber: n, seriesNumber: n % 3 }),
      );
      const queues = Array.from({ length: 8 }, (_, sender) => items.filter((_item, n) => n % 8 === sender || n % 8 === (sender + 1) % 8));
      const second = await driver.open();
      const kinds = (
        await Promise.all(
          queues.map(async (queue, sender) => {
            const through = sender % 2 === 0 ? index : second;
            const outcomes: string[] = [];
            for (const item of queue) {
              const { claimId } = await through.ingest.claim({
                facilityId: owner.id,
                sopInstanceUID: item.instance.sopInstanceUID,
                key: item.object.key,
                sha256: item.object.sha256,
                bytes: 16,
                source: SOURCE,
              });
              outcomes.push((await through.ingest.finish(claimId, item)).kind);
            }
            return outcomes;
          }),
        )
      ).flat();
      await second.close();
      expect(kinds.filter((kind) => kind === 'stored')).toHaveLength(240);
      expect(kinds.filter((kind) => kind === 'duplicate')).toHaveLength(240);
      const found = await index.studies.study(owner.id, { studyInstanceUID: study as StudyInstanceUID }, now());
      expect(found).toMatchObject({ numberOfStudyRelatedSeries: 3, numberOfStudyRelatedInstances: 240 });
      const series = await index.studies.seriesOf(found?.id as StudyId);
      expect(series.map((one) => one.numberOfSeriesRelatedInstances)).toEqual([80, 80, 80]);
      const numbers = (await collect(index.studies.instancesOf(found?.id as StudyId))).map(({ instance }) => instance.instanceNumber);
      expect(numbers).toEqual([0, 1, 2].flatMap((first) => Array.from({ length: 80 }, (_, n) => first + 3 * n)));
      expect((await index.ingest.abandonedClaims(later(), 1_000)).filter((claim) => claim.facilityId === owner.id)).toEqual([]);
    });

    test('hostile text is stored: NUL, half a surrogate pair, very long values', async () => {
      const owner = await makeFacility();
      const item = instanceOf({
        facility: owner,
        patientID: `A\u0000B${'x'.repeat(20_000)}`,
        description: `\ud800 ${'長'.repeat(5_000)}`,
        accessionNumber: 'y'.repeat(9_000),
      });
      expect((await store(item)).kind).toBe('stored');
      expect(await find(owner, { keyword: 'AccessionNumber', kind: 'values', values: ['y'.repeat(9_000)] })).toHaveLength(1);
      expect((await list(owner))[0]?.study.patientID.startsWith('A\uFFFDB')).toBe(true);
    });

    test('an item the database cannot take fails alone', async () => {
      const good = [0, 1, 2].map(() => instanceOf({ facility: hospital }));
      const bad = instanceOf({ facility: { ...hospital, id: '999999999' as FacilityId } });
      const settled = await Promise.allSettled([...good, bad].map((item) => index.ingest.finish(undefined, item)));
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
      expect(settled[3]).toMatchObject({ reason: { kind: 'not-found' } });
    });

    test('a left-over claim is swept by one node only, and can then not be finished', async () => {
      const item = instanceOf({ facility: hospital });
      const { claimId } = await claimOf(item);
      const second = await driver.open();
      const mine = (claims: readonly { id: string }[]) => claims.filter((claim) => claim.id === claimId).length;
      const [a, b] = await Promise.all([index.ingest.abandonedClaims(later(), 1_000), second.ingest.abandonedClaims(later(), 1_000)]);
      await second.close();
      expect(mine(a) + mine(b)).toBe(1);
      expect([...a, ...b].find((claim) => claim.id === claimId)).toMatchObject({
        key: item.object.key,
        sha256: item.object.sha256,
        source: SOURCE,
      });
      expect(mine(await index.ingest.abandonedClaims(new Date(0), 1_000))).toBe(0);
      await expect(index.ingest.finish(claimId, item)).rejects.toMatchObject({ kind: 'busy' });
      expect(await index.studies.study(hospital.id, { studyInstanceUID: item.study.studyInstanceUID }, now())).toBeUndefined();
      if (claimId !== undefined) await index.ingest.release(claimId);
      await expect(index.ingest.finish(claimId, item)).rejects.toMatchObject({ kind: 'busy' });
    });

    test('quarantine lists newest first, a page at a time', async () => {
      const put = (reason: string) =>
        index.ingest.quarantine({
          facilityId: hospital.id,
          source: SOURCE,
          reason,
          facilityCode: hospital.code,
          key: `quarantine/${hospital.code}/${sha256Of(Buffer.from(reason))}.bin` as ObjectKey,
          bytes: 5,
          sha256: sha256Of(Buffer.from(reason)),
        });
      const first = await put('not-dicom');
      const second = await put('no-study-instance-uid');
      const page = await index.ingest.quarantined({ limit: 1 });
      expect(page).toMatchObject([{ id: second, reason: 'no-study-instance-uid', facilityCode: hospital.code, bytes: 5, source: SOURCE }]);
      expect(await index.ingest.quarantined({ before: second, limit: 1 })).toMatchObject([{ id: first, reason: 'not-dicom' }]);
    });

    test('a quiet study becomes complete, and is not when more arrives', async () => {
      const item = instanceOf({ facility: hospital });
      const { studyId } = await store(item);
      const uid = item.study.studyInstanceUID;
      expect(await index.ingest.completeQuietStudies(new Date(0), 1_000)).not.toContain(studyId);
      expect(await index.ingest.completeQuietStudies(later(), 1_000)).toContain(studyId);
      expect((await index.studies.study(hospital.id, { studyInstanceUID: uid }, now()))?.completeAt).toBeInstanceOf(Date);
      await store(instanceOf({ facility: hospital, study: uid }));
      expect((await index.studies.study(hospital.id, { studyInstanceUID: uid }, now()))?.completeAt).toBeUndefined();
    });

    test('a study is complete at once when as many instances are there as its header announced', async () => {
      const uid = nextUID();
      const { studyId } = await store(instanceOf({ facility: hospital, study: uid, announced: 2 }));
      expect(await index.ingest.completeQuietStudies(new Date(0), 1_000)).not.toContain(studyId);
      await store(instanceOf({ facility: hospital, study: uid, announced: 2 }));
      expect(await index.ingest.completeQuietStudies(new Date(0), 1_000)).toContain(studyId);
    });

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
          const series = await index.studies.findSeries(clinic.id, [step], { offset: 0, limit: 100 }, now());
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
          (await index.studies.findSeries(clinic.id, matches, { offset: 0, limit: 10 }, now())).map(({ series }) => series.seriesNumber);
        expect(await numbers(values('ScheduledProcedureStepID', 'SPS2'))).toEqual([1]);
        expect(await numbers(values('RequestedProcedureID', 'RP2'))).toEqual([1, 3]);
        expect(await numbers(wildcard('ScheduledProcedureStepID', 'SPS?'), values('RequestedProcedureID', 'RP1'))).toEqual([0, 1]);
        expect(await numbers(values('ScheduledProcedureStepID', 'SPS2'), values('RequestedProcedureID', 'RP2'))).toEqual([]);
        expect(await numbers(values('ScheduledProcedureStepID', 'sps2'))).toEqual([]);
        const sps1 = values('ScheduledProcedureStepID', 'SPS1');
        expect(await index.studies.findInstances(clinic.id, [sps1], { offset: 0, limit: 10 }, now())).toHaveLength(1);
        expect(await find(clinic, sps1)).toHaveLength(1);
        const [, both] = await index.studies.findSeries(clinic.id, [], { offset: 0, limit: 10 }, now());
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
        const pages = await Promise.all([0, 1, 2, 3].map((offset) => index.studies.findStudies(owner.id, [], { offset, limit: 1 }, now())));
        expect(pages.flat().map(({ study }) => study.studyInstanceUID)).toEqual([uids['hanako'], uids['taro'], uids['undated']]);
      });

      test('series and instances', async () => {
        const page = { offset: 0, limit: 10 };
        const series = await index.studies.findSeries(owner.id, [values('StudyInstanceUID', uids['hanako'] ?? '')], page, now());
        expect(series.map((one) => [one.series.modality, one.study.study.studyInstanceUID, one.studyInstanceUID])).toEqual([
          ['MR', uids['hanako'], uids['hanako']],
          ['PT', uids['hanako'], uids['hanako']],
        ]);
        expect(await index.studies.findSeries(owner.id, [values('Modality', 'PT')], page, now())).toHaveLength(1);
        const instances = await index.studies.findInstances(owner.id, [values('Modality', 'PT')], page, now());
        expect(instances).toMatchObject([{ instance: { instanceNumber: null }, series: { series: { modality: 'PT' } } }]);
        const headers = await index.studies.headersOf(instances.map(({ versionId }) => versionId));
        expect([...headers.keys()]).toEqual(instances.map(({ versionId }) => versionId));
        const [header = Buffer.alloc(0)] = headers.values();
        expect(gunzipSync(header).toString()).toContain(instances[0]?.instance.sopInstanceUID);
        const sop = instances[0]?.instance.sopInstanceUID ?? '';
        expect(await index.studies.findInstances(owner.id, [values('SOPInstanceUID', sop)], page, now())).toHaveLength(1);
        expect(await index.studies.findInstances(owner.id, [values('InstanceNumber', '1')], page, now())).toHaveLength(3);
        expect(await index.studies.findSeries(owner.id, [name('yam*')], page, now())).toHaveLength(1);
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
        const first = await index.studies.listStudies(owner.id, { words, modalities: [] }, { limit: 1 }, now());
        expect(first.studies).toHaveLength(1);
        const all = await list(owner, { words });
        const rest = await index.studies.listStudies(owner.id, { words, modalities: [] }, { limit: 9, after: first.next ?? '' }, now());
        expect([...first.studies, ...rest.studies].map(({ id }) => id)).toEqual(all.map(({ id }) => id));
        const ct = values('ModalitiesInStudy', 'CT', 'MR');
        const pages = await Promise.all([0, 1, 2].map((offset) => index.studies.findStudies(owner.id, [ct], { offset, limit: 1 }, now())));
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
            big.id,
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
        await expect(
          index.studies.listStudies(big.id, { words: [], modalities: [] }, { limit: 4, after: 'x' }, now()),
        ).rejects.toMatchObject({ kind: 'invalid' });
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
        expect((await index.studies.study(a.id, { studyInstanceUID: study as StudyInstanceUID }, now()))?.study.studyDescription).toBe(
          'of A',
        );
        expect((await index.studies.pixels(second.studyId, undefined, sop as SOPInstanceUID))?.object.key).toBe(ofB.object.key);
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
          expect(await index.studies.findStudies(stranger.id, matches, page, now())).toEqual([]);
          expect(await index.studies.findSeries(stranger.id, matches, page, now())).toEqual([]);
          expect(await index.studies.findInstances(stranger.id, matches, page, now())).toEqual([]);
        }
        expect(await list(stranger, { words: [{ raw: 'ISOLATED', folded: 'isolated' }] })).toEqual([]);
        expect(await index.studies.study(stranger.id, { studyInstanceUID: item.study.studyInstanceUID }, now())).toBeUndefined();
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
          createdBy: doctor.id,
          createdByName: doctor.name,
          revokedAt: undefined,
        });
        expect((await index.audit.find({ limit: 1 }))[0]).toMatchObject({ seq: before + 1, entry: { action: 'study-shared' } });

        expect(await index.studies.study(guest.id, { studyInstanceUID: uid }, now())).toMatchObject({
          right: { kind: 'share', shareId: made.id, until: made.until },
          owner: { id: hospital.id },
        });
        expect(await list(guest, { ownership: 'shared' })).toHaveLength(1);
        expect(await list(guest, { ownership: 'own' })).toHaveLength(0);
        const after = new Date(made.until.getTime());
        expect(await index.studies.study(guest.id, { studyInstanceUID: uid }, after)).toBeUndefined();
        expect(await index.studies.findStudies(guest.id, [], { offset: 0, limit: 10 }, after)).toEqual([]);

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

        expect(await index.shares.revoke(again.id, '0' as StudyId, doctor.id, entry('share-revoked'))).toBeUndefined();
        expect(await index.shares.revoke(again.id, studyId, doctor.id, entry('share-revoked'))).toMatchObject({
          revokedAt: expect.any(Date),
        });
        expect(await index.shares.revoke(again.id, studyId, doctor.id, entry('share-revoked'))).toBeUndefined();
        expect(await index.studies.study(guest.id, { studyInstanceUID: uid }, now())).toBeUndefined();
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
        expect(await index.shares.revoke('x' as ShareId, studyId, doctor.id, entry('share-revoked'))).toBeUndefined();
        expect(await index.shares.sharesOf(studyId)).toEqual([]);
        expect((await index.audit.find({ limit: 1 }))[0]?.seq).toBe(head);
      });

      test('of one UID in two facilities, the own study comes before the shared one', async () => {
        const [a, b] = [await makeFacility(), await makeFacility()];
        const study = nextUID();
        const { studyId } = await store(instanceOf({ facility: a, study }));
        await share(studyId, b);
        expect((await index.studies.study(b.id, { studyInstanceUID: study as StudyInstanceUID }, now()))?.right.kind).toBe('share');
        await store(instanceOf({ facility: b, study }));
        expect((await index.studies.study(b.id, { studyInstanceUID: study as StudyInstanceUID }, now()))?.right.kind).toBe('owner');
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
      const all = await collect(index.studies.instancesOf(studyId));
      expect(all.map(({ instance }) => instance.instanceNumber)).toEqual([7, ...order]);
      const metadata = await collect(index.studies.metadataOf(studyId));
      expect(metadata.map(({ sopInstanceUID }) => sopInstanceUID)).toEqual(all.map(({ instance }) => instance.sopInstanceUID));
      const seriesInstanceUID = `${study}.1` as SeriesInstanceUID;
      expect(await collect(index.studies.instancesOf(studyId, { seriesInstanceUID }))).toHaveLength(1);
      const sopInstanceUID = all[5]?.instance.sopInstanceUID as SOPInstanceUID;
      expect(await collect(index.studies.metadataOf(studyId, { sopInstanceUID }))).toHaveLength(1);
      expect(await collect(index.studies.instancesOf(studyId, { seriesInstanceUID, sopInstanceUID }))).toHaveLength(0);
    });

    test('a series metadata object is recorded for its revision only and void after the next instance', async () => {
      const item = instanceOf({ facility: hospital });
      const { seriesId, studyId } = await store(item);
      const series = await index.studies.seriesForDerivation(seriesId);
      expect(series).toMatchObject({ ownerFacilityCode: hospital.code, studyInstanceUID: item.study.studyInstanceUID, revision: 1 });
      const metadata = { key: `derived/${hospital.code}/x/metadata-1.json.gz` as ObjectKey, etag: '"1"' };
      expect(await index.studies.setSeriesMetadata(seriesId, 0, metadata)).toBe(false);
      expect(await index.studies.setSeriesMetadata(seriesId, 1, metadata)).toBe(true);
      expect((await index.studies.seriesByUID(studyId, item.series.seriesInstanceUID))?.metadata).toEqual(metadata);
      await store(instanceOf({ facility: hospital, study: item.study.studyInstanceUID }));
      expect(await index.studies.seriesByUID(studyId, item.series.seriesInstanceUID)).toMatchObject({ metadata: undefined, revision: 2 });
      expect(await index.studies.seriesForDerivation('999999999' as typeof seriesId)).toBeUndefined();
    });

    test('every object is walked', async () => {
      const item = instanceOf({ facility: hospital });
      await store(item);
      const objects = await collect(index.studies.allObjects());
      expect(objects.filter(({ key }) => key === item.object.key)).toMatchObject([{ sha256: item.object.sha256, bytes: 16 }]);
      expect(new Set(objects.map(({ key }) => key)).size).toBe(objects.length);
    });

    // ── People ───────────────────────────────────────────────────────────────

    test('facilities: code and AE titles are unique, titles are replaced', async () => {
      const facility = await makeFacility('KITA');
      const aeTitle = facility.aeTitles[0]?.aeTitle ?? '';
      await expect(makeFacility('KITA')).rejects.toMatchObject({ kind: 'conflict' });
      const other = await makeFacility();
      await expect(index.people.updateFacility(other.id, { aeTitles: [{ aeTitle }] })).rejects.toMatchObject({ kind: 'conflict' });
      expect((await index.people.facilityByCode(other.code))?.aeTitles).toEqual(other.aeTitles);
      const entries = [
        { aeTitle: 'NEW', addressRange: '10.0.0.0/8' },
        { aeTitle: 'NEW2', certificateSha256: 'ab'.repeat(32) },
      ];
      expect(await index.people.updateFacility(facility.id, { name: '北病院', aeTitles: entries })).toMatchObject({
        name: '北病院',
        nameKana: facility.nameKana,
        aeTitles: entries,
      });
      expect(await index.people.facilityByAETitle('NEW2')).toMatchObject({ code: 'KITA', entry: entries[1] });
      expect(await index.people.facilityByAETitle(aeTitle)).toBeUndefined();
      expect(await index.people.facilityByCode('nowhere')).toBeUndefined();
      expect((await index.people.facilities()).map(({ code }) => code)).toContain('KITA');
      await expect(index.people.updateFacility('999999999' as FacilityId, { name: 'x' })).rejects.toMatchObject({ kind: 'not-found' });
    });

    test('users: one an address whatever the case; changes', async () => {
      const user = await makeUser(clinic);
      expect(user).toMatchObject({ facility: { id: clinic.id, code: clinic.code }, administrator: false, disabledAt: undefined });
      await expect(
        index.people.createUser({
          email: user.email.toUpperCase(),
          name: '',
          nameKana: '',
          facilityId: undefined,
          job: 'nurse',
          administrator: false,
          passwordHash: '',
        }),
      ).rejects.toMatchObject({ kind: 'conflict' });
      expect(await index.people.credentials(user.email.toLowerCase())).toMatchObject({
        passwordHash: 'hash',
        knownDevice: false,
      });
      expect(await index.people.credentials('nobody@example.jp')).toBeUndefined();

      const changed = await index.people.updateUser(user.id, { name: '改名', job: 'nurse', language: 'ja', disabled: true });
      expect(changed).toMatchObject({ name: '改名', job: 'nurse', language: 'ja', disabledAt: expect.any(Date), nameKana: user.nameKana });
      expect((await index.people.updateUser(user.id, { disabled: false })).disabledAt).toBeUndefined();
      await expect(index.people.updateUser('999999999' as UserId, { name: 'x' })).rejects.toMatchObject({ kind: 'not-found' });
      expect(await index.people.userById('x' as UserId)).toBeUndefined();
      expect((await index.people.users()).map(({ id }) => id)).toContain(user.id);
      await makeUser(undefined, true);
      expect(await index.people.anyAdministrator()).toBe(true);
    });

    test('the last administrator stays one, also when two end each other at once', async () => {
      const [first, second] = [await makeUser(undefined, true), await makeUser(clinic, true)];
      const others = (await index.people.users()).filter(
        ({ id, administrator, disabledAt }) => administrator && disabledAt === undefined && id !== first.id && id !== second.id,
      );
      for (const { id } of others) await index.people.updateUser(id, { disabled: true });
      const race = await Promise.allSettled([
        index.people.updateUser(first.id, { disabled: true }),
        index.people.updateUser(second.id, { administrator: false }),
      ]);
      expect(race.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(race.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { kind: 'conflict', ids: { reason: 'last-administrator' } },
      });
      expect(await index.people.anyAdministrator()).toBe(true);
      const [last] = (await index.people.users()).filter(({ administrator, disabledAt }) => administrator && disabledAt === undefined);
      for (const change of [{ disabled: true }, { administrator: false }, { administrator: false, disabled: true }])
        await expect(index.people.updateUser(last?.id as UserId, change)).rejects.toMatchObject({ kind: 'conflict' });
      for (const { id } of others) await index.people.updateUser(id, { disabled: false });
      const secretary = await makeUser(undefined, true);
      await expect(index.people.updateUser(secretary.id, { administrator: false })).rejects.toMatchObject({
        ids: { reason: 'no-facility' },
      });
    });

    test('sessions end when they are not used, at the latest at their end, and with a disabled account or a new password', async () => {
      const user = await makeUser(clinic);
      const idleMs = 30 * 60_000;
      const start = Date.now();
      const after = (ms: number) => new Date(start + ms);
      const open = async (lifetimeMs = 3_600_000) => {
        const idHash = randomBytes(8).toString('hex');
        const session = {
          idHash,
          userId: user.id,
          csrfToken: 'csrf',
          endsAt: after(lifetimeMs),
          idleMs,
          remoteAddress: '127.0.0.1',
          device: 'x',
        };
        await index.people.createSession(session);
        return idHash;
      };
      const used = await open();
      const found = await index.people.session(used, now(), false);
      expect(found).toMatchObject({ user: { id: user.id }, csrfToken: 'csrf', endsAt: after(3_600_000) });
      expect(Math.abs((found?.idleEndsAt.getTime() ?? 0) - start - idleMs)).toBeLessThan(5_000);
      // What a page asks by itself does not move the idle end; what its person does moves it, but not past the end.
      const idle = await open();
      for (let minutes = 5; minutes < 30; minutes += 5) {
        expect(await index.people.session(idle, after(minutes * 60_000), false)).toBeDefined();
        expect(await index.people.session(used, after(minutes * 60_000), true)).toBeDefined();
      }
      expect(await index.people.session(idle, after(idleMs + 5_000), true)).toBeUndefined();
      for (let minutes = 30; minutes < 60; minutes += 5)
        expect(await index.people.session(used, after(minutes * 60_000), true)).toBeDefined();
      expect(await index.people.session(used, after(3_600_001), true)).toBeUndefined();

      const ended = await open();
      expect(await index.people.endSession(ended)).toBe(true);
      expect(await index.people.endSession(ended)).toBe(false);
      expect(await index.people.session(ended, now(), true)).toBeUndefined();
      expect(await index.people.session('unknown', now(), true)).toBeUndefined();

      const second = await open();
      const tokenHash = randomBytes(8).toString('hex');
      await index.people.createToken({ tokenHash, userId: user.id, name: 'script', expiresAt: undefined });
      await index.people.updateUser(user.id, { name: '改名' });
      expect(await index.people.token(tokenHash, now())).toBeDefined();
      await index.people.updateUser(user.id, { passwordHash: 'new' });
      expect(await index.people.token(tokenHash, now())).toBeUndefined();
      expect(await index.people.endedToken(tokenHash, now())).toMatchObject({ user: { id: user.id }, why: 'revoked' });
      expect(await index.people.session(second, now(), true)).toBeUndefined();
      const third = await open();
      await index.people.updateUser(user.id, { disabled: true });
      expect(await index.people.session(third, now(), true)).toBeUndefined();
    });

    test('sessions are listed to their user, ended one by one or all but one, and bounded: the least used ends', async () => {
      const [user, other] = [await makeUser(clinic), await makeUser(clinic)];
      const open = async (userId: UserId, n: number) => {
        const idHash = randomBytes(8).toString('hex');
        const endsAt = later();
        await index.people.createSession({
          idHash,
          userId,
          csrfToken: '',
          endsAt,
          idleMs: 3_600_000,
          remoteAddress: '192.0.2.1',
          device: `d${n}`,
        });
        return idHash;
      };
      const foreign = await open(other.id, 0);
      const opened: string[] = [];
      for (let n = 0; n < SESSIONS_A_USER_MAX + 3; n++) opened.push(await open(user.id, n));
      const listed = await index.people.sessionsOf(user.id, now());
      expect(listed).toHaveLength(SESSIONS_A_USER_MAX);
      expect(listed[0]).toMatchObject({ device: `d${SESSIONS_A_USER_MAX + 2}`, remoteAddress: '192.0.2.1', lastUsedAt: expect.any(Date) });
      expect(await index.people.session(opened[0] ?? '', now(), true)).toBeUndefined();
      const [foreignSession] = await index.people.sessionsOf(other.id, now());
      expect(await index.people.endSessionById(user.id, foreignSession?.id ?? '')).toBe(false);
      expect(await index.people.endSessionById(user.id, 'x')).toBe(false);
      expect(await index.people.endSessionById(user.id, listed[5]?.id ?? '')).toBe(true);
      expect(await index.people.endOtherSessions(user.id, opened.at(-1) ?? '')).toBe(SESSIONS_A_USER_MAX - 2);
      expect(await index.people.sessionsOf(user.id, now())).toHaveLength(1);
      expect(await index.people.session(foreign, now(), true)).toBeDefined();
    });

    test('devices are known to the users who signed in on them, so many of each', async () => {
      const [user, other] = [await makeUser(clinic), await makeUser(clinic)];
      const known = async (email: string, device: string) => (await index.people.credentials(email, device))?.knownDevice;
      await index.people.rememberDevice(user.id, 'ward');
      expect([await known(user.email, 'ward'), await known(other.email, 'ward'), await known(user.email, '')]).toEqual([
        true,
        false,
        false,
      ]);
      for (let n = 0; n < DEVICES_A_USER_MAX; n++) await index.people.rememberDevice(user.id, `device ${n}`);
      expect([await known(user.email, 'ward'), await known(user.email, `device ${DEVICES_A_USER_MAX - 1}`)]).toEqual([false, true]);
    });

    test('tokens carry their user until they end, are revoked by their owner only, and are bounded', async () => {
      const user = await makeUser(clinic);
      const make = async (expiresAt = later()) => {
        const hash = randomBytes(8).toString('hex');
        return { hash, id: await index.people.createToken({ tokenHash: hash, userId: user.id, name: 'script', expiresAt }) };
      };
      const { hash, id } = await make();
      expect(await index.people.token(hash, now())).toMatchObject({ user: { id: user.id } });
      expect(await index.people.token(hash, later(3_700_000))).toBeUndefined();
      expect(await index.people.endedToken(hash, later(3_700_000))).toMatchObject({ why: 'expired' });
      expect(await index.people.token('unknown', now())).toBeUndefined();
      expect(await index.people.endedToken('unknown', now())).toBeUndefined();
      expect(await index.people.tokensOf(user.id)).toMatchObject([{ id, name: 'script', lastUsedAt: expect.any(Date) }]);
      expect(await index.people.revokeToken(doctor.id, id)).toBe(false);
      expect(await index.people.revokeToken(user.id, 'x')).toBe(false);
      expect(await index.people.revokeToken(user.id, id)).toBe(true);
      expect(await index.people.revokeToken(user.id, id)).toBe(false);
      expect(await index.people.token(hash, now())).toBeUndefined();
      expect(await index.people.tokensOf(user.id)).toEqual([]);
      const past = new Date(Date.now() - 1);
      await make(past);
      const made = await Promise.allSettled(Array.from({ length: TOKENS_A_USER_MAX + 2 }, () => make()));
      expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(TOKENS_A_USER_MAX);
      expect(made.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { kind: 'conflict', ids: { reason: 'too-many-tokens' } },
      });
    });

    test('guesses are counted before they are looked at, the same for all who ask, under all keys or none', async () => {
      const slowing = { free: 2, waitMs: 1_000, waitMsMax: 4_000, forgivenInMs: 60_000, how: 'wait' } as const;
      const line = { free: 1, waitMs: 1_000, waitMsMax: 2_000, forgivenInMs: 60_000, how: 'queue' } as const;
      const account = randomBytes(32).toString('hex');
      const keys = [{ key: `a${account}`, account, slowing }];
      const at = new Date();
      const burst = await Promise.all(Array.from({ length: 10 }, () => index.people.admitAttempt(keys, at)));
      expect(burst.filter(({ admitted }) => admitted)).toHaveLength(3);
      expect(burst.find(({ admitted }) => !admitted)).toEqual({ admitted: false, retryAt: new Date(at.getTime() + 1_000) });
      const both = [...keys, { key: `n${account}`, slowing: line }];
      expect(await index.people.admitAttempt(both, at)).toMatchObject({ admitted: false });
      const first = await index.people.admitAttempt([{ key: `n${account}`, slowing: line }], at);
      expect(first).toMatchObject({ admitted: true, lookAt: at, failures: new Map([[`n${account}`, 1]]) });
      const stood: number[] = [];
      for (let n = 0; n < 3; n++) {
        const admission = await index.people.admitAttempt([{ key: `n${account}`, slowing: line }], at);
        stood.push(admission.admitted ? admission.lookAt.getTime() - at.getTime() : Number.NaN);
      }
      expect(stood).toEqual([0, 1_000, Number.NaN]);
      await index.people.forgiveAttempt([{ key: `a${account}`, clears: true }]);
      expect(await index.people.admitAttempt(keys, at)).toMatchObject({ admitted: true, nextAt: undefined });
      await index.people.admitAttempt(keys, at);
      expect(await index.people.admitAttempt(keys, at)).toMatchObject({ admitted: true, nextAt: new Date(at.getTime() + 1_000) });
      await index.people.clearAttempts(account);
      expect(await index.people.admitAttempt(keys, at)).toMatchObject({ failures: new Map([[`a${account}`, 1]]) });
    });

    test('an administrator unlocks an account', async () => {
      const user = await makeUser(clinic);
      const account = createHash('sha256').update(user.email.toLowerCase()).digest('hex');
      const slowing = { free: 0, waitMs: 60_000, waitMsMax: 60_000, forgivenInMs: 60_000, how: 'wait' } as const;
      const keys = [{ key: `u${account}`, account, slowing }];
      await index.people.admitAttempt(keys, now());
      expect(await index.people.admitAttempt(keys, now())).toMatchObject({ admitted: false });
      await index.people.updateUser(user.id, { unlock: true });
      expect(await index.people.admitAttempt(keys, now())).toMatchObject({ admitted: true });
    });

    test('warnings are counted by what they are about', async () => {
      await index.warnings.raise('proxy-not-trusted', '10.0.0.1', 3);
      await index.warnings.raise('proxy-not-trusted', '10.0.0.1', 4);
      expect(await index.warnings.list()).toMatchObject([
        { code: 'proxy-not-trusted', detail: '10.0.0.1', count: 7, lastAt: expect.any(Date) },
      ]);
    });

    // ── Jobs ─────────────────────────────────────────────────────────────────

    test('finishing queues derive-series once, due a while after the last instance', async () => {
      const item = instanceOf({ facility: hospital });
      const { seriesId } = await store(item);
      await store(instanceOf({ facility: hospital, study: item.study.studyInstanceUID }));
      const mine = async (at: Date) => (await index.tasks.lease(1_000, at, later(60_000))).filter(({ subject }) => subject === seriesId);
      expect(await mine(now())).toEqual([]);
      expect(await mine(later(10_000))).toHaveLength(1);
    });

    test('a job is leased to one, comes back after the lease, and runs again when queued anew meanwhile', async () => {
      const subject = `job-${++serial}`;
      const at = Date.now();
      const lease = async (offsetMs: number, leaseMs = 1_000) =>
        (await index.tasks.lease(1_000, new Date(at + offsetMs), new Date(at + offsetMs + leaseMs))).filter(
          (job) => job.subject === subject,
        )[0];
      await index.tasks.enqueue('derive-series', subject, new Date(at + 100));
      await index.tasks.enqueue('derive-series', subject, new Date(at + 5_000));
      expect(await lease(200)).toBeUndefined();
      const first = await lease(5_100);
      expect(first).toMatchObject({ attempts: 1, kind: 'derive-series' });
      expect(await lease(5_200)).toBeUndefined();
      const second = await lease(6_200);
      expect(second).toMatchObject({ attempts: 2 });
      // The first worker's lease ran out: it can no longer end the job.
      if (first !== undefined) await index.tasks.finish(first);
      await index.tasks.enqueue('derive-series', subject, new Date(at + 6_500));
      if (second !== undefined) await index.tasks.finish(second);
      const third = await lease(6_600);
      expect(third).toMatchObject({ attempts: 1 });
      if (third !== undefined) await index.tasks.retry(third, new Date(at + 9_000), 'it did not work');
      expect(await lease(8_900)).toBeUndefined();
      const fourth = await lease(9_100);
      expect(fourth).toMatchObject({ attempts: 2 });
      if (fourth !== undefined) await index.tasks.finish(fourth);
      expect(await lease(90_000)).toBeUndefined();
    });

    test('a job that never succeeds is set aside, and queued anew starts afresh', async () => {
      const subject = `job-${++serial}`;
      await index.tasks.enqueue('derive-series', subject, new Date(0));
      const failedBefore = (await index.tasks.depth()).failed;
      const lease = async () => (await index.tasks.lease(1_000, now(), later(60_000))).filter((job) => job.subject === subject)[0];
      for (let attempt = 1; attempt <= 10; attempt++) {
        const job = await lease();
        expect(job?.attempts).toBe(attempt);
        if (job !== undefined) await index.tasks.retry(job, new Date(0), 'no');
      }
      expect(await lease()).toBeUndefined();
      expect((await index.tasks.depth()).failed).toBe(failedBefore + 1);
      await index.tasks.enqueue('derive-series', subject, new Date(0));
      expect(await lease()).toMatchObject({ attempts: 1 });
      await expect(index.tasks.finish({ id: 'x', kind: 'derive-series', subject, attempts: 1 })).rejects.toMatchObject({ kind: 'invalid' });
    });

    // ── The record ───────────────────────────────────────────────────────────

    test('two nodes append at once: one chain', async () => {
      const second = await driver.open();
      await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          (n % 2 === 0 ? index : second).audit.append([
            entry('study-viewed', { studyInstanceUID: `1.${n}`, count: n }),
            entry('study-downloaded'),
          ]),
        ),
      );
      await second.close();
      const verdict = await index.audit.verify();
      expect(verdict.intact).toBe(true);
      const newest = await index.audit.find({ limit: 200 });
      expect(newest.map(({ seq }) => seq)).toEqual(Array.from({ length: newest.length }, (_, n) => verdict.records - n));
    });

    test('find: by study, owner, action, page', async () => {
      const studyInstanceUID = nextUID();
      const ownerFacilityCode = hospital.code;
      await index.audit.append([
        entry('study-viewed', { studyInstanceUID, ownerFacilityCode }),
        entry('study-shared', { studyInstanceUID, ownerFacilityCode }),
        entry('study-viewed', { studyInstanceUID, ownerFacilityCode: 'OTHER' }),
      ]);
      await index.audit.append([]);
      const filter = { studyInstanceUID: studyInstanceUID as StudyInstanceUID, ownerFacilityCode, limit: 10 };
      const found = await index.audit.find(filter);
      expect(found.map(({ entry: one }) => one.action)).toEqual(['study-shared', 'study-viewed']);
      expect(await index.audit.find({ ...filter, actions: ['study-viewed'] })).toHaveLength(1);
      expect(await index.audit.find({ ...filter, beforeSeq: found[0]?.seq ?? 0 })).toHaveLength(1);
      expect(found[0]?.entry).toEqual(entry('study-shared', { studyInstanceUID, ownerFacilityCode }));
    });

    test('hostile text in an entry is recorded, and the chain holds', async () => {
      await index.audit.append([entry('access-refused', { studyInstanceUID: '1.2\u0000\ud800"\\', detail: '\u0001' })]);
      expect((await index.audit.verify()).intact).toBe(true);
    });

    test('the record refuses to be changed; changed past the refusal, it says where', async () => {
      await index.audit.append([entry('sign-in'), entry('sign-out')]);
      const superuser = await driver.superuser();
      const last = (await index.audit.find({ limit: 1 }))[0]?.seq ?? 0;
      try {
        await expect(superuser.query(`UPDATE audit SET entry = '{}' WHERE seq = $1`, [last])).rejects.toThrow(/append-only/);
        await expect(superuser.query('DELETE FROM audit')).rejects.toThrow(/append-only/);
        await expect(superuser.query('TRUNCATE audit')).rejects.toThrow(/append-only/);
        await superuser.query('SET session_replication_role = replica');

        const tamper = async (change: string, undo: string, firstBrokenSeq: number) => {
          await superuser.query(change);
          expect(await index.audit.verify()).toMatchObject({ intact: false, firstBrokenSeq });
          await superuser.query(undo);
          expect((await index.audit.verify()).intact).toBe(true);
        };
        const swap = (from: string, to: string) => `UPDATE audit SET entry = replace(entry, '${from}', '${to}') WHERE seq = ${last - 1}`;
        await tamper(swap('physician', 'physiciam'), swap('physiciam', 'physician'), last - 1);
        await tamper(swap('{"action"', '{ "action"'), swap('{ "action"', '{"action"'), last - 1);
        const shift = (by: string) => `UPDATE audit SET at = at + interval '${by}' WHERE seq = ${last}`;
        await tamper(shift('1 ms'), shift('-1 ms'), last);
        await tamper(
          `SELECT * INTO cut FROM audit WHERE seq = ${last}; DELETE FROM audit WHERE seq = ${last}`,
          `INSERT INTO audit (seq, at, entry, previous_hash, hash) SELECT seq, at, entry, previous_hash, hash FROM cut; DROP TABLE cut`,
          last,
        );
      } finally {
        await superuser.end();
      }
    });

    // ── Schema ───────────────────────────────────────────────────────────────

    test('a newer schema is refused; opening again changes nothing', async () => {
      const superuser = await driver.superuser();
      const steps = await readMigrations();
      expect(index.schemaVersion).toBe(steps.length);
      await superuser.query(`INSERT INTO schema_migrations (version, name) VALUES ($1, 'from the future')`, [steps.length + 1]);
      await expect(driver.open()).rejects.toMatchObject({ kind: 'conflict' });
      await superuser.query('DELETE FROM schema_migrations WHERE version = $1', [steps.length + 1]);
      await superuser.end();
      const again = await driver.open();
      await again.probe();
      await again.close();
      await again.close();
    });

    test('every table and index says who reads it', async () => {
      const undescribed = await index.database.rows({
        text: `SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i')
          AND obj_description(c.oid, 'pg_class') IS NULL AND c.relname NOT LIKE 'schema_migrations%'`,
      });
      expect(undescribed).toEqual([]);
    });

    // ── The server goes away ─────────────────────────────────────────────────

    test('killed during finishes: what was acknowledged is there, callers hear unavailable, service returns by itself', async () => {
      const owner = await makeFacility();
      const study = nextUID();
      const acknowledged: InstanceToIndex[] = [];
      const refused: unknown[] = [];
      let killing: Promise<void> | undefined;
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          for (let n = 0; n < 100; n++) {
            const item = instanceOf({ facility: owner, study });
            try {
              await store(item);
              acknowledged.push(item);
              if (acknowledged.length === 60) killing = driver.kill();
            } catch (thrown) {
              refused.push(thrown);
              return;
            }
          }
        }),
      );
      await killing;
      expect(acknowledged.length).toBeGreaterThanOrEqual(60);
      expect(refused).toHaveLength(4);
      for (const thrown of refused) expect(thrown).toMatchObject({ kind: 'unavailable' });

      await driver.recover();
      await expect
        .poll(
          () =>
            index.probe().then(
              () => 'answers',
              () => 'does not',
            ),
          { timeout: 60_000 },
        )
        .toBe('answers');
      const kept = await index.studies.study(owner.id, { studyInstanceUID: study as StudyInstanceUID }, now());
      const sops = new Set((await collect(index.studies.instancesOf(kept?.id as StudyId))).map(({ instance }) => instance.sopInstanceUID));
      expect(acknowledged.filter(({ instance }) => !sops.has(instance.sopInstanceUID))).toEqual([]);
      expect(kept?.numberOfStudyRelatedInstances).toBe(sops.size);
      expect((await index.audit.verify()).intact).toBe(true);
      expect((await store(instanceOf({ facility: owner, study }))).kind).toBe('stored');
    });
  });
}

describe('opening', () => {
  test('a server that is not there: unavailable', async () => {
    await expect(openIndex({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', dataFolder: tmpdir() })).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });

  test('eight migrate one empty database at once', async () => {
    const server = await startPostgresServer();
    try {
      const url = await server.createDatabase();
      const versions = await Promise.all(Array.from({ length: 8 }, () => migrate({ connectionString: url }, NO_LOG)));
      expect(new Set(versions).size).toBe(1);
      expect(await query(url, 'SELECT count(*)::integer AS n FROM schema_migrations')).toEqual([{ n: versions[0] }]);
    } finally {
      await server.remove();
    }
  });
});
