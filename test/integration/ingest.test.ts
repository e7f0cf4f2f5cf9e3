import { createHash } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTaskWorker } from '../../gateway/background/worker.ts';
import { createCodec } from '../../gateway/codec/threads/codec.ts';
import { isLargeHeader } from '../../gateway/codec/threads/image-header.ts';
import { bufferAccess } from '../../gateway/dicom/parse/part10.ts';
import type { FacilityCode, SeriesId, Sha256 } from '../../gateway/domain/identifiers.ts';
import type { DicomJson } from '../../gateway/domain/imaging/dataset.ts';
import { htj2kFramesKey, readOriginalKey, seriesThumbnailPrefix } from '../../gateway/domain/imaging/derived.ts';
import type { ObjectStore } from '../../gateway/domain/imaging/object-store.ts';
import { pixelDescription } from '../../gateway/domain/imaging/pixel-description.ts';
import type { ReceiveOutcome, Receiver } from '../../gateway/domain/imaging/reception.ts';
import { type IndexedSeries, wholeStudy } from '../../gateway/domain/imaging/study.ts';
import type { Index } from '../../gateway/domain/opened-index.ts';
import { NO_LOG } from '../../gateway/domain/operation/log.ts';
import type { Facility } from '../../gateway/domain/people/facility.ts';
import { createAdopter } from '../../gateway/ingest/adopt.ts';
import { createSeriesDerivation } from '../../gateway/ingest/derive-series.ts';
import { createReceiver } from '../../gateway/ingest/receive.ts';
import { readDerivedParts } from '../../gateway/instances/derived-object.ts';
import { frameToDecode } from '../../gateway/instances/stored-image.ts';
import { importFiles } from '../../gateway/usecases/operate/import-folder.ts';
import { reindex } from '../../gateway/usecases/operate/reindex.ts';
import { verifyOriginals } from '../../gateway/usecases/operate/verify-originals.ts';
import { createLooks } from '../../gateway/usecases/retrieve/looks.ts';
import { openIndex } from '../../storage/index/open.ts';
import { openFileObjects } from '../../storage/objects/files.ts';
import { type ManifestFile, SHARED_DATA } from '../fixtures/dicom/shared-data.ts';
import { smallDataSet, smallFile } from '../fixtures/dicom/small-dicom.ts';
import { temporaryFolder } from '../fixtures/gateway-process.ts';
import { folderWithDatabase } from '../fixtures/servers/made-database.ts';
import { UNRECORDED } from '../fixtures/servers/unrecorded.ts';

/** The whole of the shared data through the pipeline, on the real files store and the embedded index. */

const log = NO_LOG;
const codec = createCodec({ queueMax: 1024 });
const files = SHARED_DATA.manifest();
const outcomes = new Map<string, ReceiveOutcome>();

let folder: string;
let index: Index;
let objects: ObjectStore;
let receiver: Receiver;
let hospital: Facility;

const createHospital = (into: Index) =>
  into.people.createFacility(
    {
      code: 'H1' as FacilityCode,
      name: '第一病院',
      nameKana: 'ダイイチビョウイン',
      nameRomaji: 'Daiichi',
      aeTitles: [],
    },
    UNRECORDED,
  );
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const storeFile = (file: ManifestFile) =>
  receiver.receive({ facility: hospital, source: { door: 'stow' } }, createReadStream(`${SHARED_DATA.folder}${file.file}`));

beforeAll(async () => {
  folder = await folderWithDatabase('ingest');
  index = await openIndex({ dataFolder: folder });
  objects = await openFileObjects({ root: `${folder}/objects` });
  receiver = createReceiver({ objects, ingest: index.ingest, log });
  hospital = await createHospital(index);
  for (const file of files) outcomes.set(file.file, await storeFile(file));
});

afterAll(async () => {
  await codec.close();
  await objects?.close();
  await index?.close();
  await rm(folder, { recursive: true, force: true });
});

const isKept = (file: ManifestFile) => ['stored', 'new-version', 'duplicate'].includes(outcomes.get(file.file)?.kind ?? '');

async function keptDigests(): Promise<Set<string>> {
  const digests = new Set<string>();
  for await (const { sha256 } of index.studies.allObjects()) digests.add(sha256);
  return digests;
}

async function allSeries(): Promise<IndexedSeries[]> {
  const studies = await index.studies.findStudies(hospital, [], { offset: 0, limit: 10_000 }, new Date());
  const series: IndexedSeries[] = [];
  for (const study of studies) series.push(...(await index.studies.seriesOf(wholeStudy(study.id))));
  return series;
}

