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
