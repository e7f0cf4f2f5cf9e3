import { createHash } from 'node:crypto';
import { transferSyntax } from '../dicom/dictionary/transfer-syntax.ts';
import { asDomainError, DomainError, type ErrorKind } from '../domain/errors.ts';
import { THUMBNAIL_MEDIA_TYPE, THUMBNAIL_PIXELS } from '../domain/imaging/derived.ts';
import type { RenderOptions } from '../domain/imaging/rendering.ts';
import type { IndexedInstance } from '../domain/imaging/study.ts';
import type { HttpAnswer } from '../doorstep/exchange.ts';
import type { Takes } from '../doorstep/route.ts';
import { representativeImage } from '../instances/choose-image.ts';
import type { SeenStudy } from '../usecases/access/see-study.ts';
import { derivedThumbnail } from '../usecases/retrieve/derived-thumbnail.ts';
import type { OpenInstance } from '../usecases/retrieve/retrieve-frames.ts';
import { boundTo, openInstance } from './frames.ts';
import { covers, type MediaRange, parseAccept } from './media/media-types.ts';
import { multipartRelated, newBoundary, type OutgoingPart, writeMultipart } from './media/multipart-writer.ts';
import {
  bytesAnswer,
  CACHE_CONTROL,
  entityTag,
  heldAnswer,
  madeEntityTag,
  notModified,
  piecesOf,
  rangeable,
  representationAnswer,
  streamed,
} from './media/outgoing.ts';
import { placeholderThumbnail } from './media/placeholder-thumbnail.ts';
import {
  acceptOf,
  addressOf,
  frameParams,
  type InstanceParams,
  instanceParams,
  onceEach,
  seriesParams,
  studyParams,
  versionQuery,
} from './parameters.ts';
import { chooseRendered, parseQuality, parseViewport, parseWindow, type RenderedOffer } from './render-parameters.ts';
import { type DicomwebPorts, type DicomwebRoute, type StudyCall, studyRoute } from './route.ts';

const ENCAPSULATED_PDF = '1.2.840.10008.5.1.4.1.1.104.1';
const ENCAPSULATED_DOCUMENT = '00420011';
const PDF = 'application/pdf';

type Purpose = 'rendered' | 'thumbnail';

const queryOfMany = onceEach('accept', 'viewport', 'window', 'quality', 'annotation', 'iccprofile');
const query = queryOfMany.extend(versionQuery);
type Asked = ReturnType<typeof query.parse>;

type Ports = Pick<DicomwebPorts, 'frames'> &
  Takes<typeof derivedThumbnail> & {
    readonly studies: Pick<DicomwebPorts['studies'], 'openingImagesOf' | 'instancesOf' | 'seriesByUID'>;
    readonly recorder: Pick<DicomwebPorts['recorder'], 'viewed' | 'thumbnailsViewed'>;
  };
type ImageCall = StudyCall<InstanceParams, Asked>;
type ManyCall = StudyCall<
  { readonly study: InstanceParams['study']; readonly of?: InstanceParams['of']; readonly series?: InstanceParams['series'] },
  Asked
>;

const SERIES = '/studies/:study/series/:series';
const INSTANCE = `${SERIES}/instances/:instance`;

/** PS3.18 10.4.1.1.3 and 10.4.1.1.4: rendered images and thumbnails, of a study, series, instance or its frames. */
export const RENDERED_ROUTES: readonly DicomwebRoute[] = (['rendered', 'thumbnail'] as const).flatMap((purpose) => {
  const common = { method: 'GET', action: 'study.view', query } as const;
  return [
    studyRoute({
      ...common,
      query: queryOfMany,
      path: `/studies/:study/${purpose}`,
      params: studyParams,
      study: ({ params }) => addressOf(params),
      handle: (ports: Ports, call) => many(ports, call, purpose),
    }),
    studyRoute({
      ...common,
      query: queryOfMany,
      path: `${SERIES}/${purpose}`,
      params: seriesParams,
      study: ({ params }) => addressOf(params),
      handle: (ports: Ports, call) => many(ports, call, purpose),
    }),
    studyRoute({
      ...common,
      path: `${INSTANCE}/${purpose}`,
      params: instanceParams,
      study: ({ params }) => addressOf(params),
      handle: (ports: Ports, call) => one(ports, call, purpose, undefined),
    }),
    studyRoute({
      ...common,
      path: `${INSTANCE}/frames/:frames/${purpose}`,
      params: frameParams,
      study: ({ params }) => addressOf(params),
      handle: (ports: Ports, call) => one(ports, call, purpose, call.params.frames),
    }),
  ];
});

