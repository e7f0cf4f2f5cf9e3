import { z } from 'zod';
import { DomainError } from '../domain/errors.ts';
import type { SeriesInstanceUID, SOPInstanceUID } from '../domain/identifiers.ts';
import { compressed, contentCoding } from '../doorstep/compress.ts';
import type { HttpAnswer, HttpRequest } from '../doorstep/exchange.ts';
import type { Takes } from '../doorstep/route.ts';
import { type RetrievedInstance, type RetrievedPart, retrieveInstances } from '../usecases/retrieve/retrieve-instances.ts';
import {
  instanceMetadata,
  metadataRevision,
  readBulkDataPath,
  replacedLately,
  seriesMetadata,
  seriesToDescribe,
} from '../usecases/retrieve/retrieve-metadata.ts';
import { chooseDicom, DICOM } from './media/dicom-media.ts';
import { covers, parseAccept } from './media/media-types.ts';
import { multipartRelated, newBoundary, type OutgoingPart, writeMultipart } from './media/multipart-writer.ts';
import { CACHE_CONTROL, DICOM_JSON, entityTag, madeEntityTag, notModified, representationAnswer, streamed } from './media/outgoing.ts';
import {
  acceptOf,
  addressOf,
  type InstanceParams,
  instanceParams,
  onceEach,
  type StudyParams,
  seriesParams,
  studyParams,
} from './parameters.ts';
import { type DicomwebPorts, type DicomwebRoute, type StudyCall, studyRoute } from './route.ts';

const common = {
  method: 'GET',
  query: onceEach('accept'),
  study: ({ params }: { readonly params: StudyParams }) => addressOf(params),
} as const;
type Below = StudyParams & Partial<Pick<InstanceParams, 'series' | 'instance'>>;
type Query = z.output<typeof common.query>;
type Retrieve<Params = Below> = StudyCall<Params, Query>;

const LEVELS = [
  ['/studies/:study', studyParams],
  ['/studies/:study/series/:series', seriesParams],
  ['/studies/:study/series/:series/instances/:instance', instanceParams],
] as const;

/** PS3.18 10.4: Retrieve Transaction, for DICOM instances, metadata and bulk data. Frames and renderings are in their own files. */
export const RETRIEVE_ROUTES: readonly DicomwebRoute[] = [
  ...LEVELS.map(([path, params]: readonly [string, z.ZodType<Below>]) =>
    studyRoute({ ...common, action: 'study.view', path: `${path}/metadata`, params, handle: metadata }),
  ),
  ...LEVELS.map(([path, params]: readonly [string, z.ZodType<Below>]) =>
    studyRoute({ ...common, action: 'study.download', path, params, handle: instances }),
  ),
  studyRoute({
    ...common,
    action: 'study.view',
    path: '/studies/:study/series/:series/instances/:instance/bulkdata/*',
    params: instanceParams.extend({ '*': z.string() }),
    handle: bulkData,
  }),
];

function partOf({ series, instance }: Below): RetrievedPart {
  return {
    ...(series === undefined ? {} : { seriesInstanceUID: series }),
    ...(instance === undefined ? {} : { sopInstanceUID: instance }),
  };
}

async function instances(ports: Takes<typeof retrieveInstances>, call: StudyCall<Below, Query, 'study.download'>): Promise<HttpAnswer> {
  const { actor, seen, request } = call;
  const part = partOf(call.params);
  const { container, wishes } = chooseDicom(parseAccept(acceptOf(call)), part.sopInstanceUID !== undefined);
  const retrieval = await retrieveInstances(ports, actor, { seen, ...part }, wishes, request.sending.leaving);
  if (container === 'single') return firstInstance(request, retrieval.instances());
  const boundary = newBoundary();
  const headers = { 'content-type': multipartRelated(DICOM, boundary), 'cache-control': CACHE_CONTROL };
  return streamed(request, headers, writeMultipart(boundary, partsOf(retrieval.instances())));
}

async function* partsOf(instances: AsyncIterable<RetrievedInstance>): AsyncGenerator<OutgoingPart> {
  for await (const instance of instances) {
    yield { headers: { 'Content-Type': dicomType(instance) }, body: await instance.open() };
  }
}

/** One instance as a single part; as stored, it has an entity tag and can be read by range. @throws not-found when there is none */
export async function firstInstance(request: HttpRequest, found: AsyncIterable<RetrievedInstance>): Promise<HttpAnswer> {
  for await (const instance of found) {
    const headers = { 'content-type': dicomType(instance), 'cache-control': CACHE_CONTROL };
    const { stored } = instance;
    return stored === undefined
      ? streamed(request, headers, await instance.open())
      : representationAnswer(request, headers, entityTag, stored);
  }
  throw new DomainError('not-found', 'there is no such thing here');
}

function dicomType(instance: RetrievedInstance): string {
  return `${DICOM}; transfer-syntax=${instance.transferSyntaxUID}`;
}

