import { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ByteStream } from '../domain/byte-stream.ts';
import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID, SOPInstanceUID } from '../domain/identifiers.ts';
import { partOfOriginal } from '../instances/instance-bytes.ts';
import { retrieveBulkData } from '../usecases/retrieve/retrieve-bulkdata.ts';
import { type RetrievedInstance, type RetrieveTarget, retrieveInstances } from '../usecases/retrieve/retrieve-instances.ts';
import { instanceMetadata, metadataRevision, seriesMetadata, seriesToDescribe } from '../usecases/retrieve/retrieve-metadata.ts';
import type { Door } from './context.ts';
import { chooseDicom, DICOM } from './dicom-media.ts';
import { covers, parseAccept } from './media-types.ts';
import { multipartRelated, newBoundary, type OutgoingPart, writeMultipart } from './multipart-writer.ts';
import { CACHE_CONTROL, DICOM_JSON, entityTag, leaving, notModified, sendRangeable, sendStream } from './outgoing.ts';
import { createRecentAnswers, type RecentAnswers } from './recent-answers.ts';
import { acceptOf, type StudyParams, studyAddress, uidParameter } from './request.ts';

interface Params extends StudyParams {
  readonly series?: string;
  readonly instance?: string;
}

/** An inflated series is deflated again for the client with its URLs in place; more effort buys little on such text. */
const METADATA_GZIP_LEVEL = constants.Z_BEST_SPEED;

/** PS3.18 10.4: Retrieve Transaction, for DICOM instances, metadata and bulk data. Frames and renderings are in their own files. */
export function registerWadoRs(app: FastifyInstance, door: Door): void {
  const recent = createRecentAnswers();
  for (const url of ['/studies/:study', '/studies/:study/series/:series', '/studies/:study/series/:series/instances/:instance']) {
    app.get<{ Params: Params }>(url, { config: { action: 'study.download' } }, (request, reply) =>
      sendInstances(door, request, reply, targetOf(request.params)),
    );
    app.get<{ Params: Params }>(`${url}/metadata`, { config: { action: 'study.view' } }, (request, reply) =>
      sendMetadata(door, recent, request, reply, targetOf(request.params)),
    );
  }
  app.get<{ Params: Required<Params> & { '*': string } }>(
    '/studies/:study/series/:series/instances/:instance/bulkdata/*',
    { config: { action: 'study.view' } },
    (request, reply) => sendBulkData(door, request, reply, targetOf(request.params), request.params['*']),
  );
}

function targetOf({ series, instance, ...study }: Params): RetrieveTarget {
  return {
    ...studyAddress(study),
    ...(series === undefined ? {} : { seriesInstanceUID: uidParameter<SeriesInstanceUID>(series) }),
    ...(instance === undefined ? {} : { sopInstanceUID: uidParameter<SOPInstanceUID>(instance) }),
  };
}

async function sendInstances(door: Door, request: FastifyRequest, reply: FastifyReply, target: RetrieveTarget): Promise<FastifyReply> {
  const { container, wishes } = chooseDicom(parseAccept(acceptOf(request)), target.sopInstanceUID !== undefined);
  const signal = leaving(reply);
  const retrieval = await retrieveInstances(door, door.actor(request), target, wishes, signal);
  reply.header('cache-control', CACHE_CONTROL);
  if (container === 'single') {
    for await (const instance of retrieval.instances()) return sendInstance(door, request, reply, instance, signal);
    throw new DomainError('not-found', 'there is no such thing here');
  }
  const boundary = newBoundary();
  reply.header('content-type', multipartRelated(DICOM, boundary));
  return sendStream(request, reply, writeMultipart(boundary, partsOf(retrieval.instances())));
}

async function* partsOf(instances: AsyncIterable<RetrievedInstance>): AsyncGenerator<OutgoingPart> {
  for await (const instance of instances) {
    yield { headers: { 'Content-Type': dicomType(instance) }, body: await instance.open() };
  }
}

/** One instance as a single part; as stored, it has an entity tag and can be read by range. */
export async function sendInstance(
  door: Pick<Door, 'objects'>,
  request: FastifyRequest,
  reply: FastifyReply,
  instance: RetrievedInstance,
  signal: AbortSignal,
): Promise<FastifyReply> {
  reply.header('content-type', dicomType(instance));
  const { record, stored } = instance;
  if (stored === undefined) return sendStream(request, reply, await instance.open());
  return sendRangeable(request, reply, {
    etag: entityTag(record.object.sha256),
    bytes: stored.bytes,
    open: (range) => {
      if (range === undefined) return instance.open();
      if (stored.prefix.length > 0) return rangeOf(instance, range);
      return partOfOriginal(door.objects, record.object, range, signal);
    },
  });
}

async function* rangeOf(instance: RetrievedInstance, range: { offset: number; length: number }): AsyncGenerator<Uint8Array> {
  const bytes: ByteStream = await instance.open();
  let at = 0;
  const end = range.offset + range.length;
  for await (const chunk of bytes) {
    const piece = chunk.subarray(Math.max(0, range.offset - at), Math.max(0, Math.min(chunk.length, end - at)));
    at += chunk.length;
    if (piece.length > 0) yield piece;
    if (at >= end) return;
  }
}

