/** Reading what somebody may see. Who asks, and for which facility, is in the WHERE of whatever starts from a name; a StudyId was given by such a query. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type {
  FacilityCode,
  FacilityId,
  ObjectKey,
  SeriesId,
  SeriesInstanceUID,
  Sha256,
  SOPInstanceUID,
  VersionId,
} from '../../../gateway/domain/identifiers.ts';
import { SLICED_MODALITIES } from '../../../gateway/domain/imaging/reading-order.ts';
import type { StudyPart } from '../../../gateway/domain/imaging/study.ts';
import type { InstanceHeader, StudyIndex } from '../../../gateway/domain/imaging/study-index.ts';
import { audiencesOf } from '../../../gateway/domain/sharing/audience.ts';
import type { Database, Query, Row } from '../postgres/pool.ts';
import { decodeFrameIndex } from './frame-index.ts';
import { whatIsKept } from './kept.ts';
import { studyQueries } from './query.ts';
import { studyLists } from './study-list.ts';
import {
  BESIDE_COLUMNS,
  FIRST_MEANT,
  gives,
  INSTANCE_COLUMNS,
  PAGE_COLUMNS,
  PAGE_OF_STUDIES,
  rightsTo,
  SERIES_COLUMNS,
  STUDY_COLUMNS,
  toIndexedInstance,
  toIndexedSeries,
  toIndexedStudy,
  toRights,
} from './study-rows.ts';

export const INSTANCE_PAGE = 500;
/** Two pages of metadata are held in memory: 200 headers of a few KB. */
export const METADATA_PAGE = 100;
/** A stored header, gzipped, that is read together with others: two pages of them stay below 50 MiB. */
export const PAGED_HEADER_BYTES_MAX = 256 * 1024;
const OBJECT_PAGE = 2_000;
const ORDER = 'e.series_number NULLS LAST, e.series_id, i.reading_key, i.sop_instance_uid COLLATE "C"';

interface Narrow {
  readonly seriesInstanceUID?: SeriesInstanceUID;
  readonly sopInstanceUID?: SOPInstanceUID;
}

/** @param searches connections for what may take long: query.ts says what */
export function studyIndex(db: Database, searches: Database): StudyIndex {
  return {
    ...studyQueries(db, searches),
    ...studyLists(db, searches),

    study: study(db),

    factsOf: factsOf(db),

    seriesOf: seriesOf(db),

    seriesByUID: seriesByUID(db),

    clipsOf: clipsOf(db),

    openingImagesOf: openingImagesOf(db),

    async *instancesOf(part, narrow = {}) {
      for await (const rows of walk(db, part, narrow, INSTANCE_COLUMNS, INSTANCE_PAGE)) yield* rows.map(toIndexedInstance);
    },

    metadataOf: metadataOf(db),

    versionsOf: versionsOf(db),

    hasReplaced: hasReplaced(db),

    headersOf: headersOf(db),

    pixels: pixels(db),

    setSeriesMetadata: setSeriesMetadata(db),

    seriesForDerivation: seriesForDerivation(db),

    seriesAt: seriesAt(db),

    allSeries: allSeries(db),

    allObjects: allObjects(db),

    hasObject: hasObject(db),

    ...whatIsKept(db),
  };
}

const study =
  (db: Database): StudyIndex['study'] =>
  async (asker, { studyInstanceUID, of }, now) => {
    const [row] = await db.rows({
      name: 'study',
      text: `WITH page AS MATERIALIZED (
            SELECT ${PAGE_COLUMNS}
            FROM studies s JOIN study_access a ON a.study_id = s.study_id JOIN facilities f ON f.facility_id = s.facility_id
            WHERE s.study_instance_uid = $4 AND ${gives('a')}
              AND ($5::text IS NULL OR f.code = $5) AND ($6::integer IS NULL OR s.ordinal = $6)
            ORDER BY ${FIRST_MEANT} LIMIT 1)
          SELECT ${STUDY_COLUMNS}, ${BESIDE_COLUMNS} ${PAGE_OF_STUDIES}`,
      values: [asker.id, now, audiencesOf(asker), studyInstanceUID, of?.ownerCode ?? null, of?.ordinal ?? null],
    });
    return row === undefined ? undefined : toIndexedStudy(row);
  };