type MetadataCalls = Pick<DicomwebPorts, 'recent'> & {
  readonly access: Pick<DicomwebPorts['access'], 'described'>;
} & Takes<typeof seriesMetadata> &
  Takes<typeof instanceMetadata> & {
    readonly recorder: Pick<DicomwebPorts['recorder'], 'viewed'>;
    readonly studies: Takes<typeof seriesToDescribe> & Takes<typeof replacedLately>;
  };

/** PS3.18 10.4.1.1.2. Compressed when the client takes it: the headers of a series shrink twenty times by gzip, three hundred times by br. */
async function metadata(ports: MetadataCalls, call: Retrieve): Promise<HttpAnswer> {
  if (!parseAccept(acceptOf(call)).some((range) => covers(range, DICOM_JSON) || covers(range, 'application/json'))) {
    throw new DomainError('not-acceptable', 'metadata is made as application/dicom+json only');
  }
  const { actor, seen, request } = call;
  const { recorder, recent } = ports;
  const { studyInstanceUID } = addressOf(call.params);
  const { seriesInstanceUID, sopInstanceUID } = partOf(call.params);
  const series = await stateOf(ports, call);
  const base = call.base();
  const urlOf = (ofSeries: SeriesInstanceUID, ofInstance: SOPInstanceUID) =>
    `${base}/studies/${studyInstanceUID}/series/${ofSeries}/instances/${ofInstance}`;
  const described = { part: seen.part, series };
  const instance = sopInstanceUID && (await instanceMetadata(ports, described, sopInstanceUID, urlOf));
  await recorder.viewed(actor, seen, seriesInstanceUID);

  // Weak: the same headers, but their URLs follow the address they were asked at, and the encoding the client.
  const etag = `W/${madeEntityTag(metadataRevision(series), sopInstanceUID ?? '')}`;
  const headers = { 'content-type': DICOM_JSON, vary: 'accept-encoding, accept', etag, 'cache-control': CACHE_CONTROL };
  const unchanged = notModified(request, etag, headers);
  if (unchanged !== undefined) return unchanged;
  // Rows are read after their state was: those of another version that came in between are told of too.
  const json = endedBy(instance ?? seriesMetadata(ports, described, urlOf, request.sending.leaving), () => stateOf(ports, call));
  const coding = contentCoding(request.headers['accept-encoding']);
  if (coding === undefined) return streamed(request, headers, json);
  // Access was asked and the view recorded above: only the making of the same bytes is spared.
  const key = `${coding} ${base} ${metadataRevision(series)} ${sopInstanceUID ?? ''}`;
  return streamed(request, { ...headers, 'content-encoding': coding }, recent.get(key) ?? recent.keeping(key, compressed(json, coding)));
}

/** What is to be described, in its newest state; once this is known, nobody gives anything older by the study's name alone. @throws not-found */
async function stateOf({ access, studies }: Pick<MetadataCalls, 'access' | 'studies'>, { seen, params }: Retrieve) {
  const series = await seriesToDescribe(studies, seen.part, params.series);
  await access.described(params.study, metadataRevision(series), () => replacedLately(studies, series));
  return series;
}

/** The same bytes, the last of them when this has been done. */
async function* endedBy(bytes: AsyncIterable<Uint8Array>, done: () => Promise<unknown>): AsyncGenerator<Uint8Array> {
  let last: Uint8Array | undefined;
  for await (const piece of bytes) {
    if (last !== undefined) yield last;
    last = piece;
  }
  await done();
  if (last !== undefined) yield last;
}

/** PS3.18 10.4.1.1.5: one value, uncompressed, alone unless it is asked for as a part: whoever follows a Bulk Data URI expects the value. */
async function bulkData(
  ports: Pick<DicomwebPorts, 'frames'>,
  call: Retrieve<InstanceParams & { readonly '*': string }>,
): Promise<HttpAnswer> {
  const range = parseAccept(acceptOf(call)).find(
    (accepted) =>
      covers(accepted, 'application/octet-stream') ||
      (covers(accepted, 'multipart/related') &&
        covers({ ...accepted, ...innerOf(accepted.parameters.get('type')) }, 'application/octet-stream')),
  );
  if (range === undefined) throw new DomainError('not-acceptable', 'bulk data is given as application/octet-stream');
  const { actor, seen, request, params } = call;
  const { path, version } = readBulkDataPath(params['*']);
  const instance = await ports.frames.open(actor, seen, params.series, params.instance, { version });
  const value = await instance.bulkData(path, request.sending.leaving);
  if (range.type === 'multipart') {
    const boundary = newBoundary();
    const headers = { 'content-type': multipartRelated('application/octet-stream', boundary), 'cache-control': CACHE_CONTROL };
    const part = async function* () {
      yield { headers: { 'Content-Type': 'application/octet-stream' }, body: await value.open() };
    };
    return streamed(request, headers, writeMultipart(boundary, part()));
  }
  return representationAnswer(request, { 'content-type': 'application/octet-stream' }, madeEntityTag, value);
}

function innerOf(type: string | undefined): { type: string; subtype: string } {
  const [major = '*', minor = '*'] = (type ?? '*/*').toLowerCase().split('/');
  return { type: major, subtype: minor };
}
