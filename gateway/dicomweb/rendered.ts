import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asDomainError, DomainError, type ErrorKind } from '../domain/errors.ts';
import type { SeriesInstanceUID } from '../domain/identifiers.ts';
import { THUMBNAIL_MEDIA_TYPE, THUMBNAIL_PIXELS } from '../domain/imaging/derived.ts';
import type { RenderOptions } from '../domain/imaging/rendering.ts';
import type { InstanceRecord } from '../domain/imaging/study.ts';
import { formatStudyOf } from '../domain/imaging/study-address.ts';
import { representativeImage } from '../instances/choose-image.ts';
import type { SeenStudy } from '../usecases/access/see-study.ts';
import { derivedThumbnail } from '../usecases/retrieve/derived-thumbnail.ts';
import { retrieveBulkData } from '../usecases/retrieve/retrieve-bulkdata.ts';
import type { OpenInstance } from '../usecases/retrieve/retrieve-frames.ts';
import type { Door } from './context.ts';
import { exactParams, type FrameParams, type InstanceParams, openInstance } from './frames.ts';
import { covers, parseAccept } from './media-types.ts';
import { multipartRelated, newBoundary, type OutgoingPart, writeMultipart } from './multipart-writer.ts';
import { CACHE_CONTROL, entityTag, leaving, notModified, piecesOf, sendHeld, sendRangeable, sendStream } from './outgoing.ts';
import { placeholderThumbnail } from './placeholder-thumbnail.ts';
import { chooseRendered, parseQuality, parseViewport, parseWindow, type RenderedOffer } from './render-parameters.ts';
import { acceptOf, frameList, queryOf, type StudyParams, studyAddress, uidParameter } from './request.ts';

const ENCAPSULATED_PDF = '1.2.840.10008.5.1.4.1.1.104.1';
const ENCAPSULATED_DOCUMENT = '00420011';
const PDF = 'application/pdf';

interface Params extends StudyParams {
  readonly series?: string;
}

type Purpose = 'rendered' | 'thumbnail';

/** PS3.18 10.4.1.1.3 and 10.4.1.1.4: rendered images and thumbnails, of a study, series, instance or its frames. */
export function registerRendered(app: FastifyInstance, door: Door): void {
  const config = { action: 'study.view' } as const;
  for (const purpose of ['rendered', 'thumbnail'] as const) {
    for (const url of ['/studies/:study', '/studies/:study/series/:series']) {
      app.get<{ Params: Params }>(`${url}/${purpose}`, { config }, (request, reply) => sendMany(door, request, reply, purpose));
    }
    const instance = '/studies/:study/series/:series/instances/:instance';
    app.get<{ Params: InstanceParams }>(`${instance}/${purpose}`, { config }, (request, reply) =>
      sendOne(door, request, reply, purpose, request.params, undefined),
    );
    app.get<{ Params: FrameParams }>(`${instance}/frames/:frames/${purpose}`, { config }, (request, reply) =>
      sendOne(door, request, reply, purpose, request.params, frameList(request.params.frames)),
    );
  }
}