function dicomType(instance: RetrievedInstance): string {
  return `${DICOM}; transfer-syntax=${instance.transferSyntaxUID}`;
}

/** PS3.18 10.4.1.1.2. Gzipped when the client takes it: a header set shrinks fifty times. */
async function sendMetadata(
  door: Door,
  recent: RecentAnswers,
  request: FastifyRequest,
  reply: FastifyReply,
  target: RetrieveTarget,
): Promise<FastifyReply> {
  if (!parseAccept(acceptOf(request)).some((range) => covers(range, DICOM_JSON) || covers(range, 'application/json'))) {
    throw new DomainError('not-acceptable', 'metadata is made as application/dicom+json only');
  }
  const { studyInstanceUID, seriesInstanceUID, sopInstanceUID } = target;
  const actor = door.actor(request);
  const signal = leaving(reply);
  const seen = await door.access.see(actor, 'study.view', target);
  const series = await seriesToDescribe(door.studies, seen.record.id, seriesInstanceUID);
  const base = door.base(request);
  const urlOf = (ofSeries: SeriesInstanceUID, ofInstance: SOPInstanceUID) =>
    `${base}/studies/${studyInstanceUID}/series/${ofSeries}/instances/${ofInstance}`;
  const [one] = series;
  const instance = sopInstanceUID && one && (await instanceMetadata(door, one, sopInstanceUID, urlOf));
  await door.recorder.viewed(actor, seen, seriesInstanceUID);

  reply.header('content-type', DICOM_JSON).header('vary', 'accept-encoding, accept');
  // Weak: the same headers, but their URLs follow the address they were asked at, and the encoding the client.
  if (notModified(request, reply, `W/${entityTag(metadataRevision(series), sopInstanceUID ?? '')}`)) return reply;
  const json = instance === undefined ? seriesMetadata(door, series, urlOf, signal) : instance;
  if (!acceptsGzip(request)) return sendStream(request, reply, json);
  reply.header('content-encoding', 'gzip');
  // Access was asked and the view recorded above: only the making of the same bytes is spared.
  const key = `${base} ${metadataRevision(series)} ${sopInstanceUID ?? ''}`;
  return sendStream(request, reply, recent.get(key) ?? recent.keeping(key, gzipped(json)));
}

function acceptsGzip(request: FastifyRequest): boolean {
  const header = request.headers['accept-encoding'];
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text.split(',').some((coding) => {
    const [name = '', weight] = coding.split(';').map((piece) => piece.trim().toLowerCase());
    return (
      (name === 'gzip' || name === '*') && (weight === undefined || (/^q=[01](\.\d{0,3})?$/.test(weight) && Number(weight.slice(2)) > 0))
    );
  });
}

async function* gzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level: METADATA_GZIP_LEVEL });
  const source = Readable.from(bytes, { objectMode: false });
  source.on('error', (error) => gzip.destroy(error));
  source.pipe(gzip);
  try {
    yield* gzip as AsyncIterable<Uint8Array>;
  } finally {
    source.destroy();
    gzip.destroy();
  }
}

/** PS3.18 10.4.1.1.5: one value, uncompressed, alone unless it is asked for as a part: whoever follows a Bulk Data URI expects the value. */
async function sendBulkData(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  target: RetrieveTarget,
  path: string,
): Promise<FastifyReply> {
  const range = parseAccept(acceptOf(request)).find(
    (accepted) =>
      covers(accepted, 'application/octet-stream') ||
      (covers(accepted, 'multipart/related') &&
        covers({ ...accepted, ...innerOf(accepted.parameters.get('type')) }, 'application/octet-stream')),
  );
  if (range === undefined) throw new DomainError('not-acceptable', 'bulk data is given as application/octet-stream');
  const signal = leaving(reply);
  const instance = await door.frames.open(door.actor(request), target, target.seriesInstanceUID, target.sopInstanceUID as SOPInstanceUID);
  const { object } = instance.pixels;
  const value = await retrieveBulkData(door, instance.asker, object, path, signal);
  if (range.type === 'multipart') {
    const boundary = newBoundary();
    reply.header('cache-control', CACHE_CONTROL).header('content-type', multipartRelated('application/octet-stream', boundary));
    const part = async function* () {
      yield { headers: { 'Content-Type': 'application/octet-stream' }, body: await value.open() };
    };
    return sendStream(request, reply, writeMultipart(boundary, part()));
  }
  reply.header('content-type', 'application/octet-stream');
  return sendRangeable(request, reply, {
    etag: entityTag(object.sha256, path.replaceAll('/', '.')),
    bytes: value.bytes,
    open: (part) => value.open(part),
  });
}

function innerOf(type: string | undefined): { type: string; subtype: string } {
  const [major = '*', minor = '*'] = (type ?? '*/*').toLowerCase().split('/');
  return { type: major, subtype: minor };
}