describe('storing', () => {
  test('every file with a study and a series is kept, whatever its syntax', () => {
    const refused = files.filter((file) => file.study_uid && file.series_uid && file.category !== 'broken' && !isKept(file));
    expect(refused.map((file) => [file.file, outcomes.get(file.file)])).toEqual([]);
  });

  test('what is kept is byte-identical to what was sent', async () => {
    const digests = await keptDigests();
    const missing = files.filter((file) => outcomes.get(file.file)?.kind === 'stored' && !digests.has(file.sha256));
    expect(missing.map((file) => file.file)).toEqual([]);
    for await (const { key, sha256 } of index.studies.allObjects()) expect(sha(await objects.read(key))).toBe(sha256);
  });

  test('a broken file ends kept or in quarantine under its digest, with sender and reason', async () => {
    const entries = await index.ingest.quarantined({ limit: 1_000 });
    for (const file of files.filter((each) => !isKept(each))) {
      const outcome = outcomes.get(file.file);
      expect(outcome, file.file).toMatchObject({ kind: 'quarantined', reason: expect.stringMatching(/^[a-z0-9-]+$/) });
      const entry = entries.find((each) => each.sha256 === file.sha256);
      expect(entry, file.file).toMatchObject({ facilityCode: 'H1', source: { door: 'stow' }, bytes: file.bytes });
      expect(sha(await objects.read(entry?.key as never))).toBe(file.sha256);
    }
  });

  test('a broken file that is kept says what is odd about it, unless DCMTK and GDCM found nothing odd either', () => {
    const silent = files.filter((file) => {
      const outcome = outcomes.get(file.file);
      return file.category === 'broken' && outcome?.kind === 'stored' && outcome.warnings.length === 0 && complaints(file).length > 0;
    });
    expect(silent.map((file) => [file.file, complaints(file)])).toEqual([]);
  });

  test('everything again: success, nothing new', async () => {
    const before = await keptDigests();
    for (const file of files.filter(isKept)) expect((await storeFile(file)).kind, file.file).toBe('duplicate');
    expect(await keptDigests()).toEqual(before);
  });

  test('the same instance by C-STORE and as a file is one; other bytes are a new version and the owner is told', async () => {
    const image = { studyInstanceUID: '2.25.77', seriesInstanceUID: '2.25.77.1', sopInstanceUID: '2.25.77.1.1' };
    const request = { facility: hospital, source: { door: 'dimse' as const, callingAETitle: 'CT1' } };
    const dataSet = { sopClassUID: '1.2.840.10008.5.1.4.1.1.2', sopInstanceUID: '2.25.77.1.1', transferSyntaxUID: '1.2.840.10008.1.2.1' };
    const file = smallFile(image);
    file.write('another writer', 0);
    const asFile = await receiver.receive({ facility: hospital, source: { door: 'stow' } }, once(file));
    const byCStore = await receiver.receive({ ...request, dataSet: dataSet as never }, once(smallDataSet(image)));
    const corrected = await receiver.receive(
      { ...request, dataSet: dataSet as never },
      once(smallDataSet({ ...image, instanceNumber: 2 })),
    );
    expect([asFile.kind, byCStore.kind, corrected.kind]).toEqual(['stored', 'duplicate', 'new-version']);
    const notices = await index.notices.list(hospital.id, 10);
    expect(notices[0]).toMatchObject({ kind: 'new-version', studyInstanceUID: '2.25.77', sopInstanceUID: '2.25.77.1.1' });
  });

  test('many senders of one instance at once: one is new, the others are duplicates', async () => {
    const image = smallFile({ studyInstanceUID: '2.25.78', seriesInstanceUID: '2.25.78.1', sopInstanceUID: '2.25.78.1.1' });
    const request = { facility: hospital, source: { door: 'stow' as const } };
    const all = await Promise.all(Array.from({ length: 12 }, () => receiver.receive(request, once(image))));
    expect(all.map(({ kind }) => kind).sort()).toEqual([...Array(11).fill('duplicate'), 'stored']);
  });

  test('no claim is left', async () => {
    expect(await index.ingest.abandonedClaims(new Date(Date.now() + 60_000), 10)).toEqual([]);
  });
});