const factsOf =
  (db: Database): StudyIndex['factsOf'] =>
  async (asker, addresses, now) => {
    if (addresses.length === 0) return [];
    const rows = await db.rows({
      name: 'study-facts',
      text: `SELECT w.n, found.owner_id, ${rightsTo('found.study_id')} AS rights
          FROM unnest($4::text[], $5::text[], $6::integer[]) WITH ORDINALITY AS w (uid, owner_code, ordinal, n)
          CROSS JOIN LATERAL (
            SELECT s.facility_id AS owner_id, s.study_id
            FROM studies s JOIN study_access a ON a.study_id = s.study_id JOIN facilities f ON f.facility_id = s.facility_id
            WHERE s.study_instance_uid = w.uid AND ${gives('a')}
              AND (w.owner_code IS NULL OR f.code = w.owner_code) AND (w.ordinal IS NULL OR s.ordinal = w.ordinal)
            ORDER BY ${FIRST_MEANT} LIMIT 1) found`,
      values: [
        asker.id,
        now,
        audiencesOf(asker),
        addresses.map(({ studyInstanceUID }) => studyInstanceUID),
        addresses.map(({ of }) => of?.ownerCode ?? null),
        addresses.map(({ of }) => of?.ordinal ?? null),
      ],
    });
    const found = new Map(rows.map((row) => [Number(row['n']), { ownerFacilityId: row['owner_id'] as FacilityId, rights: toRights(row) }]));
    return addresses.map((_, at) => found.get(at + 1));
  };

const seriesOf =
  (db: Database): StudyIndex['seriesOf'] =>
  async ({ studyId, heldBack }) => {
    const rows = await db.rows({
      name: 'series-of',
      text: `SELECT ${SERIES_COLUMNS}, s.study_instance_uid, s.ordinal FROM series e JOIN studies s USING (study_id)
          WHERE e.study_id = $1 AND e.series_instance_uid <> ALL ($2::text[]) AND e.number_of_instances > 0
          ORDER BY e.series_number NULLS LAST, e.series_id`,
      values: [studyId, heldBack],
    });
    return rows.map(toIndexedSeries);
  };

const seriesByUID =
  (db: Database): StudyIndex['seriesByUID'] =>
  async ({ studyId, heldBack }, seriesInstanceUID) => {
    const [row] = await db.rows({
      name: 'series-by-uid',
      text: `SELECT ${SERIES_COLUMNS}, s.study_instance_uid, s.ordinal FROM series e JOIN studies s USING (study_id)
          WHERE e.study_id = $1 AND e.series_instance_uid = $2 AND e.series_instance_uid <> ALL ($3::text[]) AND e.number_of_instances > 0`,
      values: [studyId, seriesInstanceUID, heldBack],
    });
    return row === undefined ? undefined : toIndexedSeries(row);
  };

const metadataOf = (db: Database): StudyIndex['metadataOf'] =>
  async function* (part, narrow = {}) {
    // A page holds many headers: large ones come one by one.
    const small = `CASE WHEN octet_length(v.metadata_gzip) <= ${PAGED_HEADER_BYTES_MAX} THEN v.metadata_gzip END AS metadata_gzip`;
    for await (const rows of walk(
      db,
      part,
      narrow,
      `i.sop_instance_uid, v.version_id, encode(v.sha256, 'hex') AS sha256, ${small}`,
      METADATA_PAGE,
    )) {
      let together: InstanceHeader[] = [];
      for (const row of rows) {
        if (row['metadata_gzip'] !== null) {
          together.push(toHeader(row, row['metadata_gzip']));
          continue;
        }
        if (together.length > 0) yield together;
        yield [toHeader(row, await headerOf(db, row['version_id'] as VersionId))];
        together = [];
      }
      if (together.length > 0) yield together;
    }
  };

const toHeader = (row: Row, metadataGzip: Uint8Array): InstanceHeader => ({
  sopInstanceUID: row['sop_instance_uid'] as SOPInstanceUID,
  seriesInstanceUID: row['series_instance_uid'] as SeriesInstanceUID,
  sha256: row['sha256'] as Sha256,
  metadataGzip,
});

