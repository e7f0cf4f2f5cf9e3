import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { HEADER_JSON_BYTES_MAX, headerText, headerTexts, isLargeHeader } from '../../codec/threads/image-header.ts';
import { normaliseUID } from '../../dicom/dictionary/uid.ts';
import { type ByteStream, piped } from '../../domain/byte-stream.ts';
import { DomainError } from '../../domain/errors.ts';
import type { SeriesInstanceUID, Sha256, SOPInstanceUID } from '../../domain/identifiers.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import type { ObjectStore } from '../../domain/imaging/object-store.ts';
import type { IndexedSeries, StudyPart } from '../../domain/imaging/study.ts';
import { type InstanceVersion, instanceVersion, isInstanceVersion } from '../../domain/imaging/study-address.ts';
import type { InstanceHeader, StudyIndex } from '../../domain/imaging/study-index.ts';

/** A larger metadata object is not gathered: its series is answered from rows. */
export const METADATA_OBJECT_BYTES_MAX = 32 * 1024 * 1024;

export interface MetadataPorts {
  readonly studies: Pick<StudyIndex, 'metadataOf' | 'seriesOf' | 'versionsOf'>;
  readonly objects: Pick<ObjectStore, 'get'>;
}

/** Series of one study, all or some of those that are shown. */
export interface DescribedSeries {
  readonly part: StudyPart;
  readonly series: readonly IndexedSeries[];
}

/** Where an instance is, for its Bulk Data URIs, which stored headers hold relative to it. */
export type InstanceUrl = (seriesInstanceUID: SeriesInstanceUID, sopInstanceUID: SOPInstanceUID) => string;

/**
 * What stands before the path of each Bulk Data URI: it names the version that the header is of, so that no value or frame of another version
 * is read by it.
 */
function bulkDataUrl(instanceUrl: string, sha256: Sha256): string {
  return `${instanceUrl}/bulkdata/version-${instanceVersion(sha256)}/`;
}

/** What follows `bulkdata/` in an address. One without a version is of whichever is the newest. */
export function readBulkDataPath(path: string): { readonly path: string; readonly version: InstanceVersion | undefined } {
  const [, digits = '', rest = ''] = /^version-([^/]*)\/(.*)$/.exec(path) ?? [];
  return isInstanceVersion(digits) ? { path: rest, version: digits } : { path, version: undefined };
}

/**
 * The headers of some series of one study as one DICOM JSON array, UTF-8 (PS3.18 F.2), instance after instance: memory holds one.
 * A settled series comes from its metadata object; what is still arriving, from rows. No original is opened.
 */
export function seriesMetadata(
  ports: MetadataPorts,
  series: DescribedSeries,
  urlOf: InstanceUrl,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  return gathered(arrayOf(ports, series, urlOf, signal));
}

/** Headers go on together: each piece of its own would be a way through every stream behind it, compressing and the pace of streams included. */
const GATHERED_BYTES = 128 * 1024;

/** The same bytes in pieces of GATHERED_BYTES, the last and what was larger aside. */
async function* gathered(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let held = 0;
  for await (const piece of bytes) {
    pieces.push(piece);
    held += piece.length;
    if (held < GATHERED_BYTES) continue;
    yield pieces.length === 1 ? piece : Buffer.concat(pieces, held);
    pieces = [];
    held = 0;
  }
  if (held > 0) yield Buffer.concat(pieces, held);
}

const COMMA = Buffer.from(',');

async function* arrayOf(
  ports: MetadataPorts,
  { part, series }: DescribedSeries,
  urlOf: InstanceUrl,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let separator = Buffer.from('[');
  for (const one of series) {
    for await (const headers of headersOfSeries(ports, part, one, urlOf, signal)) {
      if ('some' in headers) {
        yield Buffer.concat(headers.some.flatMap((pieces, n) => [n === 0 ? separator : COMMA, ...pieces]));
      } else {
        yield separator;
        yield* headers.large;
      }
      separator = COMMA;
    }
  }
  yield separator === COMMA ? Buffer.from(']') : Buffer.from('[]');
}

