import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { DomainError } from '../../domain/errors.ts';
import type { DicomJson } from '../../domain/imaging/dataset.ts';
import { headerThreads, LOOKS } from './header-threads.ts';

/** One instance's stored header, inflated. Ingest keeps none that is larger. */
export const HEADER_JSON_BYTES_MAX = 256 * 1024 * 1024;
/** JSON that the main thread parses or gathers at once: some ten milliseconds. */
export const HEADER_JSON_HERE_BYTES_MAX = 1024 * 1024;
/** Below this a thread costs more than the work. */
const INFLATE_HERE_BYTES_MAX = 32 * 1024;

const ZLIB_CHUNK_BYTES_MIN = 64;

const gunzipElsewhere = promisify(gunzip);

/** Bytes that a gzip of one member inflates to, as its end says (RFC 1952 2.3.1). */
function inflatedBytes(gzip: Uint8Array): number {
  return gzip.byteLength < 18 ? 0 : Buffer.from(gzip.buffer, gzip.byteOffset, gzip.byteLength).readUInt32LE(gzip.byteLength - 4);
}

/** Whether a stored header is more than the main thread parses. */
export function isLargeHeader(metadataGzip: Uint8Array): boolean {
  return inflatedBytes(metadataGzip) > HEADER_JSON_HERE_BYTES_MAX;
}

/** What decoding and showing an image reads of its header: all of a small one, the image's attributes of a large one. @throws busy */
export async function imageHeader(metadataGzip: Uint8Array, signal?: AbortSignal): Promise<DicomJson> {
  if (isLargeHeader(metadataGzip)) return headerThreads().imageHeader(metadataGzip, LOOKS, signal);
  const text = (await headerText(metadataGzip, HEADER_JSON_HERE_BYTES_MAX)).toString('utf8');
  try {
    return JSON.parse(text) as DicomJson;
  } catch (cause) {
    throw new DomainError('internal', 'a stored header is no JSON', { cause });
  }
}

/** The UTF-8 DICOM JSON of one instance, as ingest wrote it. @throws internal when it inflates to more than `bytesMax` or not at all */
export async function headerText(metadataGzip: Uint8Array, bytesMax = HEADER_JSON_BYTES_MAX): Promise<Buffer> {
  const options = { maxOutputLength: bytesMax };
  try {
    return metadataGzip.byteLength <= INFLATE_HERE_BYTES_MAX
      ? gunzipSync(metadataGzip, options)
      : await gunzipElsewhere(metadataGzip, options);
  } catch (cause) {
    throw new DomainError('internal', 'a stored header cannot be inflated', { cause });
  }
}

/** Headers that are inflated in one go: some twenty of a CT's. */
const INFLATED_TOGETHER_BYTES_MAX = 256 * 1024;

interface Header {
  readonly metadataGzip: Uint8Array;
}

/** Headers with their texts, or one large header, which is not held whole. */
type Inflated<Row extends Header> = { readonly texts: readonly (readonly [Row, Buffer])[] } | { readonly large: Row };

/**
 * The text of each row's header, in their order, some at a time. The next ones are inflated in a thread while these are used.
 * @throws internal as `headerText`
 */
export async function* headerTexts<Row extends Header>(pages: AsyncIterable<readonly Row[]>): AsyncGenerator<Inflated<Row>> {
  let before: Promise<Inflated<Row>> | undefined;
  for await (const page of pages) {
    for (const group of groupsOf(page)) {
      const inflated = inflateTogether(group);
      // Whoever stops reading does not hear of it.
      inflated.catch(() => {});
      if (before !== undefined) yield await before;
      before = inflated;
    }
  }
  if (before !== undefined) yield await before;
}

/** Neighbours, as many as are inflated in one go; a large one is alone. */
function groupsOf<Row extends Header>(page: readonly Row[]): readonly (readonly Row[])[] {
  const groups: Row[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of page) {
    const more = inflatedBytes(row.metadataGzip);
    if (bytes + more > INFLATED_TOGETHER_BYTES_MAX) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(row);
    bytes += more;
  }
  return groups;
}

/** A gzip of several members inflates to what they hold, one after the other (RFC 1952 2.2). */
async function inflateTogether<Row extends Header>(group: readonly Row[]): Promise<Inflated<Row>> {
  const [first] = group;
  if (first !== undefined && isLargeHeader(first.metadataGzip)) return { large: first };
  const bytes = group.reduce((sum, { metadataGzip }) => sum + inflatedBytes(metadataGzip), 0);
  const together = Buffer.concat(group.map(({ metadataGzip }) => metadataGzip));
  let all: Buffer;
  try {
    all = await gunzipElsewhere(together, { chunkSize: Math.max(ZLIB_CHUNK_BYTES_MIN, bytes), maxOutputLength: Math.max(1, bytes) });
  } catch (cause) {
    throw new DomainError('internal', 'a stored header cannot be inflated', { cause });
  }
  if (all.length !== bytes) throw new DomainError('internal', 'a stored header is not as long as it says');
  let end = 0;
  const texts = group.map((row) => {
    const start = end;
    end += inflatedBytes(row.metadataGzip);
    return [row, all.subarray(start, end)] as const;
  });
  return { texts };
}
