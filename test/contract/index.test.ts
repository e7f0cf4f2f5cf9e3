import { tmpdir } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { searchableName } from '../../gateway/dicom/text/person-name.ts';
import type { FacilityId, ObjectKey, SeriesInstanceUID, StudyId, StudyInstanceUID } from '../../gateway/domain/identifiers.ts';
import type { FrameIndex } from '../../gateway/domain/imaging/dataset.ts';
import { type InstanceToIndex, wholeStudy } from '../../gateway/domain/imaging/study.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import { openIndex } from '../../storage/index/open.ts';
import { migrate, readMigrations } from '../../storage/index/postgres/migrate.ts';
import {
  answersAgain,
  embeddedDriver,
  instanceOf,
  nextUID,
  SOURCE,
  sha256Of,
  systemDriver,
  type Wanted,
  YAMADA,
} from '../fixtures/servers/index-drivers.ts';
import {
  claimOf,
  clinic,
  collect,
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
import { query, startPostgresServer } from '../fixtures/servers/postgres-server.ts';

for (const driver of [embeddedDriver(), systemDriver()]) {
  describe(`index on ${driver.name} PostgreSQL`, () => {
    useIndex(driver);

    // ── Ingest ───────────────────────────────────────────────────────────────

    test('an instance is claimed, finished, found and read back', async () => {
      const frames: FrameIndex = { kind: 'encapsulated', frames: [[5_000_000_000, 17], [5_000_000_025, 3, 5_000_000_036, 9], []] };
      const item = instanceOf({ facility: hospital, frames, accessionNumber: 'ACC-READ' });
      const claim = await claimOf(item);
      expect(claim).toEqual({ claimId: expect.any(String), kept: [] });
      const outcome = await index.ingest.finish(claim.claimId, item);
      expect(outcome.kind).toBe('stored');

      const study = await index.studies.study(hospital, { studyInstanceUID: item.study.studyInstanceUID }, now());
      expect(study).toMatchObject({
        id: outcome.studyId,
        owner: { id: hospital.id, code: hospital.code },
        rights: [{ kind: 'owner' }],
        study: item.study,
        modalitiesInStudy: ['CT'],
        numberOfStudyRelatedSeries: 1,
        numberOfStudyRelatedInstances: 1,
        completeAt: undefined,
      });
      const [series] = await index.studies.seriesOf(wholeStudy(outcome.studyId));
      expect(series).toMatchObject({ id: outcome.seriesId, series: item.series, numberOfSeriesRelatedInstances: 1, metadata: undefined });
      const pixels = await index.studies.pixels(wholeStudy(outcome.studyId), item.series.seriesInstanceUID, item.instance.sopInstanceUID);
      expect(pixels).toMatchObject({ id: outcome.instanceId, instance: item.instance, object: item.object, frames });
      expect(gunzipSync(pixels?.metadataGzip ?? Buffer.alloc(0)).toString()).toContain(item.instance.sopInstanceUID);
      expect(
        await index.studies.pixels(wholeStudy(outcome.studyId), nextUID() as SeriesInstanceUID, item.instance.sopInstanceUID),
      ).toBeUndefined();
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
      expect((await index.studies.pixels(wholeStudy(studyId), undefined, item.instance.sopInstanceUID))?.frames).toEqual(frames);
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
        (await index.studies.study(hospital, { studyInstanceUID: item.study.studyInstanceUID }, now()))?.numberOfStudyRelatedInstances,
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
      const before = await index.studies.study(owner, { studyInstanceUID: old.study.studyInstanceUID }, now());
      expect(await index.studies.hasReplaced(before?.id as StudyId)).toBe(false);
      const outcome = await store(corrected);
      expect(outcome.kind).toBe('new-version');
      expect(await index.studies.hasReplaced(before?.id as StudyId)).toBe(true);
      // Whoever remembers pixels under this time must see that it moved, were the clocks of two nodes an hour apart.
      expect(
        (await index.studies.study(owner, { studyInstanceUID: old.study.studyInstanceUID }, now()))?.lastReceivedAt.getTime(),
      ).toBeGreaterThan(before?.lastReceivedAt.getTime() ?? 0);
      expect(await store(old)).toMatchObject({ kind: 'duplicate' });

      const study = await index.studies.study(owner, { studyInstanceUID: old.study.studyInstanceUID }, now());
      expect(study?.study).toEqual(corrected.study);
      expect(study?.numberOfStudyRelatedInstances).toBe(1);
      expect((await index.studies.pixels(wholeStudy(outcome.studyId), undefined, old.instance.sopInstanceUID))?.object).toEqual(
        corrected.object,
      );
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
      const shown = await index.studies.study(owner, { studyInstanceUID: study as StudyInstanceUID }, now());
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
      const found = await index.studies.study(owner, { studyInstanceUID: study as StudyInstanceUID }, now());
      expect(found).toMatchObject({ numberOfStudyRelatedSeries: 3, numberOfStudyRelatedInstances: 240 });
      const series = await index.studies.seriesOf(wholeStudy(found?.id as StudyId));
      expect(series.map((one) => one.numberOfSeriesRelatedInstances)).toEqual([80, 80, 80]);
      const numbers = (await collect(index.studies.instancesOf(wholeStudy(found?.id as StudyId)))).map(
        ({ instance }) => instance.instanceNumber,
      );
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
      expect(await index.studies.study(hospital, { studyInstanceUID: item.study.studyInstanceUID }, now())).toBeUndefined();
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
      expect(await index.ingest.quarantined({ before: second, limit: 1 })).toMatchObject([
        { id: first, reason: 'not-dicom', facilityCode: hospital.code, facilityName: hospital.name },
      ]);
    });

    test('a quiet study becomes complete, and is not when more arrives', async () => {
      const item = instanceOf({ facility: hospital });
      const { studyId } = await store(item);
      const uid = item.study.studyInstanceUID;
      expect(await index.ingest.completeQuietStudies(new Date(0), 1_000)).not.toContain(studyId);
      expect(await index.ingest.completeQuietStudies(later(), 1_000)).toContain(studyId);
      expect((await index.studies.study(hospital, { studyInstanceUID: uid }, now()))?.completeAt).toBeInstanceOf(Date);
      await store(instanceOf({ facility: hospital, study: uid }));
      expect((await index.studies.study(hospital, { studyInstanceUID: uid }, now()))?.completeAt).toBeUndefined();
    });

    test('a study is complete at once when as many instances are there as its header announced', async () => {
      const uid = nextUID();
      const { studyId } = await store(instanceOf({ facility: hospital, study: uid, announced: 2 }));
      expect(await index.ingest.completeQuietStudies(new Date(0), 1_000)).not.toContain(studyId);
      await store(instanceOf({ facility: hospital, study: uid, announced: 2 }));
      expect(await index.ingest.completeQuietStudies(new Date(0), 1_000)).toContain(studyId);
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
      await answersAgain(index);
      const kept = await index.studies.study(owner, { studyInstanceUID: study as StudyInstanceUID }, now());
      const sops = new Set(
        (await collect(index.studies.instancesOf(wholeStudy(kept?.id as StudyId)))).map(({ instance }) => instance.sopInstanceUID),
      );
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