/** Of a study or series: all its images when the client takes several parts, otherwise the one that stands for them. */
async function many(ports: Ports, call: ManyCall, purpose: Purpose): Promise<HttpAnswer> {
  const { studies, recorder } = ports;
  const { actor, seen, request, params } = call;
  const { series } = params;
  const offer = chooseRendered(parseAccept(acceptOf(call)));
  const image = await representativeImage(studies, seen.part, series).catch(async (thrown: unknown) => {
    const isThere = series === undefined || (await studies.seriesByUID(seen.part, series)) !== undefined;
    if (purpose === 'thumbnail' && isThere && asDomainError(thrown).kind === 'not-found') return undefined;
    throw thrown;
  });
  if (image === undefined) return placeholder(call, offer, {});
  if (onlyThumbnail(call, purpose) === undefined) await recorder.viewed(actor, seen, series);
  else await recorder.thumbnailsViewed(actor, seen);
  if (purpose === 'thumbnail' && isDerivedAskedFor(call, offer)) {
    const derived = await derivedThumbnail(ports, seen, image);
    if (derived !== undefined)
      return bytesAnswer(request, { 'content-type': THUMBNAIL_MEDIA_TYPE, vary: 'accept' }, entityTag(derived.etag), derived.bytes);
  }
  if (!offer.multipart || purpose === 'thumbnail') {
    return one(ports, { ...call, params: paramsOf(seen, image) }, purpose, [image.instance.openingFrame]);
  }
  return multipart(call, offer, {}, everyImage(ports, call, purpose, offer));
}

/** The first frame of each image of a study or series. */
async function* everyImage(ports: Ports, call: ManyCall, purpose: Purpose, offer: RenderedOffer): AsyncGenerator<OutgoingPart> {
  const { seen } = call;
  const { series } = call.params;
  for await (const image of ports.studies.instancesOf(seen.part, series && { seriesInstanceUID: series })) {
    if (image.instance.numberOfFrames === 0) continue;
    call.request.sending.leaving.throwIfAborted();
    const instance = await openInstance(ports, { ...call, seen: await call.seeAgain(), params: paramsOf(seen, image) });
    yield* renderedPart(call, instance, 1, optionsOf(call, purpose, offer, instance));
  }
}

/** Of an instance: one image, or several as parts. Without a frame list a single image is the first frame. */
async function one(ports: Ports, call: ImageCall, purpose: Purpose, list: readonly number[] | undefined): Promise<HttpAnswer> {
  const ranges = parseAccept(acceptOf(call));
  const instance = await openInstance(ports, call, onlyThumbnail(call, purpose));
  if (purpose === 'rendered' && list === undefined && isDocumentAskedFor(instance, ranges)) return documentAnswer(call, instance);
  if (purpose === 'rendered' && list === undefined && isVideoAskedFor(instance, ranges)) return videoAnswer(call, instance);
  const offer = chooseRendered(ranges);
  if (purpose === 'thumbnail' && instance.frames === 0) return placeholder(call, offer, {});
  if (instance.frames === 0) throw new DomainError('not-acceptable', 'the instance holds no image');
  if (list?.some((number) => number > instance.frames) === true) throw new DomainError('not-found', 'there is no such frame');
  const options = optionsOf(call, purpose, offer, instance);
  const warning = warningOfIgnored(call);
  const alone = purpose === 'thumbnail' ? instance.attributes.openingFrame : 1;
  const numbers = list ?? (offer.multipart && purpose === 'rendered' ? range(instance.frames) : [alone]);
  if (offer.multipart) return multipart(call, offer, warning, frameByFrame(ports, boundTo(instance, call), numbers, options));
  if (numbers.length > 1) throw new DomainError('not-acceptable', 'several frames are given as parts of multipart/related');
  return single(call, purpose, { instance, offer, options, number: numbers[0] ?? 1, warning });
}

interface Wanted {
  readonly instance: OpenInstance;
  readonly offer: RenderedOffer;
  readonly options: RenderOptions;
  readonly number: number;
  readonly warning: HttpAnswer['headers'];
}

async function single(call: ImageCall, purpose: Purpose, wanted: Wanted): Promise<HttpAnswer> {
  const { instance, offer, options, number, warning } = wanted;
  const { request } = call;
  const headers = { 'content-type': offer.format, vary: 'accept', ...warning };
  const etag = madeEntityTag(instance.etag, number, digestOf(options));
  const unchanged = notModified(request, etag, headers);
  if (unchanged !== undefined) return unchanged;
  const held = await instance.rendered(number - 1, options, request.sending.leaving).catch((thrown: unknown) => {
    if (purpose === 'thumbnail' && UNSHOWABLE.has(asDomainError(thrown).kind)) return undefined;
    throw thrown;
  });
  return held === undefined ? placeholder(call, offer, warning) : heldAnswer(request, headers, etag, held);
}

