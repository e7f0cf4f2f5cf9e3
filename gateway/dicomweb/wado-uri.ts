import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID, SOPInstanceUID } from '../domain/identifiers.ts';
import type { RenderOptions } from '../domain/imaging/rendering.ts';
import type { InstancePixels } from '../domain/imaging/study.ts';
import type { StudyAddress } from '../domain/imaging/study-address.ts';
import { retrieveInstances, type SyntaxWish } from '../usecases/retrieve/retrieve-instances.ts';
import type { Door } from './context.ts';
import { DICOM } from './dicom-media.ts';
import { covers, parseAccept } from './media-types.ts';
import { CACHE_CONTROL, entityTag, leaving, notModified, sendHeld } from './outgoing.ts';
import { chooseRendered, parseQuality, parseRegion, pixels as pixelCount, windowOf } from './render-parameters.ts';
import { digestOf } from './rendered.ts';
import { queryOf, studyAddress, uidParameter } from './request.ts';
import { sendInstance } from './wado-rs.ts';

/** Parameters that would change what is shown in a way this program cannot, PS3.18 9.1.2. */
const UNSUPPORTED = ['anonymize', 'presentationUID', 'presentationSeriesUID'] as const;
const ONLY_FOR_IMAGES = ['frameNumber', 'windowCenter', 'windowWidth', 'rows', 'columns', 'region', 'imageQuality'] as const;

interface Target extends StudyAddress {
  readonly seriesInstanceUID?: SeriesInstanceUID;
  readonly sopInstanceUID: SOPInstanceUID;
}

/** PS3.18 section 9: WADO-URI, one instance as a DICOM file or as an image. */
export function registerWadoUri(app: FastifyInstance, door: Door, path: string): void {
  app.get(path, { config: { action: 'study.view' } }, async (request, reply) => {
    if (queryOf(request, 'requestType') !== 'WADO') throw new DomainError('invalid', 'requestType: WADO');
    const target = targetOf(request);
    for (const name of UNSUPPORTED) {
      if (queryOf(request, name) !== undefined) throw new DomainError('not-acceptable', `${name} is not supported`);
    }
    const contentType = queryOf(request, 'contentType');
    const ranges = parseAccept(contentType ?? request.headers.accept);
    const asksForDicom = contentType !== undefined && covers(ranges[0] ?? EVERYTHING, DICOM) && ranges[0]?.type !== '*';
    if (asksForDicom) return sendDicom(door, request, reply, target);

    const instance = await door.frames.open(door.actor(request), target, target.seriesInstanceUID, target.sopInstanceUID);
    if (instance.frames === 0) {
      // Without contentType an object that is no image is given as it is (PS3.18 9.1.2.1).
      if (ranges.some((range) => covers(range, DICOM))) return sendDicom(door, request, reply, target);
      throw new DomainError('not-acceptable', 'the instance holds no image');
    }
    if (queryOf(request, 'transferSyntax') !== undefined)
      throw new DomainError('invalid', 'transferSyntax goes with application/dicom only');
    const number = frameNumber(queryOf(request, 'frameNumber'));
    if (number > instance.frames) throw new DomainError('not-found', 'there is no such frame');
    const options = optionsOf(request, chooseRendered(ranges).format, instance.pixels);
    const etag = entityTag(instance.pixels.object.sha256, number, digestOf(options));
    if (notModified(request, reply, etag)) return reply;
    const held = await door.frames.rendered(instance, number - 1, options, leaving(reply));
    reply.header('content-type', options.format).header('vary', 'accept');
    return sendHeld(request, reply, etag, held);
  });
}

const EVERYTHING = { type: '*', subtype: '*', parameters: new Map<string, string>(), q: 1 };

function targetOf(request: FastifyRequest): Target {
  const study = queryOf(request, 'studyUID');
  const series = queryOf(request, 'seriesUID');
  const object = queryOf(request, 'objectUID');
  if (study === undefined || object === undefined) throw new DomainError('invalid', 'studyUID, seriesUID and objectUID are required');
  const { of } = request.params as { readonly of?: string };
  return {
    ...studyAddress({ study, ...(of === undefined ? {} : { of }) }),
    // Required by the standard, left out by many; the object's UID is enough.
    ...(series === undefined || series === '' ? {} : { seriesInstanceUID: uidParameter<SeriesInstanceUID>(series) }),
    sopInstanceUID: uidParameter<SOPInstanceUID>(object),
  };
}

async function sendDicom(door: Door, request: FastifyRequest, reply: FastifyReply, target: Target): Promise<FastifyReply> {
  for (const name of ONLY_FOR_IMAGES) {
    if (queryOf(request, name) !== undefined) throw new DomainError('invalid', `${name} goes with images only`);
  }
  const syntax = queryOf(request, 'transferSyntax');
  const wishes: readonly SyntaxWish[] = syntax === undefined ? ['default'] : [syntax as SyntaxWish];
  const signal = leaving(reply);
  const retrieval = await retrieveInstances(door, door.actor(request), target, wishes, signal);
  reply.header('cache-control', CACHE_CONTROL);
  for await (const instance of retrieval.instances()) return sendInstance(door, request, reply, instance, signal);
  throw new DomainError('not-found', 'there is no such thing here');
}

/** @throws invalid */
function optionsOf(request: FastifyRequest, format: RenderOptions['format'], { instance }: InstancePixels): RenderOptions {
  const size = { rows: instance.rows ?? 0, columns: instance.columns ?? 0 };
  const center = queryOf(request, 'windowCenter');
  const width = queryOf(request, 'windowWidth');
  if ((center === undefined) !== (width === undefined)) throw new DomainError('invalid', 'windowCenter and windowWidth go together');
  const rows = queryOf(request, 'rows');
  const columns = queryOf(request, 'columns');
  const region = queryOf(request, 'region');
  const sized = rows !== undefined || columns !== undefined || region !== undefined;
  // One side alone bounds that side; the aspect is kept.
  const viewport = {
    rows: rows === undefined ? size.rows : pixelCount('rows', rows),
    columns: columns === undefined ? size.columns : pixelCount('columns', columns),
    ...(region === undefined ? {} : { source: parseRegion(region, size) }),
  };
  return {
    format,
    quality: parseQuality(queryOf(request, 'imageQuality')),
    ...(center === undefined || width === undefined ? {} : { window: windowOf(center, width, 'LINEAR') }),
    ...(sized ? { viewport } : {}),
  };
}

function frameNumber(text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new DomainError('invalid', 'frameNumber: a number from 1');
  return Number(text);
}