/** Its owner was told of each, in the transaction that did it. */
const hasReplaced =
  (db: Database): StudyIndex['hasReplaced'] =>
  async (studyId) => {
    const [row] = await db.rows({
      name: 'has-replaced',
      text: `SELECT EXISTS (SELECT FROM notices WHERE study_id = $1 AND (kind = 'new-version' OR settlement = 'correction')) AS replaced`,
      values: [studyId],
    });
    return row?.['replaced'] === true;
  };

/** One statement, so that revision and versions are of one moment. */
const versionsOf =
  (db: Database): StudyIndex['versionsOf'] =>
  async (seriesId, revision) => {
    const rows = await db.rows({
      name: 'versions-of',
      text: `SELECT i.sop_instance_uid, encode(v.sha256, 'hex') AS sha256
          FROM series e JOIN instances i ON i.series_id = e.series_id JOIN instance_versions v ON v.version_id = i.version_id
          WHERE e.series_id = $1 AND e.revision = $2`,
      values: [seriesId, revision],
    });
    return rows.length === 0 ? undefined : new Map(rows.map((row) => [row['sop_instance_uid'] as SOPInstanceUID, row['sha256'] as Sha256]));
  };

const headersOf =
  (db: Database): StudyIndex['headersOf'] =>
  async (versionIds) => {
    const rows = await db.rows({
      name: 'headers-of',
      text: `SELECT version_id, metadata_gzip FROM instance_versions
          WHERE version_id = ANY($1::bigint[]) AND octet_length(metadata_gzip) <= ${PAGED_HEADER_BYTES_MAX}`,
      values: [versionIds],
    });
    return new Map(rows.map((row) => [row['version_id'] as VersionId, row['metadata_gzip'] as Uint8Array]));
  };

const pixels =
  (db: Database): StudyIndex['pixels'] =>
  async ({ studyId, heldBack }, seriesInstanceUID, sopInstanceUID) => {
    const [row] = await db.rows({
      name: 'pixels',
      text: `SELECT ${INSTANCE_COLUMNS}, s.study_instance_uid, e.series_instance_uid, v.frames, v.metadata_gzip
          FROM studies s JOIN instances i ON i.sop_instance_uid = $3 AND i.facility_id = s.facility_id AND i.study_id = s.study_id
            JOIN series e ON e.series_id = i.series_id JOIN instance_versions v ON v.version_id = i.version_id
          WHERE s.study_id = $1 AND ($2::text IS NULL OR e.series_instance_uid = $2) AND e.series_instance_uid <> ALL ($4::text[])
          ORDER BY i.instance_id LIMIT 1`,
      values: [studyId, seriesInstanceUID ?? null, sopInstanceUID, heldBack],
    });
    if (row === undefined) return undefined;
    return { ...toIndexedInstance(row), frames: decodeFrameIndex(row['frames']), metadataGzip: row['metadata_gzip'] };
  };

const setSeriesMetadata =
  (db: Database): StudyIndex['setSeriesMetadata'] =>
  async (seriesId, revision, metadata) => {
    const rows = await db.rows({
      text: `UPDATE series SET metadata_key = $3, metadata_etag = $4, metadata_revision = $2 WHERE series_id = $1 AND revision = $2 RETURNING series_id`,
      values: [seriesId, revision, metadata.key, metadata.etag],
    });
    return rows.length > 0;
  };

const seriesForDerivation =
  (db: Database): StudyIndex['seriesForDerivation'] =>
  async (seriesId) => {
    const [row] = await db.rows({
      text: `SELECT ${SERIES_COLUMNS}, s.study_instance_uid, s.ordinal, f.code AS owner_code
          FROM series e JOIN studies s USING (study_id) JOIN facilities f ON f.facility_id = s.facility_id WHERE e.series_id = $1`,
      values: [seriesId],
    });
    return row === undefined ? undefined : { ...toIndexedSeries(row), ownerFacilityCode: row['owner_code'] as FacilityCode };
  };

