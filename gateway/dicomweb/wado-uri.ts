import { z } from 'zod';
import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID, SOPInstanceUID, StudyInstanceUID } from '../domain/identifiers.ts';
import type { RenderOptions } from '../domain/imaging/rendering.ts';
import type { InstanceAttributes } from '../domain/imaging/study.ts';
import type { StudyAddress } from '../domain/imaging/study-address.ts';
import type { HttpAnswer } from '../doorstep/exchange.ts';
import { checked, type Takes } from '../doorstep/route.ts';
import { exactly, seeAgain } from '../usecases/access/see-study.ts';
import { retrieveInstances, type SyntaxWish } from '../usecases/retrieve/retrieve-instances.ts';
import { DICOM } from './media/dicom-media.ts';
import { covers, parseAccept } from './media/media-types.ts';
import { heldAnswer, madeEntityTag, notModified } from './media/outgoing.ts';
import { addressOf, ofParams, onceEach, uid } from './parameters.ts';
import { chooseRendered, parseQuality, parseRegion, pixels as pixelCount, windowOf } from './render-parameters.ts';
import { digestOf } from './rendered.ts';
import { type DicomwebPorts, type DicomwebRoute, type Input, type StudyCall, studyRoute } from './route.ts';
import { firstInstance } from './wado-rs.ts';

/** Parameters that would change what is shown in a way this program cannot, PS3.18 9.1.2. */
const UNSUPPORTED = ['anonymize', 'presentationUID', 'presentationSeriesUID'] as const;
const ONLY_FOR_IMAGES = ['frameNumber', 'windowCenter', 'windowWidth', 'rows', 'columns', 'region', 'imageQuality'] as const;

const query = onceEach(
  'requestType',
  'studyUID',
  'seriesUID',
  'objectUID',
  'contentType',
  'transferSyntax',
  ...ONLY_FOR_IMAGES,
  ...UNSUPPORTED,
);

interface Target extends StudyAddress {
  readonly seriesInstanceUID?: SeriesInstanceUID;
  readonly sopInstanceUID: SOPInstanceUID;
}

type WadoInput = Input<z.output<typeof ofParams>, z.output<typeof query>>;
type WadoStudyCall = StudyCall<z.output<typeof ofParams>, z.output<typeof query>>;
type Ports = Pick<DicomwebPorts, 'frames'> & Takes<typeof retrieveInstances>;

/** PS3.18 section 9: WADO-URI, one instance as a DICOM file or as an image. */
export const WADO_URI: DicomwebRoute = studyRoute({
  method: 'GET',
  path: '/',
  action: 'study.view',
  params: ofParams,
  query,
  study: targetOf,
  handle: async (ports: Ports, call) => {
    const { actor, seen, request } = call;
    const target = targetOf(call);
    for (const name of UNSUPPORTED) {
      if (call.query[name] !== undefined) throw new DomainError('not-acceptable', `${name} is not supported`);
    }
    const { contentType, transferSyntax } = call.query;
    const ranges = parseAccept(contentType ?? request.headers.accept);
    const asksForDicom = contentType !== undefined && covers(ranges[0] ?? EVERYTHING, DICOM) && ranges[0]?.type !== '*';
    if (asksForDicom) return dicomFile(ports, call, target);

    const instance = await ports.frames.open(actor, seen, target.seriesInstanceUID, target.sopInstanceUID);
    if (instance.frames === 0) {
      // Without contentType an object that is no image is given as it is (PS3.18 9.1.2.1).
      if (ranges.some((range) => covers(range, DICOM))) return dicomFile(ports, call, target);
      throw new DomainError('not-acceptable', 'the instance holds no image');
    }
    if (transferSyntax !== undefined) throw new DomainError('invalid', 'transferSyntax goes with application/dicom only');
    const number = frameNumber(call.query.frameNumber);
    if (number > instance.frames) throw new DomainError('not-found', 'there is no such frame');
    const options = optionsOf(call.query, chooseRendered(ranges).format, instance.attributes);
    const etag = madeEntityTag(instance.etag, number, digestOf(options));
    const headers = { 'content-type': options.format, vary: 'accept' };
    const unchanged = notModified(request, etag, headers);
    if (unchanged !== undefined) return unchanged;
    return heldAnswer(request, headers, etag, await instance.rendered(number - 1, options, request.sending.leaving));
  },
});

const EVERYTHING = { type: '*', subtype: '*', parameters: new Map<string, string>(), q: 1 };

const seriesUID = uid<SeriesInstanceUID>();
const objectUIDs = z.object({ studyUID: uid<StudyInstanceUID>(), objectUID: uid<SOPInstanceUID>() });

const malformedUID = () => new DomainError('invalid', 'malformed UID');

/** @throws invalid */
function targetOf({ params, query: given }: WadoInput): Target {
  if (given.requestType !== 'WADO') throw new DomainError('invalid', 'requestType: WADO');
  if (given.studyUID === undefined || given.objectUID === undefined)
    throw new DomainError('invalid', 'studyUID, seriesUID and objectUID are required');
  const object = checked(objectUIDs, given, malformedUID);
  return {
    ...addressOf({ study: object.studyUID, of: params.of }),
    // Required by the standard, left out by many; the object's UID is enough.
    ...(given.seriesUID === undefined || given.seriesUID === ''
      ? {}
      : { seriesInstanceUID: checked(seriesUID, given.seriesUID, malformedUID) }),
    sopInstanceUID: object.objectUID,
  };
}

async function dicomFile(ports: Ports, call: WadoStudyCall, target: Target): Promise<HttpAnswer> {
  const { actor, seen, request, query: given, watch } = call;
  for (const name of ONLY_FOR_IMAGES) {
    if (given[name] !== undefined) throw new DomainError('invalid', `${name} goes with images only`);
  }
  const syntax = given.transferSyntax;
  const wishes: readonly SyntaxWish[] = syntax === undefined ? ['default'] : [syntax as SyntaxWish];
  // The row asked for a view, and has that watched.
  const taken = { ...target, seen: await ports.access.see(actor, 'study.download', exactly(seen)) };
  watch((asker) => seeAgain(ports.access, asker, taken.seen));
  const retrieval = await retrieveInstances(ports, actor, taken, wishes, request.sending.leaving);
  return firstInstance(request, retrieval.instances());
}

/** @throws invalid */
function optionsOf(query: WadoInput['query'], format: RenderOptions['format'], attributes: InstanceAttributes): RenderOptions {
  const size = { rows: attributes.rows ?? 0, columns: attributes.columns ?? 0 };
  const center = query.windowCenter;
  const width = query.windowWidth;
  if ((center === undefined) !== (width === undefined)) throw new DomainError('invalid', 'windowCenter and windowWidth go together');
  const rows = query.rows;
  const columns = query.columns;
  const region = query.region;
  const sized = rows !== undefined || columns !== undefined || region !== undefined;
  // One side alone bounds that side; the aspect is kept.
  const viewport = {
    rows: rows === undefined ? size.rows : pixelCount('rows', rows),
    columns: columns === undefined ? size.columns : pixelCount('columns', columns),
    ...(region === undefined ? {} : { source: parseRegion(region, size) }),
  };
  return {
    format,
    quality: parseQuality(query.imageQuality),
    ...(center === undefined || width === undefined ? {} : { window: windowOf(center, width, 'LINEAR') }),
    ...(sized ? { viewport } : {}),
  };
}

function frameNumber(text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new DomainError('invalid', 'frameNumber: a number from 1');
  return Number(text);
}