/** Of a study or series: all its images when the client takes several parts, otherwise the one that stands for them. */
async function sendMany(
  door: Door,
  request: FastifyRequest<{ Params: Params }>,
  reply: FastifyReply,
  purpose: Purpose,
): Promise<FastifyReply> {
  const offer = chooseRendered(parseAccept(acceptOf(request)));
  const series = request.params.series === undefined ? undefined : uidParameter<SeriesInstanceUID>(request.params.series);
  const actor = door.actor(request);
  const seen = await door.access.see(actor, 'study.view', studyAddress(request.params));
  const image = await representativeImage(door.studies, seen.record.id, series).catch(async (thrown: unknown) => {
    const isThere = series === undefined || (await door.studies.seriesByUID(seen.record.id, series)) !== undefined;
    if (purpose === 'thumbnail' && isThere && asDomainError(thrown).kind === 'not-found') return undefined;
    throw thrown;
  });
  if (image === undefined) return sendPlaceholder(request, reply, offer);
  if (onlyThumbnail(request, purpose) === undefined) await door.recorder.viewed(actor, seen, series);
  else await door.recorder.thumbnailsViewed(actor, seen);
  if (purpose === 'thumbnail' && isDerivedAskedFor(request, offer)) {
    const { studyInstanceUID, seriesInstanceUID, object } = image;
    const { owner, ordinal } = seen.record;
    const path = { facilityCode: owner.code, studyInstanceUID, seriesInstanceUID, ordinal };
    const derived = await derivedThumbnail(door, path, object.sha256);
    if (derived !== undefined) {
      reply.header('content-type', THUMBNAIL_MEDIA_TYPE).header('vary', 'accept');
      const etag = entityTag(createHash('sha256').update(derived).digest('hex').slice(0, 32));
      return sendRangeable(request, reply, { etag, bytes: derived.length, open: (part) => partOf(derived, part) });
    }
  }
  if (!offer.multipart || purpose === 'thumbnail') {
    return sendOne(door, request, reply, purpose, paramsOf(seen, image), [Math.floor((image.instance.numberOfFrames - 1) / 2) + 1]);
  }
  const signal = leaving(reply);
  const parts = async function* (): AsyncGenerator<OutgoingPart> {
    for await (const record of door.studies.instancesOf(seen.record.id, series && { seriesInstanceUID: series })) {
      if (record.instance.numberOfFrames === 0) continue;
      signal.throwIfAborted();
      const instance = await openInstance(door, request, paramsOf(seen, record));
      yield* renderedPart(door, request, instance, 1, optionsOf(request, purpose, offer, instance), signal);
    }
  };
  return sendMultipart(request, reply, offer, parts());
}

/** Of an instance: one image, or several as parts. Without a frame list a single image is the first frame. */
async function sendOne(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  purpose: Purpose,
  params: InstanceParams,
  list: readonly number[] | undefined,
): Promise<FastifyReply> {
  const ranges = parseAccept(acceptOf(request));
  const instance = await openInstance(door, request, params, onlyThumbnail(request, purpose));
  const isDocument = purpose === 'rendered' && list === undefined && instance.pixels.instance.sopClassUID === ENCAPSULATED_PDF;
  if (isDocument && ranges.some((range) => covers(range, PDF))) return sendDocument(door, request, reply, instance);
  const offer = chooseRendered(ranges);
  if (purpose === 'thumbnail' && instance.frames === 0) return sendPlaceholder(request, reply, offer);
  if (instance.frames === 0) throw new DomainError('not-acceptable', 'the instance holds no image');
  if (list?.some((number) => number > instance.frames) === true) throw new DomainError('not-found', 'there is no such frame');
  const options = optionsOf(request, purpose, offer, instance);
  const signal = leaving(reply);
  warnOfIgnored(door, request, reply);
  const numbers = list ?? (offer.multipart && purpose === 'rendered' ? range(instance.frames) : [1]);
  if (!offer.multipart) {
    const [number = 1] = numbers;
    if (numbers.length > 1) throw new DomainError('not-acceptable', 'several frames are given as parts of multipart/related');
    const etag = entityTag(instance.pixels.object.sha256, number, digestOf(options));
    if (notModified(request, reply, etag)) return reply;
    const held = await door.frames.rendered(instance, number - 1, options, signal).catch((thrown: unknown) => {
      if (purpose === 'thumbnail' && UNSHOWABLE.has(asDomainError(thrown).kind)) return undefined;
      throw thrown;
    });
    if (held === undefined) return sendPlaceholder(request, reply, offer);
    reply.header('content-type', offer.format).header('vary', 'accept');
    return sendHeld(request, reply, etag, held);
  }
  const parts = async function* (): AsyncGenerator<OutgoingPart> {
    for (const number of numbers) {
      signal.throwIfAborted();
      yield* renderedPart(door, request, await openInstance(door, request, exactParams(params, instance)), number, options, signal);
    }
  };
  return sendMultipart(request, reply, offer, parts());
}

/** What ails an image whose thumbnail is a symbol instead. */
const UNSHOWABLE: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'unsupported',
  'invalid',
  'not-found',
  'not-acceptable',
  'too-large',
  'damaged',
]);

/** A list of thumbnails has no holes: what cannot be shown has a symbol. */
function sendPlaceholder(request: FastifyRequest, reply: FastifyReply, offer: RenderedOffer): Promise<FastifyReply> {
  const symbol = placeholderThumbnail(offer.format);
  reply.header('content-type', offer.format).header('vary', 'accept');
  return sendRangeable(request, reply, {
    etag: entityTag('symbol', offer.format.replace('/', '-')),
    bytes: symbol.length,
    open: (part) => partOf(symbol, part),
  });
}