const seriesAt =
  (db: Database): StudyIndex['seriesAt'] =>
  async ({ facilityCode, studyInstanceUID, seriesInstanceUID }) => {
    const rows = await db.rows({
      text: `SELECT e.series_id FROM series e JOIN studies s USING (study_id) JOIN facilities f ON f.facility_id = s.facility_id
          WHERE s.study_instance_uid = $2 AND f.code = $1 AND e.series_instance_uid = $3`,
      values: [facilityCode, studyInstanceUID, seriesInstanceUID],
    });
    return rows.map((row) => row['series_id'] as SeriesId);
  };

const allSeries = (db: Database): StudyIndex['allSeries'] =>
  async function* ({ facilityCode, studyInstanceUID, after: from }) {
    let after: string = from ?? '0';
    for (;;) {
      const rows = await db.rows({
        text: `SELECT e.series_id FROM series e JOIN studies s USING (study_id) JOIN facilities f ON f.facility_id = s.facility_id
            WHERE e.series_id > $1 AND e.number_of_instances > 0 AND ($2::text IS NULL OR f.code = $2)
              AND ($3::text IS NULL OR s.study_instance_uid = $3)
            ORDER BY e.series_id LIMIT ${OBJECT_PAGE}`,
        values: [after, facilityCode ?? null, studyInstanceUID ?? null],
      });
      for (const row of rows) {
        after = row['series_id'];
        yield row['series_id'] as SeriesId;
      }
      if (rows.length < OBJECT_PAGE) return;
    }
  };

const allObjects = (db: Database): StudyIndex['allObjects'] =>
  async function* (from) {
    let after: string = from ?? '0';
    for (;;) {
      const rows = await db.rows({
        name: 'all-objects',
        text: `SELECT version_id, object_key, bytes, encode(sha256, 'hex') AS sha256 FROM instance_versions
            WHERE version_id > $1 ORDER BY version_id LIMIT ${OBJECT_PAGE}`,
        values: [after],
      });
      for (const row of rows) {
        after = row['version_id'];
        yield {
          key: row['object_key'] as ObjectKey,
          sha256: row['sha256'] as Sha256,
          bytes: Number(row['bytes']),
          versionId: row['version_id'] as VersionId,
        };
      }
      if (rows.length < OBJECT_PAGE) return;
    }
  };

const hasObject =
  (db: Database): StudyIndex['hasObject'] =>
  async (key) => {
    const query = objectByKey(key);
    if (query === undefined) return false;
    const [row] = await db.rows(query);
    return row?.['found'] === true;
  };

const clipsOf =
  (db: Database): StudyIndex['clipsOf'] =>
  async ({ studyId, heldBack }, limit) => {
    const rows = await db.rows({
      name: 'clips-of',
      text: `SELECT e.series_instance_uid, i.sop_instance_uid, i.instance_number, i.number_of_frames, i.opening_frame
        FROM series e JOIN instances i ON i.series_id = e.series_id
        WHERE e.study_id = $1 AND e.number_of_clips > 0 AND i.clip AND e.series_instance_uid <> ALL ($3::text[])
        ORDER BY ${ORDER} LIMIT $2`,
      values: [studyId, limit, heldBack],
    });
    return rows.map((row) => ({
      seriesInstanceUID: row['series_instance_uid'] as SeriesInstanceUID,
      sopInstanceUID: row['sop_instance_uid'] as SOPInstanceUID,
      instanceNumber: row['instance_number'],
      numberOfFrames: row['number_of_frames'],
      openingFrame: row['opening_frame'],
    }));
  };