/** The header of one instance, as an array of one; what is not there is known before the first byte. @throws not-found */
export async function instanceMetadata(
  { studies }: Pick<MetadataPorts, 'studies'>,
  { part, series: [series] }: DescribedSeries,
  sopInstanceUID: SOPInstanceUID,
  urlOf: InstanceUrl,
): Promise<AsyncIterable<Uint8Array>> {
  if (series === undefined) throw new DomainError('not-found', 'there is no such thing here');
  const narrow = { seriesInstanceUID: series.series.seriesInstanceUID, sopInstanceUID };
  for await (const [header] of studies.metadataOf(part, narrow)) {
    if (header === undefined) continue;
    return (async function* () {
      yield Buffer.from('[');
      yield* headerPieces(header.metadataGzip, bulkDataUrl(urlOf(narrow.seriesInstanceUID, sopInstanceUID), header.sha256));
      yield Buffer.from(']');
    })();
  }
  throw new DomainError('not-found', 'there is no such thing here');
}

/** The JSON of one header with its Bulk Data URIs made absolute: a small one whole, a large one in the pieces it is inflated in. */
async function* headerPieces(metadataGzip: Uint8Array, bulkDataUrl: string): AsyncGenerator<Uint8Array> {
  if (!isLargeHeader(metadataGzip)) {
    yield* withBulkDataUrls(await headerText(metadataGzip), bulkDataUrl);
    return;
  }
  let rest = '';
  for await (const chunk of gunzipped([metadataGzip])) {
    // Bytes as Latin-1: what is looked for is ASCII, the others pass through as they are.
    const text = absolute(rest + chunk.toString('latin1'), bulkDataUrl);
    const kept = Math.min(BULK_DATA.length - 1, text.length);
    rest = text.slice(text.length - kept);
    yield Buffer.from(text.slice(0, text.length - kept), 'latin1');
  }
  yield Buffer.from(rest, 'latin1');
}

/** Some headers, each in the pieces it is made of, or a large one, as it is inflated. */
type Headers = { readonly some: readonly (readonly Uint8Array[])[] } | { readonly large: AsyncIterable<Uint8Array> };

async function* headersOfSeries(
  { studies, objects }: MetadataPorts,
  part: StudyPart,
  { id, series, metadata, revision }: IndexedSeries,
  urlOf: InstanceUrl,
  signal: AbortSignal,
): AsyncGenerator<Headers> {
  const settled = metadata && (await wholeIfSound(objects, metadata.key, signal));
  // The object is of that revision and no other. What has come since then is in the rows.
  const versions = settled && (await studies.versionsOf(id, revision));
  if (settled !== undefined && versions !== undefined) {
    for await (const text of elementsOf(gunzipped(settled))) {
      yield { some: [text.includes(BULK_DATA) ? withBulkDataUrls(text, urlIn(series.seriesInstanceUID, versions, urlOf, text)) : [text]] };
    }
    return;
  }
  const urlOfRow = ({ seriesInstanceUID, sopInstanceUID, sha256 }: InstanceHeader) =>
    bulkDataUrl(urlOf(seriesInstanceUID, sopInstanceUID), sha256);
  for await (const inflated of headerTexts(studies.metadataOf(part, { seriesInstanceUID: series.seriesInstanceUID }))) {
    signal.throwIfAborted();
    if ('large' in inflated) yield { large: headerPieces(inflated.large.metadataGzip, urlOfRow(inflated.large)) };
    else yield { some: inflated.texts.map(([row, text]) => withBulkDataUrls(text, urlOfRow(row))) };
  }
}

function urlIn(seriesInstanceUID: SeriesInstanceUID, versions: ReadonlyMap<string, Sha256>, urlOf: InstanceUrl, text: Buffer): string {
  const sopInstanceUID = sopInstanceUIDOf(text);
  const sha256 = versions.get(sopInstanceUID);
  const url = urlOf(seriesInstanceUID, sopInstanceUID);
  return sha256 === undefined ? `${url}/${BULK_DATA_PATH}` : bulkDataUrl(url, sha256);
}

/**
 * The object as one piece: that its bytes are those of its name is known only when all are there, and an answer that has begun cannot be made from
 * rows any more. Undefined: rows have the same, so whatever is wrong with the object is no reason to fail.
 */
async function wholeIfSound(
  objects: MetadataPorts['objects'],
  key: Parameters<ObjectStore['get']>[0],
  signal: AbortSignal,
): Promise<ByteStream | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of await objects.get(key, undefined, signal)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > METADATA_OBJECT_BYTES_MAX) return undefined;
    }
    return chunksOf(chunks);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function* chunksOf(chunks: readonly Uint8Array[]): ByteStream {
  yield* chunks;
}

async function* gunzipped(bytes: ByteStream | readonly Uint8Array[]): AsyncGenerator<Buffer> {
  const source = Readable.from(bytes, { objectMode: false });
  yield* piped<Buffer>(source, source.pipe(createGunzip()));
}

