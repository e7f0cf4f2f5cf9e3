import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { smallFile } from '../../test/fixtures/dicom/small-dicom.ts';
import { memoryObjects } from '../../test/fixtures/servers/memory-objects.ts';
import type { Codec } from '../codec/threads/codec.ts';
import { bufferAccess } from '../dicom/parse/part10.ts';
import { createByteBudget } from '../domain/bounds/byte-budget.ts';
import { DomainError, type ErrorKind } from '../domain/errors.ts';
import type { FacilityCode, ObjectKey, SeriesInstanceUID, Sha256, StudyInstanceUID } from '../domain/identifiers.ts';
import { seriesThumbnailKey } from '../domain/imaging/derived.ts';
import { middleOf } from '../domain/imaging/reading-order.ts';
import type { InstancePixels } from '../domain/imaging/study.ts';
import type { Log } from '../domain/operation/log.ts';
import { onlyPart } from '../instances/derived-object.ts';
import { createSeriesDerivation, type DeriveSeriesParts } from './derive-series.ts';
import { describeObject } from './describe.ts';

const log: Log = { info: () => {}, warn: () => {}, error: () => {} };
const path = {
  facilityCode: 'H1' as FacilityCode,
  studyInstanceUID: '2.25.1' as StudyInstanceUID,
  seriesInstanceUID: '2.25.1.1' as SeriesInstanceUID,
  ordinal: 1,
};
const shaOf = (n: number) => String(n).padStart(64, '0') as Sha256;

interface Told {
  readonly failAt?: { readonly instance: number; readonly kind: ErrorKind };
  readonly turnsEndAfter?: number;
}

/** So many images, each of one value: its number. */
async function imagesOf(count: number, kept: Map<string, Uint8Array>): Promise<readonly InstancePixels[]> {
  const instances: InstancePixels[] = [];
  for (let n = 1; n <= count; n += 1) {
    const file = smallFile({ sopInstanceUID: `2.25.1.1.${n}`, instanceNumber: n, pixels: new Uint8Array(512).fill(n) });
    const described = await describeObject(bufferAccess(file));
    if (described.kind !== 'instance') throw new Error(described.reason);
    const key = `originals/${n}` as ObjectKey;
    kept.set(key, file);
    const { instance, frames, metadataGzip, transferSyntaxUID, dataSetOffset } = described;
    const object = { key, bytes: file.length, sha256: shaOf(n), transferSyntaxUID, dataSetOffset };
    instances.push({ ...path, instance, frames, metadataGzip, object } as unknown as InstancePixels);
  }
  return instances;
}

function studiesOf(instances: readonly InstancePixels[]) {
  const ids = { id: '5', studyId: '4', ownerFacilityCode: path.facilityCode };
  const series = { ...ids, ...path, revision: instances.length, metadata: undefined as unknown };
  const middle = middleOf(instances.length);
  const studies: DeriveSeriesParts['studies'] = {
    seriesForDerivation: async () => ({ ...series, series: { seriesInstanceUID: path.seriesInstanceUID } }) as never,
    openingImagesOf: async () =>
      instances
        .slice(middle, middle + 1)
        .map(({ instance }) => ({ ...path, sopInstanceUID: instance.sopInstanceUID, frame: instance.openingFrame })),
    instancesOf: async function* (_study, { sopInstanceUID } = {}) {
      yield* instances.filter(({ instance }) => sopInstanceUID === undefined || instance.sopInstanceUID === sopInstanceUID);
    },
    metadataOf: async function* () {
      yield instances.map(({ metadataGzip, instance, object }) => ({
        ...path,
        sopInstanceUID: instance.sopInstanceUID,
        sha256: object.sha256,
        metadataGzip,
      }));
    },
    pixels: async (_study, _series, uid) => instances.find(({ instance }) => instance.sopInstanceUID === uid),
    setSeriesMetadata: async (_id, revision, metadata) => {
      if (revision === series.revision) series.metadata = metadata;
      return revision === series.revision;
    },
  };
  return { series, studies };
}

/** Answers with the frame's first pixel. */
function codecOf({ failAt }: Told) {
  const encoded: number[] = [];
  const codec = {
    encodeHtj2k: async ({ bytes }: { bytes: Uint8Array }) => {
      if (bytes[0] === failAt?.instance) throw new DomainError(failAt?.kind ?? 'internal', 'told to fail');
      encoded.push(bytes[0] as number);
      return Uint8Array.of(bytes[0] as number);
    },
    costOf: () => 1,
    renderFrame: async ({ bytes }: { bytes: Uint8Array }) => Uint8Array.of(0xff, bytes[0] as number),
  } as unknown as Codec;
  return { encoded, codec };
}