/** PS3.18 8.7.4 and table 8.7.4-1: an encapsulated PDF is its own rendering. */
async function sendDocument(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { pixels, asker }: OpenInstance,
): Promise<FastifyReply> {
  const document = await retrieveBulkData(door, asker, pixels.object, ENCAPSULATED_DOCUMENT, leaving(reply));
  reply.header('content-type', PDF).header('content-disposition', 'inline').header('vary', 'accept');
  const etag = entityTag(pixels.object.sha256, 'document');
  return sendRangeable(request, reply, { etag, bytes: document.bytes, open: (part) => document.open(part) });
}

/** One part, let go once it has gone out. */
async function* renderedPart(
  door: Door,
  request: FastifyRequest,
  instance: OpenInstance,
  number: number,
  options: RenderOptions,
  signal: AbortSignal,
): AsyncGenerator<OutgoingPart> {
  const { studyInstanceUID, seriesInstanceUID, instance: attributes } = instance.pixels;
  const location = `${door.base(request)}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${attributes.sopInstanceUID}`;
  const held = await door.frames.rendered(instance, number - 1, options, signal);
  try {
    const headers = { 'Content-Type': options.format, 'Content-Location': `${location}/frames/${number}/rendered` };
    yield { headers, body: piecesOf(held.value) };
  } finally {
    held.release();
  }
}

function sendMultipart(
  request: FastifyRequest,
  reply: FastifyReply,
  offer: RenderedOffer,
  parts: AsyncIterable<OutgoingPart>,
): Promise<FastifyReply> {
  const boundary = newBoundary();
  reply.header('cache-control', CACHE_CONTROL).header('content-type', multipartRelated(offer.format, boundary));
  return sendStream(request, reply, writeMultipart(boundary, parts));
}

/** At a size of its own choosing a client may read the picture, so that is a view. */
function onlyThumbnail(request: FastifyRequest, purpose: Purpose): 'thumbnail' | undefined {
  return purpose === 'thumbnail' && queryOf(request, 'viewport') === undefined ? 'thumbnail' : undefined;
}

/** Whether the thumbnail that ingest made is what was asked for. */
function isDerivedAskedFor(request: FastifyRequest, offer: RenderedOffer): boolean {
  return !offer.multipart && offer.format === THUMBNAIL_MEDIA_TYPE && queryOf(request, 'viewport') === undefined;
}

/** @throws invalid */
function optionsOf(request: FastifyRequest, purpose: Purpose, offer: RenderedOffer, { pixels }: OpenInstance): RenderOptions {
  const size = { rows: pixels.instance.rows ?? 0, columns: pixels.instance.columns ?? 0 };
  const viewport = queryOf(request, 'viewport');
  const window = queryOf(request, 'window');
  return {
    format: offer.format,
    quality: parseQuality(queryOf(request, 'quality')),
    ...(viewport !== undefined
      ? { viewport: parseViewport(viewport, size) }
      : purpose === 'thumbnail'
        ? { viewport: THUMBNAIL_VIEWPORT }
        : {}),
    ...(window === undefined ? {} : { window: parseWindow(window) }),
  };
}

const THUMBNAIL_VIEWPORT = { columns: THUMBNAIL_PIXELS, rows: THUMBNAIL_PIXELS };

/** PS3.18 8.3.5.1: text and colour profiles are not burnt in; the image is given without them, and the header says so. */
function warnOfIgnored(door: Door, request: FastifyRequest, reply: FastifyReply): void {
  const ignored = ['annotation', 'iccprofile'].filter((name) => !['', 'no', undefined].includes(queryOf(request, name)));
  if (ignored.length > 0) reply.header('warning', `299 ${door.base(request)}: Not supported and ignored: ${ignored.join(', ')}.`);
}

function paramsOf({ record }: SeenStudy, { studyInstanceUID, seriesInstanceUID, instance }: InstanceRecord): InstanceParams {
  const of = formatStudyOf({ ownerCode: record.owner.code, ordinal: record.ordinal });
  return { of, study: studyInstanceUID, series: seriesInstanceUID, instance: instance.sopInstanceUID };
}

function partOf(bytes: Uint8Array, part: { offset: number; length: number } | undefined): Uint8Array {
  return part === undefined ? bytes : bytes.subarray(part.offset, part.offset + part.length);
}

export function digestOf(options: RenderOptions): string {
  return createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 16);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
