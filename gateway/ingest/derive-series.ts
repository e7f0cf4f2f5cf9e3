import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Codec } from '../codec/threads/codec.ts';
import { decodedBytes } from '../codec/threads/cost.ts';
import { headerTexts, imageHeader } from '../codec/threads/image-header.ts';
import { frameCount } from '../dicom/frames/frame-index.ts';
import type { ByteBudget } from '../domain/bounds/byte-budget.ts';
import type { Clock } from '../domain/clock.ts';
import { asDomainError, DomainError, type ErrorKind } from '../domain/errors.ts';
import type { FacilityCode, ObjectKey, SeriesId } from '../domain/identifiers.ts';
import type { PixelDescription } from '../domain/imaging/dataset.ts';
import {
  htj2kFramesKey,
  mayHaveHtj2k,
  seriesMetadataKey,
  seriesMetadataPrefix,
  seriesMetadataRevision,
  seriesThumbnailKey,
  seriesThumbnailPrefix,
  THUMBNAIL_PIXELS,
} from '../domain/imaging/derived.ts';
import type { ObjectStore } from '../domain/imaging/object-store.ts';
import type { RenderOptions } from '../domain/imaging/rendering.ts';
import { type IndexedInstance, type IndexedSeries, type InstancePixels, wholeStudy } from '../domain/imaging/study.ts';
import type { StudyIndex } from '../domain/imaging/study-index.ts';
import { type Counters, NO_COUNTERS } from '../domain/operation/counters.ts';
import type { Log } from '../domain/operation/log.ts';
import { openingImage } from '../instances/choose-image.ts';
import { type DerivedPart, derivedObject, derivedPart, derivedTail, onlyPart, readDerivedParts } from '../instances/derived-object.ts';
import { objectAccess } from '../instances/object-access.ts';
import { framesBeside, frameToCome, frameToDecode, frameToRender, type StoredImage, storedImage } from '../instances/stored-image.ts';

export const THUMBNAIL_QUALITY = 80;
/** A frame of more bytes, in native form, is left as it arrived: its encoder would hold several times that. */
export const HTJ2K_FRAME_BYTES_MAX = 128 * 1024 * 1024;

/** Grey and RGB. The others carry tables or subsampling that a codestream on its own does not. */
const HTJ2K_PHOTOMETRIC: ReadonlySet<string> = new Set(['MONOCHROME1', 'MONOCHROME2', 'RGB', 'YBR_RCT']);

export interface DeriveSeriesParts {
  readonly objects: Pick<ObjectStore, 'read' | 'head' | 'list' | 'stage' | 'put' | 'remove'>;
  readonly studies: Pick<
    StudyIndex,
    'seriesForDerivation' | 'openingImagesOf' | 'instancesOf' | 'metadataOf' | 'pixels' | 'setSeriesMetadata'
  >;
  readonly codec: Pick<Codec, 'renderFrame' | 'encodeHtj2k' | 'costOf'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Shared with the looks of people: what is decoded for a derived object is in the same memory. */
  readonly budget: ByteBudget;
  readonly counters?: Counters;
}

export interface DeriveTurn {
  readonly signal: AbortSignal;
  /** Past this the rest is left for the next turn. */
  readonly until: Date;
  /** What is there and whole is made again too. */
  readonly anew?: boolean;
}

type Series = IndexedSeries & { readonly ownerFacilityCode: FacilityCode };
type DerivedThing = 'metadata' | 'thumbnail' | 'htj2k';

/**
 * The task `derive-series`: once a series is quiet, write its metadata object, its thumbnail and its frames in HTJ2K.
 * What is there already and whole is not made again, so it may be broken off at any point and run anew. Pixels that cannot be decoded and
 * originals that are damaged are counted and passed over; a store that does not answer ends the turn and the task is retried.
 */
export function createSeriesDerivation(parts: DeriveSeriesParts): (seriesId: string, turn: DeriveTurn) => Promise<'done' | 'again'> {
  return async (seriesId, turn) => {
    const series = await parts.studies.seriesForDerivation(seriesId as SeriesId);
    if (series === undefined || series.numberOfSeriesRelatedInstances === 0) return 'done';
    const { metadata } = series;
    const described = metadata !== undefined && (await isWhole(() => parts.objects.read(metadata.key, undefined, turn.signal)));
    if (!described || turn.anew === true) await attempt(parts, series, 'metadata', () => writeSeriesMetadata(parts, series, turn.signal));
    const opening = await openingImage(parts.studies, wholeStudy(series.studyId), series.series.seriesInstanceUID);
    if (opening !== undefined) {
      const key = seriesThumbnailKey(pathOf(series), opening.object.sha256);
      const pictured = await isWhole(async () => onlyPart(key, await parts.objects.read(key, undefined, turn.signal)));
      if (!pictured || turn.anew === true) {
        await attempt(parts, series, 'thumbnail', () => writeThumbnail(parts, series, opening, turn.signal));
      }
    }
    return writeHtj2k(parts, series, turn);
  };
}