const openingImagesOf =
  (db: Database): StudyIndex['openingImagesOf'] =>
  async ({ studyId, heldBack }, { seriesInstanceUID } = {}) => {
    const rows = await db.rows({
      name: 'opening-images-of',
      // (of + 1) / 2 from 1 is middleOf(of) from 0.
      text: `SELECT DISTINCT ON (o.series_number, o.series_id) o.series_instance_uid, o.sop_instance_uid, o.opening_frame
        FROM (
          SELECT e.series_number, e.series_id, e.series_instance_uid, e.modality, i.sop_instance_uid, i.opening_frame, i.clip,
            row_number() OVER (PARTITION BY e.series_id, i.clip ORDER BY i.reading_key, i.sop_instance_uid COLLATE "C") AS n,
            count(*) OVER (PARTITION BY e.series_id, i.clip) AS of
          FROM series e JOIN instances i ON i.series_id = e.series_id
          WHERE e.study_id = $1 AND ($2::text IS NULL OR e.series_instance_uid = $2) AND e.series_instance_uid <> ALL ($4::text[])
            AND i.number_of_frames > 0) o
        WHERE o.n = CASE WHEN o.clip OR o.modality <> ALL($3::text[]) THEN 1 ELSE (o.of + 1) / 2 END
        ORDER BY o.series_number NULLS LAST, o.series_id, o.clip`,
      values: [studyId, seriesInstanceUID ?? null, SLICED_MODALITIES, heldBack],
    });
    return rows.map((row) => ({
      seriesInstanceUID: row['series_instance_uid'] as SeriesInstanceUID,
      sopInstanceUID: row['sop_instance_uid'] as SOPInstanceUID,
      frame: row['opening_frame'],
    }));
  };

/** @throws not-found when the version has left meanwhile */
async function headerOf(db: Database, versionId: VersionId): Promise<Uint8Array> {
  const [row] = await db.rows({
    name: 'header-of',
    text: 'SELECT metadata_gzip FROM instance_versions WHERE version_id = $1',
    values: [versionId],
  });
  if (row === undefined) throw new DomainError('not-found', 'there is no such thing here');
  return row['metadata_gzip'] as Uint8Array;
}

/**
 * Instances of a study in their order, a page at a time. The order is settled first (ids only), so that an instance that arrives or
 * moves while its study is read makes no other one twice or never; one that has left the study meanwhile is left out.
 */
async function* walk(
  db: Database,
  { studyId, heldBack }: StudyPart,
  narrow: Narrow,
  columns: string,
  page: number,
): AsyncGenerator<readonly Row[]> {
  const order = await db.rows({
    name: 'instance-order',
    text: `SELECT i.instance_id FROM series e JOIN instances i ON i.series_id = e.series_id
      WHERE e.study_id = $1 AND ($2::text IS NULL OR e.series_instance_uid = $2) AND ($3::text IS NULL OR i.sop_instance_uid = $3)
        AND e.series_instance_uid <> ALL ($4::text[])
      ORDER BY ${ORDER}`,
    values: [studyId, narrow.seriesInstanceUID ?? null, narrow.sopInstanceUID ?? null, heldBack],
  });
  const ids = order.map((row) => row['instance_id'] as string);
  const read = (start: number) => {
    const rows = db.rows({
      text: `SELECT ${columns}, s.study_instance_uid, e.series_instance_uid
        FROM unnest($2::bigint[]) WITH ORDINALITY AS o(instance_id, n)
          JOIN instances i USING (instance_id) JOIN series e ON e.series_id = i.series_id
          JOIN studies s ON s.study_id = e.study_id JOIN instance_versions v ON v.version_id = i.version_id
        WHERE e.study_id = $1 AND e.series_instance_uid <> ALL ($3::text[]) ORDER BY o.n`,
      values: [studyId, ids.slice(start, start + page), heldBack],
    });
    // Whoever stops reading does not hear of it.
    rows.catch(() => {});
    return rows;
  };
  let next = ids.length > 0 ? read(0) : undefined;
  for (let start = page; next !== undefined; start += page) {
    const rows = await next;
    // The next page is read while this one is used.
    next = start < ids.length ? read(start) : undefined;
    yield rows;
  }
}

/** An original's name ends with its digest (gateway/domain/imaging/object-keys.ts), which is what the index is by. Undefined: no original is named so. */
function objectByKey(key: ObjectKey): Query | undefined {
  const digest = /\/([0-9a-f]{64})\.[a-z0-9]+$/.exec(key)?.[1];
  if (digest === undefined) return undefined;
  return {
    name: 'has-object',
    text: `SELECT EXISTS (SELECT FROM instance_versions WHERE sha256 = decode($1, 'hex') AND object_key = $2) AS found`,
    values: [digest, key],
  };
}