/** A series of so many images, and counters that remember. */
async function rig(count: number, told: Told = {}) {
  const objects = memoryObjects();
  const { series, studies } = studiesOf(await imagesOf(count, objects.kept));
  const { encoded, codec } = codecOf(told);
  const counted: string[] = [];
  let looks = 0;
  const derive = createSeriesDerivation({
    objects,
    studies,
    codec,
    clock: {
      now: () => {
        looks += 1;
        return new Date(told.turnsEndAfter !== undefined && looks > told.turnsEndAfter ? 1 : 0);
      },
    },
    log,
    budget: createByteBudget({ bytesMax: 1 << 20, waitingMax: 1, waitMsMax: 1 }),
    counters: { add: (_name, _by, labels) => counted.push(`${labels?.['what']} ${labels?.['outcome']}`) },
  });
  const turn = { signal: new AbortController().signal, until: new Date(1) };
  return {
    objects,
    series,
    encoded,
    counted,
    run: () => derive('5', turn),
    runUntil: (signal: AbortSignal) => derive('5', { ...turn, signal }),
  };
}

const metadataKeys = (objects: { kept: Map<string, unknown> }) => [...objects.kept.keys()].filter((key) => key.includes('/metadata-'));

test('metadata of all instances in order, a thumbnail of the middle one, frames of each', async () => {
  const { objects, series, run, encoded } = await rig(3);
  expect(await run()).toBe('done');
  const { key, etag } = series.metadata as { key: string; etag: string };
  const json = JSON.parse(gunzipSync(objects.kept.get(key) as Uint8Array).toString());
  expect(json.map((header: Record<string, { Value: unknown[] }>) => header['00200013']?.Value[0])).toEqual([1, 2, 3]);
  expect(key).toMatch(/^derived\/H1\/2\.25\.1\/2\.25\.1\.1\/metadata-3-[0-9a-f]{64}\.json\.gz$/);
  expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
  const thumbnail = seriesThumbnailKey(path, shaOf(2));
  expect([...onlyPart(thumbnail, objects.kept.get(thumbnail) as Uint8Array)]).toEqual([0xff, 2]);
  expect(encoded).toEqual([1, 2, 3]);
  const frames = `derived/H1/2.25.1/2.25.1.1/htj2k/${shaOf(2)}.frames` as ObjectKey;
  expect(onlyPart(frames, objects.kept.get(frames) as Uint8Array)).toEqual(Buffer.of(2));
  expect(objects.openStages()).toBe(0);
});

test('a second run makes nothing anew', async () => {
  const { objects, run, encoded } = await rig(2);
  await run();
  const before = [...objects.kept.keys()];
  expect(await run()).toBe('done');
  expect([...objects.kept.keys()]).toEqual(before);
  expect(encoded).toEqual([1, 2]);
});

test('a turn that is over hands the rest back, and the next goes on where it ended', async () => {
  const { run, encoded } = await rig(3, { turnsEndAfter: 2 });
  expect(await run()).toBe('again');
  expect(encoded).toEqual([1, 2]);
});

test.each<ErrorKind>(['invalid', 'unsupported', 'too-large'])('pixels that are %s are counted and passed over', async (kind) => {
  const { run, encoded, counted, objects } = await rig(3, { failAt: { instance: 2, kind } });
  expect(await run()).toBe('done');
  expect(encoded).toEqual([1, 3]);
  expect(counted).toContain(`htj2k ${kind}`);
  expect(objects.openStages()).toBe(0);
});

test.each<ErrorKind>(['unavailable', 'busy', 'full', 'internal'])('%s ends the turn, and metadata is there already', async (kind) => {
  const { run, encoded, series, objects } = await rig(3, { failAt: { instance: 2, kind } });
  await expect(run()).rejects.toMatchObject({ kind });
  expect(encoded).toEqual([1]);
  expect(series.metadata).toBeDefined();
  expect(objects.openStages()).toBe(0);
});

test('the metadata object before the newest stays for its readers, older ones go', async () => {
  const { objects, series, run } = await rig(1);
  for (const revision of [4, 5, 6]) {
    series.metadata = undefined;
    series.revision = revision;
    await run();
  }
  expect(metadataKeys(objects).map((key) => key.match(/metadata-(\d+)/)?.[1])).toEqual(['5', '6']);
});

test('a process that stops leaves no stage open', async () => {
  const { objects, runUntil } = await rig(2);
  const controller = new AbortController();
  controller.abort(new Error('stopping'));
  await expect(runUntil(controller.signal)).rejects.toThrow();
  expect(objects.openStages()).toBe(0);
});

test('a series that is gone is done', async () => {
  const { run } = await rig(0);
  expect(await run()).toBe('done');
});