/** False: there is no such object, or it is damaged. @throws unavailable, and what else the store says */
async function isWhole(look: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await look()) !== undefined;
  } catch (thrown) {
    const { kind } = asDomainError(thrown);
    if (kind === 'not-found' || kind === 'damaged') return false;
    throw thrown;
  }
}

function pathOf(series: Series) {
  return {
    facilityCode: series.ownerFacilityCode,
    studyInstanceUID: series.studyInstanceUID,
    seriesInstanceUID: series.series.seriesInstanceUID,
    ordinal: series.ordinal,
  };
}

// ── Series metadata ──────────────────────────────────────────────────────────

/**
 * Instance after instance into one gzip stream: memory holds few headers, whatever the length of the series.
 * @throws too-large when a header is: such a series is given from its rows
 */
async function writeSeriesMetadata({ objects, studies }: DeriveSeriesParts, series: Series, signal: AbortSignal): Promise<'made'> {
  const path = pathOf(series);
  const staged = await objects.stage(signal);
  try {
    const headers = studies.metadataOf(wholeStudy(series.studyId), { seriesInstanceUID: path.seriesInstanceUID });
    await pipeline(
      jsonArray(headers),
      createGzip({ level: 6 }),
      async (compressed: AsyncIterable<Uint8Array>) => {
        for await (const chunk of compressed) await staged.write(chunk);
      },
      { signal },
    );
    const sha256 = await staged.sha256();
    const key = seriesMetadataKey(path, series.revision, sha256);
    await staged.commit(key);
    await studies.setSeriesMetadata(series.id, series.revision, { key, etag: `"${sha256}"` });
    await removeOldMetadata(objects, series, key, signal);
    return 'made';
  } finally {
    await staged.discard();
  }
}

async function* jsonArray(headers: ReturnType<StudyIndex['metadataOf']>): AsyncGenerator<Uint8Array> {
  let separator = '[';
  for await (const inflated of headerTexts(headers)) {
    if ('large' in inflated) throw new DomainError('too-large', 'large headers are given from their rows, piece by piece');
    for (const [, text] of inflated.texts) {
      yield Buffer.from(separator);
      yield text;
      separator = ',';
    }
  }
  yield Buffer.from(separator === '[' ? '[]' : ']');
}

/** The object before this one stays: a reader that has just looked up its name still finds it. What is older goes. */
async function removeOldMetadata(
  objects: Pick<ObjectStore, 'list' | 'remove'>,
  series: Series,
  newest: ObjectKey,
  signal: AbortSignal,
): Promise<void> {
  const older: { key: ObjectKey; revision: number }[] = [];
  for await (const { key } of objects.list(seriesMetadataPrefix(pathOf(series)), signal)) {
    if (key !== newest) older.push({ key, revision: seriesMetadataRevision(key) ?? -1 });
  }
  older.sort((a, b) => b.revision - a.revision);
  for (const { key } of older.slice(1)) await objects.remove(key, signal);
}

// ── Thumbnail ────────────────────────────────────────────────────────────────

async function writeThumbnail(
  parts: DeriveSeriesParts,
  series: Series,
  opening: IndexedInstance,
  signal: AbortSignal,
): Promise<'made' | 'none'> {
  const { objects, studies, codec } = parts;
  const pixels = await studies.pixels(wholeStudy(series.studyId), opening.seriesInstanceUID, opening.instance.sopInstanceUID);
  // A version that came in meanwhile moves the series on and queues the task anew.
  if (pixels === undefined || pixels.object.sha256 !== opening.object.sha256) return 'none';
  const image = await openImage(objects, pixels, signal);
  if (image === undefined) return 'none';
  const frame = Math.min(opening.instance.openingFrame, image.pixel.numberOfFrames) - 1;
  const options: RenderOptions = {
    format: 'image/jpeg',
    quality: THUMBNAIL_QUALITY,
    viewport: { columns: THUMBNAIL_PIXELS, rows: THUMBNAIL_PIXELS },
  };
  const beside = framesBeside(image, frame);
  const jpeg = await withMemory(parts, codec.costOf(frameToCome(image, frame, beside), options), signal, async () =>
    codec.renderFrame({ ...(await frameToRender(image, frame, beside)), mayBeGivenAway: true }, options),
  );
  const key = seriesThumbnailKey(pathOf(series), opening.object.sha256);
  await objects.put(key, derivedObject(key, jpeg), signal);
  await removeOldThumbnails(objects, series, key, signal);
  return 'made';
}

/** Of an image that no longer stands for the series. */
async function removeOldThumbnails(
  objects: Pick<ObjectStore, 'list' | 'remove'>,
  series: Series,
  newest: ObjectKey,
  signal: AbortSignal,
): Promise<void> {
  for await (const { key } of objects.list(seriesThumbnailPrefix(pathOf(series)), signal)) {
    if (key !== newest) await objects.remove(key, signal);
  }
}