/** A quote inside a JSON text is escaped, so this can only be a member's name and the start of its value. */
const BULK_DATA = '"BulkDataURI":"bulkdata/';
const BULK_DATA_NAME = '"BulkDataURI":"';
const BULK_DATA_PATH = 'bulkdata/';

/** Pieces of the text, and between them what makes its URIs absolute. */
function withBulkDataUrls(text: Buffer, bulkDataUrl: string): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = text.indexOf(BULK_DATA); at >= 0; at = text.indexOf(BULK_DATA, from)) {
    const uri = at + BULK_DATA_NAME.length;
    pieces.push(text.subarray(from, uri), Buffer.from(bulkDataUrl));
    from = uri + BULK_DATA_PATH.length;
  }
  pieces.push(from === 0 ? text : text.subarray(from));
  return pieces;
}

function absolute(text: string, bulkDataUrl: string): string {
  return text.replaceAll(BULK_DATA, () => `${BULK_DATA_NAME}${bulkDataUrl}`);
}

/** A header with its Bulk Data URIs made absolute, nested ones included. */
export function absoluteBulkData(header: DicomJson, instanceUrl: string): DicomJson {
  const text = JSON.stringify(header);
  if (!text.includes(BULK_DATA)) return header;
  return JSON.parse(absolute(text, `${instanceUrl}/${BULK_DATA_PATH}`)) as DicomJson;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The elements of a JSON array of objects, each whole, as bytes. @throws internal when one is larger than a header may be */
export async function* elementsOf(json: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let depth = 0;
  let inText = false;
  let escaped = false;
  let pieces: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of json) {
    let start = depth >= 2 ? 0 : -1;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        depth++;
        if (depth === 2) start = at;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        depth--;
        if (depth === 1) {
          yield Buffer.concat([...pieces, chunk.subarray(start, at + 1)]);
          pieces = [];
          held = 0;
          start = -1;
        }
      }
    }
    if (start >= 0) {
      pieces.push(chunk.subarray(start));
      held += chunk.length - start;
      if (held > HEADER_JSON_BYTES_MAX) throw new DomainError('internal', 'a stored header is too large');
    }
  }
}

const SOP_INSTANCE_UID = '"00080018":{"vr":"UI","Value":["';

/** Of the whole header, not of an item in it; when only one is there at all, the header need not be parsed to know which. */
function sopInstanceUIDOf(text: Buffer): SOPInstanceUID {
  const at = text.indexOf(SOP_INSTANCE_UID);
  const start = at + SOP_INSTANCE_UID.length;
  if (at >= 0 && text.indexOf(SOP_INSTANCE_UID, start) < 0)
    return text.toString('latin1', start, text.indexOf('"', start)) as SOPInstanceUID;
  const header = JSON.parse(text.toString('utf8')) as Readonly<Record<string, { Value?: readonly unknown[] }>>;
  return normaliseUID(String(header['00080018']?.Value?.[0] ?? '')) as SOPInstanceUID;
}

/**
 * What tells one state of a study's or series' metadata from the next, for an entity tag. Every series and its revision count: when a correction
 * moves instances from one series to another, sums of them may come out the same.
 */
export function metadataRevision(series: readonly IndexedSeries[]): string {
  if (series.length === 1) return `${series[0]?.id}-${series[0]?.revision}`;
  const states = series.map(({ id, revision }) => `${id}-${revision}`).sort();
  return createHash('sha256').update(states.join()).digest('hex').slice(0, 32);
}

/**
 * Whether something in them may have come in place of another not long ago. A settled series has not changed for RENKEI_QUIET_SECONDS.
 */
export async function replacedLately(studies: Pick<StudyIndex, 'hasReplaced'>, series: readonly IndexedSeries[]): Promise<boolean> {
  const unsettled = series.find(({ metadata }) => metadata === undefined);
  return unsettled !== undefined && studies.hasReplaced(unsettled.studyId);
}

/** @throws not-found */
export async function seriesToDescribe(
  studies: Pick<StudyIndex, 'seriesOf' | 'seriesByUID'>,
  part: StudyPart,
  seriesInstanceUID: SeriesInstanceUID | undefined,
): Promise<readonly IndexedSeries[]> {
  if (seriesInstanceUID === undefined) return studies.seriesOf(part);
  const one = await studies.seriesByUID(part, seriesInstanceUID);
  if (one === undefined) throw new DomainError('not-found', 'there is no such thing here');
  return [one];
}