test('importing the folder passes over directories and texts, and finds everything kept already', async () => {
  const chosen = files.filter((file) => file.category === 'series' || file.category === 'charsets');
  const walk = chosen.map((file) => ({
    path: file.file,
    bytes: file.bytes,
    open: () => createReadStream(`${SHARED_DATA.folder}${file.file}`) as AsyncIterable<Uint8Array>,
  }));
  const text = Buffer.from('SOURCES.md is no image. '.repeat(20));
  walk.push({ path: 'SOURCES.md', bytes: text.length, open: () => once(text) });
  const report = await importFiles({ receiver, facility: hospital, files: walk });
  expect(report.notDicom.files.map(({ path }) => path).sort()).toEqual(
    ['SOURCES.md', ...chosen.filter((file) => /DICOMDIR/.test(file.file)).map((file) => file.file)].sort(),
  );
  expect(report).toMatchObject({ files: walk.length, stored: 0, newVersions: 0, endedBy: undefined });
  expect(report.failed.files).toEqual([]);
  expect(report.duplicates).toBe(chosen.filter(isKept).length);
});

describe('derived objects', () => {
  let failed: number;

  beforeAll(async () => {
    // Series count as quiet at once: the worker's clock is ahead.
    const clock = { now: () => new Date(Date.now() + 3_600_000) };
    const derive = createSeriesDerivation({ objects, studies: index.studies, codec, clock, log, budget: createLooks().budget });
    // A worker that took tasks and died: they come back when its lease is over.
    const taken = await index.tasks.lease(5, clock.now(), new Date(clock.now().getTime() + 1));
    expect(taken).toHaveLength(5);
    let finished = () => {};
    const allDone = new Promise<void>((resolve) => {
      finished = resolve;
    });
    const worker = startTaskWorker({
      tasks: index.tasks,
      handlers: { 'derive-series': derive },
      clock,
      log,
      concurrency: 2,
      pause: async (_ms, signal) => {
        if ((await index.tasks.depth()).waiting === 0) finished();
        await new Promise<void>((resolve) => (signal.aborted ? resolve() : setImmediate(resolve)));
      },
    });
    await allDone;
    await worker.stop();
    failed = (await index.tasks.depth()).failed;
  });

  test('no task is given up', () => {
    expect(failed).toBe(0);
  });

  test('each series has its metadata object: the headers of its instances, in order', async () => {
    const series = await allSeries();
    let derived = 0;
    for (const each of series) {
      const { metadata } = (await index.studies.seriesForDerivation(each.id as SeriesId)) ?? {};
      const expected: string[] = [];
      let large = false;
      for await (const rows of index.studies.metadataOf(wholeStudy(each.studyId), { seriesInstanceUID: each.series.seriesInstanceUID })) {
        expected.push(...rows.map(({ metadataGzip }) => gunzipSync(metadataGzip).toString()));
        large ||= rows.some(({ metadataGzip }) => isLargeHeader(metadataGzip));
      }
      // A series with a large header is given from its rows, piece by piece: gateway/decisions/headers.md.
      expect(metadata === undefined, each.series.seriesInstanceUID).toBe(large);
      if (metadata === undefined) continue;
      derived += 1;
      const text = gunzipSync(await objects.read(metadata.key)).toString();
      expect(text === `[${expected.join(',')}]`, each.series.seriesInstanceUID).toBe(true);
    }
    expect(derived).toBeGreaterThan(50);
  });

  test('thumbnails are JPEGs within their bound; frames in HTJ2K decode to the pixels of the original', async () => {
    let thumbnails = 0;
    let frames = 0;
    for (const each of await allSeries()) {
      const path = {
        facilityCode: 'H1' as FacilityCode,
        studyInstanceUID: each.studyInstanceUID,
        seriesInstanceUID: each.series.seriesInstanceUID,
        ordinal: each.ordinal,
      };
      for await (const { key } of objects.list(seriesThumbnailPrefix(path))) {
        const jpeg = await objects.read(key);
        expect([...jpeg.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
        thumbnails += 1;
      }
      for await (const instance of index.studies.instancesOf(wholeStudy(each.studyId), { seriesInstanceUID: path.seriesInstanceUID })) {
        frames += await compareFrames(path, each, instance.instance.sopInstanceUID, instance.object.sha256);
      }
    }
    expect(thumbnails).toBeGreaterThan(50);
    expect(frames).toBeGreaterThan(300);
  });

  /** Compares the first and the last frame; how many were compared. */
  async function compareFrames(path: Parameters<typeof htj2kFramesKey>[0], series: IndexedSeries, sopInstanceUID: string, digest: Sha256) {
    const key = htj2kFramesKey(path, digest);
    if ((await objects.head(key)) === undefined) return 0;
    const pixels = await index.studies.pixels(wholeStudy(series.studyId), path.seriesInstanceUID, sopInstanceUID as never);
    if (pixels === undefined) throw new Error('no pixels');
    const header = JSON.parse(gunzipSync(pixels.metadataGzip).toString()) as DicomJson;
    const pixel = pixelDescription(header);
    if (pixel === undefined) throw new Error('no image');
    const whole = await objects.read(key);
    const places = await readDerivedParts(objects, key);
    const { frames, object } = pixels;
    const source = bufferAccess(await objects.read(object.key));
    const original = { source, transferSyntaxUID: object.transferSyntaxUID, frames, pixel, header };
    const chosen = new Set([0, pixel.numberOfFrames - 1]);
    for (const frame of chosen) {
      const place = places?.[frame];
      if (place === undefined) throw new Error('no such frame in the table');
      const expected = await codec.decodeFrame(await frameToDecode(original, frame));
      const decoded = await codec.decodeFrame({
        bytes: whole.subarray(place.offset, place.offset + place.length),
        transferSyntaxUID: '1.2.840.10008.1.2.4.202',
        pixel: { ...pixel, planarConfiguration: 0 },
      });
      if (expected.planarConfiguration === 0) expect(sha(decoded.bytes), object.key).toBe(sha(expected.bytes));
    }
    return chosen.size;
  }
});

describe('the index can be rebuilt', () => {
  test('verify finds every original whole, and none that no row refers to', async () => {
    const report = await verifyOriginals({ objects, studies: index.studies });
    expect(report).toMatchObject({ sound: true, listed: [] });
    expect(report.whole).toBe((await keptDigests()).size);
  });

  test('verify names the one object of which a byte was changed', async () => {
    const [key] = await originals(objects);
    const bytes = Buffer.from(await objects.read(key as never));
    const path = join(folder, 'objects', key as string);
    writeFileSync(path, Buffer.from(bytes).fill(0xff, bytes.length - 1));
    const report = await verifyOriginals({ objects, studies: index.studies });
    writeFileSync(path, bytes);
    expect(report.listed).toEqual([{ problem: 'corrupt', key }]);
  });

  test('reindex into an empty index brings every original back, and running it again changes nothing', async () => {
    const empty = temporaryFolder('reindex');
    const rebuilt = await openIndex({ dataFolder: empty });
    try {
      const adopter = createAdopter({ objects, ingest: rebuilt.ingest });
      const parts = { objects, studies: rebuilt.studies, people: rebuilt.people, ingest: rebuilt.ingest, adopter };
      const keys = await originals(objects);
      const quarantined = new Set((await index.ingest.quarantined({ limit: 1_000 })).map(({ key }) => key));
      expect((await reindex(parts)).problems['facility-unknown']).toBe(keys.length + quarantined.size);
      const facility = await createHospital(rebuilt);
      // What was asked for before the facility existed is looked up again by a new run.
      const report = await reindex(parts);
      expect(report).toMatchObject({
        objects: keys.length,
        indexed: keys.length,
        alreadyIndexed: 0,
        quarantined: quarantined.size,
        complete: true,
      });
      expect(await reindex(parts)).toMatchObject({ indexed: 0, alreadyIndexed: keys.length, quarantined: 0, complete: true });
      expect(await names(rebuilt, facility)).toEqual(await names(index, hospital));
      expect(await verifyOriginals({ objects, studies: rebuilt.studies })).toMatchObject({ sound: true, listed: [], whole: keys.length });
    } finally {
      await rebuilt.close();
      await rm(empty, { recursive: true, force: true });
    }
  });
});

async function originals(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('originals/')) if (readOriginalKey(key) !== undefined) keys.push(key);
  return keys;
}

async function names(from: Index, facility: Facility) {
  const studies = await from.studies.findStudies(facility, [], { offset: 0, limit: 10_000 }, new Date());
  return studies
    .map(({ study, numberOfStudyRelatedInstances, numberOfStudyRelatedSeries }) => [
      study.studyInstanceUID,
      numberOfStudyRelatedSeries,
      numberOfStudyRelatedInstances,
    ])
    .sort();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** What DCMTK and GDCM said of the file when the data was collected. A sequence in a UN element (CP-246) is as the standard has it. */
function complaints(file: ManifestFile): readonly string[] {
  const said = (file as unknown as { why_broken?: string[] }).why_broken ?? [];
  return said.filter((line) => !line.includes('CP-246'));
}