// ── HTJ2K ────────────────────────────────────────────────────────────────────

async function writeHtj2k(parts: DeriveSeriesParts, series: Series, turn: DeriveTurn): Promise<'done' | 'again'> {
  const narrow = { seriesInstanceUID: series.series.seriesInstanceUID };
  for await (const instance of parts.studies.instancesOf(wholeStudy(series.studyId), narrow)) {
    turn.signal.throwIfAborted();
    if (!mayHaveHtj2k(instance)) continue;
    if (turn.anew !== true && (await hasHtj2k(parts.objects, series, instance, turn.signal))) continue;
    if (parts.clock.now() >= turn.until) return 'again';
    await attempt(parts, series, 'htj2k', () => writeInstanceHtj2k(parts, series, instance, turn.signal));
  }
  return 'done';
}

async function hasHtj2k(
  objects: Pick<ObjectStore, 'head' | 'read'>,
  series: Series,
  { instance, object }: IndexedInstance,
  signal: AbortSignal,
): Promise<boolean> {
  const key = htj2kFramesKey(pathOf(series), object.sha256);
  let frames: number | undefined;
  const whole = await isWhole(async () => {
    frames = (await readDerivedParts(objects, key, signal))?.length;
    return frames;
  });
  return whole && frames === instance.numberOfFrames;
}

async function writeInstanceHtj2k(
  parts: DeriveSeriesParts,
  series: Series,
  { instance, object }: IndexedInstance,
  signal: AbortSignal,
): Promise<'made' | 'none'> {
  const { objects, studies, codec } = parts;
  const path = pathOf(series);
  const pixels = await studies.pixels(wholeStudy(series.studyId), path.seriesInstanceUID, instance.sopInstanceUID);
  // A version that came in meanwhile moves the series on and queues the task anew.
  if (pixels === undefined || pixels.object.sha256 !== object.sha256) return 'none';
  const image = await openImage(objects, pixels, signal);
  if (image === undefined || !fits(image.pixel)) return 'none';

  const key = htj2kFramesKey(path, object.sha256);
  const frames: DerivedPart[] = [];
  const staged = await objects.stage(signal);
  try {
    for (let frame = 0; frame < image.pixel.numberOfFrames; frame += 1) {
      // Beside the frame: the encoder's copy of it, what it has coded, and that gathered and copied.
      const cost = codec.costOf(frameToCome(image, frame)) + 5 * decodedBytes(image.pixel);
      const codestream = await withMemory(parts, cost, signal, async () =>
        codec.encodeHtj2k({ ...(await frameToDecode(image, frame)), mayBeGivenAway: true }),
      );
      await staged.write(codestream);
      frames.push(derivedPart(codestream));
    }
    await staged.write(derivedTail(key, frames));
    await staged.replace(key);
  } finally {
    await staged.discard();
  }
  return 'made';
}

function fits(pixel: PixelDescription): boolean {
  const frameBytes = pixel.rows * pixel.columns * pixel.samplesPerPixel * (pixel.bitsAllocated / 8);
  return frameBytes <= HTJ2K_FRAME_BYTES_MAX && HTJ2K_PHOTOMETRIC.has(pixel.photometricInterpretation);
}

/** Whose share of the budget derived work takes. */
const ASKER = 'derived work';

/** The bytes are in use until the work ends, so it is not broken off in between. @throws too-large, busy */
async function withMemory(
  { budget }: DeriveSeriesParts,
  cost: number,
  signal: AbortSignal,
  work: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const lease = await budget.take(ASKER, cost, signal);
  try {
    return await work();
  } finally {
    lease.release();
  }
}

// ── Shared ───────────────────────────────────────────────────────────────────

/** Undefined when there is no image, or fewer frames than its header says. */
async function openImage(
  objects: Pick<ObjectStore, 'read'>,
  pixels: InstancePixels,
  signal: AbortSignal,
): Promise<StoredImage | undefined> {
  const header = await imageHeader(pixels.metadataGzip, signal);
  const image = storedImage(pixels, objectAccess(objects, pixels.object, { signal }), header);
  return image !== undefined && frameCount(pixels.frames) >= image.pixel.numberOfFrames ? image : undefined;
}

/** What says something of these pixels or this original, and nothing of the store. */
const PASSED_OVER: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['invalid', 'unsupported', 'too-large', 'damaged', 'not-found']);

/** What cannot be made of these pixels is counted and logged; what a store refused ends the turn. */
async function attempt(
  { log, counters = NO_COUNTERS }: DeriveSeriesParts,
  series: Series,
  what: DerivedThing,
  work: () => Promise<'made' | 'none'>,
): Promise<void> {
  try {
    counters.add('derived_objects', 1, { what, outcome: await work() });
  } catch (thrown) {
    const { kind } = asDomainError(thrown);
    if (!PASSED_OVER.has(kind)) throw thrown;
    counters.add('derived_objects', 1, { what, outcome: kind });
    log.warn('derive.passed-over', { series: series.id, what, kind });
  }
}