/** Of one version. Access is asked again for each frame. */
async function* frameByFrame(
  ports: Ports,
  call: ImageCall,
  numbers: readonly number[],
  options: RenderOptions,
): AsyncGenerator<OutgoingPart> {
  for (const number of numbers) {
    call.request.sending.leaving.throwIfAborted();
    const instance = await openInstance(ports, { ...call, seen: await call.seeAgain() });
    yield* renderedPart(call, instance, number, options);
  }
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
function placeholder({ request }: Pick<ImageCall, 'request'>, { format }: RenderedOffer, more: HttpAnswer['headers']): Promise<HttpAnswer> {
  const headers = { 'content-type': format, vary: 'accept', ...more };
  return bytesAnswer(request, headers, madeEntityTag('symbol', format.replace('/', '-')), placeholderThumbnail(format));
}

/** PS3.18 8.7.4 and table 8.7.4-1: an encapsulated PDF is its own rendering. */
function isDocumentAskedFor({ attributes }: OpenInstance, ranges: readonly MediaRange[]): boolean {
  return attributes.sopClassUID === ENCAPSULATED_PDF && ranges.some((accepted) => covers(accepted, PDF));
}

async function documentAnswer({ request }: ImageCall, instance: OpenInstance): Promise<HttpAnswer> {
  const document = await instance.bulkData(ENCAPSULATED_DOCUMENT, request.sending.leaving);
  const headers = { 'content-type': PDF, 'content-disposition': 'inline', vary: 'accept' };
  return representationAnswer(request, headers, madeEntityTag, document);
}

/** PS3.18 table 8.7.4-1: a video is its own rendering, as it is stored; what a client takes in any form is given as that. */
function isVideoAskedFor({ transferSyntaxUID }: OpenInstance, ranges: readonly MediaRange[]): boolean {
  const { video, mediaType } = transferSyntax(transferSyntaxUID);
  return video && ranges.some((accepted) => covers(accepted, mediaType));
}

async function videoAnswer({ request }: ImageCall, instance: OpenInstance): Promise<HttpAnswer> {
  const { mediaType } = transferSyntax(instance.transferSyntaxUID);
  const stream = await instance.storedFrames(request.sending.leaving);
  request.sending.onceOver(stream.close);
  const headers = { 'content-type': mediaType, 'content-disposition': 'inline', vary: 'accept' };
  return rangeable(request, headers, {
    etag: madeEntityTag(instance.etag, 'video'),
    bytes: stream.bytes(0),
    open: (part) => stream.read(0, part),
  });
}

/** One part, let go once it has gone out. */
async function* renderedPart(
  call: Pick<ImageCall, 'base' | 'request'>,
  instance: OpenInstance,
  number: number,
  options: RenderOptions,
): AsyncGenerator<OutgoingPart> {
  const { seen, seriesInstanceUID, attributes } = instance;
  const { studyInstanceUID } = seen.study.study;
  const location = `${call.base()}/studies/${studyInstanceUID}/series/${seriesInstanceUID}/instances/${attributes.sopInstanceUID}`;
  const held = await instance.rendered(number - 1, options, call.request.sending.leaving);
  try {
    const headers = { 'Content-Type': options.format, 'Content-Location': `${location}/frames/${number}/rendered` };
    yield { headers, body: piecesOf(held.value) };
  } finally {
    held.release();
  }
}

function multipart(
  { request }: Pick<ImageCall, 'request'>,
  offer: RenderedOffer,
  more: HttpAnswer['headers'],
  parts: AsyncIterable<OutgoingPart>,
): Promise<HttpAnswer> {
  const boundary = newBoundary();
  const headers = { 'content-type': multipartRelated(offer.format, boundary), 'cache-control': CACHE_CONTROL, ...more };
  return streamed(request, headers, writeMultipart(boundary, parts));
}

/** At a size of its own choosing a client may read the picture, so that is a view. */
function onlyThumbnail({ query: { viewport } }: Pick<ImageCall, 'query'>, purpose: Purpose): 'thumbnail' | undefined {
  return purpose === 'thumbnail' && viewport === undefined ? 'thumbnail' : undefined;
}

/** Whether the thumbnail that ingest made is what was asked for. */
function isDerivedAskedFor({ query: { viewport } }: Pick<ImageCall, 'query'>, offer: RenderedOffer): boolean {
  return !offer.multipart && offer.format === THUMBNAIL_MEDIA_TYPE && viewport === undefined;
}

/** @throws invalid */
function optionsOf(
  { query }: Pick<ImageCall, 'query'>,
  purpose: Purpose,
  offer: RenderedOffer,
  { attributes }: OpenInstance,
): RenderOptions {
  const { viewport, window, quality } = query;
  const size = { rows: attributes.rows ?? 0, columns: attributes.columns ?? 0 };
  return {
    format: offer.format,
    quality: parseQuality(quality),
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
function warningOfIgnored({ query, base }: Pick<ImageCall, 'query' | 'base'>): HttpAnswer['headers'] {
  const ignored = (['annotation', 'iccprofile'] as const).filter((name) => !['', 'no', undefined].includes(query[name]));
  return ignored.length === 0 ? {} : { warning: `299 ${base()}: Not supported and ignored: ${ignored.join(', ')}.` };
}

function paramsOf({ study }: SeenStudy, { studyInstanceUID, seriesInstanceUID, instance }: IndexedInstance): InstanceParams {
  const of = { ownerCode: study.owner.code, ordinal: study.ordinal };
  return { of, study: studyInstanceUID, series: seriesInstanceUID, instance: instance.sopInstanceUID };
}

export function digestOf(options: RenderOptions): string {
  return createHash('sha256').update(JSON.stringify(options)).digest('hex').slice(0, 16);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
